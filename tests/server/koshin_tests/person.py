"""person - somebody before the pages of the portal, in a real browser."""

import re

from cryptography.hazmat.primitives.serialization import pkcs12
from selenium.webdriver.common.keys import Keys

from koshin_tests.clients import requests
from koshin_tests.patience import until


class Person:
    """With an account, a new one or this, and a mailbox."""

    def __init__(self, server, browser, account=None):
        self.server = server
        self.browser = browser
        self.url = f"https://localhost:{server.portal_port}"
        self.account = account or server.account()
        self.since = None

    def enter(self, field, typed):
        found = self.browser.wait(field)
        found.clear()
        found.send_keys(typed, Keys.ENTER)

    def press(self, button):
        self.browser.wait(button).send_keys(Keys.ENTER)

    def log_in(self, password=None):
        self.browser.open(self.url + "/issue")
        self.browser.wait("#user")
        self.browser.find("#user").clear()
        self.browser.find("#user").send_keys(self.account.user)
        self.since = self.account.before_code()
        self.enter("#password", password or self.account.password)

    def at_code(self):
        """The code, on its page."""
        self.log_in()
        self.browser.wait("#code")
        return self.account.code(self.since)

    def issued(self):
        code = self.at_code()
        self.enter("#code", code)
        self.browser.wait("#result-page")
        return self.saved()

    def saved(self):
        """The file of this person, as it was saved last."""
        name = self.browser.wait("#file-name").text
        stem = name.removesuffix(".p12")
        assert re.fullmatch(self.account.user + r"-\d{14}", stem)

        def newest():
            found = self.browser.saved()
            mine = [n for n in found if n.startswith(stem)]
            return found[max(mine, key=len)] if mine else None

        return until(newest, lambda: self.browser.text)

    def opens(self, file, passphrase=None):
        """The certificate in it."""
        key, certificate, chain = pkcs12.load_key_and_certificates(
            file, (passphrase or self.account.password).encode()
        )
        assert requests.public(key) == requests.public(certificate)
        assert chain
        return certificate

    @property
    def certificates(self):
        return self.server.certificates_of(self.account)

    def record(self, part):
        """What the browser has kept; `part` of it as the script says."""
        return self.browser.run(f"""
            const {{ remembered }} = await import(performance
                .getEntriesByType("resource").map(entry => entry.name)
                .find(name => name.includes("/store.")));
            const record = await remembered();
            return {part};
        """)

    def remembered(self):
        """Has the browser a record of it?"""
        return self.record("record !== null")

    def request(self):
        """The certification request that it has made."""
        return self.record("Array.from(record.request)")

    def session(self):
        return self.browser.run(
            "return (await (await fetch('/api/v1/session')).json()).at"
        )
