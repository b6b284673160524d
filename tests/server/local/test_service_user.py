"""Started as root with `service.user`: the parent opens what only root may,
and every process that it starts is that user."""

import contextlib
import os
import pathlib
import pwd
import shutil
import ssl
import subprocess
import tempfile

import pytest
import services as local

from koshin_tests.patience import PATIENCE_S
from koshin_tests.server import Server

USER = "nobody"

# Only root can become somebody else.
pytestmark = pytest.mark.only_if(os.geteuid() == 0)


@pytest.fixture(scope="module")
def server(koshin):
    """What `koshin init` made as root, so that all of it is root's; open are
    only the ways there, which tests have closed otherwise."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="koshin-user-", dir="/tmp"))
    with local.temporary() as services:
        folder.chmod(0o755)
        (folder / "etc").mkdir(mode=0o755)
        for path in (services.redis_socket,
                     f"{services.pg.folder}/.s.PGSQL.5432"):  # fmt: skip
            os.chmod(path, 0o777)
            os.chmod(os.path.dirname(path), 0o711)
        made = Server(koshin, services, folder / "etc", as_user)
        yield made
        with contextlib.suppress(Exception):
            made.instance.stop()
    shutil.rmtree(folder)


def as_user(settings):
    settings["service"]["user"] = USER


def uid_of(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    (line,) = [x for x in status.splitlines() if x.startswith("Uid:")]
    (uid,) = set(line.split()[1:])  # real, effective, saved, of files
    return int(uid)


def secrets(server):
    return list(pathlib.Path(server.folder).rglob("*.key"))


def served(server):
    return ssl.get_server_certificate(("127.0.0.1", server.port))


def refused(server):
    """What `serve` and `check-config` say about the same fault."""
    for command in ("serve", "check-config"):
        done = subprocess.run(
            [server.instance.koshin, command, "--config",
             server.instance.config],
            capture_output=True, text=True, timeout=PATIENCE_S,
        )  # fmt: skip
        assert done.returncode == 1, done
        yield done.stderr


def test_root_starts_it_and_the_processes_are_the_user(server):
    user = pwd.getpwnam(USER).pw_uid
    assert secrets(server)
    for path in secrets(server):
        assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (0, 0o600)
    server.start()
    assert "not-all-there" not in server.instance.log_text()
    assert {name: uid_of(pid) for name, pid in server.instance.pids().items()
            } == {name: user for name in
                  ("sealer", "issuer", "auth", "courier", "front")}  # fmt: skip
    server.identity()  # a mail, two questions to the issuer, a certificate
    assert server.instance.stop() == 0


def test_files_of_the_user_are_as_good_as_those_of_root(server):
    user = pwd.getpwnam(USER)
    for path in secrets(server):
        os.chown(path, user.pw_uid, user.pw_gid)
    try:
        server.start()
        assert server.instance.stop() == 0
        assert ": good" in server.instance.run("check-config").stdout
    finally:
        for path in secrets(server):
            os.chown(path, 0, 0)


def test_a_secret_of_somebody_else_is_refused(server):
    path = pathlib.Path(server.folder) / "secrets" / "code.key"
    os.chown(path, pwd.getpwnam("daemon").pw_uid, -1)
    try:
        for said in refused(server):
            (line,) = [x for x in said.splitlines() if "code.key" in x]
            assert "code_key: " in line and "belongs to user" in line
    finally:
        os.chown(path, 0, 0)


def test_a_reload_takes_keys_that_only_root_may_read(server, tmp_path):
    """certbot, say, has put a new pair there."""
    server.start()
    before = served(server)
    folder = pathlib.Path(server.folder) / "tls"
    for name, of in (("server.key", "key"), ("server.pem", "pem")):
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
    other = server.copied(lambda s: s["service"].update(user="koshin-none"))
    for command in ("serve", "check-config"):
        done = other.run(command, check=False)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert "service.user: " in line and "koshin-none" in line
