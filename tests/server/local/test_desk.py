"""desk.sock: the command line of `service.operator` has passwords hashed by
auth, and reads no pepper (T9); a front has none hashed there (T8)."""

import os
import pathlib
import pwd
import subprocess
import sys

import pytest
import users

from koshin_tests.patience import PATIENCE_S
from koshin_tests.server import CONTRACT

# Only root can become somebody else.
pytestmark = pytest.mark.only_if(os.geteuid() == 0)

OPERATOR = "daemon"


def with_operator(settings):
    settings["service"]["operator"] = OPERATOR


@pytest.fixture(scope="module")
def server(module_server):
    made = module_server(change=with_operator)
    with open(os.path.join(made.services.pg.folder, "pg_ident.conf"),
              "a") as file:  # fmt: skip
        file.write(f"koshin {OPERATOR} koshin_operator\n")
    made.rows("SELECT pg_reload_conf()")
    return made


@pytest.fixture
def serving(server):
    server.start()
    yield server
    assert server.instance.stop() == 0


def as_operator(server, *args):
    """`koshin ARGS` of the one who may not read the pepper."""
    who = pwd.getpwnam(OPERATOR)
    return subprocess.run(
        [server.instance.koshin, *args, "--config", server.instance.config],
        capture_output=True, text=True, timeout=PATIENCE_S, cwd="/",
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
    assert not server.rows(
        "SELECT FROM koshin.contract WHERE number = '77000002'"
    )


def test_T9_who_may_read_the_pepper_needs_no_auth(server):
    done = server.instance.run("contract", "add", "77000003",
                               "--generate-password")  # fmt: skip
    assert done.returncode == 0
    assert "keyid=" in hash_of(server, "77000003")


ASK = """
import os, socket, struct, sys
os.setgroups([]); os.setgid(65534); os.setuid(int(sys.argv[2]))
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
try:
    s.send(struct.pack("HHIQQ", 1, 1, 0, 7, 10) + b"Other-Pw99")
    print(s.recv(4096))
except (BrokenPipeError, ConnectionResetError):
    print(b"")
"""


def hears(path, uid):
    """What that user is answered who asks there for a hash, as
    auth/hash_ask.h says it."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", ASK, str(path), str(uid)],
        capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    return done.stdout.strip() or done.stderr.splitlines()[-1]


def test_T8_a_front_has_nothing_hashed(serving):
    """Its user is kept out by the mode of the socket, and if that were open
    by auth; and the socket that it may use hashes for nobody."""
    desk, operator = desk_of(serving), pwd.getpwnam(OPERATOR).pw_uid
    front = users.of("front").pw_uid
    assert "$argon2id$" in hears(desk, operator)
    assert "PermissionError" in hears(desk, front)
    desk.chmod(0o666)
    for path, uid in ((desk, front), (desk, 0), (desk.with_name("auth.sock"),
                      front)):  # fmt: skip
        assert hears(path, uid) == "b''", (path, uid)
    assert "$argon2id$" in hears(desk, operator)


def test_an_operator_that_is_not_there_is_named(server):
    other = server.copied(lambda s: s["service"].update(operator="none-such"))
    for command in ("serve", "check-config"):
        done = other.run(command, check=False)
        assert done.returncode == 1
        assert "service.operator: is `none-such`" in done.stderr
