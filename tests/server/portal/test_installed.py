"""[Is it installed?] of the result page: whoever shows the certificate in this
browser has it, the ledger says so, and nothing is kept for fetching it again
(R-CERT-12, R-CERT-8)."""

import re
import subprocess

import pytest
from selenium.webdriver.common.keys import Keys

from koshin_tests import looks
from koshin_tests.browser import Browser as Chromium, picking
from koshin_tests.patience import until
from koshin_tests.person import Person
from koshin_tests.portal import (
    MEMBER,
    Browser,
    Member,
    opened,
    opened_to_members,
    request,
)

NEW = "Zakura-55"
LABEL = f"r0123456789abcdef.{MEMBER}"


@pytest.fixture(scope="module")
def server(module_server):
    """No browser has had to report anything against its pages."""
    made = module_server(change=opened_to_members).start()
    yield made
    assert "page-report" not in made.instance.log_text()


@pytest.fixture(scope="module")
def unseen(server):
    """Somebody's that nobody may mark."""
    _, made = server.identity("general", "person")
    yield made
    assert not installed(server, serial_of(made))


def portal(server):
    return f"https://localhost:{server.portal_port}"


def ask(server, identity=None, origin=None, host=LABEL):
    member = Member(server, identity, host)
    return member.api("GET", "/installed", origin=origin or portal(server))


def installed(server, serial):
    return server.one(
        "SELECT installed_at IS NOT NULL FROM koshin.certificate"
        " WHERE serial = %s",
        bytes.fromhex(serial),
    )


def serial_of(identity):
    return f"{identity.certificate.serial_number:040x}"


# ----------------------------------------------------------------------- API


def test_R_CERT_12_what_is_shown_is_installed_when_it_is_told(server):
    _, identity = server.identity("general", "person")
    serial = serial_of(identity)
    assert not installed(server, serial)
    for _ in range(2):
        got = ask(server, identity)
        assert got.status == 200
        assert got.json == {"shown": "good", "serial": serial}
        assert got.headers["Set-Cookie"] is None
        assert installed(server, serial)
    assert server.one(
        "SELECT count(*) FROM koshin.audit WHERE action ="
        " 'certificate.installed' AND object = %s",
        f"certificate:{serial}",
    ) == 1  # fmt: skip


def test_T5_a_stranger_learns_nothing(server, tmp_path):
    """None, or whichever is not good here: the same word to all, and no byte of
    anybody's."""
    _, revoked = server.identity("general", "person")
    server.revoke(revoked.certificate)
    _, device = server.identity()
    key, path = tmp_path / "stranger.key", tmp_path / "stranger.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=stranger",
         "-keyout", key, "-out", path],
        check=True, capture_output=True,
    )  # fmt: skip
    stranger = type("Identity", (), {})()
    stranger.certificate_file, stranger.key_file = str(path), str(key)
    assert ask(server).json == {"shown": "none"}
    for identity in (stranger, revoked, device):
        assert ask(server, identity).json == {"shown": "other"}
    assert not installed(server, serial_of(device))


@pytest.mark.parametrize("origin", [
    None, "null", "https://evil.example", f"https://{MEMBER}",
    f"http://{MEMBER}:{{member}}", f"https://a.b.{MEMBER}:{{member}}",
    f"https://a_b.{MEMBER}:{{member}}", "https://localhost:{member}",
    "https://localhost:{portal}.evil.example", "https://localhost:{portal}/",
    "https://a.localhost:{portal}", "http://localhost:{portal}",
])  # fmt: skip
def test_J_01_no_other_site_asks_nor_reads(server, unseen, origin):
    if origin is not None:
        origin = origin.format(
            member=server.member_port, portal=server.portal_port
        )
    got = Member(server, unseen, LABEL).api("GET", "/installed", origin=origin)
    assert (got.status, got.code) == (403, "foreign_page")
    assert got.headers["Access-Control-Allow-Origin"] is None
    assert not installed(server, serial_of(unseen))


def test_J_01_our_own_sites_read_the_answer(server):
    """A renewal has the same page in the member area."""
    member = f"{MEMBER}:{server.member_port}"
    for origin in (
        portal(server), f"https://{member}", f"https://rabc.{member}"
    ):
        got = ask(server, origin=origin)
        assert got.headers["Access-Control-Allow-Origin"] == origin
        assert got.headers["Access-Control-Allow-Credentials"] == "true"
        assert got.headers["Vary"] == "Origin"


def test_J_13_it_is_of_the_name_of_its_connection(server):
    got = Member(server, host=LABEL, name=MEMBER).api(
        "GET", "/installed", origin=portal(server)
    )
    assert (got.status, got.code) == (421, "wrong_host")


def test_R_CERT_12_it_is_not_told_before_the_ledger_says_so(new_server):
    """Without it the page keeps key and file."""
    server = new_server(change=opened_to_members).start()
    _, identity = server.identity("general", "person")
    server.services.stop_postgres()
    member = Member(server, identity, LABEL)
    member.patient = False
    got = member.api("GET", "/installed", origin=portal(server))
    assert (got.status, got.code) == (503, "unavailable")
    server.services.start_postgres()
    assert ask(server, identity).status == 200
    assert installed(server, serial_of(identity))


def test_the_policy_of_pages_names_the_member_area_where_there_is_one(
    server, new_server
):
    def asked(site):
        policy = site.get("/").headers["Content-Security-Policy"]
        (found,) = [
            part for part in policy.split("; ")
            if part.startswith("connect-src")
        ]  # fmt: skip
        return found.split()[1:]

    there = f"https://*.{MEMBER}:{server.member_port}"
    assert asked(Browser(server)) == ["'self'", there]
    alone = new_server(change=opened).start()
    assert asked(Browser(alone)) == ["'self'"]
    browser, account = Browser(alone), alone.account()
    got = browser.show_code(browser.log_in(account), request())
    assert "member" not in got.json


# ------------------------------------------------------------------- browser


@pytest.fixture(scope="module")
def chooses():
    with picking():
        yield


@pytest.fixture
def window(server, chooses, tmp_path):
    """A store of certificates of its own."""
    with Chromium(tmp_path / "home", trusts=[server.root]) as made:
        yield made
        assert made.complaints() == []


@pytest.fixture
def person(server, window):
    return Person(server, window)


def check(window):
    window.find("#check").send_keys(Keys.ENTER)


def test_R_CERT_12_installed_between_the_issue_and_the_check(
    server, person, window
):
    """The browser has said *none* for a name before, and is asked anew."""
    file = person.issued()
    serial = window.find("#serial").text.replace(" ", "")
    check(window)
    said = window.wait("#check-said")
    assert "まだインポートされていません" in said.text
    assert window.focused == said
    looks.at(window, "issue#result not installed")
    assert person.remembered() and person.session() == "issued"
    assert not installed(server, serial)

    window.imports(file, person.account.password)
    check(window)
    window.wait("#installed")
    assert "インポートが完了しました" in window.find("#file-note").text
    assert window.focused == window.find("#file-head")
    assert window.seen("#import") == []
    looks.at(window, "issue#result installed")
    assert installed(server, serial)
    until(lambda: person.session() == "nothing")
    assert not person.remembered()
    assert Browser(server).show_password(person.account).json.get(
        "replace_until"
    ) is None  # fmt: skip

    window.find("#installed-login").send_keys(Keys.ENTER)
    window.wait("#login-page")
    assert re.fullmatch(
        rf"https://r[0-9a-f]{{16}}\.{MEMBER}:{server.member_port}/",
        window.driver.current_url,
    )


def test_R_CERT_12_who_came_by_the_registration_is_told_too(server, window):
    """The page of who has registered just now goes on to the same result, and
    stays at it when the import is done."""
    account = server.account(temporary=True)
    person, since = Person(server, window, account), account.before_code()
    window.open(person.url + "/first")
    for field, typed in (("#user", account.user),
                         ("#temporary", account.password)):  # fmt: skip
        window.wait(field).send_keys(typed)
    window.find("#temporary").send_keys(Keys.ENTER)
    for field in ("#new", "#new-again"):
        window.wait(field).send_keys(NEW)
    window.find("#new-again").send_keys(Keys.ENTER)
    window.wait("#done-issue").send_keys(Keys.ENTER)
    window.wait("#code").send_keys(account.code(since) + Keys.ENTER)
    window.wait("#result-page")
    window.imports(person.saved(), NEW)
    check(window)
    window.wait("#installed")
    until(lambda: person.session() == "nothing")
    assert "インポートが完了しました" in window.find("#file-note").text


def test_another_certificate_is_not_this_one(server, person, window):
    _, identity = server.identity("general", "person")
    window.takes(identity)
    person.issued()
    check(window)
    assert "別の電子証明書" in window.wait("#check-said").text
    assert person.remembered()
    assert not installed(server, window.find("#serial").text.replace(" ", ""))


def test_a_dropped_line_loses_nothing(server, person, window):
    person.issued()
    window.tell("Network.enable")
    window.tell("Network.emulateNetworkConditions", offline=True, latency=0,
                downloadThroughput=-1, uploadThroughput=-1)
    check(window)
    assert "確認できませんでした" in window.wait("#check-said").text
    window.tell("Network.emulateNetworkConditions", offline=False, latency=0,
                downloadThroughput=-1, uploadThroughput=-1)
    assert person.remembered()
    window.complaints()  # that the line was down
