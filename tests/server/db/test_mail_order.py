"""Whoever ends several mails locks them in the order of their ids, so that two
who do it at once do not wait for each other in a ring."""

import concurrent.futures
import contextlib
import os

import pytest

from koshin_tests import rows
from koshin_tests.database import OWNER, connected


def notice(db, holder, serial, kind):
    return db.one(
        "INSERT INTO koshin.mail (event_key, kind, account, recipient, locale,"
        " message_id) VALUES (koshin.notice_event(%s, %s), %s, %s, 'x@y', 'ja',"
        " 'x') RETURNING id",
        kind, serial, kind, holder,
    )  # fmt: skip


def settle(at, holder, held, mails):
    at.execute(
        "SELECT koshin.settle_mails(%s, '{sent,sent}',"
        " ARRAY[now(), now()], '{ok,ok}')",
        (sorted(mails, reverse=True),),
    )


def renew(at, holder, held, mails):
    serial = os.urandom(20)
    at.execute(
        rows.RESERVE,
        (serial, holder, held, *(os.urandom(32) for _ in range(4)),
         os.urandom(16), False),
    )  # fmt: skip
    at.execute(rows.RECORD, (serial, b"der", os.urandom(32)))


def close(at, holder, held, mails):
    at.execute(
        "SELECT koshin.close_account('x', user_id)"
        " FROM koshin.account WHERE id = %s",
        (holder,),
    )


@contextlib.contextmanager
def locked(db, mail):
    with connected(db.services, OWNER, db.name) as connection:
        connection.autocommit = False
        connection.cursor().execute(
            "SELECT FROM koshin.mail WHERE id = %s FOR UPDATE", (mail,)
        )
        yield
        connection.rollback()


def wait_until_it_waits(db, connection, running):
    while not db.one(
        "SELECT wait_event_type = 'Lock' IS TRUE FROM pg_stat_activity"
        " WHERE pid = %s",
        connection.info.backend_pid,
    ):
        assert not running.done(), running.result()


@pytest.mark.parametrize("what", [settle, renew, close])
def test_F_39_mails_are_locked_in_the_order_of_their_ids(db, what):
    holder = rows.account(db)
    held = rows.issue(db, holder)
    # The first is behind the second by its event's name and by its place.
    low = notice(db, holder, held, "expires_30")
    high = notice(db, holder, held, "expires_10")
    db.do("UPDATE koshin.mail SET due_at = now() WHERE id = %s", low)
    with (
        concurrent.futures.ThreadPoolExecutor(1) as pool,
        connected(db.services, OWNER, db.name) as doing,
    ):
        with locked(db, low):
            running = pool.submit(
                what, doing.cursor(), holder, held, [low, high]
            )
            wait_until_it_waits(db, doing, running)
            assert db.rows(
                "SELECT id FROM koshin.mail WHERE id = %s"
                " FOR UPDATE SKIP LOCKED",
                high,
            ) == [(high,)]
        running.result()
    assert db.rows(
        "SELECT FROM koshin.mail WHERE id = ANY (%s) AND state = 'queued'",
        [low, high],
    ) == []
