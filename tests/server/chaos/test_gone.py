"""Clients who go away before they have their answer, between the two steps of
an enrollment and behind them: what was begun for them is there when they come
again, and nobody else gets it."""

import contextlib
import os
import signal
import socket
import struct
import time

import pytest

from koshin_tests.burst import enrollment
from koshin_tests.clients import requests
from koshin_tests.clients.raw import Connection
from koshin_tests.patience import until

FAILED = "Authentication failed.\n"


@pytest.fixture(scope="module")
def server(module_server):
    return module_server().start()


def reset(connection):
    """RST, so that what was not read is lost."""
    connection.sock.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    connection.close()


def sent(server, account, secret, csr):
    connection = Connection(server)
    connection.send(enrollment(account, secret, csr))
    return connection


@contextlib.contextmanager
def stopped_issuer(server):
    pid = server.instance.pids()["issuer"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def bound(server, account):
    """The code is spent for a request."""
    key = f"koshin:{{{account.user}}}:code"
    return server.redis("HSTRLEN", key, "csr") == "32"


def test_F_03_gone_before_the_answer_to_step_1_the_code_is_good(server):
    """Asked again within a minute there is the same answer and no second
    mail."""
    account, csr = server.account(), requests.request()
    since = account.mark()
    gone = sent(server, account, account.password, csr)
    account.mail(since, "one-time code")
    reset(gone)
    again = server.try_secret(account, account.password, csr)
    assert again.status == 401
    assert again.text.startswith("The one-time code mailed at ")
    code = account.code(since)
    assert len(account.mails(since, "one-time code")) == 1
    answer = server.try_secret(account, account.password + code, csr)
    assert answer.status == 200


def test_F_04_gone_when_the_code_was_spent_it_is_good_for_that_request(
    server,
):
    """The issuer stands still meanwhile: nothing is signed when the client
    goes. The same request finishes, another one is refused."""
    account, csr = server.account(), requests.request()
    secret = account.password + server.step1(account, csr)
    with stopped_issuer(server):
        gone = sent(server, account, secret, csr)
        until(lambda: bound(server, account))
        reset(gone)
        other = server.try_secret(account, secret, requests.request())
        assert (other.status, other.text) == (401, FAILED)
    assert server.until_200(account, secret, csr)
    assert server.certificates_of(account) == 1


def test_F_08_without_an_answer_it_is_repeated_at_another_instance(server):
    """Each 50 ms, while the first instance is still at it: never two
    certificates, never "code wrong"."""
    account, csr = server.account(), requests.request()
    secret = account.password + server.step1(account, csr)
    with server.twin() as twin, stopped_issuer(server):
        first = sent(server, account, secret, csr)
        until(lambda: bound(server, account))
        seen = []
        while 200 not in seen:
            answer = twin.try_secret(account, secret, csr)
            seen.append(answer.status)
            time.sleep(0.05)
        assert set(seen) <= {200, 202, 503}, seen
        reset(first)
    last = server.until_200(account, secret, csr)
    assert requests.der(last) == requests.der(answer)
    assert server.certificates_of(account) == 1
