"""Guesses in parallel, over several instances: each is counted before it is
evaluated, so that there are six and not one more (I-7)."""

import time

import pytest

from koshin_tests.burst import (
    Burst, enrollment, evaluated, lines, roomy, statuses,
)
from koshin_tests.clients import requests
from koshin_tests.crowd import (
    FAILURES, codes, crowd, traces, wrong_codes, wrong_passwords,
)
from koshin_tests.patience import until
from koshin_tests.place import LONG

GUESSES = 1000
ROUNDS = 50 if LONG else 8
PER_ROUND = 50


@pytest.fixture(scope="module")
def csr():
    return requests.request()


@pytest.fixture(scope="module")
def three(module_server):
    """Three instances over one Redis and one PostgreSQL."""
    server = module_server(change=roomy)
    server.start()
    with server.twin() as second, server.twin() as third:
        yield server, second, third


def expect_one_lock(servers, account):
    """The lock is told to PostgreSQL behind the answers."""
    until(lambda: traces(servers[0], account)[0] > 0)
    account.mail("", "locked")
    time.sleep(0.2)  # a second one would come now
    assert traces(servers[0], account) == (1, 1, 1)
    assert len(account.mails("", "locked")) == 1
    assert account.row("locked_until > now() + interval '50 minutes'")


def guess(servers, account, secrets, csr):
    """Fires; how many were evaluated."""
    before = evaluated(*servers)
    replies = Burst(*servers).fire(
        [enrollment(account, secret, csr) for secret in secrets]
    )
    seen = statuses(replies)
    assert set(seen) <= {401, 429, 503}, seen
    assert all(
        r.text == "Authentication failed.\n"
        for r in replies if r.status == 401
    )  # fmt: skip
    return evaluated(*servers) - before


def test_R_LOCK_1_of_1000_guesses_at_two_instances_six_are_evaluated(
    three, csr
):
    servers = three[:2]
    (account,) = crowd(servers[0], 1)
    assert guess(servers, account, wrong_passwords(GUESSES), csr) == FAILURES
    expect_one_lock(servers, account)
    # What comes too late is looked at no more, be it right or wrong.
    assert guess(servers, account, wrong_passwords(100), csr) == 0
    answer = servers[1].try_secret(account, account.password, csr)
    assert answer.status == 401
    assert answer.text == "Authentication failed.\n"


def test_F_68_of_1000_guesses_at_three_instances_six_are_evaluated(
    three, csr
):
    (account,) = crowd(three[0], 1)
    assert guess(three, account, wrong_passwords(GUESSES), csr) == FAILURES
    expect_one_lock(three, account)


def test_R_LOCK_1_of_1000_wrong_codes_six_are_evaluated(three, csr):
    """T3: the thief of a password guesses the code."""
    (account,) = crowd(three[0], 1)
    code = codes(three[0], [account])[account.user]
    secrets = [account.password + c for c in wrong_codes(code, GUESSES)]
    assert guess(three, account, secrets, csr) == FAILURES
    expect_one_lock(three, account)
    # The lock has killed the code (R-LOCK-1).
    secret = account.password + code
    assert three[0].try_secret(account, secret, csr).status == 401
    assert three[0].certificates_of(account) == 0


def test_F_68_holds_round_after_round(three, csr):
    accounts = crowd(three[0], ROUNDS)
    for account in accounts:
        secrets = wrong_passwords(PER_ROUND)
        assert guess(three, account, secrets, csr) == FAILURES
    for account in accounts:
        expect_one_lock(three, account)


def test_I_15_an_unknown_name_is_evaluated_as_often(three, csr):
    before = evaluated(*three)
    nobody = crowd(three[0], 1)[0]
    nobody.user = "nobody" + nobody.user[-5:]
    assert guess(three, nobody, wrong_passwords(PER_ROUND), csr) == FAILURES
    assert evaluated(*three) - before == FAILURES


def test_F_69_a_flood_of_right_passwords_locks_nobody(three, csr):
    """Places that are given back count nothing (I-7)."""
    (account,) = crowd(three[0], 1)
    replies = []
    for _ in range(3):
        replies += Burst(*three).fire(
            [enrollment(account, account.password, csr)] * PER_ROUND
        )
    assert {401} <= set(statuses(replies)) <= {401, 429}
    assert traces(three[0], account) == (0, 0, 0)
    # None of them was told to be wrong.
    told = {r.text for r in replies if r.status == 401}
    assert all("ne-time code mailed" in text for text in told), told


def test_I_12_each_guess_has_one_line_in_the_log(three):
    ids = [line["req"] for line in lines(*three)]
    assert len(ids) == len(set(ids))
    assert all("evaluated" in line for line in lines(*three))
