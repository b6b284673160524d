"""master - the desk of a contract's master in a browser, which has the master's
certificate, and rows of the users that are on it."""

import contextlib

from selenium.webdriver.common.keys import Keys

from koshin_tests import rows
from koshin_tests.browser import Browser, picking
from koshin_tests.database import Database
from koshin_tests.patience import until
from koshin_tests.portal import MEMBER
from koshin_tests.server import CONTRACT

LISTED = """return [...document.querySelectorAll("#rows a")]
    .filter(link => link.checkVisibility()).map(link => link.textContent)"""

AWAY = ("ただいまご利用いただけません", "not available at the moment")


@contextlib.contextmanager
def at_desk(server, folder):
    """A Desk whose master is logged in. No browser has had to report anything
    against its pages, nor said anything of them."""
    account, identity = server.identity("master", "person")
    with picking(), Browser(folder, trusts=[server.root]) as window:
        window.takes(identity)
        desk = Desk(server, window, account)
        desk.log_in()
        yield desk
        assert desk.complaints() == []
    assert "page-report" not in server.instance.log_text()


class Desk:
    def __init__(self, server, window, account, contract=CONTRACT):
        self.server = server
        self.contract = contract
        self.window = window
        self.account = account
        self.db = Database(server.services, "koshin", new=False)
        self.url = f"https://{MEMBER}:{server.member_port}/"

    def log_in(self):
        self.window.open(self.url)
        self.fill("#user", self.account.user)
        self.fill("#password", self.account.password)
        self.window.find("#password").send_keys(Keys.ENTER)
        self.window.wait("#menu-page")

    def open(self, where=""):
        """As from a bookmark; and again, where the service was not available:
        PostgreSQL and Redis have a second at most, which is short on a busy
        machine."""
        until(lambda: self._opens(where), lambda: self.window.text)

    def _opens(self, where):
        self.window.open("about:blank")
        self.window.open(f"{self.url}desk{where and '#' + where}")
        self.window.wait("main h1")
        return not any(away in self.window.text for away in AWAY)

    def fill(self, field, typed):
        found = self.window.wait(field)
        found.clear()
        found.send_keys(typed)

    def press(self, selector):
        """By a key, as the rest of it."""
        self.window.wait(selector).send_keys(Keys.ENTER)

    def act(self, name, user, **fields):
        """From the user's page."""
        self.open(f"user={user}")
        self.press(f"a[href='#{name}={user}']")
        self.window.wait("#act-page")
        for field, typed in fields.items():
            self.fill(f"#{field}", typed)
        self.press("#act-go")

    @property
    def listed(self):
        """The users of the page of the list."""
        return self.window.run(LISTED)

    def complaints(self):
        """What the console said, but for refusals, which the browser tells,
        too."""
        return [c for c in self.window.complaints() if "/api/v1/" not in c]

    # -------------------------------------------------------------- people

    def add(self, **more):
        """The user ID of a general user, who has no mailbox."""
        user = more.pop("user_id", f"desk{next(self.server.numbers):06}")
        rows.account(self.db, self.contract, "general", user_id=user, **more)
        return user

    def id_of(self, user):
        return self.column(user, "id")

    def column(self, user, name):
        return self.db.one(
            f"SELECT {name} FROM koshin.account WHERE user_id = %s", user
        )

    def holds(self, user, ends, installed=False):
        """A current certificate that ends then."""
        serial = rows.ending(self.db, self.id_of(user), ends)
        if installed:
            self.db.do("UPDATE koshin.certificate SET installed_at = now()"
                       " WHERE serial = %s", serial)  # fmt: skip
        return serial

    def bounces(self, user):
        self.db.do(
            "INSERT INTO koshin.mail (event_key, kind, account, recipient,"
            " locale, message_id, state, done_at) SELECT 'x:' || id, 'issued',"
            " id, email, 'ja', 'x', 'failed', now() FROM koshin.account"
            " WHERE user_id = %s", user,
        )  # fmt: skip

    def audited(self, user, action):
        """The details of each, in order."""
        return [details for (details,) in self.db.rows(
            "SELECT details FROM koshin.audit WHERE object = %s AND action = %s"
            " ORDER BY id", f"account:{self.id_of(user)}", action,
        )]  # fmt: skip
