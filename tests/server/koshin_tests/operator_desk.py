"""operator_desk - the operator's desk in a browser, which has his certificate."""

import contextlib

from selenium.webdriver.common.keys import Keys

from koshin_tests.browser import Browser, picking
from koshin_tests.master import AWAY
from koshin_tests.operators import OPERATOR
from koshin_tests.patience import until


class Window:
    """An operator's, who is logged in."""

    def __init__(self, operator, browser):
        self.operator = operator
        self.browser = browser
        self.url = f"https://{OPERATOR}:{operator.server.operator_port}/"

    def log_in(self):
        """And again, where the service was not available (koshin_tests.master)."""
        until(self._comes_in, lambda: self.browser.text)

    def _comes_in(self):
        self.browser.open(self.url)
        self.browser.wait("#home-page, #login-page")
        if self.browser.seen("#login-page"):
            self.fill("#user", self.operator.account.user)
            self.fill("#password", self.operator.account.password)
            self.browser.find("#password").send_keys(Keys.ENTER)
        self.browser.wait("#home-page, #login-page [data-problem]")
        return self.browser.seen("#home-page")

    def reads(self, language):
        """From now on; the account says so where one comes in."""
        self.operator.account.reads(language)
        self.go("")
        self.press("#out")
        self.browser.wait("#login-page")
        self.log_in()

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
        until(self._answered, lambda: self.browser.text)

    def _answered(self):
        """False, where the service was not available."""
        self.fill("#proof", self.operator.account.password)
        self.press("#act-go")
        problem = "#act-page [data-problem]"
        until(lambda: self.browser.seen(problem)
              or not self.browser.seen("#act-page"))  # fmt: skip
        told = [one.text for one in self.browser.seen(problem)]
        return not any(away in text for text in told for away in AWAY)

    def text(self, selector):
        return self.browser.wait(selector).text

    def complaints(self):
        """But for refusals, which the browser tells, too."""
        return [c for c in self.browser.complaints() if "/api/v1/" not in c]


@contextlib.contextmanager
def window(operator, folder, language="ja"):
    """A Window, of who reads that; no page has had to report anything."""
    operator.account.reads(language)
    with picking(), Browser(folder, trusts=[operator.server.root]) as browser:
        browser.takes(operator.identity)
        made = Window(operator, browser)
        made.log_in()
        yield made
        assert made.complaints() == []
