"""What browsers say of our pages (CSP) is counted, and told in a bounded
way."""

import json
import re

import pytest

from koshin_tests import browser as browsers
from koshin_tests.patience import until
from koshin_tests.portal import Browser, opened

OURS = {
    "Sec-Fetch-Site": "same-origin",
    "Content-Type": "application/csp-report",
}
FLOOD = 300
REPORT = {
    "document-uri": "https://localhost/issue",
    "referrer": "",
    "violated-directive": "img-src",
    "effective-directive": "img-src",
    "original-policy": "default-src 'none'",
    "disposition": "enforce",
    "blocked-uri": "https://elsewhere.example/x.png",
    "status-code": 200,
    "script-sample": "",
}


@pytest.fixture
def server(new_server):
    return new_server(change=opened).start()


def send(server, report, headers=None):
    body = report if isinstance(report, bytes) else json.dumps(
        {"csp-report": report}
    ).encode()  # fmt: skip
    return Browser(server).ask("POST", "/reports", body, headers or OURS)


def lines(server, event="page-report"):
    return re.findall(rf" {event} (.*)", server.instance.log_text())


def told(server):
    """How many reports the log tells of, whatever the lines."""
    counts = [
        int(re.search(r"count=(\d+)", line)[1])
        for line in lines(server, "page-reports")
    ]
    return len(lines(server)) + sum(counts)


def test_R_WEB_a_violation_in_a_browser_is_in_the_log(server, tmp_path):
    with browsers.Browser(tmp_path / "home", trusts=[server.root]) as browser:
        browser.open(f"https://localhost:{server.portal_port}/")
        browser.wait("h1")
        assert browser.complaints() == []
        browser.run("const image = document.createElement('img');"
                    "image.src = 'https://elsewhere.example/x.png';"
                    "document.body.append(image);")  # fmt: skip
        (line,) = until(lambda: lines(server), server.instance.log_text)
        assert browsers.said() != []
    assert f'page="https://localhost:{server.portal_port}/"' in line or (
        f"page=https://localhost:{server.portal_port}/" in line
    )
    assert "directive=img-src" in line
    assert "blocked=https://elsewhere.example/x.png" in line


def test_R_WEB_a_flood_of_reports_fills_no_log(server):
    for number in range(FLOOD):
        longest = {**REPORT, "blocked-uri": "x" * 5000}
        assert send(server, longest if number % 2 else b"junk").status == 200
    size = len(server.instance.log_text())
    server.instance.stop()
    log = server.instance.log_text()
    # A line at once for each thread; the rest at the end, or after a minute.
    assert len(lines(server)) + len(lines(server, "page-reports")) < FLOOD / 10
    assert told(server) == FLOOD
    assert "operation=report" not in log
    assert size < FLOOD * 100


@pytest.mark.parametrize("body", [
    b"", b"{}", b"[]", b'{"csp-report":', b'{"csp-report":}',
    b'{"csp-report":{"document-uri":1}}', b'{"csp-report":{}}}',
    b'{"csp-report":{"document-uri":"\xff"}}', b"\x00" * 100,
    b'{"csp-report":' * 1000,
])  # fmt: skip
def test_J_04_what_cannot_be_read_is_counted(server, body):
    assert send(server, body).status == 200
    assert lines(server) == ["note=unread"]


def test_J_12_a_report_writes_no_lines_of_its_own(server):
    made = {**REPORT, "document-uri": "x\nforged\u2028\u001b[2J" + "y" * 900}
    assert send(server, made).status == 200
    (line,) = lines(server)
    assert len(line) < 1000 and "\x1b" not in line
    assert "directive=img-src" in line


@pytest.mark.parametrize("headers", [
    {}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"},
])  # fmt: skip
def test_J_01_nobody_else_reports(server, headers):
    assert send(server, REPORT, {**headers, "X": "y"}).status == 403
    assert Browser(server).get("/reports").status == 405
    assert Browser(server, host="evil.example").ask(
        "POST", "/reports", b"{}", OURS
    ).status == 421  # fmt: skip
    assert told(server) == 0
