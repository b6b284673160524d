"""A commit that does not come back: what is written counts all the same, and
is found by reading."""

import contextlib

import pytest

from koshin_tests import promises
from koshin_tests.clients import requests
from koshin_tests.kill import short_lease


@pytest.fixture(scope="module")
def server(module_server):
    made = module_server().start()
    short_lease(made)
    return made


@contextlib.contextmanager
def no_standby(server):
    """Each commit waits for a standby that there is not, until it is
    cancelled; then it stands here."""
    server.rows("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    server.rows("SELECT pg_reload_conf()")
    server.until(
        lambda: server.one("SHOW synchronous_standby_names") == "nobody"
    )
    try:
        yield
    finally:
        server.rows("ALTER SYSTEM RESET synchronous_standby_names")
        server.rows("SELECT pg_reload_conf()")


def test_F_42_a_commit_that_hangs_leaves_one_certificate(server):
    account, csr = server.account(), requests.request()
    secret = account.password + server.step1(account, csr)
    with no_standby(server):
        for _ in range(2):
            answer = server.try_secret(account, secret, csr)
            assert answer.status in (202, 503), answer.text
            assert int(answer.field("Retry-After")) > 0
    answer = server.until_200(account, secret, csr)
    assert server.certificates_of(account) == 1
    server.until(
        lambda: server.one(
            "SELECT count(*) FROM koshin.certificate WHERE state = 'reserved'"
        )
        == 0
    )
    assert promises.wrongs(server, [requests.der(answer)]) == []
