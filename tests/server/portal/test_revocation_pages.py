"""A member revokes a certificate of his own in a real browser (R-CERT-6): from the
list and from the page about another computer."""

import pytest
from selenium.webdriver.common.keys import Keys

from koshin_tests import looks
from koshin_tests.browser import Browser, picking
from koshin_tests.patience import until
from koshin_tests.portal import MEMBER, opened_to_members


def opened_to_holders(settings):
    opened_to_members(settings)
    person = {"name": "person", "holder_revokes": True}
    settings["profiles"] = [person, *settings["profiles"][1:]]


@pytest.fixture(scope="module")
def server(module_server):
    """No browser has had to report anything against its pages."""
    made = module_server(change=opened_to_holders).start()
    yield made
    assert "page-report" not in made.instance.log_text()


@pytest.fixture
def window(server, tmp_path):
    with picking(), Browser(tmp_path / "home", trusts=[server.root]) as made:
        yield made


class Member:
    """Somebody with a certificate, which the browser has, at the menu."""

    def __init__(self, server, window, profile="person", locale="ja"):
        self.server, self.window = server, window
        self.account, self.identity = server.identity("general", profile)
        self.account.reads(locale)
        window.takes(self.identity)
        self.url = f"https://{MEMBER}:{server.member_port}/"
        window.open(self.url)
        self.types("user", self.account.user)
        self.types("password", self.account.password + Keys.ENTER)
        first = "#menu-page:not([hidden]), #notice-page:not([hidden])"
        if window.wait(first).get_attribute("id") == "notice-page":
            self.press("#notice-later")
        window.wait("#menu-page")

    def types(self, field, text):
        found = self.window.wait(f"#{field}")
        found.clear()
        found.send_keys(text)

    def press(self, button):
        self.window.wait(button).send_keys(Keys.ENTER)

    def choose(self, value):
        self.window.wait(f"input[value={value}]").send_keys(Keys.SPACE)

    @property
    def reasons(self):
        return [why for why, in self.server.rows(
            "SELECT r.reason FROM koshin.revocation r"
            " JOIN koshin.certificate USING (serial) WHERE account = %s",
            self.account.row("id"))]  # fmt: skip


def test_R_CERT_6_from_another_computer_to_a_new_certificate(server, window):
    """By the keyboard: the page about it, the reason, the password."""
    member = Member(server, window)
    member.press("#change")
    assert "下のボタンから" in window.wait("#change-1").text
    member.press("#change-revoke")
    window.wait("#ask-page")
    # J-08: a password that is wrong does not stay; the rest does.
    member.choose("keyCompromise")
    member.types("password", "Wrong-pw-1" + Keys.ENTER)
    assert "パスワードが違う" in window.wait("#password-wrong").text
    assert window.find("#password").get_attribute("value") == ""
    assert member.reasons == []
    member.types("password", member.account.password + Keys.ENTER)
    head = window.wait("#done-page h1")
    assert head.text == "電子証明書の失効手続きが完了しました"
    until(lambda: window.focused == head)
    assert member.reasons == ["keyCompromise"]
    # Back, and Reload, lead to what is true now (R-WEB-2c).
    window.driver.refresh()
    said = window.wait("#certificate-head").text
    assert said == "この電子証明書は失効しています"
    member.press("#certificate-new a")
    until(lambda: window.driver.current_url == (
        f"https://localhost:{server.portal_port}/issue"
    ))  # fmt: skip
    complaints = [c for c in window.complaints() if "/api/v1/" not in c]
    assert complaints == []


def test_R_CERT_6_from_the_list_the_one_of_the_link_is_chosen(server, window):
    member = Member(server, window)
    serial = f"{member.identity.certificate.serial_number:040x}"
    member.press("#list")
    member.press("#certificates a[href^='/revoke']")
    chosen = window.wait("#which input:checked")
    assert chosen.get_attribute("value") == serial
    window.driver.back()
    window.wait("#list-page")
    assert member.reasons == []


def test_R_CERT_6_from_another_computer_without_the_old_one(server, window):
    """Password and code, at the portal: the way of every issue."""
    member = Member(server, window)
    member.press("#log-out")
    window.wait("#out-page")
    window.open(f"https://localhost:{server.portal_port}/issue")
    member.types("user", member.account.user)
    member.types("password", member.account.password + Keys.ENTER)
    assert "パソコンを変えるとき" in window.wait("#replace-title").text
    looks.at(window, "issue#password! where holders revoke")
    since = member.account.before_code()
    member.press("#replace-go")
    assert "失効し" in window.wait("#code-replaces").text
    member.types("code", member.account.code(since) + Keys.ENTER)
    window.wait("#file-note.good")
    assert member.reasons == ["superseded"]


def test_R_CERT_6_where_it_is_not_the_holders_nothing_is_offered(
    server, window
):
    member = Member(server, window, "short")
    member.press("#list")
    window.wait("#certificates li")
    assert window.seen("#certificates a") == []
    member.press("#list-back")
    member.press("#change")
    assert "ご依頼ください" in window.wait("#change-1").text
    assert window.seen("#change-revoke") == []
    window.open(member.url + "revoke")
    assert "ご依頼ください" in window.wait("#none-page p").text
    looks.at(window, "member/revoke#none")
    assert window.complaints() == []


def test_J_02_who_is_not_logged_in_is_led_there(server, window):
    member = Member(server, window)
    window.driver.delete_all_cookies()
    window.open(member.url + "revoke")
    window.wait("#login-page")


def test_R_WEB_8_the_way_to_a_revocation_looks_right(server, window):
    member = Member(server, window)
    member.press("#change")
    window.wait("#change-revoke")
    looks.at(window, "member/index#change where holders revoke")
    member.press("#change-revoke")
    window.wait("#ask-page")
    looks.at(window, "member/revoke#ask")
    member.types("password", Keys.ENTER)
    window.wait("#password-wrong")
    looks.at(window, "member/revoke#ask!")
    member.types("password", member.account.password + Keys.ENTER)
    window.wait("#done-page")
    looks.at(window, "member/revoke#done")
