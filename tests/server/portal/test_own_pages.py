"""Own details in a real browser (R-ACC-8, R-WEB-5): the pages of the member area
behind its menu."""

import re

import maildir
import pytest
from selenium.webdriver.common.keys import Keys

from koshin_tests import ics, looks
from koshin_tests.browser import Browser, picking
from koshin_tests.patience import until
from koshin_tests.portal import MEMBER, Browser as Program, opened_to_members

NEW = "Zakura-55"


@pytest.fixture(scope="module")
def server(module_server):
    """No browser has had to report anything against its pages."""
    made = module_server(change=opened_to_members).start()
    yield made
    assert "page-report" not in made.instance.log_text()


@pytest.fixture
def window(server, tmp_path):
    with picking(), Browser(tmp_path / "home", trusts=[server.root]) as made:
        yield made


class Member:
    """Somebody with a certificate, which the browser has, and at the page."""

    def __init__(self, server, window, locale="ja"):
        self.account, identity = server.identity("general", "person")
        self.account.reads(locale)
        window.takes(identity)
        self.window = window
        self.url = f"https://{MEMBER}:{server.member_port}/"

    def logs_in(self):
        self.window.open(self.url)
        self.fill(user=self.account.user, password=self.account.password)
        self.window.wait("#menu-page")

    def arrives(self):
        self.logs_in()
        self.window.wait("#menu-page a[href='/own']").send_keys(Keys.ENTER)
        self.window.wait("#details-page")

    def fill(self, **fields):
        """Each field, and Enter in the last one."""
        for name, typed in fields.items():
            found = self.window.wait(f"#{name.replace('_', '-')}")
            found.clear()
            found.send_keys(typed)
        found.send_keys(Keys.ENTER)

    def press(self, button):
        self.window.wait(button).send_keys(Keys.ENTER)

    def told(self):
        """What was done, once it is said; it has the focus."""
        found = self.window.wait("#changed")
        until(lambda: self.window.focused == found)
        return found.text


@pytest.fixture
def member(server, window):
    made = Member(server, window)
    made.arrives()
    return made


def complaints(window):
    """What the console said, but for refusals, which the browser tells, too."""
    return [c for c in window.complaints() if "/api/v1/" not in c]


def test_R_ACC_8_another_name(window, member):
    member.press("#to-name")
    member.fill(name="")
    assert "20文字以内" in window.wait("#name-wrong").text
    member.fill(name="新名 花子")
    assert member.told() == "お名前を変更しました。"
    assert window.find("#own-name").text == "新名 花子"
    assert member.account.row("name") == "新名 花子"
    # Reload, Back, and the menu (R-WEB-2c).
    window.driver.refresh()
    window.wait("#details-page")
    member.press("#to-name")
    window.driver.back()
    window.wait("#details-page")
    member.press("#back")
    window.wait("#menu-page")
    assert window.complaints() == []


def test_T3_another_address_waits_until_it_is_given_up(window, member):
    member.press("#to-email")
    member.fill(email="new@example.jp", email_again="other@example.jp")
    wrong = window.wait("#email-again-wrong")
    assert "同じではありません" in wrong.text
    member.fill(email="new@example.jp", email_again="new@example.jp")
    assert "受け付けました" in member.told()
    assert "new@example.jp" in window.wait("#waiting").text
    assert window.find("#own-email").text == member.account.email
    member.press("#keep")
    until(lambda: "取り消しました" in member.told())
    assert window.seen("#waiting") == []
    assert window.complaints() == []


def mailed(account):
    """To the address of today: the code, and the link."""
    text = maildir.text_of(account.mail("", "確認コード"))
    (code,) = re.findall(r"^(\d{8})\r?$", text, re.M)
    (link,) = re.findall(r"https://\S+/keep#[0-9a-f]{32}", text)
    return code, link


def test_T3_with_the_code_of_the_old_address_it_changes_at_once(
    window, member
):
    member.press("#to-email")
    member.fill(email="new@example.jp", email_again="new@example.jp")
    assert "受け付けました" in member.told()
    code, _ = mailed(member.account)
    member.fill(email_code="1234")
    assert "8桁の数字" in window.wait("#email-code-wrong").text
    member.fill(email_code=f"{(int(code) + 1) % 10**8:08}")
    until(lambda: "確認コードが違います" in
          window.wait("#email-code-wrong").text)  # fmt: skip
    member.fill(email_code=code)
    until(lambda: member.told() == "メールアドレスを変更しました。")
    assert window.find("#own-email").text == "new@example.jp"
    assert window.seen("#waiting") == []
    assert complaints(window) == []


def test_T3_the_link_of_the_mail_ends_it_by_one_button(window, member):
    """In any browser, without a log-in; to open it does nothing."""
    member.press("#to-email")
    member.fill(email="thief@example.jp", email_again="thief@example.jp")
    member.told()
    _, link = mailed(member.account)
    window.open(link)
    assert "取り消し" in window.wait("#ask-page h1").text
    looks.at(window, "keep#ask")
    with window.without_door():
        member.press("#keep-go")
        window.wait("#ask-page [data-problem]")
    looks.at(window, "keep#ask!")
    assert member.account.row("email_next") == "thief@example.jp"
    member.press("#keep-go")
    head = window.wait("#done-page h1")
    until(lambda: window.focused == head)
    assert member.account.row("email_next") is None
    looks.at(window, "keep#done")
    # Back, Reload, and whoever has the mail later (R-WEB-2c).
    window.driver.refresh()
    member.press("#keep-go")
    assert "期限が過ぎて" in window.wait("#over-page p").text
    looks.at(window, "keep#over")
    window.open(link.partition("#")[0])
    window.wait("#over-page")
    assert complaints(window) == []


def test_R_ACC_8_T3_the_password_wants_the_one_of_today(window, member):
    member.press("#to-password")
    member.fill(old="Wrong-pw-1", new=NEW, new_again=NEW)
    assert "いまのパスワードが違う" in window.wait("#old-wrong").text
    # J-08: passwords do not stay.
    assert window.find("#new").get_attribute("value") == ""
    old = member.account.password
    member.fill(old=old, new=old, new_again=old)
    assert "別のパスワード" in window.wait("#new-wrong").text
    member.fill(old=old, new=NEW, new_again=NEW)
    assert member.told() == "パスワードを変更しました。"
    # It goes on here, and the new one opens it.
    member.press("#back")
    member.press("#log-out")
    window.wait("#out-page")
    member.account.password = NEW
    member.logs_in()
    assert complaints(window) == []


def test_R_WEB_5_a_calendar_has_an_address_shown_once(server, window, member):
    member.press("#calendar-begin")
    url = window.wait("#url").text
    assert window.find("#subscribe").get_attribute("href") == (
        "webcal:" + url.removeprefix("https:")
    )
    path = url.partition(f":{server.portal_port}")[2]
    got = Program(server).get(path)
    assert ics.parsed(got.body)["VEVENT"]
    assert window.find("#calendar-begin").text == "新しいアドレスに替える"
    window.driver.refresh()
    window.wait("#calendar-on")
    assert window.seen("#url") == []
    member.press("#calendar-end")
    assert "無効にしました" in member.told()
    assert Program(server).get(path).status == 404
    assert window.complaints() == []


def test_R_WEB_8_the_language_of_the_switch_is_kept(server, window, member):
    member.press("#switch")
    window.wait("html[lang=en]")
    assert window.find("h1:focus, #details-page h1").text == "Your details"
    server.until(lambda: member.account.row("locale") == "en")
    # In a browser in which nobody has chosen one.
    window.run("localStorage.clear()")
    window.driver.delete_all_cookies()
    window.open(member.url)
    window.wait("html[lang=ja] #login-page")
    member.logs_in()
    window.wait("html[lang=en] #menu-page")
    assert window.complaints() == []


def test_J_02_who_is_not_logged_in_is_led_there(window, member):
    window.driver.delete_all_cookies()
    member.press("#calendar-begin")
    window.wait("#login-page")
    assert window.driver.current_url == member.url
    window.open(member.url + "own")
    window.wait("#login-page")


def test_R_WEB_8_own_details_look_right(window, member):
    def opens(form):
        member.press(f"#to-{form}")
        window.wait(f"#{form}-page")

    opens("name")
    looks.at(window, "member/own#name")
    member.fill(name="")
    window.wait("#name-wrong")
    looks.at(window, "member/own#name!")
    member.press("#name-cancel")
    opens("password")
    looks.at(window, "member/own#password")
    member.fill(old="", new="", new_again="")
    window.wait("#old-wrong")
    looks.at(window, "member/own#password!")
    member.press("#password-cancel")
    opens("email")
    looks.at(window, "member/own#email")
    member.fill(email="new@example.jp", email_again="other@example.jp")
    window.wait("#email-again-wrong")
    looks.at(window, "member/own#email!")
    member.fill(email="new@example.jp", email_again="new@example.jp")
    window.wait("#waiting")
    member.press("#calendar-begin")
    window.wait("#url")
    looks.at(window, "member/own#details")
    member.fill(email_code="1")
    window.wait("#email-code-wrong")
    looks.at(window, "member/own#details! with a wrong code")
    with window.without_door():
        member.press("#keep")
        window.wait("#details-page [data-problem]")
    looks.at(window, "member/own#details!")
    assert complaints(window) == []
