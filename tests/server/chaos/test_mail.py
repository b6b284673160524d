"""Five hundred events, a mail server that fails in every way it can, and
couriers that are killed: each event ends as a mail that has arrived, or in the
operator's list (I-10, R-MAIL-4, F-20, F-48 to F-52, F-55).

KOSHIN_SEED=N plays the same game again, as far as the clock lets it."""

import os
import random
import threading
import time

import maildir
import pytest

from koshin_tests.courier import Courier
from koshin_tests.database import Database
from koshin_tests.mail import new_holder, queue_code, queue_notice
from koshin_tests.patience import join, until

EVENTS = 500
CODES = 50
COURIERS = 3
STORM_S = 25
KINDS = ("unlocked", "name_changed", "password_changed", "email_changed")
QUICK = {"retry_first_s": 1, "retry_last_s": 2, "connections": 8}

LATER = "451 4.7.1 come later"
NEVER = "550 5.1.1 no such user here"


@pytest.fixture
def db(desk):
    database = Database(desk.services, "koshin", new=False)
    database.do("DELETE FROM koshin.mail")
    yield database
    database.do("DELETE FROM koshin.mail")
    database.close()
    desk.services.smtp_script()
    desk.services.start()


class Storm:
    """The mail server's moods and the killings, each in a thread."""

    def __init__(self, services, db, chance):
        self.services = services
        self.chance = chance
        self.start = lambda: Courier(services, db, **QUICK)
        self.couriers = [self.start() for _ in range(COURIERS)]
        self.kills = 0
        self.wrong = []
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._guarded, args=(what, seed))
            for what, seed in (
                (self._moods, chance.random()),
                (self._killings, chance.random()),
            )
        ]
        for thread in self._threads:
            thread.start()

    def end(self):
        """Quiet again; all couriers die at once, as by a power cut."""
        self._over.set()
        join(*self._threads)
        for courier in self.couriers:
            courier.kill9()
        self.services.smtp_script()
        self.services.start_smtp()
        assert not self.wrong, self.wrong

    def _guarded(self, what, seed):
        try:
            what(random.Random(seed))
        except Exception as error:  # noqa: BLE001  (told by end())
            self.wrong.append(error)

    def _moods(self, chance):
        while not self._over.wait(chance.uniform(0.2, 0.8)):
            if chance.random() < 0.1:
                self.services.stop_smtp()
                self._over.wait(chance.uniform(0.1, 1))
                self.services.start_smtp()
            else:
                self.services.smtp_script(faults=faults(chance))

    def _killings(self, chance):
        while not self._over.wait(chance.uniform(0.3, 1.2)):
            victim = chance.randrange(COURIERS)
            self.couriers[victim].kill9()
            self.kills += 1
            self._over.wait(chance.uniform(0, 0.5))
            self.couriers[victim] = self.start()


def faults(chance):
    """A few that strike a few times each."""
    made = []
    for _ in range(chance.randrange(4)):
        at = chance.choice(["connect", "ehlo", "mail", "rcpt", "data", "dot"])
        do = chance.choices([LATER, "close", "hang", NEVER], (8, 8, 1, 3))[0]
        fault = {"at": at, "do": do, "times": chance.randrange(1, 12)}
        # What was refused for good and kept all the same proves nothing.
        if at == "dot" and do != NEVER:
            fault["keep"] = chance.random() < 0.5
        made.append(fault)
    return made


def make_events(db, chance):
    """Spread over the storm; addresses are the events' names."""
    what = ["code"] * CODES + ["notice"] * (EVENTS - CODES)
    chance.shuffle(what)
    codes = {}
    for kind in what:
        holder, to = new_holder(db)
        if kind == "code":
            codes[to] = queue_code(db, holder)
        else:
            queue_notice(db, holder, chance.choice(KINDS))
        time.sleep(chance.uniform(0, 2 * STORM_S / EVENTS))
    return codes


def wait_until_nothing_waits(db):
    """The leases of the dead run out in a moment instead of two minutes."""
    db.do("UPDATE koshin.mail SET due_at = now(), lease_until = NULL"
          " WHERE state = 'queued'")  # fmt: skip
    db.do("NOTIFY koshin_mail")
    until(
        lambda: not db.one(
            "SELECT count(*) FROM koshin.mail WHERE state = 'queued'"
        ),
        lambda: db.rows(
            "SELECT kind, attempts, last_answer FROM koshin.mail"
            " WHERE state = 'queued' LIMIT 5"
        ),
        patience_s=300,  # of retries, for relays that fail
    )


def copies(services, after):
    """Bytes of the mails to each address."""
    found = {}
    for mail in maildir.mails(services.maildir, after=after):
        found.setdefault(mail["Delivered-To"], []).append(mail)
    return found


def test_I_10_every_event_ends_as_a_mail_or_in_the_list(desk, db):
    seed = int(os.environ.get("KOSHIN_SEED", random.randrange(10**6)))
    print(f"KOSHIN_SEED={seed}")
    chance = random.Random(seed)
    seen = maildir.mark(desk.services.maildir)
    storm = Storm(desk.services, db, chance)
    try:
        codes = make_events(db, chance)
    finally:
        storm.end()
    with Courier(desk.services, db, **QUICK):
        wait_until_nothing_waits(db)

    listed = {
        row["recipient"]: row["last_answer"]
        for row in desk.json("mail", "list", "--failed")
    }
    arrived = copies(desk.services, seen)
    events = db.rows("SELECT recipient, state, message_id FROM koshin.mail")
    assert len(events) == EVENTS
    for to, state, message_id in events:
        mails = arrived.pop(to, [])
        if to in listed:
            assert state == "failed" and listed[to] == NEVER, to
        else:
            assert state == "sent" and mails, to
        assert len({mail.as_bytes() for mail in mails}) <= 1, to
        for mail in mails:
            assert mail["Message-ID"] == f"<{message_id}@koshin.example>"
            assert to not in codes or maildir.code_of(mail) == codes[to]
    assert arrived == {}, "mails that nobody asked for"
    total = len(list(maildir.mails(desk.services.maildir, after=seen)))
    print(f"{EVENTS} events, {storm.kills} killings: {total} mails, "
          f"{len(listed)} refused for good")
    assert storm.kills > 10
    assert len(listed) < EVENTS / 2
