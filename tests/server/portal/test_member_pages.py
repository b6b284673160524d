"""The member area in a real browser, with the certificate in its store: the file
of the portal opens it, a wrong one is told and another chosen, and a renewal
loses nothing (R-WEB-4, R-WEB-7)."""

import re

import pytest
from selenium.webdriver.common.keys import Keys

from koshin_tests import looks
from koshin_tests.browser import KEYS, Browser, picking
from koshin_tests.patience import until
from koshin_tests.person import Person
from koshin_tests.portal import MEMBER, MEMBER_COOKIE, opened_to_members

DUE = 340  # days after the issue 25 are left
OVER = 400
NONE = "電子証明書が選択されていません"


def changed(settings):
    """A code that was mailed stays the one, however long a test takes."""
    opened_to_members(settings)
    settings["policy"].update(code_spacing="8m", code_resend_after="8m")


@pytest.fixture(scope="module")
def server(module_server):
    """No browser has had to report anything against its pages."""
    made = module_server(change=changed).start()
    yield made
    assert "page-report" not in made.instance.log_text()


@pytest.fixture
def window(server, tmp_path):
    """With a store of certificates of its own: what was chosen once stays
    chosen."""
    with picking(), Browser(tmp_path / "home", trusts=[server.root]) as made:
        yield made


class Holder(Person):
    """Somebody before the member area, with a certificate, which the browser
    has, who reads that language."""

    def __init__(self, server, window, days=0, has=True, locale="ja"):
        account, self.identity = server.identity("general", "person")
        account.reads(locale)
        super().__init__(server, window, account)
        server.forgive()  # that a code was mailed a moment ago
        server.age_certificate(self.identity.certificate, days)
        self.url = url_of(server)
        if has:
            window.takes(self.identity)

    def log_in(self, password=None, user=None):
        log_in(self.browser, user or self.account.user,
               password or self.account.password)  # fmt: skip

    def arrives(self):
        self.browser.open(self.url)
        self.log_in()

    def at_code(self, button="#notice-now"):
        """The code, on its page."""
        since = self.account.before_code()
        self.press(button)
        self.browser.wait("#code")
        return self.account.code(since)


def url_of(server):
    return f"https://{MEMBER}:{server.member_port}/"


def log_in(window, user, password):
    found = window.wait("#user")
    found.clear()
    found.send_keys(user)
    window.find("#password").clear()
    window.find("#password").send_keys(password, Keys.ENTER)


def told(window):
    """What the console said, but for refusals, which the browser tells, too."""
    return [c for c in window.complaints() if "/api/v1/" not in c]


def head(window, section):
    return window.wait(f"#{section}-page h1").text


def test_R_WEB_4_the_file_of_the_portal_opens_it(server, window):
    """R-WEB-1: from the start page, both ways; by the keyboard alone where the
    log-in is."""
    person = Person(server, window)
    person.account.reads("ja")
    file = person.issued()
    certificate = person.opens(file)
    window.imports(file, person.account.password)
    window.open(person.url)
    link = window.wait("[data-needs=members] a")
    assert link.text == "メンバーページにログインする"
    link.send_keys(Keys.ENTER)
    window.wait("#login-page")
    assert window.driver.current_url == url_of(server)
    # The link to the content, the name, the language.
    for _ in range(4):
        window.focused.send_keys(Keys.TAB)
    window.focused.send_keys(person.account.user, Keys.TAB)
    window.focused.send_keys(person.account.password, Keys.ENTER)
    found = window.wait("#menu-page h1")
    until(lambda: window.focused == found)
    assert f"{person.account.user} 様" in window.text
    assert "から更新できます" in window.find("#menu-renewal").text
    assert window.seen("#renew") == []
    serial = certificate.serial_number.to_bytes(20, "big")
    server.until(lambda: server.one(
        "SELECT installed_at IS NOT NULL FROM koshin.certificate"
        " WHERE serial = %s", serial,
    ))  # fmt: skip
    assert window.complaints() == []


def test_R_WEB_7_choose_again_leads_to_a_fresh_name_and_in(server, window):
    """The browser has said "none" for the first name, and would go on so."""
    holder = Holder(server, window, has=False)
    window.open(holder.url)
    assert head(window, "certificate") == NONE
    window.takes(holder.identity)
    window.driver.refresh()
    assert head(window, "certificate") == NONE
    assert "ウィンドウをすべて閉じ" in window.text
    looks.at(window, "member/index#certificate missing")
    holder.press("#choose")
    window.wait("#login-page")
    assert re.fullmatch(
        rf"https://r[0-9a-f]{{16}}\.{re.escape(MEMBER)}:\d+/",
        window.driver.current_url,
    )
    holder.log_in()
    window.wait("#menu-page")
    assert told(window) == []


def test_R_CERT_4_a_renewal_from_the_notice_to_the_file(server, window):
    holder = Holder(server, window, DUE)
    holder.arrives()
    notice = window.wait("#notice-page h1")
    until(lambda: window.focused == notice)
    assert "残り25日" in window.text or "残り24日" in window.text
    code = holder.at_code()
    assert "（1/3）" in window.driver.title
    holder.enter("#code", code)
    window.wait("#file-note.good")
    new = holder.opens(holder.saved())
    assert holder.certificates == 2
    # Reload shows it again; the end leads to the menu.
    window.driver.refresh()
    window.wait("#file-note.good")
    looks.at(window, "member/index#result")
    assert window.find("#end").text == "終えてメニューへ"
    holder.press("#end")
    window.wait("#menu-page")
    assert "新しい電子証明書を発行済みです" in window.text
    assert window.seen("#renew") == window.seen("#menu-kept") == []
    holder.press("#list")
    window.wait("#list-page")
    looks.at(window, "member/index#list after a renewal")
    assert [one.text for one in window.seen(".certificates h2")] == [
        "有効（最新）", "有効",
    ]  # fmt: skip
    shown = f"{new.serial_number:040x}"
    assert shown in window.text.replace(" ", "")
    window.driver.refresh()
    window.wait("#list-page")
    window.driver.back()
    window.wait("#menu-page")
    holder.press("#log-out")
    assert head(window, "out") == "ログアウトしました"
    window.driver.refresh()
    window.wait("#login-page")
    assert window.complaints() == []


def test_R_WEB_4_later_leads_to_the_menu_which_has_it_too(server, window):
    """R-WEB-2a, R-WEB-2c: Cancel, Back and Reload on the way."""
    holder = Holder(server, window, DUE)
    holder.arrives()
    holder.press("#notice-later")
    window.wait("#menu-page")
    code = holder.at_code("#renew")
    window.driver.back()
    window.wait("#menu-page")
    window.driver.forward()
    window.wait("#code-page")
    holder.press("#code-cancel")
    window.wait("#menu-page")
    window.driver.refresh()
    # The password is asked for once more, for the file.
    holder.press("#renew")
    holder.enter("#proof", "Wrong-zakura5")
    problem = window.wait("#proof-page [data-problem]")
    assert "ログインできませんでした" in problem.text
    holder.enter("#proof", holder.account.password)
    window.wait("#code")
    assert "まで有効です" in window.find("#code-state").text
    window.driver.refresh()
    holder.enter("#code", code)
    window.wait("#unlock")
    holder.enter("#unlock", holder.account.password)
    window.wait("#file-note.good")
    holder.opens(holder.saved())
    assert holder.certificates == 2


def test_R_CERT_8_who_logs_in_again_still_has_the_file(server, window):
    """Until its certificate is seen, which is then where it belongs."""
    holder = Holder(server, window, DUE)
    holder.arrives()
    holder.enter("#code", holder.at_code())
    window.wait("#file-note.good")
    window.driver.delete_all_cookies()
    holder.arrives()
    window.wait("#menu-kept")
    holder.press("#kept-go")
    window.wait("#file-note.good")
    window.clear_downloads()
    holder.press("#save")
    file = holder.saved()
    assert holder.opens(file)
    home = window.folder + "-2"
    with Browser(home, trusts=[server.root]) as other:
        other.imports(file, holder.account.password)
        other.open(holder.url)
        log_in(other, holder.account.user, holder.account.password)
        other.wait("#menu-page")
        assert "から更新できます" in other.find("#menu-renewal").text


def test_R_CERT_8_a_browser_without_keys_renews_too(server, window):
    """A Reload at the code and at the result goes on where the key is; the end
    forgets it."""
    window.lacks(KEYS)
    holder = Holder(server, window, DUE)
    holder.arrives()
    code = holder.at_code()
    window.wait("#code-server")
    window.driver.refresh()
    window.wait("#code-server")
    holder.enter("#code", code)
    window.wait("#file-note.good")
    passphrase = window.wait("#fresh-passphrase").text
    made = holder.opens(holder.saved(), passphrase)
    window.clear_downloads()
    window.driver.refresh()
    window.wait("#file-note.good")
    again = window.wait("#fresh-passphrase").text
    assert holder.opens(holder.saved(), again) == made
    holder.press("#end")
    window.wait("#menu-page")
    assert holder.certificates == 2
    assert not holder.remembered()
    assert window.complaints() == []


def test_F_09_two_windows_do_not_end_each_others_renewal(server, window):
    holder = Holder(server, window, DUE)
    holder.arrives()
    code = holder.at_code()
    first = window.driver.current_window_handle
    window.tab()
    window.open(holder.url)
    holder.press("#notice-later")
    window.wait("#menu-page")
    holder.press("#list")
    window.wait("#list-page")
    window.driver.switch_to.window(first)
    holder.enter("#code", code)
    window.wait("#file-note.good")
    holder.opens(holder.saved())
    assert holder.certificates == 2
    assert window.complaints() == []


def test_F_09_a_renewal_given_up_in_another_window_is_told(server, window):
    holder = Holder(server, window, DUE)
    holder.arrives()
    code = holder.at_code()
    window.run("await fetch('/api/v1/renewal', { method: 'DELETE',"
               " headers: { 'Content-Type': 'application/json' },"
               " body: '{}' });")  # fmt: skip
    holder.enter("#code", code)
    window.wait("#menu-page [data-problem]")
    holder.press("#renew")
    holder.enter("#code", code)  # which is good still
    window.wait("#file-note.good")
    assert holder.certificates == 2


def test_R_WEB_2c_a_session_that_is_over_is_told_and_goes_on(server, window):
    """The code of before, and the key, are good after another log-in."""
    holder = Holder(server, window, DUE)
    holder.arrives()
    code = holder.at_code()
    window.driver.delete_all_cookies()
    holder.enter("#code", code)
    problem = window.wait("#login-page [data-problem]")
    until(lambda: window.focused == problem)
    assert window.driver.title.startswith("エラー：")
    holder.log_in()
    holder.press("#notice-now")
    holder.enter("#code", code)
    window.wait("#file-note.good")
    holder.opens(holder.saved())
    assert holder.certificates == 2


def test_R_WEB_7_the_certificate_of_a_device_is_wrong(server, window):
    _, identity = server.identity()
    window.takes(identity)
    window.open(url_of(server))
    assert head(window, "certificate") == (
        "この電子証明書ではログインできません"
    )
    looks.at(window, "member/index#certificate of a device")
    assert window.seen("#certificate-new") == []


def test_R_WEB_3_each_password_field_has_its_keyboard(server, window):
    holder = Holder(server, window, DUE)
    window.open(holder.url)
    window.wait("#login-page")
    opener, _ = window.seen("[data-tools=password] button")
    opener.send_keys(Keys.ENTER)
    window.wait(".keyboard")
    opener.send_keys(Keys.ENTER)
    holder.log_in()
    window.wait("#notice-page")
    window.driver.refresh()
    holder.press("#notice-now")
    opener, _ = until(lambda: window.seen("[data-tools=proof] button"))
    assert opener.text == "画面上のキーボード"


def test_R_WEB_7_the_certificate_of_another_is_told(server, window):
    holder = Holder(server, window)
    other = server.account()
    window.open(holder.url)
    holder.log_in(user=other.user)
    assert head(window, "certificate") == (
        "ユーザーIDと電子証明書が一致しません"
    )
    looks.at(window, "member/index#certificate of another")
    holder.press("#certificate-back")
    holder.log_in()
    window.wait("#menu-page")


def test_J_02_a_revoked_certificate_ends_it_at_the_next_click(server, window):
    holder = Holder(server, window, DUE)
    holder.arrives()
    holder.press("#notice-later")
    server.revoke(holder.identity.certificate)
    holder.press("#list")
    assert head(window, "certificate") == "この電子証明書は失効しています"
    holder.press("#certificate-new a")
    until(lambda: window.driver.current_url == (
        f"https://localhost:{server.portal_port}/issue"
    ))  # fmt: skip


HOLD = """
const real = window.fetch;
window.fetch = async (...args) => {
    const got = await real(...args);
    if (got.status === 401 && !window.refused)
        await new Promise(go => { window.refused = go; });
    return got;
};
"""


def test_J_02_two_windows_that_log_in_do_not_lose_each_other(server, window):
    """What one window has asked comes back refused, since the other has logged
    in meanwhile: the browser has the cookie of that session."""
    holder = Holder(server, window)
    holder.arrives()
    window.wait("#menu-page")
    (cookie,) = [c for c in window.driver.get_cookies()
                 if c["name"] == MEMBER_COOKIE]  # fmt: skip

    def has(value):
        window.tell(
            "Network.setCookie", name=MEMBER_COOKIE, value=value,
            url=holder.url, path="/", secure=True, httpOnly=True,
            sameSite="Strict",
        )  # fmt: skip

    window.run(HOLD)
    has("0" * 32)
    holder.press("#list")
    until(lambda: window.run("return Boolean(window.refused)"))
    has(cookie["value"])
    window.run("window.refused()")
    window.wait("#list-page")
    assert window.seen("#login-page") == []


def test_R_WEB_8_the_member_area_looks_right(server, window):
    holder = Holder(server, window, OVER)

    def fails(button, page):
        with window.without_door():
            holder.press(button)
            window.wait(f"#{page}-page [data-problem]")

    window.open(holder.url)
    window.wait("#certificate-page")
    looks.at(window, "member/index#certificate expired")
    server.age_certificate(holder.identity.certificate, DUE - OVER)
    window.driver.refresh()
    window.wait("#login-page")
    looks.at(window, "member/index#login")
    holder.log_in(password="Wrong-zakura5")
    window.wait("#login-page [data-problem]")
    looks.at(window, "member/index#login!")
    holder.log_in()
    window.wait("#notice-page")
    looks.at(window, "member/index#notice")
    fails("#notice-now", "notice")
    looks.at(window, "member/index#notice!")
    holder.press("#notice-later")
    window.wait("#menu-page")
    looks.at(window, "member/index#menu")
    fails("#list", "menu")
    looks.at(window, "member/index#menu!")
    holder.press("#list")
    window.wait("#list-page")
    looks.at(window, "member/index#list")
    holder.press("#list-back")
    holder.press("#change")
    window.wait("#change-page")
    looks.at(window, "member/index#change")
    window.driver.refresh()
    holder.press("#change-back")
    window.driver.refresh()
    holder.press("#renew")
    window.wait("#proof-page")
    looks.at(window, "member/index#proof")
    holder.enter("#proof", "Wrong-zakura5")
    window.wait("#proof-page [data-problem]")
    looks.at(window, "member/index#proof!")
    holder.press("#proof-cancel")
    holder.press("#log-out")
    window.wait("#out-page")
    looks.at(window, "member/index#out")
    assert told(window) == []


def test_R_WEB_8_the_switch_holds_behind_the_log_out(server, window):
    """What was said of who was here may have to be said again."""
    holder = Holder(server, window, DUE)
    holder.arrives()
    holder.press("#notice-later")
    holder.press("#log-out")
    window.wait("#out-page")
    holder.press("#switch")
    window.wait("html[lang=en]")
    assert head(window, "out") == "You are logged out"
    assert told(window) == []


def test_R_WEB_2c_a_line_that_drops_on_the_way_back_is_told(server, window):
    """Forward to the own certificates, which cannot be had now: the page that
    is shown says so, whichever it is."""
    holder = Holder(server, window)
    holder.arrives()
    holder.press("#list")
    window.wait("#list-page")
    window.driver.back()
    window.wait("#menu-page")
    window.run("history.pushState(null, '', '#list');"
               "history.pushState(null, '', '#change');"
               "history.pushState(null, '', '#list');")  # fmt: skip
    window.driver.back()
    window.wait("#change-page")
    with window.without_door():
        window.driver.forward()
        window.wait("#change-page [data-problem]")
    looks.at(window, "member/index#change!")
    window.driver.back()
    window.driver.back()
    window.wait("#list-page")
    window.driver.forward()
    window.driver.forward()
    window.run("history.pushState(null, '', '#list');"
               "history.pushState(null, '', '#list');")  # fmt: skip
    with window.without_door():
        window.driver.back()
        window.wait("#list-page [data-problem]")
    looks.at(window, "member/index#list!")
    assert told(window) == []
