"""kill -9 to the issuer while it puts one certificate in the place of another
(R-CERT-12): both or neither, and the same request makes an end of it."""

import contextlib
import os
import signal
import threading

import psycopg2
import pytest

from koshin_tests import promises
from koshin_tests.kill import short_lease, wait_children, wait_serves
from koshin_tests.patience import join, until
from koshin_tests.portal import Browser, der, opened, request


@pytest.fixture(scope="module")
def server(module_server):
    made = module_server(change=opened).start()
    short_lease(made)
    return made


WAITS = """SELECT pid FROM pg_stat_activity WHERE usename = 'koshin_issuer'
    AND wait_event_type = 'Lock'"""


def states(server, account):
    """Of its certificates, from the first: state, current, revoked for."""
    return server.rows(
        "SELECT c.state, c.current, r.reason FROM koshin.certificate c"
        " JOIN koshin.account a ON a.id = c.account"
        " LEFT JOIN koshin.revocation r USING (serial)"
        " WHERE a.user_id = %s ORDER BY c.reserved_at",
        account.user,
    )


@pytest.fixture
def gate(server):
    """Locks, which no test leaves behind for the next to wait for."""
    conninfo = server.services.pg_conninfo("postgres", "koshin")
    with contextlib.closing(psycopg2.connect(conninfo)) as made:
        yield made


@pytest.mark.parametrize("committed", [False, True])
def test_I_1_R_CERT_12_the_issuer_dies_between_reservation_and_record(
    server, gate, committed
):
    """`committed`: the database goes on without it."""
    account = server.account()
    browser = Browser(server)
    first = browser.show_code(browser.log_in(account), request()).json
    code, csr = browser.log_in(account, replace=True), request()
    browser.patient = False
    # What is signed waits before the old one's revocation.
    gate.cursor().execute("LOCK koshin.revocation IN EXCLUSIVE MODE")
    asking = threading.Thread(target=browser.show_code, args=(code, csr))
    asking.start()
    until(lambda: server.rows(WAITS))
    working = [pid for (pid,) in server.rows(WAITS)]
    os.kill(wait_children(server)["issuer"], signal.SIGKILL)
    if not committed:
        server.rows(f"SELECT pg_terminate_backend(pid) FROM ({WAITS}) x")
    gate.rollback()
    gate.close()
    join(asking)
    # What goes on without it is at its end when its backend is.
    until(lambda: server.rows(
        "SELECT FROM pg_stat_activity WHERE pid = ANY (%s)", working
    ) == [])  # fmt: skip
    before = states(server, account)
    old = [("issued", True, None)]
    if committed:
        assert before == [
            ("issued", False, "superseded"), ("issued", True, None),
        ]  # fmt: skip
    else:
        assert before in (
            old + [("reserved", False, None)],
            old + [("abandoned", False, "abandoned")],
        )

    wait_children(server)
    wait_serves(server)
    got = []

    def again():
        answer = browser.show_code(code, csr)
        assert answer.status in (200, 409, 503), answer.body
        got.append(answer)
        return answer.status == 200

    until(again, lambda: got[-1].body)
    after = states(server, account)
    assert after[0] == ("issued", False, "superseded")
    assert after[-1] == ("issued", True, None)
    assert len(after) == (2 if committed else 3)
    delivered = [der(a["certificate"]) for a in (first, got[-1].json)]
    assert promises.wrongs(server, delivered) == []
