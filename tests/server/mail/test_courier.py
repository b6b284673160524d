"""The courier with a real outbox and a real mail server: what it sends, from
which texts, at what cost, and that no code stays behind (I-11)."""

import base64
import binascii
import contextlib
import os
import re
import shutil
import time

import maildir
import pytest

from koshin_tests import rows
from koshin_tests.courier import Courier
from koshin_tests.place import ROOT
from koshin_tests.mail import (
    ADDRESS, arrived, count_to, new_holder, queue_code, queue_notice,
    state, wait_state,
)
from koshin_tests.patience import until


def test_R_AUTH_2_code_arrives_within_two_seconds(s, db):
    holder, to = new_holder(db)
    with Courier(s, db) as courier:
        for _ in range(3):
            seen = maildir.mark(s.maildir)
            code = queue_code(db, holder)
            mail = arrived(s, to, after=seen)
            assert maildir.code_of(mail) == code
            assert code not in str(mail["Subject"])
            assert code not in courier.log
        courier.wait_log("mail-sent", times=3)
        assert courier.longest_ms("mail-sent") < 2000
    assert to not in courier.log


def test_T3_code_mail_names_address_and_time_and_has_no_link(s, db):
    holder, to = new_holder(db, locale="en")
    made = db.one(
        "SELECT to_char(now() AT TIME ZONE 'Asia/Tokyo', 'FMDD FMMonth YYYY')"
    )
    with Courier(s, db):
        queue_code(db, holder)
        text = maildir.text_of(arrived(s, to))
    assert ADDRESS in text
    assert re.search(rf"Requested at: +{made}, \d\d:\d\d JST", text)
    assert "://" not in text
    assert "If you did not request this" in text


def test_R_MAIL_3_F_56_head_of_a_mail(s, db):
    holder, to = new_holder(db, locale="ja")
    with Courier(s, db):
        queue_notice(db, holder, "registered")
        mail = arrived(s, to)
    message_id = db.one(
        "SELECT message_id FROM koshin.mail WHERE recipient = %s", to
    )
    assert mail["Message-ID"] == f"<{message_id}@koshin.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["MIME-Version"] == "1.0"
    assert mail["Subject"] == "【証明書サービス】ご利用者登録完了のお知らせ"
    assert mail["From"] == "証明書サービス <ca@koshin.example>"
    assert mail["To"] == to
    assert mail["Return-Path"] == "<ca@koshin.example>"
    assert mail.get_content_type() == "text/plain"
    assert mail["Date"].datetime.utcoffset().total_seconds() == 9 * 3600
    assert abs(mail["Date"].datetime.timestamp() - time.time()) < 60
    assert "山田 花子 様" in maildir.text_of(mail)
    assert wait_state(db, to, "sent")[2] == "250 2.0.0 kept"


def events(db, holder, user_id):
    """Each change that mails something, and what its mail must tell. By the
    owner: who may do what is the question of db/test_schema_grants.py."""
    serial = rows.issue(db, holder)
    yield "issued", serial.hex()
    lost = serial
    serial = rows.issue(db, holder, replaces=lost, undelivered=True)
    yield "replaced", lost.hex()
    db.one("SELECT koshin.revoke_certificate('op', %s, 'superseded')", serial)
    yield "revoked", serial.hex()
    until = int(time.time()) + 3600
    local = time.strftime("%H:%M", time.gmtime(until + 9 * 3600))
    db.one(
        "SELECT koshin.lock_account(%s, 1, to_timestamp(%s), false)",
        holder,
        until,
    )
    yield "locked", local
    db.one(
        "SELECT koshin.lock_account(%s, 3, NULL, true, 6,"
        " '192.0.2.1 2001:db8::1')",
        holder,
    )
    yield "blocked", "192.0.2.1, 2001:db8::1"
    db.one("SELECT koshin.lift_account('op', %s, 'asked')", user_id)
    yield "unblocked", "lifted"
    db.one(
        "SELECT koshin.lock_account(%s, 1, to_timestamp(%s), false)",
        holder,
        until + 1,
    )
    db.one("SELECT koshin.lift_account('op', %s, 'asked')", user_id)
    yield "unlocked", "has been unlocked"
    db.one("SELECT koshin.suspend_account('op', %s, 'asked')", user_id)
    yield "suspended", "asked"
    db.one("SELECT koshin.resume_account('op', %s, 'asked')", user_id)
    yield "resumed", "suspension of your account has been lifted"
    db.one(
        "SELECT koshin.set_password('op', %s, '$argon2id$y', false)",
        user_id,
    )
    yield "password_changed", "Changed at"


def test_R_MAIL_2_each_event_becomes_a_mail(s, db):
    n = next(rows.numbers)
    user_id, to = f"event{n}", f"event{n}@example.jp"
    holder = db.one(
        "SELECT koshin.add_account('op', %s, %s, 'master', '山田 花子', %s,"
        " 'en', '$argon2id$x', false)",
        user_id,
        rows.contract(db),
        to,
    )
    with Courier(s, db) as courier:
        assert user_id in maildir.text_of(arrived(s, to))
        for kind, told in events(db, holder, user_id):
            courier.wait_log(f"kind={kind} ")
            mails = [
                maildir.text_of(mail)
                for mail in maildir.mails(s.maildir, to=to)
            ]
            assert any(told in text for text in mails), (kind, mails)
        db.one(
            "SELECT koshin.set_email('op', %s, %s)",
            user_id,
            f"new{n}@example.jp",
        )
        arrived(s, f"new{n}@example.jp")
        courier.wait_log("kind=email_changed", times=2)
        wait_no_mail(db)
    assert "mail-bad" not in courier.log
    assert courier.log.count("mail-sent") == 14


def wait_no_mail(db):
    """Until nothing waits any more."""
    until(lambda: not db.one(
        "SELECT count(*) FROM koshin.mail WHERE state = 'queued'"
    ))  # fmt: skip


def test_R_MAIL_2_every_kind_of_the_schema_has_its_texts():
    kinds = {"code"}
    for path in (ROOT / "db" / "schema").glob("*.sql"):
        kinds |= set(
            re.findall(
                r"(?:notices?|tell_email)\([a-z_.()]+, '(\w+)'",
                path.read_text(),
            )
        )
    assert {"issued", "locked", "email_changed"} <= kinds
    assert {"locked", "blocked", "unlocked", "unblocked"} <= kinds
    for folder in ("ja", "ja/device", "en", "en/device"):
        texts = (ROOT / "mailer" / "templates" / folder).glob("*.txt")
        assert kinds <= {path.stem for path in texts}


def test_what_was_queued_before_it_started_goes_out(s, db):
    holder, to = new_holder(db)
    queue_notice(db, holder)
    with Courier(s, db):
        arrived(s, to)


def test_F_54_code_mails_go_first(s, db):
    holders = [new_holder(db)[0] for _ in range(30)]
    for holder in holders:
        queue_notice(db, holder)
    holder, to = new_holder(db)
    queue_code(db, holder)
    seen = maildir.mark(s.maildir)
    with Courier(s, db, connections=1):
        arrived(s, to, after=seen)
        first = next(maildir.mails(s.maildir, after=seen))
    assert first["Delivered-To"] == to


def test_expired_code_is_never_sent(s, db):
    holder, to = new_holder(db)
    queue_code(db, holder, life_s=-1)
    with Courier(s, db):
        wait_state(db, to, "expired")
    assert count_to(s, to) == 0


def test_recipient_is_judged_again(s, db):
    holder, to = new_holder(db)
    queue_notice(db, holder)
    db.do(
        "UPDATE koshin.mail SET recipient = 'a>b@example.jp'"
        " WHERE recipient = %s",
        to,
    )
    with Courier(s, db):
        st, _, answer = wait_state(db, "a>b@example.jp", "failed")
    assert "recipient" in answer


def test_unknown_kind_waits_for_a_newer_program(s, db):
    holder, to = new_holder(db)
    queue_notice(db, holder, "of_the_future")
    with Courier(s, db) as courier:
        courier.wait_log("mail-later")
    st, attempts, answer = state(db, to)  # it has said so before it ended
    assert (st, attempts) == ("queued", 1)
    assert "of_the_future" in answer


@pytest.mark.parametrize("tls", ["none", "starttls"])
def test_I_11_code_and_mail_are_gone_from_memory(s, db, tls):
    holder, to = new_holder(db, locale="en")
    s.smtp_script(tls=tls)
    with Courier(
        s, db, starttls=int(tls != "none"), ca=s.smtp_certificate
    ) as courier:
        code = queue_code(db, holder)
        mail = arrived(s, to)
        wait_state(db, to, "sent")
        lines = [
            line
            for line in mail.as_string().splitlines()
            if code in decoded_around(mail, line)
        ]
        assert lines, "the line of base64 in which the code is"
        assert courier.remembers(b"Subject: "), "we can look at all"
        assert not courier.remembers(code.encode())
        for line in lines:
            assert not courier.remembers(line.encode())


def decoded_around(mail, line):
    """A line of base64 with half of each of its neighbours."""
    lines = mail.as_string().splitlines()
    at = lines.index(line)
    with contextlib.suppress(binascii.Error, UnicodeDecodeError):
        return base64.b64decode(
            lines[at - 1][-8:] * (len(lines[at - 1]) == 76)
            + line
            + lines[min(at + 1, len(lines) - 1)][:8],
            validate=True,
        ).decode()
    return ""


# ------------------------------------------------------------------ texts


@pytest.fixture
def texts(tmp_path):
    folder = tmp_path / "templates"
    shutil.copytree(ROOT / "mailer" / "templates", folder)
    return folder


def test_X_11_bad_text_refuses_the_start(s, db, texts):
    (texts / "ja" / "locked.txt").write_text("Subject: x\n\n{{nobody}}\n")
    courier = Courier(s, db, templates=texts)
    assert not courier.ready
    assert courier.stop() == 1
    assert "ja/locked.txt:3: unknown word {{nobody}}" in courier.log


def test_X_11_reload_takes_good_texts_and_refuses_bad_ones(s, db, texts):
    path = texts / "en" / "unlocked.txt"
    with Courier(s, db, templates=texts) as courier:
        path.write_text("Subject: new text\n\nHello {{name}}\n")
        courier.reload()
        courier.wait_log("read again")
        holder, to = new_holder(db, locale="en")
        queue_notice(db, holder)
        assert arrived(s, to)["Subject"] == "new text"
        path.write_text("Subject: broken {{\n\nHello\n")
        courier.reload()
        courier.wait_log("the old ones stay")
        assert "unlocked.txt:1:" in courier.log
        holder, to = new_holder(db, locale="en")
        queue_notice(db, holder)
        assert arrived(s, to)["Subject"] == "new text"


def test_bad_options_refuse_the_start(s, db):
    for options, reason in (
        ({"from": "nobody"}, "mail.from"),
        ({"relay": "http://127.0.0.1/"}, "relay"),
        ({"domain": "a b"}, "mail.domain"),
    ):
        courier = Courier(s, db, **options)
        assert not courier.ready
        assert courier.stop() == 1
        assert reason in courier.log


# --------------------------------------------------------- load and idling


def test_loop_goes_idle(s, db):
    """After mails of all fates: no CPU, no wake-ups but the net's."""
    holder, to = new_holder(db)
    gone, gone_to = new_holder(db)
    s.smtp_script(faults=[{"at": "rcpt", "do": "550 no", "to": gone_to}])
    with Courier(s, db) as courier:
        queue_notice(db, gone)
        wait_state(db, gone_to, "failed")
        queue_code(db, holder)
        arrived(s, to)
        wait_state(db, to, "sent")
        time.sleep(1)
        cpu, woken = courier.cpu_s(), courier.status("voluntary_ctxt_switches")
        time.sleep(11)
        assert courier.cpu_s() - cpu <= 0.02
        assert courier.status("voluntary_ctxt_switches") - woken < 30


def test_five_hundred_mails_and_flat_memory(s, db):
    holders = [new_holder(db)[0] for _ in range(50)]

    def wave(courier, times):
        before = courier.log.count("mail-sent")
        began = time.monotonic()
        for _ in range(times):
            for holder in holders:
                queue_notice(db, holder)
        courier.wait_log(
            "mail-sent", times=before + 50 * times
        )
        return time.monotonic() - began

    with Courier(s, db) as courier:
        wave(courier, 4)
        first = courier.status("VmRSS")
        took = wave(courier, 10)
        grown = courier.status("VmRSS") - first
        cpu = courier.cpu_s()
    print(f"500 mails in {took:.1f} s, {cpu:.2f} s CPU for 700; "
          f"VmRSS {first} kB, then {grown:+} kB")
    assert cpu < 10
    if "asan" not in os.environ.get("MODE", ""):
        assert grown < 1024
