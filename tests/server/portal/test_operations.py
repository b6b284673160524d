"""Every operation that portal/openapi.yaml describes refuses in the same way what
comes from elsewhere, cannot be read, has no session, or needs what is away."""

import itertools

import pytest

from koshin_tests.command_line import INITIAL, counter
from koshin_tests.every_answer import METHODS
from koshin_tests.holder import Holder
from koshin_tests.patience import until
from koshin_tests.portal import (
    DESCRIBED,
    Browser,
    Member,
    described,
    opened_to_members,
    request,
)

NEW = "Zakura-55"

# Which has sessions of its own, and not of any use.
OLD = "0123456789abcdef0123456789abcdef"
OF_EVERYBODY = ("/session", "/issue", "/register")
OF_MEMBERS = ("/session",)
# At a listener of their own (test_operator.py).
OF_OPERATORS = "/operator"
# What a page of the portal asks at the other listener, without a log-in; it has
# rules of its own (test_installed.py).
BETWEEN = ("/installed",)


def operations():
    """(is it of members, method, path, what its body may be)"""
    for path, known in DESCRIBED["paths"].items():
        if path.startswith(OF_OPERATORS):
            continue
        listeners = []
        if path.startswith(OF_EVERYBODY):
            listeners.append(False)
        if path in OF_MEMBERS or not path.startswith(OF_EVERYBODY):
            listeners.append(True)
        for (method, told), members in itertools.product(
            known.items(), listeners
        ):
            if method in METHODS:
                body = told.get("requestBody", {"content": {}})["content"]
                yield members, method.upper(), path, body


ALL = list(operations())
CHANGES = [one for one in ALL if one[1] != "GET"]
READ = [one for one in ALL if one[3]]
WITH_A_SESSION = [one for one in ALL if one[2] not in BETWEEN]
each = pytest.mark.parametrize("operation", ALL, ids=lambda o: f"{o[1]} {o[2]}")
change = pytest.mark.parametrize(
    "operation", CHANGES, ids=lambda o: f"{o[1]} {o[2]}"
)
reading = pytest.mark.parametrize(
    "operation", READ, ids=lambda o: f"{o[1]} {o[2]}"
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
    return module_server(change=opened_to_members).start()


@pytest.fixture(scope="module")
def holder(server):
    return Holder(server)


class Asker:
    """Asks for one of them, at the listener that it is of."""

    def __init__(self, server, holder):
        self._server = server
        self._identity = holder.identity
        self._user = holder.account.user

    def __call__(self, operation, body=None, host=None, shows=True, **fields):
        members, method, path, content = operation
        browser = self._browser(members, shows)
        browser.host = host or browser.host
        browser.patient = False
        browser.cookie = OLD
        for one in content.values():
            body = sample(one["schema"]) if body is None else body
        if path == "/login" and isinstance(body, dict):
            body["user"] = self._user  # another's is told before it is read
        if method != "GET" and body is None:
            body = {}
        return browser.api(method, path, body, **fields)

    def _browser(self, members, shows):
        if not members:
            return Browser(self._server)
        return Member(self._server, self._identity if shows else None)


@pytest.fixture
def ask(server, holder):
    return Asker(server, holder)


@each
def test_J_01_under_another_name_nothing_is_there(ask, operation):
    got = ask(operation, host="other.example")
    assert (got.status, got.code) == (421, "wrong_host")


@change
def test_J_01_what_is_not_from_our_pages_changes_nothing(ask, operation):
    got = ask(operation, sec_fetch_site="cross-site")
    assert (got.status, got.code) == (403, "foreign_page")
    got = ask(operation, content_type="text/plain")
    assert (got.status, got.code) == (415, "media_type")


@reading
def test_J_03_what_is_no_JSON_is_told_so(ask, operation):
    got = ask(operation, body=b"[")
    assert (got.status, got.code) == (400, "bad_json")


@each
def test_EST_066_another_method_is_told_so(server, operation):
    members, method, path, _ = operation
    browser = Member(server) if members else Browser(server)
    got = browser.ask("PUT", f"/api/v1{path}", b"{}")
    assert (got.status, got.code) == (405, "wrong_method")
    described(method, f"/api/v1{path}", got)


@pytest.mark.parametrize(
    "operation", WITH_A_SESSION, ids=lambda o: f"{o[1]} {o[2]}"
)
def test_J_02_a_session_that_is_none_does_nothing(ask, operation):
    got = ask(operation)
    if operation[2] == "/session":
        assert got.json == {"at": "nothing"}
    else:
        assert got.status == 401
        assert got.code in ("session_over", "login_failed")


@pytest.mark.parametrize(
    "operation",
    [
        o for o in WITH_A_SESSION
        if o[0] and o[1:3] != ("DELETE", "/session")
    ],
    ids=lambda o: f"{o[1]} {o[2]}",
)
def test_R_WEB_7_without_a_certificate_no_member_does_anything(ask, operation):
    got = ask(operation, shows=False)
    assert (got.status, got.code) == (403, "certificate_missing")
    assert got.json["choose_at"]


def throttling(settings):
    opened_to_members(settings)
    settings["profiles"] = [{"name": "person", "holder_revokes": True}]
    settings.setdefault("policy", {}).update(
        address_attempts=30, address_window="1h"
    )


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
    stranger = Browser(server)
    until(lambda: stranger.show_password("nobody99", NEW).status == 429)
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
        lambda: renews.browser.api("POST", "/renewal/code", {}),
        lambda: renews.browser.renew("123456", request()),
    ):  # fmt: skip
        got = ask()
        assert (got.status, got.code) == (429, "throttled")
        assert got.headers["Retry-After"]


def test_I_9_without_redis_all_of_them_are_not_available(new_server):
    """Last of all: what it needs first."""
    server = new_server(change=opened_to_members).start()
    ask = Asker(server, Holder(server))
    server.services.stop_redis()
    for operation in WITH_A_SESSION:
        got = ask(operation)
        assert (got.status, got.code) == (503, "unavailable"), operation[:3]
        assert got.headers["Retry-After"]
