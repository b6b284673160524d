"""R-AUTH-4, I-15: who has not proved a password learns nothing by a clock.

Kinds are measured in turn and compared within their turn, so that a machine
that is busy is busy for all of them. Medians may differ by a quarter; what
differs more after the first round has two more to turn out to be chance."""

import random
import statistics
import time

import pytest

from koshin_tests.burst import enrollment, roomy
from koshin_tests.clients import raw, requests
from koshin_tests.crowd import FAILURES, codes, crowd, traces, wrong_codes
from koshin_tests.patience import until

ROUNDS = 3
TURNS = 30  # of each kind, in a round
PER_NAME = FAILURES - 1  # guesses, or a lock would be measured
NAMES = ROUNDS * TURNS // PER_NAME
FACTOR = 1.25
FAILED = "Authentication failed.\n"
WRONG = "Wrong-1234"

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=roomy).start()


def often(people, secret_of):
    """(account, secret) for each turn of all rounds."""
    return [(who, secret_of(who)) for who in people for _ in range(PER_NAME)]


def lock(server, account, csr):
    for _ in range(FAILURES):
        assert server.try_secret(account, WRONG, csr).text == FAILED
    until(lambda: traces(server, account)[0] == 1)


@pytest.fixture(scope="module")
def people(server):
    """{kind: its turns}"""
    csr = requests.request()
    known, guessed, coded, unknown = (crowd(server, NAMES) for _ in range(4))
    closed, locked, blocked = crowd(server, 3)
    for who in unknown:
        who.user = "nobody" + who.user[-5:]
    server.rows("SELECT koshin.close_account('test', %s)", closed.user)
    lock(server, locked, csr)
    server.rows(
        "UPDATE koshin.account SET state = 'blocked' WHERE user_id = %s",
        blocked.user,
    )
    code_of = codes(server, coded)
    return {
        "wrong password": often(known, lambda who: WRONG),
        "unknown": often(unknown, lambda who: WRONG),
        # These are counted elsewhere, or not at all.
        "closed": [(closed, closed.password)] * TURNS * ROUNDS,
        "locked": [(locked, locked.password)] * TURNS * ROUNDS,
        "blocked": [(blocked, blocked.password)] * TURNS * ROUNDS,
        "wrong code": often(
            coded,
            lambda who: who.password + wrong_codes(code_of[who.user], 1)[0],
        ),
        "wrong password and a code": often(
            guessed, lambda who: WRONG + "000000"
        ),
    }


def spent(server, ctx, account, secret, csr):
    """Seconds from the request to its answer."""
    data = enrollment(account, secret, csr)
    with raw.Connection(server, ctx=ctx) as c:
        began = time.perf_counter()
        answer = c.ask(data)
        ended = time.perf_counter()
    assert (answer.status, answer.text) == (401, FAILED)
    return ended - began


def shares(turns):
    """{kind: median of its time over that of all kinds in the same turn}"""
    return {
        kind: statistics.median(
            turn[kind] / statistics.median(turn.values()) for turn in turns
        )
        for kind in turns[0]
    }


def test_R_AUTH_4_I_15_all_refusals_take_the_same_time(server, people):
    ctx, csr = raw.context(server), requests.request()
    queues = {kind: iter(which) for kind, which in people.items()}
    turns = []
    for _ in range(ROUNDS):
        for _ in range(TURNS):
            turn = {}
            for kind in random.sample(list(queues), len(queues)):
                who, secret = next(queues[kind])
                turn[kind] = spent(server, ctx, who, secret, csr)
            turns.append(turn)
        seen = shares(turns)
        if max(seen.values()) < FACTOR * min(seen.values()):
            return
    pytest.fail(f"shares of their turns: {seen}")
