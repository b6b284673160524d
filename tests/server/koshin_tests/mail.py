"""mail - rows in the outbox, and what became of them."""

import datetime
import os
import zoneinfo

import maildir

from koshin_tests import rows
from koshin_tests.courier import code_of_nonce
from koshin_tests.patience import PATIENCE_S, until

ADDRESS = "192.0.2.17"
TOKYO = zoneinfo.ZoneInfo("Asia/Tokyo")
SECOND = datetime.timedelta(seconds=1)


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
        role="koshin_auth",
    )
    return code_of_nonce(nonce)


def queue_notice(db, holder, kind="unlocked", event=None):
    event = event or f"{kind}:{holder}:{next(rows.numbers)}"
    assert db.one("SELECT koshin.notice(%s, %s, %s)", holder, kind, event)


def arrived(s, to, after=""):
    return maildir.wait_for_mail(
        s.maildir, timeout=PATIENCE_S, to=to, after=after
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


def wait_state(db, to, wanted, attempts=0):
    def reached():
        seen = state(db, to)
        return seen if seen[0] == wanted and seen[1] >= attempts else None

    return until(reached, lambda: state(db, to))


def midnight(days=0):
    """Of the day so many days from now."""
    day = datetime.datetime.now(TOKYO).date() + datetime.timedelta(days=days)
    return datetime.datetime.combine(day, datetime.time(), TOKYO)


def last_second(days):
    return midnight(days + 1) - SECOND
