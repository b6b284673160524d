"""What a front that was taken over can still do, and what it can not (T8): it
has the front's user, sockets and database role, and sees what passes."""

import contextlib
import itertools
import os
import time

import maildir
import pytest
from psycopg2 import errors

from koshin_tests import taken
from koshin_tests.burst import lines
from koshin_tests.clients import requests
from koshin_tests.clients.raw import PKCS10, ask, get, post
from koshin_tests.crowd import FAILURES, traces, wrong_passwords
from koshin_tests.database import connected
from koshin_tests.patience import until
from koshin_tests.rows import RECORD_NOTHING
from koshin_tests.taken import Auth, Issuer, Verdict, Wish, changed

FAILED = "Authentication failed.\n"
GRANT_LIFE_S = 10
NONE = bytes(20)


def failures(server, account):
    found = server.redis("GET", f"koshin:{{{account.user}}}:try") or "0"
    return int(found.split()[0])


def der_of(answer):
    return requests.x509.load_der_x509_certificate(answer["der"])


@contextlib.contextmanager
def unhurt(server):
    """The same processes serve afterwards."""
    before = server.instance.pids()
    yield
    assert server.instance.pids() == before
    assert ask(server, get("cacerts")).status == 200
    account = server.account()
    assert len(server.step1(account)) == 6


def expect_told(account, since, made):
    """The holder has a mail with this certificate's number; that of an
    earlier one may still be on its way."""
    until(
        lambda: any(
            made["serial"].hex() in maildir.text_of(mail)
            for mail in account.mails(since, "certificate")
        )
    )


# -------------------------------------------------------------- R-CERT-12


def issued(server, front):
    """(account, serial, fingerprint) of a certificate by code."""
    account, wish = server.account(), Wish()
    granted = front.granted(account, server.step1(account), wish)
    said = front.certificate(account, wish, granted["grant"])
    assert said["end"] == Issuer.DONE
    return account, said["serial"], requests.sha256(said["der"])


def installed_at(server, serial):
    return server.one(
        "SELECT installed_at FROM koshin.certificate WHERE serial = %s", serial
    )


def test_T8_R_CERT_12_it_marks_only_what_it_knows_byte_for_byte(server, front):
    """It says that a certificate was shown: for one that it has seen, and so
    its holder cannot replace it any more. A serial alone is nothing."""
    _, serial, fingerprint = issued(server, front)
    with unhurt(server):
        assert front.installed(serial, bytes(32)) == Issuer.REFUSED
        assert front.installed(bytes(20), fingerprint) == Issuer.REFUSED
        assert installed_at(server, serial) is None
    assert front.installed(serial, fingerprint) == Issuer.DONE
    first = installed_at(server, serial)
    assert front.installed(serial, fingerprint) == Issuer.DONE
    assert installed_at(server, serial) == first


def test_T8_R_CERT_12_a_grant_for_an_issue_replaces_nothing(server, front):
    """The fault: it overhears password and code of somebody who gets his first
    certificate, and has the next one revoke it."""
    account, wish = server.account(), Wish()
    granted = front.granted(account, server.step1(account), wish)
    said = front.replace(account, wish, granted["grant"])
    assert said["end"] == Issuer.GRANT
    said = front.certificate(account, wish, granted["grant"])
    assert said["end"] == Issuer.DONE
    said = front.replace(account, Wish(), granted["grant"])
    assert said["end"] == Issuer.GRANT
    assert server.certificates_of(account) == 1


# ----------------------------------------------------------------- by code


def test_T8_an_invented_code_gets_no_certificate(server, front):
    """The fault: whoever reaches issuer.sock asks for somebody's certificate
    with a key of its own; before grants it was issued."""
    account = server.account()
    before = len(lines(server, event="grant-refused"))
    said = front.certificate(account, Wish(), b"\x5a" * 56)
    assert (said["end"], said["der"]) == (Issuer.GRANT, b"")
    assert server.certificates_of(account) == 0
    until(lambda: len(lines(server, event="grant-refused")) == before + 1)


def test_T8_a_grant_is_good_for_nothing_else(server, front):
    """It overhears a right password and code, and uses the grant for another
    account, key, request or profile, or changes it: nothing. For what it was
    given for it gives one certificate, also when it is used again."""
    account, other = server.account(), server.account()
    wish = Wish()
    said = front.granted(account, server.step1(account), wish)
    assert said["end"] == Auth.DONE
    grant = said["grant"]
    key_of_its_own, csr_of_its_own = Wish(), Wish()
    key_of_its_own.csr = wish.csr
    csr_of_its_own.spki = wish.spki
    refused = [
        front.certificate(other, wish, grant),
        front.certificate(account, key_of_its_own, grant),
        front.certificate(account, csr_of_its_own, grant),
        front.certificate(account, wish, grant, profile="short"),
        *(
            front.certificate(account, wish, changed(grant, part))
            for part in (taken.CODE_ID, taken.END, taken.MAC)
        ),
    ]
    assert {r["end"] for r in refused} == {Issuer.GRANT}
    assert server.certificates_of(account) == 0
    first = front.certificate(account, wish, grant)
    assert (first["end"], first["again"]) == (Issuer.DONE, 0)
    again = front.certificate(account, wish, grant)
    assert (again["end"], again["again"]) == (Issuer.DONE, 1)
    assert again["der"] == first["der"]
    assert server.certificates_of(account) == 1
    assert server.certificates_of(other) == 0


def test_T8_a_grant_that_was_kept_is_worth_nothing(server, front):
    """Ten seconds after the code nobody gets anything by it."""
    account, wish = server.account(), Wish()
    said = front.granted(account, server.step1(account), wish)
    time.sleep(GRANT_LIFE_S + 0.1)
    late = front.certificate(account, wish, said["grant"])
    assert late["end"] == Issuer.GRANT
    assert server.certificates_of(account) == 0


def test_T8_I_6_a_grant_of_one_instance_is_none_at_another(server, front):
    """Nor is a receipt: each start of each instance has a key of its own. The
    password and the code are what is good there too."""
    account, wish = server.account(), Wish()
    code = server.step1(account)
    here = front.granted(account, code, wish)
    with server.twin() as twin, taken.Front(twin) as there:
        said = there.certificate(account, wish, here["grant"])
        assert said["end"] == Issuer.GRANT
        again = there.granted(account, code, wish)
        made = there.certificate(account, wish, again["grant"])
        assert made["end"] == Issuer.DONE
        # (Here the attempt is open, and that certificate is its own.)
        ended = front.succeed(here["handle"], made["serial"], made["receipt"])
        assert ended["end"] == Auth.REFUSED
        ended = there.succeed(again["handle"], made["serial"], made["receipt"])
        assert ended["end"] == Auth.DONE
    assert server.certificates_of(account) == 1


def test_T8_the_request_of_who_passes_is_replaced_and_it_shows(server, front):
    """What remains: password and code pass through it, and it spends them for
    a key of its own. The certificate is in the ledger under the user's name,
    the user is told by mail, and hears no where a certificate should be."""
    account, own = server.account(), Wish()
    since = account.mark()
    code = server.step1(account)
    said = front.granted(account, code, own)
    made = front.certificate(account, own, said["grant"])
    assert made["end"] == Issuer.DONE
    assert requests.public(der_of(made)) == own.spki
    secret, csr = account.password + code, requests.request()
    theirs = server.try_secret(account, secret, csr)
    assert (theirs.status, theirs.text) == (401, FAILED)
    assert server.certificates_of(account) == 1
    (serial,) = server.rows(
        "SELECT serial FROM koshin.certificate c JOIN koshin.account a"
        " ON a.id = c.account WHERE a.user_id = %s",
        account.user,
    )[0]
    assert bytes(serial) == made["serial"]
    expect_told(account, since, made)
    # The next one hears why: there is a certificate.
    refused = server.try_secret(account, account.password, csr)
    assert refused.status == 403


def test_T8_a_code_that_it_overheard_is_the_users_when_she_was_first(
    server, front
):
    """Of who has passed it keeps password and code: both are worth nothing
    for another request any more."""
    account, csr = server.account(), requests.request()
    code = server.step1(account)
    secret = account.password + code
    assert server.try_secret(account, secret, csr).status == 200
    said = front.granted(account, code, Wish())
    assert said["end"] == Auth.REFUSED
    assert server.certificates_of(account) == 1


# ------------------------------------------------------------------- codes


def test_T8_R_AUTH_5_a_code_is_mailed_for_a_right_password_alone(
    server, front
):
    """To nobody whose password it does not have, and not more often than to
    anybody who asks."""
    account = server.account()
    since = account.mark()
    wrong = front.mail(account, "Wrong-1234")
    assert wrong["end"] == Auth.REFUSED
    for _ in range(5):
        right = front.mail(account, account.password)
        assert right["end"] == Auth.DONE
        # That was all of it.
        said = front.code(right["handle"], "123456", Wish())
        assert said["end"] == Auth.GONE
    account.mail(since, "one-time code")
    assert len(account.mails(since, "one-time code")) == 1


def test_T8_R_CERT_3_no_code_for_who_may_have_no_certificate(server, front):
    """Whatever it says about the holder: auth decides by what it finds."""
    account, csr = server.account(), requests.request()
    secret = account.password + server.step1(account, csr)
    assert server.try_secret(account, secret, csr).status == 200
    since = account.mark()
    said = front.mail(account, account.password)
    assert (said["end"], said["verdict"]) == (
        Auth.NOT_ENTITLED, Verdict.WINDOW,
    )  # fmt: skip
    device = server.account("device")
    said = front.mail(device, device.password, "person")
    assert (said["end"], said["verdict"]) == (
        Auth.NOT_ENTITLED, Verdict.PROFILE,
    )  # fmt: skip
    assert not account.mails(since, "one-time code")


# --------------------------------------------------------------- passwords


def test_T8_I_7_it_guesses_no_more_than_anybody(server, front):
    """It leaves the address out, and reads no answer before the next guess:
    six are evaluated, then there is a lock, and its owner is told."""
    account = server.account()
    since = account.mark()
    said = [front.password(account, p) for p in wrong_passwords(20)]
    assert {s["end"] for s in said} == {Auth.REFUSED}
    assert sum(s["evaluated"] for s in said) == FAILURES
    until(lambda: traces(server, account) == (1, 1, 1))
    right = front.password(account, account.password)
    assert (right["end"], right["evaluated"]) == (Auth.REFUSED, 0)
    account.mail(since, "locked")


def test_R_LOCK_4_T8_nobody_says_that_he_has_succeeded(server, front):
    """The fault: a front that said "success" after each guess would guess for
    ever. It needs a receipt: not an invented one, not that of somebody else's
    success, not without a right code."""
    victim, own, wish = server.account(), server.account(), Wish()
    said = front.granted(own, server.step1(own), wish)
    made = front.certificate(own, wish, said["grant"])
    receipt = made["serial"], made["receipt"]
    for secret in wrong_passwords(3):
        assert front.password(victim, secret)["end"] == Auth.REFUSED
    assert failures(server, victim) == 3
    # A right password is not a certificate.
    right = front.password(victim, victim.password)
    assert front.succeed(right["handle"], *receipt)["end"] == Auth.GONE
    assert failures(server, victim) == 3
    # Nor is a right code: the receipt is another's, or invented.
    before = len(lines(server, event="receipt-refused"))
    code = server.step1(victim)
    for forged in (receipt, (NONE, bytes(32)), (made["serial"], bytes(32))):
        proved = front.granted(victim, code, wish)
        assert proved["end"] == Auth.DONE
        ended = front.succeed(proved["handle"], *forged)
        assert ended["end"] == Auth.REFUSED
        # That was the end of this attempt.
        ended = front.succeed(proved["handle"], *forged)
        assert ended["end"] == Auth.GONE
    assert failures(server, victim) == 3
    assert len(lines(server, event="receipt-refused")) == before + 3
    # The one that is right is good once.
    assert front.succeed(said["handle"], *receipt)["end"] == Auth.DONE
    assert front.succeed(said["handle"], *receipt)["end"] == Auth.GONE


def test_T8_no_hash_is_told(server, front):
    """It is the command line's to ask: who asks for it as a front is turned
    away, and a line says so."""
    account = server.account()
    before = len(lines(server, event="peer-refused"))
    said = front.password(account, account.password, "hash")
    assert said["closed"] == 1
    assert len(lines(server, event="peer-refused")) == before + 1
    front.connect()
    assert front.password(account, account.password)["hash"] == 0


def test_T8_R_LOCK_7_no_account_is_asked_for_as_a_contract(server, front):
    """The fault: passwords of an account guessed under the counter of
    contracts, and again under its own. There is no such contract."""
    account = server.account()
    for _ in range(3):
        said = front.password(account, account.password, "contract")
        assert said["end"] == Auth.REFUSED
    assert failures(server, account) == 0
    assert front.password(account, account.password)["end"] == Auth.DONE


# ---------------------------------------------------------- by certificate


def test_T8_R_CERT_10_that_a_certificate_was_shown_rests_on_its_word(
    server, front
):
    """What remains: it says that a device has shown its certificate, and gets
    one for a key of its own. That stands in the ledger, in place of the
    device's, and is told to its address."""
    account, old = server.identity()
    since = account.mark()
    own = Wish()
    serial = old.certificate.serial_number.to_bytes(20, "big")
    made = front.renew(account, own, serial)
    assert made["end"] == Issuer.DONE
    assert requests.public(der_of(made)) == own.spki
    ((via, replaces),) = server.rows(
        "SELECT via, replaces FROM koshin.certificate WHERE serial = %s",
        made["serial"],
    )
    assert (via, bytes(replaces)) == ("certificate", serial)
    expect_told(account, since, made)
    # The device has its own all the same, until one of them is revoked.
    csr = requests.same_names(requests.new_key(), old.certificate)
    renewed = ask(
        server, post("device/simplereenroll", csr, PKCS10), identity=old
    )
    assert renewed.status == 200


def test_T8_R_CERT_3_what_bounds_such_renewals(server, front):
    """No window, no profile that renews so, no certificate of that account:
    no certificate, whatever it says."""
    device, old = server.identity()
    serial = old.certificate.serial_number.to_bytes(20, "big")
    late, its = server.identity(label="late")
    person = server.account()
    says = [
        (late, its.certificate.serial_number.to_bytes(20, "big"), "late",
         Verdict.WINDOW),
        (person, serial, "person", Verdict.PROFILE),
        (person, serial, "device", Verdict.PROFILE),
        (late, serial, "device", Verdict.FOREIGN),
        (device, os.urandom(20), "device", Verdict.NO_CERTIFICATE),
        (device, NONE, "device", Verdict.NO_CERTIFICATE),
        (device, serial, "newkey", Verdict.OTHER_PROFILE),
    ]  # fmt: skip
    for account, shown, profile, verdict in says:
        said = front.renew(account, Wish(), shown, profile)
        assert (said["end"], said["verdict"], said["der"]) == (
            Issuer.REFUSED, verdict, b"",
        ), (account.user, profile)  # fmt: skip
    server.revoke(old.certificate)
    said = front.renew(device, Wish(), serial)
    assert (said["end"], said["verdict"]) == (
        Issuer.REFUSED, Verdict.REVOKED,
    )  # fmt: skip


# ---------------------------------------------------------------- nonsense

HEAD = 16
SIZES = (1, HEAD - 1, HEAD, HEAD + 1, 64, 400, 4096, 65000)
KINDS = (0, 1, 3, 4, 5, 99)
OTHER_VERSIONS = (-1, 1, 0x7FFF)


@pytest.mark.parametrize("end", ["auth", "issuer"])
def test_T8_what_no_version_says_ends_the_connection_and_nothing_else(
    server, front, end
):
    """Short ones, long ones, other versions, kinds that there are not."""
    ours = front.version[end]
    with unhurt(server):
        for kind, size, byte in itertools.product(KINDS, SIZES, (0, 0xFF)):
            told = front.say("message", end, ours, kind, size, byte)
            assert set(told) & {"closed", "answered"}, (kind, size, byte)
            front.connect()
        for other in OTHER_VERSIONS:
            told = front.say("message", end, ours + other, 1, 400, 0)
            assert told == {"closed": 1}, other
            front.connect()


def test_T8_questions_out_of_order_have_no_answer(server, front):
    """Each step needs the one before it."""
    account, wish = server.account(), Wish()
    assert front.code(7, "123456", wish)["end"] == Auth.GONE
    assert front.succeed(7, NONE, bytes(32))["end"] == Auth.GONE
    code = server.step1(account)
    said = front.granted(account, code, wish)
    assert front.code(said["handle"], code, wish)["end"] == Auth.GONE
    # What another door has begun is not its to go on with.
    right = front.password(account, account.password)
    with taken.Front(server) as other:
        told = other.code(right["handle"], code, wish)
        assert told["end"] == Auth.GONE
    # The same number once more is another attempt.
    again = front.password(account, "Wrong-1234", handle=said["handle"])
    assert again["end"] == Auth.REFUSED
    assert front.succeed(said["handle"], NONE, bytes(32))["end"] == Auth.GONE


@pytest.mark.parametrize("end", ["auth", "issuer"])
def test_T8_I_13_a_flood_that_reads_no_answer_stops_nobody(
    server, front, end
):
    """Twenty thousand questions and not one answer read: it is heard no more,
    what it has asked has its ceiling, and the others are served."""
    whom = {"auth": server.account().user,
            "issuer": server.account().row("id")}[end]
    with unhurt(server):
        left = 20000
        for _ in range(50):
            left = front.say("flood", end, left, whom)["left"]
        assert left > 0


# ----------------------------------------------------------------- sessions


def test_T8_a_voucher_is_good_for_nothing_else(server, front):
    """The fault: it keeps what stands in a session for a password, and shows it
    for another account or profile, or with a longer life. Each such try is a
    failure of the account that it names; what it was given for goes on to the
    code, and no further without."""
    account, other = server.account(), server.account()
    since = account.before_code()
    mailed = front.mail(account, account.password)
    assert mailed["end"] == Auth.DONE
    voucher, code = mailed["voucher"], account.code(since)
    refused = [
        front.voucher(other, voucher),
        front.voucher(account, voucher, profile="short"),
        front.voucher(account, changed(voucher, taken.VOUCHER_END)),
        front.voucher(account, changed(voucher, taken.VOUCHER_MAC)),
    ]
    assert {r["end"] for r in refused} == {Auth.REFUSED}
    assert (failures(server, other), failures(server, account)) == (1, 3)
    wish = Wish()
    passed = front.voucher(account, voucher)
    assert (passed["end"], passed["evaluated"]) == (Auth.DONE, 1)
    wrong = f"{(int(code) + 1) % 1000000:06}"
    assert front.code(passed["handle"], wrong, wish)["end"] == Auth.REFUSED
    passed = front.voucher(account, voucher)
    said = front.code(passed["handle"], code, wish)
    made = front.certificate(account, wish, said["grant"])
    assert made["end"] == Issuer.DONE
    assert server.certificates_of(account) == 1
    assert server.certificates_of(other) == 0


def test_T8_an_invented_voucher_locks_as_a_password_does(server, front):
    account = server.account()
    ends = {front.voucher(account, bytes([n]) * 40)["end"] for n in range(9)}
    assert ends == {Auth.REFUSED}
    until(lambda: account.row("locked_until") is not None)
    assert front.password(account, account.password)["end"] == Auth.REFUSED
    with unhurt(server):
        pass


NOT_ITS = [
    "SELECT name FROM koshin.account",
    "SELECT email FROM koshin.account",
    "SELECT password_hash FROM koshin.account",
    "SELECT initial_password_hash FROM koshin.contract",
    "SELECT nonce FROM koshin.mail",
    "SELECT code_digest FROM koshin.mail",
    "SELECT FROM koshin.audit",
    "UPDATE koshin.account SET locks = 0",
    "UPDATE koshin.certificate SET der = 'x'",
    "DELETE FROM koshin.revocation",
    "SELECT koshin.lock_account(1, 1, now(), false)",
    "SELECT koshin.mail_code(1, 'x', now(), now(), 'x', 'x', 'x')",
    "SELECT koshin.rehash_password(1, 'x', 'x')",
    RECORD_NOTHING,
    "SELECT koshin.open_session('x', 'x', 1, 'x')",
]


@pytest.mark.parametrize("sql", NOT_ITS)
def test_T8_what_a_front_does_not_do_in_the_database(server, sql):
    """What remains is reading accounts and the ledger: it writes nothing at
    all, and reads no hash, no code, no trail, and of nobody how to write to
    them."""
    with connected(server.services, "koshin_front", "koshin") as connection:
        at = connection.cursor()
        at.execute("SELECT user_id, state FROM koshin.account")
        at.execute("SELECT serial, der FROM koshin.certificate")
        with pytest.raises(errors.InsufficientPrivilege):
            at.execute(sql)


def test_T8_what_a_front_does_to_its_role_stays_until_a_superuser_comes(
    server,
):
    """PostgreSQL lets each role change its own settings and its password, and
    all instances have this one: they do not come in any more."""
    mine = "ALTER ROLE koshin_front IN DATABASE koshin"
    with connected(server.services, "koshin_front", "koshin") as connection:
        connection.cursor().execute(
            f"{mine} SET default_transaction_read_only = on"
        )
    try:
        server.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'koshin_front'"
        )
        until(lambda: "session is read-only" in server.instance.log_text())
    finally:
        server.rows(f"{mine} RESET ALL")
    until(
        lambda: server.try_secret("nobody01", "Wrong-1234").text == FAILED
    )
