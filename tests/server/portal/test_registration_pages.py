"""How people begin, in a real browser, through the real door (R-WEB-2b,
R-ACC-7): nothing is lost on the way, and no password stays behind."""

import maildir
import pytest
from selenium.webdriver.common.keys import Keys

from koshin_tests import looks
from koshin_tests.browser import Browser
from koshin_tests.command_line import INITIAL, counter
from koshin_tests.patience import until
from koshin_tests.portal import opened

NEW = "Zakura-55"


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened).start()


@pytest.fixture(scope="module")
def browser(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser") / "home"
    with Browser(folder, trusts=[server.root]) as made:
        yield made


@pytest.fixture
def window(server, browser):
    url = f"https://localhost:{server.portal_port}"
    browser.looks(1280)
    browser.speaks("ja")
    browser.url = url
    browser.clear_downloads()
    yield browser
    browser.driver.get("about:blank")
    browser.tell("Storage.clearDataForOrigin", origin=url,
                 storageTypes="all")  # fmt: skip
    browser.complaints()


@pytest.fixture
def contract(server):
    number = str(next(counter))
    server.instance.add_contract(number, INITIAL)
    return number


def enter(window, selector, typed):
    """Into the field; then Enter."""
    fill(window, selector, typed)
    window.find(selector).send_keys(Keys.ENTER)


def fill(window, selector, typed):
    window.wait(selector).clear()
    window.find(selector).send_keys(typed)


def at_fields(window, contract):
    window.open(window.url + "/")
    window.wait("a[href='/register']").send_keys(Keys.ENTER)
    fill(window, "#contract", contract)
    enter(window, "#initial", INITIAL)
    window.wait("#user")


def typed(**changes):
    user = f"master{next(counter) % 1000000}"
    return {
        "user": user, "new": NEW, "new-again": NEW, "name": "見本 太郎",
        "email": f"{user}@example.jp", "email-again": f"{user}@example.jp",
        **changes,
    }  # fmt: skip


def fill_all(window, fields):
    for name, value in fields.items():
        fill(window, f"#{name}", value)
    window.find("#email-again").send_keys(Keys.ENTER)


def master(server, contract):
    return server.rows(
        "SELECT user_id, name, email FROM koshin.account"
        " WHERE contract = %s AND role = 'master'",
        contract,
    )


def test_R_WEB_2b_a_master_registers(server, window, contract):
    at_fields(window, contract)
    assert "8〜12文字" in window.find("#new-rule").text
    looks.at(window, "register#fields")
    fields = typed()
    fill_all(window, fields)
    head = window.wait("#look-page h1")
    until(lambda: window.focused == head)
    assert window.find("#look-name").text == fields["name"]
    assert NEW not in window.text
    looks.at(window, "register#look")
    with window.without_door():
        window.find("#look-go").send_keys(Keys.ENTER)
        window.wait("#look-page [data-problem]")
        looks.at(window, "register#look!")
    assert master(server, contract) == []
    # Back loses nothing, and Forward finds it again.
    window.find("#look-back").send_keys(Keys.ENTER)
    window.wait("#user")
    assert window.find("#user").get_attribute("value") == fields["user"]
    window.find("#email-again").send_keys(Keys.ENTER)
    window.wait("#look-go").send_keys(Keys.ENTER)
    window.wait("#done-page")
    shown = window.text
    assert fields["user"] in shown and fields["name"] in shown
    assert "********" in shown and NEW not in shown
    looks.at(window, "register#done")
    assert master(server, contract) == [
        (fields["user"], fields["name"], fields["email"])
    ]
    # Reload and Back are safe. The password is not known any more then.
    window.driver.refresh()
    assert fields["user"] in window.wait("#done-user").text
    assert told(window) == []
    window.find("#done-issue").send_keys(Keys.ENTER)
    fill(window, "#user", fields["user"])
    enter(window, "#password", NEW)
    window.wait("#code")


def told(window):
    """What the console said, but for refusals, which the browser tells, too."""
    return [c for c in window.complaints() if "/api/v1/" not in c]


def goes_on_to_the_file(window, code):
    """From the page of who is registered: one press, the code, one press."""
    window.wait("#done-issue").send_keys(Keys.ENTER)
    window.wait("#code-page")
    assert window.driver.current_url == window.url + "/issue#code"
    # A Reload goes on there, and Back repeats nothing.
    window.driver.back()
    enter(window, "#code", code())
    window.wait("#result-page")
    until(window.saved)
    assert window.complaints() == []


def test_R_WEB_2b_a_master_goes_straight_on_to_the_issue(
    server, window, contract
):
    """Without typing user ID and password again: the code is all he types."""
    at_fields(window, contract)
    fields = typed()
    fill_all(window, fields)
    window.wait("#look-go").send_keys(Keys.ENTER)
    mails = server.services.maildir
    since = maildir.mark(mails)
    goes_on_to_the_file(window, lambda: maildir.code_of(
        maildir.wait_for_mail(mails, to=fields["email"], after=since,
                              subject="ワンタイム")
    ))  # fmt: skip
    window.find("#end").send_keys(Keys.ENTER)
    window.wait("a[href='/issue']")
    assert window.driver.current_url == window.url + "/"


def test_R_LOCK_1_a_master_who_is_locked_at_the_code_is_told(
    window, contract
):
    """And how to go on, on a page of its own (R-WEB-2c)."""
    at_fields(window, contract)
    fill_all(window, typed())
    window.wait("#look-go").send_keys(Keys.ENTER)
    window.wait("#done-page")
    with window.without_door():
        window.find("#done-issue").send_keys(Keys.ENTER)
        window.wait("#done-page [data-problem]")
        looks.at(window, "register#done!")
    window.find("#done-issue").send_keys(Keys.ENTER)
    window.wait("#code-page")
    for left in range(5, -1, -1):
        enter(window, "#code", f"{left}" * 6)
        until(lambda left=left: window.seen("#ended-page [data-problem]")
              if left == 0 else f"あと{left}回" in window.text)  # fmt: skip
    looks.at(window, "issue#ended!")
    assert told(window) == []


def test_R_ACC_7_a_general_user_goes_straight_on_to_the_issue(server, window):
    account = server.account(temporary=True)
    since = account.before_code()
    window.open(window.url + "/first")
    fill(window, "#user", account.user)
    enter(window, "#temporary", account.password)
    fill(window, "#new", NEW)
    enter(window, "#new-again", NEW)
    goes_on_to_the_file(window, lambda: account.code(since))


def test_F_09_a_reload_at_the_code_goes_on_at_the_issue(server, window):
    account = server.account(temporary=True)
    since = account.before_code()
    window.open(window.url + "/first")
    fill(window, "#user", account.user)
    enter(window, "#temporary", account.password)
    fill(window, "#new", NEW)
    enter(window, "#new-again", NEW)
    window.wait("#done-issue").send_keys(Keys.ENTER)
    window.wait("#code-page")
    window.driver.refresh()
    enter(window, "#code", account.code(since))
    window.wait("#result-page")
    enter(window, "#unlock", NEW)
    until(window.saved)


def test_J_05_J_06_J_07_J_08_each_field_says_what_it_wants(
    server, window, contract
):
    at_fields(window, contract)
    fill_all(window, typed(**{
        "user": "<b>x</b>", "new-again": "Zakura-56", "name": "あ" * 21,
        "email": "a@b",
    }))  # fmt: skip
    window.wait("#fields-page [data-problem]")
    wrong = {
        field.get_attribute("id")
        for field in window.seen("#fields-page [aria-invalid=true]")
    }
    assert wrong == {"user", "new-again", "name", "email"}
    assert len(window.seen("#fields-page [data-problem] li")) == 4
    assert window.driver.title.startswith("エラー：")
    # What was typed stays, but for passwords.
    assert window.find("#user").get_attribute("value") == "<b>x</b>"
    assert window.find("#new").get_attribute("value") == ""
    looks.at(window, "register#fields!")


def test_R_ACC_3_a_user_id_that_is_taken_is_told_at_its_field(
    server, window, contract
):
    taken = server.account()
    at_fields(window, contract)
    fields = typed(user=taken.user)
    fill_all(window, fields)
    window.wait("#look-go").send_keys(Keys.ENTER)
    assert "すでに使われています" in window.wait("#user-wrong").text
    assert window.find("#name").get_attribute("value") == fields["name"]
    enter(window, "#user", typed()["user"])
    window.wait("#look-go").send_keys(Keys.ENTER)
    window.wait("#done-page")


@pytest.mark.parametrize("markup", ["<img src=x onerror=1", "'\"><b>&amp;x"])
def test_J_12_markup_in_a_name_is_shown_as_text(
    server, window, contract, markup
):
    at_fields(window, contract)
    fill_all(window, typed(name=markup))
    assert window.wait("#look-name").text == markup
    window.find("#look-go").send_keys(Keys.ENTER)
    assert window.wait("#done-name").text == markup
    assert window.seen("#done-name *") == []
    assert window.complaints() == []


def test_R_ACC_5_who_types_another_form_is_told(window, contract):
    at_fields(window, contract)
    fill_all(window, typed(name="\ufa1b田"))
    assert window.wait("#look-name").text == "\u798f田"
    assert window.seen("#look-stored")


def test_R_WEB_2b_a_wrong_contract_keeps_what_was_typed(window, contract):
    window.open(window.url + "/register")
    window.wait("#contract")
    looks.at(window, "register#contract")
    fill(window, "#contract", contract)
    enter(window, "#initial", "Wr0ng-pw")
    said = window.wait("#contract-page [data-problem]").text
    assert "契約番号または初期パスワード" in said
    looks.at(window, "register#contract!")
    assert window.find("#contract").get_attribute("value") == contract


def test_F_09_a_second_window_says_that_another_was_faster(
    server, window, contract
):
    at_fields(window, contract)
    first = window.driver.current_window_handle
    window.tab()
    window.open(window.url + "/register#fields")
    registered = typed()
    fill_all(window, registered)
    window.wait("#look-go").send_keys(Keys.ENTER)
    window.wait("#done-page")
    assert not window.seen("#done-before")
    window.driver.close()
    window.driver.switch_to.window(first)
    late = typed()
    fill_all(window, late)
    window.wait("#look-go").send_keys(Keys.ENTER)
    # What is registered is told, not what was typed last.
    assert window.wait("#done-user").text == registered["user"]
    assert window.seen("#done-before")
    assert late["user"] not in window.text and late["email"] not in window.text
    looks.at(window, "register#done where another was faster")
    assert len(master(server, contract)) == 1


def test_R_ACC_7_a_general_user_begins(server, window):
    account = server.account(temporary=True)
    window.open(window.url + "/")
    window.wait("a[href='/first']").send_keys(Keys.ENTER)
    window.wait("#login-page")
    looks.at(window, "first#login")
    fill(window, "#user", account.user)
    enter(window, "#temporary", account.password)
    fill(window, "#new", account.password)
    looks.at(window, "first#new")
    enter(window, "#new-again", account.password)
    assert "仮パスワードと同じ" in window.wait("#new-wrong").text
    looks.at(window, "first#new!")
    window.complaints()  # the browser's of that refusal
    window.driver.refresh()
    fill(window, "#new", NEW)
    enter(window, "#new-again", NEW)
    assert account.user in window.wait("#done-user").text
    assert not account.row("temporary_password")
    assert window.complaints() == []
    looks.at(window, "first#done")
    with window.without_door():
        window.find("#done-issue").send_keys(Keys.ENTER)
        window.wait("#done-page [data-problem]")
        looks.at(window, "first#done!")


def test_R_ACC_7_at_the_issue_it_is_replaced_before_a_code(server, window):
    account = server.account(temporary=True)
    since = account.before_code()
    window.open(window.url + "/issue")
    fill(window, "#user", account.user)
    enter(window, "#password", account.password)
    fill(window, "#new", NEW)
    assert account.mails(since, "one-time code") == []
    looks.at(window, "issue#new")
    enter(window, "#new-again", "Zakura-56")
    window.wait("#new-page [data-problem]")
    looks.at(window, "issue#new!")
    fill(window, "#new", NEW)
    enter(window, "#new-again", NEW)
    enter(window, "#code", account.code(since))
    window.wait("#result-page")
    assert window.saved()
    assert window.complaints() == []
