"""What never becomes a request of the API is refused as a problem all the same,
so that a page can tell its reader."""

import http.client
import socket

import pytest

from koshin_tests.description import see_problem
from koshin_tests.patience import PATIENCE_S
from koshin_tests.portal import Answer, Browser, opened

POST = "POST /api/v1/issue/password HTTP/1.1\r\nHost: localhost\r\n"


def head(*fields, first="GET /api/v1/session HTTP/1.1", host=True):
    lines = [first, *(["Host: localhost"] if host else []), *fields, "", ""]
    return "\r\n".join(lines)


def post(*fields):
    return head(*fields, first="POST /api/v1/issue/password HTTP/1.1")


UNREAD = {
    head("X: y", "no field"): (400, "malformed"),
    head(host=False): (400, "malformed"),
    head("Host: other.example"): (400, "malformed"),
    post("Content-Length: 3", "Content-Length: 4"): (400, "malformed"),
    post(): (411, "malformed"),
    post("Content-Length: 70000"): (413, "too_large"),
    head(first=f"GET /api/v1/{'x' * 3000} HTTP/1.1"): (414, "too_large"),
    post("Content-Encoding: gzip", "Content-Length: 2"): (415, "media_type"),
    post("Expect: a miracle", "Content-Length: 2"): (417, "malformed"),
    head(*[f"X-{n}: {'y' * 900}" for n in range(10)]): (431, "too_large"),
    head(first="BREW /api/v1/session HTTP/1.1"): (501, "malformed"),
    post("Transfer-Encoding: gzip, chunked"): (501, "malformed"),
    head(first="GET /api/v1/session HTTP/3.0"): (505, "malformed"),
}


def impatient(settings):
    opened(settings)
    settings["est"]["body_time"] = "1s"


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=impatient).start()


@pytest.fixture
def browser(server):
    return Browser(server)


def told(server, browser, text):
    """The answer to these very bytes; the connection ends behind it."""
    with socket.create_connection(
        ("localhost", server.portal_port), timeout=PATIENCE_S
    ) as plain:
        with browser.tls.wrap_socket(plain, server_hostname="localhost") as s:
            s.sendall(text.encode())
            got = http.client.HTTPResponse(s)
            got.begin()
            answer = Answer(got.status, got.headers, got.read())
            assert s.recv(1) == b""
    see_problem(answer.status, answer.headers["Content-Type"], answer.body)
    return answer


@pytest.mark.parametrize("text", UNREAD, ids=lambda t: repr(t[-40:]))
def test_EST_042_what_is_no_request_is_a_problem(server, browser, text):
    got = told(server, browser, text)
    assert (got.status, got.code) == UNREAD[text]
    assert got.headers["Connection"] == "close"
    assert got.headers["Cache-Control"] == "no-store"
    assert got.headers["X-Content-Type-Options"] == "nosniff"


NO_FIELD = head("X: y", "no field")
LONG = post("Content-Length: 70000")


@pytest.mark.parametrize("text", [NO_FIELD, LONG], ids=["no field", "too large"])
def test_R_WEB_8_what_is_no_request_is_told_in_its_language(
    server, browser, text
):
    """As far as it was said before the fault; else in Japanese."""
    def detail(said):
        host = "Host: localhost\r\n"
        return told(
            server, browser, text.replace(host, host + said)
        ).json["detail"]

    japanese = detail("")
    english = detail("Accept-Language: en-US,en;q=0.9,ja;q=0.8\r\n")
    assert english.isascii() and not japanese.isascii()
    assert detail("accept-language: ja\r\n") == japanese
    assert detail("Accept-Language: fr\r\n") == japanese


def test_EST_043_what_does_not_come_in_time_is_a_problem(server, browser):
    got = told(server, browser, post("Content-Length: 2"))
    assert (got.status, got.code) == (408, "too_slow")


def test_J_04_a_body_of_5_MB_is_a_problem(server, browser):
    body = b"[" * 5_000_000
    got = told(server, browser, post(f"Content-Length: {len(body)}"))
    assert (got.status, got.code) == (413, "too_large")


@pytest.mark.parametrize("method, path, allowed", [
    ("POST", "/session", "GET, DELETE"),
    ("PUT", "/session", "GET, DELETE"),
    ("GET", "/issue/password", "POST"),
    ("DELETE", "/issue/certificate", "POST"),
])  # fmt: skip
def test_EST_066_a_wrong_method_is_a_problem(browser, method, path, allowed):
    got = browser.ask(method, f"/api/v1{path}", b"" if method != "GET" else None)
    assert (got.status, got.code) == (405, "wrong_method")
    assert got.headers["Allow"] == allowed


@pytest.mark.parametrize("field", [
    "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override",
])  # fmt: skip
def test_J_13_a_field_that_names_another_method_changes_nothing(
    server, browser, field
):
    """Neither does one in the query: it is read nowhere."""
    account = server.account()
    browser.log_in(account)
    for path in ("/api/v1/session", "/api/v1/session?_method=DELETE"):
        got = browser.ask("GET", path, headers={field: "DELETE"})
        assert got.json["user"] == account.user
    got = browser.ask("POST", "/api/v1/session", b"{}", {field: "DELETE"})
    assert got.status == 405
    assert browser.session()["user"] == account.user


def test_who_speaks_no_TLS_is_told_in_plain_words(server):
    line = http.client.HTTPConnection(
        "localhost", server.portal_port, timeout=PATIENCE_S
    )
    line.request("GET", "/")
    got = line.getresponse()
    assert (got.status, got.read()) == (
        400, b"This port speaks TLS; use https.\n",
    )  # fmt: skip
    line.close()
