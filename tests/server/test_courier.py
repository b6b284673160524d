"""The courier with a real outbox and a real mail server that fails on
purpose: F-48 to F-55, F-20, R-MAIL-4, R-MAIL-5."""

import base64
import binascii
import contextlib
import os
import re
import shutil
import socket
import threading
import time

import pytest
import rows
from courier_process import Courier, code_of_nonce
from database import ROOT, Database

import maildir  # noqa: E402  (database knows where)
import services  # noqa: E402

ADDRESS = "192.0.2.17"


@pytest.fixture(scope="module")
def s():
    with services.temporary() as running:
        yield running


@pytest.fixture(scope="module")
def db(s):
    database = Database(s, "courier")
    yield database
    database.close()


@pytest.fixture(autouse=True)
def clean(s, db):
    """A relay that behaves, and an outbox in which nothing waits."""
    s.smtp_script()
    yield
    s.smtp_script()
    s.start()
    db.do("DELETE FROM koshin.mail")


def new_holder(db, **more):
    email = f"h{next(rows.numbers)}@example.jp"
    return rows.account(db, email=email, **more), email


def queue_code(db, holder, life_s=1800, nonce=None):
    """The code that the mail must bring."""
    nonce = nonce or os.urandom(16)
    assert db.one(
        "SELECT koshin.mail_code(%s, %s, now(), now() + %s * interval '1 s',"
        " %s)",
        holder,
        nonce,
        life_s,
        ADDRESS,
        role="koshin_front",
    )
    return code_of_nonce(nonce)


def queue_notice(db, holder, kind="unlocked", event=None):
    event = event or f"{kind}:{holder}:{next(rows.numbers)}"
    assert db.one("SELECT koshin.notice(%s, %s, %s)", holder, kind, event)


def arrived(s, to, timeout=10, after=""):
    return maildir.wait_for_mail(
        s.maildir, timeout=timeout, to=to, after=after
    )


def count_to(s, to):
    return len(list(maildir.mails(s.maildir, to=to)))


def state(db, to):
    """State, attempts and last answer of the one mail to that address."""
    ((st, attempts, answer),) = db.rows(
        "SELECT state, attempts, last_answer FROM koshin.mail"
        " WHERE recipient = %s",
        to,
    )
    return st, attempts, answer


def wait_state(db, to, wanted, timeout=10, attempts=0):
    give_up = time.monotonic() + timeout
    while True:
        seen = state(db, to)
        if seen[0] == wanted and seen[1] >= attempts:
            return seen
        assert time.monotonic() < give_up, seen
        time.sleep(0.02)


# ---------------------------------------------------------------- a mail


def test_R_AUTH_2_code_arrives_within_two_seconds(s, db):
    holder, to = new_holder(db)
    with Courier(s, db) as courier:
        for _ in range(3):
            seen = maildir.mark(s.maildir)
            code = queue_code(db, holder)
            mail = arrived(s, to, timeout=2, after=seen)
            assert maildir.code_of(mail) == code
            assert code not in str(mail["Subject"])
            assert code not in courier.log
    assert to not in courier.log


def test_T3_code_mail_names_address_and_time_and_has_no_link(s, db):
    holder, to = new_holder(db, locale="en")
    made = db.one(
        "SELECT to_char(now() AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD')"
    )
    with Courier(s, db):
        queue_code(db, holder)
        text = maildir.text_of(arrived(s, to))
    assert ADDRESS in text
    assert re.search(rf"Asked for at: {made} \d\d:\d\d JST", text)
    assert "://" not in text
    assert "report it" in text


def test_R_MAIL_3_head_of_a_mail(s, db):
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
    assert mail["Subject"] == "【証明書サービス】利用者登録完了のお知らせ"
    assert mail["From"] == "証明書サービス <ca@koshin.example>"
    assert mail["To"] == to
    assert mail["Return-Path"] == "<ca@koshin.example>"
    assert mail.get_content_type() == "text/plain"
    assert mail["Date"].datetime.utcoffset().total_seconds() == 9 * 3600
    assert abs(mail["Date"].datetime.timestamp() - time.time()) < 60
    assert "山田 花子 様" in maildir.text_of(mail)
    assert wait_state(db, to, "sent")[2] == "250 2.0.0 kept"


def events(db, holder, user_id):
    """Each change that mails something, and what its mail must tell."""
    front, operator = "koshin_front", "koshin_operator"
    serial = rows.issue(db, holder)
    yield "issued", serial.hex()
    db.one(
        "SELECT koshin.revoke_certificate('op', %s, 'superseded')",
        serial,
        role=operator,
    )
    yield "revoked", serial.hex()
    until = int(time.time()) + 3600
    local = time.strftime("%H:%M", time.gmtime(until + 9 * 3600))
    db.one(
        "SELECT koshin.lock_account(%s, 1, to_timestamp(%s), false)",
        holder,
        until,
        role=front,
    )
    yield "locked", local
    db.one(
        "SELECT koshin.lock_account(%s, 3, NULL, true)", holder, role=front
    )
    yield "blocked", "does not end by itself"
    db.one(
        "SELECT koshin.lift_account('op', %s, 'asked')",
        user_id,
        role=operator,
    )
    yield "unlocked", "lifted"
    db.one(
        "SELECT koshin.set_password('op', %s, '$argon2id$y', false)",
        user_id,
        role=operator,
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
        role="koshin_operator",
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
            role="koshin_operator",
        )
        arrived(s, f"new{n}@example.jp")
        courier.wait_log("kind=email_changed", times=2)
        wait_no_mail(db)
    assert "mail-bad" not in courier.log
    assert courier.log.count("mail-sent") == 9


def wait_no_mail(db, timeout=10):
    """Until nothing waits any more."""
    give_up = time.monotonic() + timeout
    while db.one("SELECT count(*) FROM koshin.mail WHERE state = 'queued'"):
        assert time.monotonic() < give_up
        time.sleep(0.02)


def test_R_MAIL_2_every_kind_of_the_schema_has_its_texts():
    kinds = {"code"}
    for path in (ROOT / "db" / "schema").glob("*.sql"):
        kinds |= set(re.findall(r"notice\([a-z.]+, '(\w+)'", path.read_text()))
    assert {"issued", "locked", "email_changed"} <= kinds
    for language in ("ja", "en"):
        folder = ROOT / "mailer" / "templates" / language
        assert kinds <= {path.stem for path in folder.iterdir()}


def test_what_was_queued_before_it_started_goes_out(s, db):
    holder, to = new_holder(db)
    queue_notice(db, holder)
    with Courier(s, db):
        arrived(s, to)


def test_code_mails_go_first(s, db):
    holders = [new_holder(db)[0] for _ in range(30)]
    for holder in holders:
        queue_notice(db, holder)
    holder, to = new_holder(db)
    queue_code(db, holder)
    seen = maildir.mark(s.maildir)
    with Courier(s, db, connections=1):
        first = arrived(s, to, after=seen)
        maildir.wait_for_mail(s.maildir, to=to)
        ((order),) = [list(maildir.mails(s.maildir, after=seen))[0]]
    assert order["Message-ID"] == first["Message-ID"]


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
        st, attempts, answer = wait_state(db, to, "queued", attempts=1)
    assert "of_the_future" in answer


# -------------------------------------------------------------- failures


def test_F_48_relay_down_then_up(s, db):
    holder, to = new_holder(db)
    s.stop_smtp()
    with Courier(s, db) as courier:
        code = queue_code(db, holder)
        courier.wait_log("mail-later")
        st, attempts, answer = wait_state(db, to, "queued", attempts=1)
        assert "onnect" in answer
        s.start_smtp()
        assert maildir.code_of(arrived(s, to, timeout=15)) == code
        assert "mails go out again" in courier.log


def test_F_48_a_name_that_is_not_there(s, db):
    holder, to = new_holder(db)
    queue_notice(db, holder)
    with Courier(s, db, relay="smtp://nowhere.invalid:25"):
        _, _, answer = wait_state(db, to, "queued", timeout=15, attempts=1)
        # The row is let go when the attempt is over.
        give_up = time.monotonic() + 15
        while answer is None and time.monotonic() < give_up:
            time.sleep(0.1)
            answer = state(db, to)[2]
    assert answer is not None


def test_F_48_code_mail_dies_with_its_code(s, db):
    holder, to = new_holder(db)
    s.stop_smtp()
    with Courier(s, db):
        queue_code(db, holder, life_s=3)
        wait_state(db, to, "expired", timeout=15)
        s.start_smtp()
        time.sleep(3)
    assert count_to(s, to) == 0


def test_many_notices_do_not_grow_old_while_the_relay_is_down(s, db):
    holders = [new_holder(db) for _ in range(40)]
    s.stop_smtp()
    for holder, _ in holders:
        queue_notice(db, holder)
    with Courier(s, db) as courier:
        courier.wait_log("mail-later", times=3)
        tried = db.one("SELECT sum(attempts) FROM koshin.mail")
        assert tried < 20
        s.start_smtp()
        courier.wait_log("mail-sent", timeout=30, times=36)


@pytest.mark.parametrize("at", ["connect", "mail", "rcpt", "data", "dot"])
def test_F_49_later_at_each_verb(s, db, at):
    holder, to = new_holder(db)
    s.smtp_script(
        faults=[{"at": at, "do": "451 4.7.1 come later", "times": 1}]
    )
    with Courier(s, db) as courier:
        code = queue_code(db, holder)
        mail = arrived(s, to, timeout=8)
        assert maildir.code_of(mail) == code
        wait_state(db, to, "sent")
        assert "smtp=451" in courier.log
    assert count_to(s, to) == 1
    assert state(db, to)[1] == 2


@pytest.mark.parametrize("at", ["rcpt", "data", "dot"])
def test_F_50_refused_for_good(s, db, at):
    holder, to = new_holder(db)
    s.smtp_script(
        faults=[{"at": at, "do": "550 5.1.1 no such user here", "to": to}]
    )
    other, other_to = new_holder(db)
    with Courier(s, db):
        queue_notice(db, holder)
        wait_state(db, to, "failed")
        queue_notice(db, other)
        arrived(s, other_to)
    assert state(db, to) == ("failed", 1, "550 5.1.1 no such user here")


@pytest.mark.parametrize("at", ["connect", "ehlo", "mail", "rcpt", "data"])
def test_F_49_connection_lost_at_each_verb(s, db, at):
    holder, to = new_holder(db)
    s.smtp_script(faults=[{"at": at, "do": "close", "times": 1}])
    with Courier(s, db):
        code = queue_code(db, holder)
        assert maildir.code_of(arrived(s, to, timeout=8)) == code
        wait_state(db, to, "sent")
    assert count_to(s, to) == 1


def test_F_49_a_relay_that_knows_no_ehlo(s, db):
    """It is greeted by HELO, but not where TLS is demanded (F-53)."""
    holder, to = new_holder(db)
    s.smtp_script(faults=[{"at": "ehlo", "do": "502 5.5.1 what?"}])
    with Courier(s, db):
        queue_notice(db, holder)
        arrived(s, to)
    other, other_to = new_holder(db)
    with Courier(s, db, starttls=1) as courier:
        queue_notice(db, other)
        courier.wait_log("error courier relay")
        courier.wait_log("mail-later")
    assert count_to(s, other_to) == 0


@pytest.mark.parametrize("at", ["connect", "mail"])
def test_F_50_refused_before_a_recipient_is_trouble_of_ours(s, db, at):
    holder, to = new_holder(db)
    s.smtp_script(faults=[{"at": at, "do": "554 5.7.1 go away"}])
    with Courier(s, db) as courier:
        queue_code(db, holder)
        courier.wait_log("error courier relay")
        courier.wait_log("mail-later")
        wait_state(db, to, "queued", attempts=1)
        s.smtp_script()
        arrived(s, to, timeout=15)


def test_I_11_code_in_a_refusal_is_not_kept(s, db):
    holder, to = new_holder(db)
    nonce = os.urandom(16)
    code = code_of_nonce(nonce)
    s.smtp_script(
        faults=[{"at": "dot", "do": f"550 no: {code} in a mail"}]
    )
    with Courier(s, db) as courier:
        queue_code(db, holder, nonce=nonce)
        _, _, answer = wait_state(db, to, "failed")
    assert answer == "550 no: ****** in a mail"
    assert code not in courier.log


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


@pytest.mark.parametrize("kept", [True, False])
def test_F_51_F_20_closed_before_the_250(s, db, kept):
    holder, to = new_holder(db)
    s.smtp_script(
        faults=[{"at": "dot", "do": "close", "times": 1, "keep": kept}]
    )
    with Courier(s, db):
        code = queue_code(db, holder)
        wait_state(db, to, "sent")
    mails = list(maildir.mails(s.maildir, to=to))
    assert len(mails) == (2 if kept else 1)
    assert len({mail["Message-ID"] for mail in mails}) == 1
    assert {maildir.code_of(mail) for mail in mails} == {code}
    assert len({mail.as_bytes() for mail in mails}) == 1


def test_F_52_a_hanging_mail_does_not_hold_up_others(s, db):
    slow, slow_to = new_holder(db)
    s.smtp_script(
        faults=[{"at": "rcpt", "do": "hang", "to": slow_to, "times": 1}]
    )
    with Courier(s, db) as courier:
        queue_notice(db, slow)
        wait_state(db, slow_to, "queued", attempts=1)
        for _ in range(3):
            holder, to = new_holder(db)
            code = queue_code(db, holder)
            assert maildir.code_of(arrived(s, to, timeout=2)) == code
        # The hanging one ends by its own limit, and then gets through.
        courier.wait_log("mail-later", timeout=35)
        arrived(s, slow_to, timeout=15)
    assert count_to(s, slow_to) == 1


def test_F_54_codes_get_through_when_all_notices_hang(s, db):
    """Places are kept for code mails, for retries of them too."""
    slow = [new_holder(db) for _ in range(8)]
    code_to = "late@example.jp"
    s.smtp_script(
        faults=[
            {"at": "rcpt", "do": "hang", "to": to} for _, to in slow
        ]
        + [{"at": "rcpt", "do": "450 later", "to": code_to, "times": 1}]
    )
    with Courier(s, db) as courier:
        for holder, _ in slow:
            queue_notice(db, holder)
        time.sleep(1)
        for _ in range(3):
            holder, to = new_holder(db)
            code = queue_code(db, holder)
            assert maildir.code_of(arrived(s, to, timeout=2)) == code
        code = queue_code(db, rows.account(db, email=code_to))
        assert maildir.code_of(arrived(s, code_to, timeout=6)) == code
        assert courier.log.count("mail-sent") == 4
        cpu = courier.cpu_s()
        time.sleep(5)
        assert courier.cpu_s() - cpu <= 0.05, "looking again is cheap"


def test_F_52_a_relay_that_does_not_answer_the_farewell(s, db):
    """libcurl waits for the answer to QUIT; nobody else shall."""
    refused, refused_to = new_holder(db)
    with mute_at_farewell() as relay, Courier(s, db, relay=relay):
        queue_notice(db, refused)
        assert wait_state(db, refused_to, "failed", timeout=3)[2] == "550 no"


@contextlib.contextmanager
def mute_at_farewell():
    """Refuses all recipients and does not answer QUIT."""

    def talk(client):
        with contextlib.suppress(OSError), client.makefile("rwb", 0) as line:
            line.write(b"220 hello\r\n")
            for said in line:
                verb = said[:4].upper()
                if verb == b"RCPT":
                    line.write(b"550 no\r\n")
                elif verb != b"QUIT":
                    line.write(b"250 ok\r\n")

    def serve(listener):
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(
                    target=talk, args=(client,), daemon=True
                ).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"


def test_F_52_no_greeting_is_given_up_after_five_seconds(s, db):
    holder, to = new_holder(db)
    s.smtp_script(faults=[{"at": "connect", "do": "hang", "times": 1}])
    with Courier(s, db) as courier:
        queue_code(db, holder)
        courier.wait_log("mail-later", timeout=7)
        arrived(s, to, timeout=8)


def test_F_53_no_starttls_means_no_mail(s, db):
    holder, to = new_holder(db)
    with Courier(s, db, starttls=1, ca=certificate(s)) as courier:
        queue_notice(db, holder)
        courier.wait_log("error courier relay")
        _, _, answer = wait_state(db, to, "queued", attempts=1)
        time.sleep(1)
        assert count_to(s, to) == 0
        s.smtp_script(tls="starttls", require_tls=True)
        arrived(s, to, timeout=20)


def certificate(s):
    """That of the catcher, made if it was not needed so far."""
    s.smtp_script(tls="starttls")
    s.smtp_script()
    return s.smtp_certificate


def test_F_53_a_certificate_of_somebody_else(s, db):
    holder, to = new_holder(db)
    s.smtp_script(tls="starttls")
    with Courier(s, db, starttls=1) as courier:
        queue_notice(db, holder)
        courier.wait_log("error courier relay")
        courier.wait_log("mail-later")
    assert count_to(s, to) == 0


def test_F_53_a_certificate_for_another_name(s, db):
    holder, to = new_holder(db)
    s.smtp_script(tls="starttls")
    with at_another_address(s) as relay, Courier(
        s, db, starttls=1, ca=s.smtp_certificate, relay=relay
    ) as courier:
        queue_notice(db, holder)
        courier.wait_log("error courier relay")
        courier.wait_log("mail-later")
    assert count_to(s, to) == 0


@contextlib.contextmanager
def at_another_address(s):
    """The same relay, but its certificate has no 127.0.0.2."""
    with socket.create_server(("127.0.0.2", 0)) as listener:

        def pump(a, b):
            with contextlib.suppress(OSError):
                while data := a.recv(65536):
                    b.sendall(data)
            for end in (a, b):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    here, _ = listener.accept()
                    there = socket.create_connection(
                        (s.smtp_host, s.smtp_port)
                    )
                    for ends in ((here, there), (there, here)):
                        threading.Thread(
                            target=pump, args=ends, daemon=True
                        ).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"smtp://127.0.0.2:{listener.getsockname()[1]}"


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_login_over_tls(s, db, tls):
    holder, to = new_holder(db)
    login = {"user": "koshin", "password": "s3cret/word"}
    s.smtp_script(tls=tls, require_tls=tls == "starttls", **login)
    with Courier(
        s,
        db,
        scheme="smtps" if tls == "implicit" else "smtp",
        starttls=int(tls == "starttls"),
        ca=s.smtp_certificate,
        **login,
    ) as courier:
        code = queue_code(db, holder)
        assert maildir.code_of(arrived(s, to)) == code
    assert login["password"] not in courier.log


def test_wrong_login_is_trouble_and_nothing_is_lost(s, db):
    holder, to = new_holder(db)
    s.smtp_script(tls="starttls", user="koshin", password="right")
    with Courier(
        s, db, starttls=1, ca=s.smtp_certificate, user="koshin",
        password="wrong",
    ) as courier:
        queue_notice(db, holder)
        courier.wait_log("error courier relay")
        courier.wait_log("mail-later")
        wait_state(db, to, "queued", attempts=1)
    assert "wrong" not in courier.log


# ------------------------------------------------- several, and their ends


def test_F_55_two_couriers_send_each_mail_once(s, db):
    holders = [new_holder(db) for _ in range(60)]
    with Courier(s, db) as one, Courier(s, db) as two:
        for holder, _ in holders:
            queue_notice(db, holder)
        give_up = time.monotonic() + 20
        while db.one(
            "SELECT count(*) FROM koshin.mail WHERE state <> 'sent'"
        ):
            assert time.monotonic() < give_up, one.log + two.log
            time.sleep(0.05)
    for _, to in holders:
        assert count_to(s, to) == 1
    both = one.log.count("mail-sent"), two.log.count("mail-sent")
    assert sum(both) == 60
    assert min(both) > 0, both


def test_F_20_killed_in_the_middle(s, db):
    holder, to = new_holder(db)
    s.smtp_script(faults=[{"at": "dot", "do": "hang", "keep": True}])
    queue_code(db, holder)
    courier = Courier(s, db)
    arrived(s, to)
    courier.kill9()
    assert state(db, to)[:2] == ("queued", 1)
    s.smtp_script()
    with Courier(s, db):
        time.sleep(1)
        assert count_to(s, to) == 1, "its lease runs"
        db.do("UPDATE koshin.mail SET due_at = now(), lease_until = now()")
        db.do("NOTIFY koshin_mail")
        wait_state(db, to, "sent")
    mails = list(maildir.mails(s.maildir, to=to))
    assert len(mails) == 2
    assert len({mail["Message-ID"] for mail in mails}) == 1


def test_stopping_finishes_what_is_under_way(s, db):
    holders = [new_holder(db) for _ in range(100)]
    for holder, _ in holders:
        queue_notice(db, holder)
    courier = Courier(s, db)
    courier.wait_log("mail-sent", times=5)
    assert courier.stop() == 0
    time.sleep(0.2)
    for _, to in holders:
        sent = state(db, to)[0] == "sent"
        assert count_to(s, to) == int(sent)
    waiting = db.one(
        "SELECT count(*) FROM koshin.mail WHERE state = 'queued'"
        " AND due_at <= now()"
    )
    unsent = db.one(
        "SELECT count(*) FROM koshin.mail WHERE state <> 'sent'"
    )
    assert waiting == unsent, "nothing hangs in a lease"


def test_stopping_cuts_what_hangs_and_gives_it_back(s, db):
    holder, to = new_holder(db)
    s.smtp_script(faults=[{"at": "data", "do": "hang"}])
    courier = Courier(s, db)
    queue_notice(db, holder)
    wait_state(db, to, "queued", attempts=1)
    time.sleep(0.3)
    began = time.monotonic()
    assert courier.stop() == 0
    assert 1.5 < time.monotonic() - began < 3.5
    assert db.one(
        "SELECT due_at <= now() AND lease_until IS NULL FROM koshin.mail"
        " WHERE recipient = %s",
        to,
    )


def test_database_away_and_back(s, db):
    holder, to = new_holder(db)
    with Courier(s, db) as courier:
        s.stop_postgres()
        time.sleep(1)
        s.start_postgres()
        db.close()
        db._connections.clear()
        code = queue_code(db, holder)
        assert maildir.code_of(arrived(s, to, timeout=10)) == code
        assert courier.process.poll() is None


def test_database_away_while_a_mail_is_sent(s, db):
    """It was sent; when the database is back it hears so, and nobody sends
    it again."""
    holder, to = new_holder(db)
    with Courier(s, db) as courier:
        s.smtp_script(
            faults=[{"at": "data", "do": "451 4.0.0 later", "times": 1}]
        )
        queue_code(db, holder)
        arrived(s, to)
        seen = maildir.mark(s.maildir)
        other, other_to = new_holder(db)
        db.do(
            "CREATE FUNCTION koshin.slow() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN IF NEW.state = 'sent' THEN PERFORM pg_sleep(30);"
            " END IF; RETURN NEW; END $$"
        )
        db.do(
            "CREATE TRIGGER slow BEFORE UPDATE ON koshin.mail"
            " FOR EACH ROW EXECUTE FUNCTION koshin.slow()"
        )
        queue_notice(db, other)
        arrived(s, other_to, after=seen)
        time.sleep(0.3)
        s.kill9_postgres()
        time.sleep(0.5)
        s.start_postgres()
        db.close()
        db._connections.clear()
        db.do("DROP FUNCTION koshin.slow() CASCADE")
        wait_state(db, other_to, "sent", timeout=15)
        assert courier.process.poll() is None
    assert count_to(s, other_to) == 1


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
            "mail-sent", timeout=60, times=before + 50 * times
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
    assert took < 30
    if "asan" not in os.environ.get("MODE", ""):
        assert grown < 1024
