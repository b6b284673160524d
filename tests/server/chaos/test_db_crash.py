"""The database loses its power while certificates are issued."""

import subprocess
import time

import pytest
import services

from koshin_tests.database import Database
from koshin_tests.patience import PATIENCE_S, until
from koshin_tests.place import built
from koshin_tests.rows import contract

ACCOUNTS = 800
BATCH = 8  # of the program
CRASHES = 2


@pytest.fixture(scope="module")
def s():
    with services.temporary() as running:
        yield running


def add_accounts(db):
    number = contract(db)
    db.do(
        "INSERT INTO koshin.account (user_id, contract, role, name, email,"
        " password_hash) SELECT 'device' || g, %s, 'device', 'x', 'a@b.c',"
        " '$argon2id$x' FROM generate_series(1, %s) g",
        number,
        ACCOUNTS,
    )
    return db.one(
        "SELECT min(id) FROM koshin.account WHERE contract = %s", number
    )


def wait_until_it_goes_on(s):
    """Something is issued by the server that runs now."""
    db = Database(s, "koshin_crash", new=False)
    until(
        lambda: db.one(
            "SELECT count(*) FROM koshin.certificate"
            " WHERE issued_at > pg_postmaster_start_time()"
        )
    )
    db.close()


def test_I_1_what_was_said_to_be_recorded_is_there_after_a_crash(s, tmp_path):
    """PostgreSQL gets SIGKILL, all processes at once, while an issuer writes,
    as by a power cut: what was delivered by then must not be gone from the
    ledger."""
    issue = built("tests/issue_main")
    db = Database(s, "koshin_crash")
    first = add_accounts(db)
    db.close()
    conninfo = s.pg_conninfo("koshin_issuer", "koshin_crash")
    said = tmp_path / "said"  # a pipe that nobody reads would stop it
    with said.open("w") as out:
        running = subprocess.Popen(
            [issue, conninfo, str(first), str(ACCOUNTS)], stdout=out
        )
    for _ in range(CRASHES):
        time.sleep(1)
        s.pg.kill9()
        s.pg.start()
        wait_until_it_goes_on(s)
    running.terminate()
    assert running.wait(PATIENCE_S) == 0
    recorded = set(said.read_text().split())
    assert len(recorded) > 100

    db = Database(s, "koshin_crash", new=False)
    rows = db.rows(
        "SELECT encode(serial, 'hex'), der = serial"
        " FROM koshin.certificate WHERE state = 'issued'"
    )
    issued = dict(rows)
    # Nothing that was said is lost, and each is whole.
    assert recorded <= issued.keys()
    assert all(issued.values())
    # What was committed unheard is at most what was on its way.
    assert len(issued.keys() - recorded) <= BATCH * CRASHES
    # I-5, I-10, I-12
    assert 0 == db.one(
        "SELECT count(*) FROM (SELECT FROM koshin.certificate"
        " WHERE state = 'reserved' OR current GROUP BY account, state"
        " HAVING count(*) > 1) x"
    )
    for table in (
        "koshin.mail WHERE kind = 'issued'",
        "koshin.audit WHERE action = 'certificate.issue'",
    ):
        assert len(issued) == db.one(f"SELECT count(*) FROM {table}")
    db.close()
