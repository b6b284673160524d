"""The courier with a relay that fails on purpose: F-48 to F-54, R-MAIL-4."""

import contextlib
import os
import socket
import threading
import time

import maildir
import pytest

from koshin_tests import rows
from koshin_tests.courier import Courier, code_of_nonce
from koshin_tests.mail import (
    arrived, count_to, new_holder, queue_code, queue_notice, state, wait_state,
)
from koshin_tests.patience import PATIENCE_S, until


def test_F_48_relay_down_then_up(s, db):
    """The relay is stopped and refuses connections, then started: the mail
    goes out by itself, and the log says when that trouble began and ended."""
    holder, to = new_holder(db)
    s.stop_smtp()
    with Courier(s, db) as courier:
        code = queue_code(db, holder)
        courier.wait_log("mail-later")
        wait_state(db, to, "queued", attempts=1)
        # The row is let go when the attempt is over.
        assert "onnect" in until(lambda: state(db, to)[2])
        s.start_smtp()
        assert maildir.code_of(arrived(s, to)) == code
        courier.wait_log("mails go out again")


def test_F_48_a_name_that_is_not_there(s, db):
    holder, to = new_holder(db)
    queue_notice(db, holder)
    with Courier(s, db, relay="smtp://nowhere.invalid:25"):
        wait_state(db, to, "queued", attempts=1)
        # The row is let go when the attempt is over.
        until(lambda: state(db, to)[2])


def test_F_48_code_mail_dies_with_its_code(s, db):
    """The relay is stopped for longer than the code lives: a mail with a dead
    code would only bring the holder's failures."""
    holder, to = new_holder(db)
    s.stop_smtp()
    with Courier(s, db):
        queue_code(db, holder, life_s=3)
        wait_state(db, to, "expired")
        s.start_smtp()
        time.sleep(3)
    assert count_to(s, to) == 0


def test_many_notices_do_not_grow_old_while_the_relay_is_down(s, db):
    """The relay is stopped while forty notices wait: only a few of them try
    it, or each would have used up its attempts when it is back."""
    holders = [new_holder(db) for _ in range(40)]
    s.stop_smtp()
    for holder, _ in holders:
        queue_notice(db, holder)
    with Courier(s, db) as courier:
        courier.wait_log("mail-later", times=3)
        tried = db.one("SELECT sum(attempts) FROM koshin.mail")
        assert tried < 20
        s.start_smtp()
        courier.wait_log("mail-sent", times=36)


@pytest.mark.parametrize("at", ["connect", "mail", "rcpt", "data", "dot"])
def test_F_49_later_at_each_verb(s, db, at):
    """The relay says 451 once, at each verb in turn: a mail that is refused
    for now is tried again, and arrives once."""
    holder, to = new_holder(db)
    s.smtp_script(
        faults=[{"at": at, "do": "451 4.7.1 come later", "times": 1}]
    )
    with Courier(s, db) as courier:
        code = queue_code(db, holder)
        mail = arrived(s, to)
        assert maildir.code_of(mail) == code
        wait_state(db, to, "sent")
        assert "smtp=451" in courier.log
    assert count_to(s, to) == 1
    assert state(db, to)[1] == 2


@pytest.mark.parametrize("at", ["rcpt", "data", "dot"])
def test_F_50_refused_for_good(s, db, at):
    """The relay says 550, at each verb that speaks of one mail: that mail is
    over, the operator sees why, and the next one goes out."""
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
    """The relay closes once, at each verb before the mail is whole: nobody has
    it then, and so it is sent again, and arrives once."""
    holder, to = new_holder(db)
    s.smtp_script(faults=[{"at": at, "do": "close", "times": 1}])
    with Courier(s, db):
        code = queue_code(db, holder)
        assert maildir.code_of(arrived(s, to)) == code
        wait_state(db, to, "sent")
    assert count_to(s, to) == 1


def test_F_49_a_relay_that_knows_no_ehlo(s, db):
    """The relay says 502 to EHLO: it is greeted by HELO, but not where TLS is
    demanded, which can only be had by EHLO (F-53)."""
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
    """The relay says 554 before it has heard for whom the mail is: that is a
    matter between relay and us, and no mail may be given up for it."""
    holder, to = new_holder(db)
    s.smtp_script(faults=[{"at": at, "do": "554 5.7.1 go away"}])
    with Courier(s, db) as courier:
        queue_code(db, holder)
        courier.wait_log("error courier relay")
        courier.wait_log("mail-later")
        wait_state(db, to, "queued", attempts=1)
        s.smtp_script()
        arrived(s, to)


def test_I_11_code_in_a_refusal_is_not_kept(s, db):
    """The relay quotes the code in its 550, as filters quote a mail: what it
    says is kept for the operator, who may not see codes."""
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


@pytest.mark.parametrize("kept", [True, False])
def test_F_51_F_20_closed_before_the_250(s, db, kept):
    """The relay closes behind the last dot, having kept the mail or not:
    nobody can know which, so it goes again, the same to the byte."""
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
    """The relay hangs at one recipient: others have connections of their own,
    and the one that hangs ends by its own limit."""
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
            assert maildir.code_of(arrived(s, to)) == code
        assert "mail-later" not in courier.log, "it hangs still"
        # The hanging one ends by its own limit, and then gets through.
        courier.wait_log("mail-later")
        arrived(s, slow_to)
    assert count_to(s, slow_to) == 1


def test_F_54_codes_get_through_when_all_notices_hang(s, db):
    """The relay hangs at eight notices, all the connections there are but
    those kept for codes: a holder who waits for his code shall not wait for
    them."""
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
            assert maildir.code_of(arrived(s, to)) == code
        code = queue_code(db, rows.account(db, email=code_to))
        assert maildir.code_of(arrived(s, code_to)) == code
        assert courier.log.count("mail-sent") == 4
        cpu = courier.cpu_s()
        time.sleep(5)
        assert courier.cpu_s() - cpu <= 0.05, "looking again is cheap"


def test_F_52_a_relay_that_does_not_answer_the_farewell(s, db):
    """A relay of our own refuses the mail and is silent at QUIT, whose answer
    libcurl waits for: nobody else shall."""
    refused, refused_to = new_holder(db)
    with mute_at_farewell() as relay, Courier(s, db, relay=relay) as courier:
        queue_notice(db, refused)
        assert wait_state(db, refused_to, "failed")[2] == "550 no"
        courier.wait_log("mail-failed")
        assert courier.longest_ms("mail-failed") < 5000  # CONNECT_MS


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
    """The relay takes the connection and says nothing: five seconds by the
    courier's own clock, for the 30 of a mail would be the holder's."""
    holder, to = new_holder(db)
    s.smtp_script(faults=[{"at": "connect", "do": "hang", "times": 1}])
    with Courier(s, db) as courier:
        queue_code(db, holder)
        courier.wait_log("mail-later")
        # Not the 30 seconds of a mail.
        assert 4900 < courier.longest_ms("mail-later") < 20000
        arrived(s, to)


def test_F_53_no_starttls_means_no_mail(s, db):
    holder, to = new_holder(db)
    with Courier(s, db, starttls=1, ca=certificate(s)) as courier:
        queue_notice(db, holder)
        courier.wait_log("error courier relay")
        _, _, answer = wait_state(db, to, "queued", attempts=1)
        time.sleep(1)
        assert count_to(s, to) == 0
        s.smtp_script(tls="starttls", require_tls=True)
        arrived(s, to)


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
                        (s.smtp_host, s.smtp_port), PATIENCE_S
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
