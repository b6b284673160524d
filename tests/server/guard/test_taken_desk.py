"""What a front that was taken over does with the sessions of members (T8): it
has their database role too, and the tokens of those that pass."""

import os

import pytest

from koshin_tests.clients import requests
from koshin_tests.database import connected
from koshin_tests.portal import opened_to_members
from koshin_tests.taken import Auth

MEMBER = "koshin_member"


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_members).start()


@pytest.fixture(scope="module")
def master(server):
    return server.account("master")


def session(server, account):
    """Token and digest of one that auth has begun, and that passes here."""
    token = os.urandom(32).hex()
    digest = requests.sha256(token.encode())
    assert server.one(
        "SELECT koshin.open_session(%s, contract, id, password_hash, 3, 3, 3)"
        " FROM koshin.account WHERE user_id = %s", digest, account.user,
    )  # fmt: skip
    return token, digest


def locked(server):
    """Somebody who is locked, in Redis and in PostgreSQL."""
    account = server.account()
    for _ in range(6):
        assert server.try_secret(account, "Wrong-pw-1").status == 401
    server.until(lambda: account.row("locked_until") is not None)
    return account


def is_locked(server, account):
    return server.redis("EXISTS", f"koshin:{{{account.user}}}:lock") == "1"


def test_T8_only_a_master_s_session_has_a_password_made(server, master, front):
    """What remains: one at random, whose place the database decides."""
    general = server.account()
    for digest in (bytes(32), os.urandom(32), session(server, general)[1]):
        said = front.make(digest)
        assert said == {"end": Auth.GONE, "password": 0, "hash": 0}
    _, digest = session(server, master)
    said = front.make(digest)
    assert said["end"] == Auth.DONE and said["hash"] > 0
    server.rows("UPDATE koshin.session SET ends_at = now()"
                " WHERE token_digest = %s", digest)  # fmt: skip
    assert front.make(digest)["end"] == Auth.GONE


def test_T8_R_LOCK_6_nothing_is_lifted_by_its_word(server, master, front):
    """What remains: what the master may, as often as he may (T6)."""
    account = locked(server)
    token, digest = session(server, master)
    for asked in (bytes(32), digest):
        assert front.settle(asked)["end"] == Auth.DONE
        assert is_locked(server, account)
    with connected(server.services, MEMBER, "koshin") as connection:
        with connection.cursor() as at:
            at.execute("SELECT koshin.enter_session(%s, false)", (token,))
            at.execute("SELECT koshin.lift_account('', %s, 'why')",
                       (account.user,))  # fmt: skip
    assert is_locked(server, account)
    assert front.settle(digest)["end"] == Auth.DONE
    assert not is_locked(server, account)
    for _ in range(6):
        assert server.try_secret(account, "Wrong-pw-1").status == 401
    assert is_locked(server, account)
    assert front.settle(digest)["end"] == Auth.DONE
    assert is_locked(server, account)
