"""Who comes to the operator's desk: by certificate and password, and nobody
else (R-OPS-1)."""

import pytest
from cryptography import x509

from koshin_tests.clients import requests
from koshin_tests.office import Office
from koshin_tests.operators import (
    ACTS, OPERATOR, READS, WHY, WRONG, Desk, Operator, opened_to_operators,
)  # fmt: skip
from koshin_tests.portal import MEMBER, Browser, Member, der, request
from koshin_tests.server import PASSWORD


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_operators).start()


@pytest.fixture(scope="module")
def operator(server):
    return Operator(server)


def every():
    yield from READS.items()
    yield from ACTS.items()


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


def test_R_WEB_8_the_desk_knows_the_language_of_the_account(server):
    one = Operator(server)
    assert one.browser.session()["locale"] == one.account.row("locale") == "en"
    got = one.ask("/locale", locale="ja")
    assert (got.status, got.json["locale"]) == (200, "ja")
    assert one.account.row("locale") == "ja"
    assert one.browser.session() == got.json
    assert Desk(server, one.identity).entered(one.account) == got.json
    got = one.ask("/locale", locale="fr")
    assert (got.status, got.json["fields"]) == (400, ["locale"])


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


def test_J_01_no_other_page_acts_at_the_desk(server, operator):
    """Nor the member area's, which is of the same site."""
    user = operator.customer().row()
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
