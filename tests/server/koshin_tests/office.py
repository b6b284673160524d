"""office - a contract at the member area: its master in a browser, with a
certificate, and users whom nobody has to log in."""

import itertools
import os

from koshin_tests.clients import requests
from koshin_tests.clients.curl import EstClient
from koshin_tests.portal import Member, opened_to_members
from koshin_tests.server import PASSWORD, Account

numbers = itertools.count(1)
HASH = "$argon2id$x"  # fits nothing


def opened_to_masters(settings):
    """For Server(change=...): masters may revoke, but for one profile."""
    opened_to_members(settings)
    person = {"name": "person", "master_revokes": True}
    settings["profiles"] = [person, *settings["profiles"][1:]]


class Office:
    def __init__(self, server, name="Ours"):
        self.server = server
        self.name = name
        self.asked_again = False  # what was done was done twice, perhaps
        self.number = f"{next(numbers) + 20000000:08}"
        server.instance.add_contract(self.number)
        self.master = self.person(role="master")
        self.identity = self.certificate(self.master)
        self.browser = Member(server, self.identity)
        self.browser.entered(self.master)

    def _new(self, role):
        user = f"{role[:3]}{os.getpid() % 100:02}{next(numbers):04}"
        return user, f"{user}@{self.name.lower()}.example.jp"

    def person(self, role="general", **options):
        """Somebody who logs in."""
        user, email = self._new(role)
        self.server.instance.add_user(
            user, self.number, email, PASSWORD, role=role, locale="en",
            name=f"{self.name} {user}", **options,
        )  # fmt: skip
        return Account(self.server, user, PASSWORD, email)

    def certificate(self, account, label="person"):
        key = requests.new_key("p256")
        made = EstClient(self.server, label).enroll(account, key=key)
        return requests.Identity(self.server.folder, made, key)

    def row(self, role="general", **columns):
        """The user ID of one who is a row alone."""
        user, email = self._new(role)
        columns = {
            "user_id": user, "contract": self.number, "role": role,
            "name": f"{self.name} {user}", "email": email,
            "password_hash": HASH, **columns,
        }  # fmt: skip
        self.server.rows(
            f"INSERT INTO koshin.account ({', '.join(columns)})"
            f" VALUES ({', '.join(['%s'] * len(columns))})",
            *columns.values(),
        )
        return columns["user_id"]

    def many(self, count):
        """So many rows at once."""
        first = next(numbers)
        self.server.rows(
            "INSERT INTO koshin.account (user_id, contract, role, name, email,"
            " password_hash) SELECT 'm' || %s || 'n' || n, %s, 'general',"
            " 'Many ' || n, 'many' || n || '@example.jp', %s"
            " FROM generate_series(1, %s) n",
            first, self.number, HASH, count,
        )  # fmt: skip

    # ------------------------------------------------------------ the desk

    def ask(self, path, browser=None, **body):
        browser = browser or self.browser
        got = browser.api("POST", f"/desk{path}", body)
        self.asked_again |= browser.again
        return got

    def good(self, path, **body):
        got = self.ask(path, **body)
        assert got.status == 200, got.body
        return got.json

    def refused(self, status, code, path, **body):
        got = self.ask(path, **body)
        assert (got.status, got.code) == (status, code), got.body
        return got.json

    def figures(self):
        got = self.browser.api("GET", "/desk")
        assert got.status == 200, got.body
        return got.json

    def names(self, which="all", **more):
        rows = self.good("/users", list=which, **more)["users"]
        return [row["user"] for row in rows]

    def audits(self, user):
        """(actor, action, details) of each, in order."""
        return self.server.rows(
            "SELECT u.actor, u.action, u.details FROM koshin.audit u"
            " JOIN koshin.account a ON a.id = u.account"
            " WHERE a.user_id = %s ORDER BY u.id", user,
        )  # fmt: skip

    def mails(self, user):
        """The kind of each, in order."""
        return [kind for (kind,) in self.server.rows(
            "SELECT m.kind FROM koshin.mail m JOIN koshin.account a"
            " ON a.id = m.account WHERE a.user_id = %s ORDER BY m.id", user,
        )]  # fmt: skip

    @property
    def actor(self):
        return f"{self.number}/{self.master.user}"
