"""operator_desk - the operator's desk in a browser, which has his certificate."""

import contextlib

from selenium.webdriver.common.keys import Keys

from koshin_tests.browser import Browser, picking
from koshin_tests.operators import OPERATOR


class Window:
    """An operator's, who is logged in."""

    def __init__(self, operator, browser):
        self.operator = operator
        self.browser = browser
        self.url = f"https://{OPERATOR}:{operator.server.operator_port}/"

    def log_in(self):
        self.browser.open(self.url)
        self.fill("#user", self.operator.account.user)
        self.fill("#password", self.operator.account.password)
        self.browser.find("#password").send_keys(Keys.ENTER)
        self.browser.wait("#home-page")

    def fill(self, field, typed):
        found = self.browser.wait(field)
        found.clear()
        found.send_keys(typed)

    def press(self, selector):
        self.browser.wait(selector).send_keys(Keys.ENTER)

    def go(self, where):
        self.browser.open("about:blank")
        self.browser.open(f"{self.url}#{where}")
        self.browser.wait("main h1")

    def does(self, **fields):
        """The act whose page is open, with the password anew."""
        self.browser.wait("#act-page")
        for field, typed in fields.items():
            self.fill(f"#{field}", typed)
        self.fill("#proof", self.operator.account.password)
        self.press("#act-go")

    def text(self, selector):
        return self.browser.wait(selector).text

    def complaints(self):
        """But for refusals, which the browser tells, too."""
        return [c for c in self.browser.complaints() if "/api/v1/" not in c]


@contextlib.contextmanager
def window(operator, folder):
    """A Window; no page has had to report anything."""
    with picking(), Browser(folder, trusts=[operator.server.root]) as browser:
        browser.takes(operator.identity)
        made = Window(operator, browser)
        made.log_in()
        yield made
        assert made.complaints() == []
