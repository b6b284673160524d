"""service.users: root starts the service, opens what only root may, and each
process is a user of its own (T8, T14)."""

import os
import pathlib
import pwd
import shutil
import socket
import ssl
import subprocess
import sys

import pytest
import users

from koshin_tests.patience import PATIENCE_S
from koshin_tests.portal import opened

# Only root can become somebody else.
pytestmark = pytest.mark.only_if(os.geteuid() == 0)

ROLES = [f"koshin_{name}" for name in users.PROCESSES]


@pytest.fixture(scope="module")
def server(module_server):
    return module_server()


@pytest.fixture(scope="module")
def running(module_server):
    made = module_server(change=opened)  # the keymaker is the portal's
    made.start()
    yield made


def uid_of(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    (line,) = [x for x in status.splitlines() if x.startswith("Uid:")]
    (uid,) = set(line.split()[1:])  # real, effective, saved, of files
    return int(uid)


def secrets(server):
    return list(pathlib.Path(server.folder).rglob("*.key"))


def served(server):
    return ssl.get_server_certificate(("127.0.0.1", server.port))


def refused(instance):
    """What `serve` and `check-config` say about the same fault."""
    for command in ("serve", "check-config"):
        done = subprocess.run(
            [instance.koshin, command, "--config", instance.config],
            capture_output=True, text=True, timeout=PATIENCE_S,
        )  # fmt: skip
        assert done.returncode == 1, done
        yield done.stderr


def test_T8_each_process_is_a_user_of_its_own(running):
    """What `koshin init` made as root stays root's."""
    for path in secrets(running):
        assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (0, 0o600)
    said = running.instance.log_text()
    assert "not-all-there" not in said and "users-shared" not in said
    seen = {n: uid_of(pid) for n, pid in running.instance.pids().items()}
    assert seen == {n: users.of(n).pw_uid for n in users.PROCESSES}
    assert len({0, *seen.values()}) == len(users.PROCESSES) + 1
    running.identity()  # a mail, two questions to the issuer, a certificate


@pytest.mark.parametrize("process", users.PROCESSES)
def test_T8_a_process_has_its_own_role_alone(running, process):
    """Also where it knows the way to PostgreSQL."""
    can = set()
    for role in ("postgres", "koshin_operator", *ROLES):
        done = subprocess.run(
            ["psql", "-X", "-c", "SELECT 1",
             running.services.pg_conninfo(role, "koshin")],
            capture_output=True, text=True, timeout=PATIENCE_S,
            **users.as_process(process),
        )  # fmt: skip
        if done.returncode == 0:
            can.add(role)
    assert can == ({f"koshin_{process}"} if process != "keymaker" else set())


OPEN = "import os, sys; os.open(sys.argv[1], os.O_RDONLY)"


@pytest.mark.parametrize("process", users.PROCESSES)
def test_T14_nobody_of_its_user_looks_into_it(running, process):
    """Another process that has come to be this user: not at its memory, not at
    what it was started with."""
    pid = running.instance.pids()[process]
    for part in ("mem", "maps", "environ"):
        done = subprocess.run(
            [sys.executable, "-c", OPEN, f"/proc/{pid}/{part}"],
            capture_output=True, text=True, timeout=PATIENCE_S,
            **users.as_process(process),
        )  # fmt: skip
        assert "PermissionError" in done.stderr, part


CONNECT = """
import socket, sys
at = socket.socket(socket.AF_UNIX, int(sys.argv[1]))
try:
    at.connect(sys.argv[2])
except OSError as wrong:
    sys.exit(type(wrong).__name__)
at.settimeout(60)
try:
    print(at.recv(64))
except ConnectionResetError:
    print(b"")
"""


def connects(path, kind=socket.SOCK_SEQPACKET, **user):
    """The word that connecting to it ends in, or what is heard then."""
    done = subprocess.run(
        [sys.executable, "-c", CONNECT, str(int(kind)), path],
        capture_output=True, text=True, timeout=PATIENCE_S, **user,
    )  # fmt: skip
    return done.stderr.strip() or done.stdout.strip()


def all_but(process):
    return [name for name in users.PROCESSES if name != process]


def socket_of(server, process):
    return os.path.join(server.folder, "run", f"{process}.sock")


@pytest.mark.parametrize("process", all_but("front"))
@pytest.mark.parametrize("asked", ("issuer", "auth"))
def test_T8_the_front_alone_asks(running, process, asked):
    path = socket_of(running, asked)
    assert connects(path, **users.as_process(process)) == "PermissionError"


@pytest.mark.parametrize("asked", ("issuer", "auth"))
def test_T8_who_asks_is_looked_at_beside_the_mode(running, asked):
    """Nobody else is heard, root neither."""
    before = running.instance.log_text().count("peer-refused")
    assert connects(socket_of(running, asked)) == "b''"
    running.until(
        lambda: running.instance.log_text().count("peer-refused") > before
    )


@pytest.mark.parametrize(
    "process", sorted(set(users.PROCESSES) - set(users.TALK_TO_REDIS))
)
def test_T8_auth_and_front_alone_get_to_redis(running, process):
    """Each of them as a user of Redis of its own (test_redis_users)."""
    path, user = running.services.redis_socket, users.as_process(process)
    assert connects(path, socket.SOCK_STREAM, **user) == "PermissionError"


def test_a_secret_of_somebody_else_is_refused(server):
    path = pathlib.Path(server.folder) / "secrets" / "code.key"
    os.chown(path, pwd.getpwnam("daemon").pw_uid, -1)
    try:
        for said in refused(server.instance):
            (line,) = [x for x in said.splitlines() if "code.key" in x]
            assert "code_key: " in line and "belongs to user" in line
    finally:
        os.chown(path, 0, 0)


def test_a_reload_takes_keys_that_only_root_may_read(server, tmp_path):
    """certbot, say, has put a new pair there."""
    server.start()
    before = served(server)
    folder = pathlib.Path(server.folder) / "tls"
    for name in ("server.key", "server.pem"):
        shutil.copy2(folder / name, tmp_path / name)
    try:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
             "-days", "2", "-keyout", tmp_path / "new.key",
             "-out", tmp_path / "new.pem"],
            check=True, capture_output=True,
        )  # fmt: skip
        for end in ("key", "pem"):
            shutil.copyfile(tmp_path / f"new.{end}", folder / f"new.{end}")
            os.chmod(folder / f"new.{end}", 0o600 if end == "key" else 0o644)
            os.replace(folder / f"new.{end}", folder / f"server.{end}")
        server.instance.reload()
        server.until(lambda: " reload " in server.instance.log_text())
        after = served(server)
        assert after != before
        assert after == (folder / "server.pem").read_text()
    finally:
        for name in ("server.key", "server.pem"):
            shutil.copy2(tmp_path / name, folder / name)
        assert server.instance.stop() == 0


def test_a_user_that_is_not_there_is_named(server):
    other = server.copied(lambda s: s["service"].update(users="nobodys"))
    for said in refused(other):
        (line,) = said.splitlines()
        assert "service.users: " in line and "nobodys-issuer" in line


def test_the_old_setting_is_refused_by_its_new_name(server):
    other = server.copied(lambda s: s["service"].update(user="koshin"))
    for said in refused(other):
        (line,) = said.splitlines()
        assert "service.user: is service.users now" in line


def test_a_folder_that_others_may_write_in_is_no_run_folder(server):
    other = server.copied(lambda s: None)
    folder = pathlib.Path(other.config).with_suffix("")
    folder.mkdir()
    os.chown(folder, users.of("front").pw_uid, -1)
    done = other.run("serve", check=False)
    (line,) = [x for x in done.stderr.splitlines() if " error " in x]
    assert done.returncode == 1
    assert str(folder) in line and "folder of root" in line


def test_T8_users_that_are_shared_are_told(server):
    other = server.copied(lambda s: s["service"].pop("users"))
    other.start()
    try:
        assert set(map(uid_of, other.pids().values())) == {0}
        assert " warn koshin users-shared " in other.log_text()
    finally:
        assert other.stop() == 0
