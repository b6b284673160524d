"""Redis loses what it knows, in the middle of the ladder from failure to lock
to block, under three instances. What is lost are codes and less than six
failures; a lock and a block never are (R-LOCK-8, I-8)."""

import os
import tempfile
import time

import pytest

from koshin_tests import promises
from koshin_tests.burst import (
    Burst, enrollment, evaluated, lines, roomy, statuses,
)
from koshin_tests.clients import requests
from koshin_tests.crowd import (
    FAILURES, codes, crowd, traces, wrong_passwords,
)
from koshin_tests.patience import until
from koshin_tests.place import LONG
from koshin_tests.replicas import (
    WAYS, FailedOver, Flushed, Replicas, RestartedEmpty, ask, follow,
)

ROUNDS = 20 if LONG else 1
PAIRS = 200 if LONG else 20
BLOCKS = 3  # policy.lock_block
FAILED = "Authentication failed.\n"
CSR = requests.request()  # of those who get no certificate


@pytest.fixture(scope="module")
def redis():
    folder = tempfile.mkdtemp(prefix="koshin-test-", dir="/tmp")
    os.chmod(folder, 0o711)
    with Replicas(folder) as made:
        yield made


@pytest.fixture(scope="module")
def three(module_server, redis):
    """Three instances over it, and over one PostgreSQL."""

    def change(settings):
        roomy(settings)
        settings["redis"] = {"socket": redis.socket}

    server = module_server(change=change)
    server.start()
    with server.twin() as second, server.twin() as third:
        yield server, second, third


@pytest.fixture(params=WAYS)
def loss(request):
    return WAYS[request.param]


# ------------------------------------------------------------------ people


def answer_of(server, account, secret, csr):
    """The first one that is not "come again": Redis is being found."""
    found = []

    def answered():
        found.append(server.try_secret(account, secret, csr))
        return found[-1].status not in (429, 503)

    until(answered)
    return found[-1]


def guess(three, account, secrets):
    """In turn at each instance; how many were evaluated."""
    before = evaluated(*three)
    for i, secret in enumerate(secrets):
        answer = answer_of(three[i % 3], account, secret, CSR)
        assert (answer.status, answer.text) == (401, FAILED)
    return evaluated(*three) - before


def expect_refused(three, account):
    """Unevaluated, by each instance; the password is right."""
    since = account.mark()
    assert guess(three, account, [account.password] * 3) == 0
    assert not account.mails(since, "one-time code")


def let_it_end(three, redis, account):
    """The lock's hour passes. (Locks of one second count as one.)"""
    time.sleep(1)
    three[0].rows(
        "UPDATE koshin.account SET locked_until = now() WHERE user_id = %s",
        account.user,
    )
    redis("DEL", f"koshin:{{{account.user}}}:lock")


# ------------------------------------------------------------------ ladder


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_R_LOCK_8_F_30_the_ladder_loses_no_rung(three, redis, loss, turn):
    """Redis loses all it knows, in each way there is, among the guesses and
    again under each lock (I_8 F_28 F_30): at most five failures are forgotten
    by it."""
    (account,) = crowd(three[0], 1)
    for number in range(1, BLOCKS + 1):
        loss.prepare(redis)
        assert guess(three, account, wrong_passwords(3)) == 3
        loss.strike(redis)
        loss.prepare(redis)
        # As if those three had never been, but not one more than that.
        assert guess(three, account, wrong_passwords(9)) == FAILURES
        until(lambda: traces(three[0], account)[0] == number)
        loss.strike(redis)
        expect_refused(three, account)
        if number < BLOCKS:
            let_it_end(three, redis, account)
    assert account.row("state") == "blocked"
    assert traces(three[0], account) == (BLOCKS, BLOCKS - 1, BLOCKS - 1)
    account.mail("", "has been blocked")
    assert len(account.mails("", "has been blocked")) == 1
    loss.prepare(redis)
    loss.strike(redis)
    expect_refused(three, account)


def test_I_8_a_lock_holds_that_redis_took_with_it(three, redis, loss):
    """Redis loses what it knows right behind the answer to the sixth guess
    (F_30): the lock is on its way into PostgreSQL, and must arrive."""
    (account,) = crowd(three[0], 1)
    loss.prepare(redis)
    assert guess(three, account, wrong_passwords(FAILURES)) == FAILURES
    loss.strike(redis)
    until(lambda: traces(three[0], account) == (1, 1, 1))
    expect_refused(three, account)
    assert traces(three[0], account) == (1, 1, 1)


def test_I_8_a_success_clears_what_was_left(three, redis, loss):
    """Redis loses what it knows between a lock and a success: R_LOCK_4, a
    ladder that was survived begins at its foot again, in both stores."""
    (account,) = crowd(three[0], 1)
    guess(three, account, wrong_passwords(FAILURES))
    until(lambda: traces(three[0], account)[0] == 1)
    let_it_end(three, redis, account)
    loss.prepare(redis)
    loss.strike(redis)
    answer_of(three[1], account, "Wrong-1", CSR)  # it is found again
    code = codes(three[0], [account])[account.user]
    csr = requests.request()
    answer = answer_of(three[2], account, account.password + code, csr)
    assert answer.status == 200
    assert account.row("locks") == 0


def test_F_28_an_epoch_that_ended_is_told_by_each_instance(three, redis):
    """Redis is killed, its files removed, and started: it works as if nothing
    had been, so only a word in each log says that codes and failures are
    gone."""
    before = [len(lines(one, event="redis-epoch")) for one in three]
    RestartedEmpty().strike(redis)
    (account,) = crowd(three[0], 1)
    for one in three:
        answer_of(one, account, "Wrong-1", CSR)
    for one, known in zip(three, before):
        # By those of its threads that were asked.
        assert len(lines(one, event="redis-epoch")) > known


def test_C_40_a_master_that_became_a_follower_is_left_for_the_new_one(
    three, redis
):
    """A failover as a managed Redis makes it: the old master follows the new
    one, which has its address, and keeps every connection open. Nothing is
    lost by it, so the code of before opens."""
    (account,) = crowd(three[0], 1)
    code = codes(three[0], [account])[account.user]
    old, new = redis.master, redis.new_follower()
    ask(new, "REPLICAOF", "NO", "ONE")
    follow(old, new)
    redis.promote(new)
    csr = requests.request()
    for one in three:  # each of them finds the new one
        answer = answer_of(one, account, account.password + code, csr)
        assert answer.status == 200
    assert any(
        "READONLY" in line.get("reason", "") for one in three
        for line in lines(one, event="redis-down")
    )  # fmt: skip


# ------------------------------------------------------------------- codes


def test_F_28_a_code_that_is_gone_is_asked_for_again(three, redis):
    """FLUSHALL between the two steps: a code that is gone is refused as any
    wrong one, and the holder gets another by asking."""
    (account,) = crowd(three[0], 1)
    code = codes(three[0], [account])[account.user]
    Flushed().strike(redis)
    csr = requests.request()
    answer = answer_of(three[1], account, account.password + code, csr)
    assert (answer.status, answer.text) == (401, FAILED)
    again = codes(three[0], [account])[account.user]
    answer = answer_of(three[2], account, account.password + again, csr)
    assert answer.status == 200


def test_F_29_F_30_a_spent_code_stays_spent_where_nobody_knows_of_it(
    three, redis
):
    """The follower stops to follow once it has seen the code (F_30), and takes
    over when the code is spent: to it the code is as good as new."""
    failed_over = FailedOver()
    (account,) = crowd(three[0], 1)
    code = codes(three[0], [account])[account.user]
    failed_over.prepare(redis)
    secret, csr = account.password + code, requests.request()
    first = answer_of(three[0], account, secret, csr)
    assert first.status == 200
    failed_over.strike(redis)
    # To this Redis the code is as good as new; the ledger knows better, also
    # when the account may have a certificate again.
    again = answer_of(three[1], account, secret, csr)
    assert again.status == 403 or requests.der(again) == requests.der(first)
    three[0].revoke(requests.certificate(first.body))
    other = answer_of(three[2], account, secret, requests.request())
    assert (other.status, other.text) == (401, FAILED)
    assert three[0].certificates_of(account) == 1


def test_R_CERT_2_two_who_enroll_for_one_person_get_one_certificate(
    three, redis
):
    """F_65, from the first step on: one code, which goes to one of them."""
    accounts = crowd(three[0], PAIRS)
    pairs = [(requests.request(), requests.request()) for _ in accounts]
    code_of = codes(three[0], accounts)
    delivered = []
    for i, (account, pair) in enumerate(zip(accounts, pairs)):
        servers = three[i % 3], three[(i + 1) % 3]
        secret = account.password + code_of[account.user]
        replies = Burst(*servers).fire(
            [enrollment(account, secret, csr) for csr in pair]
        )
        assert statuses(replies) in (
            {200: 1, 401: 1}, {200: 1, 403: 1},
        ), account.user  # fmt: skip
        delivered += [requests.der(r) for r in replies if r.status == 200]
        # Who lost hears from when on there is another one (R-CERT-3).
        answer = servers[0].try_secret(account, account.password, pair[0])
        assert answer.status == 403, answer.text
        assert three[0].certificates_of(account) == 1
    assert promises.wrongs(three[0], delivered, three[1:]) == []
