"""What an issuer that was taken over can still do (T8): it has the key of the
CA and signs what it likes. What it signs is worth nothing to Koshin without a
row of the ledger, and every row shows."""

import contextlib
import os

import maildir
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from psycopg2 import errors

from koshin_tests.clients import requests
from koshin_tests.clients.raw import PKCS10, ask, post
from koshin_tests.database import connected
from koshin_tests.ledger import RESERVE, ago, issuer, sign
from koshin_tests.promises import key_identity
from koshin_tests.rows import RECORD


@contextlib.contextmanager
def database(server):
    """A cursor of the issuer's role."""
    with connected(server.services, "koshin_issuer", "koshin") as connection:
        yield connection.cursor()


def signed(server, account):
    """A certificate that the key has signed for somebody else's key."""
    ca, ca_key = issuer(server)
    key = requests.new_key()
    made = sign(key, account.user, ago(1), ago(-300), ca.subject, ca_key)
    return requests.Identity(server.folder, made, key)


def renew(server, identity):
    csr = requests.same_names(requests.new_key(), identity.certificate)
    return ask(
        server, post("device/simplereenroll", csr, PKCS10), identity=identity
    )


def enter(at, account, identity):
    """The certificate into the ledger, by what the issuer may call."""
    made, key = identity.certificate, identity.key
    serial = made.serial_number.to_bytes(20, "big")
    at.execute(
        RESERVE,
        (serial, "device", "CN=" + account.user,
         requests.sha256(requests.public(key)),
         key_identity(key.public_key()), os.urandom(32),
         requests.sha256(made.tbs_certificate_bytes),
         made.not_valid_before, made.not_valid_after, os.urandom(16),
         account.user),
    )  # fmt: skip
    assert at.fetchone() == (True,)
    at.execute(
        RECORD,
        (serial, made.public_bytes(Encoding.DER), requests.fingerprint(made)),
    )
    assert at.fetchone() == (True,)
    return serial


def test_T8_I_16_what_is_signed_beside_the_ledger_is_nobodys(server):
    """What remains: whoever looks at the signature alone believes it. Koshin
    does not: by its certificate nobody renews, or is anybody."""
    account = server.account("device")
    answer = renew(server, signed(server, account))
    assert answer.status == 403
    assert server.certificates_of(account) == 0


def test_T8_what_stands_in_the_ledger_shows(server):
    """What remains: the issuer writes a row for it. Then it is good, and its
    holder is told, the trail has it, and one step revokes it."""
    account = server.account("device")
    since = account.mark()
    made = signed(server, account)
    with database(server) as at:
        serial = enter(at, account, made)
    told = account.mail(since, "certificate")
    assert serial.hex() in maildir.text_of(told)
    assert server.rows(
        "SELECT action, role FROM koshin.audit WHERE object = %s",
        "certificate:" + serial.hex(),
    ) == [("certificate.issue", "koshin_issuer")]
    server.revoke(made.certificate)
    assert renew(server, made).status == 403


NOT_ITS = [
    "SELECT password_hash FROM koshin.account",
    "SELECT nonce FROM koshin.mail",
    "SELECT parameters FROM koshin.mail",
    "UPDATE koshin.certificate SET der = 'x'",
    "DELETE FROM koshin.certificate",
    "DELETE FROM koshin.revocation",
    "DELETE FROM koshin.mail",
    "DELETE FROM koshin.audit",
    "UPDATE koshin.account SET email = 'x@example.jp'",
    "SELECT koshin.lock_account(1, 1, now(), false)",
    "SELECT koshin.mail_code(1, 'x', now(), now(), 'x', 'x', 'x')",
    "ALTER TABLE koshin.certificate DISABLE TRIGGER ALL",
]


@pytest.mark.parametrize("sql", NOT_ITS)
def test_T8_what_the_issuer_does_not_do_in_the_database(server, sql):
    """It reads no hash and no code, takes back no row, sends no mail, and
    changes no address before it does."""
    with database(server) as at, pytest.raises(errors.InsufficientPrivilege):
        at.execute(sql)


def test_T8_I_5_a_row_too_many_is_refused_to_the_issuer_too(server):
    """For the database it is one certificate at a time, and each serial once,
    whoever asks."""
    account = server.account("device")
    first, second = signed(server, account), signed(server, account)
    with database(server) as at:
        serial = enter(at, account, first)
        # Once more, with other bytes.
        at.execute(
            RECORD,
            (serial, b"other", bytes(32)),
        )
        assert at.fetchone() == (False,)
        enter(at, account, second)
    assert (
        server.one(
            "SELECT count(*) FROM koshin.certificate c JOIN koshin.account a"
            " ON a.id = c.account WHERE a.user_id = %s AND c.current",
            account.user,
        )
        == 1
    )
