"""What two operators do together (R-OPS-4): one proposes it, another confirms it
in time, and it is done once, with both names in the trail."""

import os

import psycopg2
import pytest
from psycopg2 import errors

from koshin_tests.acting import (
    HASH, MEMBER, NOT_THERE, OWN, WANTS_SECOND, WHY, Person, contract_state,
    numbers, refused, state, trail,
)  # fmt: skip
from koshin_tests.rows import account, contract, issue

ACTS = ["lift-master", "reset-contract", "revoke-many", "close-contract"]


@pytest.fixture
def both(db):
    """Two operators of a service that wants two for what can be wanted."""
    first = Person(db, "operator", seconded=ACTS)
    return first, Person(db, "operator", first.number, seconded=ACTS)


def test_R_OPS_4_a_masters_block_is_lifted_by_two(db, both):
    first, second = both
    master = Person(db, "master")
    db.do("SELECT koshin.lock_account(%s, 3, now(), true)", master.id)
    refused(WANTS_SECOND, first.lift_account, master.user, WHY)
    which = first.propose("lift-master", master.user, WHY, None)
    refused(OWN, first.confirm, which, None)
    assert state(db, master.user) == "blocked"
    assert second.confirm(which, None) == 1
    assert state(db, master.user) == "active"
    refused(NOT_THERE, second.confirm, which, None)
    # Both names in the trail, as the database has proved them.
    ((_, actor, asked),) = trail(db, "proposal.ask", f"proposal:{which}")
    assert (actor, asked["reason"]) == (first.name, WHY)
    ((_, actor, details),) = trail(db, "proposal.confirm",
                                   f"proposal:{which}")  # fmt: skip
    assert (actor, details["proposed_by"]) == (second.name, first.name)
    ((_, actor, details),) = trail(db, "account.unlock",
                                   f"account:{master.id}")  # fmt: skip
    assert actor == second.name
    assert details["remark"] == f"proposal {which} of {first.name}"


def test_R_OPS_4_one_confirmation_is_for_one_act(db, both):
    """Not for the same one later, nor for another one beside it."""
    first, second = both
    master, other = Person(db, "master"), Person(db, "master")
    which = first.propose("lift-master", master.user, WHY, None)
    with second.entered():
        db.do("SELECT koshin.confirm('', %s, NULL)", which, role=MEMBER)
        db.do("SAVEPOINT beside", role=MEMBER)
        with pytest.raises(psycopg2.Error) as error:
            db.do("SELECT koshin.lift_account('', %s, 'x')", other.user,
                  role=MEMBER)  # fmt: skip
        assert error.value.pgcode == WANTS_SECOND
        db.do("ROLLBACK TO beside", role=MEMBER)
    db.do("SELECT koshin.lock_account(%s, 3, now(), true)", master.id)
    for who in both:
        refused(WANTS_SECOND, who.lift_account, master.user, WHY)


def test_R_OPS_4_a_contract_is_closed_and_reset_by_two(db, both):
    first, second = both
    number = contract(db)
    master = Person(db, "master", number)
    refused(WANTS_SECOND, first.reset_contract, number, HASH, WHY)
    which = first.propose("reset-contract", number, WHY, None)
    assert second.rows("proposal_resets", which) == [(True,)]
    refused("22023", second.confirm, which, None)  # nobody would register
    assert state(db, master.user) == "active"
    second.confirm(which, HASH + "new")
    assert state(db, master.user) == "closed"
    assert HASH + "new" == db.one(
        "SELECT initial_password_hash FROM koshin.contract"
        " WHERE number = %s", number)  # fmt: skip
    # Nor by halves: the next master would be one's own.
    refused(WANTS_SECOND, first.add_account, f"new{next(numbers):05}", number,
            "master", "X", "x@example.jp", "ja", HASH, True)  # fmt: skip
    refused(WANTS_SECOND, first.close_contract, number, WHY)
    which = first.propose("close-contract", number, WHY, None)
    assert second.rows("proposal_resets", which) == [(False,)]
    second.confirm(which, None)
    assert contract_state(db, number) == "closed"


def test_R_OPS_4_many_certificates_are_revoked_by_two(db, both):
    first, second = both
    number = contract(db)
    holders = [account(db, number, "general", user_id=f"h{next(numbers):06}")
               for _ in range(3)]  # fmt: skip
    for holder in holders:
        issue(db, holder)
    refused(WANTS_SECOND, first.revoke_contract, number, "superseded", WHY)
    which = first.propose("revoke-many", number, WHY, "keyCompromise")
    assert second.confirm(which, None) == 3
    assert [("keyCompromise", second.name)] == db.rows(
        "SELECT DISTINCT reason, actor FROM koshin.revocation r"
        " JOIN koshin.certificate c USING (serial) WHERE c.account ="
        " ANY (%s)", holders)  # fmt: skip


def test_R_OPS_4_many_are_many_one_by_one_too(db):
    one = Person(db, "operator", seconded=["revoke-many"], revokes=2)
    free = Person(db, "operator", one.number, revokes=2)
    serials = [issue(db, account(db)) for _ in range(5)]
    for serial in serials[:2]:
        assert one.withdraw_certificate(serial, "superseded") is True
    refused(WANTS_SECOND, one.withdraw_certificate, serials[2], "superseded")
    user = Person(db, "general").user
    refused(WANTS_SECOND, one.close_account, user, WHY)
    for serial in serials[2:]:  # where nobody wants two
        assert free.withdraw_certificate(serial, "superseded") is True


def test_R_OPS_4_a_proposal_ends_by_the_clock_and_by_a_no(db, both):
    first, second = both
    number = contract(db)
    which = first.propose("close-contract", number, WHY, None)
    refused("23505", second.propose, "close-contract", number, WHY, None)
    db.do("UPDATE koshin.proposal SET ends_at = now() WHERE id = %s", which)
    refused(NOT_THERE, second.confirm, which, None)
    again = first.propose("close-contract", number, WHY, None)
    assert again != which
    second.decline(again)
    refused(NOT_THERE, second.confirm, again, None)
    third = second.propose("close-contract", number, WHY, None)
    second.decline(third)  # taken back
    states = {row[0]: row[5] for row in
              first.rows("operator_proposals", 99)}  # fmt: skip
    assert (states[which], states[again], states[third]) == (
        "late", "declined", "declined")  # fmt: skip
    assert contract_state(db, number) == "active"
    ((_, actor, details),) = trail(db, "proposal.decline",
                                   f"proposal:{again}")  # fmt: skip
    assert (actor, details["proposed_by"]) == (second.name, first.name)


def test_R_OPS_4_who_has_gone_does_not_count_as_one_of_two(db, both):
    first, second = both
    number = contract(db)
    which = first.propose("close-contract", number, WHY, None)
    db.do("UPDATE koshin.account SET state = 'closed' WHERE id = %s",
          first.id)  # fmt: skip
    refused(NOT_THERE, second.confirm, which, None)
    assert contract_state(db, number) == "active"


def test_R_OPS_4_two_confirm_at_the_same_moment_and_it_is_done_once(db, both):
    first, second = both
    third = Person(db, "operator", first.number, seconded=ACTS)
    master = Person(db, "master")
    which = first.propose("lift-master", master.user, WHY, None)
    with psycopg2.connect(
        db.services.pg_conninfo(MEMBER, db.name)
    ) as other, second.entered():
        db.do("SELECT koshin.confirm('', %s, NULL)", which, role=MEMBER)
        at = other.cursor()
        at.execute("SELECT koshin.enter_session(%s, true)", (third.token,))
        at.execute("SET LOCAL lock_timeout = '100ms'")
        with pytest.raises(errors.LockNotAvailable):
            at.execute("SELECT koshin.confirm('', %s, NULL)", (which,))
        other.rollback()
    other.close()
    refused(NOT_THERE, third.confirm, which, None)


def test_R_OPS_4_what_is_proposed_is_there_and_has_a_reason(db, both):
    first, _ = both
    general, number = Person(db, "general").user, contract(db)
    refused(NOT_THERE, first.propose, "lift-master", general, WHY, None)
    refused(NOT_THERE, first.propose, "lift-master", "nobody", WHY, None)
    refused(NOT_THERE, first.propose, "close-contract", "99999999", WHY, None)
    refused("22023", first.propose, "close-contract", number, " ", None)
    refused("23514", first.propose, "close-contract", number, WHY, "x")
    refused("23514", first.propose, "revoke-many", number, WHY, None)
    refused("23514", first.propose, "anything", number, WHY, None)


def test_R_OPS_4_without_a_word_of_auth_everything_wants_two(db):
    """A session whose limits nobody has said, as decision 0053 has it."""
    one = Person(db, "operator")
    one.token = os.urandom(16).hex()
    assert db.one(
        "SELECT koshin.open_session(sha256(%s), contract, id, password_hash)"
        " FROM koshin.account WHERE id = %s", one.token.encode(), one.id,
        role="koshin_auth")  # fmt: skip
    assert set(ACTS) == set(db.one(
        "SELECT seconded FROM koshin.session WHERE token_digest ="
        " sha256(%s)", one.token.encode()))  # fmt: skip
    refused(WANTS_SECOND, one.close_contract, contract(db), WHY)
