"""The operator's desk: all contracts, found and acted on (R-OPS-2, R-OPS-5), by
who has proved it, and again for each act (R-OPS-3); some acts by two (R-OPS-4);
and nothing for anybody else (R-OPS-1)."""

import datetime

import pytest
from cryptography import x509

from koshin_tests.clients import requests
from koshin_tests.command_line import INITIAL
from koshin_tests.operators import (
    OPERATOR,
    Customer,
    Desk,
    Operator,
    opened_to_operators,
    opened_to_two,
)
from koshin_tests.office import Office
from koshin_tests.portal import (
    DESCRIBED, MEMBER, SEEN, Browser, Member, der, request,
)  # fmt: skip
from koshin_tests.server import PASSWORD

WRONG = "Wr0ng-password"
WHY = "asked for by telephone"
# Each operation that reads, with a body that it takes.
READS = {
    "/contracts": {}, "/users": {}, "/certificates": {"user": "x"},
    "/mails": {}, "/audit": {}, "/figures": {},
}  # fmt: skip
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


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_operators).start()


@pytest.fixture(scope="module")
def operator(server):
    return Operator(server)


@pytest.fixture
def customer(server):
    made = Customer(server)
    made.master = made.row("master")
    return made


def every():
    yield from READS.items()
    yield from ACTS.items()


# ------------------------------------------------------------ who comes in


def test_R_OPS_1_an_operator_comes_in_by_certificate_and_password(
    server, operator
):
    desk = Desk(server, operator.identity)
    assert desk.session() == {"at": "nothing"}
    got = desk.enter(operator.account, WRONG)
    assert (got.status, got.code) == (401, "login_failed")
    got = desk.enter(operator.account)
    assert got.json["at"] == "operator"
    assert got.json["user"] == operator.account.user
    assert desk.session() == got.json
    assert desk.cancel().status == 200
    assert desk.session() == {"at": "nothing"}
    for path, body in every():
        got = desk.api("POST", f"/operator{path}", body)
        assert (got.status, got.code) == (401, "session_over"), path
    got = desk.api("GET", "/operator/proposals")
    assert (got.status, got.code) == (401, "session_over")


def test_R_OPS_1_T7_members_get_nothing_at_the_desk(server, operator):
    """Not with their certificate, nor with none; and what is at their own name
    is not here."""
    office = Office(server)
    general = office.person()
    for identity, code in (
        (office.identity, "certificate_wrong"),
        (office.certificate(general), "certificate_wrong"),
        (None, "certificate_missing"),
    ):
        desk = Desk(server, identity)
        got = desk.enter(office.master)
        assert (got.status, got.code) == (403, code)
        for path, body in every():
            got = desk.api("POST", f"/operator{path}", body)
            assert (got.status, got.code) == (403, code), path
        got = desk.api("GET", "/operator/proposals")
        assert (got.status, got.code) == (403, code)
    # An operator's certificate, and another one's password.
    got = Desk(server, operator.identity).enter(office.master)
    assert (got.status, got.code) == (403, "certificate_foreign")
    for path in ("/certificates", "/desk"):
        got = operator.browser.ask("GET", f"/api/v1{path}")
        assert got.status == 404, path


def test_R_OPS_1_the_desk_is_at_its_own_name_alone(server, operator):
    """Neither at the portal's nor at the member area's, where an operator is a
    member as others are."""
    member = Member(server, operator.identity)
    assert member.entered(operator.account)["role"] == "operator"
    for browser in (Browser(server), member):
        for path in READS:
            got = browser.ask("POST", f"/api/v1/operator{path}", b"{}",
                              {"Content-Type": "application/json"})  # fmt: skip
            assert got.status == 404
    # The session of one is nothing at the other, whatever cookie it is in.
    desk = Desk(server, operator.identity)
    desk.cookie = member.cookie
    got = desk.api("POST", "/operator/contracts", {})
    assert (got.status, got.code) == (409, "other_step")
    member.cookie = operator.browser.cookie
    got = member.api("GET", "/certificates")
    assert (got.status, got.code) == (409, "other_step")


@pytest.mark.parametrize(
    ("host", "name"),
    [("evil.example", OPERATOR), (MEMBER, OPERATOR), (f"a.{OPERATOR}", OPERATOR),
     (OPERATOR, MEMBER), (OPERATOR, "localhost")],
)  # fmt: skip
def test_J_13_a_request_is_of_the_name_of_its_connection(
    server, operator, host, name
):
    desk = Desk(server, operator.identity)
    desk.host, desk.name = host, name
    for path, body in every():
        got = desk.api("POST", f"/operator{path}", body)
        assert (got.status, got.code) == (421, "wrong_host"), path


def test_J_01_no_other_page_acts_at_the_desk(server, operator, customer):
    """Nor the member area's, which is of the same site."""
    user = customer.row()
    body = {"act": "suspend", "what": user, "reason": WHY,
            "password": operator.account.password}  # fmt: skip
    area = f"https://{MEMBER}:{server.member_port}"
    for fields in ({"sec_fetch_site": "cross-site"},
                   {"sec_fetch_site": "same-site"},
                   {"sec_fetch_site": None, "origin": area},
                   {"sec_fetch_site": None}):  # fmt: skip
        got = operator.browser.api("POST", "/operator/user/act", body, **fields)
        assert (got.status, got.code) == (403, "foreign_page"), fields
    got = operator.browser.api("POST", "/operator/user/act", body,
                               content_type="text/plain")  # fmt: skip
    assert (got.status, got.code) == (415, "media_type")
    assert operator.user(user)["state"] == "active"


def test_R_OPS_1_a_revoked_certificate_ends_the_desk(server):
    one = Operator(server)
    assert one.good("/contracts")
    server.instance.run("cert", "revoke",
                        f"{one.identity.certificate.serial_number:040x}",
                        "--reason", "superseded")  # fmt: skip
    got = one.ask("/contracts")
    assert (got.status, got.code) == (403, "certificate_revoked")


def issued(server, browser, account):
    """At the portal, as anybody's: by password and code."""
    code = browser.log_in(account)
    key = requests.new_key("rsa2048")
    got = browser.show_code(code, request(key))
    assert got.status == 200, got.body
    made = x509.load_der_x509_certificate(der(got.json["certificate"]))
    return requests.Identity(server.folder, made, key)


def test_R_OPS_1_the_portal_issues_an_operators_certificate(server, operator):
    """Under the profile of operators; and people get none of that."""
    account = operator.person(role="operator")
    browser = Browser(server)
    got = browser.show_password(account, WRONG)
    assert (got.status, got.code) == (401, "login_failed")
    identity = issued(server, browser, account)
    serial = f"{identity.certificate.serial_number:040x}"
    (row,) = operator.good("/certificates", user=account.user)["certificates"]
    assert (row["serial"], row["profile"]) == (serial, "operator")
    assert Desk(server, identity).entered(account)["at"] == "operator"
    got = Browser(server).show_password(account)
    assert (got.status, got.code) == (403, "window_closed")
    user = Office(server).person()
    made = issued(server, Browser(server), user)
    serial = f"{made.certificate.serial_number:040x}"
    (row,) = operator.good("/certificates", user=user.user)["certificates"]
    assert (row["serial"], row["profile"]) == (serial, "person")


def test_R_OPS_1_R_CERT_4_an_operators_certificate_is_renewed_as_a_members(
    server, operator
):
    """With password and code, in the member area, under its profile."""
    account = operator.person(role="operator")
    identity = operator.certificate(account, "operator")
    server.age_certificate(identity.certificate, 340)
    member = Member(server, identity)
    assert member.entered(account)["renewal"] == {"open": True}
    key = requests.new_key("rsa2048")
    got = member.renew(member.ask_renewal_code(account), request(key))
    assert got.status == 200, got.body
    made = x509.load_der_x509_certificate(der(got.json["certificate"]))
    newer = requests.Identity(server.folder, made, key)
    assert Desk(server, newer).entered(account)["at"] == "operator"


def test_R_OPS_1_a_temporary_password_of_an_operator_is_replaced_first(
    server, operator
):
    account = operator.person(role="operator", temporary=True)
    browser = Browser(server)
    got = browser.show_password(account)
    assert got.json["at"] == "password", got.body
    assert browser.choose("Zakura-55").status == 200
    since = account.before_code()
    got = browser.api("POST", "/issue/code", {})
    assert got.status == 200, got.body
    got = browser.show_code(account.code(since), request())
    assert got.status == 200, got.body


def test_R_OPS_1_where_no_desk_is_open_the_portal_issues_none(module_server):
    """It is the instance of the desk that lets operators in."""

    def closed(settings):
        opened_to_operators(settings)
        del settings["operator"]

    server = module_server(change=closed).start()
    number = "31313131"
    server.instance.add_contract(number)
    server.instance.add_user("opera0001", number, "o@example.jp", PASSWORD,
                             role="operator", name="X")  # fmt: skip
    got = Browser(server).show_password("opera0001", PASSWORD)
    assert (got.status, got.code) == (403, "not_entitled")


# ------------------------------------------------------------------ reading


def test_R_OPS_5_contracts_and_users_are_found_and_paged(
    server, operator, customer
):
    users = sorted(customer.row() for _ in range(5))
    everybody = sorted([*users, customer.master])
    (row,) = operator.good("/contracts", search=customer.number)["contracts"]
    assert (row["state"], row["master"], row["users"]) == (
        "active", customer.master, 6)  # fmt: skip
    walked, after = [], ""
    while after is not None:
        page = operator.good("/users", contract=customer.number, after=after,
                             most=4)  # fmt: skip
        walked += [u["user"] for u in page["users"]]
        after = page.get("after")
    assert walked == everybody
    assert operator.users(contract=customer.number, down=True) == (
        everybody[::-1])  # fmt: skip
    assert operator.users(users[0]) == [users[0]]
    assert operator.users(state="closed", contract=customer.number) == []
    page = operator.good("/contracts", most=1)
    assert page["after"] == page["contracts"][0]["contract"]


def test_R_OPS_5_the_trail_mails_and_figures_are_shown(
    server, operator, customer
):
    user = customer.row()
    before = operator.good("/figures", by="day", count=1)["rows"][0]
    holder = server.rows("SELECT id FROM koshin.account WHERE user_id = %s",
                         user)[0][0]  # fmt: skip
    server.rows("SELECT koshin.lock_account(%s, 1, now() + '1 h', false)",
                holder)  # fmt: skip
    after = operator.good("/figures", by="day", count=1)["rows"][0]
    assert after["locked"] == before["locked"] + 1
    hours = operator.good("/figures")["rows"]
    assert len(hours) == 24 and hours[-1]["locked"] >= 1
    today = datetime.date.today()
    for more in ({"user": user}, {"contract": customer.number},
                 {"action": "account.lock"}, {"action": "account"},
                 {"since": str(today - datetime.timedelta(days=2))}):  # fmt: skip
        rows = operator.good("/audit", **more)["rows"]
        assert "account.lock" in [row["action"] for row in rows], more
    rows = operator.good("/audit", user=user, since="2001-01-01",
                         until="2001-12-31")["rows"]  # fmt: skip
    assert rows == []
    first = operator.good("/audit", most=1)
    assert operator.good("/audit", most=1, before=first["before"])["rows"]
    assert operator.good("/mails", most=1)["mails"]


def test_R_MAIL_4_a_refused_mail_is_sent_again(server, operator, customer):
    user = customer.row()
    which = operator.refused_mail(user)
    rows = operator.good("/mails", failed=True)["mails"]
    (row,) = [m for m in rows if m["id"] == which]
    assert (row["user"], row["answer"], row["again"]) == (
        user, "550 no", True)  # fmt: skip
    (row,) = operator.good("/mails", user=user)["mails"]
    assert row["id"] == which
    assert operator.good("/mails", user=customer.master)["mails"] == []
    assert operator.good("/mail/retry", id=which)["done"] is True
    assert operator.good("/mail/retry", id=which)["done"] is False
    assert operator.good("/mail/retry")["done"] is False
    operator.refused_mail(user)
    assert operator.good("/mail/retry")["done"] is True


def test_J_04_what_is_asked_for_wrongly_is_told(operator):
    for path, body, field in (
        ("/contracts", {"state": "odd"}, "state"),
        ("/contracts", {"most": 101}, "most"),
        ("/users", {"sort": "name"}, "sort"),
        ("/users", {"most": -1}, "most"),
        ("/mails", {"before": -1}, "before"),
        ("/audit", {"since": "28.11.2026"}, "since"),
        ("/audit", {"since": "2026-02-31"}, "since"),
        ("/audit", {"until": "2026-02-2x"}, "until"),
        ("/audit", {"until": " 026-02-02"}, "until"),
        ("/audit", {"until": "2026-13-01"}, "until"),
        ("/figures", {"by": "week"}, "by"),
        ("/figures", {"count": 49}, "count"),
        ("/certificates", {}, "user"),
        ("/user/act", {"act": "odd", "what": "x"}, "act"),
        ("/user/act", {"act": "close", "what": "x", "password": "x"},
         "reason"),
        ("/user/act", {"act": "close", "what": "x", "reason": " ",
                       "password": "x"}, "reason"),
        ("/user/act", {"act": "close", "what": "x", "reason": "x"},
         "password"),
        ("/user/act", {"act": "name", "what": "x", "password": "x"},
         "value"),
        ("/user/act", {"act": "email", "what": "x", "password": "x",
                       "value": "nobody"}, "value"),
        ("/user/act", {"act": "name", "what": "x", "password": "x",
                       "value": ""}, "value"),
        ("/contract/act", {"act": "revoke", "what": "x", "password": "x",
                           "reason": "x", "value": "odd"}, "value"),
        ("/contract/act", {"act": "profiles", "what": "x", "password": "x",
                           "value": "person,odd"}, "value"),
        ("/certificate/revoke", {"what": "0G", "value": "superseded",
                                 "password": "x"}, "what"),
        ("/mail/retry", {"id": "1"}, "id"),
        ("/user/add", {**ACTS["/user/add"], "role": "operator"}, "role"),
        ("/user/add", {**ACTS["/user/add"], "email": "x"}, "email"),
        ("/contract/act", {"act": "lift", "what": "x", "password": "x"},
         "reason"),
        ("/contract/act", {"act": "reset", "what": "x", "reason": "x"},
         "password"),
        ("/contract/add", {"contract": "1234567", "password": "x"},
         "contract"),
        ("/contract/add", {**ACTS["/contract/add"], "name": "a\nb"}, "name"),
        ("/contract/add", {**ACTS["/contract/add"], "name": "a" * 256},
         "name"),
        ("/proposal/decide", {"id": 1, "confirm": True}, "password"),
    ):  # fmt: skip
        got = operator.ask(path, **body)
        assert (got.status, got.code) == (400, "bad_field"), (path, body)
        assert field in str(got.json["fields"]), (path, body, got.json)


# --------------------------------------------------------------------- acts


def test_X_04_a_reason_is_judged_as_at_the_command_line(operator, customer):
    """One rule (policy/input.h); the refusal names it."""
    user = customer.row()
    for reason, rule in (("\u3000", "must say why"),
                         ("a\u202eb", "turn the direction"),
                         ("a\nb", "control characters"),
                         ("あ" * 256, "at most 255 characters")):  # fmt: skip
        body = {"what": user, "reason": reason,
                "password": operator.account.password}  # fmt: skip
        for path, more in (
            ("/user/act", {"act": "suspend"}),
            ("/contract/act", {"act": "close", "what": customer.number}),
        ):
            got = operator.ask(path, **{**body, **more})
            assert (got.status, got.code) == (400, "bad_field"), reason
            assert got.json["fields"] == ["reason"]
            assert rule in got.json["reason"], got.json
    assert operator.user(user)["state"] == "active"
    assert operator.act("user", "suspend", user, reason="𠮟" * 255)["done"]


def test_R_OPS_2_acts_are_done_to_a_user_and_name_who_did_them(
    server, operator, customer
):
    user = customer.row()
    holder = server.rows("SELECT id FROM koshin.account WHERE user_id = %s",
                         user)[0][0]  # fmt: skip
    server.rows("SELECT koshin.lock_account(%s, 3, now(), true)", holder)
    assert operator.user(user)["state"] == "blocked"
    done = {"proposed": False, "done": True}
    assert operator.act("user", "lift", user, reason=WHY) == done
    assert operator.user(user)["state"] == "active"
    assert operator.act("user", "suspend", user, reason=WHY) == done
    got = operator.ask("/user/act", act="lift", what=user, reason=WHY,
                       password=operator.account.password)  # fmt: skip
    assert (got.status, got.code) == (409, "wrong_state")
    assert operator.act("user", "resume", user, reason=WHY) == done
    assert operator.act("user", "resume", user, reason=WHY)["done"] is False
    assert operator.act("user", "name", user, value="見本 花子") == done
    assert operator.act("user", "email", user, value="n@example.jp") == done
    made = operator.act("user", "password", user)
    assert len(made["password"]) >= 8
    row = operator.user(user)
    assert (row["name"], row["email"], row["temporary"]) == (
        "見本 花子", "n@example.jp", True)  # fmt: skip
    assert operator.good("/user/act", act="remind", what=user)["done"]
    assert operator.act("user", "close", user, reason=WHY) == done
    assert operator.user(user)["reopens"] is True
    assert operator.act("user", "reopen", user, reason=WHY) == done
    acts = customer.audits(user)
    ours = {action for actor, action, _ in acts if actor == operator.actor}
    assert ours == {
        "account.unlock", "account.suspend", "account.resume",
        "account.name", "account.email", "account.password",
        "account.remind", "account.close", "account.reopen"}  # fmt: skip
    reasons = {action: details.get("reason") for _, action, details in acts}
    assert reasons["account.unlock"] == WHY
    assert made["password"] not in str(acts)


def test_R_OPS_2_a_lift_reaches_redis_too(server, operator):
    """Whoever has been lifted logs in at once."""
    user = Office(server).person()
    browser = Browser(server)
    for _ in range(6):
        assert browser.show_password(user, WRONG).status == 401
    assert browser.show_password(user).status == 401
    operator.act("user", "lift", user.user, reason=WHY)
    assert browser.show_password(user).status == 200


def test_R_OPS_2_users_begin_and_contracts_end(server, operator, customer):
    new = f"new{customer.number[-5:]}"
    body = {"user": new, "contract": customer.number, "role": "general",
            "name": "New One", "email": "new@example.jp",
            "password": operator.account.password}  # fmt: skip
    made = operator.good("/user/add", **body)
    assert made["done"] and made["password"]
    assert Browser(server).show_temporary(new, made["password"]).status == 200
    got = operator.ask("/user/add", **body)
    assert (got.status, got.code) == (409, "user_taken")
    profiles = {"password": operator.account.password}
    assert operator.act("contract", "profiles", customer.number,
                        value="person,short")["done"]  # fmt: skip
    (row,) = operator.good("/contracts", search=customer.number)["contracts"]
    assert row["profiles"] == ["person", "short"]
    assert operator.act("contract", "close", customer.number,
                        reason=WHY)["done"]  # fmt: skip
    (row,) = operator.good("/contracts", search=customer.number)["contracts"]
    assert row["state"] == "closed"
    got = operator.ask("/user/add", **{**body, "user": new + "1"})
    assert (got.status, got.code) == (404, "not_there"), profiles


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


def test_R_OPS_2_R_ACC_1_a_contract_begins_with_a_password_shown_once(
    server, operator
):
    number = f"{50000000 + int(operator.number[-6:])}"
    body = {"contract": number, "name": "か\u3099いしゃ",
            "password": operator.account.password}  # fmt: skip
    made = operator.good("/contract/add", **body)
    assert made["done"] and len(made["password"]) == 8
    (row,) = operator.good("/contracts", search=number)["contracts"]
    assert (row["name"], row["state"], row["users"]) == (
        "がいしゃ", "active", 0)  # fmt: skip
    got = operator.ask("/contract/add", **body)
    assert (got.status, got.code) == (409, "contract_taken")
    assert got.json["fields"] == ["contract"]
    assert Browser(server).show_contract(number,
                                         made["password"]).status == 200  # fmt: skip
    assert contract_trail(server, number) == [
        ("contract.add", operator.actor, None)]  # fmt: skip
    assert made["password"] not in str(operator.good("/audit"))


def test_R_OPS_2_R_LOCK_7_a_contracts_lock_is_lifted_in_both_stores(
    server, operator
):
    number = Customer(server, INITIAL).number
    locked(server, number)
    (row,) = operator.good("/contracts", search=number)["contracts"]
    assert row["state"] == "locked"
    assert Browser(server).show_contract(number, INITIAL).status == 401
    done = {"proposed": False, "done": True}
    assert operator.act("contract", "lift", number, reason=WHY) == done
    assert Browser(server).show_contract(number, INITIAL).status == 200
    assert operator.act("contract", "lift", number, reason=WHY) == {
        **done, "done": False}  # fmt: skip
    assert contract_trail(server, number)[-1] == (
        "contract.unblock", operator.actor, WHY)  # fmt: skip
    got = operator.ask("/contract/act", act="lift", what="99999999",
                       reason=WHY, password=operator.account.password)  # fmt: skip
    assert (got.status, got.code) == (404, "not_there")


def test_R_OPS_2_R_ACC_8a_a_contract_is_reset_and_its_master_begins_anew(
    server, operator, customer
):
    number = customer.number
    locked(server, number)
    made = operator.act("contract", "reset", number, reason=WHY)
    assert made["done"] and len(made["password"]) == 8
    assert operator.user(customer.master)["state"] == "closed"
    (row,) = operator.good("/contracts", search=number)["contracts"]
    assert (row["state"], row.get("master")) == ("active", None)
    browser = Browser(server)
    assert browser.show_contract(number, made["password"]).status == 200
    assert contract_trail(server, number)[-1] == (
        "contract.reset", operator.actor, WHY)  # fmt: skip


def test_R_CERT_6_certificates_are_revoked_one_and_all(server, operator):
    office = Office(server)
    serials = [office.identity]
    general = office.person()
    serials.append(office.certificate(general))
    serials = [f"{i.certificate.serial_number:040x}" for i in serials]
    (row,) = operator.good("/certificates", user=general.user)["certificates"]
    assert (row["serial"], row["state"]) == (serials[1], "valid")
    body = {"what": serials[1], "value": "superseded",
            "password": operator.account.password}  # fmt: skip
    assert operator.good("/certificate/revoke", **body)["done"] is True
    assert operator.good("/certificate/revoke", **body)["done"] is False
    got = operator.ask("/certificate/revoke", **{**body, "what": "00" * 20})
    assert (got.status, got.code) == (404, "not_there")
    operator.act("contract", "revoke", office.number, reason=WHY,
                 value="keyCompromise")  # fmt: skip
    (row,) = operator.good("/certificates",
                           user=office.master.user)["certificates"]  # fmt: skip
    assert (row["state"], row["reason"]) == ("revoked", "keyCompromise")


def test_R_OPS_2_another_operator_is_out_of_reach(server, operator):
    other = Operator(server, operator.number)
    for act, more in (("password", {}), ("email", {"value": "e@example.jp"}),
                      ("close", {"reason": "x"}), ("lift", {"reason": "x"}),
                      ("suspend", {"reason": "x"})):  # fmt: skip
        for user in (other.account.user, operator.account.user):
            if user == operator.account.user and act == "email":
                continue  # one's own name and address
            got = operator.ask("/user/act", act=act, what=user,
                               password=operator.account.password, **more)  # fmt: skip
            assert (got.status, got.code) == (403, "not_here"), (act, user)
    assert other.good("/contracts")


def test_R_OPS_3_each_act_takes_the_password_anew(server, operator, customer):
    user = customer.row()
    for path, body in ACTS.items():
        if path == "/mail/retry":
            continue
        body = {**body, "password": WRONG}
        got = operator.ask(path, **body)
        assert (got.status, got.code) == (401, "login_failed"), path
        # The counter of the account; it is not to be locked here.
        server.instance.run("user", "unlock", operator.account.user,
                            "--reason", "test")  # fmt: skip
    assert operator.user(user)["state"] == "active"
    assert operator.browser.session()["at"] == "operator"


def test_R_OPS_3_R_LOCK_1_guesses_at_the_desk_lock_the_operator(server):
    one, customer = Operator(server), Customer(server)
    user = customer.row()
    for _ in range(6):
        got = one.ask("/user/act", act="close", what=user, reason="x",
                      password=WRONG)  # fmt: skip
        assert (got.status, got.code) == (401, "login_failed")
    got = one.ask("/user/act", act="close", what=user, reason="x",
                  password=one.account.password)  # fmt: skip
    assert got.status == 401
    assert customer.audits(user) == []


# -------------------------------------------------------------- two persons


@pytest.fixture(scope="module")
def two(module_server):
    server = module_server(change=opened_to_two).start()
    first = Operator(server)
    return first, Operator(server, first.number)


def test_R_OPS_4_a_masters_lock_is_lifted_by_two(two):
    first, second = two
    office = Office(first.server)
    browser = Browser(first.server)
    for _ in range(6):
        assert browser.show_password(office.master, WRONG).status == 401
    user = office.master.user
    assert first.act("user", "lift", user, reason=WHY) == {"proposed": True}
    got = first.ask("/user/act", act="lift", what=user, reason=WHY,
                    password=first.account.password)  # fmt: skip
    assert (got.status, got.code) == (409, "proposed_already")
    mine, theirs = first.proposal(user), second.proposal(user)
    assert (mine["mine"], theirs["mine"]) == (True, False)
    assert theirs["why"] == WHY and theirs["proposed_by"] == first.actor
    got = first.decide(mine)
    assert (got.status, got.code) == (403, "not_here")
    assert browser.show_password(office.master).status == 401
    got = second.decide(theirs)
    assert got.status == 200 and got.json == {"proposed": False, "done": True}
    # In Redis, too: he is told that his certificate is good still.
    got = browser.show_password(office.master)
    assert (got.status, got.code) == (403, "window_closed")
    got = second.decide(theirs)
    assert (got.status, got.code) == (404, "not_there")
    (done,) = [row for row in first.good("/audit", action="proposal")["rows"]
               if row["object"] == f"proposal:{mine['id']}"
               and row["action"] == "proposal.confirm"]  # fmt: skip
    assert (done["actor"], done["proposed_by"]) == (
        second.actor, first.actor)  # fmt: skip


def test_R_OPS_4_a_contract_is_closed_by_two_or_not_at_all(two):
    first, second = two
    customer = Customer(first.server)
    for confirm, state in ((False, "active"), (True, "closed")):
        assert first.act("contract", "close", customer.number,
                         reason=WHY)["proposed"]  # fmt: skip
        proposal = second.proposal(customer.number)
        assert second.decide(proposal, confirm).status == 200
        (row,) = first.good("/contracts",
                            search=customer.number)["contracts"]  # fmt: skip
        assert row["state"] == state


def test_R_OPS_4_a_contract_is_reset_by_two_and_who_confirms_has_it(two):
    """Whoever proposes it sees no password, and the old one holds until then;
    what is confirmed the database says."""
    first, second = two
    customer = first.customer()
    number, browser = customer.number, Browser(first.server)
    assert first.act("contract", "reset", number, reason=WHY) == {
        "proposed": True}  # fmt: skip
    assert first.user(customer.master)["state"] == "active"
    locked(first.server, number)
    got = second.decide(second.proposal(number))
    assert got.status == 200 and got.json["done"]
    assert first.user(customer.master)["state"] == "closed"
    made = got.json["password"]
    assert browser.show_contract(number, made).status == 200
    assert contract_trail(first.server, number)[-1] == (
        "contract.reset", second.actor, WHY)  # fmt: skip


def test_R_OPS_4_many_certificates_are_revoked_by_two(two):
    first, second = two
    office = Office(first.server)
    serials = [f"{office.certificate(office.person()).certificate.serial_number:040x}"
               for _ in range(3)]  # fmt: skip
    body = {"value": "superseded", "password": first.account.password}
    for serial in serials[:2]:
        assert first.good("/certificate/revoke", what=serial, **body)["done"]
    got = first.ask("/certificate/revoke", what=serials[2], **body)
    assert (got.status, got.code) == (403, "second_needed")
    assert first.act("contract", "revoke", office.number, reason=WHY,
                     value="superseded")["proposed"]  # fmt: skip
    assert second.decide(second.proposal(office.number)).json["done"]
    (row,) = first.good("/certificates",
                        user=office.master.user)["certificates"]  # fmt: skip
    assert row["state"] == "revoked"


def test_each_operation_of_the_desk_was_seen_with_each_status():
    """Each answer that a test may get: but for what anybody gets anywhere, in
    the whole suite (415, 421, 429, 503)."""
    wanted = {
        (method.upper(), path, status)
        for path, operations in DESCRIBED["paths"].items()
        if path.startswith("/operator/")
        for method, operation in operations.items()
        for status in operation["responses"]
        if status in ("200", "400", "401", "403")
    }
    assert wanted - SEEN == set()
