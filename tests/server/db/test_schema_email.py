"""Another mail address waits before it is one's own (R-ACC-8, T3): until then
everything goes to the old one, and both know."""

import os

import psycopg2
import pytest

from koshin_tests.rows import account

OLD, NEW = "hanako@example.jp", "new@example.jp"
DAY_S = 86400


class Person:
    """Somebody in a session, in which another address waits so long."""

    def __init__(self, db, waits=DAY_S):
        self.db = db
        self.id = account(db, email=OLD)
        self.token = os.urandom(16).hex()
        assert db.one(
            "SELECT koshin.open_session(sha256(%s), contract, id,"
            " password_hash, email_wait => %s) FROM koshin.account"
            " WHERE id = %s",
            self.token.encode(), waits, self.id, role="koshin_auth",
        )  # fmt: skip

    def call(self, function, *values):
        """In a transaction of its own, as each question is."""
        role = "koshin_member"
        marks = "".join(", %s" for _ in values)
        self.db.do("BEGIN", role=role)
        try:
            assert self.db.one("SELECT koshin.enter_session(%s, true)",
                               self.token, role=role)  # fmt: skip
            said = self.db.one(
                f"SELECT koshin.{function}('', user_id{marks})"
                " FROM koshin.account",
                *values, role=role,
            )  # fmt: skip
        except psycopg2.Error:
            self.db.do("ROLLBACK", role=role)
            raise
        self.db.do("COMMIT", role=role)
        return said

    def row(self, *columns):
        (row,) = self.db.rows(
            f"SELECT {', '.join(columns)} FROM koshin.account WHERE id = %s",
            self.id,
        )
        return row

    def told(self):
        return self.db.rows(
            "SELECT kind, recipient FROM koshin.mail WHERE account = %s"
            " ORDER BY id", self.id,
        )  # fmt: skip

    def acts(self):
        return [act for (act,) in self.db.rows(
            "SELECT action FROM koshin.audit WHERE account = %s ORDER BY id",
            self.id,
        )]  # fmt: skip

    def mail_code(self):
        self.db.do(
            "SELECT koshin.mail_code(%s, %s, now(), now() + interval '1 h',"
            " '192.0.2.1')", self.id, os.urandom(16), role="koshin_auth",
        )  # fmt: skip

    def wait_over(self):
        self.db.do("UPDATE koshin.account SET email_at = now()"
                   " WHERE id = %s", self.id)  # fmt: skip


@pytest.fixture
def person(db):
    return Person(db)


def courier_takes(db):
    return db.rows(
        "SELECT kind, recipient FROM koshin.take_mails(1000, 60)",
        role="koshin_courier",
    )


def test_T3_another_address_waits_and_both_are_told(db, person):
    assert person.call("set_email", NEW)
    email, waits, left = person.row(
        "email", "email_next", "koshin.epoch(email_at) - koshin.epoch(now())"
    )
    assert (email, waits) == (OLD, NEW)
    assert DAY_S - 600 < left <= DAY_S
    assert person.told() == [("email_waits", OLD), ("email_waits", NEW)]
    assert person.acts() == ["account.email_ask"]
    more = db.one("SELECT parameters FROM koshin.mail WHERE account = %s"
                  " LIMIT 1", person.id)  # fmt: skip
    assert more["email"] == NEW
    # The same once more begins no other day.
    assert not person.call("set_email", NEW)
    assert person.acts() == ["account.email_ask"]


def test_T3_codes_and_notices_go_to_the_old_one_until_then(db, person):
    person.call("set_email", NEW)
    courier_takes(db)
    person.mail_code()
    assert person.told()[-1] == ("code", OLD)
    person.wait_over()
    courier_takes(db)
    assert person.row("email", "email_next", "email_at") == (NEW, None, None)
    assert person.told()[-2:] == [
        ("email_changed", OLD), ("email_changed", NEW),
    ]  # fmt: skip
    assert person.acts()[-1] == "account.email"
    person.mail_code()
    assert person.told()[-1] == ("code", NEW)


def test_O_09_a_code_that_waits_dies_when_the_address_moves(db, person):
    person.call("set_email", NEW)
    courier_takes(db)
    person.mail_code()
    person.wait_over()
    assert ("code", OLD) not in courier_takes(db)


def test_T3_one_that_waits_is_given_up_by_either_way(db, person):
    for give_up in (lambda: person.call("keep_email"),
                    lambda: person.call("set_email", OLD)):  # fmt: skip
        person.call("set_email", NEW)
        assert give_up()
        assert person.row("email", "email_next") == (OLD, None)
        assert person.told()[-2:] == [
            ("email_kept", OLD), ("email_kept", NEW),
        ]  # fmt: skip
        assert person.acts()[-1] == "account.email_keep"
        assert not give_up()
    person.db.do("UPDATE koshin.mail SET due_at = now()")
    courier_takes(db)
    assert person.row("email") == (OLD,)


def test_T3_a_third_one_takes_the_place_of_the_second(db, person):
    person.call("set_email", NEW)
    person.call("set_email", "third@example.jp")
    assert person.row("email", "email_next") == (OLD, "third@example.jp")
    assert person.told()[2:] == [
        ("email_kept", OLD), ("email_kept", NEW),
        ("email_waits", OLD), ("email_waits", "third@example.jp"),
    ]  # fmt: skip


def test_T3_others_are_not_flooded_with_letters(db, person):
    for n in range(5):
        assert person.call("set_email", f"n{n}@example.jp")
    before = person.told()
    with pytest.raises(psycopg2.Error) as refused:
        person.call("set_email", NEW)
    assert refused.value.pgcode == "KO001"
    assert person.told() == before
    assert person.row("email_next") == ("n4@example.jp",)
    assert person.call("keep_email")


def test_the_setting_may_be_that_it_does_not_wait(db):
    person = Person(db, waits=0)
    person.mail_code()
    assert person.call("set_email", NEW)
    assert person.row("email", "email_next") == (NEW, None)
    assert person.told()[1:] == [("email_changed", OLD), ("email_changed", NEW)]
    assert db.one("SELECT state FROM koshin.mail WHERE account = %s"
                  " AND kind = 'code'", person.id) == "expired"  # fmt: skip


def test_R_ACC_8a_the_operator_s_word_holds_at_once(db, person):
    person.call("set_email", NEW)
    db.one("SELECT koshin.set_email('', user_id, 'desk@example.jp')"
           " FROM koshin.account WHERE id = %s", person.id,
           role="koshin_operator")  # fmt: skip
    assert person.row("email", "email_next") == ("desk@example.jp", None)


def test_T3_who_is_blocked_waits_for_nothing(db, person):
    """Who guesses on would else shut out whoever could give it up."""
    person.call("set_email", NEW)
    db.do("SELECT koshin.lock_account(%s, 3, now(), true)", person.id)
    assert person.row("email", "email_next", "email_at") == (OLD, None, None)


def test_R_LOCK_9_who_is_closed_waits_for_nothing(db, person):
    person.call("set_email", NEW)
    db.one("SELECT koshin.close_account('', user_id) FROM koshin.account"
           " WHERE id = %s", person.id, role="koshin_operator")  # fmt: skip
    assert person.row("email", "email_next", "email_at") == (OLD, None, None)


def test_the_courier_knows_when_to_look(db, person):
    """Of what it would else hear by a mail."""
    courier_takes(db)
    db.do("UPDATE koshin.mail SET state = 'sent' WHERE state = 'queued'")
    db.do("UPDATE koshin.account SET email_next = NULL, email_at = NULL")
    ask = "SELECT koshin.next_mail()"
    assert db.one(ask, role="koshin_courier") == -1
    db.do("UPDATE koshin.account SET email_next = %s,"
          " email_at = now() + interval '1 h' WHERE id = %s",
          NEW, person.id)  # fmt: skip
    assert 3500 < db.one(ask, role="koshin_courier") <= 3600
    person.wait_over()
    assert db.one(ask, role="koshin_courier") == 0
    courier_takes(db)
    assert person.row("email") == (NEW,)


def test_R_WEB_8_the_language_is_kept_and_mails_are_in_it(db, person):
    assert person.call("set_locale", "en")
    assert not person.call("set_locale", "en")
    assert person.acts() == ["account.locale"]
    person.call("set_name", "Hana")
    assert db.rows("SELECT kind, locale FROM koshin.mail WHERE account = %s",
                   person.id) == [("name_changed", "en")]  # fmt: skip
