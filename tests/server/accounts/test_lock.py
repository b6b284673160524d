"""R_LOCK_1..5, O_05..O_07: what failures lead to, with the mails."""

import concurrent.futures
import time

from koshin_tests.clients import requests

FAILED = "Authentication failed.\n"
WRONG = "Wrong-1234"


def fail(server, account, times, secret=WRONG):
    for _ in range(times):
        answer = server.try_secret(account, secret)
        assert (answer.status, answer.text) == (401, FAILED)


def end_lock(server, account):
    """An hour later (R-LOCK-2), for PostgreSQL and for Redis. Locks are told
    apart by the second in which they end."""
    time.sleep(1)
    server.rows(
        "UPDATE koshin.account SET locked_until = now() - interval '1 second'"
        " WHERE user_id = %s AND locked_until IS NOT NULL", account.user,
    )  # fmt: skip
    server.redis("DEL", f"koshin:{{{account.user}}}:lock")


def is_open(server, account):
    """By the password alone, which moves no counter."""
    answer = server.try_secret(account, account.password)
    assert answer.status == 401
    return answer.text != FAILED


def locks(account):
    return account.row("locks")


def wait_locks(server, account, number):
    """PostgreSQL hears of a lock after the answer."""
    server.until(lambda: locks(account) == number)


def test_R_LOCK_1_five_failures_do_not_lock(koshin_server):
    account = koshin_server.account()
    fail(koshin_server, account, 5)
    assert is_open(koshin_server, account)


def test_R_LOCK_1_R_LOCK_5_the_sixth_locks_and_is_told_by_mail(
    koshin_server,
):
    account = koshin_server.account()
    since = account.mark()
    fail(koshin_server, account, 6)
    assert not is_open(koshin_server, account)
    assert account.mail(since, "temporarily locked")
    wait_locks(koshin_server, account, 1)
    minutes = koshin_server.one(
        "SELECT extract(epoch FROM locked_until - now()) / 60"
        " FROM koshin.account WHERE user_id = %s", account.user,
    )  # fmt: skip
    assert 59 < minutes <= 60


def test_R_LOCK_1_O_06_wrong_passwords_and_wrong_codes_are_one_counter(
    koshin_server,
):
    account = koshin_server.account()
    koshin_server.step1(account)
    fail(koshin_server, account, 3, account.password + "000000")
    fail(koshin_server, account, 2)
    assert is_open(koshin_server, account)  # a right password resets nothing
    fail(koshin_server, account, 1, account.password + "000000")
    assert not is_open(koshin_server, account)


def test_R_LOCK_5_O_09_a_lock_kills_the_code(koshin_server):
    account = koshin_server.account()
    code = koshin_server.step1(account)
    fail(koshin_server, account, 6)
    end_lock(koshin_server, account)
    answer = koshin_server.try_secret(account, account.password + code)
    assert (answer.status, answer.text) == (401, FAILED)


def test_O_07_a_new_code_does_not_forgive(koshin_server):
    account = koshin_server.account()
    fail(koshin_server, account, 5)
    koshin_server.step1(account)
    fail(koshin_server, account, 1, account.password + "000000")
    assert not is_open(koshin_server, account)


def test_R_LOCK_2_attempts_during_a_lock_do_not_lengthen_it(koshin_server):
    account = koshin_server.account()
    fail(koshin_server, account, 6)
    wait_locks(koshin_server, account, 1)
    until = account.row("locked_until")
    fail(koshin_server, account, 8)
    assert account.row("locked_until") == until
    assert locks(account) == 1


def test_R_LOCK_2_after_it_there_are_six_again(koshin_server):
    account = koshin_server.account()
    fail(koshin_server, account, 6)
    wait_locks(koshin_server, account, 1)
    end_lock(koshin_server, account)
    fail(koshin_server, account, 5)
    assert is_open(koshin_server, account)
    fail(koshin_server, account, 1)
    assert not is_open(koshin_server, account)


def test_R_LOCK_3_R_LOCK_5_the_third_lock_is_a_block(koshin_server):
    account = koshin_server.account()
    since = account.mark()
    for number in (1, 2):
        fail(koshin_server, account, 6)
        wait_locks(koshin_server, account, number)
        end_lock(koshin_server, account)
        assert is_open(koshin_server, account)
    fail(koshin_server, account, 6)
    assert account.mail(since, "has been blocked")
    koshin_server.until(lambda: account.row("state") == "blocked")
    assert len(account.mails(since, "temporarily locked")) == 2
    end_lock(koshin_server, account)
    assert not is_open(koshin_server, account)
    koshin_server.instance.run(
        "user", "unlock", account.user, "--reason", "asked for it"
    )
    assert is_open(koshin_server, account)
    assert account.mail(since, "no longer blocked")


def test_R_LOCK_4_a_complete_success_sets_both_counters_to_zero(
    koshin_server,
):
    account = koshin_server.account()
    fail(koshin_server, account, 6)
    wait_locks(koshin_server, account, 1)
    end_lock(koshin_server, account)
    fail(koshin_server, account, 5)
    csr = requests.request()
    code = koshin_server.step1(account, csr)
    secret = account.password + code
    assert koshin_server.try_secret(account, secret, csr).status == 200
    assert locks(account) == 0
    fail(koshin_server, account, 5)
    # With a certificate a right password is told about the window.
    answer = koshin_server.try_secret(account, account.password)
    assert answer.status == 403


def test_R_LOCK_1_O_05_a_thousand_guesses_at_once_are_six(koshin_server):
    account = koshin_server.account()
    since = account.mark()

    def guess(n):
        return koshin_server.try_secret(account, f"Wrong-{n:04}").status

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        seen = set(pool.map(guess, range(200)))
    assert seen <= {401, 429}
    assert not is_open(koshin_server, account)
    wait_locks(koshin_server, account, 1)
    account.mail(since, "temporarily locked")
    assert len(account.mails(since, "temporarily locked")) == 1
    assert koshin_server.one(
        "SELECT count(*) FROM koshin.audit a JOIN koshin.account c"
        " ON c.id = a.account WHERE c.user_id = %s"
        " AND a.action = 'account.lock'", account.user,
    ) == 1  # fmt: skip


def test_R_LOCK_8_a_lock_outlives_redis(koshin_server):
    account = koshin_server.account()
    fail(koshin_server, account, 6)
    wait_locks(koshin_server, account, 1)
    koshin_server.forgive()
    assert not is_open(koshin_server, account)


def test_A_09_an_unknown_user_is_locked_alike(koshin_server):
    answers = [koshin_server.try_secret("ghost0001", WRONG) for _ in range(7)]
    assert {(a.status, a.text) for a in answers} == {(401, FAILED)}
