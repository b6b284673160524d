"""The process that seals the audit trail: nothing is overlooked, whoever
writes, dies or is too late; and nothing waits for it."""

import contextlib
import os
import re
import statistics
import signal
import threading
import time

import psycopg2
import pytest

from koshin_tests.kill import Strace, ended, wait_children
from koshin_tests.patience import PATIENCE_S, join, until, work_s
from koshin_tests.sealing import (
    cut_tail, head_of, new_rows, tampering, unsealed, verified, verify,
    wait_sealed,
)

AUDITED = "SELECT koshin.audited('tester', %s, 'thing:1', NULL)"
ROWS_A_SECOND = 5000


@pytest.fixture
def server(new_server):
    return new_server().start()


@contextlib.contextmanager
def session(server):
    connection = psycopg2.connect(
        server.services.pg_conninfo("postgres", "koshin")
    )
    with contextlib.closing(connection):
        yield connection


def wait_log(server, pattern):
    server.until(lambda: re.search(pattern, server.instance.log_text()))


def end_of(server):
    return server.rows(
        "SELECT position, encode(mac, 'hex') FROM koshin.audit_seal"
        " ORDER BY position DESC LIMIT 1"
    )[0]


def wait_heads(servers):
    """Until each has the end of the chain in its own file."""

    def all_have_it():
        end = end_of(servers[0])
        return all(head_of(one) == end for one in servers)

    until(all_have_it, lambda: [head_of(one) for one in servers])


class Writers:
    """Threads that write audit rows, some of them in long transactions, some
    rolled back, until they are stopped."""

    def __init__(self, server, many=4):
        self.server = server
        self.written = 0
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.threads = [
            threading.Thread(target=self._write, args=(n,))
            for n in range(many)
        ]

    def _write(self, number):
        with session(self.server) as connection:
            at = connection.cursor()
            turn = number
            while not self.stopped.is_set():
                turn += 1
                for _ in range(turn % 5 + 1):
                    at.execute(AUDITED, ("test.write",))
                if turn % 7 == 0:
                    time.sleep(0.2)
                if turn % 5 == 0:
                    connection.rollback()
                else:
                    connection.commit()
                    with self.lock:
                        self.written += turn % 5 + 1
                time.sleep(0.002)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.stopped.set()
        join(*self.threads)


# ------------------------------------------------------------- what is sealed


def test_A10_a_row_has_its_seal_within_about_a_second(server):
    took = []
    for _ in range(11):
        new_rows(server, 1)
        began = time.monotonic()
        wait_sealed(server)
        took.append(time.monotonic() - began)
        time.sleep(0.05)
    # A busy machine may be slow at times.
    assert statistics.median(took) < 1.5, took
    verified(server)


def test_A10_a_row_that_is_committed_late_is_not_overlooked(server):
    with session(server) as early, session(server) as late:
        early.cursor().execute(AUDITED, ("test.early",))
        late.cursor().execute(AUDITED, ("test.late",))
        late.commit()
        wait_sealed(server)
        # Far behind: other rows have been sealed since.
        new_rows(server, 600)
        wait_sealed(server)
        early.commit()
    wait_sealed(server)
    place = dict(
        server.rows(
            "SELECT a.action, s.position FROM koshin.audit a"
            " JOIN koshin.audit_seal s ON s.audit = a.id"
            " WHERE a.action IN ('test.early', 'test.late')"
        )
    )
    ids = dict(
        server.rows(
            "SELECT action, id FROM koshin.audit"
            " WHERE action IN ('test.early', 'test.late')"
        )
    )
    assert ids["test.early"] < ids["test.late"]
    assert place["test.early"] == place["test.late"] + 601
    verified(server)


def test_A10_rows_of_a_stopped_service_are_sealed_when_it_comes(server):
    server.instance.stop()
    server.instance.run("contract", "add", "87654321", "--generate-password")
    assert unsealed(server) == 1
    assert verify(server)["unsealed"] == 0  # it is fresh
    server.start()
    wait_sealed(server)
    verified(server)


def test_A10_at_the_end_all_is_sealed_and_the_head_is_written(server):
    with Writers(server):
        time.sleep(1)
    server.instance.stop()
    assert unsealed(server) == 0
    assert head_of(server) == end_of(server)
    position, mac = end_of(server)
    assert f" audit-head position={position} mac={mac}\n" in (
        server.instance.log_text()
    )
    verified(server)


# --------------------------------------------------------- several of them


def test_A10_three_sealers_seal_each_row_once(server):
    with server.twin() as second, server.twin() as third:
        three = (server, second, third)
        with Writers(server, 6) as writers:
            time.sleep(3)
        wait_sealed(server)
        wait_heads(three)
        found = verified(server)
        assert found["rows"] >= writers.written
        assert found["rows"] == server.one("SELECT count(*) FROM koshin.audit")
        for one in three:
            verified(one)


def test_A10_another_sealer_goes_on_when_one_dies(server):
    """SIGKILL to all of the instance whose sealer seals: it holds a lock in
    the database, which must go with it, or rows would wait for ever."""
    with server.twin() as second:
        new_rows(server, 5)
        wait_sealed(server)
        wait_heads((server, second))
        server.instance.kill9()
        new_rows(server, 5)
        wait_sealed(server)
        server.start()
        wait_heads((server, second))
        verified(second)
        verified(server)


def test_A10_killed_in_the_middle_of_it_the_sealer_goes_on(server):
    """SIGKILL to the sealer twelve times while four threads write: between
    taking rows and sealing them none may be lost, and none be sealed twice."""
    kills = 0
    with Writers(server) as writers:
        for n in range(12):
            pids = wait_children(server)
            time.sleep(0.05 * n)
            os.kill(pids["sealer"], signal.SIGKILL)
            kills += 1
            while not ended(pids["sealer"]):
                time.sleep(0.01)
    wait_children(server)
    wait_sealed(server)
    assert kills == 12
    found = verified(server)
    assert found["rows"] >= writers.written > 100


@pytest.mark.parametrize("call", ["openat", "fsync", "rename"])
def test_A10_killed_between_seal_and_head_the_sealer_goes_on(server, call):
    """strace kills the sealer at each call by which it writes the head file:
    the chain is farther than the file then, and that is no contradiction."""
    pid = wait_children(server)["sealer"]
    with Strace(pid, f"--inject={call}:signal=SIGKILL:when=1"):
        new_rows(server, 20)
        wait_sealed(server)
        until(lambda: ended(pid))
    wait_children(server)
    new_rows(server, 20)
    wait_sealed(server)
    wait_heads([server])
    verified(server)
    assert "audit-chain-wrong" not in server.instance.log_text()


# ------------------------------------------------------- when nobody seals


def test_I_12_a_row_without_seal_is_told_while_the_sealer_hangs(server):
    """SIGSTOP to the sealer: it says nothing itself, and does not die, so
    nobody starts another one."""
    pid = wait_children(server)["sealer"]
    os.kill(pid, signal.SIGSTOP)
    try:
        new_rows(server, 1)
        (row,) = server.rows("SELECT audit FROM koshin.audit_unsealed")[0]
        wait_log(server, rf"error courier audit-unsealed row={row} seconds=1")
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_sealed(server)
    wait_log(server, 'notice courier audit-unsealed note="seals go on"')
    verified(server)


def test_I_12_whoever_stops_sealing_in_the_database_is_heard(server):
    """A superuser holds the row that sealing goes by (no role of ours can)."""
    with session(server) as other:
        other.cursor().execute("SELECT FROM koshin.turn FOR UPDATE")
        new_rows(server, 1)
        wait_log(server, "error courier audit-unsealed ")
        other.rollback()
    wait_sealed(server)
    verified(server)


# ----------------------------------------------- when chain and head disagree


def test_T10_a_tail_that_is_cut_off_while_it_runs_is_told(server):
    """The superuser removes the last three rows and their seals: the sealer
    remembers them, and must not go on behind the cut and so hide it."""
    new_rows(server, 20)
    wait_sealed(server)
    verified(server)
    last = end_of(server)[0]
    with tampering(server) as do:
        cut_tail(do, 3, True)
    new_rows(server, 1)
    wait_log(server, r'error sealer audit-chain-wrong reason="the tail')
    time.sleep(1)
    # Nobody goes on behind the cut, and so nobody hides it.
    assert end_of(server)[0] == last - 3
    assert unsealed(server) == 1
    assert verify(server)["fault"] == "cut"


def test_T10_a_last_row_that_was_changed_is_told(server):
    """The superuser changes the last row: the next seal would be made over it,
    and so must be refused."""
    new_rows(server, 20)
    wait_sealed(server)
    with tampering(server) as do:
        do("UPDATE koshin.audit SET actor = 'x' WHERE id = (SELECT audit"
           " FROM koshin.audit_seal ORDER BY position DESC LIMIT 1)")  # fmt: skip
    wait_log(server, r"audit-chain-wrong reason=.the last seal does not fit")


def test_T11_an_earlier_state_of_the_database_is_told(server):
    """The database is replaced by a copy of an earlier day, as from a backup:
    the head file remembers more. And after somebody has looked, it goes on."""
    new_rows(server, 20)
    wait_sealed(server)
    server.instance.stop()
    copy_database(server, "koshin", "earlier")
    server.start()
    new_rows(server, 10)
    wait_sealed(server)
    server.instance.stop()
    verified(server)
    head = head_of(server)
    drop_database(server, "koshin")
    copy_database(server, "earlier", "koshin")

    found = verify(server)
    assert (found["fault"], found["fault_position"]) == ("cut", head[0] - 9)
    server.start()
    wait_log(server, "audit-chain-wrong")
    new_rows(server, 30)
    time.sleep(2)
    assert unsealed(server) == 30
    server.instance.stop()
    assert head_of(server) == head

    os.rename(server.head_file, server.head_file + ".old")
    server.start()
    wait_log(server, "audit-head-missing")
    wait_sealed(server)
    verified(server)
    old = verify(server, "--head", server.head_file + ".old")
    assert (old["fault"], old["fault_position"]) == ("other-chain", head[0])


def copy_database(server, old, new):
    """Nobody else is connected."""
    with _maintenance(server) as at:
        at.execute(f"CREATE DATABASE {new} TEMPLATE {old}")


def drop_database(server, name):
    with _maintenance(server) as at:
        at.execute(f"DROP DATABASE {name}")


@contextlib.contextmanager
def _maintenance(server):
    connection = psycopg2.connect(
        server.services.pg_conninfo("postgres", "postgres")
    )
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as at:
        yield at


def test_a_sealer_with_another_key_seals_nothing(server, tmp_path):
    key = tmp_path / "other.key"
    key.write_text("11" * 32 + "\n")
    key.chmod(0o600)
    new_rows(server, 5)
    wait_sealed(server)
    server.instance.stop()
    with server.twin(lambda s: s.update(audit_key=str(key))) as other:
        wait_log(other, "audit-chain-wrong reason=.*audit_key is another")
        new_rows(server, 5)
        time.sleep(2)
        assert unsealed(server) >= 5
    server.start()
    wait_sealed(server)
    verified(server)


# -------------------------------------------------------------- the head file


def test_F_57_a_head_that_cannot_be_written_stops_nothing(server):
    """The folder of the head file is moved away, so that it cannot be created:
    sealing goes on, the log says so, and the file catches up later."""
    new_rows(server, 5)
    wait_sealed(server)
    wait_heads([server])
    before = head_of(server)
    folder = os.path.dirname(server.head_file)
    os.rename(folder, folder + ".away")
    new_rows(server, 5)
    wait_sealed(server)
    wait_log(server, "audit-head-not-written")
    os.rename(folder + ".away", folder)
    assert head_of(server) == before
    wait_heads([server])
    verified(server)


@pytest.mark.parametrize("text", ["", "position=x\n"])
def test_a_head_that_makes_no_sense_is_not_written_over(server, text):
    server.instance.stop()
    with open(server.head_file, "w") as file:
        file.write(text)
    server.instance.start(wait=False)
    assert server.instance.process.wait(PATIENCE_S) == 1
    assert "is no head of the audit chain" in server.instance.log_text()
    with open(server.head_file) as file:
        assert file.read() == text


# ------------------------------------------------------------------- how fast


@pytest.mark.alone
def test_A10_five_thousand_rows_a_second_are_sealed(server):
    many = 30000
    server.instance.stop()
    new_rows(server, many)
    server.start()
    sealer = server.instance.pids()["sealer"]
    wait_sealed(server)
    took = work_s(sealer, *backends(server))
    print(f"sealed {many / took:.0f} rows a second of work")
    assert verified(server)["rows"] >= many
    assert many / took >= ROWS_A_SECOND


def backends(server):
    """What works for the sealer in PostgreSQL."""
    return [
        pid for (pid,) in server.rows(
            "SELECT pid FROM pg_stat_activity WHERE usename = 'koshin_sealer'"
        )
    ]


@pytest.mark.alone
def test_sealing_does_not_slow_certificates_down(server):
    """A record, from sending to commit, with and without all that seals: what
    PostgreSQL works for it. How long that takes is in bench/."""

    def work_ms():
        with session(server) as connection:
            at = connection.cursor()
            at.execute("SELECT pg_backend_pid()")
            ((pid,),) = at.fetchall()
            began = work_s(pid)
            for _ in range(300):
                at.execute(AUDITED, ("test.speed",))
                connection.commit()
            return (work_s(pid) - began) * 1000 / 300

    work_ms()
    with_it, without = [], []
    for _ in range(3):
        with_it.append(work_ms())
        server.rows("ALTER TABLE koshin.audit DISABLE TRIGGER audit_waits")
        without.append(work_ms())
        server.rows("ALTER TABLE koshin.audit ENABLE TRIGGER audit_waits")
    print(f"work with {min(with_it):.3f} ms, without {min(without):.3f} ms")
    assert min(with_it) < min(without) * 1.5 + 0.3
