"""What an operator does to users, contracts and certificates (R-OPS-2), with the
password for each act anew (R-OPS-3)."""

import pytest

from koshin_tests.command_line import INITIAL
from koshin_tests.office import Office
from koshin_tests.operators import (
    ACTS, WHY, WRONG, Customer, Operator, contract_trail, locked,
    opened_to_operators,
)  # fmt: skip
from koshin_tests.portal import Browser


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_operators).start()


@pytest.fixture(scope="module")
def operator(server):
    return Operator(server)


@pytest.fixture
def customer(operator):
    return operator.customer()


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
    got = operator.ask("/user/act", act="lift", what="nobody99", reason=WHY,
                       password=operator.account.password)  # fmt: skip
    assert (got.status, got.code) == (404, "not_there")
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
