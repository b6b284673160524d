"""How often a master may, and what an operator can undo (T6, T7)."""

import pytest

from koshin_tests.command_line import add_user
from koshin_tests.people import (
    NEW, Firm, account, audits, issue, mails, new_id, new_serial, reason_of,
    settle_limit,
)

OFTEN = "only the operator does it now"


@pytest.fixture
def firm(desk):
    return Firm(desk)


def block(desk, user):
    desk.sql("UPDATE koshin.account SET state = 'blocked'"
             " WHERE user_id = %s", user)  # fmt: skip


def lift(who, user):
    return who("user", "unlock", user, "--reason", "asked")


def test_T6_a_master_lifts_for_one_user_three_times_in_a_day(desk, firm):
    for _ in range(3):
        block(desk, firm.general_id)
        assert lift(firm.master, firm.general_id).returncode == 0
    block(desk, firm.general_id)
    done = lift(firm.master, firm.general_id)
    assert done.returncode == 1 and "3 times" in done.stderr
    assert OFTEN in done.stderr and "PostgreSQL" not in done.stderr
    assert account(desk, firm.general_id, "state") == "blocked"
    # another user is another matter, and the operator has no such limit
    block(desk, firm.device_id)
    assert lift(firm.master, firm.device_id).returncode == 0
    desk.good("user", "unlock", firm.general_id, "--reason", "asked")
    assert account(desk, firm.general_id, "state") == "active"


def test_T6_a_lift_before_the_lock_is_counted_and_the_fourth_forgets_nothing(
    desk, firm
):
    """Who lifts after each five failures would guess without an end."""
    store = desk.services.redis_client()
    failures = f"koshin:{{{firm.general_id}}}:try"
    for _ in range(3):
        store.set(failures, 5)
        assert lift(firm.master, firm.general_id).returncode == 0
        assert not store.exists(failures)
    store.set(failures, 5)
    done = lift(firm.master, firm.general_id)
    assert done.returncode == 1 and OFTEN in done.stderr
    assert store.get(failures) == b"5"
    desk.good("user", "unlock", firm.general_id, "--reason", "x")
    assert not store.exists(failures)


def test_T6_a_master_asks_for_a_hundred_taken_user_ids_in_a_day(
    desk, firm, tmp_path
):
    """At the command line as at the desk; a file of them is counted, too."""
    theirs = Firm(desk).user_ids
    table = tmp_path / "people.csv"
    table.write_text("user_id,name,email\n" + "".join(
        f"{user},X,x@example.jp\n" for user in theirs[:2]))  # fmt: skip

    def add(user):
        return firm.master(
            "user", "add", user, "--role", "general", "--name", "X",
            "--email", "x@example.jp", "--generate-password",
        )  # fmt: skip

    def learned():
        return [wanted for (wanted,) in desk.sql(
            "SELECT details ->> 'user_id' FROM koshin.audit"
            " WHERE action = 'account.taken' AND account = %s ORDER BY id",
            account(desk, firm.master_id, "id"))]  # fmt: skip

    done = add(theirs[0])
    assert done.returncode == 1
    assert "user ID: is taken; choose another" in done.stderr
    assert learned() == [theirs[0]]
    said = firm.master.refused("user", "import", str(table), "--dry-run")
    assert all(f"{user} is taken" in said for user in theirs[:2])
    assert learned() == [theirs[0], *theirs[:2]]
    desk.sql(
        "INSERT INTO koshin.audit (actor, action, object, account, details)"
        " SELECT actor, action, object, account, details FROM koshin.audit,"
        " generate_series(1, 97) WHERE id = (SELECT max(id)"
        " FROM koshin.audit WHERE action = 'account.taken')"
    )
    new = new_id("free")
    done = add(new)
    assert done.returncode == 1 and OFTEN in done.stderr
    assert desk.sql("SELECT count(*) FROM koshin.account WHERE user_id = %s",
                    new) == [(0,)]  # fmt: skip
    assert firm.master("user", "import", str(table),
                       "--dry-run").returncode == 1  # fmt: skip
    assert len(learned()) == 100
    # The operator has no such limit.
    done, _ = add_user(desk, firm.number, **{"user-id": new})
    assert done.returncode == 0, done.stderr


def test_T7_a_master_gives_one_user_three_passwords_in_a_day(desk, firm):
    def give():
        return firm.master(
            "user", "temporary-password", firm.general_id,
            "--password-file", "-", stdin=NEW + "\n",
        )  # fmt: skip

    for _ in range(3):
        assert give().returncode == 0
    done = give()
    assert done.returncode == 1 and OFTEN in done.stderr
    kinds = [kind for kind, _ in mails(desk, firm.general_id)]
    assert kinds.count("password_changed") == 3
    desk.good("user", "temporary-password", firm.general_id,
              "--password-file", "-", stdin=NEW + "\n")  # fmt: skip


def test_T7_a_master_closes_so_many_in_an_hour_as_the_setting_says(
    desk, firm
):
    env = settle_limit(desk, "master_closes", 1)
    done = firm.master("user", "close", firm.general_id, env=env)
    assert done.returncode == 0, done.stderr
    done = firm.master("user", "close", firm.device_id, env=env)
    assert done.returncode == 1 and OFTEN in done.stderr
    assert account(desk, firm.device_id, "state") == "active"
    # closed before the hour: no more of this one's
    desk.sql("UPDATE koshin.account SET closed_at = now() - interval '61 min'"
             " WHERE user_id = %s", firm.general_id)  # fmt: skip
    done = firm.master("user", "close", firm.device_id, env=env)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("who", ["master", "operator"])
def test_T7_what_was_closed_is_open_again_as_it_was(desk, firm, who):
    actor = firm.master if who == "master" else desk
    user = firm.general_id
    serial = issue(desk, user, new_serial())
    block(desk, user)
    desk.good("user", "close", user, "--reason", "mistaken")
    said = actor.refused("user", "reopen", firm.device_id, "--reason", "x")
    assert "is not closed" in said
    actor.good("user", "reopen", user, "--reason", "undone")
    assert account(desk, user, "state", "closed_from") == ("blocked", None)
    assert reason_of(desk, serial) == "cessationOfOperation"
    assert ("reopened", f"{user}@example.jp") in mails(desk, user)
    number = account(desk, user, "id")
    by = f"{firm.number}/{firm.master_id}" if who == "master" else (
        "koshin_operator")  # fmt: skip
    assert audits(desk, f"account:{number}")[-1][:2] == (by, "account.reopen")


def test_T7_closing_and_opening_lifts_no_lock(desk, firm):
    user = firm.general_id
    desk.sql("UPDATE koshin.account SET locks = 2, locked_until = now()"
             " + interval '1 h' WHERE user_id = %s", user)  # fmt: skip
    firm.master.good("user", "close", user)
    firm.master.good("user", "reopen", user, "--reason", "undone")
    shown = firm.master.json("user", "show", user)
    assert shown["state"] == "locked"
    assert account(desk, user, "locks") == 2


def test_T7_after_thirty_days_it_is_closed_for_good(desk, firm):
    user = firm.general_id
    desk.good("user", "close", user)
    desk.sql("UPDATE koshin.account SET closed_at = now() - interval '30 d'"
             " WHERE user_id = %s", user)  # fmt: skip
    said = desk.refused("user", "reopen", user, "--reason", "late")
    assert "more than 30 days ago" in said
    assert account(desk, user, "state") == "closed"


def test_T7_a_user_of_a_closed_contract_stays_closed(desk, firm):
    desk.good("contract", "close", firm.number, "--reason", "left")
    said = desk.refused("user", "reopen", firm.general_id, "--reason", "x")
    assert "open contract not found" in said
    assert account(desk, firm.general_id, "state") == "closed"


def test_T7_the_second_master_of_a_contract_stays_closed(desk, firm):
    """The operator has reset the contract, and another master has come."""
    desk.good("user", "close", firm.master_id)
    desk.good("user", "add", new_id("mast"), "--contract", firm.number,
              "--role", "master", "--name", "X", "--email", "x@example.jp",
              "--password-file", "-", stdin=NEW + "\n")  # fmt: skip
    said = desk.refused("user", "reopen", firm.master_id, "--reason", "x")
    assert "has a master user already" in said


def test_R_WEB_5_a_user_is_reminded_once_in_a_day(desk, firm):
    user = firm.general_id
    firm.master.good("user", "remind", user)
    done = firm.master("user", "remind", user)
    assert done.returncode == 0 and "nothing was mailed" in done.stderr
    assert [k for k, _ in mails(desk, user)].count("reminder") == 1
    desk.sql("UPDATE koshin.mail SET made_at = now() - interval '1 day',"
             " event_key = 'a day before' WHERE kind = 'reminder'")
    firm.master.good("user", "remind", user)
    assert [k for k, _ in mails(desk, user)].count("reminder") == 2


def test_R_WEB_5_who_may_not_log_in_is_not_reminded(desk, firm):
    block(desk, firm.general_id)
    done = firm.master("user", "remind", firm.general_id)
    assert done.returncode == 0 and "nothing was mailed" in done.stderr
    assert "reminder" not in dict(mails(desk, firm.general_id))
