"""The ledger's table by itself: what holds against everybody, the owner
included, and at the same moment."""

import concurrent.futures
import os

import psycopg2
import pytest
import services
from psycopg2 import errors

from koshin_tests.database import OWNER, Database
from koshin_tests.rows import RECORD, RESERVE, account, issue, record, reserve


@pytest.fixture(scope="module")
def db():
    with services.temporary() as running:
        made = Database(running, "koshin")
        yield made
        made.close()


@pytest.mark.parametrize("table", ["certificate", "revocation", "audit"])
@pytest.mark.parametrize(
    "sql", ["DELETE FROM koshin.{}", "TRUNCATE koshin.{} CASCADE"]
)
@pytest.mark.parametrize("replica", [False, True])
def test_I_12_what_was_written_is_never_removed(db, table, sql, replica):
    serial = issue(db, account(db))
    db.do("SELECT koshin.revoke_certificate('x', %s, 'superseded')", serial)
    if replica:  # how replication gets past ordinary triggers
        db.do("SET session_replication_role = replica")
    try:
        with pytest.raises(errors.RestrictViolation):
            db.do(sql.format(table))
    finally:
        db.do("SET session_replication_role = origin")


@pytest.mark.parametrize("table", ["revocation", "audit"])
def test_I_12_what_was_written_is_never_changed(db, table):
    serial = issue(db, account(db))
    db.do("SELECT koshin.revoke_certificate('x', %s, 'superseded')", serial)
    with pytest.raises(errors.RestrictViolation):
        db.do(f"UPDATE koshin.{table} SET actor = 'nobody'")


def test_no_table_that_others_point_to_takes_the_ledger_along(db):
    issue(db, account(db))
    with pytest.raises(errors.RestrictViolation):
        db.do("TRUNCATE koshin.account CASCADE")


def test_an_account_with_a_certificate_cannot_be_deleted(db):
    holder = account(db)
    issue(db, holder)
    with pytest.raises(errors.ForeignKeyViolation):
        db.do("DELETE FROM koshin.account WHERE id = %s", holder)


def row_in(db, state):
    holder = account(db)
    serial = reserve(db, holder)
    if state == "abandoned":
        db.do(
            "UPDATE koshin.certificate SET state = 'abandoned',"
            " abandoned_at = now() WHERE serial = %s",
            serial,
        )
    elif state == "issued":
        record(db, serial)
    return serial


CHANGES = {
    "serial": "decode(repeat('0a', 20), 'hex')",
    "account": "account + 1",
    "profile": "'other'",
    "subject": "'CN=other'",
    "key_digest": "sha256('x')",
    "key_identity": "sha256('x')",
    "csr_digest": "sha256('x')",
    "tbs_digest": "sha256('x')",
    "not_before": "not_before - interval '1 s'",
    "not_after": "not_after + interval '1 s'",
    "replaces": "serial",
    "via": "'certificate', code_id = NULL",
    "code_id": "decode(repeat('0a', 16), 'hex')",
    "reserved_at": "reserved_at - interval '1 s'",
    "lease_until": "lease_until + interval '1 s'",
    "issued_at": "now()",
    "abandoned_at": "now()",
    "fingerprint": "sha256('x')",
    "der": "'other'",
}


def test_every_column_of_the_ledger_is_tried(db):
    columns = db.rows(
        "SELECT column_name FROM information_schema.columns WHERE"
        " table_schema = 'koshin' AND table_name = 'certificate'"
    )
    assert {c for (c,) in columns} == {*CHANGES, "state", "current"}


@pytest.mark.parametrize("state", ["reserved", "issued", "abandoned"])
@pytest.mark.parametrize("column", CHANGES)
def test_I_3_no_column_of_a_row_changes(db, state, column):
    serial = row_in(db, state)
    with pytest.raises(errors.RestrictViolation):
        db.do(
            f"UPDATE koshin.certificate SET {column} = {CHANGES[column]}"
            " WHERE serial = %s",
            serial,
        )


MOVES = {
    "reserved": "state = 'reserved', issued_at = NULL, der = NULL,"
    " fingerprint = NULL, abandoned_at = NULL, current = false",
    "issued": "state = 'issued', issued_at = now(), der = 'x',"
    " fingerprint = sha256('x'), abandoned_at = NULL, current = true",
    "abandoned": "state = 'abandoned', abandoned_at = now(),"
    " issued_at = NULL, der = NULL, fingerprint = NULL, current = false",
}


@pytest.mark.parametrize("old", MOVES)
@pytest.mark.parametrize("new", MOVES)
def test_I_4_a_row_moves_forward_once(db, old, new):
    serial = row_in(db, old)
    sql = f"UPDATE koshin.certificate SET {MOVES[new]} WHERE serial = %s"
    if (old, new) in [("reserved", "issued"), ("reserved", "abandoned")]:
        db.do(sql, serial)
    else:
        with pytest.raises(errors.RestrictViolation):
            db.do(sql, serial)


def test_a_move_takes_nothing_else_along(db):
    serial = row_in(db, "reserved")
    with pytest.raises(errors.RestrictViolation):
        db.do(
            f"UPDATE koshin.certificate SET {MOVES['issued']},"
            " subject = 'CN=other' WHERE serial = %s",
            serial,
        )


def test_R_CERT_2_a_replaced_one_is_never_current_again(db):
    serial = row_in(db, "issued")
    change = "UPDATE koshin.certificate SET current = %s WHERE serial = %s"
    db.do(change, False, serial)
    with pytest.raises(errors.RestrictViolation):
        db.do(change, True, serial)


INSERT = """INSERT INTO koshin.certificate (serial, account, profile, subject,
    key_digest, key_identity, csr_digest, tbs_digest, not_before, not_after,
    via, code_id, state, current, issued_at, der, fingerprint)
    SELECT %(serial)s, %(account)s, 'p', 's', d, d, d, d, now(),
    now() + %(life)s * interval '1 s', %(via)s, %(code_id)s, %(state)s, %(now)s,
    %(issued_at)s, %(der)s, %(fingerprint)s FROM (SELECT sha256('x') d) x"""


def insert(db, **more):
    row = {
        "serial": os.urandom(20),
        "account": more.get("account") or account(db),
        "life": 1,
        "via": "certificate",
        "code_id": None,
        "state": "reserved",
        "now": False,
        "issued_at": None,
        "der": None,
        "fingerprint": None,
        **more,
    }
    with db._connection(OWNER).cursor() as at:
        at.execute(INSERT, row)


def test_I_2_a_row_begins_as_a_reservation(db):
    insert(db)
    with pytest.raises(errors.RestrictViolation):
        insert(
            db,
            state="issued",
            issued_at="now",
            der=b"x",
            fingerprint=bytes(32),
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"serial": bytes(19)},
        {"serial": bytes(21)},
        {"life": 0},
        {"via": "nothing"},
        {"via": "code"},
        {"code_id": bytes(16)},
        {"via": "code", "code_id": bytes(15)},
        {"now": True},
        {"der": b"x"},
        {"issued_at": "now"},
        {"fingerprint": bytes(32)},
    ],
    ids=str,
)
def test_a_row_that_makes_no_sense_is_refused(db, wrong):
    with pytest.raises(errors.CheckViolation):
        insert(db, **wrong)


def test_I_5_the_index_holds_without_the_functions(db):
    holder = account(db)
    insert(db, account=holder)
    with pytest.raises(errors.UniqueViolation):
        insert(db, account=holder)


def test_R_CERT_2_the_index_holds_without_the_functions(db):
    holder = account(db)
    issue(db, holder)
    serial = os.urandom(20)
    insert(db, account=holder, serial=serial)
    with pytest.raises(errors.UniqueViolation):
        db.do(
            f"UPDATE koshin.certificate SET {MOVES['issued']}"
            " WHERE serial = %s",
            serial,
        )


def test_F_29_the_index_holds_without_the_functions(db):
    code = os.urandom(16)
    insert(db, via="code", code_id=code)
    with pytest.raises(errors.UniqueViolation):
        insert(db, via="code", code_id=code)


# ---------------------------------------------------------------------- races


def at_once(db, jobs):
    """Each job on a connection of its own, all let go by one commit."""
    gate = psycopg2.connect(db.services.pg_conninfo(OWNER, db.name))
    gate.cursor().execute("SELECT pg_advisory_xact_lock(1)")

    def run(job):
        connection = psycopg2.connect(
            db.services.pg_conninfo(OWNER, db.name)
        )
        with connection, connection.cursor() as at:
            at.execute("SELECT pg_advisory_xact_lock_shared(1)")
            at.execute("SET SESSION AUTHORIZATION koshin_issuer")
            at.execute(*job)
            result = at.fetchone()[0]
        connection.close()
        return result

    with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
        running = [pool.submit(run, job) for job in jobs]
        while (
            db.one(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
                " AND NOT granted"
            )
            < len(jobs)
        ):
            pass
        gate.commit()
        gate.close()
        return [r.result() for r in running]


def reservation(holder, key=None):
    return (
        RESERVE,
        (
            os.urandom(20),
            holder,
            None,
            *[key or os.urandom(32)] * 2,
            os.urandom(32),
            os.urandom(32),
            os.urandom(16),
        ),
    )


def test_I_5_of_sixteen_at_once_one_reserves(db):
    holder = account(db)
    results = at_once(db, [reservation(holder) for _ in range(16)])
    assert sorted(results) == [False] * 15 + [True]


def test_EST_154_two_accounts_with_one_key_at_once(db):
    key = os.urandom(32)
    for _ in range(5):
        holders = [account(db) for _ in range(8)]
        key = os.urandom(32)
        results = at_once(db, [reservation(h, key) for h in holders])
        assert sorted(results) == [False] * 7 + [True]


def test_I_4_recording_and_closing_at_once(db):
    for _ in range(10):
        holder = account(db)
        serial = reserve(db, holder)
        moves = "TRIGGER certificate_moves"
        db.do(f"ALTER TABLE koshin.certificate DISABLE {moves}")
        db.do(
            "UPDATE koshin.certificate SET lease_until = now()"
            " WHERE serial = %s",
            serial,
        )
        db.do(f"ALTER TABLE koshin.certificate ENABLE ALWAYS {moves}")
        digest = os.urandom(32)
        recorded, closed = at_once(
            db,
            [
                (RECORD, (serial, b"x", digest)),
                ("SELECT koshin.close_abandoned(%s)", ([holder],)),
            ],
        )
        state = db.one(
            "SELECT state FROM koshin.certificate WHERE serial = %s", serial
        )
        assert (recorded, state) in [(True, "issued"), (False, "abandoned")]
        assert closed == (state == "abandoned")
