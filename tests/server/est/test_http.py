"""EST_030..048: the bytes of answers, against the whole server. What is done
to requests that are no good HTTP is in http/test_hostile.py."""

import base64
import re
import socket
import ssl
import time

import pytest

from koshin_tests.clients import raw, requests
from koshin_tests.clients.raw import PKCS10, basic, get, post

NOBODY = basic("nobody01", "Wrong-1234")
CHALLENGE = 'Basic realm="EST", charset="UTF-8"'
CSR = requests.request()


@pytest.fixture(scope="module")
def answers(koshin_server):
    """One answer of each kind."""
    account = koshin_server.account()
    csr = requests.request()
    code = koshin_server.step1(account, csr)
    secret = account.password + code
    ask = {
        "cacerts": get("cacerts"),
        "csrattrs": get("csrattrs"),
        "no authorization": post("simpleenroll", csr, PKCS10),
        "wrong": post("simpleenroll", csr, PKCS10, NOBODY),
        "bad request": post(
            "simpleenroll", b"0", PKCS10, basic(account.user, secret)
        ),
        "issued": post(
            "simpleenroll", csr, PKCS10, basic(account.user, secret)
        ),
        "window": post(
            "simpleenroll", csr, PKCS10,
            basic(account.user, account.password),
        ),
        "no path": get("nothing"),
        "no csrattrs": get("nothing/csrattrs"),
        "method": get("simpleenroll"),
        "media type": post("simpleenroll", csr),
        "no length": get("simpleenroll", method="POST"),
        "too large": get(
            "simpleenroll", "Content-Length: 65537\r\n", method="POST"
        ),
        "expectation": get("cacerts", "Expect: more\r\n"),
        "method unknown": get("cacerts", method="BREW"),
    }  # fmt: skip
    return {n: raw.ask(koshin_server, data) for n, data in ask.items()}


STATUS = {
    "cacerts": 200, "csrattrs": 200, "no authorization": 401, "wrong": 401,
    "bad request": 400, "issued": 200, "window": 403, "no path": 404,
    "no csrattrs": 404, "method": 405, "media type": 415, "no length": 411,
    "too large": 413, "expectation": 417, "method unknown": 501,
}  # fmt: skip
EACH = pytest.mark.parametrize("kind", STATUS)
EMPTY = ("no authorization", "no csrattrs", "expectation")


@EACH
def test_EST_030_the_status_line_has_a_version_and_a_reason(answers, kind):
    assert answers[kind].status == STATUS[kind]
    assert re.fullmatch(r"HTTP/1\.1 [0-9]{3} [A-Z][A-Za-z -]+",
                        answers[kind].line)  # fmt: skip


@EACH
def test_EST_031_field_names_have_the_classic_capitals(answers, kind):
    for name, _ in answers[kind].fields:
        assert name in (
            "Date", "Content-Type", "Content-Length", "WWW-Authenticate",
            "Content-Transfer-Encoding", "Cache-Control", "Connection",
            "Allow", "Accept", "Retry-After",
        )  # fmt: skip


@EACH
def test_EST_032_heads_are_short(answers, kind):
    assert len(answers[kind].fields) <= 12
    assert len(answers[kind].head) + 4 < 900
    assert all(len(line) <= 500 for line in answers[kind].head.split(b"\r\n"))


@EACH
def test_EST_033_the_length_is_said_and_nothing_is_chunked(answers, kind):
    assert answers[kind].field("Content-Length") == str(
        len(answers[kind].body)
    )
    assert answers[kind].field("Transfer-Encoding") is None


@EACH
def test_EST_044_the_date_is_that_of_now(answers, kind):
    date = answers[kind].field("Date")
    assert re.fullmatch(
        r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", date
    )
    at = time.mktime(time.strptime(date, "%a, %d %b %Y %H:%M:%S GMT"))
    assert abs(at - time.mktime(time.gmtime())) < 120


@EACH
def test_EST_046_EST_048_no_cookie_and_no_redirection(answers, kind):
    assert answers[kind].field("Set-Cookie") is None
    assert answers[kind].field("Location") is None
    assert answers[kind].status // 100 != 3


@EACH
def test_EST_211_EST_213_a_refusal_is_one_sentence_or_empty(answers, kind):
    answer = answers[kind]
    if answer.status == 200:
        return
    if kind in EMPTY:
        assert answer.body == b""
        return
    assert answer.field("Content-Type") == "text/plain; charset=utf-8"
    assert re.fullmatch(r"[^\n]{10,298}[.)]\n", answer.text)


def test_EST_047_no_store_except_for_what_everybody_may_have(answers):
    stored = [
        kind for kind, answer in answers.items()
        if answer.status in (200, 401, 403)
        and answer.field("Cache-Control") != "no-store"
    ]  # fmt: skip
    assert stored == ["cacerts", "csrattrs"]


def test_EST_102_EST_103_every_401_has_the_one_challenge(answers):
    for kind in ("no authorization", "wrong"):
        assert answers[kind].field("WWW-Authenticate") == CHALLENGE
        assert answers[kind].field("Connection") is None


def test_EST_104_the_first_401_is_empty(answers):
    assert answers["no authorization"].field("Content-Length") == "0"


def test_EST_066_405_says_what_is_allowed(koshin_server):
    for operation, allow in {
        "cacerts": "GET, HEAD", "csrattrs": "GET, HEAD",
        "simpleenroll": "POST", "simplereenroll": "POST",
    }.items():  # fmt: skip
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
            answer = raw.ask(
                koshin_server,
                get(operation, "Content-Length: 0\r\n", method=method),
                to_head=method == "HEAD",
            )
            if method in allow:
                assert answer.status in (200, 401, 415)
            else:
                assert answer.status == 405, (operation, method)
                assert answer.field("Allow") == allow


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW", "get"])
def test_EST_066_H_11_other_methods_are_refused(koshin_server, method):
    answer = raw.ask(koshin_server, get("cacerts", method=method))
    assert answer.status in (400, 405, 501)


@pytest.mark.parametrize("operation", ["cacerts", "csrattrs"])
def test_EST_067_head_is_get_without_the_body(koshin_server, operation):
    with raw.Connection(koshin_server) as c:
        full = c.ask(get(operation))
        short = c.ask(get(operation, method="HEAD"), to_head=True)
        again = c.ask(get(operation))  # nothing of a body came before it
    drop = ("Date",)
    assert [f for f in short.fields if f[0] not in drop] == [
        f for f in full.fields if f[0] not in drop
    ]
    assert again.body == full.body


# ------------------------------------------------------------ connections


def records(server, request):
    """How many TLS records of data the answer to `request` came in."""
    ctx = raw.context(server, "1.2")
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ctx.wrap_bio(incoming, outgoing, server_hostname="localhost")
    seen = b""
    with socket.create_connection(("127.0.0.1", server.port), 20) as sock:
        def step(what):
            nonlocal seen
            while True:
                try:
                    result = what()
                    sock.sendall(outgoing.read())
                    return result
                except ssl.SSLWantReadError:
                    sock.sendall(outgoing.read())
                    data = sock.recv(65536)
                    assert data
                    seen += data
                    incoming.write(data)

        step(tls.do_handshake)
        seen = b""
        tls.write(request)
        answer = b""
        while True:
            try:
                part = step(lambda: tls.read(65536))
            except ssl.SSLZeroReturnError:
                break
            if not part:
                break
            answer += part
    count, at = 0, 0
    while at < len(seen):
        count += seen[at] == 23
        at += 5 + int.from_bytes(seen[at + 3:at + 5], "big")
    return count, answer


@pytest.mark.parametrize("operation", ["cacerts", "nothing"])
def test_EST_034_head_and_body_are_one_tls_record(koshin_server, operation):
    count, answer = records(
        koshin_server, get(operation, "Connection: close\r\n")
    )
    assert answer.startswith(b"HTTP/1.1 ")
    assert count == 1


def test_EST_034_a_certificate_is_one_tls_record(koshin_server):
    account = koshin_server.account()
    csr = requests.request()
    code = koshin_server.step1(account, csr)
    count, answer = records(
        koshin_server,
        post("simpleenroll", csr, PKCS10, "Connection: close\r\n",
             basic(account.user, account.password + code)),
    )  # fmt: skip
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert count == 1


def test_EST_034_the_bag_stays_under_16_kib(koshin_server):
    assert len(raw.ask(koshin_server, get("cacerts")).body) < 16384


def test_EST_035_a_connection_is_kept_and_closed_on_demand(koshin_server):
    with raw.Connection(koshin_server) as c:
        for _ in range(3):
            assert c.ask(get("cacerts")).status == 200
        answer = c.ask(get("cacerts", "Connection: close\r\n"))
        assert (answer.status, answer.field("Connection")) == (200, "close")
        assert c.at_end()


def test_EST_036_libest_sends_line_ends_behind_each_body(koshin_server):
    """As libest does: line ends behind the body, then a new connection."""
    with raw.Connection(koshin_server) as c:
        close = "Connection: close\r\n"
        data = post("simpleenroll", CSR, PKCS10, NOBODY, close) + b"\r\n"
        assert c.ask(data).status == 401
        assert c.at_end()
    with raw.Connection(koshin_server) as c:
        assert c.ask(get("cacerts") + b"\r\n").status == 200
        assert c.ask(get("cacerts")).status == 200


def test_EST_037_a_chunked_request_is_enrolled(koshin_server):
    account = koshin_server.account()
    csr = requests.request()
    code = koshin_server.step1(account, csr)
    # 76 columns, as GlobalSign's client sends them.
    text = base64.b64encode(csr).decode()
    lines = "\r\n".join(text[i:i + 76] for i in range(0, len(text), 76))
    pieces = [lines[i:i + 50].encode() for i in range(0, len(lines), 50)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces)
    answer = raw.ask(
        koshin_server,
        get("simpleenroll", PKCS10, "Transfer-Encoding: chunked\r\n",
            basic(account.user, account.password + code), method="POST")
        + body + b"0\r\n\r\n",
    )  # fmt: skip
    assert answer.status == 200
    assert requests.certificate(answer.body)


def test_EST_105_the_body_is_read_before_the_first_401(koshin_server):
    """As Bouncy Castle and libest send it: in one go, and then they read."""
    filler = "A" * 60000
    with raw.Connection(koshin_server) as c:
        answer = c.ask(
            post("simpleenroll", filler, PKCS10, "Connection: close\r\n")
        )
        assert answer.status == 401
        assert c.at_end()


def test_EST_042_a_body_of_64_kib_is_read_and_one_more_is_413(koshin_server):
    body = "A" * 65536
    answer = raw.ask(koshin_server, post("simpleenroll", body, PKCS10, NOBODY))
    assert answer.status == 401
    with raw.Connection(koshin_server) as c:
        answer = c.ask(post("simpleenroll", body + "A", PKCS10, NOBODY))
        assert answer.status == 413
        assert answer.field("Connection") == "close"
        assert c.at_end()
