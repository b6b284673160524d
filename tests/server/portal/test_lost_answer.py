"""An answer is lost on its way: the door has done what was asked, and the page
does not know. It says what it knows, and how to go on (F-09).

The line between the browser and the door loses it. What was sent on a connection
that was open is sent again by Chromium itself, so that the page hears of no fault
but of a session that is over: the new one's name was lost with the answer."""

import pytest
from selenium.webdriver.common.keys import Keys

from koshin_tests import looks
from koshin_tests.browser import Browser
from koshin_tests.command_line import INITIAL, counter
from koshin_tests.line import Line
from koshin_tests.patience import until
from koshin_tests.portal import opened

NEW = "Zakura-55"


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened).start()


@pytest.fixture(scope="module")
def line(server):
    with Line(server.portal_port) as made:
        yield made


@pytest.fixture(scope="module")
def browser(server, line, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser") / "home"
    rule = f"MAP localhost:{server.portal_port} 127.0.0.1:{line.port}"
    with Browser(
        folder, trusts=[server.root], options=[f"--host-resolver-rules={rule}"]
    ) as made:
        made.url = f"https://localhost:{server.portal_port}"
        yield made
        made.complaints()  # the browser's own, of lines that were dropped


def fill(browser, **fields):
    for name, value in fields.items():
        browser.wait(f"#{name.replace('_', '-')}").send_keys(value)


def press_and_lose(browser, line, button, done):
    """The answer is lost; `done` says that the door has done it."""
    browser.wait(button)
    # On a connection that is open: its handshake is not what gets lost.
    browser.run("await fetch('/api/v1/session')")
    line.hold()
    browser.find(button).send_keys(Keys.ENTER)
    until(done)
    line.drop()


def until_told(browser, button):
    """Who hears that the server was not reached tries again."""
    def told():
        if browser.seen("#ended-page"):
            return True
        if browser.seen(f"{button}:not([aria-disabled])"):
            browser.find(button).send_keys(Keys.ENTER)
        return False

    until(told, lambda: browser.text, step_s=0.5)


def goes_on_to_the_issue(browser, user):
    browser.find("#ended-page a[href='/issue']").send_keys(Keys.ENTER)
    fill(browser, user=user, password=NEW + Keys.ENTER)
    browser.wait("#code")


def test_F_09_a_master_whose_answer_was_lost_gets_his_certificate(
    server, browser, line
):
    contract, user = str(next(counter)), f"master{next(counter) % 1000000}"
    server.instance.add_contract(contract, INITIAL)
    browser.open(browser.url + "/register")
    fill(browser, contract=contract, initial=INITIAL + Keys.ENTER)
    fill(browser, user=user, new=NEW, new_again=NEW, name="見本 太郎",
         email=f"{user}@example.jp",
         email_again=f"{user}@example.jp" + Keys.ENTER)  # fmt: skip
    press_and_lose(browser, line, "#look-go", lambda: server.rows(
        "SELECT 1 FROM koshin.account WHERE user_id = %s", user
    ))  # fmt: skip
    until_told(browser, "#look-go")
    looks.at(browser, "register#ended")
    goes_on_to_the_issue(browser, user)


def test_F_09_a_user_whose_answer_was_lost_gets_his_certificate(
    server, browser, line
):
    account = server.account(temporary=True)
    browser.open(browser.url + "/first")
    fill(browser, user=account.user, temporary=account.password + Keys.ENTER)
    fill(browser, new=NEW, new_again=NEW)
    press_and_lose(
        browser, line, "#new-go", lambda: not account.row("temporary_password")
    )
    until_told(browser, "#new-go")
    looks.at(browser, "first#ended")
    goes_on_to_the_issue(browser, account.user)
