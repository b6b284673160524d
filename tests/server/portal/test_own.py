"""Own details in the member area: what somebody changes about himself (R-ACC-8,
R-WEB-5)."""

import re

import maildir
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
    assert got.json == browser.own()
    assert browser.session()["at"] == "member"
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
    assert browser.change_password(
        holder.account.password, NEW
    ).status == 200  # fmt: skip
    assert browser.session()["at"] == "member"
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


# ------------------------------------------------------ name and language


def test_R_WEB_5_own_details_are_those_of_the_account(server, holder, browser):
    row = holder.account.row
    assert browser.own() == {
        "user": holder.account.user, "name": row("name"),
        "email": row("email"), "locale": row("locale"),
        "password": {"min": 8, "max": 12}, "calendar": {"on": False},
    }  # fmt: skip
    other = Holder(server)
    other.browser.entered(other.account)
    assert other.browser.own()["user"] == other.account.user


def test_R_ACC_8_another_name(server, holder, browser):
    # As some keyboards have it, in two characters; kept as one (R-ACC-5).
    got = browser.api("POST", "/own/name", {"name": "か\u3099とう"})
    assert got.status == 200, got.body
    assert got.json["name"] == holder.account.row("name") == "がとう"
    assert told(server, holder.account)[0][0] == "name_changed"
    for wrong in ("", " ", "x" * 21, "a\nb", "\u202eevil"):
        got = browser.api("POST", "/own/name", {"name": wrong})
        refused(got, 400, "bad_field")
        assert got.json["fields"] == ["name"]
    # The session goes on.
    assert browser.own()["name"] == "がとう"


def test_J_12_a_name_is_a_text(holder, browser):
    name = "<b>&\"'</b>"
    got = browser.api("POST", "/own/name", {"name": name})
    assert got.json["name"] == holder.account.row("name") == name


def test_R_WEB_8_the_language_is_kept_with_the_account(holder, browser):
    first = holder.account.row("locale")
    other = "en" if first == "ja" else "ja"
    assert browser.session()["locale"] == first
    got = browser.api("POST", "/own/locale", {"locale": other})
    assert got.json["locale"] == holder.account.row("locale") == other
    assert browser.session()["locale"] == other
    assert holder.another_browser().entered(holder.account)["locale"] == other
    refused(browser.api("POST", "/own/locale", {"locale": "fr"}), 400,
            "bad_field")  # fmt: skip


# ---------------------------------------------------------------- address


def ask_for(browser, email, again=None):
    return browser.api(
        "POST", "/own/email", {"email": email, "email_again": again or email}
    )


def test_T3_another_address_waits_and_both_are_told(server, holder, browser):
    old, new = holder.account.row("email"), "moved@example.jp"
    got = ask_for(browser, new)
    assert got.status == 200, got.body
    assert got.json["email"] == old
    assert got.json["email_next"]["email"] == new
    assert got.json["email_next"]["code"] is True
    assert told(server, holder.account) == [
        ("email_asked", old), ("email_waits", new),
    ]  # fmt: skip
    assert got.json == browser.own()
    got = browser.api("DELETE", "/own/email")
    assert got.status == 200 and "email_next" not in got.json
    assert told(server, holder.account)[2:] == [
        ("email_kept", old), ("email_kept", new),
    ]  # fmt: skip


def test_T3_R_AUTH_1_codes_go_to_the_old_address_until_then(
    server, holder, browser
):
    account, new = holder.account, f"moved{holder.account.user}@example.jp"
    holder.age(340)
    ask_for(browser, new)
    code = browser.ask_renewal_code(account)
    assert len(code) == 6  # it was in the old mailbox
    server.rows(
        "UPDATE koshin.account SET email_at = now() WHERE user_id = %s",
        account.user,
    )
    browser.api("POST", "/own/name", {"name": "x"})  # wakes the courier
    server.until(lambda: account.row("email") == new)
    assert browser.own()["email"] == new


def test_J_06_an_address_is_judged_and_entered_twice(holder, browser):
    for email, again, fields in (
        ("a@b", "a@b", ["email"]), ("x@example.jp", "y@example.jp",
                                    ["email_again"]),
        ("a" * 40 + "@example.jp", "b", ["email", "email_again"]),
        ("a@example.jp\nBcc: b@example.jp", "x", ["email", "email_again"]),
    ):  # fmt: skip
        got = refused(ask_for(browser, email, again), 400, "bad_field")
        assert got.json["fields"] == fields
    assert "email_next" not in browser.own()


def test_T3_not_more_than_five_in_a_day(browser):
    for n in range(5):
        assert ask_for(browser, f"n{n}@example.jp").status == 200
    refused(ask_for(browser, "n5@example.jp"), 403, "too_often")
    assert browser.own()["email_next"]["email"] == "n4@example.jp"


# ------------------------------------ the code and the link of the old one


def asked_for(browser, account, email):
    """What is in the mail to the old address: the code, and the link."""
    since = account.mark()
    assert ask_for(browser, email).status == 200
    ja = account.locale == "ja"
    text = maildir.text_of(account.mail(
        since, "確認コード" if ja else "Confirm the change"))  # fmt: skip
    (code,) = re.findall(r"^(\d{8})\r?$", text, re.M)
    (link,) = re.findall(r"https://\S+/keep#[0-9a-f]{32}", text)
    return code, link


def confirm(browser, code):
    return browser.api("POST", "/own/email/code", {"code": code})


def keep(server, token):
    return Browser(server).api("POST", "/keep", {"token": token})


def test_T3_with_a_code_from_the_old_address_it_is_changed_at_once(
    server, holder, browser
):
    account, new = holder.account, f"now{holder.account.user}@example.jp"
    code, _ = asked_for(browser, account, new)
    got = confirm(browser, f" {code[:4]} {code[4:]} ")
    assert got.status == 200, got.body
    assert (got.json["email"], "email_next" in got.json) == (new, False)
    assert account.row("email") == new
    assert browser.own() == got.json  # the session goes on
    refused(confirm(browser, code), 409, "other_step")


def test_T3_R_LOCK_1_a_wrong_code_is_counted_with_all_others(
    server, holder, browser
):
    """And no other code begins anew (O-06, O-07)."""
    account = holder.account
    code, _ = asked_for(browser, account, "n1@example.jp")
    wrong = f"{(int(code) + 1) % 10**8:08}"
    for _ in range(3):
        refused(confirm(browser, wrong), 403, "code_wrong")
    for _ in range(2):
        refused(
            browser.change_password("Wrong-pw-1", NEW), 403, "password_wrong"
        )
    for bad in ("", "1234567", "123456789", "abcdefgh"):
        got = refused(confirm(browser, bad), 400, "bad_field")
        assert got.json["fields"] == ["code"]
    got = refused(confirm(browser, wrong), 403, "code_wrong")
    assert got.json["tries_left"] == 0
    server.until(lambda: account.row("locked_until") is not None)
    refused(confirm(browser, code), 401, "session_over")
    assert account.row("email") != "n1@example.jp"


def test_T3_the_link_of_the_old_address_ends_it(server, holder, browser):
    """Whoever has it needs no more; to look at its page does nothing."""
    account, old = holder.account, holder.account.row("email")
    code, link = asked_for(browser, account, "thief@example.jp")
    page, token = link.split("#")
    assert page == f"https://localhost:{server.portal_port}/keep"
    got = Browser(server).get("/keep")
    assert got.status == 200 and token.encode() not in got.body
    assert browser.own()["email_next"]["email"] == "thief@example.jp"
    assert keep(server, token).json == {"kept": True}
    assert "email_next" not in browser.own()
    assert told(server, account)[2:] == [
        ("email_kept", old), ("email_kept", "thief@example.jp"),
    ]  # fmt: skip
    refused(keep(server, token), 404, "link_over")
    refused(confirm(browser, code), 409, "other_step")
    log = server.instance.log_text()
    assert token not in log and code not in log


def test_T3_a_token_that_is_none_is_as_one_that_is_over(server):
    none = refused(keep(server, "0" * 32), 404, "link_over")
    for token in ("", "x", "0" * 31, "0" * 33, "G" * 32, "A" * 32):
        got = keep(server, token)
        assert (got.status, got.body) == (none.status, none.body)


def test_I_9_T3_without_a_database_the_link_is_not_over(server, holder, browser):
    """It is good when there is one again."""
    _, link = asked_for(browser, holder.account, "n3@example.jp")
    somebody = Browser(server)
    somebody.patient = False
    body = {"token": link.split("#")[1]}
    server.services.stop_postgres()
    got = somebody.api("POST", "/keep", body)
    refused(got, 503, "unavailable")
    assert got.headers["Retry-After"]
    server.services.start_postgres()
    assert keep(server, body["token"]).json == {"kept": True}
    assert "email_next" not in browser.own()


def test_J_01_T3_no_other_site_presses_the_button(server, holder, browser):
    _, link = asked_for(browser, holder.account, "n2@example.jp")
    body = {"token": link.split("#")[1]}
    for fields in (
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": None, "origin": "https://other.example"},
    ):
        got = Browser(server).api("POST", "/keep", body, **fields)
        refused(got, 403, "foreign_page")
    assert "email_next" in browser.own()


# --------------------------------------------------------------- every change

CHANGES = [
    ("POST", "/own/password",
     {"old_password": "a", "password": NEW, "password_again": NEW}),
    ("POST", "/own/name", {"name": "x"}),
    ("POST", "/own/email", {"email": "a@example.jp",
                            "email_again": "a@example.jp"}),
    ("DELETE", "/own/email", {}),
    ("POST", "/own/email/code", {"code": "12345678"}),
    ("POST", "/own/locale", {"locale": "en"}),
    ("POST", "/own/calendar", {}),
    ("DELETE", "/own/calendar", {}),
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


@pytest.mark.parametrize(
    ("method", "path", "body"), [c for c in CHANGES if c[0] == "POST"]
)
def test_J_03_what_is_not_asked_for_is_not_read(browser, method, path, body):
    name = next(iter(body), None)
    bad = [{**body, "role": "master"}, b"[]", b'{"a":1,"a":2}']
    if name is not None:
        bad += [{**body, name: 7}, {k: body[k] for k in body if k != name}]
    for sent in bad:
        assert browser.api(method, path, sent).status == 400
