"""Several couriers, couriers that are stopped or killed, and a database that
goes away: F-20, F-55, I-10."""

import time

import maildir

from koshin_tests.courier import Courier
from koshin_tests.mail import (
    arrived, count_to, new_holder, queue_code, queue_notice, state, wait_state,
)
from koshin_tests.patience import PATIENCE_S


def test_F_55_two_couriers_send_each_mail_once(s, db):
    holders = [new_holder(db) for _ in range(60)]
    with Courier(s, db) as one, Courier(s, db) as two:
        for holder, _ in holders:
            queue_notice(db, holder)
        give_up = time.monotonic() + PATIENCE_S
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
    """The relay takes the mail and hangs before its 250, then SIGKILL: nobody
    can know whether it went, so it goes again, with the same Message-ID."""
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
    """The relay hangs inside a mail when the courier is told to stop: it must
    end all the same, and leave the row for the next one without a lease."""
    holder, to = new_holder(db)
    s.smtp_script(faults=[{"at": "data", "do": "hang"}])
    courier = Courier(s, db)
    queue_notice(db, holder)
    wait_state(db, to, "queued", attempts=1)
    time.sleep(0.3)
    began = time.monotonic()
    assert courier.stop() == 0
    # It is given some time, but not the 30 seconds of a mail.
    assert 1.5 < time.monotonic() - began < 20
    assert db.one(
        "SELECT due_at <= now() AND lease_until IS NULL FROM koshin.mail"
        " WHERE recipient = %s",
        to,
    )


def test_database_away_and_back(s, db):
    """PostgreSQL is stopped under an idle courier and started again: nothing
    tells it that mails wait but its own next connection."""
    holder, to = new_holder(db)
    with Courier(s, db) as courier:
        s.stop_postgres()
        time.sleep(1)
        s.start_postgres()
        db.close()
        db._connections.clear()
        code = queue_code(db, holder)
        assert maildir.code_of(arrived(s, to)) == code
        assert courier.process.poll() is None


def test_database_away_while_a_mail_is_sent(s, db):
    """A trigger holds the row's end up for 30 s and PostgreSQL gets SIGKILL
    then: the mail was sent, and when the database is back it hears so,
    once."""
    holder, to = new_holder(db)
    with Courier(s, db) as courier:
        db.do(
            "CREATE FUNCTION koshin.slow() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN IF NEW.state = 'sent' THEN PERFORM pg_sleep(30);"
            " END IF; RETURN NEW; END $$"
        )
        db.do(
            "CREATE TRIGGER slow BEFORE UPDATE ON koshin.mail"
            " FOR EACH ROW EXECUTE FUNCTION koshin.slow()"
        )
        queue_notice(db, holder)
        arrived(s, to)
        time.sleep(0.3)
        s.kill9_postgres()
        time.sleep(0.5)
        s.start_postgres()
        db.close()
        db._connections.clear()
        db.do("DROP FUNCTION koshin.slow() CASCADE")
        wait_state(db, to, "sent")
        assert courier.process.poll() is None
    assert count_to(s, to) == 1
