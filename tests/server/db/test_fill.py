"""bench/fill.py goes past triggers and foreign keys: what it leaves is a ledger
all the same, or it leaves nothing."""

import contextlib

import fill
import pytest
import services

from koshin_tests import rows
from koshin_tests.database import Database, connected

CERTIFICATES = 3000

# Rows that lead nowhere, for each foreign key of the schema.
ORPHANS = """
SELECT format('SELECT %L, count(*) FROM %s t WHERE t.%I IS NOT NULL AND NOT
    EXISTS (SELECT FROM %s o WHERE o.%I = t.%I)', conname, conrelid::regclass,
    a.attname, confrelid::regclass, b.attname, a.attname)
FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]
JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = confkey[1]
WHERE contype = 'f' AND connamespace = 'koshin'::regnamespace
AND cardinality(conkey) = 1
"""


@pytest.fixture(scope="module")
def s():
    with services.temporary() as running:
        yield running


@pytest.fixture
def db(s):
    with contextlib.closing(
        Database(s, f"fill{next(rows.numbers)}")
    ) as database:
        yield database


def fill_it(s, db):
    with connected(s, "postgres", db.name) as connection:
        return fill.fill(connection, CERTIFICATES)


def test_what_is_filled_is_a_ledger(s, db):
    filled = fill_it(s, db)
    assert filled["certificate"] == CERTIFICATES
    keys = [statement for (statement,) in db.rows(ORPHANS)]
    assert len(keys) > 5
    lost = [row for key in keys for row in db.rows(key) if row[1] > 0]
    assert lost == []
    states = dict(
        db.rows("SELECT state, count(*) FROM koshin.certificate GROUP BY 1")
    )
    assert set(states) >= {"issued", "abandoned"}
    assert db.one(
        "SELECT count(*) FROM koshin.account a LEFT JOIN koshin.certificate c"
        " ON c.account = a.id AND c.current WHERE c.serial IS NULL"
    ) <= states["abandoned"]  # fmt: skip
    assert db.one(
        "SELECT count(*) FROM koshin.certificate c JOIN koshin.certificate p"
        " ON p.serial = c.replaces WHERE p.account <> c.account"
    ) == 0  # fmt: skip


def test_new_rows_come_behind_those_that_were_filled(s, db):
    fill_it(s, db)
    highest = db.one("SELECT max(id) FROM koshin.account")
    number = rows.contract(db)
    assert db.one(
        "INSERT INTO koshin.account (user_id, contract, role, name, email,"
        " password_hash) VALUES ('x', %s, 'general', 'x', 'x@example.jp',"
        " '$argon2id$x') RETURNING id", number,
    ) == highest + 1  # fmt: skip


def test_a_database_is_filled_once(s, db):
    fill_it(s, db)
    with pytest.raises(fill.FillError, match="filled before"):
        fill_it(s, db)
    assert (
        db.one("SELECT count(*) FROM koshin.certificate") == CERTIFICATES
    )


def test_a_column_that_is_unknown_is_named_and_nothing_is_filled(s, db):
    indexes = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'koshin'"
    before = db.one(indexes)
    db.do("ALTER TABLE koshin.mail ADD COLUMN colour text NOT NULL")
    with pytest.raises(fill.FillError, match="koshin.mail.colour"):
        fill_it(s, db)
    assert db.one("SELECT count(*) FROM koshin.certificate") == 0
    assert db.one(indexes) == before
