"""The database loses its power while certificates are issued."""

import subprocess
import time

import pytest

from database import Database, built
from rows import contract

import services  # noqa: E402  (database knows where)

ACCOUNTS = 800
SECONDS = 6


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


def test_I_1_what_was_said_to_be_recorded_is_there_after_a_crash(s):
    (issue,) = built("issue")
    db = Database(s, "koshin_crash")
    first = add_accounts(db)
    db.close()
    conninfo = s.pg_conninfo("koshin_issuer", "koshin_crash")
    running = subprocess.Popen(
        [issue, conninfo, str(SECONDS), str(first), str(ACCOUNTS)],
        stdout=subprocess.PIPE,
        text=True,
    )
    crashes = 0
    for _ in range(2):
        time.sleep(SECONDS / 4)
        s.pg.kill9()
        s.pg.start()
        crashes += 1
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 0 and crashes == 2
    recorded = set(said.split())
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
    assert len(issued.keys() - recorded) <= 8 * crashes
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
    # It was going on again after the last crash, not only before.
    assert 0 < db.one(
        "SELECT count(*) FROM koshin.certificate WHERE issued_at >"
        " pg_postmaster_start_time() AND state = 'issued'"
    )
    db.close()
