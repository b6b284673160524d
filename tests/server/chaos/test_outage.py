"""Redis, PostgreSQL or the issuer are away or do not answer. What cannot be
asked is "no" (I-9): 503 soon, nothing is spent or counted, what
needs nothing of them goes on, and it works again by itself."""

import contextlib
import os
import signal

import process
import pytest

from koshin_tests.burst import evaluated, gave_up_early, roomy
from koshin_tests.clients import requests
from koshin_tests.clients.raw import PKCS10, Connection, ask, basic, get, post
from koshin_tests.crowd import codes, crowd, wrong_codes
from koshin_tests.kill import Errand, wait_children
from koshin_tests.patience import until

SOON_S = 20  # a third of roomy()'s est.request_time


@pytest.fixture(scope="module")
def server(module_server):
    made = module_server(change=roomy)
    made.start()
    return made


@pytest.fixture(scope="module")
def device(server):
    return server.identity()


def renewal(server, device):
    """The answer to a renewal by certificate alone."""
    _, identity = device
    csr = requests.same_names(requests.new_key(), identity.certificate)
    with Connection(server, identity=identity) as c:
        return c.ask(post("device/simplereenroll", csr, PKCS10))


def expect_503(server, question):
    answer = question()
    assert answer.status == 503, answer.head
    assert int(answer.field("Retry-After")) > 0
    gave_up_early(server, SOON_S)
    return answer


def expect_again(question, want=200):
    """With nobody's help."""

    def now():
        answer = question()
        assert answer.status in (want, 503), answer.head
        return answer if answer.status == want else None

    return until(now)


def attempt(server, errand):
    return lambda: ask(server, errand.request)


def new_errand(server):
    """Once every thread is over the fault of the test before."""
    nobody = post("simpleenroll", b"", PKCS10, basic("nobody001", "wrong"))
    for _ in range(8):
        expect_again(lambda: ask(server, nobody), want=401)
    (account,) = crowd(server, 1)
    return Errand(account, codes(server, [account])[account.user])


# ------------------------------------------------------------------- faults


@contextlib.contextmanager
def redis_stopped(server):
    server.services.stop_redis()
    try:
        yield
    finally:
        server.services.start_redis()


@contextlib.contextmanager
def frozen(pids):
    process.send(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        process.send(pids, signal.SIGCONT)


def redis_silent(server):
    return frozen([server.services.redis.pid()])


def issuer_silent(server):
    return frozen([wait_children(server)["issuer"]])


@contextlib.contextmanager
def postgres_stopped(server):
    server.services.stop_postgres()
    try:
        yield
    finally:
        server.services.start_postgres()


@contextlib.contextmanager
def postgres_killed(server):
    server.services.kill9_postgres()
    try:
        yield
    finally:
        server.services.start_postgres()


def postgres_silent(server):
    pg = server.services.pg
    return frozen(pg._postmaster() + pg._backends())


def expect_no_permission(server, device, fault, renews):
    """One outage, from before to after."""
    errand, other = new_errand(server), new_errand(server)
    judged = evaluated(server)
    with fault(server):
        for _ in range(3):
            expect_503(server, attempt(server, errand))
            expect_503(
                server,
                lambda: server.try_secret(
                    other.account, other.account.password, other.csr
                )
            )
        assert ask(server, get("cacerts")).status == 200
        assert ask(server, get("csrattrs")).status in (200, 204)
        if renews:
            assert renewal(server, device).status == 200
        else:
            expect_503(server, lambda: renewal(server, device))
    # The code is still good, and nothing was counted.
    expect_again(attempt(server, errand))
    expect_again(lambda: renewal(server, device))
    expect_again(attempt(server, other))
    return evaluated(server) - judged


@pytest.mark.parametrize("fault", [redis_stopped, redis_silent])
def test_F_24_F_25_without_redis_nobody_is_let_in(server, device, fault):
    """Redis is stopped, or silent by SIGSTOP, for a while: without a count of
    failures no password is looked at. EST_136: cacerts goes on, and so does
    who renews by certificate."""
    judged = expect_no_permission(server, device, fault, renews=True)
    # No password was looked at while it was away.
    assert judged == 2


@pytest.mark.parametrize(
    "fault", [postgres_stopped, postgres_killed, postgres_silent]
)
def test_F_36_without_postgresql_nobody_is_let_in(server, device, fault):
    """PostgreSQL is stopped, killed, or silent by SIGSTOP to all its
    processes: no answer from it is no permission (I-9), and the code is still
    good."""
    expect_no_permission(server, device, fault, renews=False)


def test_F_19_while_the_issuer_is_silent_nothing_is_lost(server, device):
    """SIGSTOP to the issuer, questions wait in its socket, SIGCONT (EST_219):
    what it gets to do late, when nobody waits any more, is there for the
    repeat."""
    errand = new_errand(server)
    with issuer_silent(server):
        for _ in range(3):
            expect_503(server, attempt(server, errand))
        expect_503(server, lambda: renewal(server, device))
        assert ask(server, get("cacerts")).status == 200
    expect_again(attempt(server, errand))
    errand.finish(server)
    assert len(set(errand.got)) == 1
    assert server.certificates_of(errand.account) == 1


def test_F_19_an_issuer_that_was_killed_is_there_again(server, device):
    """SIGKILL to the issuer between two requests: the front's connection is
    broken, and must be found so before a request is lost in it."""
    errand = new_errand(server)
    os.kill(wait_children(server)["issuer"], signal.SIGKILL)
    expect_again(attempt(server, errand))
    expect_again(lambda: renewal(server, device))


def test_EST_219_five_outages_are_no_failures_of_the_holder(server):
    """Redis is stopped during eight attempts with a right code: were they
    counted as failures, the sixth would lock somebody who did nothing
    wrong."""
    errand = new_errand(server)
    with redis_stopped(server):
        for _ in range(8):
            expect_503(server, attempt(server, errand))
    expect_again(attempt(server, errand))
    assert errand.account.row("locks") == 0


# ----------------------------------------------------- Redis loses something


def talk(server):
    return server.services.redis_client()


def test_F_33_scripts_that_redis_forgot_are_sent_again(server):
    errand = new_errand(server)
    talk(server).script_flush()
    assert attempt(server, errand)().status == 200


def lock(server, account):
    for n in range(6):
        server.try_secret(account, f"Wrong-{n:04}", requests.request())
    until(lambda: account.row("locks"))


def test_F_28_I_8_a_lock_holds_when_redis_comes_back_empty(server):
    """Redis is started again without its data, under a lock: the lock stands
    in PostgreSQL too, or a crash would let the guesser go on."""
    errand = new_errand(server)
    lock(server, errand.account)
    server.services.restart_redis(flush=True)
    judged = evaluated(server)
    expect_again(lambda: server.try_secret(
        errand.account, errand.account.password, errand.csr), 401)  # fmt: skip
    answer = attempt(server, errand)()
    assert answer.text == "Authentication failed.\n"
    assert evaluated(server) == judged
    # And the next lock is the second in a row, not the first.
    assert errand.account.row("locks") == 1


def test_F_28_a_code_is_gone_when_redis_comes_back_empty(server):
    """Redis is started again without its data, between the two steps: a code
    that nobody knows is as wrong as any, and a new one can be had."""
    errand = new_errand(server)
    server.services.restart_redis(flush=True)
    answer = expect_again(attempt(server, errand), 401)
    assert answer.text == "Authentication failed.\n"
    errand.code = server.step1(errand.account, errand.csr)
    assert attempt(server, errand)().status == 200


def test_F_29_a_spent_code_is_not_good_again_with_older_data(server):
    """The profile would allow a second certificate; the ledger does not."""
    errand = new_errand(server)
    errand.operation = "short/simpleenroll"
    r = talk(server)
    key = next(r.scan_iter(f"koshin:{{{errand.account.user}}}:code"))
    older, life_ms = r.dump(key), r.pttl(key)
    assert attempt(server, errand)().status == 200
    r.restore(key, life_ms, older, replace=True)
    other = Errand(errand.account, errand.code, errand.operation)
    answer = attempt(server, other)()
    assert answer.status == 401, answer.head
    assert answer.text == "Authentication failed.\n"
    assert server.certificates_of(errand.account) == 1
    # The request that it was spent for gets its certificate still.
    r.restore(key, life_ms, older, replace=True)
    for _ in range(2):
        errand.take(attempt(server, errand)())
    assert len(errand.got) == 2 and len(set(errand.got)) == 1


def test_O_01_a_wrong_code_after_an_outage_is_still_counted(server):
    """Redis is stopped and comes back, between a code and guesses at it: what
    counts failures must count again, from the first question on."""
    errand = new_errand(server)
    with redis_stopped(server):
        expect_503(server, attempt(server, errand))
    for code in wrong_codes(errand.code, 6):
        wrong = Errand(errand.account, code)
        expect_again(attempt(server, wrong), 401)
    assert attempt(server, errand)().status == 401
