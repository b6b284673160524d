"""A member revokes a certificate of his own (R-CERT-6): for another computer, or
after one was lost."""

import json

import pytest

from koshin_tests.clients import raw, requests
from koshin_tests.clients.raw import post
from koshin_tests.holder import Holder, refused
from koshin_tests.portal import MEMBER, OURS, Browser, Line, opened_to_members
from koshin_tests.portal import request

PKCS10 = "Content-Type: application/pkcs10\r\n"


def opened_to_holders(settings):
    """They may revoke their own, but for one profile."""
    opened_to_members(settings)
    person = {"name": "person", "holder_revokes": True}
    other = {"name": "other"}
    settings["profiles"] = [person, other, *settings["profiles"][1:]]


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_holders).start()


@pytest.fixture
def holder(server):
    made = Holder(server)
    made.browser.entered(made.account)
    return made


def revocations(server, account):
    return server.rows(
        "SELECT encode(r.serial, 'hex'), r.reason, r.actor"
        " FROM koshin.revocation r JOIN koshin.certificate USING (serial)"
        " WHERE account = %s", account.row("id"),
    )  # fmt: skip


def mails(server, account, kind="revoked"):
    return server.rows(
        "SELECT recipient FROM koshin.mail WHERE account = %s AND kind = %s",
        account.row("id"), kind,
    )  # fmt: skip


# ------------------------------------------------------------------ the act


@pytest.mark.parametrize(
    "why", ["keyCompromise", "superseded", "cessationOfOperation"]
)
def test_R_CERT_6_a_holder_revokes_the_own_and_enrolls_anew(
    server, holder, why
):
    account = holder.account
    assert holder.browser.member()["certificate"]["revocable"]
    (listed,) = holder.browser.certificates()
    assert listed["revocable"]
    got = holder.browser.revoke(holder.serial, why, account=account)
    assert got.json == {"serial": holder.serial, "done": True, "over": True}
    who = f"{account.row('contract')}/{account.user}"
    assert revocations(server, account) == [(holder.serial, why, who)]
    assert mails(server, account) == [(account.row("email"),)]
    ((actor, details),) = server.rows(
        "SELECT actor, details FROM koshin.audit WHERE account = %s"
        " AND action = 'certificate.revoke'", account.row("id"),
    )  # fmt: skip
    assert (actor, details["reason"]) == (who, why)
    portal = Browser(server)
    code = portal.log_in(account)
    assert portal.show_code(code, request()).status == 200


def test_I_16_R_CERT_6_what_rests_on_it_is_over_at_once(server, holder):
    """Its sessions, connections that are open, and those that are resumed: at
    the next request, whoever asks."""
    elsewhere = holder.another_browser()
    elsewhere.entered(holder.account)
    open_one = Line(server.member_port, MEMBER, elsewhere.tls)
    asking = {"Host": f"{MEMBER}:{server.member_port}", "Cookie":
              f"{elsewhere.cookie_name}={elsewhere.cookie}"}  # fmt: skip

    def asked():
        open_one.request("GET", "/api/v1/member", headers=asking)
        got = open_one.getresponse()
        return got.status, json.loads(got.read()).get("code")

    assert asked() == (200, None)
    csr = requests.same_names(
        requests.new_key(), holder.identity.certificate
    )
    old = raw.context(server, "1.2", holder.identity)
    with raw.Connection(server, ctx=old) as est:
        est.ask(raw.get("cacerts"))
        resumed = est.sock.session
        got = holder.browser.revoke(holder.serial, account=holder.account)
        assert got.json["over"]
        assert asked() == (403, "certificate_revoked")
        answer = est.ask(post("person/simplereenroll", csr, PKCS10))
        assert answer.status == 403 and "revoked" in answer.text
    with raw.Connection(server, ctx=old, session=resumed) as est:
        assert est.ask(
            post("person/simplereenroll", csr, PKCS10)
        ).status == 403  # fmt: skip
    for browser in (holder.browser, elsewhere, holder.another_browser()):
        refused(browser.api("GET", "/member"), 403, "certificate_revoked")
    open_one.close()


def test_R_CERT_6_an_older_one_goes_and_the_session_stays(server, holder):
    """Who has renewed has both, and shows either."""
    account, browser = holder.account, holder.browser
    holder.age(340)
    code = browser.ask_renewal_code(account)
    assert browser.renew(code, request()).status == 200
    (new, old) = browser.certificates()
    assert old["serial"] == holder.serial
    got = browser.revoke(new["serial"], "keyCompromise", account=account)
    assert got.json == {"serial": new["serial"], "done": True, "over": False}
    states = [one["state"] for one in browser.certificates()]
    assert states == ["revoked", "good"]
    # Once more is no fault, and tells nobody again.
    got = browser.revoke(new["serial"], account=account)
    assert got.json["done"] is False
    assert len(mails(server, account)) == 1
    # What its key is known to be, it stays: compromised.
    assert [why for _, why, _ in revocations(server, account)] == [
        "keyCompromise"
    ]


# ----------------------------------------- without it: password and code


def test_R_CERT_6_another_computer_takes_password_and_code(server, holder):
    """It is in use, and no renewal is open: the new one ends it, in one step."""
    account = holder.account
    assert holder.browser.member()["renewal"]["open"] is False
    server.until(lambda: server.one(
        "SELECT installed_at IS NOT NULL FROM koshin.certificate"
        " WHERE serial = decode(%s, 'hex')", holder.serial))  # fmt: skip
    told = refused(Browser(server).show_password(account), 403,
                   "window_closed")  # fmt: skip
    assert told.json["revocable"] and told.json["replace_until"]
    portal = Browser(server)
    code = portal.log_in(account, replace=True)
    got = portal.show_code(code, request())
    assert got.status == 200, got.body
    assert revocations(server, account) == [
        (holder.serial, "superseded", "replacement")
    ]
    refused(holder.browser.api("GET", "/member"), 403, "certificate_revoked")
    assert mails(server, account, "replaced") == [(account.row("email"),)]


def test_R_CERT_6_R_CERT_12_under_another_profile_only_what_was_lost(server):
    holder = Holder(server, "other")
    holder.browser.entered(holder.account)
    got = refused(Browser(server).show_password(holder.account, replace=True),
                  403, "window_closed")  # fmt: skip
    assert "replace_until" not in got.json


# ----------------------------------------------------------------- refusals


def test_T3_R_LOCK_1_a_session_alone_revokes_nothing(server, holder):
    for _ in range(5):
        got = holder.browser.revoke(holder.serial, password="Wrong-pw-1")
        refused(got, 403, "password_wrong")
        assert got.json["fields"] == ["password"]
    tried = server.redis("GET", f"koshin:{{{holder.account.user}}}:try")
    assert tried.split(" ")[0] == "5"
    assert revocations(server, holder.account) == []
    assert holder.browser.session()["at"] == "member"


def test_R_CERT_6_where_the_profile_does_not_say_so_the_desk_does_it(server):
    holder = Holder(server, "other")
    browser = holder.browser
    browser.entered(holder.account)
    assert not browser.member()["certificate"]["revocable"]
    got = browser.revoke(holder.serial, account=holder.account)
    refused(got, 403, "not_yours")
    assert revocations(server, holder.account) == []


def test_I_14_J_09_that_of_somebody_else_is_not_there(server, holder):
    other = Holder(server)
    none = holder.browser.revoke("00" * 20, account=holder.account)
    refused(none, 404, "not_there")
    for serial in (other.serial, other.serial.upper(), "x", "a" * 64):
        got = holder.browser.revoke(serial, account=holder.account)
        assert (got.status, got.body) == (none.status, none.body)
    assert revocations(server, other.account) == []


def test_X_03_other_reasons_are_not_his_to_give(holder):
    for why in ("abandoned", "unspecified", "cACompromise", ""):
        got = holder.browser.revoke(holder.serial, why, password="x")
        assert refused(got, 400, "bad_field").json["fields"] == ["why"]
    got = holder.browser.revoke(holder.serial, password="tab\there")
    refused(got, 403, "password_wrong")


def test_J_01_nothing_without_a_page_of_ours(holder):
    body = {"serial": holder.serial, "why": "superseded", "password": "x"}
    for fields in (
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": None, "origin": "https://other.example"},
    ):
        assert "Content-Type" in OURS
        got = holder.browser.api("POST", "/own/revoke", body, **fields)
        refused(got, 403, "foreign_page")


def test_R_WEB_8_full_width_letters_are_folded(holder):
    typed = "".join(chr(ord(c) + 0xFEE0) for c in holder.account.password)
    got = holder.browser.revoke(holder.serial, password=typed)
    assert got.json["done"]
