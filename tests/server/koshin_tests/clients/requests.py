"""requests - certification requests and what comes back for them."""

import base64
import hashlib
import math
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import AttributeOID, NameOID

from koshin_tests.place import ROOT

VECTORS = ROOT / "tests" / "vectors" / "csr"
CN = NameOID.COMMON_NAME

# Of the groups of the curves (FIPS 186-4 D.1.2).
ORDER = {
    "secp256r1": int("ffffffff00000000ffffffffffffffff"
                     "bce6faada7179e84f3b9cac2fc632551", 16),
    "secp384r1": int("ffffffffffffffffffffffffffffffff"
                     "ffffffffffffffffc7634d81f4372ddf"
                     "581a0db248b0a77aecec196accc52973", 16),
}  # fmt: skip

CHALLENGE = AttributeOID.CHALLENGE_PASSWORD
OTP = x509.ObjectIdentifier("1.2.840.113549.1.9.16.2.56")
LINKING = x509.ObjectIdentifier("1.2.840.113549.1.9.16.2.58")
CHANGE_NAME = x509.ObjectIdentifier("1.3.6.1.5.5.7.7.36")


def new_key(kind="p256"):
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(
        {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "k256": ec.SECP256K1}[
            kind
        ]()
    )


def with_exponent(numbers, e):
    p, q = numbers.p, numbers.q
    while math.gcd(e, (p - 1) * (q - 1)) > 1:
        e += 2
    d = pow(e, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q),
        rsa.rsa_crt_iqmp(p, q), rsa.RSAPublicNumbers(e, p * q),
    ).private_key()  # fmt: skip


def twin(key):
    """Another public key, of which everybody knows the private half who knows
    that of `key`: the point mirrored, or the modulus with another exponent.
    """
    if isinstance(key, rsa.RSAPrivateKey):
        return with_exponent(key.private_numbers(), 65539)
    d = key.private_numbers().private_value
    return ec.derive_private_key(ORDER[key.curve.name] - d, key.curve)


def digest_for(key):
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else (
        hashes.SHA256()
    )


def request(key=None, subject=None, extensions=(), attributes=(), digest=...):
    """A request as DER. `subject` is a common name or an x509.Name,
    `extensions` pairs of an extension and whether it is critical,
    `attributes` pairs of an OID and text or bytes (as UTF8String)."""
    key = key or new_key()
    if isinstance(subject, str):
        subject = x509.Name([x509.NameAttribute(CN, subject)])
    made = x509.CertificateSigningRequestBuilder(subject or x509.Name([]))
    for extension, critical in extensions:
        made = made.add_extension(extension, critical)
    for oid, value in attributes:
        value = value.encode() if isinstance(value, str) else value
        made = made.add_attribute(oid, value)
    digest = digest_for(key) if digest is ... else digest
    return made.sign(key, digest).public_bytes(serialization.Encoding.DER)


def same_names(key, certificate):
    """The request that renews `certificate` (RFC 7030 4.2.2)."""
    return request(key, certificate.subject)


def vector(kind, name):
    return (VECTORS / kind / (name + ".der")).read_bytes()


def vectors(kind, prefix=""):
    return sorted(p.stem for p in (VECTORS / kind).glob(prefix + "*.der"))


def columns(der, width, end="\n"):
    """Base64 in lines."""
    text = base64.b64encode(der).decode()
    return "".join(
        text[i:i + width] + end for i in range(0, len(text), width)
    )


def pem(der, what="CERTIFICATE REQUEST"):
    return f"-----BEGIN {what}-----\n{columns(der, 64)}-----END {what}-----\n"


def certificates(body):
    """The certificates of a certs-only answer."""
    return pkcs7.load_der_pkcs7_certificates(base64.b64decode(body))


def certificate(body):
    """The only one (EST-191)."""
    (one,) = certificates(body)
    return one


def public(key):
    """What tells keys, requests and certificates of one key pair."""
    if hasattr(key, "public_key"):
        key = key.public_key()
    return key.public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo,
    )


def fingerprint(certificate):
    return certificate.fingerprint(hashes.SHA256())


def sha256(data):
    return hashlib.sha256(data).digest()


def common_name(certificate):
    (name,) = certificate.subject.get_attributes_for_oid(CN)
    return name.value


def certificate_pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def key_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class Identity:
    """A certificate with its key, in files for clients that want some."""

    def __init__(self, folder, certificate, key):
        self.certificate = certificate
        self.key = key
        stem = pathlib.Path(folder) / f"{certificate.serial_number:040x}"
        self.certificate_file = str(stem) + ".pem"
        self.key_file = str(stem) + ".key"
        for name, content in (
            (self.certificate_file, certificate_pem(certificate)),
            (self.key_file, key_pem(key)),
        ):
            with open(name, "wb") as file:
                file.write(content)


def der(reply):
    """Of the certificate in an answer."""
    return certificate(reply.body).public_bytes(serialization.Encoding.DER)
