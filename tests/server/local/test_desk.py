"""desk.sock: the command line of `service.operator` has passwords hashed and
judged by auth, and reads neither pepper nor hash (T9); a front has nothing from
there (T8)."""

import os
import pathlib
import pwd
import shutil
import signal
import struct
import subprocess
import sys

import pytest
import users
import yaml

from koshin_tests.patience import PATIENCE_S
from koshin_tests.server import CONTRACT, PASSWORD

# Only root can become somebody else.
pytestmark = pytest.mark.only_if(os.geteuid() == 0)

OPERATOR = "daemon"


def with_operator(settings):
    settings["service"]["operator"] = OPERATOR


def give_redis(server):
    """The operator's password of Redis becomes a file that is his."""
    with open(server.instance.config) as file:
        old = yaml.safe_load(file)["redis"]["operator_password"]
    new = os.path.join(server.folder, "desk.password")
    shutil.copy(os.path.join(server.folder, old), new)
    os.chmod(new, 0o600)
    os.chown(new, pwd.getpwnam(OPERATOR).pw_uid, -1)
    server.instance.configure(
        lambda settings: settings["redis"].update(operator_password=new)
    )
    socket = pathlib.Path(server.services.redis_socket)
    socket.chmod(0o777)
    socket.parent.chmod(0o711)


@pytest.fixture(scope="module")
def server(module_server):
    made = module_server(change=with_operator)
    with open(os.path.join(made.services.pg.folder, "pg_ident.conf"),
              "a") as file:  # fmt: skip
        for role in ("operator", "member"):
            file.write(f"koshin {OPERATOR} koshin_{role}\n")
    made.rows("SELECT pg_reload_conf()")
    give_redis(made)
    return made


@pytest.fixture
def serving(server):
    server.start()
    yield server
    assert server.instance.stop() == 0


def as_operator(server, *args, stdin=""):
    """`koshin ARGS` of the one who may not read the pepper, nor come into
    PostgreSQL as auth."""
    who = pwd.getpwnam(OPERATOR)
    return subprocess.run(
        [server.instance.koshin, *args, "--config", server.instance.config],
        input=stdin, capture_output=True, text=True, timeout=PATIENCE_S, cwd="/",
        user=who.pw_uid, group=who.pw_gid, extra_groups=[],
    )  # fmt: skip


def desk_of(server):
    return pathlib.Path(server.folder) / "run" / "desk.sock"


def hash_of(server, number):
    return server.one(
        "SELECT initial_password_hash FROM koshin.contract WHERE number = %s",
        number,
    )


def test_T9_the_operator_sets_passwords_without_the_pepper(serving, tmp_path):
    done = as_operator(serving, "contract", "add", "77000001",
                       "--generate-password")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "keyid=" in hash_of(serving, "77000001")
    ids = [f"crowd{n:03}" for n in range(40)]
    path = desk_of(serving).parent.parent / "people.csv"
    path.write_text("user_id,name,email\n" + "".join(
        f"{i},Name,{i}@example.jp\n" for i in ids))  # fmt: skip
    path.chmod(0o644)
    done = as_operator(serving, "user", "import", str(path), "--contract",
                       CONTRACT, "--passwords-out", "-")  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = dict(line.split(",", 1) for line in done.stdout.splitlines()[1:])
    assert list(made) == ids
    for user in (ids[0], ids[20], ids[39]):
        right = serving.try_secret(user, made[user])
        wrong = serving.try_secret(user, made[ids[1]])
        assert wrong.text == "Authentication failed.\n"
        # It is temporary, and so gives no code.
        assert right.status != 503 and right.text != wrong.text


def test_T9_where_neither_works_it_says_what_to_do(server):
    done = as_operator(server, "contract", "add", "77000002",
                       "--generate-password")  # fmt: skip
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert "desk.sock: No such file or directory" in line
    assert "pepper.key" in line and "Start the service" in line
    assert f"as `{OPERATOR}` (service.operator)" in line
    assert "as `root`, who may read that file" in line
    assert not server.rows(
        "SELECT FROM koshin.contract WHERE number = '77000002'"
    )


def test_T9_who_may_read_the_pepper_needs_no_auth(server):
    done = server.instance.run("contract", "add", "77000003",
                               "--generate-password")  # fmt: skip
    assert done.returncode == 0
    assert "keyid=" in hash_of(server, "77000003")


def acting(server, account, password, *args):
    """The same for somebody who shows a password."""
    return as_operator(server, *args, "--as", account.user,
                       "--as-password-file", "-",
                       stdin=password + "\n")  # fmt: skip


def test_T9_R_LOCK_1_auth_judges_and_counts_who_acts_by_a_password(serving):
    master = serving.account("master")
    done = acting(serving, master, PASSWORD, "user", "show", master.user)
    assert (done.returncode, done.stderr) == (0, "")
    # Three there, and three over EST, are six (R-LOCK-1).
    for _ in range(3):
        done = acting(serving, master, "Wr0ng-pass", "user", "list")
        assert done.returncode == 1 and done.stdout == ""
        assert "or the account is locked" in done.stderr
    wrong = done.stderr
    assert master.row("locks") == 0
    for _ in range(3):
        assert serving.try_secret(master, "Wr0ng-pass").status == 401
    serving.until(lambda: master.row("locks") == 1)
    # Now the right one is said to be wrong, in the same words.
    assert acting(serving, master, PASSWORD, "user", "list").stderr == wrong


def test_T9_R_ACC_2_R_ACC_7_people_begin_without_the_pepper(serving):
    general = serving.account(temporary=True)
    begin = ["user", "register", general.user, "--old-password-file", "-",
             "--password-file", "-"]  # fmt: skip
    done = as_operator(serving, *begin, stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.returncode == 1 and "another one" in done.stderr
    done = as_operator(serving, *begin, stdin=f"{PASSWORD}\nOther-Pw99\n")
    assert done.returncode == 0, done.stderr
    assert not general.row("temporary_password")
    done = as_operator(serving, "contract", "add", "77000004",
                       "--generate-password")  # fmt: skip
    initial = done.stdout.strip()
    email = "new@example.jp"
    begin = ["user", "register", "master04", "--contract", "77000004",
             "--name", "Hanako", "--email", email, "--email-again", email,
             "--old-password-file", "-", "--password-file", "-"]  # fmt: skip
    done = as_operator(serving, *begin, stdin=f"Wr0ng-pa\n{PASSWORD}\n")
    assert done.returncode == 1 and "initial password is wrong" in done.stderr
    done = as_operator(serving, *begin, stdin=f"{initial}\n{PASSWORD}\n")
    assert done.returncode == 0, done.stderr


def test_auth_that_stands_still_is_told_from_one_that_is_not_there(serving):
    """SIGSTOP: it has the question, and answers late; nobody else does it."""
    person = serving.account()
    show = person, PASSWORD, "user", "show", person.user
    pid = serving.instance.pids()["auth"]
    os.kill(pid, signal.SIGSTOP)
    try:
        for done in (
            acting(serving, *show),
            as_operator(serving, "contract", "add", "77000005",
                        "--generate-password"),
        ):  # fmt: skip
            assert done.returncode == 1
            assert "auth does not answer at " in done.stderr
            assert "restart the service" in done.stderr
    finally:
        os.kill(pid, signal.SIGCONT)
    done = acting(serving, *show)
    assert (done.returncode, done.stderr) == (0, "")


ASK = """
import os, socket, sys
os.setgroups([]); os.setgid(65534); os.setuid(int(sys.argv[2]))
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
try:
    s.send(bytes.fromhex(sys.argv[3]))
    print(s.recv(4096))
except (BrokenPipeError, ConnectionResetError):
    print(b"")
"""


def head(kind):
    return struct.pack("HHIQ", 2, kind, 0, 7)


def hash_question(password=b"Other-Pw99"):
    """As auth/desk_ask.h says it: a hash, please."""
    return head(1) + struct.pack("Q", len(password)) + password


def proof_question(user, password=PASSWORD.encode()):
    """And: is this the password of that user?"""
    return (
        head(2)
        + struct.pack("@i256s32s", 1, user.encode(), bytes(32))
        + bytes(4)
        + struct.pack("Q", len(password))
        + password
    )


def hears(path, uid, question):
    """What that user is answered who asks that there."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", ASK, str(path), str(uid), question.hex()],
        capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    return done.stdout.strip() or done.stderr.splitlines()[-1]


def test_T8_a_front_has_nothing_hashed_and_nothing_judged(serving):
    """Its user is kept out by the mode of the socket, and if that were open
    by auth; and the socket that it may use does neither."""
    desk, operator = desk_of(serving), pwd.getpwnam(OPERATOR).pw_uid
    front = users.of("front").pw_uid
    user = serving.account().user
    questions = hash_question(), proof_question(user)
    assert "$argon2id$" in hears(desk, operator, questions[0])
    assert user in hears(desk, operator, questions[1])
    for question in questions:
        assert "PermissionError" in hears(desk, front, question)
    desk.chmod(0o666)
    for path, uid in ((desk, front), (desk, 0), (desk.with_name("auth.sock"),
                      front)):  # fmt: skip
        for question in questions:
            assert hears(path, uid, question) == "b''", (path, uid)
    assert "$argon2id$" in hears(desk, operator, questions[0])


def test_T9_no_hash_comes_back_with_a_proof(serving):
    desk, operator = desk_of(serving), pwd.getpwnam(OPERATOR).pw_uid
    account = serving.account()
    right = hears(desk, operator, proof_question(account.user))
    wrong = hears(desk, operator, proof_question(account.user, b"Wr0ng-pass"))
    assert account.user in right and account.user not in wrong
    for answer in (right, wrong):
        assert "argon2" not in answer and "keyid" not in answer


def test_an_operator_that_is_not_there_is_named(server):
    other = server.copied(lambda s: s["service"].update(operator="none-such"))
    for command in ("serve", "check-config"):
        done = other.run(command, check=False)
        assert done.returncode == 1
        assert "service.operator: is `none-such`" in done.stderr
