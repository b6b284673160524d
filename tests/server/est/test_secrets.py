"""R-MAIL-5, I-11: after enrollments whose secrets we know, nothing that is at
rest has them: database, its log, its files; Redis, its log, its files; our own
log; the queue. Everything logs all that it can."""

import base64
import glob
import os
import subprocess

import pytest

from koshin_tests.canary import enroll, files
from koshin_tests.clients import requests
from koshin_tests.patience import PATIENCE_S

USER_PASSWORD = "Kanari4-vog"
WRONG_PASSWORD = "Kanari5-vog"


def talkative(settings):
    settings["log_level"] = "debug"


@pytest.fixture(scope="module")
def server(module_server):
    made = module_server(change=talkative)
    made.rows("ALTER SYSTEM SET log_statement = 'all'")
    made.rows("ALTER SYSTEM SET log_min_duration_statement = 0")
    made.rows("SELECT pg_reload_conf()")
    made.redis("CONFIG", "SET", "slowlog-log-slower-than", "0")
    made.redis("CONFIG", "SET", "slowlog-max-len", "100000")
    return made.start()


@pytest.fixture(scope="module")
def played(server):
    """A wrong password, a wrong code, a certificate, and a code whose mail
    waits: who it was, the secrets of it, and what was at rest then and
    later."""
    account, client, secrets = enroll(server, USER_PASSWORD, WRONG_PASSWORD)
    since = account.before_code()
    server.services.stop_smtp()
    assert client.post(
        "simpleenroll", requests.request(), account.user, USER_PASSWORD
    ).status == 401
    places = at_rest(server)  # a code is in the queue
    server.services.start_smtp()
    last = account.code(since)
    secrets.add_code("code in the queue", account, last)
    places.update(
        (f"{name} later", data) for name, data in at_rest(server).items()
    )
    return account, secrets, places


def pg_dump(server):
    program = max(glob.glob("/usr/lib/postgresql/*/bin/pg_dumpall"))
    return subprocess.run(
        [program, "-d", server.services.pg_conninfo("postgres", "koshin")],
        check=True, capture_output=True, timeout=PATIENCE_S,
    ).stdout  # fmt: skip


def at_rest(server):
    """Bytes by the name of the place."""
    server.rows("CHECKPOINT")
    server.redis("SAVE")
    s = server.services
    found = {
        "pg_dumpall": pg_dump(server),
        "queue": repr(
            server.rows("SELECT m.* FROM koshin.mail m")
        ).encode(),
        "slow log of Redis": subprocess.run(
            s.redis_cli("SLOWLOG", "GET", "100000"),
            check=True, capture_output=True, timeout=PATIENCE_S,
        ).stdout,
    }  # fmt: skip
    found.update(
        files(
            s.pg.folder, s.redis.folder, s.folder, server.folder,
            without=(s.maildir,),
        )
    )  # fmt: skip
    return found


def test_I_11_no_secret_is_at_rest_anywhere(played):
    account, secrets, places = played
    leaks = {
        place: names for place, data in places.items()
        if (names := secrets.found_in(data))
    }  # fmt: skip
    assert leaks == {}


def test_I_11_the_search_would_find_them(played, server):
    """In the mail it is, in base64, and a line with a secret is seen."""
    account, secrets, places = played
    mails = b"".join(
        data for _, data in files(server.services.maildir)
    ).replace(b"\r\n", b"")
    assert "the code in base64" in secrets.found_in(mails)
    for secret in (USER_PASSWORD, WRONG_PASSWORD):
        assert secrets.found_in(b"x" + secret.encode() + b"y")
        assert secrets.found_in(secret.encode().hex().upper().encode())
    basic = f"{account.user}:{USER_PASSWORD}123456".encode()
    assert "the password in base64" in secrets.found_in(
        base64.b64encode(basic)
    )


@pytest.mark.parametrize("place", [
    "pg_dumpall", "queue", "slow log of Redis", "postgres.log",
    "koshin.log", ".rdb", ".aof", "pg_wal",
])  # fmt: skip
def test_I_11_the_places_are_the_right_ones(played, place):
    """The user ID is in each of them: there was something to be seen."""
    account, _, places = played
    assert any(
        account.user.encode() in data
        for name, data in places.items()
        if place in name
    ), [os.path.basename(name) for name in places]
