"""What keeps the server from starting: one line says what, the status is 1,
and nobody listens (F-23)."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from koshin_tests.halfway import Halfway
from koshin_tests.patience import PATIENCE_S, run, until

PROCESSES = ["front", "auth", "issuer", "courier", "sealer"]


@pytest.fixture(scope="module")
def server(module_server):
    return module_server()


def expect_refused(server, *words, config=None):
    done = run(server.instance.koshin, "serve", "--config",
               config or server.instance.config, text=True)  # fmt: skip
    assert done.returncode == 1, done
    lines = (done.stdout + done.stderr).splitlines()
    told = [
        line for line in lines
        if not re.search(r"\b(info|notice) ", line)
    ]  # fmt: skip
    assert len(told) == 1, lines
    for word in words:
        assert word in told[0], told[0]
    with socket.socket() as s:
        assert s.connect_ex(("127.0.0.1", server.port)) != 0
    assert not os.path.exists(os.path.join(server.folder, "run/issuer.sock"))


def expect_starts(server):
    server.start()
    assert server.instance.stop() == 0


def setting(server, *names):
    """The path that the configuration gives."""
    found = []

    def look(settings):
        for name in names:
            settings = settings[name]
        found.append(settings)

    server.instance.configure(look)
    return os.path.join(server.folder, found[0])


@pytest.mark.parametrize(
    "names",
    [("ca", "key"), ("ca", "certificate"), ("tls", "certificate"),
     ("tls", "key"), ("code_key",)],
    ids=".".join,
)  # fmt: skip
@pytest.mark.parametrize("how", ["gone", "empty", "cut"])
def test_F_23_a_broken_file(server, names, how):
    """A key, certificate or secret is missing, empty, or cut in its middle, as
    a full disk leaves it: it is named before anybody is served."""
    path = setting(server, *names)
    shutil.copy2(path, path + ".kept")
    try:
        if how == "gone":
            os.unlink(path)
        else:
            length = os.path.getsize(path)
            os.truncate(path, 0 if how == "empty" else length // 2)
        expect_refused(server, os.path.basename(path))
    finally:
        os.replace(path + ".kept", path)


def test_F_23_who_refuses_is_the_only_one_that_speaks(server):
    """The CA's key is cut when it has been checked already, which the stores
    are after it; and the sealer, who starts before the issuer, has not got
    into PostgreSQL yet, as on a machine that is busy: that the parent ends it
    for the issuer's sake is no trouble of its own."""
    path = setting(server, "ca", "key")
    shutil.copy2(path, path + ".kept")

    def cut():
        os.truncate(path, os.path.getsize(path) // 2)

    with Halfway(server.services, first=cut) as halfway:

        def change(settings):
            settings["database"]["sealer"] = halfway.conninfo("koshin_sealer")

        other = server.copied(change)
        try:
            expect_refused(
                server, os.path.basename(path), config=other.config
            )
        finally:
            os.replace(path + ".kept", path)
        assert halfway.waiting.is_set()


def test_F_23_I_9_a_database_that_is_silent(server):
    """It takes the connection and answers no question, as one that hangs on
    its disk does: who starts hears so, and does not wait for ever."""
    with Halfway(server.services) as halfway:

        def change(settings):
            for role in ("sealer", "issuer"):
                settings["database"][role] = halfway.conninfo(f"koshin_{role}")

        other = server.copied(change)
        expect_refused(
            server, "database.issuer: ", "does not answer within",
            config=other.config,
        )  # fmt: skip


@pytest.fixture
def patient(server):
    """It waits for its stores, as long as a machine takes to start."""

    def change(settings):
        settings["service"]["store_wait"] = "10m"

    def back(settings):
        settings["service"]["store_wait"] = "0s"

    server.instance.configure(change)
    yield server
    server.instance.configure(back)


def waits_for(server, setting):
    """Until the log has said what it waits for."""
    until(
        lambda: re.search(
            rf" notice koshin waiting reason=\"{setting}: ",
            server.instance.log_text(),
        ),
        server.instance.log_text,
    )


@pytest.mark.parametrize("setting", ["database.sealer", "redis"])
def test_C_43_it_waits_for_a_store_that_starts_later(patient, setting):
    """The machine was started anew, and PostgreSQL or Redis takes longer than
    Koshin: it says for what it waits, and serves when that is there."""
    services = patient.services
    stop, start = {
        "redis": (services.stop_redis, services.start_redis),
    }.get(setting, (services.stop_postgres, services.start_postgres))
    stop()
    try:
        patient.instance.start(wait=False)
        waits_for(patient, setting)
    finally:
        start()
    try:
        patient.instance.wait_ready()
    finally:
        assert patient.instance.stop() == 0


def test_C_43_who_waits_can_be_stopped(patient):
    """SIGTERM while it waits: that is no failure, also where a SIGHUP came
    before."""
    patient.services.stop_postgres()
    try:
        with subprocess.Popen(
            [patient.instance.koshin, "serve", "--config",
             patient.instance.config],
            stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            line = process.stderr.readline()
            assert " notice koshin waiting " in line, line
            process.send_signal(signal.SIGHUP)
            time.sleep(1)  # it looks again
            process.terminate()
            rest = process.stderr.read()
            assert process.wait(PATIENCE_S) == 0
            assert " error " not in rest
    finally:
        patient.services.start_postgres()


def test_C_43_the_wait_has_an_end(server):
    """And then it says what is wrong, as it would have at once."""

    def change(settings):
        settings["service"]["store_wait"] = "2s"

    other = server.copied(change)
    server.services.stop_redis()
    try:
        expect_refused(server, "redis: ", config=other.config)
    finally:
        server.services.start_redis()


def test_F_23_a_secret_that_others_may_read(server):
    path = setting(server, "ca", "key")
    os.chmod(path, 0o644)
    try:
        expect_refused(server, os.path.basename(path))
    finally:
        os.chmod(path, 0o600)


def test_F_23_no_database(server):
    """PostgreSQL is stopped: a server that begins without it would answer 503
    to everybody, so it says why and does not begin."""
    server.services.stop_postgres()
    try:
        expect_refused(server, "database.")
    finally:
        server.services.start_postgres()


@pytest.mark.parametrize("process", PROCESSES)
def test_F_23_a_role_that_is_not_there(server, process):
    """Each process has a role of its own; `check-config` looks too."""

    def change(settings):
        settings["database"][process] = server.services.pg_conninfo(
            "koshin_nobody", "koshin"
        )

    other = server.copied(change)
    where = f"database.{process}: "
    expect_refused(server, where, "koshin_nobody", config=other.config)
    done = other.run("check-config", check=False)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert where in line and "koshin_nobody" in line


def test_F_23_no_redis(server):
    """Redis is stopped: a server that begins without it would answer 503 to
    everybody, so it says why and does not begin."""
    server.services.stop_redis()
    try:
        expect_refused(server, "redis: ")
    finally:
        server.services.start_redis()


def test_F_23_a_port_that_is_taken(server):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", server.port))
        other.listen()
        done = run(server.instance.koshin, "serve", "--config",
                   server.instance.config, text=True)  # fmt: skip
    assert done.returncode == 1
    assert f"port {server.port}" in done.stdout + done.stderr


@pytest.mark.parametrize("which, other", [("ca", "tls"), ("tls", "ca")])
def test_X_09_F_23_a_key_that_is_not_of_the_certificate(server, which, other):
    """`check-config` has the same list."""
    key, wrong = setting(server, which, "key"), setting(server, other, "key")
    shutil.copy2(key, key + ".kept")
    try:
        shutil.copy2(wrong, key)
        expect_refused(server, os.path.basename(key))
        done = server.instance.run("check-config", check=False)
        assert (done.returncode, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert key in line and " key " in line
    finally:
        os.replace(key + ".kept", key)


def test_F_23_when_all_is_mended_it_starts(server):
    expect_starts(server)


# ------------------------------------------------------------------- stores


def test_F_32_a_redis_that_forgets_is_refused(server):
    r = server.services.redis_client()
    r.config_set("maxmemory-policy", "allkeys-lru")
    try:
        expect_refused(server, "redis: ", "maxmemory-policy")
    finally:
        r.config_set("maxmemory-policy", "noeviction")
    expect_starts(server)


@pytest.mark.parametrize(
    "set_it, undo",
    [
        ("ALTER DATABASE koshin SET synchronous_commit = off",
         "ALTER DATABASE koshin RESET synchronous_commit"),
        *((f"ALTER ROLE koshin_{name} SET synchronous_commit = off",
           f"ALTER ROLE koshin_{name} RESET synchronous_commit")
          for name in PROCESSES),
    ],
    ids=["database", *PROCESSES],
)  # fmt: skip
def test_F_43_a_database_that_commits_later_is_refused(server, set_it, undo):
    server.rows(set_it)
    try:
        expect_refused(server, "database.", "synchronous_commit")
    finally:
        server.rows(undo)
    expect_starts(server)


def test_F_45_a_newer_schema_is_refused(server):
    server.rows(
        "INSERT INTO koshin.migration (version, name, digest)"
        " SELECT 9999, '9999_later', digest FROM koshin.migration LIMIT 1"
    )
    try:
        expect_refused(server, "database.", "9999")
    finally:
        server.rows("DELETE FROM koshin.migration WHERE version = 9999")
    expect_starts(server)


def test_F_45_an_older_schema_is_refused(server):
    newest = server.one("SELECT max(version) FROM koshin.migration")
    server.rows(
        "UPDATE koshin.migration SET version = -1 WHERE version = %s", newest
    )
    try:
        expect_refused(server, "database.", str(newest), str(newest - 1))
    finally:
        server.rows(
            f"UPDATE koshin.migration SET version = {newest}"
            " WHERE version = -1"
        )
    expect_starts(server)


def test_F_45_another_development_schema_is_refused(server):
    server.rows("UPDATE koshin.migration SET name = '0001_x' || digest,"
                " digest = repeat('0', 64)")  # fmt: skip
    try:
        expect_refused(server, "database.", "development", "make clean-run")
    finally:
        server.rows("UPDATE koshin.migration SET name = '0001_schema',"
                    " digest = substr(name, 7)")  # fmt: skip
    expect_starts(server)
