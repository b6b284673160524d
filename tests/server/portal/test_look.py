"""The pages by themselves, without the door: what they weigh, how they look and
how they are used (R-WEB-3, R-WEB-8)."""

import contextlib
import gzip
import re

import pytest
from selenium.webdriver.common.keys import Keys

from koshin_tests import axe, looks
from koshin_tests.page_server import PAGES, sections, whole
from koshin_tests.patience import until

FIRST_LOAD_MAX = 60 * 1024
HEAD_SIZE = 500  # of an answer, with room


def files_of(page):
    """A page, and all that comes with it: name -> content."""
    found, left = {}, [page]
    names = [str(path.relative_to(PAGES)) for path in PAGES.rglob("*.*")]
    while left:
        name = left.pop()
        if name in found:
            continue
        found[name] = whole(PAGES / name)
        if name.endswith((".html", ".js", ".css")):
            # But for what only some people come to need; of the texts those
            # of the language that weighs more.
            text = re.sub(r'import\("[^"]+"\)', "", found[name].decode())
            parts = re.search(r'<html.* data-texts="(.*?)"', text)
            left += [f"ja-{part}.js" for part in parts[1].split()
                     ] if parts else []  # fmt: skip
            left += ["ja.js"] if name == "spoken.js" else []
            left += [n for n in names if re.search(
                rf'"(\./)?{re.escape(n)}"', text)]  # fmt: skip
    return found


@pytest.mark.parametrize(
    "page", [str(p.relative_to(PAGES)) for p in PAGES.rglob("*.html")]
)
def test_a_first_load_is_light(page):
    size = sum(
        len(gzip.compress(content)) + HEAD_SIZE
        for content in files_of(page).values()
    )
    assert size < FIRST_LOAD_MAX


def start(browser, pages):
    browser.open(pages.url + "/")
    browser.wait("h1")


def password_page(browser, pages):
    browser.open(pages.url + "/issue")
    browser.wait("#user")


def empty_fields(browser, pages):
    password_page(browser, pages)
    browser.find("#password-go").send_keys(Keys.ENTER)
    browser.wait("#password-page [data-problem]")


def with_keyboard(browser, pages):
    password_page(browser, pages)
    browser.find("[data-tools=password] button").send_keys(Keys.ENTER)
    browser.wait(".keyboard")


def register_page(browser, pages):
    browser.open(pages.url + "/register")
    browser.find("#contract-go").send_keys(Keys.ENTER)
    browser.wait("#contract-page [data-problem]")


def first_page(browser, pages):
    browser.open(pages.url + "/first")
    browser.find("#login-go").send_keys(Keys.ENTER)
    browser.wait("#login-page [data-problem]")


def missing(browser, pages):
    browser.open(pages.url + "/404")
    browser.wait("h1")


def old(browser, pages):
    browser.open(pages.url + "/old")
    browser.wait("h1")


@contextlib.contextmanager
def no_scripts(browser):
    browser.tell("Emulation.setScriptExecutionDisabled", value=True)
    try:
        yield
    finally:
        browser.tell("Emulation.setScriptExecutionDisabled", value=False)


def without_scripts(browser, pages, page="issue"):
    with no_scripts(browser):
        browser.open(f"{pages.url}/{page}")
    browser.wait(".without")


def test_R_WEB_8_each_page_that_needs_no_door_looks_right(browser, pages):
    browser.looks(1280)
    browser.speaks("ja")
    start(browser, pages)
    looks.at(browser, "index")
    password_page(browser, pages)
    looks.at(browser, "issue#password")
    with_keyboard(browser, pages)
    looks.at(browser, "issue#password with the keyboard")
    empty_fields(browser, pages)
    looks.at(browser, "issue#password!")
    register_page(browser, pages)
    looks.at(browser, "register#contract! of empty fields")
    first_page(browser, pages)
    looks.at(browser, "first#login!")
    missing(browser, pages)
    looks.at(browser, "404")
    old(browser, pages)
    looks.at(browser, "old")
    without_scripts(browser, pages)
    looks.at(browser, "issue#without")
    assert browser.complaints() == []


# What is wrong there is said by another page, or nothing can be.
NEVER_WRONG = {
    "register#ended!": "its address is that of the issue by then: issue#ended!",
}


def test_R_WEB_8_no_page_is_forgotten():
    """Each page and what is wrong on it: a test looks at it (looks.at)."""
    wanted = sections() | {"issue#without"}  # all have the same
    assert not wanted - looks.named() - set(NEVER_WRONG)
    assert set(NEVER_WRONG) <= wanted


def test_looks_tell_what_is_cut_off_or_too_wide(browser, pages):
    browser.looks(1280)
    start(browser, pages)
    assert looks.beyond(browser) == []
    browser.run("document.querySelector('h1').style.width = '2000px'")
    assert "sideways" in looks.beyond(browser)[0]
    start(browser, pages)
    browser.run("Object.assign(document.querySelector('.button').style,"
                "{ width: '2rem', whiteSpace: 'nowrap' })")  # fmt: skip
    assert looks.beyond(browser) == ["cut off: 発行・更新をはじめる"]
    start(browser, pages)
    browser.run("Object.assign(document.querySelector('.lead').style,"
                "{ height: '1rem', overflow: 'hidden' })")  # fmt: skip
    assert looks.beyond(browser)[0].startswith("cut off: ")


def test_axe_finds_what_is_wrong(browser, pages):
    browser.looks(1280)
    start(browser, pages)
    browser.run("document.querySelector('h1').style.color = '#bbb';"
                "document.querySelector('main').append("
                "document.createElement('input'));")  # fmt: skip
    assert [fault.split(":")[0] for fault in axe.faults(browser)] == [
        "color-contrast", "label",
    ]  # fmt: skip


@pytest.mark.parametrize("asked, head", [
    ("ja", "電子証明書の発行と更新"),
    ("en-GB", "Get or renew your certificate"),
    ("de", "Get or renew your certificate"),
])  # fmt: skip
def test_R_WEB_8_a_page_speaks_the_browsers_language(browser, pages, asked,
                                                     head):
    browser.speaks(asked)
    start(browser, pages)
    assert browser.find("h1").text == head
    assert browser.find("html").get_attribute("lang") == (
        "ja" if asked == "ja" else "en"
    )
    assert head in browser.driver.title


def loaded(browser):
    """The languages whose texts this page has."""
    names = browser.run("return performance.getEntriesByType('resource')"
                        ".map(one => one.name)")  # fmt: skip
    return {
        tag for tag in ("ja", "en")
        if any(re.search(rf"/{tag}\.", name) for name in names)
    }  # fmt: skip


def test_R_WEB_8_the_switch_holds_and_loses_nothing(browser, pages):
    browser.speaks("ja")
    password_page(browser, pages)
    browser.find("#user").send_keys("sample001")
    assert loaded(browser) == {"ja"}
    browser.find("#switch").send_keys(Keys.ENTER)
    browser.wait("html[lang=en]")
    assert loaded(browser) == {"ja", "en"}
    assert browser.find("#password-page h1").text == (
        "Enter your user ID and password"
    )
    assert browser.find("#user").get_attribute("value") == "sample001"
    assert "(step 1 of 4)" in browser.driver.title
    start(browser, pages)
    assert browser.find("h1").text == "Get or renew your certificate"
    assert loaded(browser) == {"en"}
    browser.find("#switch").send_keys(Keys.ENTER)
    browser.wait("html[lang=ja]")
    assert browser.find("h1").text == "電子証明書の発行と更新"


def test_R_WEB_8_a_switch_whose_texts_do_not_come_says_so(browser, pages):
    """In both languages, and the page stays in the one it has; the next press
    finds them."""
    browser.speaks("ja")
    password_page(browser, pages)
    browser.find("#user").send_keys("sample001")
    with browser.without("*/en.js"):
        browser.find("#switch").send_keys(Keys.ENTER)
        said = browser.wait("#switch-failed")
        assert [one.get_attribute("lang") or "ja" for one in
                said.find_elements("tag name", "p")] == ["ja", "en"]  # fmt: skip
        assert "英語で表示できませんでした" in said.text
        assert "could not be shown in English" in said.text
        assert browser.find("html").get_attribute("lang") == "ja"
        assert browser.focused.text == "English"
        assert axe.faults(browser) == []
    browser.find("#switch").send_keys(Keys.ENTER)
    browser.wait("html[lang=en]")
    assert browser.seen("#switch-failed") == []
    assert browser.find("#user").get_attribute("value") == "sample001"
    browser.complaints()  # the browser's, of what was blocked
    browser.find("#switch").send_keys(Keys.ENTER)
    browser.wait("html[lang=ja]")


def test_an_error_takes_the_focus_and_leads_to_its_field(browser, pages):
    browser.speaks("ja")
    empty_fields(browser, pages)
    summary = browser.find("#password-page [data-problem]")
    assert browser.focused == summary
    assert browser.driver.title.startswith("エラー：")
    user = browser.find("#user")
    assert user.get_attribute("aria-invalid") == "true"
    described = user.get_attribute("aria-describedby").split()
    assert [browser.find(f"#{name}").text for name in described] == [
        "ユーザーIDを入力してください。",
        "英字と数字の6〜12文字です。大文字と小文字は区別されます。",
    ]
    links = summary.find_elements("tag name", "a")
    links[1].send_keys(Keys.ENTER)
    assert browser.focused == browser.find("#password")


def test_R_WEB_3_the_screen_has_a_keyboard_for_keys_alone(browser, pages):
    password_page(browser, pages)
    field = browser.find("#password")
    field.send_keys("x", Keys.TAB)
    opener = browser.focused
    assert opener.text == "画面上のキーボード"
    assert opener.get_attribute("aria-expanded") == "false"
    opener.send_keys(Keys.ENTER)
    # 1, then down to a, then the capitals, and back to their first row.
    browser.focused.send_keys(Keys.ENTER)
    browser.focused.send_keys(Keys.ARROW_DOWN)
    browser.focused.send_keys(Keys.ARROW_DOWN)
    browser.focused.send_keys(Keys.SPACE)
    for _ in range(2):
        browser.focused.send_keys(Keys.ARROW_DOWN)
    browser.focused.send_keys(Keys.ARROW_RIGHT)
    assert browser.focused.text == "大文字"
    browser.focused.send_keys(Keys.ENTER)
    assert browser.focused.get_attribute("aria-pressed") == "true"
    for _ in range(2):
        browser.focused.send_keys(Keys.ARROW_UP)
    browser.focused.send_keys(Keys.ENTER)
    letter = browser.focused.text
    assert field.get_attribute("value") == "x1a" + letter
    assert letter.isupper()
    assert field.get_attribute("type") == "password"
    browser.focused.send_keys(Keys.ESCAPE)
    assert browser.seen(".keyboard") == []
    assert browser.focused == opener


def test_R_WEB_3_every_character_of_a_password_is_on_it(browser, pages):
    with_keyboard(browser, pages)
    field = browser.find("#password")
    for layer in range(3):
        browser.run(
            "const keys = [...document.querySelectorAll('.keyboard button')];"
            "keys.filter(key => !key.className).forEach(key => key.click());"
            "keys.filter(key => key.className === 'layer')"
            "[Math.min(args[0] + 1, 2)].click();", layer,
        )  # fmt: skip
    typed = field.get_attribute("value")
    assert set(typed) == {chr(code) for code in range(0x21, 0x7F)}


def test_what_was_typed_can_be_seen(browser, pages):
    password_page(browser, pages)
    _, shower = browser.seen("[data-tools=password] button")
    assert shower.text == "パスワードを表示"
    shower.send_keys(Keys.ENTER)
    assert browser.find("#password").get_attribute("type") == "text"
    assert shower.text == "パスワードを隠す"


def test_a_browser_without_modules_is_told_so(browser, pages):
    start(browser, pages)
    browser.run("import('/old.js')")  # `nomodule` says when
    until(lambda: browser.driver.current_url == pages.url + "/old")
    assert "このブラウザーではご利用いただけません" in browser.text
    assert "This browser cannot be used" in browser.text


@pytest.mark.parametrize("page", [
    str(path.relative_to(PAGES)) for path in sorted(PAGES.rglob("*.html"))
    if path.name != "old.html"  # which needs none
])  # fmt: skip
def test_R_WEB_8_without_scripts_each_page_says_what_it_needs(
    browser, pages, page
):
    without_scripts(browser, pages, page)
    assert "JavaScriptと新しいブラウザーが必要です" in browser.text
    assert "This page needs JavaScript" in browser.text
    assert browser.seen("#main h1") == []


def test_nothing_moves_for_who_wants_it_calm(browser, pages):
    moving = "return [...document.querySelectorAll('.run, .seal path')]" \
        ".map(one => getComputedStyle(one).animationName)"  # fmt: skip
    password_page(browser, pages)
    browser.looks(1280)
    assert browser.run(moving) == ["turn", "draw"]
    browser.looks(1280, calm=True)
    assert browser.run(moving) == ["none", "none"]


def test_the_console_stayed_silent(browser):
    assert browser.complaints() == []
