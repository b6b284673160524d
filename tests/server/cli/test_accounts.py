"""Contracts and users at the command line: R-ACC, passwords, locks."""

import json
import pathlib
import re

import pytest

from koshin_tests.command_line import INITIAL, PASSWORD, add_user, counter
from koshin_tests.patience import PATIENCE_S, at_once
from koshin_tests.terminal import Terminal


# ------------------------------------------------------------- R-ACC, X-02


@pytest.mark.parametrize(
    "number", ["1234567", "123456789", "１２３４５６７８", "1234567a"]
)
def test_X_02_R_ACC_1_a_contract_number_has_8_digits(desk, number):
    said = desk.refused("contract", "add", number, "--generate-password")
    assert said == "koshin: number: must be 8 digits\n"


def test_X_02_R_ACC_1_a_contract_is_added_once(desk, contract):
    said = desk.refused("contract", "add", contract, "--generate-password")
    assert said.startswith("koshin: number: is taken")


@pytest.mark.parametrize("word", ["Tr-7kLm", "Tr-7kLm#9", "Tr47kLmx", ""])
def test_X_02_R_ACC_4_an_initial_password_has_its_form(desk, word):
    said = desk.refused("contract", "add", str(next(counter)),
                        "--password-file", "-", stdin=word + "\n")  # fmt: skip
    assert said.startswith("koshin: password: ") and "must" in said


def test_R_ACC_1_a_generated_initial_password_is_shown_once(desk):
    number = str(next(counter))
    made = desk.good("contract", "add", number, "--generate-password").strip()
    assert len(made) == 8
    ((kept,),) = desk.sql(
        "SELECT initial_password_hash FROM koshin.contract"
        " WHERE number = %s", number,
    )  # fmt: skip
    assert kept.startswith("$argon2id$") and made not in kept
    shown = desk.json("contract", "show", number)
    assert made not in json.dumps(shown)
    assert shown["number"] == number and shown["state"] == "active"


@pytest.mark.parametrize(
    "field, value, word",
    [
        ("user-id", "short", "USER_ID"),
        ("user-id", "letters", "USER_ID"),
        ("user-id", "thirteen12345", "USER_ID"),
        ("user-id", "ｕｓｅｒ００１", "USER_ID"),
        ("role", "root", "--role"),
        ("name", "x" * 21, "--name"),
        ("name", "a\x1b[2Jb", "--name"),
        ("email", "nobody", "--email"),
        ("email", "a@b.jp\nBcc: x@y.jp", "--email"),
        ("email", "x" * 46 + "@b.jp", "--email"),
        ("locale", "de", "--locale"),
        ("contract", "123", "--contract"),
    ],
)
def test_X_02_R_ACC_a_bad_value_names_its_field(
    desk, contract, field, value, word
):
    done, _ = add_user(desk, contract, **{field: value})
    assert done.returncode == 1
    assert done.stderr.startswith(f"koshin: {word}: ")
    assert "\x1b" not in done.stderr


def test_R_ACC_2_one_master_for_a_contract(desk, contract):
    assert add_user(desk, contract, role="master")[0].returncode == 0
    done, _ = add_user(desk, contract, role="master")
    assert done.returncode == 1 and "master user already" in done.stderr


def test_R_ACC_3_a_user_id_is_taken_once(desk, contract, user):
    done, _ = add_user(desk, contract, **{"user-id": user})
    assert done.returncode == 1 and "is taken" in done.stderr
    other = user.replace("user", "User")
    assert add_user(desk, contract, **{"user-id": other})[0].returncode == 0


def test_R_ACC_5_a_name_is_kept_in_nfc(desk, contract):
    done, user = add_user(desk, contract, name="か\u3099くせい　太郎")
    assert done.returncode == 0, done.stderr
    assert desk.json("user", "show", user)["name"] == "がくせい　太郎"


def test_R_ACC_7_a_temporary_password_is_marked(desk, contract):
    made = desk.good(
        "user", "add", f"temp{next(counter)}", "--contract", contract,
        "--role", "general", "--name", "T", "--email", "t@example.jp",
        "--locale", "en", "--temporary", "--generate-password",
    ).strip()  # fmt: skip
    assert 8 <= len(made) <= 12
    (row,) = desk.json("user", "list", "--contract", contract)
    assert row["temporary_password"] is True and row["locale"] == "en"
    assert made not in json.dumps(row)


def test_R_ACC_8_the_operator_changes_address_and_password(desk, user):
    desk.good("user", "set-email", user, "--email", "new@example.jp")
    assert desk.json("user", "show", user)["email"] == "new@example.jp"
    mails = desk.json("mail", "list", "--user", user)
    told = {m["recipient"] for m in mails if m["kind"] == "email_changed"}
    assert told == {"taro@example.jp", "new@example.jp"}
    desk.good("user", "set-password", user, "--temporary",
              "--password-file", "-", stdin=PASSWORD + "\n")  # fmt: skip
    assert desk.json("user", "show", user)["temporary_password"] is True


def test_an_unknown_contract_or_user_is_1(desk):
    assert add_user(desk, "00000000")[0].returncode == 1
    for call in (["user", "show"], ["contract", "show"], ["user", "close"]):
        assert "not found" in desk.refused(*call, "nobody1")


# --------------------------------------------------------- passwords


@pytest.mark.parametrize(
    "option", ["--password", "--password=Tr-7kLm#9x", "--initial-password"]
)
def test_X_07_a_password_on_the_command_line_is_refused(desk, option):
    said = desk.refused("user", "add", option, code=2)
    assert "--password-file" in said and "Tr-7" not in said


def test_X_07_a_password_in_the_environment_is_refused(desk):
    said = desk.refused("user", "list", env={"PGPASSWORD": "hunter2"})
    assert "passfile=" in said and "hunter2" not in said


def test_X_07_a_password_file_is_closed_to_others(desk, tmp_path):
    path = tmp_path / "secret"
    path.write_text(INITIAL + "\n")
    path.chmod(0o644)
    call = ["contract", "add", str(next(counter)), "--password-file"]
    assert "0600" in desk.refused(*call, str(path))
    path.chmod(0o600)
    desk.good(*call, str(path))
    assert "No such file" in desk.refused(*call, str(tmp_path / "none"))


def test_without_a_terminal_it_says_what_to_do(desk):
    said = desk.refused("contract", "add", str(next(counter)),
                        start_new_session=True)  # fmt: skip
    assert "--password-file" in said


def at_terminal(desk, args, answers):
    """Runs it with a terminal of its own; (exit code, all that was shown)."""
    with Terminal(
        [desk.program, *args], {"KOSHIN_CONFIG": desk.config}
    ) as terminal:
        for answer in answers:
            terminal.wait_for(": $", PATIENCE_S)
            terminal.type(answer + "\n")
        return terminal.wait(PATIENCE_S), terminal.text


def test_a_password_is_asked_twice_and_not_echoed(desk):
    call = ["contract", "add", str(next(counter))]
    code, shown = at_terminal(desk, call, [INITIAL, INITIAL + "x"])
    assert code == 1 and "not the same" in shown and INITIAL not in shown
    code, shown = at_terminal(desk, call, [INITIAL, INITIAL])
    assert code == 0 and INITIAL not in shown
    assert shown.count(": ") == 2


# --------------------------------------------------------- lock, block


def block(desk, user):
    desk.sql(
        "UPDATE koshin.account SET state = 'blocked', locks = 3"
        " WHERE user_id = %s", user,
    )  # fmt: skip


def audit(desk, action):
    return desk.sql(
        "SELECT actor, details FROM koshin.audit WHERE action = %s"
        " ORDER BY id DESC LIMIT 1", action,
    )[0]  # fmt: skip


def test_X_04_a_block_is_lifted_once_with_a_reason(desk, user):
    block(desk, user)
    for reason in ("--reason=", "--reason"):
        desk.refused("user", "unlock", user, reason, code=2)
    assert "must say why" in desk.refused(
        "user", "unlock", user, "--reason", "  "
    )
    # In the trail it would be read backwards.
    assert "turn the direction" in desk.refused(
        "user", "unlock", user, "--reason", "a\u202eb"
    )
    assert desk.json("user", "show", user)["state"] == "blocked"
    call = ["user", "unlock", user, "--reason", "by phone", "--actor", "mori"]
    assert desk(*call).stderr == ""
    row = desk.json("user", "show", user)
    assert (row["state"], row["locks"]) == ("active", 0)
    actor, details = audit(desk, "account.unlock")
    assert actor == "koshin_operator"
    assert (details["reason"], details["remark"]) == ("by phone", "mori")
    done = desk(*call)
    assert done.returncode == 0 and "neither locked nor blocked" in done.stderr
    kinds = [m["kind"] for m in desk.json("mail", "list", "--user", user)]
    assert kinds.count("unblocked") == 1 and "unlocked" not in kinds


def test_R_LOCK_6_the_counters_in_redis_are_lifted_too(desk, user, contract):
    _, other = add_user(desk, contract)
    at = desk.services.redis_client()
    for who in (user, other):
        for what in ("try", "locks", "lock"):
            at.set(f"koshin:{{{who}}}:{what}", 5)
    desk.good("user", "unlock", user, "--reason", "by phone")
    left = {key.decode() for key in at.keys("koshin:*")}
    assert not [key for key in left if user in key]
    assert len([key for key in left if other in key]) == 3


def test_X_04_a_role_without_the_right_is_refused(desk, user):
    block(desk, user)
    config = desk.folder / "front.yaml"
    text = pathlib.Path(desk.config).read_text()
    config.write_text(
        re.sub(r'(\n  operator: ".*user=)\w+', r"\1koshin_front", text)
    )
    said = desk.refused("user", "unlock", user, "--reason", "x",
                        "--config", str(config))  # fmt: skip
    assert "does not let this role" in said
    assert desk.json("user", "show", user)["state"] == "blocked"


def test_X_06_two_operators_at_once_have_one_effect(desk, user):
    block(desk, user)
    done = at_once([lambda: desk("user", "unlock", user, "--reason", "x")] * 2)
    assert [d.returncode for d in done] == [0, 0]
    assert sum("neither" in d.stderr for d in done) == 1
    kinds = [m["kind"] for m in desk.json("mail", "list", "--user", user)]
    assert kinds.count("unblocked") == 1


def test_without_redis_nothing_is_lifted(desk, user):
    """Redis is stopped: a lock that is lifted in PostgreSQL alone would hold
    on in Redis, and the operator would have been told that it is gone."""
    block(desk, user)
    desk.services.stop_redis()
    try:
        said = desk.refused("user", "unlock", user, "--reason", "x")
    finally:
        desk.services.start_redis()
    assert "Redis" in said and "nothing was changed" in said
    assert desk.json("user", "show", user)["state"] == "blocked"


def test_a_user_is_closed_once(desk, user):
    desk.good("user", "close", user)
    done = desk("user", "close", user)
    assert done.returncode == 0 and "closed before" in done.stderr
    assert desk.json("user", "show", user)["state"] == "closed"
    assert user not in json.dumps(desk.json("user", "list", "--state=active"))
    desk.refused("user", "unlock", user, "--reason", "x")


def test_R_LOCK_7_the_operator_lifts_the_block_of_a_contract(desk, contract):
    desk.sql(
        "UPDATE koshin.contract SET state = 'blocked' WHERE number = %s",
        contract,
    )
    call = ["contract", "unblock", contract, "--reason", "asked"]
    assert desk(*call).stderr == ""
    assert desk.json("contract", "show", contract)["state"] == "active"
    done = desk(*call)
    assert done.returncode == 0 and "not blocked" in done.stderr


@pytest.mark.parametrize(
    "column, word", [("role", "auditor"), ("state", "frozen")]
)
def test_R_ACC_an_unknown_role_or_state_is_refused(
    desk, contract, column, word
):
    """Words of a database that is ahead of the program: the constraint is
    taken away for as long as the row holds one. Read as a master, or as
    active, it would be changed like one."""
    done, user = add_user(desk, contract)
    constraint = f"account_{column}_check"
    ((rule,),) = desk.sql(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conname = %s", constraint,
    )  # fmt: skip
    change = f"UPDATE koshin.account SET {column} = %s WHERE user_id = %s"
    ((before,),) = desk.sql(
        f"SELECT {column} FROM koshin.account WHERE user_id = %s", user
    )
    desk.sql(f"ALTER TABLE koshin.account DROP CONSTRAINT {constraint}")
    desk.sql(change, word, user)
    try:
        said = desk.refused("user", "set-name", user, "--name", "Jiro")
        assert "unknown" in said and word in said
        assert desk.sql(
            "SELECT name FROM koshin.account WHERE user_id = %s", user
        ) == [("Taro",)]
    finally:
        desk.sql(change, before, user)
        desk.sql(
            f"ALTER TABLE koshin.account ADD CONSTRAINT {constraint} {rule}"
        )
