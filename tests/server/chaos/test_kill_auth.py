"""kill -9 of auth, anywhere between a password and a certificate. Each attempt
counts once or, where it had not begun, not at all (I-7); the same request gets
its certificate, whichever instance it comes to (I-6)."""

import os
import signal

import pytest

from koshin_tests import promises
from koshin_tests.burst import roomy
from koshin_tests.clients import requests
from koshin_tests.clients.raw import ask, get
from koshin_tests.crowd import FAILURES, crowd, traces, wrong_codes
from koshin_tests.kill import (
    Strace, ended, errands, fire_all, finish_all, moments, wait_children,
    wait_serves,
)
from koshin_tests.patience import at_once, until
from koshin_tests.place import LONG

MOMENTS = 1000 if LONG else 20
CROWD = 300
IN_A_ROW = 4  # kills; then a new start, which restarts without waiting
FAILED = "Authentication failed.\n"
CSR = requests.request()


def cheap(settings):
    """For many who come at once; how passwords queue is what it was."""
    roomy(settings)
    del settings["est"]["password_queue"]
    settings["policy"].update(argon2_memory="8MiB", argon2_passes=1)


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=cheap).start()


def redis_of(server, account, what):
    return f"koshin:{{{account.user}}}:{what}"


def counted(server, account):
    """Failures of an account, and attempts that nobody has settled."""
    failures = server.redis("GET", redis_of(server, account, "try"))
    places = server.redis("HLEN", redis_of(server, account, "place"))
    return int((failures or "0").split()[0]), int(places)


def pass_a_minute(server, account):
    """The life of a place ends: what that does to it."""
    key = redis_of(server, account, "place")
    words = server.redis("HGETALL", key).split("\n")
    for operation, value in zip(words[::2], words[1::2]):
        taken, floor = value.split()
        server.redis(
            "HSET", key, operation, f"{int(taken) - 61000} {floor}"
        )


def tried(server, account, secret):
    """The status, and None for a connection that was lost."""
    try:
        answer = server.try_secret(account, secret, CSR)
    except (OSError, AssertionError):
        return None
    assert answer.status in (401, 429, 503), answer.text
    return answer.status


def killed_at(server, account, secret, moment):
    """What is counted of an attempt that auth was killed in at that call; None
    where it did not come so far."""
    call, n = moment
    wait_serves(server)
    pid = wait_children(server)["auth"]
    with Strace(pid, f"--inject={call}:signal=SIGKILL:when={n}"):
        status = tried(server, account, secret)
        died = ended(pid)
    wait_children(server)
    failures, places = counted(server, account)
    assert failures + places <= 1, moment
    if status == 401:
        assert (failures, places) == (1, 0), moment
    # Whatever was left open becomes a failure, and nothing else does.
    pass_a_minute(server, account)
    until(lambda: tried(server, account, secret) == 401)
    # (That one may have been refused a few times before it began.)
    assert counted(server, account) == (failures + places + 1, 0)
    return (failures, places) if died else None


@pytest.mark.parametrize("what", ["password", "code"])
def test_I_7_F_11_killed_at_any_step_a_wrong_one_counts_once(server, what):
    """strace kills auth at its n-th call, for each call of an attempt with
    something wrong. Before the place was taken nothing is counted; after, one:
    at once, or a minute later, and then for good."""
    (model,) = crowd(server, 1)
    secret = "Wrong-1234"
    if what == "code":
        secret = model.password + "000000"  # none was mailed: wrong
    pid = wait_children(server)["auth"]
    all_moments = moments(pid, lambda: tried(server, model, secret))
    step = max(1, len(all_moments) // MOMENTS)
    chosen = all_moments[::step]
    # From the end on, until one comes so far: no two attempts make quite the
    # same calls.
    last = all_moments[::-1][:MOMENTS]
    seen = set()
    for i, (account, moment) in enumerate(
        zip(crowd(server, len(chosen) + len(last)), chosen + last)
    ):
        if i >= len(chosen) and (1, 0) in seen:
            break
        if i % IN_A_ROW == 0:
            server.instance.kill9()
            server.start()
        seen.add(killed_at(server, account, secret, moment))
    # Before it began, in the middle, and after its end.
    assert {(0, 0), (0, 1), (1, 0)} <= seen, seen


@pytest.mark.parametrize("after", ["auth", "all"])
def test_I_6_F_75_a_restart_between_the_steps_changes_nothing(server, after):
    """SIGKILL to auth, or to the whole instance, between mail and code, and
    again behind the certificate: keys of grants are new, those who have a code
    do not notice, at this instance or another one."""

    def strike(one):
        if after == "auth":
            os.kill(wait_children(one)["auth"], signal.SIGKILL)
        else:
            one.instance.kill9()
            one.start()
        wait_children(one)
        wait_serves(one)

    with server.twin() as second:
        (errand,) = errands(server, 1)
        strike(server)
        errand.finish(second)
        strike(second)
        errand.finish(server)
        errand.finish(second)
        strike(server)
        errand.finish(server)
        assert len(set(errand.got)) == 1
        assert server.certificates_of(errand.account) == 1
        # Another request does not get it there either.
        other = server.try_secret(
            errand.account, errand.account.password + errand.code, CSR
        )
        assert (other.status, other.text) == (401, FAILED)


def test_R_LOCK_1_a_guesser_gains_nothing_by_the_deaths_of_auth(server):
    """SIGKILL to auth after each guess, at two instances in turn: six, then
    the lock."""
    (account,) = crowd(server, 1)
    with server.twin() as second:
        for n, code in enumerate(wrong_codes("123456", FAILURES)):
            one = (server, second)[n % 2]
            until(
                lambda: tried(one, account, account.password + code) == 401
            )
            os.kill(wait_children(one)["auth"], signal.SIGKILL)
            if n % IN_A_ROW == IN_A_ROW - 1:
                one.instance.kill9()
                one.start()
            wait_children(one)
            wait_serves(one)
            if n + 1 < FAILURES:
                assert counted(server, account) == (n + 1, 0)
        until(lambda: tried(server, account, account.password) == 401)
        until(lambda: traces(server, account) == (1, 1, 1))


def test_F_63_F_76_three_hundred_at_once_and_reloads(server):
    """Three hundred enrollments at two instances at the same moment, and
    SIGHUP to both of them meanwhile: /cacerts goes on, who is refused comes
    again, and everybody has one certificate."""
    with server.twin() as second:
        people = errands(server, CROWD)
        half = CROWD // 2

        def reload_both():
            for _ in range(10):
                for one in (server, second):
                    one.instance.reload()
                    assert ask(one, get("cacerts")).status == 200

        at_once([
            lambda: fire_all(server, people[:half]),
            lambda: fire_all(second, people[half:]),
            reload_both,
        ])  # fmt: skip
        while waiting := [errand for errand in people if not errand.got]:
            fire_all(second, waiting)
        delivered = [der for errand in people for der in errand.got]
        assert promises.wrongs(server, delivered, [second]) == []
        for errand in people:
            assert counted(server, errand.account) == (0, 0)
