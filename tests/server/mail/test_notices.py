"""The notices of certificates that near their end (R-MAIL-1): planned by the
database, each once, whoever asks (F-72), and withdrawn when they are overtaken.
`make test-long` plans among a million certificates."""

import datetime
import functools
import time

import maildir
import psycopg2
import pytest

from koshin_tests import rows
from koshin_tests.courier import Courier
from koshin_tests.database import connected
from koshin_tests.mail import (
    SECOND, TOKYO, arrived, count_to, last_second, midnight, new_holder,
    queue_code,
)
from koshin_tests.patience import at_once, until, work_s
from koshin_tests.place import LONG

KINDS = ("expires_30", "expires_10", "expired")


pytestmark = pytest.mark.usefixtures("nothing_is_due")


def limits():
    return datetime.datetime.now(TOKYO), midnight(11), midnight(31)


def plan(db, most=1000, role="koshin_courier"):
    """All steps; how many mails they made."""
    made, at, serial = 0, "-infinity", b""
    while True:
        ((looked, planned, at, serial),) = db.rows(
            "SELECT looked_at, planned, last_time::text, last_serial"
            " FROM koshin.plan_notices(%s, %s, %s, %s, %s, %s, true)",
            *limits(), at, serial, most, role=role,
        )  # fmt: skip
        made += planned
        if looked < most:
            return made


def kinds(db, holder):
    """Kind and state of the notices that there are."""
    return db.rows(
        "SELECT kind, state FROM koshin.mail WHERE account = %s"
        " AND kind = ANY (%s) ORDER BY id",
        holder,
        list(KINDS),
    )


# ---------------------------------------------------------------- what is due


@pytest.mark.parametrize(
    "days, kind",
    [
        (31, None), (30, "expires_30"), (11, "expires_30"),
        (10, "expires_10"), (1, "expires_10"), (0, "expires_10"),
        (-1, "expired"), (-500, "expired"),
    ],
)  # fmt: skip
def test_R_MAIL_1_the_day_decides(db, days, kind):
    holder, to = new_holder(db)
    serial = rows.ending(db, holder, last_second(days))
    assert plan(db) == (kind is not None)
    assert kinds(db, holder) == ([(kind, "queued")] if kind else [])
    if kind:
        key, recipient, parameters = db.rows(
            "SELECT event_key, recipient, parameters FROM koshin.mail"
            " WHERE account = %s", holder,
        )[0]  # fmt: skip
        assert key == f"{kind}:{serial.hex()}"
        assert recipient == to
        assert parameters["serial"] == serial.hex()
        assert parameters["not_after"] == last_second(days).timestamp()


def test_R_MAIL_1_told_once_each_and_the_latest_only(db):
    """One row per certificate and kind; what was missed is not made up for
    by three mails."""
    holder, _ = new_holder(db)
    rows.ending(db, holder, last_second(-1))
    assert plan(db) == 1
    for _ in range(3):
        assert plan(db) == 0
    assert kinds(db, holder) == [("expired", "queued")]


def test_R_MAIL_1_each_kind_at_its_time(db):
    """A year of one certificate, in jumps: as many mails as kinds."""
    holder, _ = new_holder(db)
    ends = last_second(0)
    rows.ending(db, holder, ends)
    seen = []
    for before in range(60, -5, -1):
        now = midnight(-before)
        days = [
            datetime.datetime.combine(
                now.date() + datetime.timedelta(days=n),
                datetime.time(), TOKYO,
            ) for n in (11, 31)
        ]  # fmt: skip
        due = db.rows(
            "SELECT kind FROM koshin.due_notices(%s, %s, %s)", now, *days
        )
        seen += [kind for (kind,) in due if kind not in seen]
        if before == 31:
            assert due == []
        if before == 30:
            assert due == [("expires_30",)]
    assert tuple(seen) == KINDS


@pytest.mark.parametrize("life, left, kind", [
    (31, 30, "expires_30"), (30, 30, None), (20, 15, None),
    (20, 10, "expires_10"), (10, 9, None), (10, -1, "expired"),
])  # fmt: skip
def test_R_MAIL_1_a_short_life_is_not_told_with_its_beginning(
    db, life, left, kind
):
    """`life`: days between the first and the last."""
    holder, _ = new_holder(db)
    rows.ending(
        db, holder, last_second(left), midnight(left - life) + 3600 * SECOND
    )
    assert plan(db) == (kind is not None)
    assert [k for k, _ in kinds(db, holder)] == ([kind] if kind else [])


def test_R_MAIL_1_a_renewed_certificate_draws_none(db):
    holder, _ = new_holder(db)
    old = rows.ending(db, holder, last_second(20))
    rows.issue(db, holder, replaces=old)
    assert plan(db) == 0


def test_R_MAIL_1_renewal_withdraws_what_waits(db):
    holder, _ = new_holder(db)
    old = rows.ending(db, holder, last_second(20))
    assert plan(db) == 1
    rows.issue(db, holder, replaces=old)
    assert kinds(db, holder) == [("expires_30", "expired")]
    assert plan(db) == 0


def test_R_MAIL_1_revocation_withdraws_what_waits(db):
    holder, _ = new_holder(db)
    serial = rows.ending(db, holder, last_second(20))
    other, _ = new_holder(db)
    rows.ending(db, other, last_second(20))
    assert plan(db) == 2
    db.do("INSERT INTO koshin.revocation (serial, reason, actor)"
          " VALUES (%s, 'superseded', 'op')", serial)  # fmt: skip
    db.do("UPDATE koshin.certificate SET current = false WHERE serial = %s",
          serial)  # fmt: skip
    assert kinds(db, holder) == [("expires_30", "expired")]
    assert kinds(db, other) == [("expires_30", "queued")]


def test_R_MAIL_1_a_closed_account_gets_none(db):
    waiting, _ = new_holder(db)
    closed, _ = new_holder(db)
    rows.ending(db, waiting, last_second(20))
    rows.ending(db, closed, last_second(20))
    close = "UPDATE koshin.account SET state = 'closed' WHERE id = %s"
    db.do(close, closed)
    assert plan(db) == 1
    assert kinds(db, closed) == []
    db.do(close, waiting)
    assert kinds(db, waiting) == [("expires_30", "expired")]


def test_R_MAIL_1_blocked_accounts_are_told(db):
    holder, _ = new_holder(db, state="blocked")
    rows.ending(db, holder, last_second(20))
    assert plan(db) == 1


def test_R_MAIL_1_a_renewal_at_the_same_moment_wins(db, s):
    """Whoever plans does not wait for it, and looks again later."""
    holder, _ = new_holder(db)
    serial = rows.ending(db, holder, last_second(20))
    with psycopg2.connect(s.pg_conninfo("postgres", db.name)) as renewal:
        renewal.cursor().execute(
            "UPDATE koshin.certificate SET current = false"
            " WHERE serial = %s", (serial,),
        )  # fmt: skip
        assert plan(db) == 0
    renewal.close()
    assert plan(db) == 0
    assert kinds(db, holder) == []


# ------------------------------------------------------------- how it is made


@pytest.mark.parametrize("most", [1, 2, 7, 1000])
def test_a_walk_in_steps_misses_none(db, most):
    for n in range(20):
        holder, _ = new_holder(db)
        rows.ending(db, holder, last_second(20 + n % 3))
    assert plan(db, most) == 20
    assert plan(db, most) == 0


@pytest.mark.parametrize("off_s", [-400, 400])
def test_a_clock_that_is_wrong_plans_nothing(db, off_s):
    at, second, first = limits()
    with pytest.raises(psycopg2.errors.InvalidParameterValue):
        db.rows(
            "SELECT koshin.plan_notices(%s, %s, %s, '-infinity', '', 10,"
            " true)", at + off_s * SECOND, second, first,
        )  # fmt: skip


def test_F_72_many_plan_at_once_and_each_event_is_one_mail(
    s, db
):
    holders = [new_holder(db)[0] for _ in range(200)]
    for holder in holders:
        rows.ending(db, holder, last_second(20))

    def work(wait):
        with connected(s, "koshin_courier", db.name) as own:
            at = own.cursor()
            at.execute(
                "SELECT planned FROM koshin.plan_notices(%s, %s, %s,"
                " '-infinity', '', 1000, %s)", (*limits(), wait),
            )  # fmt: skip
            return at.fetchone()[0] or 0

    made = at_once([functools.partial(work, n % 2 == 0) for n in range(8)])
    assert sum(made) == 200
    assert 200 == db.one(
        "SELECT count(*) FROM koshin.mail WHERE kind = 'expires_30'"
    )


def test_F_72_three_couriers_start_and_each_event_is_one_mail(
    s, db
):
    people = [new_holder(db) for _ in range(60)]
    for n, (holder, _) in enumerate(people):
        rows.ending(db, holder, last_second((20, 5, -3)[n % 3]))
    with Courier(s, db) as one, Courier(s, db) as two, Courier(s, db) as three:
        until(lambda: 60 <= db.one(
            "SELECT count(*) FROM koshin.mail WHERE state = 'sent'"
        ))  # fmt: skip
        time.sleep(0.5)
        logs = one.log + two.log + three.log
    for _, to in people:
        assert count_to(s, to) == 1
    assert logs.count("notices-planned certificates=60 mails=60") == 1


def test_R_MAIL_1_what_came_due_while_nobody_ran(s, db):
    """After three days of downtime: the latest notice, once, at the start."""
    holder, to = new_holder(db, locale="en")
    rows.ending(db, holder, last_second(9))
    with Courier(s, db):
        mail = arrived(s, to)
        assert "has not been renewed" in maildir.text_of(mail)
    with Courier(s, db) as again:
        again.wait_log("notices-planned")
        time.sleep(0.5)
    assert count_to(s, to) == 1


def test_F_54_ten_thousand_after_three_days_and_codes_go_first(
    s, db
):
    crowd(db, 10000, within_days=3)
    holder, to = new_holder(db)
    with Courier(s, db) as courier:
        courier.wait_log("mails=10000")
        seen = maildir.mark(s.maildir)
        code = queue_code(db, holder)
        mail = arrived(s, to, after=seen)
        assert maildir.code_of(mail) == code
        waiting = db.one(
            "SELECT count(*) FROM koshin.mail WHERE state = 'queued'"
            " AND kind = 'expires_30'"
        )
        assert waiting > 1000, "it overtook them"
    assert db.rows(
        "SELECT count(*), count(DISTINCT account) FROM koshin.mail"
        " WHERE kind = 'expires_30'"
    ) == [(10000, 10000)]


# ------------------------------------------------------------------ how fast


def crowd(db, size, within_days, first=28):
    """So many holders; their certificates end one after the other, from
    `first` days from now on."""
    number = rows.contract(db)
    db.do("SET session_replication_role = replica")
    db.do(
        "WITH made AS (INSERT INTO koshin.account (user_id, contract, role,"
        " name, email, password_hash) SELECT %s || n, %s, 'general', 'x',"
        " 'crowd' || n || '@example.jp', '$argon2id$x'"
        " FROM generate_series(1, %s) n RETURNING id)"
        " INSERT INTO koshin.certificate (serial, account, profile, subject,"
        " key_digest, key_identity, csr_digest, tbs_digest, not_before,"
        " not_after, via, code_id, state, current, issued_at, der, fingerprint)"
        " SELECT substr(sha256(int8send(id)), 1, 20), id, 'person', 'CN=x',"
        " sha256(int8send(id)), sha256(int8send(id)), sha256(int8send(id)),"
        " sha256(int8send(id)),"
        " now() - interval '300 days',"
        " %s + (id %% %s) * interval '1 day', 'code',"
        " substr(sha256(int8send(id)), 1, 16), 'issued', true,"
        " now() - interval '300 days', 'der', sha256(int8send(id)) FROM made",
        f"c{next(rows.numbers)}x", number, size, last_second(first), within_days,
    )  # fmt: skip
    db.do("SET session_replication_role = origin")
    db.do("VACUUM ANALYZE koshin.certificate, koshin.account")


def test_F_54_taking_a_few_mails_reads_a_few(s, db):
    """Also when PostgreSQL has settled on a plan for any number of them."""
    holder, _ = new_holder(db)
    db.do(
        "SELECT count(koshin.notice(%s, 'unlocked', 'few:' || n))"
        " FROM generate_series(1, 20000) n",
        holder,
    )
    db.do("VACUUM ANALYZE koshin.mail")
    read = (
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables"
        " WHERE relname = 'mail'"
    )
    with psycopg2.connect(s.pg_conninfo("koshin_courier", db.name)) as own:
        own.autocommit = True
        at = own.cursor()
        at.execute("SET plan_cache_mode = force_generic_plan")
        at.execute(
            "PREPARE take (int) AS SELECT id FROM koshin.take_mails($1, 60)"
        )
        for _ in range(10):
            at.execute("EXECUTE take (3)")
        at.execute("SELECT pg_stat_force_next_flush()")
        before = db.one(read)
        for _ in range(20):
            at.execute("EXECUTE take (3)")
            assert len(at.fetchall()) == 3
        at.execute("SELECT pg_stat_force_next_flush()")
    own.close()
    assert db.one(read) - before < 20 * 3 * 10


def test_R_MAIL_1_a_crowd_is_planned_in_seconds(db):
    """A year's certificates, a tenth of them due at the first run; the next
    run finds nothing to do."""
    size = 1000000 if LONG else 100000
    crowd(db, size, within_days=366, first=-5)
    made, took, worked = timed(db)
    print(f"{size} certificates: {made} notices in {took:.1f} s"
          f" ({worked:.1f} s of work)")  # fmt: skip
    assert made >= 35 * size // 366
    assert worked < max(2, size / 100000)
    made, took, worked = timed(db)
    print(f"then none in {took:.1f} s ({worked:.1f} s of work)")
    assert made == 0
    assert worked < max(1, size / 200000)


def timed(db):
    """What plan() made, and how long it took: by the clock, and of the time
    of a processor, which does not depend on what else runs here."""
    pid = db.one("SELECT pg_backend_pid()", role="koshin_courier")
    began, worked = time.monotonic(), work_s(pid)
    made = plan(db)
    return made, time.monotonic() - began, work_s(pid) - worked
