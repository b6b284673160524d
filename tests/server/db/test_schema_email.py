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


# ------------------------------------ a code and a link for the old one


NONCE, CODE, STOP = b"n" * 16, b"c" * 32, b"s" * 32


def prepare(person, stop=STOP):
    """As auth does, who is asked before."""
    return person.db.one(
        "SELECT koshin.prepare_email(sha256(%s), %s, %s, %s)",
        person.token.encode(), NONCE, CODE, stop, role="koshin_auth",
    )  # fmt: skip


def confirm(person, code):
    return person.db.one("SELECT koshin.confirm_email(%s, %s)", person.id,
                         code, role="koshin_auth")  # fmt: skip


def stop(person, token):
    return person.db.one("SELECT koshin.stop_email(%s)", token,
                         role="koshin_front")  # fmt: skip


@pytest.fixture
def asked(person):
    """He has asked for another address; the old one's mail has code and link."""
    person.stop = os.urandom(32)
    assert prepare(person, person.stop)
    person.call("set_email", NEW)
    return person


def test_T3_the_old_address_alone_gets_code_and_link(db, asked):
    assert asked.told() == [("email_asked", OLD), ("email_waits", NEW)]
    nonces = [nonce and bytes(nonce) for (nonce,) in db.rows(
        "SELECT nonce FROM koshin.mail WHERE account = %s ORDER BY id",
        asked.id)]  # fmt: skip
    assert nonces == [NONCE, None]
    # Once: another one that is asked for without has neither.
    asked.call("set_email", "third@example.jp")
    assert asked.told()[-2:] == [
        ("email_waits", OLD), ("email_waits", "third@example.jp"),
    ]  # fmt: skip
    assert asked.row("email_code", "email_stop") == (None, None)
    assert not stop(asked, asked.stop)


def test_T3_with_its_code_the_address_waits_no_more(db, asked):
    asked.mail_code()
    assert confirm(asked, b"x" * 32) is False
    assert asked.row("email") == (OLD,)
    assert confirm(asked, CODE) is True
    assert asked.row("email", "email_next", "email_code", "email_stop") == (
        NEW, None, None, None,
    )  # fmt: skip
    assert asked.told()[-2:] == [("email_changed", OLD), ("email_changed", NEW)]
    # O-09; and it stands under the name of who has shown the code.
    assert db.one("SELECT state FROM koshin.mail WHERE account = %s"
                  " AND kind = 'code'", asked.id) == "expired"  # fmt: skip
    ((actor, details),) = db.rows(
        "SELECT actor, details FROM koshin.audit WHERE account = %s"
        " AND action = 'account.email'", asked.id,
    )  # fmt: skip
    contract, user = asked.row("contract", "user_id")
    assert actor == f"{contract}/{user}"
    assert "code" in details["remark"]
    with pytest.raises(psycopg2.errors.NoDataFound):
        confirm(asked, CODE)
    assert not stop(asked, asked.stop)


def test_T3_by_the_link_it_is_given_up_once_and_both_are_told(db, asked):
    assert not stop(asked, b"y" * 32)
    assert stop(asked, asked.stop) is True
    assert asked.row("email", "email_next", "email_code", "email_stop") == (
        OLD, None, None, None,
    )  # fmt: skip
    assert asked.told()[-2:] == [("email_kept", OLD), ("email_kept", NEW)]
    ((actor, details),) = db.rows(
        "SELECT actor, details FROM koshin.audit WHERE account = %s"
        " AND action = 'account.email_keep'", asked.id,
    )  # fmt: skip
    assert actor == "" and "link" in details["remark"]
    assert not stop(asked, asked.stop)
    with pytest.raises(psycopg2.errors.NoDataFound):
        confirm(asked, CODE)


def test_T3_code_and_link_end_with_the_waiting(db, asked):
    asked.wait_over()
    assert not stop(asked, asked.stop)
    with pytest.raises(psycopg2.errors.NoDataFound):
        confirm(asked, CODE)
    courier_takes(db)
    assert asked.row("email", "email_code", "email_stop") == (NEW, None, None)


def test_T3_nor_do_they_outlive_a_block(db, asked):
    db.do("SELECT koshin.lock_account(%s, 3, now(), true)", asked.id)
    assert asked.row("email_next", "email_code", "email_stop") == (
        None, None, None,
    )  # fmt: skip
    assert not stop(asked, asked.stop)


def test_T8_no_code_is_made_for_a_session_that_is_none(db, person):
    db.do("UPDATE koshin.session SET ends_at = now()")
    assert prepare(person) is False
    person.token = "x"
    assert prepare(person) is False


def test_I_11_the_nonce_goes_when_its_mail_is_sent(db, asked):
    courier_takes(db)
    db.do("UPDATE koshin.mail SET state = 'sent' WHERE account = %s",
          asked.id)  # fmt: skip
    assert db.one("SELECT count(nonce) FROM koshin.mail WHERE account = %s",
                  asked.id) == 0  # fmt: skip
    assert db.one("SELECT count(email_nonce) FROM koshin.session") == 0


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
