"""Locks and blocks of people and contracts (R-LOCK-6, R-LOCK-7), and the
counters behind passwords that are proved at the command line (R-LOCK-1)."""

import time

import pytest

from koshin_tests.command_line import PASSWORD
from koshin_tests.people import (
    As, Firm, account, audits, mails, new_id, register, replace,
)

WRONG = "Wr-0ng!!pw"


@pytest.fixture
def firm(desk):
    return Firm(desk)


def lock(desk, user, block=False):
    desk.sql(
        "SELECT koshin.lock_account(id, 3, now() + interval '1 h', %s)"
        " FROM koshin.account WHERE user_id = %s", block, user,
    )  # fmt: skip


def pass_lock(desk, name, table="account", key="user_id"):
    """An hour later, for Redis and PostgreSQL."""
    store = desk.services.redis_client()
    tag = f"contract/{name}" if table == "contract" else name
    assert store.delete(f"koshin:{{{tag}}}:lock") == 1
    desk.sql(f"UPDATE koshin.{table} SET locked_until = now() - interval"
             f" '1 s' WHERE {key} = %s", name)  # fmt: skip


# ---------------------------------------------------------------- R-LOCK-6


@pytest.mark.parametrize("block", [False, True])
def test_R_LOCK_6_a_master_lifts_what_holds_users_and_devices(
    desk, firm, block
):
    for user in (firm.general_id, firm.device_id):
        lock(desk, user, block)
        state = firm.master.json("user", "show", user)["state"]
        assert state == ("blocked" if block else "locked")
        firm.master.good("user", "unlock", user, "--reason", "asked")
        assert account(desk, user, "state", "locks", "locked_until") == (
            "active", 0, None)  # fmt: skip
        kinds = [kind for kind, _ in mails(desk, user)]
        assert kinds.count("unblocked" if block else "unlocked") == 1
        number = account(desk, user, "id")
        assert audits(desk, f"account:{number}")[-1] == (
            f"{firm.number}/{firm.master_id}", "account.unlock",
            "koshin_member")  # fmt: skip


def test_R_LOCK_6_a_master_sees_the_state_of_the_own_people(desk, firm):
    lock(desk, firm.general_id, True)
    states = {u["user_id"]: u["state"] for u in firm.master.json("user", "list")}
    assert states == {firm.master_id: "active", firm.general_id: "blocked",
                      firm.device_id: "active"}  # fmt: skip


def test_R_LOCK_6_a_masters_own_block_is_the_operators(desk, firm):
    lock(desk, firm.master_id, True)
    said = firm.master.refused("user", "unlock", firm.master_id,
                               "--reason", "me")  # fmt: skip
    assert "or the account is locked" in said
    desk.good("user", "unlock", firm.master_id, "--reason", "by phone")
    assert account(desk, firm.master_id, "state") == "active"
    firm.master.good("user", "list")


def test_R_LOCK_6_nobody_lifts_the_own_lock(desk, firm):
    for who, user in ((firm.master, firm.master_id),
                      (firm.general, firm.general_id)):  # fmt: skip
        said = who.refused("user", "unlock", user, "--reason", "me")
        assert "lifted by somebody else" in said


# ---------------------------------------------------------------- R-LOCK-1


def test_R_LOCK_1_six_wrong_passwords_at_the_command_line_lock(desk, firm):
    wrong = As(desk, firm.general_id, WRONG)
    said = {wrong.refused("user", "list") for _ in range(6)}
    assert len(said) == 1
    assert account(desk, firm.general_id, "locks") == 1
    assert ("locked", f"{firm.general_id}@example.jp") in mails(
        desk, firm.general_id)  # fmt: skip
    # Now the right one is said to be wrong, in the same words.
    assert firm.general.refused("user", "list") == said.pop()
    desk.good("user", "unlock", firm.general_id, "--reason", "x")
    assert firm.general.json("user", "show", firm.general_id)


def test_R_LOCK_1_a_right_password_alone_clears_nothing(desk, firm):
    wrong = As(desk, firm.general_id, WRONG)
    for _ in range(5):
        wrong.refused("user", "list")
    firm.general.good("user", "show", firm.general_id)
    wrong.refused("user", "list")
    assert account(desk, firm.general_id, "locks") == 1


def test_R_LOCK_1_a_temporary_password_is_guarded_as_well(desk, firm):
    desk.sql("UPDATE koshin.account SET temporary_password = true"
             " WHERE user_id = %s", firm.general_id)  # fmt: skip
    for _ in range(6):
        assert replace(desk, firm.general_id, WRONG).returncode == 1
    assert replace(desk, firm.general_id, PASSWORD).returncode == 1
    assert account(desk, firm.general_id, "locks") == 1


def test_R_LOCK_8_a_lock_survives_the_loss_of_redis(desk, firm):
    for _ in range(6):
        As(desk, firm.general_id, WRONG).refused("user", "list")
    desk.services.redis_client().flushall()
    for _ in range(8):  # unevaluated: they count for nothing
        assert "or the account is locked" in firm.general.refused(
            "user", "list")  # fmt: skip
    assert account(desk, firm.general_id, "locks") == 1


def test_R_LOCK_8_without_redis_no_password_is_right(desk, firm):
    """Redis is stopped: the right password comes without a count of the wrong
    ones before it, and who lets it pass lets anybody guess for ever."""
    desk.services.stop_redis()
    try:
        assert "Redis" in firm.master.refused("user", "list")
    finally:
        desk.services.start_redis()


# ---------------------------------------------------------------- R-LOCK-7


def contract_row(desk, number):
    return desk.sql(
        "SELECT state, locks, locked_until IS NOT NULL FROM koshin.contract"
        " WHERE number = %s", number,
    )[0]  # fmt: skip


def guess(desk, number, times=6):
    for _ in range(times):
        done = register(desk, number, new_id(), initial="Wr-0ng!!")
        assert done.returncode == 1


def test_R_LOCK_7_six_wrong_initial_passwords_lock_a_contract(desk, contract):
    guess(desk, contract, 5)
    assert contract_row(desk, contract) == ("active", 0, False)
    guess(desk, contract, 1)
    assert contract_row(desk, contract) == ("active", 1, True)
    assert desk.json("contract", "show", contract)["state"] == "locked"
    assert register(desk, contract, new_id()).returncode == 1
    pass_lock(desk, contract, "contract", "number")
    assert register(desk, contract, new_id()).returncode == 0
    assert contract_row(desk, contract) == ("active", 0, False)


def test_R_LOCK_7_A12_guesses_by_a_name_of_digits_lock_no_contract(
    desk, contract
):
    """What six guesses by EST as user 22222222 leave in Redis."""
    store = desk.services.redis_client()
    until = int(time.time() * 1000) + 3_600_000
    store.set(f"koshin:{{{contract}}}:lock", f"1 {until}")
    store.set(f"koshin:{{{contract}}}:locks", 1)
    assert register(desk, contract, new_id()).returncode == 0


def test_R_LOCK_7_the_third_lock_blocks_until_the_operator_lifts(
    desk, contract
):
    for turn in range(3):
        guess(desk, contract)
        if turn < 2:
            pass_lock(desk, contract, "contract", "number")
    assert contract_row(desk, contract) == ("blocked", 3, False)
    assert audits(desk, f"contract:{contract}")[-1][1] == "contract.block"
    assert register(desk, contract, new_id()).returncode == 1
    desk.good("contract", "unblock", contract, "--reason", "asked")
    assert contract_row(desk, contract) == ("active", 0, False)
    assert register(desk, contract, new_id()).returncode == 0


def test_R_LOCK_7_a_master_does_not_lift_the_contract(desk, firm):
    desk.sql("UPDATE koshin.contract SET state = 'blocked'"
             " WHERE number = %s", firm.number)  # fmt: skip
    said = firm.master.refused("contract", "unblock", firm.number,
                               "--reason", "me")  # fmt: skip
    assert "only the operator" in said
    assert contract_row(desk, firm.number)[0] == "blocked"


def test_R_LOCK_7_a_contract_does_not_share_counters_with_a_user(
    desk, contract
):
    """With one who is called like it, by EST."""
    store = desk.services.redis_client()
    guess(desk, contract, 5)
    counted = store.get(f"koshin:{{contract/{contract}}}:try")
    assert int(counted.split()[0]) == 5
    assert store.keys(f"koshin:{{{contract}}}:*") == []
    assert contract_row(desk, contract) == ("active", 0, False)
