"""What a courier that was taken over can still do, and what it can not (T8):
it has the key of the codes and the database role of the courier. It reads
codes as their mails are sent, loses mails, and closes what has been open for
too long."""

import os
import signal

import pytest
from psycopg2 import errors

from koshin_tests.clients import requests
from koshin_tests.courier import code_of_nonce
from koshin_tests.database import connected
from koshin_tests.rows import RECORD_NOTHING, RESERVE, RESERVE_NOTHING


@pytest.fixture(scope="module")
def server(module_server):
    """Its own courier stands still: ours takes the mails."""
    running = module_server().start()
    pid = running.instance.pids()["courier"]
    os.kill(pid, signal.SIGSTOP)
    yield running
    os.kill(pid, signal.SIGCONT)


@pytest.fixture
def courier(server):
    """A cursor of the courier's role."""
    with connected(server.services, "koshin_courier", "koshin") as connection:
        yield connection.cursor()


def code_key(server):
    """As it has it in memory."""
    with open(os.path.join(server.folder, "secrets", "code.key")) as file:
        return bytes.fromhex(file.read())


def test_T8_it_has_the_code_and_not_the_password(server, courier):
    """What remains: it makes the code out of nonce and key, says that the mail
    was sent, and nobody gets it. Beside the password the code is a
    certificate, beside any other word it is nothing."""
    account = server.account()
    csr = requests.request()
    assert server.try_secret(account, account.password, csr).status == 401
    courier.execute("SELECT id, nonce FROM koshin.take_mails(99, 60, true)")
    ((mail, nonce),) = courier.fetchall()
    code = code_of_nonce(bytes(nonce), code_key(server))
    courier.execute(
        "SELECT koshin.settle_mails(ARRAY[%s]::bigint[], ARRAY['sent'],"
        " ARRAY[now()], ARRAY['250 ok'])", (mail,)
    )
    assert server.one("SELECT state FROM koshin.mail WHERE id = %s",
                      mail) == "sent"  # fmt: skip
    assert server.try_secret(account, code, csr).status == 401
    assert server.try_secret(account, "Wrong-Pw1" + code, csr).status == 401
    assert server.certificates_of(account) == 0
    whole = account.password + code
    assert server.try_secret(account, whole, csr).status == 200


def test_T8_a_mail_of_its_own_making_is_none(server, courier):
    """The outbox is written by events alone."""
    before = server.one("SELECT count(*) FROM koshin.mail")
    for sql in (
        "INSERT INTO koshin.mail (event_key, kind, recipient, locale,"
        " message_id) VALUES ('x', 'issued', 'x@example.jp', 'en', 'x')",
        "UPDATE koshin.mail SET recipient = 'x@example.jp'",
        "SELECT koshin.notice(1, 'issued', 'x')",
        "SELECT koshin.mail_code(1, 'x', now(), now(), '', 'x', 'x')",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            courier.execute(sql)
    assert server.one("SELECT count(*) FROM koshin.mail") == before


def test_T8_what_it_may_plan_is_bounded_by_the_clock_of_the_database(
    server, courier
):
    """It cannot tell everybody that his certificate has expired."""
    with pytest.raises(errors.InvalidParameterValue):
        courier.execute(
            "SELECT * FROM koshin.plan_notices(now() + interval '2 y',"
            " now() + interval '2 y', now() + interval '2 y', NULL, NULL,"
            " 1000, false)"
        )


def test_T8_R_MAIL_6_it_removes_no_mail_before_a_day_is_over(server, courier):
    """Nor the trail, ever."""
    account = server.account()
    server.try_secret(account, account.password, requests.request())
    count = "SELECT count(*) FROM koshin.mail"
    before = server.one(count)
    assert before > 0
    courier.execute("SELECT removed FROM koshin.remove_mails(1, 0, 100000)")
    assert courier.fetchone() == (0,)
    for days in 0, -1:
        with pytest.raises(errors.InvalidParameterValue):
            courier.execute(
                f"SELECT * FROM koshin.remove_mails({days}, 0, 100000)"
            )
    assert server.one(count) == before


NOT_ITS = [
    "SELECT nonce FROM koshin.mail",
    "SELECT code_digest FROM koshin.mail",
    "SELECT password_hash FROM koshin.account",
    "SELECT FROM koshin.contract",
    "SELECT FROM koshin.audit",
    "SELECT FROM koshin.session",
    "DELETE FROM koshin.mail",
    "SELECT FROM koshin.told",
    "DELETE FROM koshin.told",
    "UPDATE koshin.account SET locks = 0",
    "SELECT koshin.set_email('x', 'x', 'x@example.jp')",
    "SELECT koshin.lock_account(1, 1, now(), true)",
    RESERVE_NOTHING,
    RECORD_NOTHING,
    "SELECT koshin.withdraw_certificate('x', 'x', 'superseded')",
    "INSERT INTO koshin.revocation (serial) VALUES ('x')",
    "SELECT koshin.seal_audit(1, 'x', '{}', '{}')",
    "SELECT FROM koshin.turn FOR UPDATE",
    "SELECT FROM koshin.mail FOR UPDATE",
    "SELECT pg_advisory_lock(1)",
]


@pytest.mark.parametrize("sql", NOT_ITS)
def test_T8_what_the_courier_does_not_do_in_the_database(courier, sql):
    """It makes no certificate, ends none that is issued, changes nobody's
    address, reads neither passwords nor the trail, and stops nobody."""
    with pytest.raises(errors.InsufficientPrivilege):
        courier.execute(sql)


def test_T8_I_4_it_closes_only_what_is_over(server, courier):
    """A reservation in work stays, whatever it asks."""
    account = server.account()
    serial = bytes([7] * 20)
    with connected(server.services, "koshin_issuer", "koshin") as connection:
        at = connection.cursor()
        at.execute(
            RESERVE,
            (serial, account.row("id"), None, bytes(32), bytes([1] * 32),
             bytes(32), bytes(32), bytes(16), False),
        )  # fmt: skip
        assert at.fetchone() == (True,)
    courier.execute("SELECT koshin.close_abandoned(ARRAY[%s])",
                    (account.row("id"),))  # fmt: skip
    assert courier.fetchone() == (0,)
    assert server.one("SELECT state FROM koshin.certificate WHERE serial = %s",
                      serial) == "reserved"  # fmt: skip
