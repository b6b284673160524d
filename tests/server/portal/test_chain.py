"""The longest chain that /cacerts can give (EST-034) reaches the browser, too."""

import datetime
import pathlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from koshin_tests.clients import requests
from koshin_tests.ledger import UTC, issuer
from koshin_tests.portal import Browser, der, opened, request

CHAIN_MAX = 8  # above the issuing CA, with the root (pki/ca.h)
BAG_MAX = 12000  # est/cacerts.c
# Of the SignedData around the certificates.
BAG_AROUND = 100
SIGNS_CERTIFICATES = x509.KeyUsage(
    *(use == "key_cert_sign" for use in (
        "digital_signature", "content_commitment", "key_encipherment",
        "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
        "encipher_only", "decipher_only",
    ))
)  # fmt: skip
UNIT_MAX = 64  # letters of an organizationalUnitName


def name(title, padding=0):
    """As long as it has to be."""
    units = [UNIT_MAX] * (padding // UNIT_MAX) + [padding % UNIT_MAX or 1]
    return x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, title)]
        + [
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "x" * size)
            for size in units
        ]
    )


def authority(subject, key, by, by_key):
    now = datetime.datetime.now(UTC)
    year = datetime.timedelta(days=3650)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + year)
        .add_extension(x509.BasicConstraints(True, None), True)
        .add_extension(SIGNS_CERTIFICATES, True)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
        )
        .sign(by_key, hashes.SHA256())
    )


def size(certificates):
    return sum(len(as_der(c)) for c in certificates)


def as_der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def chain_over(ca, ca_key, padding):
    """The same issuing CA under RSA-4096 CAs and a root of P-256: the issuing
    one first."""
    rsa, root_key = requests.new_key("rsa4096"), requests.new_key("p256")
    names = [name("Root")] + [
        name(f"CA {n}", padding) for n in range(CHAIN_MAX - 1)
    ]
    keys = [root_key] + [rsa] * (CHAIN_MAX - 1)
    made = [authority(names[0], root_key, names[0], root_key)]
    for n in range(1, CHAIN_MAX):
        made.append(authority(names[n], keys[n], names[n - 1], keys[n - 1]))
    made.append(authority(ca.subject, ca_key, names[-1], keys[-1]))
    return made[::-1]


def longest_chain(server):
    ca, ca_key = issuer(server)
    room = BAG_MAX - BAG_AROUND
    # A letter of a name stands in two certificates, and each 64th brings more.
    padding = (room - size(chain_over(ca, ca_key, 0))) * 4 // 5 // (
        2 * (CHAIN_MAX - 1)
    )
    chain = chain_over(ca, ca_key, padding)
    assert room - 1000 < size(chain) < room
    return chain


def write(path, certificates):
    path.write_bytes(
        b"".join(
            c.public_bytes(serialization.Encoding.PEM) for c in certificates
        )
    )


@pytest.fixture
def server(new_server):
    made = new_server(change=opened)
    chain = longest_chain(made)
    folder = pathlib.Path(made.folder) / "ca"
    write(folder / "issuing.pem", chain[:1])
    write(folder / "long.pem", chain[1:])
    made.instance.configure(
        lambda settings: settings["ca"].update(chain="ca/long.pem")
    )
    made.chain = chain
    return made.start()


def test_R_CERT_8_the_longest_chain_comes_with_the_certificate(server):
    browser, account = Browser(server), server.account()
    code = browser.log_in(account)
    got = browser.show_code(code, request(kind="rsa4096"))
    assert got.status == 200, got.body
    assert [der(c) for c in got.json["chain"]] == [
        as_der(c) for c in server.chain[:-1]
    ]
    assert browser.session() == got.json


def test_EST_034_check_config_refuses_a_longer_one(server):
    server.instance.stop()
    folder = pathlib.Path(server.folder) / "ca"
    chain = chain_over(*issuer(server), padding=600)
    write(folder / "issuing.pem", chain[:1])
    write(folder / "long.pem", chain[1:])
    for command in ("check-config", "serve"):
        done = server.instance.run(command, check=False)
        assert done.returncode != 0
        assert "the chain is too large for one answer of /cacerts" in (
            done.stdout + done.stderr
        )
