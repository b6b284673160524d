"""What the operator's command line asks of the database."""

import itertools
import os

import pytest
from psycopg2 import errors

from koshin_tests.rows import account, issue, reserve

HASH = "$argon2id$x"
WHY = "asked for at the desk"
numbers = itertools.count(70000000)


class Operator:
    def __init__(self, db):
        self.db = db

    def __getattr__(self, function):
        def call(*values):
            marks = ", ".join(["%s"] * (len(values) + 1))
            return self.db.one(
                f"SELECT koshin.{function}({marks})",
                "tanaka",
                *values,
                role="koshin_operator",
            )

        return call


@pytest.fixture
def operator(db):
    return Operator(db)


@pytest.fixture
def number(operator):
    new = str(next(numbers))
    operator.add_contract(new, "Customer", HASH)
    return new


@pytest.fixture
def user(db):
    holder = account(db)
    return db.rows(
        "SELECT id, user_id FROM koshin.account WHERE id = %s", holder
    )[0]


def audits(db, thing):
    return db.rows(
        "SELECT role, actor, action FROM koshin.audit WHERE object = %s"
        " ORDER BY id",
        thing,
    )


def mails(db, holder):
    return db.rows(
        "SELECT kind, recipient FROM koshin.mail WHERE account = %s"
        " ORDER BY id",
        holder,
    )


def field(db, holder, name):
    return db.one(f"SELECT {name} FROM koshin.account WHERE id = %s", holder)


def test_R_ACC_1_a_contract_is_added_once(db, operator, number):
    with pytest.raises(errors.UniqueViolation):
        operator.add_contract(number, "Again", HASH)
    assert audits(db, f"contract:{number}") == [
        ("koshin_operator", "koshin_operator", "contract.add")
    ]


def test_R_ACC_2_the_master_uses_the_initial_password_up(
    db, operator, number
):
    def initial():
        return db.one(
            "SELECT initial_password_hash FROM koshin.contract"
            " WHERE number = %s",
            number,
        )

    new = ("山田", "a@example.jp", "ja", HASH, True)
    operator.add_account(f"general{number}", number, "general", *new)
    assert initial() == HASH
    holder = operator.add_account(f"master{number}", number, "master", *new)
    assert initial() is None
    assert mails(db, holder) == [("registered", "a@example.jp")]
    assert audits(db, f"account:{holder}") == [
        ("koshin_operator", "koshin_operator", "account.add")
    ]
    with pytest.raises(errors.UniqueViolation):
        operator.add_account(f"second{number}", number, "master", *new)


def test_an_account_needs_an_open_contract(db, operator, number):
    new = ("山田", "a@example.jp", "ja", HASH, True)
    for which in ("00000000", number):
        db.do(
            "UPDATE koshin.contract SET state = 'closed' WHERE number = %s",
            number,
        )
        with pytest.raises(errors.NoDataFound):
            operator.add_account("x1", which, "general", *new)


def test_R_LOCK_7_a_blocked_contract_is_lifted(db, operator, number):
    db.do(
        "UPDATE koshin.contract SET state = 'blocked', locks = 3,"
        " locked_until = now() WHERE number = %s",
        number,
    )
    assert operator.lift_contract(number, WHY) is True
    assert operator.lift_contract(number, WHY) is False
    assert ("active", 0, None) == db.rows(
        "SELECT state, locks, locked_until FROM koshin.contract"
        " WHERE number = %s",
        number,
    )[0]
    with pytest.raises(errors.NoDataFound):
        operator.lift_contract("00000000", WHY)


@pytest.mark.parametrize("block", [False, True])
def test_R_LOCK_6_a_lock_is_lifted_and_told_once(db, operator, user, block):
    holder, user_id = user
    db.do(
        "SELECT koshin.lock_account(%s, 3, now() + interval '1 h', %s)",
        holder,
        block,
    )
    assert operator.lift_account(user_id, WHY) is True
    assert operator.lift_account(user_id, WHY) is False
    assert field(db, holder, "state") == "active"
    assert field(db, holder, "locks") == 0
    assert field(db, holder, "locked_until") is None
    lifted = "unblocked" if block else "unlocked"
    kinds = [kind for kind, _ in mails(db, holder)]
    assert kinds == ["blocked" if block else "locked", lifted]


@pytest.mark.parametrize("block", [False, True])
def test_R_LOCK_9_a_suspension_is_told_and_resumes_to_what_was(
    db, operator, user, block
):
    holder, user_id = user
    if block:
        db.do("SELECT koshin.lock_account(%s, 3, now(), true)", holder)
    before = field(db, holder, "state")
    assert operator.suspend_account(user_id, WHY) is True
    assert operator.suspend_account(user_id, WHY) is False
    assert field(db, holder, "state") == "suspended"
    with pytest.raises(errors.InvalidParameterValue):
        operator.lift_account(user_id, WHY)
    assert operator.resume_account(user_id, WHY) is True
    assert operator.resume_account(user_id, WHY) is False
    assert field(db, holder, "state") == before
    kinds = [k for k, _ in mails(db, holder)]
    assert (kinds.count("suspended"), kinds.count("resumed")) == (1, 1)


def test_X_04_nothing_is_lifted_without_a_reason(db, operator, user, number):
    for lift in (
        lambda: operator.lift_account(user[1], " "),
        lambda: operator.lift_contract(number, ""),
        lambda: operator.suspend_account(user[1], ""),
        lambda: operator.resume_account(user[1], " "),
    ):
        with pytest.raises(errors.InvalidParameterValue):
            lift()


def test_a_closed_account_is_not_changed_any_more(db, operator, user):
    holder, user_id = user
    operator.close_account(user_id)
    assert field(db, holder, "state") == "closed"
    for change in (
        lambda: operator.lift_account(user_id, WHY),
        lambda: operator.close_account(user_id),
        lambda: operator.set_email(user_id, "b@example.jp"),
        lambda: operator.set_password(user_id, HASH, True),
    ):
        with pytest.raises(errors.NoDataFound):
            change()


def test_R_ACC_8_a_new_address_is_told_to_both(db, operator, user):
    holder, user_id = user
    for _ in range(2):
        operator.set_email(user_id, "new@example.jp")
    assert mails(db, holder) == [
        ("email_changed", "hanako@example.jp"),
        ("email_changed", "new@example.jp"),
    ]


def test_a_code_does_not_go_to_an_old_address(db, operator, user):
    holder, user_id = user
    db.do(
        "SELECT koshin.mail_code(%s, %s, now(), now() + interval '1 h', '')",
        holder,
        os.urandom(16),
    )
    operator.set_email(user_id, "new@example.jp")
    assert "expired" == db.one(
        "SELECT state FROM koshin.mail WHERE account = %s"
        " AND kind = 'code'",
        holder,
    )


def test_R_ACC_7_a_temporary_password(db, operator, user):
    holder, user_id = user
    operator.set_password(user_id, HASH + "y", True)
    assert field(db, holder, "temporary_password")
    assert field(db, holder, "password_hash") == HASH + "y"
    assert mails(db, holder) == [("password_changed", "hanako@example.jp")]
    # R-MAIL-5: no trace of it.
    assert HASH not in str(db.rows("SELECT * FROM koshin.audit"))


def test_R_CERT_6_a_certificate_is_revoked_once(db, operator, user):
    holder, _ = user
    serial = issue(db, holder)
    assert operator.withdraw_certificate(serial, "superseded") is True
    assert operator.withdraw_certificate(serial, "keyCompromise") is False
    assert ("superseded", "koshin_operator", False) == db.rows(
        "SELECT reason, actor, current FROM koshin.revocation"
        " JOIN koshin.certificate USING (serial) WHERE serial = %s",
        serial,
    )[0]
    assert ("revoked", "hanako@example.jp") in mails(db, holder)
    # R-CERT-3: the next one may come.
    issue(db, holder)


@pytest.mark.parametrize("reason", ["nothing", ""])
def test_a_reason_is_one_of_the_list(db, operator, user, reason):
    serial = issue(db, user[0])
    with pytest.raises(errors.CheckViolation):
        operator.withdraw_certificate(serial, reason)


def test_I_4_what_is_not_issued_is_not_revoked_by_hand(db, operator, user):
    serial = reserve(db, user[0])
    for which, reason in (
        (serial, "superseded"),
        (bytes(20), "superseded"),
        (issue(db, account(db)), "abandoned"),
    ):
        with pytest.raises(errors.NoDataFound):
            operator.withdraw_certificate(which, reason)


def test_R_MAIL_4_a_refused_mail_is_tried_again(db, operator, user):
    holder, _ = user
    db.do("SELECT koshin.notice(%s, 'issued', %s)", holder, f"r:{holder}")
    which = db.one(
        "SELECT id FROM koshin.mail WHERE account = %s", holder
    )
    assert operator.retry_mail(which) is False
    db.do("SELECT koshin.settle_mails(ARRAY[%s]::bigint[],"
          " ARRAY['failed'], ARRAY[now()], ARRAY['550'])", which)
    assert operator.retry_mail(which) is True
    assert "queued" == db.one(
        "SELECT state FROM koshin.mail WHERE id = %s", which
    )
