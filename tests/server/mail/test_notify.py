"""NOTIFY wakes the courier, and is a hint: any role may send one, and one may
be lost. What is done says the outbox."""

import threading

from koshin_tests.courier import Courier
from koshin_tests.database import connected
from koshin_tests.mail import (
    arrived, count_to, new_holder, queue_code, queue_notice, wait_state,
)
from koshin_tests.patience import join

FORGED = "NOTIFY koshin_mail, '{\"id\": 1, \"recipient\": \"evil@example.com\"}'"


def outbox(db):
    return db.rows("SELECT * FROM koshin.mail ORDER BY id")


def test_T8_a_forged_notify_sends_nothing(s, db):
    """By a role that has no right on the outbox, while one mail is not due
    and another is somebody else's: neither is touched, and what is due next
    goes out as ever."""
    holder, later = new_holder(db)
    queue_notice(db, holder, "registered")
    holder, taken = new_holder(db)
    queue_notice(db, holder, "registered")
    db.do("UPDATE koshin.mail SET due_at = now() + '1 h' WHERE recipient = %s",
          later)  # fmt: skip
    db.do("UPDATE koshin.mail SET lease_until = now() + '1 h',"
          " due_at = now() + '1 h', attempts = 1 WHERE recipient = %s",
          taken)  # fmt: skip
    before = outbox(db)
    with Courier(s, db) as courier:
        for _ in range(50):
            db.do(FORGED, role="koshin_front")
        # It has looked: what came behind them is sent.
        holder, to = new_holder(db)
        queue_code(db, holder)
        arrived(s, to)
        wait_state(db, to, "sent")
        assert outbox(db)[: len(before)] == before
        assert count_to(s, later) == count_to(s, taken) == 0
        assert "evil@" not in courier.log


def test_T8_a_flood_of_notifies_holds_up_no_code(s, db):
    """Three connections send them as fast as they can."""
    over = threading.Event()

    def flood():
        with connected(s, "koshin_sealer", db.name) as connection:
            at = connection.cursor()
            while not over.is_set():
                at.execute("NOTIFY koshin_mail")

    threads = [threading.Thread(target=flood) for _ in range(3)]
    with Courier(s, db):
        for thread in threads:
            thread.start()
        try:
            for _ in range(3):
                holder, to = new_holder(db)
                queue_code(db, holder)
                arrived(s, to)
                assert wait_state(db, to, "sent")
                assert count_to(s, to) == 1
        finally:
            over.set()
            join(*threads)


def test_F_54_without_any_notify_a_mail_goes_out(s, db):
    """The trigger that rings is off: the courier looks by itself."""
    db.do("ALTER TABLE koshin.mail DISABLE TRIGGER mail_rings")
    try:
        with Courier(s, db) as courier:
            # What it finds at its start is no proof.
            holder, to = new_holder(db)
            queue_code(db, holder)
            db.do("NOTIFY koshin_mail")
            courier.wait_log("mail-sent")
            holder, to = new_holder(db)
            queue_code(db, holder)
            arrived(s, to)
    finally:
        db.do("ALTER TABLE koshin.mail ENABLE TRIGGER mail_rings")
