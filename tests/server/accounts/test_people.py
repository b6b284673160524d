"""People begin, change and end (R-ACC), by the command line against real
services: the operator, masters and general users."""

import pytest

from koshin_tests.command_line import INITIAL, PASSWORD, add_contract, add_user
from koshin_tests.patience import at_once
from koshin_tests.people import (
    NEW, As, Firm, account, audits, everything, issue, mails, new_id,
    new_serial, reason_of, register, replace, settle_limit,
)
from koshin_tests.rows import RECORD


@pytest.fixture
def firm(desk):
    return Firm(desk)


# -------------------------------------------------------- R-ACC-1, R-ACC-2


def test_R_ACC_1_R_ACC_2_the_master_registers_himself(desk, contract):
    user = new_id("mast")
    done = register(desk, contract, user)
    assert done.returncode == 0, done.stderr
    row = desk.json("user", "show", user)
    assert (row["role"], row["contract"], row["state"]) == (
        "master", contract, "active")  # fmt: skip
    assert row["temporary_password"] is False and row["name"] == "Hanako"
    assert mails(desk, user) == [("registered", f"{user}@example.jp")]
    number = account(desk, user, "id")
    assert audits(desk, f"account:{number}") == [
        (f"{contract}/{user}", "account.register", "koshin_member")
    ]
    assert As(desk, user).json("user", "list")[0]["user_id"] == user


def test_R_ACC_2_the_initial_password_is_dead_after_that(desk, contract):
    assert register(desk, contract, new_id()).returncode == 0
    before = everything(desk)
    done = register(desk, contract, new_id())
    assert done.returncode == 1 and "used up" in done.stderr
    assert everything(desk) == before


def test_R_ACC_2_two_at_once_make_one_master(desk, contract):
    done = at_once([lambda: register(desk, contract, new_id())] * 3)
    assert sorted(d.returncode for d in done) == [0, 1, 1]
    masters = [u for u in desk.json("user", "list", "--contract", contract)
               if u["role"] == "master"]  # fmt: skip
    assert len(masters) == 1


def test_R_ACC_2_nothing_is_tried_before_all_is_well_formed(desk, contract):
    """A slip in the form costs no attempt."""
    for _ in range(8):
        done = register(desk, contract, "bad", initial="Wr-0ng!!")
        assert "USER_ID" in done.stderr
    assert register(desk, contract, new_id()).returncode == 0


def test_R_ACC_2_R_AUTH_4_unknown_and_wrong_are_said_alike(desk, contract):
    said = {
        register(desk, number, new_id(), initial="Wr-0ng!!").stderr
        for number in (contract, "99999999")
    }
    assert len(said) == 1


def test_R_ACC_6_the_address_is_entered_twice_and_equal(desk, contract):
    before = everything(desk)
    done = register(
        desk, contract, new_id(), **{"email-again": "other@example.jp"}
    )
    assert done.returncode == 1
    assert done.stderr == "koshin: --email-again: is not the same as --email\n"
    assert everything(desk) == before


def test_R_ACC_3_a_taken_user_id_leaves_the_initial_password(
    desk, contract, user
):
    done = register(desk, contract, user)
    assert done.returncode == 1 and "user ID: is taken" in done.stderr
    assert register(desk, contract, new_id()).returncode == 0


def test_R_ACC_3_another_case_is_another_user(desk, contract):
    user = new_id("case")
    assert register(desk, contract, user).returncode == 0
    assert add_user(desk, contract, **{"user-id": user.upper()})[
        0
    ].returncode == 0


def test_what_people_type_in_full_width_is_folded(desk, contract):
    """R-WEB-8; but a password is taken as it is typed."""
    user = new_id("wide")
    wide = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(33, 127)})
    done = register(
        desk, contract.translate(wide), user.translate(wide),
        email=f"{user}@example.jp".translate(wide),
        **{"email-again": f"{user}@example.jp"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert account(desk, user, "email") == f"{user}@example.jp"
    done = register(desk, contract, new_id(), initial=INITIAL.translate(wide))
    assert done.returncode == 1


# -------------------------------------------------------- R-ACC-4, R-ACC-9


def test_R_ACC_4_R_ACC_9_the_password_is_kept_as_argon2id_only(
    desk, contract
):
    user = new_id()
    assert register(desk, contract, user).returncode == 0
    assert account(desk, user, "password_hash").startswith("$argon2id$")
    stored = str(everything(desk))
    assert PASSWORD not in stored and INITIAL not in stored
    assert register(
        desk, add_contract(desk), new_id(), password="lower-case1"
    ).stderr.startswith("koshin: password: must")


def test_R_ACC_9_a_password_has_case(desk, firm):
    wrong = As(desk, firm.master_id, PASSWORD.swapcase())
    assert "password is wrong" in wrong.refused("user", "list")


# ---------------------------------------------------------------- R-ACC-5


@pytest.mark.parametrize("name", ["が" * 20, "Ｔａｒｏ　Ｙ", "Ōe 健"])
def test_R_ACC_5_names_are_kept_in_nfc(desk, firm, name):
    import unicodedata

    typed = unicodedata.normalize("NFD", name)
    firm.general.good("user", "set-name", firm.general_id, "--name", typed)
    assert account(desk, firm.general_id, "name") == name


def test_C_44_who_types_a_variant_hears_what_is_stored(desk, firm):
    """福 U+FA1B, as family registers have it, is U+798F in NFC: it looks
    another way, so it is told. A composed が looks the same, so it is not."""
    done = firm.general(
        "user", "set-name", firm.general_id, "--name", "\ufa1b田"
    )
    assert done.returncode == 0, done.stderr
    assert "--name: stored as \u798f田" in done.stderr
    assert account(desk, firm.general_id, "name") == "\u798f田"
    done = firm.general(
        "user", "set-name", firm.general_id, "--name", "か\u3099"
    )
    assert done.returncode == 0
    assert "stored as" not in done.stderr


# ---------------------------------------------------------------- R-ACC-7


def add_general(firm, password=PASSWORD):
    user = new_id("temp")
    firm.master.good(
        "user", "add", user, "--role", "general", "--name", "New",
        "--email", f"{user}@example.jp", "--locale", "en",
        "--password-file", "-", stdin=password + "\n",
    )  # fmt: skip
    return user


def test_R_ACC_7_the_master_registers_general_users(desk, firm):
    user = add_general(firm)
    assert account(
        desk, user, "contract", "role", "temporary_password"
    ) == (firm.number, "general", True)
    assert mails(desk, user) == [("registered", f"{user}@example.jp")]
    number = account(desk, user, "id")
    assert audits(desk, f"account:{number}") == [
        (f"{firm.number}/{firm.master_id}", "account.add", "koshin_member")
    ]


def test_R_ACC_7_the_temporary_password_is_replaced_first(desk, firm):
    user = add_general(firm)
    said = As(desk, user).refused("user", "show", user)
    assert "temporary" in said and "user register" in said
    done = replace(desk, user, PASSWORD, PASSWORD)
    assert done.returncode == 1 and "another one" in done.stderr
    assert account(desk, user, "temporary_password")
    done = replace(desk, user, PASSWORD)
    assert done.returncode == 0, done.stderr
    assert not account(desk, user, "temporary_password")
    assert ("password_changed", f"{user}@example.jp") in mails(desk, user)
    assert As(desk, user, NEW).json("user", "show", user)["state"] == "active"
    done = replace(desk, user, NEW, PASSWORD)
    assert done.returncode == 1 and "registered already" in done.stderr


def test_R_ACC_7_the_master_gives_a_temporary_password_again(desk, firm):
    firm.master.good("user", "temporary-password", firm.general_id,
                     "--password-file", "-", stdin=NEW + "\n")  # fmt: skip
    assert account(desk, firm.general_id, "temporary_password")
    assert replace(desk, firm.general_id, NEW, PASSWORD).returncode == 0
    # A device cannot replace one: it is for good.
    firm.master.good("user", "temporary-password", firm.device_id,
                     "--password-file", "-", stdin=NEW + "\n")  # fmt: skip
    assert not account(desk, firm.device_id, "temporary_password")


# ---------------------------------------------------------------- R-ACC-8


def test_R_ACC_8_people_change_name_address_and_password(desk, firm):
    me, user = firm.general, firm.general_id
    old = f"{user}@example.jp"
    me.good("user", "set-name", user, "--name", "Jiro")
    me.good("user", "set-email", user, "--email", "new@example.jp")
    me.good("user", "set-password", user, "--password-file", "-",
            stdin=NEW + "\n")  # fmt: skip
    assert account(desk, user, "name", "email", "email_next") == (
        "Jiro", old, "new@example.jp",
    )  # fmt: skip
    assert mails(desk, user)[1:] == [
        ("name_changed", old),
        ("email_waits", old), ("email_waits", "new@example.jp"),
        ("password_changed", old),
    ]  # fmt: skip
    assert "wrong" in me.refused("user", "show", user)
    row = As(desk, user, NEW).json("user", "show", user)
    assert row["user_id"] == user
    actors = {a for a, _, _ in audits(
        desk, f"account:{account(desk, user, 'id')}")[1:]}  # fmt: skip
    assert actors == {f"{firm.number}/{user}"}


def test_T3_another_address_waits_as_long_as_the_setting_says(desk, firm):
    me, user = firm.general, firm.general_id
    change = ("user", "set-email", user, "--email", "new@example.jp")
    done = me(*change, env=settle_limit(desk, "email_wait", "2h"))
    assert "policy.email_wait" in done.stderr
    left = desk.sql(
        "SELECT email_at - now() FROM koshin.account WHERE user_id = %s", user
    )[0][0]
    assert 7000 < left.total_seconds() <= 7200
    shown = desk.json("user", "show", user)
    assert shown["email_next"] == "new@example.jp" and shown["email_at"]
    me.good("user", "set-email", user, "--email", f"{user}@example.jp")
    assert account(desk, user, "email_next") is None
    done = me(*change, env=settle_limit(desk, "email_wait", "0s"))
    assert done.returncode == 0, done.stderr
    assert account(desk, user, "email") == "new@example.jp"


def test_R_ACC_8_the_same_again_is_told_nobody(desk, firm):
    user = firm.general_id
    before = everything(desk)
    for change in (["set-name", user, "--name", "Taro-g"],
                   ["set-email", user, "--email", f"{user}@example.jp"]):  # fmt: skip
        done = firm.general("user", *change)
        assert done.returncode == 0 and "nothing to do" in done.stderr
    assert everything(desk) == before


def test_R_ACC_8_T7_a_master_changes_no_address_of_a_user(desk, firm):
    before = everything(desk)
    for change in (["set-name", "--name", "X"],
                   ["set-email", "--email", "x@example.jp"],
                   ["set-password", "--password-file", "-"]):  # fmt: skip
        said = firm.master.refused(
            "user", change[0], firm.general_id, *change[1:],
            stdin=NEW + "\n",
        )  # fmt: skip
        assert "only the user and the operator" in said
    assert everything(desk) == before
    firm.master.good("user", "set-email", firm.device_id,
                     "--email", "ops@example.jp")  # fmt: skip


def outstanding_code(desk, user):
    """In Redis and in the outbox, as a front makes it."""
    store = desk.services.redis_client()
    store.hset(f"koshin:{{{user}}}:code", mapping={"digest": "x"})
    desk.sql(
        "SELECT koshin.mail_code(id, %s, now(), now() + '30 min', '')"
        " FROM koshin.account WHERE user_id = %s",
        user.encode().ljust(16, b"x")[:16], user,
    )  # fmt: skip
    return store


@pytest.mark.parametrize("change", ["set-email", "set-password",
                                    "temporary-password", "register"])  # fmt: skip
def test_O_09_a_code_dies_with_password_or_address(desk, firm, change):
    user = firm.general_id
    if change == "register":
        desk.sql("UPDATE koshin.account SET temporary_password = true"
                 " WHERE user_id = %s", user)  # fmt: skip
    store = outstanding_code(desk, user)
    if change == "set-email":
        desk.good("user", change, user, "--email", "new@example.jp")
    elif change == "register":
        assert replace(desk, user, PASSWORD).returncode == 0
    else:
        desk.good("user", change, user, "--password-file", "-",
                  stdin=NEW + "\n")  # fmt: skip
    assert not store.exists(f"koshin:{{{user}}}:code")
    ((state,),) = desk.sql(
        "SELECT m.state FROM koshin.mail m JOIN koshin.account a ON a.id ="
        " m.account WHERE a.user_id = %s AND kind = 'code'", user,
    )  # fmt: skip
    assert state == "expired"


def test_O_09_without_redis_neither_address_nor_password_changes(desk, firm):
    """Redis is stopped, and with it the only way to void the code that has
    gone to the old address: a change without that would leave the code
    good."""
    before = everything(desk)
    desk.services.stop_redis()
    try:
        for change in (["set-email", "--email", "new@example.jp"],
                       ["set-password", "--password-file", "-"]):  # fmt: skip
            said = desk.refused("user", change[0], firm.general_id,
                                *change[1:], stdin=NEW + "\n")  # fmt: skip
            assert "nothing was changed" in said
    finally:
        desk.services.start_redis()
    assert everything(desk) == before


# --------------------------------------------------------------- R-ACC-8a


def reset(desk, number, initial=INITIAL):
    return desk("contract", "reset", number, "--reason", "lost password",
                "--password-file", "-", stdin=initial + "\n")  # fmt: skip


def test_R_ACC_8a_after_a_reset_the_master_begins_again(desk, firm):
    serial = issue(desk, firm.master_id, new_serial())
    other = issue(desk, firm.general_id, new_serial())
    assert reset(desk, firm.number).returncode == 0
    assert account(desk, firm.master_id, "state") == "closed"
    assert reason_of(desk, serial) == "cessationOfOperation"
    assert reason_of(desk, other) is None
    assert "wrong" in firm.master.refused("user", "list")
    # The user ID stays taken, the general users stay.
    assert "is taken" in register(desk, firm.number, firm.master_id).stderr
    again = new_id("more")
    assert register(desk, firm.number, again).returncode == 0
    listed = As(desk, again).json("user", "list", "--state", "active")
    assert {u["user_id"] for u in listed} == {
        again, firm.general_id, firm.device_id}  # fmt: skip
    assert ("contract.reset" in
            [a for _, a, _ in audits(desk, f"contract:{firm.number}")])


def test_R_ACC_8a_a_reset_has_a_reason_and_opens_a_block(desk, contract):
    desk.sql("UPDATE koshin.contract SET state = 'blocked', locks = 3"
             " WHERE number = %s", contract)  # fmt: skip
    before = everything(desk)
    desk.refused("contract", "reset", contract, "--password-file", "-", code=2)
    assert "must say why" in desk.refused(
        "contract", "reset", contract, "--reason", " ")  # fmt: skip
    assert "not found" in desk.refused(
        "contract", "reset", "99999999", "--reason", "x",
        "--password-file", "-", stdin=INITIAL + "\n")  # fmt: skip
    assert everything(desk) == before
    assert reset(desk, contract).returncode == 0
    assert register(desk, contract, new_id()).returncode == 0


# ------------------------------------------------------------------- ends


def test_a_closed_user_holds_no_good_certificate(desk, firm):
    serial = issue(desk, firm.general_id, new_serial())
    firm.master.good("user", "close", firm.general_id, "--reason", "left")
    assert account(desk, firm.general_id, "state") == "closed"
    assert reason_of(desk, serial) == "cessationOfOperation"
    kinds = [kind for kind, _ in mails(desk, firm.general_id)]
    assert kinds.count("revoked") == 1
    done = firm.master("user", "close", firm.general_id)
    assert done.returncode == 0 and "closed before" in done.stderr


def test_I_4_what_is_reserved_is_not_issued_to_a_closed_user(desk, firm):
    serial = new_serial()
    desk.sql(
        "INSERT INTO koshin.certificate (serial, account, profile, subject,"
        " key_digest, key_identity, csr_digest, tbs_digest, not_before,"
        " not_after, via, code_id)"
        " SELECT decode(%s, 'hex'), id, 'person', 'CN=x', d, d, d, d,"
        " now(), now() + '9 d', 'code', substr(sha256(decode(%s, 'hex')),"
        " 1, 16) FROM koshin.account, sha256(decode(%s, 'hex')) d"
        " WHERE user_id = %s", serial, serial, serial, firm.general_id,
    )  # fmt: skip
    desk.good("user", "close", firm.general_id)
    assert reason_of(desk, serial) == "abandoned"
    late = bytes.fromhex(serial)
    assert desk.sql(RECORD, late, b"der", bytes(32)) == [(False,)]


def test_a_closed_contract_ends_all_its_users(desk, firm):
    serials = [issue(desk, u, new_serial()) for u in firm.user_ids]
    desk.good("contract", "close", firm.number, "--reason", "notice given")
    assert desk.json("contract", "show", firm.number)["state"] == "closed"
    assert {account(desk, u, "state") for u in firm.user_ids} == {"closed"}
    assert {reason_of(desk, s) for s in serials} == {"cessationOfOperation"}
    assert "open contract not found" in desk.refused(
        "contract", "close", firm.number, "--reason", "again")  # fmt: skip
    assert add_user(desk, firm.number)[0].returncode == 1


# ---------------------------------------------------------------- R-CERT-6


def test_R_CERT_6_a_master_revokes_where_the_profile_says_so(desk, firm):
    import yaml

    serial = issue(desk, firm.general_id, new_serial())
    own = issue(desk, firm.master_id, new_serial())
    call = ["cert", "revoke", serial, "--reason", "superseded"]
    assert "master_revokes" in firm.master.refused(*call)
    assert reason_of(desk, serial) is None
    with open(desk.config) as file:
        settings = yaml.safe_load(file)
    settings["profiles"] = [{"name": "person", "master_revokes": True}]
    path = desk.folder / "revokes.yaml"
    path.write_text(yaml.safe_dump(settings))
    firm.master.good(*call, "--config", str(path))
    assert reason_of(desk, serial) == "superseded"
    assert ("revoked", f"{firm.general_id}@example.jp") in mails(
        desk, firm.general_id)  # fmt: skip
    for as_who, what in ((firm.master, own), (firm.general, serial)):
        as_who.refused("cert", "revoke", what, "--reason", "superseded",
                       "--config", str(path))  # fmt: skip
    assert reason_of(desk, own) is None
