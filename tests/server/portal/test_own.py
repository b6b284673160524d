"""Own details in the member area: what somebody changes about himself (R-ACC-8,
R-WEB-5)."""

import pytest

from koshin_tests.holder import Holder, refused
from koshin_tests.portal import Browser, Member, opened_to_members, request

NOTHING = {"at": "nothing"}
NEW = "Zakura-55"


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_members).start()


@pytest.fixture
def holder(server):
    return Holder(server)


@pytest.fixture
def browser(holder):
    holder.browser.entered(holder.account)
    return holder.browser


def told(server, account):
    return server.rows(
        "SELECT kind, recipient FROM koshin.mail WHERE account = %s"
        " AND kind NOT IN ('registered', 'code', 'issued') ORDER BY id",
        account.row("id"),
    )


# ------------------------------------------------------------------ password


def test_R_ACC_8_another_password_takes_the_place_of_the_old_one(
    server, holder, browser
):
    account, old = holder.account, holder.account.password
    got = browser.change_password(old, NEW)
    assert got.status == 200, got.body
    assert got.json == browser.session()
    assert got.json["at"] == "member"
    refused(holder.another_browser().enter(account, old), 401, "login_failed")
    assert holder.another_browser().enter(account, NEW).status == 200
    assert told(server, account) == [
        ("password_changed", account.row("email"))
    ]
    ((actor, details),) = server.rows(
        "SELECT actor, details FROM koshin.audit WHERE account = %s"
        " AND action = 'account.password'",
        account.row("id"),
    )
    assert actor == f"{account.row('contract')}/{account.user}"
    assert details == {"temporary": False}


def test_J_02_every_other_session_of_the_account_is_over(
    server, holder, browser
):
    """At either listener; and this one has another name."""
    account, before = holder.account, browser.cookie
    elsewhere = holder.another_browser()
    elsewhere.entered(account)
    portal = Browser(server)
    holder.age(340)
    portal.log_in(account)
    assert browser.change_password(account.password, NEW).status == 200
    assert browser.cookie != before
    assert elsewhere.session() == NOTHING
    stale = holder.another_browser()
    stale.cookie = before
    assert stale.session() == NOTHING
    refused(portal.api("POST", "/issue/code", {}), 401, "session_over")


def test_O_09_a_renewal_on_its_way_begins_anew(holder, browser):
    holder.age(340)
    code = browser.ask_renewal_code(holder.account)
    got = browser.change_password(holder.account.password, NEW)
    assert got.json["at"] == "member"
    refused(browser.renew(code, request()), 409, "other_step")


def test_T3_R_LOCK_1_a_session_alone_changes_no_password(
    server, holder, browser
):
    account = holder.account
    for _ in range(5):
        got = browser.change_password("Wrong-pw-1", NEW)
        refused(got, 403, "password_wrong")
        assert got.json["fields"] == ["old_password"]
    tried = server.redis("GET", f"koshin:{{{account.user}}}:try")
    assert tried.split(" ")[0] == "5"
    refused(browser.change_password("Wrong-pw-1", NEW), 403, "password_wrong")
    server.until(lambda: account.row("locked_until") is not None)
    # A lock ends the session, too (R-LOCK-2).
    refused(
        browser.change_password(account.password, NEW), 401, "session_over"
    )


def test_J_08_the_rules_are_those_of_every_password(holder, browser):
    old = holder.account.password
    for new, again, fields in (
        ("short-1A", "short-1B", ["password_again"]),
        ("nodigits-A", "nodigits-A", ["password"]),
        ("Ab1-", "Ab1-x", ["password", "password_again"]),
        ("Zakura\t55", "Zakura\t55", ["password"]),
    ):
        got = browser.change_password(old, new, again)
        refused(got, 400, "bad_field")
        assert got.json["fields"] == fields
    got = refused(browser.change_password(old, old), 400, "password_same")
    assert got.json["fields"] == ["password"]
    assert holder.another_browser().enter(holder.account).status == 200


def test_R_WEB_8_full_width_letters_are_folded(holder, browser):
    def wide(text):
        return "".join(chr(ord(c) + 0xFEE0) for c in text)

    got = browser.change_password(
        wide(holder.account.password), wide(NEW), NEW
    )
    assert got.status == 200
    assert holder.another_browser().enter(holder.account, NEW).status == 200


# --------------------------------------------------------------- every change

CHANGES = [
    ("POST", "/own/password",
     {"old_password": "a", "password": NEW, "password_again": NEW}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_J_10_nothing_is_changed_without_a_session(
    server, holder, method, path, body
):
    got = holder.browser.api(method, path, body)
    refused(got, 401, "session_over")
    refused(Member(server).api(method, path, body), 403, "certificate_missing")


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_J_01_nor_from_elsewhere(browser, method, path, body):
    for fields in (
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": None, "origin": "https://other.example"},
    ):
        got = browser.api(method, path, body, **fields)
        refused(got, 403, "foreign_page")
    got = browser.api(method, path, body, content_type="text/plain")
    refused(got, 415, "media_type")
    got = browser.api(method, path, body, host="other.example")
    refused(got, 421, "wrong_host")


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_J_03_what_is_not_asked_for_is_not_read(browser, method, path, body):
    name = next(iter(body), None)
    bad = [{**body, "role": "master"}, b"[]", b'{"a":1,"a":2}']
    if name is not None:
        bad += [{**body, name: 7}, {k: body[k] for k in body if k != name}]
    for sent in bad:
        assert browser.api(method, path, sent).status == 400
