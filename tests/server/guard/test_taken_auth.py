"""What an auth that was taken over can still do, and what it can not (T8): it
has the key of grants, the code key and the database role of auth. Whatever it
makes goes through the issuer, which decides for itself."""

import contextlib
import os

import maildir
import pytest
from psycopg2 import errors

from koshin_tests.burst import lines
from koshin_tests.clients import requests
from koshin_tests.crowd import traces
from koshin_tests.database import connected
from koshin_tests.patience import until
from koshin_tests.rows import RECORD_NOTHING, RESERVE_NOTHING
from koshin_tests.server import CONTRACT
from koshin_tests.taken import Issuer, Verdict, Wish, grant_key

LIFE = "now() + interval '30 minutes'"


@contextlib.contextmanager
def database(server, role="koshin_auth"):
    """A cursor of that role."""
    with connected(server.services, role, "koshin") as connection:
        yield connection.cursor()


def mailed(server, account, dies=LIFE):
    """The id of a code that it has "mailed" to that account."""
    code_id = os.urandom(16)
    with database(server) as at:
        at.execute(
            f"SELECT koshin.mail_code(%s, %s, now(), {dies}, '', %s, %s)",
            (account.row("id"), os.urandom(16), code_id, os.urandom(32)),
        )
        assert at.fetchone() == (True,)
    return code_id


def forge(server, front, account, code_id, wish=None, profile="person"):
    """What the issuer says to a grant that nobody's code has earned."""
    wish = wish or Wish()
    said = front.say(
        "grant", grant_key(server), account.row("id"), profile, *wish.words,
        code_id,
    )  # fmt: skip
    return front.certificate(account, wish, said["grant"], profile)


@pytest.mark.parametrize("dies", [LIFE, "now()"])
def test_T8_auth_forges_what_goes_by_code_and_it_shows(server, front, dies):
    """What remains: a certificate without password or code, for who may have
    one. For it there must be a mail with a code, which its holder has not
    asked for; auth can let it die before it is sent, but not the mail that
    says what was issued, nor the rows of the trail."""
    account, wish = server.account(), Wish()
    since = account.mark()
    made = forge(server, front, account, mailed(server, account, dies), wish)
    assert made["end"] == Issuer.DONE
    der = requests.x509.load_der_x509_certificate(made["der"])
    assert requests.public(der) == wish.spki
    if dies == LIFE:
        account.mail(since, "one-time code")
    told = account.mail(since, "certificate")
    assert made["serial"].hex() in maildir.text_of(told)
    assert server.rows(
        "SELECT action FROM koshin.audit WHERE account = %s"
        " AND action LIKE ANY (ARRAY['code.%%', 'certificate.%%'])"
        " ORDER BY id",
        account.row("id"),
    ) == [("code.mail",), ("certificate.issue",)]


def test_T8_without_a_mail_to_its_holder_there_is_no_certificate(
    server, front
):
    """An invented code id, that of another account's mail, one whose code has
    died: the issuer looks for the mail itself, and says what it has seen."""
    account, other = server.account(), server.account()
    before = len(lines(server, event="code-unknown"))
    late = mailed(server, account, "now() - interval '2 minutes'")
    for code_id in (os.urandom(16), mailed(server, other), late):
        said = forge(server, front, account, code_id)
        assert (said["end"], said["der"]) == (Issuer.CODE, b"")
    assert server.certificates_of(account) == 0
    until(lambda: len(lines(server, event="code-unknown")) == before + 3)


def test_T8_F_29_a_code_is_worth_one_certificate_to_auth_too(server, front):
    account = server.account()
    code_id = mailed(server, account)
    made = forge(server, front, account, code_id)
    assert made["end"] == Issuer.DONE
    assert forge(server, front, account, code_id)["end"] == Issuer.CODE


def test_T8_R_CERT_3_auth_entitles_nobody(server, front):
    """Who has a certificate outside its window, who is closed, who is no such
    holder: the issuer asks for the facts itself."""
    has_one = server.account()
    first = forge(server, front, has_one, mailed(server, has_one))
    assert first["end"] == Issuer.DONE
    again = forge(server, front, has_one, mailed(server, has_one))
    assert (again["end"], again["verdict"]) == (
        Issuer.REFUSED, Verdict.WINDOW,
    )  # fmt: skip
    device = server.account("device")
    said = forge(server, front, device, mailed(server, device))
    assert (said["end"], said["verdict"]) == (
        Issuer.REFUSED, Verdict.PROFILE,
    )  # fmt: skip
    closed = server.account()
    code_id = mailed(server, closed)
    server.rows(
        "SELECT koshin.close_account('test', %s, 'test')", closed.user
    )
    said = forge(server, front, closed, code_id)
    assert said["end"] == Issuer.REFUSED
    assert server.certificates_of(closed) == 0


NOT_ITS = [
    RESERVE_NOTHING,
    RECORD_NOTHING,
    "UPDATE koshin.account SET password_hash = 'x'",
    "UPDATE koshin.account SET email = 'x@example.jp'",
    "SELECT koshin.set_password('x', 'x', 'x', false)",
    "SELECT koshin.lift_account('x', 'x', 'x')",
    "SELECT nonce FROM koshin.mail",
    "UPDATE koshin.mail SET recipient = 'x@example.jp'",
    "DELETE FROM koshin.mail",
    "DELETE FROM koshin.audit",
    "INSERT INTO koshin.revocation (serial) VALUES ('x')",
]


@pytest.mark.parametrize("sql", NOT_ITS)
def test_T8_what_auth_does_not_do_in_the_database(server, sql):
    """It writes no certificate, sets no password, sends no mail elsewhere,
    reads no code that it has not made, and takes nothing back."""
    with database(server) as at, pytest.raises(errors.InsufficientPrivilege):
        at.execute(sql)


def test_T8_R_LOCK_8_auth_locks_whom_it_likes_and_it_shows(server):
    """What remains: it says that somebody was locked out. Its owner is told,
    the trail has it, and whoever may lift a lock lifts it."""
    account = server.account()
    since = account.mark()
    with database(server) as at:
        at.execute(
            "SELECT koshin.lock_account(%s, 1, now() + interval '1 h', false)",
            (account.row("id"),),
        )
    account.mail(since, "locked")
    assert traces(server, account) == (1, 1, 1)
    server.rows("SELECT koshin.lift_account('test', %s, 'why')", account.user)
    server.forgive()
    assert len(server.step1(account)) == 6


def test_T8_I_14_auth_opens_sessions_that_a_member_must_go_on_with(server):
    """What remains: auth says that a master has proved the password. The
    session is worth something to who has the members' role beside; then it is
    that master's, with all he may do and no contract more."""
    master = server.account("master")
    token = os.urandom(32).hex()
    with database(server) as at:
        at.execute(
            "SELECT koshin.open_session(%s, contract, id, password_hash)"
            " FROM koshin.account WHERE user_id = %s",
            (requests.sha256(token.encode()), master.user),
        )
        assert at.fetchone() == (True,)
        with pytest.raises(errors.InsufficientPrivilege):
            at.execute("SELECT koshin.enter_session(%s, false)", (token,))
    with database(server, "koshin_member") as at:
        at.execute("SELECT koshin.enter_session(%s, false)", (token,))
        assert at.fetchone() == (True,)
        at.execute("SELECT DISTINCT contract FROM koshin.account")
        assert at.fetchall() == [(CONTRACT,)]


def test_T8_auth_sets_a_password_in_the_place_of_one_and_it_shows(server):
    """What remains: it hashes anew what nobody has typed. The trail says that
    it did."""
    account, other = server.account(), server.account(password="Another-Pw1")
    with database(server) as at:
        at.execute(
            "SELECT koshin.rehash_password(a.id, a.password_hash,"
            " b.password_hash) FROM koshin.account a, koshin.account b"
            " WHERE a.user_id = %s AND b.user_id = %s",
            (account.user, other.user),
        )
    account.password = other.password
    assert len(server.step1(account)) == 6
    assert (
        server.one(
            "SELECT count(*) FROM koshin.audit WHERE account = %s"
            " AND action = 'account.rehash'",
            account.row("id"),
        )
        == 1
    )


def test_T8_auth_registers_where_nobody_has_and_it_shows(server):
    """What remains: it writes who the master of a contract is that has none,
    once, and another password in the place of one, temporary or not, whose hash
    it reads. Each is told by mail, and stands in the trail."""
    number, user = "20000001", "auth001"
    server.instance.add_contract(number)
    account, settled = server.account(temporary=True), server.account()
    since = account.mark()
    with database(server) as at:
        for _ in range(2):
            at.execute(
                "SELECT koshin.begin_master(number, initial_password_hash, %s,"
                " 'x', 'x@example.jp', 'en', %s) FROM koshin.contract"
                " WHERE number = %s",
                (user, HASH, number),
            )
        for one in account, settled:
            at.execute(BEGIN_ACCOUNT, (HASH, one.user))
            assert at.fetchone()[0] is not None
    for one in account, settled:
        one.mail(since, "password")
    assert server.rows(
        "SELECT u.actor, u.action FROM koshin.audit u JOIN koshin.account a"
        " ON a.id = u.account WHERE a.user_id = %s AND a.contract = %s",
        user,
        number,
    ) == [(f"{number}/{user}", "account.register")]


HASH = "$argon2id$v=19$m=19456,t=2,p=1$invented$invented"
BEGIN_ACCOUNT = (
    "SELECT koshin.begin_account(contract, id, password_hash, %s)"
    " FROM koshin.account WHERE user_id = %s"
)
