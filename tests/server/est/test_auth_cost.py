"""I-15: no name costs auth more than another, also after a change of cost.

The CPU time of the process auth is taken, not a clock: what a machine does
beside is not in it, but for what it does to the caches. Kinds are asked in
turn and compared within their turn; what differs after the first round has
two more to turn out to be chance."""

import itertools
import random
import statistics

import clock
import pytest

from koshin_tests.burst import roomy
from koshin_tests.clients import requests
from koshin_tests.crowd import FAILURES, crowd

FAILED = "Authentication failed.\n"
WRONG = "Wrong-1234"
ROUNDS = 3
TURNS = 2 * (FAILURES - 1)  # in a round
FACTOR = 1.25


def costly(settings):
    """Four times as much work as the hashes that are there."""
    roomy(settings)
    settings["policy"].update(argon2_memory="38MiB", argon2_passes=4)


def spent(server, account, secret, csr):
    auth = server.instance.pids()["auth"]
    before = clock.process_ms(auth)
    answer = server.try_secret(account, secret, csr)
    assert (answer.status, answer.text) == (401, FAILED)
    return clock.process_ms(auth) - before


def turn(server, kinds, csr, number):
    """Each kind once: {kind: what it cost}"""
    if number % (FAILURES - 1) == 0:
        server.forgive()
    return {
        kind: spent(server, *who[number % len(who)], csr)
        for kind, who in random.sample(list(kinds.items()), len(kinds))
    }


def shares(turns):
    """{kind: median of its cost over that of all kinds in the same turn}"""
    return {
        kind: statistics.median(
            t[kind] / statistics.median(t.values()) for t in turns
        )
        for kind in turns[0]
    }


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=roomy).start()


def test_I_15_all_evaluations_cost_the_same_after_a_change_of_cost(server):
    cheap = crowd(server, 3)
    (closed,) = crowd(server, 1)
    server.rows("SELECT koshin.close_account('test', %s)", closed.user)
    del server.crowd_hash
    csr = requests.request()
    with server.twin(costly) as twin:
        dear = crowd(twin, 3)
        kinds = {
            "cheap hash": [(who, WRONG) for who in cheap],
            "dear hash": [(who, WRONG) for who in dear],
            "unknown": [(f"nobody{n}z", WRONG) for n in range(3)],
            "closed": [(closed, closed.password)],
        }
        turns = []
        for _ in range(ROUNDS):
            turns += [turn(twin, kinds, csr, n) for n in range(TURNS)]
            seen = shares(turns)
            if max(seen.values()) < FACTOR * min(seen.values()):
                return
    pytest.fail(f"shares of their turns: {seen}")


def median_of_unknown(server, names, csr):
    return statistics.median(
        spent(server, next(names), WRONG, csr) for _ in range(FAILURES - 1)
    )


def test_I_15_all_costs_in_use_are_known_before_anybody_is_asked_for(server):
    """The fault: until somebody of another cost has tried, nobody's name costs
    less than his, and less than it does afterwards. Who logs in first after a
    start is told apart so."""
    csr = requests.request()
    names = (f"nobody{n}y" for n in itertools.count())
    with server.twin(costly) as twin:
        dear = twin.account()
    with server.twin() as fresh:
        before = median_of_unknown(fresh, names, csr)
        spent(fresh, dear, WRONG, csr)
        after = median_of_unknown(fresh, names, csr)
    print(f"{before} ms before, {after} ms afterwards")
    assert after < 2 * before  # 5 times
