"""operators - those who run the service, in browsers at the operator's desk, and
what stands in the trail of it."""

import os

import ports

from koshin_tests import description
from koshin_tests.office import Office, numbers
from koshin_tests.portal import Browser, Member, opened_to_members

OPERATOR = "operator.localhost"
ALL_ACTS = ["lift-master", "reset-contract", "revoke-many", "close-contract"]

WRONG = "Wr0ng-password"
WHY = "asked for by telephone"
# Each operation that reads, with a body that it takes.
READS = {
    "/contracts": {}, "/users": {}, "/certificates": {"user": "x"},
    "/mails": {}, "/audit": {}, "/figures": {},
}  # fmt: skip
# Each that acts.
ACTS = {
    "/user/act": {"act": "close", "what": "x", "reason": "x", "password": "x"},
    "/contract/act": {"act": "close", "what": "12345678", "reason": "x",
                      "password": "x"},
    "/certificate/revoke": {"what": "00" * 20, "value": "superseded",
                            "password": "x"},
    "/mail/retry": {},
    "/user/add": {"user": "new0001", "contract": "12345678",
                  "role": "general", "name": "X", "email": "x@example.jp",
                  "password": "x"},
    "/contract/add": {"contract": "12121212", "password": "x"},
    "/proposal/decide": {"id": 1, "confirm": True, "password": "x"},
}  # fmt: skip


def opened_to_operators(settings):
    """For Server(change=...): with both areas, and a profile of operators."""
    opened_to_members(settings)
    settings["operator"] = {"host": OPERATOR, "port": ports.free_port()}
    own = {"name": "operator", "holder": "operator"}
    settings["profiles"] = [*settings["profiles"], own]


def opened_to_two(settings):
    """The same, where it takes two for all that may."""
    opened_to_operators(settings)
    settings["policy"]["two_persons"] = ALL_ACTS
    settings["policy"]["operator_revokes"] = 2


class Desk(Member):
    """A window at the operator's desk."""

    area = description.OPERATORS
    cookie_name = "__Host-koshin-operator"

    def __init__(self, server, identity=None, host=OPERATOR):
        super().__init__(server, identity, host)
        self.port = server.operator_port


class Operator(Office):
    """One of the house, with a certificate, who has logged in. What an office
    knows of rows, people and trail is his, too."""

    def __init__(self, server, number=None):
        self.server = server
        self.name = "House"
        self.number = number or f"{next(numbers) + 30000000:08}"
        if number is None:
            server.instance.add_contract(self.number)
        self.account = self.person(role="operator")
        self.identity = self.certificate(self.account, "operator")
        self.browser = Desk(server, self.identity)
        self.browser.entered(self.account)

    @property
    def actor(self):
        return f"{self.number}/{self.account.user}"

    def ask(self, path, browser=None, **body):
        browser = browser or self.browser
        return browser.api("POST", f"/operator{path}", body)

    def act(self, kind, act, what, **more):
        """With his own password, as each act wants it."""
        return self.good(f"/{kind}/act", act=act, what=what,
                         password=self.account.password, **more)  # fmt: skip

    def proposals(self):
        got = self.browser.api("GET", "/operator/proposals")
        assert got.status == 200, got.body
        return got.json["proposals"]

    def proposal(self, what):
        (found,) = [p for p in self.proposals()
                    if p["what"] == what and p["state"] == "open"]  # fmt: skip
        return found

    def decide(self, proposal, confirm=True, browser=None):
        return self.ask(
            "/proposal/decide", browser, id=proposal["id"],
            confirm=confirm, password=self.account.password,
        )  # fmt: skip

    def users(self, search="", **more):
        return [u["user"] for u in
                self.good("/users", search=search, **more)["users"]]  # fmt: skip

    def user(self, user):
        (found,) = [u for u in self.good("/users", search=user)["users"]
                    if u["user"] == user]  # fmt: skip
        return found

    def refused_mail(self, user):
        """The id of one to that user, which the mail server has refused."""
        return self.server.rows(
            "INSERT INTO koshin.mail (event_key, kind, account, recipient,"
            " locale, parameters, message_id, state, done_at, last_answer)"
            " SELECT 'again:' || %s || user_id, 'reminder', id, email, 'en',"
            " jsonb_build_object('user_id', user_id, 'name', name, 'contract',"
            " contract, 'role', role), 'x', 'failed', now(), '550 no'"
            " FROM koshin.account WHERE user_id = %s RETURNING id",
            next(numbers), user,
        )[0][0]  # fmt: skip

    def customer(self):
        """A contract of somebody else, whose master is a row."""
        other = Customer(self.server)
        other.master = other.row("master")
        return other


class Customer(Office):
    """A contract, of which nobody has logged in. `initial`: its password."""

    def __init__(self, server, initial=None):
        self.server = server
        self.name = f"Customer{os.getpid() % 100}"
        self.number = f"{next(numbers) + 40000000:08}"
        server.instance.add_contract(self.number, initial)


# ------------------------------------------------------------------ contracts


def locked(server, number):
    """As whoever guesses its initial password has it, in both stores."""
    browser = Browser(server)
    for _ in range(6):
        assert browser.show_contract(number, WRONG).status == 401
    server.until(lambda: server.one(
        "SELECT locks FROM koshin.contract WHERE number = %s", number) == 1)  # fmt: skip


def contract_trail(server, number):
    return server.rows(
        "SELECT action, actor, details ->> 'reason' FROM koshin.audit"
        " WHERE object = %s ORDER BY id", f"contract:{number}",
    )  # fmt: skip
