"""ledger - certificates of other days, put into the ledger with the CA's key
as the issuer would have done then."""

import datetime
import os
import pathlib
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from koshin_tests.clients import requests
from koshin_tests.promises import key_identity
from koshin_tests.rows import RECORD

UTC = datetime.timezone.utc
RESERVE = """
SELECT koshin.reserve(ARRAY[%s::bytea], ARRAY[a.id], ARRAY[a.version],
    ARRAY[(SELECT serial FROM koshin.certificate
	WHERE account = a.id AND current)],
    ARRAY[%s], ARRAY[%s], ARRAY[%s::bytea], ARRAY[%s::bytea],
    ARRAY[%s::bytea], ARRAY[%s::bytea], ARRAY[%s::timestamptz],
    ARRAY[%s::timestamptz], ARRAY[%s::bytea], '{false}')
FROM koshin.account a WHERE user_id = %s"""


def ago(days, **more):
    now = datetime.datetime.now(UTC).replace(microsecond=0)
    return now - datetime.timedelta(days=days, **more)


def issuer(server, name="issuing"):
    """(certificate, key) of the CA."""
    folder = pathlib.Path(server.folder) / "ca"
    certificate = x509.load_pem_x509_certificate(
        (folder / f"{name}.pem").read_bytes()
    )
    key = serialization.load_pem_private_key(
        (
            pathlib.Path(server.instance.root_key) if name == "root"
            else folder / f"{name}.key"
        ).read_bytes(),
        None,
    )
    return certificate, key


def sign(key, name, begin, end, issuer_name, issuer_key, serial=None):
    """A client certificate; `issuer_key` may be anybody's."""
    serial = serial or int.from_bytes(os.urandom(20), "big") >> 1
    return (
        x509.CertificateBuilder()
        .subject_name(
            name if isinstance(name, x509.Name) else x509.Name(
                [x509.NameAttribute(NameOID.COMMON_NAME, name)]
            )
        )
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False
        )
        .sign(issuer_key, hashes.SHA256())
    )


def planted(server, account, begin, end, profile="device", key=None):
    """An Identity that was issued then, and is the account's current one."""
    key = key or requests.new_key()
    ca, ca_key = issuer(server)
    made = sign(key, account.user, begin, end, ca.subject, ca_key)
    serial = made.serial_number.to_bytes(20, "big")
    done = server.one(
        RESERVE, serial, profile, "CN=" + account.user,
        requests.sha256(requests.public(key)), key_identity(key.public_key()),
        os.urandom(32),
        requests.sha256(made.tbs_certificate_bytes), begin, end,
        os.urandom(16), account.user,
    )  # fmt: skip
    assert done
    assert server.one(
        RECORD, serial,
        made.public_bytes(serialization.Encoding.DER),
        requests.fingerprint(made),
    )  # fmt: skip
    return requests.Identity(server.folder, made, key)


def stranger(server, certificate_of=None, issuer_name=None, issuer_key=None,
             days=30, **more):
    """An Identity that is in no ledger: self-signed, or by `issuer_key`. With
    `certificate_of`, all that can be copied is that certificate's."""
    key = requests.new_key()
    name = certificate_of.subject if certificate_of else "stranger01"
    if certificate_of:
        more.setdefault("serial", certificate_of.serial_number)
        issuer_name = certificate_of.issuer
    made = sign(
        key, name, ago(1), ago(-days),
        issuer_name or x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, "stranger01")]
        ),
        issuer_key or key, **more,
    )  # fmt: skip
    return requests.Identity(tempfile.mkdtemp(dir=server.folder), made, key)
