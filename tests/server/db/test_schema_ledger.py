"""The ledger's table by itself: what holds against everybody, the owner
included, and at the same moment."""

import concurrent.futures
import os

import psycopg2
import pytest
from psycopg2 import errors

from koshin_tests.database import OWNER
from koshin_tests.rows import RECORD, RESERVE, account, issue, record, reserve


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


def mark_installed(db, serial):
    """As the issuer does that is shown it."""
    return db.one(
        "SELECT koshin.mark_installed(ARRAY[serial::bytea],"
        " ARRAY[fingerprint::bytea]) FROM koshin.certificate WHERE serial = %s",
        serial,
    )


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
    "installed_at": "now()",
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
    if (state, column) == ("issued", "installed_at"):  # once, then no more
        assert mark_installed(db, serial)
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
        {"via": "replacement"},
        {"via": "replacement", "code_id": bytes(16)},
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
    """Each job on a connection of its own, all let go by one commit: SQL, its
    values, and who asks, if not the issuer."""
    gate = psycopg2.connect(db.services.pg_conninfo(OWNER, db.name))
    gate.cursor().execute("SELECT pg_advisory_xact_lock(1)")

    def run(job):
        sql, values, user = (*job, "koshin_issuer")[:3]
        connection = psycopg2.connect(
            db.services.pg_conninfo(OWNER, db.name)
        )
        with connection, connection.cursor() as at:
            at.execute("SELECT pg_advisory_xact_lock_shared(1)")
            at.execute(f"SET SESSION AUTHORIZATION {user}")
            at.execute(sql, values)
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
            False,
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
                ("SELECT koshin.close_abandoned(%s)", ([holder],),
                 "koshin_courier"),
            ],
        )
        state = db.one(
            "SELECT state FROM koshin.certificate WHERE serial = %s", serial
        )
        assert (recorded, state) in [(True, "issued"), (False, "abandoned")]
        assert closed == (state == "abandoned")


# ---------------------------------------------------------------- R-CERT-12


def replacement(holder, old):
    """RESERVE of one in the place of `old`; its serial, and the question."""
    serial = os.urandom(20)
    digests = [os.urandom(32) for _ in range(4)]
    return serial, (
        RESERVE, (serial, holder, old, *digests, os.urandom(16), True)
    )  # fmt: skip


def reason_of(db, serial):
    return db.one(
        "SELECT (SELECT reason FROM koshin.revocation WHERE serial = %s)",
        serial,
    )


def test_R_CERT_12_what_it_replaces_is_revoked_in_the_same_step(db):
    holder = account(db)
    old = issue(db, holder)
    new = reserve(db, holder, replaces=old, undelivered=True)
    assert reason_of(db, old) is None
    assert record(db, new)
    assert reason_of(db, old) == "superseded"
    assert db.one(
        "SELECT serial FROM koshin.certificate WHERE account = %s AND current",
        holder,
    ).tobytes() == new  # fmt: skip
    assert db.rows(
        "SELECT action, object, details->>'replaced_by' FROM koshin.audit"
        " WHERE account = %s AND action = 'certificate.revoke'",
        holder,
    ) == [("certificate.revoke", f"certificate:{old.hex()}", new.hex())]
    ((kind, parameters),) = db.rows(
        "SELECT kind, parameters FROM koshin.mail WHERE event_key = %s",
        "issued:" + new.hex(),
    )
    assert kind == "replaced"
    assert (parameters["serial"], parameters["revoked"]) == (
        new.hex(), old.hex(),
    )  # fmt: skip
    assert db.one(
        "SELECT count(*) FROM koshin.mail WHERE account = %s", holder
    ) == 2  # of the old one, too


def test_R_CERT_12_what_is_no_replacement_revokes_nothing(db):
    holder = account(db)
    old = issue(db, holder)
    issue(db, holder, replaces=old)
    assert reason_of(db, old) is None


def test_R_CERT_12_recorded_twice_it_happens_once(db):
    holder = account(db)
    old = issue(db, holder)
    new = reserve(db, holder, replaces=old, undelivered=True)
    digest = os.urandom(32)
    assert db.one(RECORD, new, b"der", digest)
    assert db.one(RECORD, new, b"der", digest)
    assert db.one(
        "SELECT count(*) FROM koshin.audit WHERE account = %s"
        " AND action = 'certificate.revoke'",
        holder,
    ) == 1  # fmt: skip


def test_R_CERT_12_what_is_installed_is_not_replaced(db):
    holder = account(db)
    old = issue(db, holder)
    assert mark_installed(db, old)
    assert reserve(db, holder, replaces=old, undelivered=True) is None
    assert reserve(db, holder, replaces=old)  # renewed it may be


def test_R_CERT_12_between_reservation_and_record_nothing_is_marked(db):
    holder = account(db)
    old = issue(db, holder)
    new = reserve(db, holder, replaces=old, undelivered=True)
    assert not mark_installed(db, old)
    assert record(db, new)
    assert mark_installed(db, new)


def test_only_what_was_issued_with_these_bytes_is_marked(db):
    serial = row_in(db, "issued")
    other = "SELECT koshin.mark_installed(ARRAY[%s::bytea], ARRAY[%s::bytea])"
    assert not db.one(other, serial, bytes(32))
    assert not db.one(other, bytes(20), bytes(32))
    for state in ("reserved", "abandoned"):
        assert not mark_installed(db, row_in(db, state))
    assert mark_installed(db, serial)
    assert mark_installed(db, serial)
    assert db.one(
        "SELECT count(*) FROM koshin.audit WHERE object = %s"
        " AND action = 'certificate.installed'",
        f"certificate:{serial.hex()}",
    ) == 1  # fmt: skip


def test_R_CERT_12_of_eight_that_replace_at_once_one_does(db):
    for _ in range(5):
        holder = account(db)
        old = issue(db, holder)
        made = [replacement(holder, old) for _ in range(8)]
        results = at_once(db, [job for _, job in made])
        assert sorted(results) == [False] * 7 + [True]
        assert record(db, made[results.index(True)][0])
        assert reason_of(db, old) == "superseded"


def test_R_CERT_12_replaced_and_installed_at_once_is_one_of_them(db):
    seen = set()
    for _ in range(20):
        holder = account(db)
        old = issue(db, holder)
        _, job = replacement(holder, old)
        mark = (
            "SELECT koshin.mark_installed(ARRAY[serial::bytea],"
            " ARRAY[fingerprint::bytea]) FROM koshin.certificate"
            " WHERE serial = %s",
            (old,),
        )
        reserved, installed = at_once(db, [job, mark])
        assert reserved != installed
        seen.add(reserved)
    assert seen
