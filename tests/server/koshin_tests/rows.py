"""Rows for the tests of the schema: contracts, accounts, certificates."""

import itertools
import os

from koshin_tests.database import OWNER

numbers = itertools.count(1)


def contract(db):
    number = f"{next(numbers):08}"
    db.do("INSERT INTO koshin.contract (number) VALUES (%s)", number)
    return number


def account(db, number=None, role="master", **more):
    n = next(numbers)
    row = {
        "user_id": f"user{n}",
        "contract": number or contract(db),
        "role": role,
        "name": "山田 花子",
        "email": "hanako@example.jp",
        "password_hash": "$argon2id$x",
        **more,
    }
    return db.one(
        f"INSERT INTO koshin.account ({', '.join(row)})"
        f" VALUES ({', '.join(['%s'] * len(row))}) RETURNING id",
        *row.values(),
    )


# The functions of the issuer take many at once; here one.
RESERVE = """SELECT koshin.reserve(ARRAY[%s::bytea], ARRAY[%s::bigint], '{1}',
    ARRAY[%s::bytea], '{person}', '{CN=x}', ARRAY[%s::bytea],
    ARRAY[%s::bytea], ARRAY[%s::bytea], ARRAY[%s::bytea], ARRAY[now()],
    ARRAY[now() + interval '366 days'], ARRAY[%s::bytea], ARRAY[%s])"""
RECORD = """SELECT koshin.record(ARRAY[%s::bytea], ARRAY[%s::bytea],
    ARRAY[%s::bytea], '{true}')"""
# For who may not call them.
RESERVE_NOTHING = "SELECT koshin.reserve(" + ", ".join(["'{}'"] * 14) + ")"
RECORD_NOTHING = "SELECT koshin.record('{}', '{}', '{}', '{}')"


def reserve(db, holder, serial=None, key=None, replaces=None, role=OWNER,
            undelivered=False):
    serial = serial or os.urandom(20)
    done = db.one(
        RESERVE,
        serial,
        holder,
        replaces,
        *[key or os.urandom(32)] * 2,
        os.urandom(32),
        os.urandom(32),
        os.urandom(16),
        undelivered,
        role=role,
    )
    return serial if done else None


def record(db, serial):
    return db.one(RECORD, serial, b"der", os.urandom(32))


def issue(db, holder, **more):
    serial = reserve(db, holder, **more)
    assert record(db, serial)
    return serial


def ending(db, holder, ends, begins=None):
    """The serial of a current certificate that ends then; both as datetime.
    Without `begins` it has lived for a year."""
    serial = os.urandom(20)
    db.do(
        "INSERT INTO koshin.certificate (serial, account, profile, subject,"
        " key_digest, key_identity, csr_digest, tbs_digest, not_before,"
        " not_after, via, code_id)"
        " VALUES (%s, %s, 'person', 'CN=x', %s, %s, %s, %s,"
        " coalesce(%s, %s - interval '365 days'), %s, 'code', %s)",
        serial,
        holder,
        *(os.urandom(32) for _ in range(4)),
        begins,
        ends,
        ends,
        os.urandom(16),
    )
    db.do(
        "UPDATE koshin.certificate SET state = 'issued', current = true,"
        " issued_at = not_before, der = 'der', fingerprint = %s"
        " WHERE serial = %s",
        os.urandom(32),
        serial,
    )
    return serial
