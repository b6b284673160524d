"""kill -9, anywhere in an enrollment. Afterwards nobody holds a certificate
that the ledger does not know (I-1 to I-4), the same request gets what was
made for it (I-6), and all of it without a hand that helps."""

import os
import random
import time

import pytest

from koshin_tests import promises
from koshin_tests.burst import roomy
from koshin_tests.clients.raw import Connection
from koshin_tests.crowd import crowd
from koshin_tests.kill import (
    ANSWERS_S, Errand, Strace, ended, errands, finish_all, fire_all,
    kill_after, last_code, moments, short_lease, wait_children, wait_serves,
)
from koshin_tests.patience import PATIENCE_S, join
from koshin_tests.place import LONG

MOMENTS = 10000 if LONG else 70  # of each process, spread over all there are
RANDOM = 1000 if LONG else 40
CRASHES = 100 if LONG else 5
IN_A_ROW = 4  # kills; then a new start, which restarts without waiting

seed = random.randrange(1 << 32)
chance = random.Random(seed)


@pytest.fixture(scope="module", autouse=True)
def told_seed():
    print(f"the delays come from {seed}")


@pytest.fixture(scope="module")
def server(module_server):
    made = module_server(change=roomy)
    made.start()
    short_lease(made)
    return made


def start_anew(server):
    server.instance.kill9()
    server.start()


def expect_clean(server, people, *others):
    delivered = [der for errand in people for der in errand.got]
    assert len(delivered) >= len(people)
    assert promises.wrongs(server, delivered, others) == []
    open_ones = server.one(
        "SELECT count(*) FROM koshin.certificate WHERE state = 'reserved'"
    )
    assert open_ones == 0


def spread(things, most):
    """At most so many of them, from the first to the last."""
    if len(things) <= most:
        return things
    step = len(things) / most
    offset = chance.random()
    return [things[int((i + offset) * step)] for i in range(most)]


def states(server):
    rows = server.rows("SELECT DISTINCT state FROM koshin.certificate")
    return {state for (state,) in rows}


def kill_at_each(server, name):
    """At (some of) the system calls of one enrollment; the states that the
    ledger had right after a death."""
    first, model = errands(server, 2)
    first.finish(server)
    pid = wait_children(server)[name]
    all_moments = moments(pid, lambda: model.finish(server))
    chosen = spread(all_moments, MOMENTS)
    people = errands(server, len(chosen))
    died = 0
    left = set()
    for i, ((call, n), errand) in enumerate(zip(chosen, people)):
        if i % IN_A_ROW == 0:
            finish_all(server, people[max(0, i - IN_A_ROW) : i])
            start_anew(server)
        wait_serves(server)
        pid = wait_children(server)[name]
        model.finish(server)  # connected and warm: it counts like the model
        with Strace(pid, f"--inject={call}:signal=SIGKILL:when={n}"):
            errand.try_once(server)
            died += ended(pid)
            left |= states(server)
    wait_children(server)
    finish_all(server, people)
    expect_clean(server, people)
    # Loops go round more or less often: some moments are not reached.
    assert died > len(chosen) // 3
    return left


def test_I_1_I_2_I_3_F_15_F_16_F_17_the_issuer_is_killed_at_each_call(server):
    """strace kills the issuer at its n-th call, for each call of an
    enrollment: between reservation, signature and record, where a certificate
    could escape the ledger."""
    # Some of these deaths were between the reservation and its record. Who
    # repeats within the lease is given that one, later it is abandoned.
    assert kill_at_each(server, "issuer") & {"reserved", "abandoned"}


def test_I_1_the_audit_program_would_see_it(server):
    """A certificate that the ledger does not know; one with other bytes."""
    (errand,) = errands(server, 1)
    errand.finish(server)
    (good,) = errand.got
    assert promises.wrongs(server, [good]) == []
    at = good.index(bytes.fromhex("0214")) + 2  # INTEGER of 20 bytes
    for bad in (
        good[: at + 19] + bytes([good[at + 19] ^ 1]) + good[at + 20 :],
        good[:-1] + bytes([good[-1] ^ 1]),
    ):
        wrong = promises.wrongs(server, [good, bad])
        assert [w[:3] for w in wrong] == ["I_1"], wrong


def test_I_6_F_11_F_14_F_18_the_front_is_killed_at_each_call(server):
    """strace kills the front at its n-th call, for each call of an enrollment:
    what was issued for a request then goes to its repeat, and nothing
    twice."""
    kill_at_each(server, "front")


def test_I_6_F_14_auth_is_killed_at_each_call(server):
    """strace kills auth at its n-th call, for each call of an enrollment: a
    code that was spent, and for which nobody has heard it, is good for the
    same request again."""
    kill_at_each(server, "auth")


@pytest.mark.parametrize("name", ["issuer", "front", "auth"])
def test_F_19_killed_at_any_moment_it_is_there_again(server, name):
    """SIGKILL at a random moment of an enrollment, which no system call marks:
    the client who repeats gets his certificate, one and the same."""
    people = errands(server, RANDOM)
    began = time.monotonic()
    people[0].finish(server)
    usual_s = time.monotonic() - began
    for i, errand in enumerate(people):
        if i % IN_A_ROW == 0:
            start_anew(server)
        wait_serves(server)
        pid = wait_children(server)[name]
        killer = kill_after(pid, chance.uniform(0, usual_s))
        errand.try_once(server)
        join(killer)
        errand.finish(server)
    finish_all(server, people)
    expect_clean(server, people)


def test_F_21_all_processes_at_once_under_load(server):
    """SIGKILL to the parents of two instances, whose children die with them,
    under load: as by a power cut. Each time it answers again within five
    seconds."""
    with server.twin() as second:
        people, took = [], []
        for i in range(CRASHES):
            some = errands(server, 16)
            people += some
            delay_s = chance.uniform(0.05, 0.3)
            killers = [
                kill_after(one.instance.process.pid, delay_s)
                for one in (server, second)
            ]
            fire_all((server, second)[i % 2], some)
            for killer, one in zip(killers, (server, second)):
                join(killer)
                one.instance.process.wait(PATIENCE_S)
            began = time.monotonic()
            server.start()
            second.start()
            wait_serves(server)
            some[0].finish(second)
            took.append(time.monotonic() - began)
            finish_all(server, some)
        # A busy machine may be slow, but not each time.
        assert min(took) < ANSWERS_S, took
        expect_clean(server, people, second)


def test_F_12_F_13_killed_in_step_1_a_code_comes_when_asked_again(server):
    """SIGKILL to the front at a random moment of step 1, also between code and
    mail: who asks again gets a code, and nothing else has happened to the
    account (F_11)."""
    accounts = crowd(server, RANDOM // 2)
    people = []
    for i, account in enumerate(accounts):
        if i % IN_A_ROW == 0:
            start_anew(server)
        wait_serves(server)
        since = account.mark()
        pid = wait_children(server)["front"]
        killer = kill_after(pid, chance.uniform(0, 0.06))
        step_1(server, account)
        join(killer)
        people.append((account, since))
    wait_children(server)
    done = [
        Errand(account, code)
        for account, code in ask_until_mailed(server, people)
    ]
    finish_all(server, done)
    expect_clean(server, done)
    assert (
        server.one("SELECT count(*) FROM koshin.audit"
                   " WHERE action IN ('account.lock', 'account.block')")
        == 0
    )  # fmt: skip


def step_1(server, account):
    """True: it says that a code was mailed."""
    errand = Errand(account, "")
    try:
        return errand.try_once(server)
    except AssertionError as told:
        assert "ne-time code mailed" in str(told), told
        return True


def ask_until_mailed(server, people):
    """[(account, the code of its last mail)]. A mail that had not left when
    its front was killed is followed by a new one, which makes it void."""
    found, waiting = [], people
    give_up = time.monotonic() + PATIENCE_S
    while waiting:
        assert time.monotonic() < give_up, waiting
        asked = [step_1(server, account) for account, _ in waiting]
        time.sleep(1.5)  # code_spacing is 1s
        codes_now = [last_code(server, *person) for person in waiting]
        ready = [a and c is not None for a, c in zip(asked, codes_now)]
        found += [
            (account, code)
            for (account, _), code, r in zip(waiting, codes_now, ready) if r
        ]  # fmt: skip
        waiting = [person for person, r in zip(waiting, ready) if not r]
    return found


def test_F_15_an_open_reservation_is_waited_for_and_then_closed(server):
    """202 while its lease runs; then a new serial."""
    (errand,) = errands(server, 1)
    short_lease(server, "5 seconds")
    left = os.urandom(19).rjust(20, b"\x40")
    # As a dead issuer leaves it.
    server.rows(
        "INSERT INTO koshin.certificate (serial, account, profile, subject,"
        " key_digest, key_identity, csr_digest, tbs_digest, not_before,"
        " not_after, via, code_id)"
        " SELECT %s, id, 'person', 'CN=x', %s, %s, %s, %s, now(),"
        " now() + interval '366 days', 'code', %s FROM koshin.account"
        " WHERE user_id = %s",
        left, *(os.urandom(32) for _ in range(4)),
        os.urandom(16), errand.account.user,
    )  # fmt: skip
    with Connection(server) as c:
        answer = c.ask(errand.request)
    assert answer.status in (202, 503), answer.head
    assert int(answer.field("Retry-After")) >= 1
    errand.finish(server)
    short_lease(server)
    finish_all(server, [errand])
    expect_clean(server, [errand])
    ((state, reason),) = server.rows(
        "SELECT state, reason FROM koshin.certificate"
        " JOIN koshin.revocation USING (serial) WHERE serial = %s",
        left,
    )
    assert (state, reason) == ("abandoned", "abandoned")
