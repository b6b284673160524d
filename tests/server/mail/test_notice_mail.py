"""What the notices of expiry look like when they arrive: texts, languages and
the calendar that comes with the first one (R-MAIL-1, R-MAIL-3)."""

import datetime
import email
import email.policy
import os

import maildir
import pytest

from koshin_tests import ics, rows
from koshin_tests.courier import Courier
from koshin_tests.mail import (
    SECOND, arrived, last_second, midnight, new_holder,
)

pytestmark = pytest.mark.usefixtures("nothing_is_due")


def told(s, db, days, locale):
    """The notice about a certificate that ends in so many days, and its
    serial."""
    holder, to = new_holder(db, locale=locale, name="山田; 花子, \\n")
    serial = rows.ending(db, holder, last_second(days))
    with Courier(s, db):
        return arrived(s, to), serial


@pytest.mark.parametrize("locale, days, subject, next_step", [
    ("en", 30, "Please renew", "Next step: renew it"),
    ("en", 10, "expires on", "Next step: renew it"),
    ("en", -1, "has expired", "Next step: request a new one"),
    ("ja", 30, "更新のお願い", "【お手続き】\n現在の電子証明書"),
    ("ja", 10, "有効期限は", "【お手続き】\n現在の電子証明書"),
    ("ja", -1, "過ぎました", "【お手続き】\nユーザーID"),
])  # fmt: skip
def test_R_MAIL_1_says_what_to_do_and_from_when(
    s, db, locale, days, subject, next_step
):
    mail, serial = told(s, db, days, locale)
    text = maildir.text_of(mail).replace("\r\n", "\n")
    assert subject in mail["Subject"]
    assert next_step in text
    assert serial.hex() in text
    assert "://" not in text
    if days >= 0:
        opens = midnight(days - 30)
        shown = (
            f"{opens:%-d %B %Y} (JST)\n" if locale == "en"
            else f"{opens.year}年{opens.month}月{opens.day}日\n"
        )  # fmt: skip
        assert shown in text
    assert "00:00" not in text and "23:59" not in text
    assert mail.is_multipart() == (days == 30)


@pytest.mark.parametrize("locale, words", [
    ("en", ("can be renewed", "expires")), ("ja", ("更新開始", "有効期限")),
])  # fmt: skip
def test_R_MAIL_1_calendar_of_the_renewal(s, db, locale, words):
    mail, serial = told(s, db, 30, locale)
    assert mail.get_content_type() == "multipart/mixed"
    assert not mail.defects
    text, attached = mail.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert not text.defects and not attached.defects
    assert attached.get_content_type() == "text/calendar"
    assert attached.get_content_charset() == "utf-8"
    assert attached.get_param("method") is None
    assert attached.get_content_disposition() == "attachment"
    assert attached.get_filename() == "certificate.ics"

    calendar = ics.parsed(attached.get_payload(decode=True))
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]
    assert "METHOD" not in calendar and "VTIMEZONE" not in calendar
    opens, ends = calendar["VEVENT"]
    assert opens["DTSTART;VALUE=DATE"] == f"{midnight(0):%Y%m%d}"
    utc = last_second(30).astimezone(datetime.timezone.utc)
    assert ends["DTSTART"] == f"{utc:%Y%m%dT%H%M%SZ}"
    for entry, word in zip((opens, ends), words):
        assert serial.hex() in entry["UID"]
        assert entry["UID"].endswith("@koshin.example")
        assert word in ics.text_of(entry["SUMMARY"])
        assert serial.hex() in ics.text_of(entry["DESCRIPTION"])
        assert entry["DTSTAMP"].endswith("Z")
        assert entry["VALARM"]
        for alarm in entry["VALARM"]:
            assert alarm["ACTION"] == "DISPLAY"
            assert alarm["DESCRIPTION"] == entry["SUMMARY"]
    assert [a["TRIGGER"] for a in opens["VALARM"]] == ["PT9H"]
    assert [a["TRIGGER"] for a in ends["VALARM"]] == ["-P7D", "-P1D"]
    assert opens["UID"] != ends["UID"]


def test_I_10_a_second_copy_is_the_same_to_the_byte(s, db):
    """The relay keeps the mail and closes before its 250, so that it is sent
    twice (F-51): calendar and boundary are the same, or it would be two
    events."""
    holder, to = new_holder(db)
    rows.ending(db, holder, last_second(30) - 60 * SECOND)
    s.smtp_script(
        faults=[{"at": "dot", "do": "close", "times": 1, "keep": True}]
    )
    with Courier(s, db):
        arrived(s, to)
        first = maildir.mark(s.maildir)
        arrived(s, to, after=first)
    one, two = (mail.as_bytes() for mail in maildir.mails(s.maildir, to=to))
    assert one == two


def test_R_MAIL_3_every_line_of_the_mail_is_short_and_ascii(
    s, db
):
    told(s, db, 30, "ja")
    name = maildir.names(s.maildir)[-1]
    with open(os.path.join(s.maildir, "new", name), "rb") as file:
        raw = file.read()
    assert [] == [ln for ln in raw.split(b"\r\n") if len(ln) > 78]
    raw.decode("ascii")
    mail = email.message_from_bytes(raw, policy=email.policy.SMTP)
    assert mail["Auto-Submitted"] == "auto-generated"
