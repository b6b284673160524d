"""Who has not installed a certificate a day after its issue is offered once to
finish (R-MAIL-7)."""

import datetime
import time

import maildir
import pytest

from koshin_tests import rows
from koshin_tests.courier import Courier
from koshin_tests.mail import SECOND, TOKYO, arrived, count_to, new_holder

DAY = 86400 * SECOND
KIND = "not_installed"

pytestmark = pytest.mark.usefixtures("nothing_is_due")


def plan(db, most=1000):
    return db.one("SELECT koshin.plan_uninstalled(%s)", most,
                  role="koshin_courier")  # fmt: skip


def issued(db, holder, ago, ends=300 * DAY):
    """The serial of one that was issued so long ago."""
    now = datetime.datetime.now(TOKYO)
    return rows.ending(db, holder, now + ends, now - ago)


def mails(db, holder):
    return db.rows(
        "SELECT kind, state FROM koshin.mail WHERE account = %s"
        " AND kind IN ('not_installed', 'expires_30') ORDER BY id",
        holder,
    )


def mark(db, serial):
    assert db.one(
        "SELECT koshin.mark_installed(ARRAY[serial::bytea],"
        " ARRAY[fingerprint::bytea]) FROM koshin.certificate WHERE serial = %s",
        serial,
    )


@pytest.mark.parametrize("ago, due", [
    (DAY - 60 * SECOND, False), (DAY + 60 * SECOND, True),
    (7 * DAY, True), (8 * DAY - 60 * SECOND, True), (8 * DAY, False),
])  # fmt: skip
def test_R_MAIL_7_a_day_after_the_issue_and_not_for_ever(db, ago, due):
    holder, _ = new_holder(db)
    issued(db, holder, ago)
    assert plan(db) == due
    assert mails(db, holder) == [(KIND, "queued")] * due


def test_R_MAIL_7_nobody_is_told_twice(db):
    holder, _ = new_holder(db)
    issued(db, holder, 2 * DAY)
    assert [plan(db), plan(db)] == [1, 0]
    # Also not when the mail is gone (R-MAIL-6).
    db.do("UPDATE koshin.mail SET state = 'sent', made_at = now() - interval"
          " '3 days', done_at = now() - interval '3 days'")  # fmt: skip
    assert db.one("SELECT removed FROM koshin.remove_mails(1, 0, 1000)") == 1
    assert plan(db) == 0


def test_R_MAIL_7_many_are_told_in_small_steps(db):
    for _ in range(5):
        issued(db, new_holder(db)[0], 2 * DAY)
    assert [plan(db, 2) for _ in range(4)] == [2, 2, 1, 0]


def test_R_MAIL_7_who_was_seen_or_has_none_is_not_told(db):
    seen, revoked, closed = (new_holder(db)[0] for _ in range(3))
    device = rows.account(db, role="device")
    mark(db, issued(db, seen, 2 * DAY))
    issued(db, revoked, 2 * DAY)
    issued(db, closed, 2 * DAY)
    issued(db, device, 2 * DAY)
    issued(db, new_holder(db)[0], 2 * DAY, ends=-DAY)  # it has expired
    db.do("UPDATE koshin.certificate SET current = false WHERE account = %s",
          revoked)  # fmt: skip
    db.do("UPDATE koshin.account SET state = 'closed' WHERE id = %s", closed)
    assert plan(db) == 0


def test_R_MAIL_7_one_that_is_seen_before_its_mail_goes_gets_none(db):
    holder, _ = new_holder(db)
    serial = issued(db, holder, 2 * DAY)
    assert plan(db) == 1
    mark(db, serial)
    assert mails(db, holder) == [(KIND, "expired")]


def test_R_MAIL_7_one_that_is_replaced_before_its_mail_goes_gets_none(db):
    holder, _ = new_holder(db)
    serial = issued(db, holder, 2 * DAY)
    assert plan(db) == 1
    db.do("UPDATE koshin.certificate SET current = false WHERE serial = %s",
          serial)  # fmt: skip
    assert mails(db, holder) == [(KIND, "expired")]


def test_R_MAIL_1_one_that_is_seen_keeps_its_notices_of_expiry(db):
    holder, _ = new_holder(db)
    serial = rows.ending(
        db, holder, datetime.datetime.now(TOKYO) + 20 * DAY
    )
    event = f"expires_30:{serial.hex()}"
    assert db.one("SELECT koshin.notice(%s, 'expires_30', %s)", holder, event)
    mark(db, serial)
    assert mails(db, holder) == [("expires_30", "queued")]


@pytest.mark.parametrize("locale, subject, file", [
    ("ja", "インポートのお願い", "「{user}-」ではじまり"),
    ("en", "finish installing", 'begins with "{user}-"'),
])  # fmt: skip
def test_R_MAIL_7_the_mail_says_how_to_finish(s, db, locale, subject, file):
    holder, to = new_holder(db, locale=locale)
    serial = issued(db, holder, 2 * DAY)
    user = db.one("SELECT user_id FROM koshin.account WHERE id = %s", holder)
    with Courier(s, db, installed=1):
        mail = arrived(s, to)
    text = maildir.text_of(mail)
    assert subject in str(mail["Subject"])
    assert file.format(user=user) in text
    assert serial.hex() in text


def test_R_MAIL_7_where_nothing_is_seen_nobody_is_told(s, db):
    holder, to = new_holder(db)
    issued(db, holder, 2 * DAY)
    with Courier(s, db) as courier:
        courier.wait_log("notices-planned")
        time.sleep(0.5)
    assert count_to(s, to) == 0
    assert mails(db, holder) == []
