"""acting - people who act in a session at the database, as the pages' door does for
them, and what is seen of it.

    one = Person(db, "operator")
    one.lift_account(user, "why")
"""

import contextlib
import itertools
import os

import psycopg2
import pytest

from koshin_tests.rows import account, contract

HASH = "$argon2id$x"
WHY = "asked for at the desk"
MEMBER = "koshin_member"
# What one is refused with.
NOT_YOURS, STALE, WANTS_SECOND, OWN, NOT_THERE = (
    "KO005", "KO002", "KO003", "KO004", "P0002")  # fmt: skip
numbers = itertools.count(1)


class Person:
    """Who acts in a session; each call is a transaction that enters it."""

    def __init__(self, db, role, number=None, seconded=(), revokes=10):
        self.db, self.role = db, role
        self.number = number or contract(db)
        self.user = f"who{next(numbers):05}"
        self.id = account(db, self.number, role, user_id=self.user)
        self.seconded, self.revokes = list(seconded), revokes
        self.prove()

    @property
    def name(self):
        return f"{self.number}/{self.user}"

    def prove(self):
        self.token = os.urandom(16).hex()
        assert self.db.one(
            "SELECT koshin.open_session(sha256(%s), contract, id,"
            " password_hash, 3, 3, 100, %s, 3600, %s) FROM koshin.account"
            " WHERE id = %s", self.token.encode(), self.seconded,
            self.revokes, self.id, role="koshin_auth",
        )  # fmt: skip

    def proved_before(self, since):
        self.db.do("UPDATE koshin.session SET began_at = now() - %s"
                   " WHERE token_digest = sha256(%s)",
                   since, self.token.encode())  # fmt: skip

    @contextlib.contextmanager
    def entered(self):
        self.db.do("BEGIN", role=MEMBER)
        try:
            self.db.do("SELECT koshin.enter_session(%s, true)", self.token,
                       role=MEMBER)  # fmt: skip
            yield
        except BaseException:
            self.db.do("ROLLBACK", role=MEMBER)
            raise
        self.db.do("COMMIT", role=MEMBER)

    def rows(self, function, *values):
        marks = ", ".join(["%s"] * len(values))
        with self.entered():
            return self.db.rows(f"SELECT * FROM koshin.{function}({marks})",
                                *values, role=MEMBER)  # fmt: skip

    def __getattr__(self, function):
        def call(*values):
            ((value,),) = self.rows(function, "", *values)
            return value

        return call


def state(db, user):
    return db.one("SELECT state FROM koshin.account WHERE user_id = %s", user)


def contract_state(db, number):
    return db.one("SELECT state FROM koshin.contract WHERE number = %s",
                  number)  # fmt: skip


def trail(db, action, object_):
    return db.rows(
        "SELECT role, actor, details FROM koshin.audit WHERE action = %s"
        " AND object = %s ORDER BY id", action, object_,
    )  # fmt: skip


def refused(code, call, *values):
    with pytest.raises(psycopg2.Error) as error:
        call(*values)
    assert error.value.pgcode == code, error.value
