"""Acts of an operator that take a second one (R-OPS-4)."""

import pytest

from koshin_tests.office import Office
from koshin_tests.operators import (
    WHY, WRONG, Customer, Operator, contract_trail, locked, opened_to_two,
)  # fmt: skip
from koshin_tests.portal import Browser


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
        again = first.ask("/contract/act", act="close", what=customer.number,
                          reason=WHY, password=first.account.password)  # fmt: skip
        assert (again.status, again.code) == (409, "proposed_already")
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


def test_R_OPS_4_what_fits_no_longer_is_not_confirmed(two):
    """Of a master who was suspended meanwhile no lock is lifted."""
    first, second = two
    master = first.customer().master
    first.server.rows("SELECT koshin.lock_account(id, 3, now(), true)"
                      " FROM koshin.account WHERE user_id = %s", master)  # fmt: skip
    assert first.act("user", "lift", master, reason=WHY)["proposed"]
    assert second.act("user", "suspend", master, reason=WHY)["done"]
    got = second.decide(second.proposal(master))
    assert (got.status, got.code) == (409, "wrong_state")
    assert first.user(master)["state"] == "suspended"
