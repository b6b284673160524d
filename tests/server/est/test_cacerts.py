"""EST_130..137, EST_250..256: what everybody may have."""

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from koshin_tests.clients import raw, requests
from koshin_tests.clients.raw import get
from koshin_tests.ledger import issuer


def bag(server, label=""):
    answer = raw.ask(server, get(label + "cacerts"))
    assert answer.status == 200  # EST-130
    return base64.b64decode(answer.body)


def test_EST_130_EST_131_EST_134_the_bag_is_what_openssl_would_make(
    koshin_server, tmp_path
):
    """The skeleton of 2.2, byte by byte: no digest algorithms, no content, no
    signers, no CRLs, the certificates in the order of a SET."""
    ders = sorted(
        issuer(koshin_server, name)[0].public_bytes(
            serialization.Encoding.DER
        )
        for name in ("issuing", "root")
    )
    body = tlv(0xA0, b"".join(ders))
    data = tlv(0x30, bytes.fromhex("06092a864886f70d010701"))
    signed = tlv(0x30, b"\x02\x01\x01\x31\0" + data + body + b"\x31\0")
    oid = bytes.fromhex("06092a864886f70d010702")
    assert bag(koshin_server) == tlv(0x30, oid + tlv(0xA0, signed))


def tlv(tag, body):
    n = len(body)
    if n < 128:
        return bytes([tag, n]) + body
    size = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def test_EST_132_a_path_can_be_built_offline(koshin_server):
    _, identity = koshin_server.identity()
    leaf = identity.certificate
    found = requests.certificates(base64.b64encode(bag(koshin_server)))
    while leaf.issuer != leaf.subject:
        (above,) = [c for c in found if c.subject == leaf.issuer]
        above.public_key().verify(
            leaf.signature, leaf.tbs_certificate_bytes,
            ec.ECDSA(leaf.signature_hash_algorithm),
        )  # fmt: skip
        leaf = above
    with open(koshin_server.root, "rb") as file:
        assert leaf == x509.load_pem_x509_certificate(file.read())


def test_EST_135_with_a_label_it_is_the_bag_of_that_ca(koshin_server):
    assert bag(koshin_server, "device/") == bag(koshin_server)


def test_EST_137_the_fingerprint_of_the_root_is_shown(koshin_server):
    with open(koshin_server.root, "rb") as file:
        root = x509.load_pem_x509_certificate(file.read())
    shown = koshin_server.instance.run("ca", "show").stdout
    digits = shown.replace(":", "").lower()
    assert requests.fingerprint(root).hex() in digits


P256 = "MCEwFQYHKoZIzj0CATEKBggqhkjOPQMBBwYIKoZIzj0EAwI="
NOTHING = "MAA="
BOUND = "MBgGCSqGSIb3DQEJBwYLKoZIhvcNAQkQAjo="
RSA = "MBowDQYJKoZIhvcNAQEBMQAGCSqGSIb3DQEBCw=="
RSA_3072 = "MB4wEQYJKoZIhvcNAQEBMQQCAgwABgkqhkiG9w0BAQs="


@pytest.mark.parametrize("label,expected", [
    ("", NOTHING), ("device/", NOTHING), ("bound/", BOUND),
])  # fmt: skip
def test_C_11_EST_250_EST_251_EST_252_EST_253_attributes_are_the_vectors(
    koshin_server, label, expected
):
    answer = raw.ask(koshin_server, get(label + "csrattrs"))
    assert answer.status == 200
    assert answer.field("Content-Type") == "application/csrattrs"
    assert answer.text == expected


def test_C_11_EST_252_a_profile_with_one_kind_of_key_says_so(koshin_server):
    def change(settings):
        settings["profiles"] = [
            {"name": "person", "keys": ["p256"]},
            {"name": "rsa", "keys": ["rsa"]},
            {"name": "rsa3072", "keys": ["rsa"], "rsa_min_bits": 3072,
             "rsa_max_bits": 3072},
        ]  # fmt: skip

    with koshin_server.twin(change) as twin:
        assert raw.ask(twin, get("csrattrs")).text == P256
        assert raw.ask(twin, get("rsa/csrattrs")).text == RSA
        assert raw.ask(twin, get("rsa3072/csrattrs")).text == RSA_3072
