"""Every operation that portal/openapi.yaml describes refuses in the same way what
comes from elsewhere, cannot be read, has no session, or needs what is away."""

import pytest

from koshin_tests import description
from koshin_tests.command_line import INITIAL, counter
from koshin_tests.description import (
    API, DESCRIBED, MEMBERS, OPERATORS, PORTAL, areas,
)  # fmt: skip
from koshin_tests.holder import Holder
from koshin_tests.operators import Desk, Operator, opened_to_operators
from koshin_tests.patience import until
from koshin_tests.portal import Browser, Member, request

NEW = "Zakura-55"

# Which has sessions of its own, and not of any use.
OLD = "0123456789abcdef0123456789abcdef"
# Without a session: what a page of the portal asks at another listener
# (test_installed.py), and what the link of a mail is good for (test_own.py).
WITHOUT = ("/installed", "/keep")


class Operation:
    """One of them, at a listener that has it."""

    def __init__(self, area, method, path, told):
        self.area = area
        self.method = method
        self.path = path
        body = told.get("requestBody", {"content": {}})["content"]
        self.schema = body.get(description.JSON, {}).get("schema")
        self.changes = method != "GET"
        self.of_session = path not in WITHOUT

    def __str__(self):
        return f"{self.area} {self.method} {self.path}"

    __repr__ = __str__

    def is_(self, method, path):
        return (self.method, self.path) == (method, path)


ALL = [Operation(area, *known) for known in description.operations()
       for area in sorted(areas(known[1]))]  # fmt: skip


def each(holds=lambda operation: True):
    return pytest.mark.parametrize("operation", filter(holds, ALL), ids=str)


def needs_certificate(operation):
    """All of the areas, but to leave; and what has no session (WITHOUT)."""
    return (
        operation.area != PORTAL
        and operation.of_session
        and not operation.is_("DELETE", "/session")
    )


def sample(schema):
    """Something that it describes."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return sample(DESCRIBED["components"]["schemas"][name])
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    if kind == "object":
        wanted = schema.get("required", [])
        return {n: sample(schema["properties"][n]) for n in wanted}
    return {"string": "a1", "boolean": True, "integer": 1, "array": []}[kind]


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_operators).start()


class People:
    """Somebody at each listener: in the areas it is an operator, who is a member
    as others are and shows the same certificate at both."""

    def __init__(self, server, patient=True):
        self.server = server
        self.patient = patient
        self.operator = Operator(server)
        self.identity = self.operator.identity

    def browser(self, area, shows=True):
        """A new one."""
        identity = self.identity if shows else None
        if area == PORTAL:
            made = Browser(self.server)
        elif area == MEMBERS:
            made = Member(self.server, identity)
        else:
            made = Desk(self.server, identity)
        made.patient = self.patient
        made.cookie = OLD
        return made

    def ask(self, operation, browser=None, body=None, **fields):
        browser = browser or self.browser(operation.area)
        if operation.schema is not None and body is None:
            body = sample(operation.schema)
        if operation.path == "/login" and isinstance(body, dict):
            # Another's is told before it is read.
            body["user"] = self.operator.account.user
        if operation.changes and body is None:
            body = {}
        return browser.api(operation.method, operation.path, body, **fields)

    def sessions(self):
        """The cookie of one at each listener."""
        at_code = Browser(self.server)
        at_code.log_in(self.server.account())
        member = Member(self.server, self.identity)
        member.entered(self.operator.account)
        desk = Desk(self.server, self.identity)
        desk.entered(self.operator.account)
        return {PORTAL: at_code.cookie, MEMBERS: member.cookie,
                OPERATORS: desk.cookie}  # fmt: skip


@pytest.fixture(scope="module")
def people(server):
    return People(server)


@pytest.fixture(scope="module")
def sessions(people):
    return people.sessions()


@each()
def test_J_01_under_another_name_nothing_is_there(people, operation):
    browser = people.browser(operation.area)
    browser.host = "other.example"
    got = people.ask(operation, browser)
    assert (got.status, got.code) == (421, "wrong_host")


@each(lambda o: o.changes)
def test_J_01_what_is_not_from_our_pages_changes_nothing(people, operation):
    got = people.ask(operation, sec_fetch_site="cross-site")
    assert (got.status, got.code) == (403, "foreign_page")
    got = people.ask(operation, content_type="text/plain")
    assert (got.status, got.code) == (415, "media_type")


@each(lambda o: o.schema is not None)
def test_J_03_what_is_no_JSON_is_told_so(people, operation):
    got = people.ask(operation, body=b"[")
    assert (got.status, got.code) == (400, "bad_json")


@each()
def test_EST_066_another_method_is_told_so(people, operation):
    browser = people.browser(operation.area)
    got = browser.ask("PUT", f"{API}{operation.path}", b"{}")
    assert (got.status, got.code) == (405, "wrong_method")


def does_nothing(operation, got):
    if operation.path == "/session":
        assert got.json == {"at": "nothing"}
    else:
        assert got.status == 401
        assert got.code in ("session_over", "login_failed")


@each(lambda o: o.of_session)
def test_J_02_a_session_that_is_none_does_nothing(people, operation):
    does_nothing(operation, people.ask(operation))


@each(lambda o: o.of_session and not o.is_("DELETE", "/session"))
def test_J_02_a_session_of_another_listener_does_nothing(
    people, sessions, operation
):
    """Whoever put it into the cookie of this one."""
    for area, cookie in sessions.items():
        if area == operation.area:
            continue
        browser = people.browser(operation.area)
        browser.cookie = cookie
        does_nothing(operation, people.ask(operation, browser))


@each(needs_certificate)
def test_R_WEB_7_without_a_certificate_nobody_does_anything(people, operation):
    got = people.ask(operation, people.browser(operation.area, shows=False))
    assert (got.status, got.code) == (403, "certificate_missing")
    assert got.json["choose_at"]


def throttling(settings):
    opened_to_operators(settings)
    person = {"name": "person", "holder_revokes": True}
    settings["profiles"] = [person, *settings["profiles"][1:]]
    settings.setdefault("policy", {}).update(
        address_attempts=40, address_window="1h"
    )


def throttled(server):
    """From this address nobody may try anything more."""
    stranger = Browser(server)
    until(lambda: stranger.show_password("nobody99", NEW).status == 429)
    return stranger


def refused(got, what=None):
    assert (got.status, got.code) == (429, "throttled"), what
    assert got.headers["Retry-After"]


def test_R_AUTH_5_too_much_from_an_address_is_told_whatever_is_asked(
    new_server
):
    """Also to whoever has a session already: its voucher is an attempt."""
    server = new_server(change=throttling).start()
    account, begins = server.account(), server.account(temporary=True)
    number = str(next(counter))
    server.instance.add_contract(number, INITIAL)
    holder, renews = Holder(server), Holder(server)
    at_code, master, begun = (Browser(server) for _ in range(3))
    assert at_code.show_password(account).status == 200
    assert master.show_contract(number, INITIAL).status == 200
    assert begun.show_temporary(begins).status == 200
    holder.browser.entered(holder.account)
    renews.age(340)
    renews.browser.entered(renews.account)
    assert renews.browser.api("POST", "/renewal/code", {}).status == 200
    stranger = throttled(server)
    user = f"master{number[-6:]}"
    for ask in (
        lambda: stranger.show_password(account),
        lambda: stranger.show_contract(number, INITIAL),
        lambda: stranger.show_temporary(begins),
        lambda: at_code.api("POST", "/issue/code", {}),
        lambda: at_code.show_code("123456", request()),
        lambda: master.register(
            user=user, password=NEW, password_again=NEW, name="x",
            email="x@example.jp", email_again="x@example.jp", locale="ja",
        ),
        lambda: begun.choose(NEW),
        lambda: holder.another_browser().enter(holder.account),
        lambda: holder.browser.change_password(holder.account.password, NEW),
        lambda: holder.browser.revoke(holder.serial, account=holder.account),
        lambda: holder.browser.api("POST", "/own/email/code",
                                   {"code": "12345678"}),
        lambda: renews.browser.api("POST", "/renewal/code", {}),
        lambda: renews.browser.renew("123456", request()),
    ):  # fmt: skip
        refused(ask())


def test_R_AUTH_5_so_is_it_where_a_row_has_changed_since_the_log_in(new_server):
    """Auth, which alone knows whether it was the password, is asked then."""
    server = new_server(change=throttling).start()
    people = People(server)
    sessions = people.sessions()
    throttled(server)
    people.operator.account.reads("ja")
    for operation in filter(needs_certificate, ALL):
        browser = people.browser(operation.area)
        browser.cookie = sessions[operation.area]
        refused(people.ask(operation, browser), operation)


def test_I_9_without_redis_all_of_them_are_not_available(new_server):
    """Last of all: what it needs first."""
    server = new_server(change=opened_to_operators).start()
    people = People(server, patient=False)
    server.services.stop_redis()
    for operation in ALL:
        if operation.of_session:
            got = people.ask(operation)
            assert (got.status, got.code) == (503, "unavailable"), operation
            assert got.headers["Retry-After"]
