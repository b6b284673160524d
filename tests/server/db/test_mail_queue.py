"""A relay that is away for a night leaves a long queue behind it, an issuer
that dies leaves reservations. Whoever issues, revokes, locks or asks for a code
looks for the mails of one event or account, or for one reservation, and must
not be given an index of all of them to walk: that seems short to PostgreSQL
for as long as it was short when the plan was made or the table was counted.

Rows are counted, not seconds: what a statement reads does not depend on what
else runs."""

import contextlib
import os

import psycopg2
import pytest
import services

from koshin_tests import rows
from koshin_tests.database import Database

WAITING = 60000  # mails: a night of renewals
OPEN = 3000  # reservations
FEW = 50  # rows; none of the statements needs more than a dozen

READ = """SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables
    WHERE schemaname = 'koshin' AND relname = %s"""


@pytest.fixture(scope="module")
def s():
    with services.temporary() as running:
        yield running


@pytest.fixture
def db(s):
    """A new one that PostgreSQL counts when it is told to, not before."""
    database = Database(s, f"queue{next(rows.numbers)}")
    for table in ("mail", "certificate"):
        database.do(
            f"ALTER TABLE koshin.{table} SET (autovacuum_enabled = false)"
        )
    yield database
    database.close()


@pytest.fixture
def session(s, db):
    """One that keeps its plans, as those of the service do."""
    with contextlib.closing(
        psycopg2.connect(s.pg_conninfo("postgres", db.name))
    ) as connection:
        connection.autocommit = True
        yield connection.cursor()


# ----------------------------------------------- holders without other parts


def holders(db, count):
    """SQL for a WITH: `a`, the ids of so many new accounts."""
    number = rows.contract(db)
    return (
        "WITH a AS (INSERT INTO koshin.account (user_id, contract, role, name,"
        f" email, password_hash) SELECT 'h{number}x' || n, '{number}',"
        " 'general', 'x', 'x@example.jp', '$argon2id$x'"
        f" FROM generate_series(1, {count}) n RETURNING id)"
    )


def queue(db, state="queued", each=20):
    db.do(
        holders(db, WAITING // each)
        + " INSERT INTO koshin.mail (event_key, kind, account, recipient,"
        " locale, message_id, state, done_at)"
        " SELECT format('%%s:%%s:%%s', %s, id, n), 'issued', id,"
        " 'x@example.jp', 'ja', n, %s, %s FROM a, generate_series(1, %s) n",
        state, state, None if state == "queued" else "now", each,
    )  # fmt: skip


def reserve_and_leave(db):
    db.do(
        holders(db, OPEN)
        + " INSERT INTO koshin.certificate (serial, account, profile, subject,"
        " key_digest, key_identity, csr_digest, tbs_digest, not_before,"
        " not_after, via, code_id)"
        " SELECT substr(sha256(int8send(id)), 1, 20), id, 'person',"
        " 'CN=x', sha256(int8send(id)), sha256(int8send(id)),"
        " sha256(int8send(id)), sha256(int8send(id)), now(), now() + interval '1 year', 'code',"
        " substr(sha256(int8send(id)), 1, 16) FROM a"
    )


def issue_all(db):
    db.do(
        "UPDATE koshin.certificate SET state = 'issued', current = true,"
        " issued_at = now(), der = 'der', fingerprint = key_digest"
        " WHERE state = 'reserved'"
    )


# ---------------------------------------------- what is done to one account


def renew(at, holder, held):
    serial = os.urandom(20)
    at.execute(
        rows.RESERVE,
        (serial, holder, held, *(os.urandom(32) for _ in range(4)),
         os.urandom(16), False),
    )  # fmt: skip
    assert at.fetchone() == (True,)
    at.execute(rows.RECORD, (serial, b"der", os.urandom(32)))
    assert at.fetchone() == (True,)


def revoke(at, holder, held):
    at.execute(
        "SELECT koshin.revoke_certificate('x', %s, 'superseded')", (held,)
    )


def lock(at, holder, held):
    at.execute(
        "SELECT koshin.lock_account(%s, 1, now() + interval '1 hour', false)",
        (holder,),
    )


def mail_code(at, holder, held):
    at.execute(
        "SELECT koshin.mail_code(%s, %s, now(), now() + interval '1 hour',"
        " '192.0.2.1')",
        (holder, os.urandom(16)),
    )


def set_email(at, holder, held):
    at.execute(
        "SELECT koshin.set_email('x', user_id, 'new@example.jp')"
        " FROM koshin.account WHERE id = %s",
        (holder,),
    )


def close(at, holder, held):
    at.execute(
        "SELECT koshin.close_account('x', user_id)"
        " FROM koshin.account WHERE id = %s",
        (holder,),
    )


def end(at, holder, held):
    at.execute(
        "SELECT koshin.end_account('x', a, 'test')"
        " FROM koshin.account a WHERE id = %s",
        (holder,),
    )


def take(at, holder, held):
    """And what a courier says and asks behind it."""
    at.execute(
        "SELECT koshin.settle_mails(array_agg(id), array_agg('sent'::text),"
        " array_agg(now()), array_agg('ok'::text))"
        " FROM koshin.take_mails(4, 60)"
    )
    at.execute("SELECT koshin.next_mail()")


DONE = [renew, revoke, lock, mail_code, set_email, close, end, take]


def reads(at, db, table, what):
    """Rows of the table that are read when it is done to an account with a
    certificate."""
    holder = rows.account(db)
    held = rows.issue(db, holder)
    at.execute("BEGIN")
    at.execute(READ, (table,))
    (before,) = at.fetchone()
    what(at, holder, held)
    at.execute(READ, (table,))
    (after,) = at.fetchone()
    at.execute("COMMIT")
    return after - before


def plan(at, db):
    """PostgreSQL settles on a plan at the sixth time."""
    for what in DONE * 7:
        reads(at, db, "mail", what)


# ------------------------------------------------------------------- promises


def planned_while_none_waited(at, db):
    plan(at, db)
    queue(db)


def planned_behind_many_that_were_sent(at, db):
    queue(db, "sent")
    db.do("VACUUM ANALYZE koshin.mail")
    plan(at, db)
    queue(db)


def planned_before_they_were_counted(at, db):
    queue(db)


def planned_when_they_were_counted(at, db):
    queue(db)
    db.do("VACUUM ANALYZE koshin.mail")


@pytest.mark.parametrize(
    "when",
    [planned_while_none_waited, planned_behind_many_that_were_sent,
     planned_before_they_were_counted, planned_when_they_were_counted],
    ids=lambda when: when.__name__,
)  # fmt: skip
def test_F_48_a_long_queue_is_not_read_by_who_looks_for_a_few(
    db, session, when
):
    when(session, db)
    seen = {w.__name__: reads(session, db, "mail", w) for w in DONE}
    print(seen)
    assert all(count <= FEW for count in seen.values()), seen


@pytest.mark.parametrize("planned_before", [True, False])
def test_F_15_open_reservations_are_not_read_by_who_has_another(
    db, session, planned_before
):
    reserve_and_leave(db)
    issue_all(db)
    db.do("VACUUM ANALYZE koshin.certificate")
    if planned_before:
        plan(session, db)
    reserve_and_leave(db)
    seen = {w.__name__: reads(session, db, "certificate", w) for w in DONE}
    print(seen)
    assert all(count <= FEW for count in seen.values()), seen


def test_F_48_who_is_due_does_not_stand_behind_all_who_wait_for_tomorrow(
    s, db, session
):
    """60,000 mails that are tried again tomorrow, of an earlier priority: their
    entries of the queue's index are some 200 blocks."""
    queue(db)
    db.do(
        "UPDATE koshin.mail SET due_at = now() + interval '1 day'"
        " + id * interval '1 ms'"
    )
    db.do("VACUUM ANALYZE koshin.mail")
    db.do(
        "INSERT INTO koshin.mail (event_key, kind, account, recipient, locale,"
        " message_id, priority) SELECT 'last', 'expired', %s, 'x@example.jp',"
        " 'ja', 'x', 7", rows.account(db),
    )  # fmt: skip
    blocks = (
        "SELECT idx_blks_hit + idx_blks_read FROM pg_statio_user_indexes"
        " WHERE indexrelname = 'mail_queue'"
    )
    session.execute("SELECT pg_stat_force_next_flush()")
    before = db.one(blocks)
    session.execute("SELECT kind FROM koshin.take_mails(4, 60)")
    assert session.fetchall() == [("expired",)]
    session.execute("SELECT koshin.next_mail()")
    session.execute("SELECT pg_stat_force_next_flush()")
    read = db.one(blocks) - before
    print(f"{read} blocks")
    assert 0 < read < 120
