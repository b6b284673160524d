"""What the mail catcher kept, in a browser: the page of `make run` by which a
person reads his codes. Mails come from strangers, so all of them is text."""

import email.message
import http.client
import smtplib

import mail_page
import pytest
import services

from koshin_tests import looks
from koshin_tests.browser import Browser
from koshin_tests.patience import PATIENCE_S, until
from koshin_tests.place import ROOT

MARKUP = "<script>document.title = 'x'</script><img src=x onerror=alert(1)>&amp;"


@pytest.fixture(scope="module")
def s():
    with services.temporary() as running:
        yield running


@pytest.fixture
def url(s):
    with mail_page.served(s.maildir, 0) as made:
        yield made


def send(s, subject, text, to="hanako@example.jp", subtype="plain"):
    mail = email.message.EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ca@example.jp", to, subject
    mail.set_content(text, subtype=subtype)
    with smtplib.SMTP("localhost", s.smtp_port, timeout=PATIENCE_S) as client:
        client.send_message(mail)


def ask(url, path="/", **fields):
    host = url.removeprefix("http://").rstrip("/")
    line = http.client.HTTPConnection(host, timeout=PATIENCE_S)
    line.request("GET", path, headers=fields)
    got = line.getresponse()
    answer = got.status, got.read().decode(), got.headers
    line.close()
    return answer


def test_it_shows_text_the_newest_first_and_comes_by_itself(s, url, tmp_path):
    send(s, "一通目", "コード\n\n012345\n")
    with Browser(tmp_path / "home") as browser:
        browser.open(url)
        assert browser.wait("strong").text == "012345"
        assert "hanako@example.jp" in browser.wait(".who").text
        send(s, f"2 {MARKUP}", MARKUP)
        send(s, "3", f"<p>{MARKUP}</p>", subtype="html")
        until(lambda: browser.driver.title.startswith("3 "))
        heads, texts = ([one.text for one in browser.seen(kind)]
                        for kind in ("h2", "pre"))  # fmt: skip
        assert heads == ["3", f"2 {MARKUP}", "一通目"]
        assert texts[0] == f"<p>{MARKUP}</p>" and texts[1] == MARKUP
        assert browser.seen("article script, article img") == []
        looks.right(browser, "mails")
        assert browser.complaints() == []


def test_pages_of_others_read_nothing_there(url):
    """Names of theirs may lead to loopback, too (DNS rebinding)."""
    assert ask(url, Host="mails.attacker.example")[0] == 421
    status, _, fields = ask(url)
    assert status == 200
    assert "frame-ancestors 'none'" in fields["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in fields
    assert ask(url, "/new/x")[0] == 404


def test_it_is_nothing_that_is_installed():
    """Neither does any program, setting or unit of Koshin name it."""
    makefile = (ROOT / "Makefile").read_text()
    install = makefile[makefile.index("\ninstall:") :].partition("\n\n")[0]
    assert "koshin-courier" in install
    assert "deploy/local" not in install and "mail_page" not in install
    for folder in ("config", "serve", "portal", "http", "deploy/systemd"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix != ".png":
                assert b"mail_page" not in path.read_bytes(), path
