"""Accounts and mails by themselves: what holds against everybody."""

import os
import re
from pathlib import Path

import pytest
from psycopg2 import errors

from koshin_tests.rows import account, contract, record

TOP = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "field, value",
    [
        ("user_id", "with space"),
        ("user_id", "line\nend"),
        ("user_id", ""),
        ("user_id", "x" * 64),
        ("email", "a@b\r\nRCPT TO:<c@d>"),
        ("email", "nobody"),
        ("email", "a" * 60 + "@b.c"),
        ("name", ""),
        ("name", "a\x07b"),
        ("locale", "../x"),
        ("password_hash", "plain text"),
        ("state", "asleep"),
        ("locks", -1),
    ],
)
def test_a_field_that_would_harm_is_refused(db, field, value):
    with pytest.raises(errors.CheckViolation):
        account(db, **{field: value})


@pytest.mark.parametrize("number", ["1234567", "123456789", "1234567x", ""])
def test_R_ACC_1_contract_numbers_have_eight_digits(db, number):
    with pytest.raises(errors.CheckViolation):
        db.do("INSERT INTO koshin.contract (number) VALUES (%s)", number)


def test_R_ACC_2_one_master_for_each_contract(db):
    number = contract(db)
    account(db, number)
    account(db, number, role="general")
    with pytest.raises(errors.UniqueViolation):
        account(db, number)


def test_R_ACC_2_a_closed_master_makes_room(db):
    number = contract(db)
    holder = account(db, number)
    db.do(
        "UPDATE koshin.account SET state = 'closed' WHERE id = %s", holder
    )
    account(db, number)


def test_R_ACC_3_user_ids_are_unique_and_case_counts(db):
    account(db, user_id="sample001")
    account(db, user_id="Sample001")
    with pytest.raises(errors.UniqueViolation):
        account(db, user_id="sample001")


@pytest.mark.parametrize(
    "change", ["user_id = 'other1'", "contract = '99999999'", "id = id + 9"]
)
def test_R_ACC_3_a_user_id_is_for_good(db, change):
    db.do(
        "INSERT INTO koshin.contract (number) VALUES ('99999999')"
        " ON CONFLICT DO NOTHING"
    )
    holder = account(db)
    with pytest.raises((errors.RestrictViolation, errors.GeneratedAlways)):
        db.do(
            f"UPDATE koshin.account SET {change} WHERE id = %s", holder
        )


def test_every_change_of_an_account_is_a_new_version(db):
    holder = account(db)
    for version in (1, 2, 3):
        assert version == db.one(
            "SELECT version FROM koshin.account WHERE id = %s", holder
        )
        db.do(
            "UPDATE koshin.account SET locale = 'en', version = 77"
            " WHERE id = %s",
            holder,
        )


# ----------------------------------------------------------------------- mail


def notice(db, holder, event):
    return db.one("SELECT koshin.notice(%s, 'issued', %s)", holder, event)


def test_I_10_one_event_is_one_mail(db):
    holder = account(db)
    assert notice(db, holder, "event-1") is True
    assert notice(db, holder, "event-1") is False


def test_I_10_the_message_id_depends_on_the_event_alone(db):
    holder = account(db)
    ids = set()
    for _ in range(2):
        notice(db, holder, "event-2")
        ids.add(
            db.one(
                "DELETE FROM koshin.mail WHERE event_key = 'event-2'"
                " RETURNING message_id"
            )
        )
    assert len(ids) == 1


@pytest.mark.parametrize("state", ["sent", "failed", "expired"])
def test_I_11_a_mail_that_has_ended_has_no_nonce(db, state):
    holder = account(db)
    db.do(
        "SELECT koshin.mail_code(%s, %s, now(), now() + interval '1 h', '')",
        holder,
        os.urandom(16),
    )
    db.do(
        "UPDATE koshin.mail SET state = %s WHERE account = %s", state, holder
    )
    assert (None, None, True) == db.rows(
        "SELECT nonce, lease_until, done_at IS NOT NULL FROM koshin.mail"
        " WHERE account = %s",
        holder,
    )[0]


def test_a_mail_of_a_transaction_that_fails_rings_nobody(db):
    holder = account(db)
    listener = db._connection("koshin_courier")
    db.do("LISTEN koshin_mail", role="koshin_courier")
    with pytest.raises(errors.DivisionByZero):
        db.do("SELECT koshin.notice(%s, 'issued', 'e3'), 1 / 0", holder)
    db.do("SELECT 1", role="koshin_courier")
    assert listener.notifies == []
    notice(db, holder, "event-4")
    db.do("SELECT 1", role="koshin_courier")
    assert len(listener.notifies) == 1
    db.do("UNLISTEN koshin_mail", role="koshin_courier")
    listener.notifies.clear()


def test_what_tells_nobody_anything_rings_nobody(db):
    """A certificate that is not reserved any more, an event that was told."""
    holder = account(db)
    notice(db, holder, "event-5")
    listener = db._connection("koshin_courier")
    db.do("LISTEN koshin_mail", role="koshin_courier")
    assert not record(db, os.urandom(20))
    db.do("SELECT koshin.notice(%s, 'issued', 'event-5')", holder)
    db.do("SELECT 1", role="koshin_courier")
    assert listener.notifies == []
    db.do("UNLISTEN koshin_mail", role="koshin_courier")


def test_an_index_on_text_does_not_depend_on_the_systems_locales(db):
    """A new libc sorts words another way: an index that follows a locale is
    then wrong without anybody having touched it."""
    assert [] == db.rows(
        "SELECT i.indexrelid::regclass::text, a.attname"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " JOIN pg_attribute a ON a.attrelid = i.indexrelid"
        " JOIN pg_collation l ON l.oid = a.attcollation"
        " WHERE c.relnamespace = 'koshin'::regnamespace"
        " AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'btree')"
        " AND l.collname <> 'C'"
    )


def functions(db):
    """Name and body of each; those that belong to the schema alone."""
    return db.rows(
        "SELECT proname, prosrc FROM pg_proc"
        " WHERE pronamespace = 'koshin'::regnamespace ORDER BY proname"
    )


def test_no_function_is_there_twice(db):
    found = functions(db)
    bodies = [" ".join(body.split()) for _, body in found]
    assert len(found) > 50
    assert len({name for name, _ in found}) == len(found)
    assert len(set(bodies)) == len(found)


def test_every_function_is_called(db):
    """By the program, by another function, by a trigger, or by a policy.
    CHANGE(...) of db/people_sql.c writes the call of what it names."""
    program = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("db", "cli")
        for path in sorted((TOP / folder).rglob("*"))
        if path.suffix == ".c" or path.parent.name == "sql"
    )
    of_triggers = {
        name
        for (name,) in db.rows(
            "SELECT p.proname FROM pg_trigger t"
            " JOIN pg_proc p ON p.oid = t.tgfoid"
        )
    }
    policies = "".join(
        text
        for (text,) in db.rows(
            "SELECT qual FROM pg_policies WHERE schemaname = 'koshin'"
        )
    )
    found = functions(db)
    for name, _ in found:
        call = re.compile(rf"\b{name}\(")
        inside = "".join(body for other, body in found if other != name)
        assert (
            name in of_triggers
            or f"koshin.{name}(" in program + policies
            or f"CHANGE({name}, " in program
            or call.search(inside)
        ), f"nothing calls koshin.{name}()"
