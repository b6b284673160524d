"""I-15: who tries, leaves, or tries often at once, is counted and answered
alike, whether the name is somebody's, nobody's, or of who has been closed,
locked or blocked.

Kinds take turns, a new name each time."""

import time

import pytest

from koshin_tests.burst import Burst, enrollment, roomy, statuses
from koshin_tests.clients import raw, requests
from koshin_tests.crowd import FAILURES, crowd

WRONG = "Wrong-1234"
ROUNDS = 4
AT_ONCE = 2 * FAILURES
AT_MOST = 10  # bursts of a kind
KINDS = ("known", "unknown", "closed")
LOCKED = ("locked", "blocked", "blocked, which Redis has forgotten")


def slow(settings):
    """Evaluations that are still in work when all requests have come."""
    roomy(settings)
    settings["policy"].update(argon2_memory="38MiB", argon2_passes=4)
    settings["est"]["password_threads"] = 2


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=slow).start()


@pytest.fixture(scope="module")
def csr():
    return requests.request()


@pytest.fixture(scope="module")
def people(server):
    """Of each kind, as many as one asks for."""
    many = ROUNDS + 1 + AT_MOST
    made = {kind: crowd(server, many) for kind in KINDS + LOCKED}
    for who in made["unknown"]:
        who.user = "nobody" + who.user[-5:]
    for who in made["closed"]:
        server.rows("SELECT koshin.close_account('test', %s)", who.user)
    until_ms = int(time.time() * 1000) + 3_600_000
    for who in made["locked"]:
        server.redis("SET", f"koshin:{{{who.user}}}:lock", f"1 {until_ms}")
    forgotten = made["blocked, which Redis has forgotten"]
    for who in made["blocked"] + forgotten:
        server.rows("SELECT koshin.lock_account(%s, 3, NULL, true)",
                    who.row("id"))  # fmt: skip
    for who in made["blocked"]:
        server.redis("SET", f"koshin:{{{who.user}}}:lock", "3 0")
    return {kind: iter(some) for kind, some in made.items()}


def traces(server, user):
    """{key: (what it holds, how long it lives, in days)}"""
    found = {}
    for key in server.redis("KEYS", f"koshin:{{{user}}}:*").split():
        name = key.split(":")[2]
        if name == "op":
            continue
        life_s = int(server.redis("TTL", key))
        text = server.redis("GET", key) if name in ("try", "locks") else ""
        found[name] = (text, round(life_s / 86400, 2))
    return found


def leave(server, who, csr, times):
    """Asks, and is gone before the answer."""
    for _ in range(times):
        with raw.Connection(server) as c:
            c.send(enrollment(who, WRONG, csr))


def test_I_13_I_15_who_leaves_is_counted_and_takes_no_more_room(
    server, people, csr
):
    """Each has cost an evaluation; no place is left behind, which would stand
    for 30 days."""
    for turn in range(ROUNDS):
        times = 1 + turn
        seen = {}
        for kind in KINDS:
            who = next(people[kind])
            leave(server, who, csr, times)
            told = f"{times} 127.0.0.1"
            server.until(
                lambda: traces(server, who.user).get("try", ("",))[0] == told
            )
            seen[kind] = traces(server, who.user)
        assert seen["known"] == {"try": (told, 30.0)}
        assert seen["unknown"] == seen["known"]
        assert seen["closed"] == seen["known"]


@pytest.mark.alone
def test_I_15_R_LOCK_1_many_at_once_are_answered_alike(server, people, csr):
    """Six have a place, and six hear that too many are in work; not each
    time on a busy machine, where one that is late hears of the lock, or of a
    store that took too long."""
    left = set(KINDS + LOCKED)
    for _ in range(AT_MOST):
        for kind in sorted(left):
            who = next(people[kind])
            seen = statuses(
                Burst(server).fire([enrollment(who, WRONG, csr)] * AT_ONCE)
            )
            assert set(seen) <= {401, 429, 503}, (kind, seen)
            if seen == {401: FAILURES, 429: FAILURES}:
                left.remove(kind)
        if not left:
            return
    raise AssertionError(f"never {FAILURES} of each: {left}")
