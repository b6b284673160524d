"""Mails that ended long ago are removed (R-MAIL-6), a few at a time: what they
told is not told again, and what they told of stands in the trail."""

import datetime
import os

import psycopg2
import pytest

from koshin_tests import rows
from koshin_tests.courier import Courier
from koshin_tests.mail import (
    SECOND, TOKYO, arrived, count_to, last_second, midnight, new_holder,
    queue_code, queue_notice, wait_state,
)

DAY = 86400 * SECOND
KEEP = 30

pytestmark = pytest.mark.usefixtures("nothing_is_due")


def remove(db, keep=KEEP, after=0, most=1000, role="koshin_courier"):
    """(looked at, removed, the last one)"""
    (seen,) = db.rows(
        "SELECT * FROM koshin.remove_mails(%s, %s, %s)",
        keep, after, most, role=role,
    )  # fmt: skip
    return seen


def plan(db):
    """How many mails it made."""
    return db.one(
        "SELECT planned FROM koshin.plan_notices(%s, %s, %s, '-infinity', '',"
        " 1000, true)", datetime.datetime.now(TOKYO), midnight(11),
        midnight(31), role="koshin_courier",
    )  # fmt: skip


def grow_old(db, holder, days, state="sent"):
    """All mails to him were made and ended so long ago."""
    db.do(
        "UPDATE koshin.mail SET state = %s, made_at = now() - %s,"
        " done_at = now() - %s WHERE account = %s",
        state, days * DAY, days * DAY, holder,
    )  # fmt: skip


def old_mail(db, days=KEEP + 1, state="sent"):
    holder, _ = new_holder(db)
    queue_notice(db, holder)
    grow_old(db, holder, days, state)
    return holder


def mails_of(db, holder):
    return db.one("SELECT count(*) FROM koshin.mail WHERE account = %s",
                  holder)  # fmt: skip


# ------------------------------------------------------------- what is removed


@pytest.mark.parametrize("state", ["sent", "failed", "expired"])
def test_R_MAIL_6_what_ended_long_ago_goes(db, state):
    old, young = old_mail(db, KEEP + 1, state), old_mail(db, KEEP - 1, state)
    assert remove(db)[1] == 1
    assert mails_of(db, old) == 0
    assert mails_of(db, young) == 1


def test_R_MAIL_6_what_waits_stays_however_old_it_is(db):
    holder, _ = new_holder(db)
    queue_notice(db, holder)
    db.do("UPDATE koshin.mail SET made_at = now() - interval '5 years'"
          " WHERE account = %s", holder)  # fmt: skip
    assert remove(db)[:2] == (1, 0)
    assert mails_of(db, holder) == 1


def test_R_MAIL_6_counted_from_its_end_not_from_its_beginning(db):
    holder = old_mail(db, KEEP + 5)
    db.do("UPDATE koshin.mail SET done_at = now() - %s WHERE account = %s",
          DAY, holder)  # fmt: skip
    assert remove(db)[1] == 0
    assert mails_of(db, holder) == 1


def test_R_MAIL_6_in_small_steps_that_go_on_where_the_last_one_stopped(db):
    for _ in range(7):
        old_mail(db)
    looked, removed, last = remove(db, most=4)
    assert (looked, removed) == (4, 4)
    assert remove(db, after=last, most=4)[:2] == (3, 3)
    assert db.one("SELECT count(*) FROM koshin.mail") == 0


def test_R_MAIL_6_it_does_not_walk_on_among_the_young(db):
    for days in (KEEP + 1, KEEP - 1, KEEP - 1):
        old_mail(db, days)
    assert remove(db, most=3)[:2] == (1, 1)


def test_R_MAIL_6_another_that_removes_at_the_same_moment_is_not_waited_for(
    s, db
):
    old_mail(db)
    with psycopg2.connect(s.pg_conninfo("postgres", db.name)) as other:
        other.cursor().execute("SELECT FROM koshin.mail FOR UPDATE")
        assert remove(db)[1] == 0
    other.close()
    assert remove(db)[1] == 1


@pytest.mark.parametrize("keep", [0, -1, None])
def test_R_MAIL_6_no_mail_goes_before_a_day_is_over(db, keep):
    """While a code lives its row says whose it is (I-6), whoever asks."""
    holder = old_mail(db, 400)
    with pytest.raises(psycopg2.errors.InvalidParameterValue):
        remove(db, keep)
    assert mails_of(db, holder) == 1


def test_R_MAIL_6_the_mark_of_a_lock_stays_as_long_as_the_lock(db):
    """R-LOCK-8: a late repeat does not lock an account again."""
    lock = "SELECT koshin.lock_account(%s, 1, %s, false)"
    long, short = new_holder(db)[0], new_holder(db)[0]
    until = datetime.datetime.now(TOKYO).replace(microsecond=0) + DAY
    db.do(lock, long, until, role="koshin_auth")
    db.do(lock, short, until, role="koshin_auth")
    db.do("UPDATE koshin.mail SET parameters = parameters"
          " || '{\"until\": 1000000000}' WHERE account = %s", short)  # fmt: skip
    for holder in long, short:
        grow_old(db, holder, 400)
    assert remove(db)[1] == 1
    assert mails_of(db, short) == 0
    db.do("UPDATE koshin.account SET locked_until = NULL, locks = 0"
          " WHERE id = %s", long)  # fmt: skip
    db.do(lock, long, until, role="koshin_auth")
    assert db.one("SELECT locked_until IS NULL FROM koshin.account"
                  " WHERE id = %s", long)  # fmt: skip


def test_R_MAIL_6_the_trail_stays(db):
    holder, _ = new_holder(db)
    queue_code(db, holder)
    before = db.rows("SELECT * FROM koshin.audit ORDER BY id")
    assert before
    grow_old(db, holder, 400)
    assert remove(db)[1] == 1
    assert db.rows("SELECT * FROM koshin.audit ORDER BY id") == before


# --------------------------------------------------- notices are told once only


@pytest.mark.parametrize(
    "days, kind",
    [(30, "expires_30"), (11, "expires_30"), (10, "expires_10"),
     (0, "expires_10"), (-1, "expired"), (-29, "expired"), (-500, "expired")],
)  # fmt: skip
def test_R_MAIL_6_R_MAIL_1_what_was_told_is_not_told_again(db, days, kind):
    """At each notice's time, however short mails are kept."""
    holder, _ = new_holder(db)
    serial = rows.ending(db, holder, last_second(days))
    assert plan(db) == 1
    assert db.one("SELECT kind FROM koshin.mail WHERE account = %s",
                  holder) == kind  # fmt: skip
    grow_old(db, holder, 2)
    assert remove(db, keep=1)[1] == 1
    assert mails_of(db, holder) == 0
    for _ in range(2):
        assert plan(db) == 0
    told, state = db.rows(
        "SELECT told_at, mail_state FROM koshin.due_notices(now(), %s, %s)"
        " WHERE serial = %s", midnight(11), midnight(31), serial,
    )[0]  # fmt: skip
    assert told is not None and state is None


def test_R_MAIL_6_R_MAIL_1_the_next_notice_is_told_all_the_same(db):
    """Gone is the one of thirty days; ten days before the end is another."""
    holder, _ = new_holder(db)
    serial = rows.ending(db, holder, last_second(5))
    db.do("SELECT koshin.notice(%s, 'expires_30', %s, %s::jsonb)", holder,
          f"expires_30:{serial.hex()}",
          f'{{"serial": "{serial.hex()}"}}')  # fmt: skip
    grow_old(db, holder, KEEP + 1)
    assert remove(db)[1] == 1
    assert plan(db) == 1
    assert db.one("SELECT kind FROM koshin.mail WHERE account = %s",
                  holder) == "expires_10"  # fmt: skip


def test_R_MAIL_6_nothing_stays_of_a_notice_that_cannot_come_again(db):
    """Of one whose certificate was renewed, and of any other mail."""
    holder, _ = new_holder(db)
    old = rows.ending(db, holder, last_second(20))
    assert plan(db) == 1
    rows.issue(db, holder, replaces=old)
    grow_old(db, holder, KEEP + 1)
    before = db.one("SELECT count(*) FROM koshin.told")
    assert remove(db)[1] == 2
    assert db.one("SELECT count(*) FROM koshin.told") == before


def test_R_MAIL_6_nothing_stays_once_it_cannot_come_again(db):
    """Removed while the certificate was current, which is renewed only then."""
    holder, _ = new_holder(db)
    old = rows.ending(db, holder, last_second(-3))
    assert plan(db) == 1
    grow_old(db, holder, KEEP + 1)
    assert remove(db)[1] == 1
    told = "SELECT count(*) FROM koshin.told WHERE event_key = %s"
    assert db.one(told, f"expired:{old.hex()}") == 1
    rows.issue(db, holder, replaces=old)
    assert db.one(told, f"expired:{old.hex()}") == 0


def test_R_MAIL_1_who_imports_late_is_told_of_the_end_all_the_same(db):
    """That a certificate was seen installed renews nothing."""
    holder, _ = new_holder(db)
    serial = rows.ending(db, holder, last_second(5))
    assert plan(db) == 1
    db.do("UPDATE koshin.certificate SET installed_at = now()"
          " WHERE serial = %s", serial)  # fmt: skip
    assert db.one("SELECT state FROM koshin.mail WHERE account = %s AND"
                  " kind = 'expires_10'", holder) == "queued"  # fmt: skip


def test_R_MAIL_6_R_MAIL_1_couriers_that_remove_and_plan_tell_once(s, db):
    """Three of them, started again and again, among certificates that ended
    at any time."""
    people = [new_holder(db) for _ in range(12)]
    for n, (holder, _) in enumerate(people):
        rows.ending(db, holder, last_second((20, 5, -3, -400)[n % 4]))
    with Courier(s, db, keep_days=1):
        for _, to in people:
            arrived(s, to)
            wait_state(db, to, "sent")
    for holder, _ in people:
        grow_old(db, holder, 2)
    with (
        Courier(s, db, keep_days=1) as one,
        Courier(s, db, keep_days=1) as two,
        Courier(s, db, keep_days=1) as three,
    ):
        for courier in one, two, three:
            courier.wait_log("mails-removed")
            courier.wait_log("notices-planned")
    with Courier(s, db, keep_days=1) as last:
        last.wait_log("notices-planned certificates=12 mails=0")
    assert db.one("SELECT count(*) FROM koshin.mail") == 0
    assert all(count_to(s, to) == 1 for _, to in people)


# --------------------------------------------------------------- the courier


def test_R_MAIL_6_the_courier_removes_and_says_how_many(s, db):
    for _ in range(3):
        old_mail(db, KEEP + 1)
    young = old_mail(db, KEEP - 1)
    with Courier(s, db, keep_days=KEEP) as courier:
        courier.wait_log(f"mails-removed mails=3 older_than_days={KEEP}")
        holder, to = new_holder(db)
        queue_notice(db, holder)
        arrived(s, to)
        wait_state(db, to, "sent")
    assert mails_of(db, young) == 1


def test_R_MAIL_6_kept_for_ever(s, db):
    holder = old_mail(db, 5000)
    with Courier(s, db, keep_days=0) as courier:
        courier.wait_log("notices-planned")
        assert "mails-removed" not in courier.log
    assert mails_of(db, holder) == 1


def test_I_11_what_is_left_of_a_code_mail_is_no_secret_until_it_goes(db):
    holder, _ = new_holder(db)
    queue_code(db, holder, nonce=os.urandom(16))
    grow_old(db, holder, KEEP - 1)
    assert db.one("SELECT nonce IS NULL FROM koshin.mail WHERE account = %s",
                  holder)  # fmt: skip
    assert remove(db)[1] == 0
    grow_old(db, holder, KEEP + 1)
    assert remove(db)[1] == 1
