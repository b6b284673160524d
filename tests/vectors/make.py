#!/usr/bin/python3
"""make.py FOLDER - makes the certification requests that pki/csr is tested
with: FOLDER/good and FOLDER/bad. README.md says what each is.

Keys and signatures are new at each run, so that the files differ from run to
run; what they show does not.
"""
import os
import random
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import (
    ec, ed25519, padding, rsa)

from der import (
    SHA, CHALLENGE, CHANGE_NAME, EXTENSION_REQUEST, LINKING, MICROSOFT, NULL, OTP,
    REVOCATION, TRUE, alternative, attribute, bits, dns, extended, extension,
    integer, key_usage, name, octets, oid, printable, rdn, request, seq,
    set_of, tlv, utf8)

from numbers_rsa import next_prime, openssl, prime, roca_prime, signed_by

FOLDER = sys.argv[1]


# ------------------------------------------------------------------ keys
EC_KEY = "1.2.840.10045.2.1"
P256 = "1.2.840.10045.3.1.7"
ECDSA_SHA256 = seq(oid("1.2.840.10045.4.3.2"))
ECDSA_SHA384 = seq(oid("1.2.840.10045.4.3.3"))
ECDSA_SHA512 = seq(oid("1.2.840.10045.4.3.4"))
RSA_SHA256 = seq(oid("1.2.840.113549.1.1.11"), NULL)
RSA_SHA384 = seq(oid("1.2.840.113549.1.1.12"), NULL)
RSA_SHA512 = seq(oid("1.2.840.113549.1.1.13"), NULL)
RSA_KEY = seq(oid("1.2.840.113549.1.1.1"), NULL)
ED25519 = seq(oid("1.3.101.112"))
HASH = {256: hashes.SHA256(), 384: hashes.SHA384(), 512: hashes.SHA512(),
        1: hashes.SHA1()}


def spki_of(key):
    return key.public_key().public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo)


def private_der(key, form=serialization.PrivateFormat.PKCS8, password=None):
    how = serialization.NoEncryption() if password is None else \
        serialization.BestAvailableEncryption(password)
    return key.private_bytes(serialization.Encoding.DER, form, how)


def rsa_spki(n, e=65537, algorithm=RSA_KEY):
    return seq(algorithm, bits(seq(integer(n), integer(e))))


def ec_spki(point, parameters=None):
    return seq(seq(oid(EC_KEY), parameters or oid(P256)), bits(point))


def pss(size, salt, mask=None, trailer=None):
    h = seq(oid(SHA[size]), NULL)
    m = seq(oid(SHA[mask or size]), NULL)
    return seq(oid("1.2.840.113549.1.1.10"), seq(
        tlv(0xa0, h), tlv(0xa1, seq(oid("1.2.840.113549.1.1.8"), m)),
        tlv(0xa2, integer(salt)),
        *([] if trailer is None else [tlv(0xa3, integer(trailer))])))


K256 = ec.generate_private_key(ec.SECP256R1())
K256B = ec.generate_private_key(ec.SECP256R1())
K384 = ec.generate_private_key(ec.SECP384R1())
K521 = ec.generate_private_key(ec.SECP521R1())
R2048 = rsa.generate_private_key(65537, 2048)
E25519 = ed25519.Ed25519PrivateKey.generate()
POINT = K256.public_key().public_bytes(
    serialization.Encoding.X962,
    serialization.PublicFormat.UncompressedPoint)


def ecdsa(key, size=256):
    return lambda b: key.sign(b, ec.ECDSA(HASH[size]))


def rsa_sign(key, size=256):
    return lambda b: key.sign(b, padding.PKCS1v15(), HASH[size])


def pss_sign(key, size, salt):
    return lambda b: key.sign(
        b, padding.PSS(padding.MGF1(HASH[size]), salt), HASH[size])


def no_sign(b):
    return bytes(64)


# -------------------------------------------------------------- requests
def info(spki, attributes, subject=None, version=None, sort=True):
    parts = [version or integer(0), subject or name(), spki]
    if attributes is not None:
        parts.append(tlv(0xa0, *(sorted(attributes) if sort
                                 else attributes)))
    return seq(*parts)


def csr(*attributes, subject=None, spki=None, algorithm=ECDSA_SHA256,
        sign=None, version=None, absent=False, sort=True, signature=None):
    body = info(spki or spki_of(K256), None if absent else list(attributes),
                subject, version, sort)
    made = (sign or ecdsa(K256))(body)
    return seq(body, algorithm, signature or bits(made))


def write(kind, label, der):
    folder = os.path.join(FOLDER, kind)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, label + ".der"), "wb") as f:
        f.write(der)


def good(label, der):
    write("good", label, der)


def bad(label, der):
    write("bad", label, der)


# ------------------------------------------------------------------ good
PLAIN = csr()


def make_good():
    good("p256", PLAIN)
    good("p384", csr(spki=spki_of(K384), algorithm=ECDSA_SHA384,
                     sign=ecdsa(K384, 384)))
    good("p521", csr(spki=spki_of(K521), algorithm=ECDSA_SHA512,
                     sign=ecdsa(K521, 512)))
    good("p256-sha512", csr(algorithm=ECDSA_SHA512, sign=ecdsa(K256, 512)))
    for size, a in (256, RSA_SHA256), (384, RSA_SHA384), (512, RSA_SHA512):
        good(f"rsa2048-sha{size}", csr(
            spki=spki_of(R2048), algorithm=a, sign=rsa_sign(R2048, size)))
        good(f"pss-sha{size}", csr(
            spki=spki_of(R2048), algorithm=pss(size, size // 8),
            sign=pss_sign(R2048, size, size // 8)))
    good("pss-long-salt", csr(spki=spki_of(R2048), algorithm=pss(256, 222),
                              sign=pss_sign(R2048, 256, 222)))
    big = rsa.generate_private_key(65537, 4096)
    good("rsa4096", csr(spki=spki_of(big), algorithm=RSA_SHA256,
                        sign=rsa_sign(big)))
    good("ed25519", csr(spki=spki_of(E25519), algorithm=ED25519,
                        sign=E25519.sign))
    good("attributes-absent", csr(absent=True))
    good("subject-empty", csr(subject=seq()))
    good("subject-many", csr(subject=seq(*[rdn(utf8(f"n{i}"))
                                           for i in range(300)])))
    good("subject-multi", csr(subject=seq(set_of(
        seq(oid("2.5.4.3"), utf8("a")), seq(oid("2.5.4.10"), utf8("b"))))))
    for label, value in {
            "nul": utf8("sample001\0.example"), "newline": utf8("a\nb"),
            "script": utf8("<script>"), "format": utf8("%s%n"),
            "rtl": utf8("a\u202eb"), "formula": utf8("=cmd()"),
            "bad-utf8": tlv(12, b"\xc3\x28"), "odd-bmp": tlv(30, b"\0a\0"),
            "t61": tlv(20, b"\xe4\xf6")}.items():
        good("subject-" + label, csr(subject=seq(rdn(value))))
    for label, tag in ("printable", 19), ("utf8", 12), ("ia5", 22), \
            ("t61", 20):
        good("challenge-" + label, csr(attribute(
            CHALLENGE, tlv(tag, b" \tAbCd+/12== \r\n"))))
    good("linking", csr(attribute(LINKING, utf8("AbCd+/12=="))))
    good("otp", csr(attribute(OTP, utf8("123456"))))
    good("change-name", csr(attribute(CHANGE_NAME, seq(name("other")))))
    good("attribute-unknown", csr(attribute("1.2.3.4.5", integer(1),
                                            integer(2))))
    good("attribute-time-rubbish", csr(attribute(
        "1.2.3.4.6", tlv(23, b"rubbish"), tlv(24, b"9999999999"))))
    good("key-identifiers", csr(request(
        extension("2.5.29.14", octets(bytes(20))),
        extension("2.5.29.35", seq(tlv(0x80, bytes(20)))))))
    good("extensions-microsoft", csr(request(
        alternative(dns("a.example")), kind=MICROSOFT)))
    good("extensions-empty", csr(request()))
    good("extensions-unknown-critical", csr(request(
        extension("1.2.3.4.7", b"\xde\xad", True))))
    good("extensions-not-ours", csr(request(
        extended("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"),
        extension("2.5.29.32", seq(seq(oid("1.2.3.4.8")))),
        extension("2.5.29.19", seq()))))
    good("usage-signature", csr(request(key_usage(0))))
    good("usage-all-three", csr(request(key_usage(0, 1, 2))))
    good("names-odd", csr(request(alternative(
        dns("*."), tlv(0x87, b"\1\2\3"), tlv(0x81, b"other@example.com"),
        tlv(0xa0, oid("1.2.3.4.9"), tlv(0xa0, utf8("x")))))))
    good("names-two", csr(request(alternative(
        dns("A.example"), tlv(0x81, b"me@EXAMPLE.com")))))


def make_good_cases():
    """docs/interop.md; those that are not made here were sent like this."""
    for size, a in (256, 11), (384, 12), (512, 13):
        good(f"C-01-rsa-sha{size}-without-null", csr(
            spki=spki_of(R2048), sign=rsa_sign(R2048, size),
            algorithm=seq(oid(f"1.2.840.113549.1.1.{a}"))))
    for size, key in (256, K256), (384, K384), (512, K521):
        good(f"C-02-ecdsa-sha{size}-null", csr(
            spki=spki_of(key), sign=ecdsa(key, size),
            algorithm=seq(oid(f"1.2.840.10045.4.3.{size // 128}"), NULL)))
    good("C-03-critical-false", csr(request(seq(
        oid("1.2.3.4"), tlv(1, b"\0"), octets(b"")))))
    a, b = sorted([attribute("1.2.3.4", integer(1)),
                   attribute("1.2.3.5", integer(1))])
    good("C-04-attributes-unsorted", csr(b, a, sort=False))
    good("C-04-values-unsorted", csr(seq(oid("1.2.3.4"), tlv(
        0x31, integer(2), integer(1)))))
    good("C-04-value-twice", csr(seq(oid("1.2.3.4"), tlv(
        0x31, integer(1), integer(1)))))
    good("C-07-pss-trailer", csr(
        spki=spki_of(R2048), algorithm=pss(256, 32, trailer=1),
        sign=pss_sign(R2048, 256, 32)))
    good("C-08-challenge-empty", csr(attribute(CHALLENGE, utf8(""))))
    good("C-08-otp-empty", csr(attribute(OTP, utf8(""))))
    good("C-09-server-and-client", csr(request(
        extended("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"))))


def make_bad_cases():
    bad("C-06-subject-empty-rdn", csr(subject=seq(set_of())))
    bad("C-06-subject-two-types", csr(subject=seq(set_of(
        seq(oid("2.5.4.3"), oid("2.5.4.3"), utf8("sample001"))))))
    bad("C-06-subject-no-type", csr(subject=seq(set_of(
        seq(integer(0x550403), utf8("sample001"))))))
    bad("C-07-pss-trailer-2", csr(
        spki=spki_of(R2048), algorithm=pss(256, 32, trailer=2),
        sign=pss_sign(R2048, 256, 32)))
    for label, kinds in {"server": ["1.3.6.1.5.5.7.3.1"], "none": [],
                         "unknown": ["1.2.3.4.10"]}.items():
        bad("C-09-" + label, csr(request(extended(*kinds))))
    bad("C-09-in-both", csr(
        request(extended("1.3.6.1.5.5.7.3.2")),
        request(extended("1.3.6.1.5.5.7.3.2"), kind=MICROSOFT)))
    long = seq(key_usage(0), alternative(dns("a.example")))
    bad("C-10-two-lists", csr(attribute(EXTENSION_REQUEST, seq(), long)))
    bad("C-10-two-lists-unsorted", csr(seq(
        oid(EXTENSION_REQUEST), tlv(0x31, long, seq()))))
    bad("C-10-no-list", csr(attribute(EXTENSION_REQUEST)))


# ---------------------------------------------------- bad: encoding (D-)
def constructed(tag, body):
    return tlv(tag | 0x20, tlv(tag, body))


def resized(head):
    """The outer length of a good request, said in another way."""
    return b"\x30" + head + PLAIN[4 if PLAIN[1] == 0x82 else 3:]


def make_bad_der():
    body = PLAIN[3:] if PLAIN[1] == 0x81 else PLAIN[4:]
    n = len(body)
    bad("D-02-byte-after", PLAIN + b"\0")
    bad("D-02-twice", PLAIN + PLAIN)
    bad("D-03-indefinite", b"\x30\x80" + body + b"\0\0")
    bad("D-03-length-zero-led", resized(b"\x83\0" + n.to_bytes(2, "big")))
    bad("D-03-length-long-form", csr(
        subject=b"\x30\x81" + name()[1:]))
    bad("D-03-string-constructed", csr(
        subject=seq(rdn(constructed(12, b"sample001")))))
    bad("D-03-signature-constructed", seq(
        info(spki_of(K256), []), ECDSA_SHA256, constructed(3, bytes(65))))
    body = seq(integer(0), name(), spki_of(K256), tlv(0x80))
    bad("D-03-attributes-primitive", seq(
        body, ECDSA_SHA256, bits(ecdsa(K256)(body))))
    bad("D-03-boolean-1", csr(request(seq(
        oid("1.2.3.4"), tlv(1, b"\1"), octets(b"")))))
    for label, head in {
            "2-31": b"\x84\x7f\xff\xff\xff", "2-32": b"\x85\1\0\0\0\0",
            "2-63": b"\x88\x80" + bytes(7), "2-64": b"\x89\1" + bytes(7)
            + b"\1", "126-bytes": b"\xfe" + b"\1" * 126,
            "reserved": b"\xff" + b"\1" * 127}.items():
        bad("D-04-length-" + label, resized(head))
    bad("D-05-nested", seq(integer(0), name(), nested(10000)))
    bad("D-05-nested-attribute", csr(attribute("1.2.3.4", nested(60))))
    bad("D-06-version-padded", csr(version=tlv(2, b"\0\0")))
    bad("D-06-version-negative", csr(version=integer(-1)))
    bad("D-06-version-1", csr(version=integer(1)))
    bad("D-06-version-2-40", csr(version=integer(2 ** 40)))
    bad("D-06-version-ff", csr(version=tlv(2, b"\xff\xff")))
    bad("D-06-version-empty", csr(version=tlv(2)))
    for label, content in {
            "led-by-80": b"\x2a\x80\x03", "10-kb": b"\x2a" + b"\3" * 10240,
            "arc-over-2-64": b"\x2a" + b"\xff" * 10 + b"\x7f", "empty": b"",
            "cut": b"\x2a\x83"}.items():
        bad("D-07-oid-" + label, csr(seq(tlv(6, content), set_of())))
    good_signature = ecdsa(K256)(info(spki_of(K256), []))
    bad("D-08-bits-unused-8", csr(signature=tlv(3, b"\x08", good_signature)))
    bad("D-08-bits-unused-set", csr(signature=tlv(3, b"\x03",
                                                  good_signature, b"\xff")))
    bad("D-08-bits-empty", csr(signature=tlv(3)))
    bad("D-08-bits-none", csr(signature=tlv(3, b"\7")))
    a, b = sorted([attribute("1.2.3.4", integer(1)),
                   attribute("1.2.3.5", integer(1))])
    bad("D-03-boolean-1-unknown", csr(seq(oid("1.2.3.4"), tlv(
        0x31, tlv(1, b"\1")))))
    bad("D-06-value-padded", csr(seq(oid("1.2.3.4"), tlv(
        0x31, tlv(2, b"\0\1")))))
    bad("D-10-attribute-twice", csr(a, a))
    bad("D-10-attribute-twice-apart", csr(a, b, a, sort=False))
    bad("D-10-challenge-twice-apart", csr(
        attribute(CHALLENGE, utf8("x")), a, attribute(CHALLENGE, utf8("x")),
        sort=False))
    make_other_things()


def nested(depth):
    nest = b""
    for _ in range(depth):
        nest = seq(nest)
    return nest


def make_other_things():
    """D-12: what is not a certification request at all."""
    import datetime
    now = datetime.datetime(2026, 1, 1)
    n = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    c = x509.CertificateBuilder(
        issuer_name=n, subject_name=n, public_key=K256.public_key(),
        serial_number=1, not_valid_before=now,
        not_valid_after=now + datetime.timedelta(days=1)).sign(
            K256, hashes.SHA256())
    der = serialization.Encoding.DER
    bad("D-12-certificate", c.public_bytes(der))
    crl = x509.CertificateRevocationListBuilder(
        issuer_name=n, last_update=now,
        next_update=now + datetime.timedelta(days=1)).sign(
            K256, hashes.SHA256())
    bad("D-12-crl", crl.public_bytes(der))
    pem = c.public_bytes(serialization.Encoding.PEM)
    with open("/tmp/make-vectors.pem", "wb") as f:
        f.write(pem)
    bad("D-12-pkcs7", openssl("crl2pkcs7", "-nocrl", "-certfile",
                              "/tmp/make-vectors.pem", "-outform", "DER"))
    os.unlink("/tmp/make-vectors.pem")
    spkac = seq(spki_of(K256), tlv(22, b"challenge"))
    bad("D-12-spkac", seq(spkac, ECDSA_SHA256, bits(ecdsa(K256)(spkac))))
    bad("D-12-public-key", spki_of(K256))
    p = serialization.PrivateFormat
    bad("D-12-private-pkcs8", private_der(K256))
    bad("D-12-private-pkcs8-rsa", private_der(R2048))
    bad("D-12-private-ed25519", private_der(E25519))
    bad("D-12-private-sec1", private_der(K256, p.TraditionalOpenSSL))
    bad("D-12-private-pkcs1", private_der(R2048, p.TraditionalOpenSSL))
    bad("D-12-private-encrypted", private_der(K256, password=b"secret"))
    from cryptography.hazmat.primitives.serialization import pkcs12
    bad("D-12-private-pkcs12", pkcs12.serialize_key_and_certificates(
        b"x", K256, c, None,
        serialization.BestAvailableEncryption(b"secret")))


# ----------------------------------------------------- bad: content (S-)
def make_bad_signatures():
    broken = bytearray(PLAIN)
    broken[-1] ^= 1
    bad("S-01-signature-wrong", bytes(broken))
    bad("S-01-other-key", csr(sign=ecdsa(K256B)))
    bad("S-01-other-digest", csr(algorithm=ECDSA_SHA384))
    bad("S-01-other-kind", csr(algorithm=RSA_SHA256))
    for label, more in {"octets": [octets(b"")], "null-twice": [NULL, NULL],
                        "null-filled": [tlv(5, b"\0")]}.items():
        bad("S-01-rsa-" + label, csr(
            spki=spki_of(R2048), sign=rsa_sign(R2048),
            algorithm=seq(oid("1.2.840.113549.1.1.11"), *more)))
        bad("S-01-ecdsa-" + label, csr(
            algorithm=seq(oid("1.2.840.10045.4.3.2"), *more)))
    bad("S-01-ed25519-null", csr(
        spki=spki_of(E25519), algorithm=seq(oid("1.3.101.112"), NULL),
        sign=E25519.sign))
    bad("S-01-pss-as-pkcs1", csr(
        spki=spki_of(R2048), algorithm=RSA_SHA256,
        sign=pss_sign(R2048, 256, 32)))
    for label, kind in {"md2": "1.2.840.113549.1.1.2",
                        "md5": "1.2.840.113549.1.1.4",
                        "sha1": "1.2.840.113549.1.1.5",
                        "sha224": "1.2.840.113549.1.1.14"}.items():
        bad("S-02-rsa-" + label, csr(
            spki=spki_of(R2048), algorithm=seq(oid(kind), NULL),
            sign=rsa_sign(R2048, 256)))
    bad("S-02-ecdsa-sha1", csr(algorithm=seq(oid("1.2.840.10045.4.1"))))
    bad("S-02-ed448", csr(algorithm=seq(oid("1.3.101.113"))))
    bad("S-02-pss-sha1", csr(
        spki=spki_of(R2048), algorithm=pss(1, 32), sign=no_sign))
    bad("S-02-pss-default", csr(
        spki=spki_of(R2048), sign=no_sign,
        algorithm=seq(oid("1.2.840.113549.1.1.10"), seq())))
    bad("S-02-pss-absent", csr(
        spki=spki_of(R2048), sign=no_sign,
        algorithm=seq(oid("1.2.840.113549.1.1.10"))))
    bad("S-02-pss-salt-0", csr(
        spki=spki_of(R2048), algorithm=pss(256, 0),
        sign=pss_sign(R2048, 256, 0)))
    bad("S-02-pss-other-salt", csr(
        spki=spki_of(R2048), algorithm=pss(256, 64),
        sign=pss_sign(R2048, 256, 32)))
    bad("S-02-pss-other-mask", csr(
        spki=spki_of(R2048), algorithm=pss(256, 32, mask=512),
        sign=no_sign))


def bad_rsa(label, n, e=65537, phi=None, sign=no_sign):
    if phi is not None:
        sign = signed_by(n, pow(e, -1, phi))
    bad(label, csr(spki=rsa_spki(n, e), algorithm=RSA_SHA256, sign=sign))


def odd(size):
    return random.getrandbits(size) | 1 << (size - 1) | 1


def make_bad_rsa():
    n = R2048.public_key().public_numbers().n
    for size in 512, 1024, 2047, 2049, 16384:
        bad_rsa(f"S-03-rsa-{size}", odd(size))
    p, q = prime(2052), prime(2052)
    bad_rsa("S-03-rsa-4104", p * q, phi=(p - 1) * (q - 1))
    for e in 1, 2, 3, 65536:
        bad_rsa(f"S-04-e-{e}", n, e)
    bad_rsa("S-04-e-2048-bits", n, odd(2048))
    bad_rsa("S-04-e-negative", n, -65537)
    bad_rsa("S-04-n-even", n + 1)
    p = prime(2048)
    bad_rsa("S-04-n-prime", p, phi=p - 1)
    p = prime(1024)
    bad_rsa("S-04-n-square", p * p, phi=p * (p - 1))
    for label, value in ("0", 0), ("1", 1), ("negative", -n):
        bad_rsa("S-04-n-" + label, value)
    while True:
        q = prime(2038)
        if (751 * q).bit_length() == 2048:
            break
    bad_rsa("S-05-small-factor", 751 * q, phi=750 * (q - 1))
    q = next_prime(p)
    bad_rsa("S-05-close-primes", p * q, phi=(p - 1) * (q - 1))
    p, q = roca_prime(1024), roca_prime(1024)
    bad_rsa("S-06-roca", p * q, phi=(p - 1) * (q - 1))
    bad("S-11-pss-key", csr(
        spki=rsa_spki(n, algorithm=pss(256, 32)), algorithm=pss(256, 32),
        sign=pss_sign(R2048, 256, 32)))
    bad("S-11-pss-parameters", csr(
        spki=rsa_spki(n, algorithm=seq(oid("1.2.840.113549.1.1.1"),
                                       pss(256, 32))),
        algorithm=RSA_SHA256, sign=rsa_sign(R2048)))
    bad("C-07-key-without-null", csr(
        spki=rsa_spki(n, algorithm=seq(oid("1.2.840.113549.1.1.1"))),
        algorithm=RSA_SHA256, sign=rsa_sign(R2048)))


def make_bad_ec():
    p = 2 ** 256 - 2 ** 224 + 2 ** 192 + 2 ** 96 - 1
    b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b
    x, y = POINT[1:33], POINT[33:]
    off = bytearray(POINT)
    off[-1] ^= 1
    # A small x, so that x + p still fits 32 bytes.
    small = 5
    while True:
        square = (small ** 3 - 3 * small + b) % p
        root = pow(square, (p + 1) // 4, p)
        if root * root % p == square:
            break
        small += 1
    over = b"\4" + (small + p).to_bytes(32, "big") + root.to_bytes(32, "big")
    g = b"\4" + small.to_bytes(32, "big") + root.to_bytes(32, "big")
    for label, point in {
            "infinity": b"\0", "off-curve": bytes(off), "x-over-p": over,
            "compressed": bytes([2 + (y[-1] & 1)]) + x,
            "hybrid": bytes([6 + (y[-1] & 1)]) + x + y,
            "short": POINT[:-1], "long": POINT + b"\0", "none": b"",
            "zero": b"\4" + bytes(64)}.items():
        bad("S-09-point-" + label, csr(spki=ec_spki(point)))
    explicit = seq(integer(1), seq(oid("1.2.840.10045.1.1"), integer(p)),
                   seq(octets((p - 3).to_bytes(32, "big")),
                       octets(b.to_bytes(32, "big"))),
                   octets(g), integer(p), integer(1))
    bad("S-09-curve-explicit", csr(spki=ec_spki(POINT, explicit)))
    for label, kind in {"secp256k1": "1.3.132.0.10",
                        "brainpool": "1.3.36.3.3.2.8.1.1.7",
                        "p192": "1.2.840.10045.3.1.1",
                        "p224": "1.3.132.0.33"}.items():
        bad("S-09-curve-" + label, csr(spki=ec_spki(POINT, oid(kind))))
    for label, kind in {"dsa": "1.2.840.10040.4.1",
                        "dh": "1.2.840.113549.1.3.1",
                        "x25519": "1.3.101.110", "ed448": "1.3.101.113",
                        "unknown": "1.2.3.4"}.items():
        bad("S-10-" + label, csr(spki=seq(seq(oid(kind)), bits(bytes(32)))))


def make_bad_content():
    bad("EST-157-usage-agreement", csr(request(key_usage(4))))
    bad("S-15-ca", csr(request(extension("2.5.29.19", seq(TRUE), True))))
    bad("S-15-ca-pathlen", csr(request(extension(
        "2.5.29.19", seq(TRUE, integer(0))))))
    bad("S-15-cert-sign", csr(request(key_usage(0, 5))))
    bad("S-15-crl-sign", csr(request(key_usage(6))))
    for label, kind in {"any": "2.5.29.37.0", "ocsp": "1.3.6.1.5.5.7.3.9",
                        "cmc-ca": "1.3.6.1.5.5.7.3.27",
                        "cmc-ra": "1.3.6.1.5.5.7.3.28"}.items():
        bad("S-15-usage-" + label, csr(request(
            extended("1.3.6.1.5.5.7.3.2", kind))))
    bad("S-15-name-constraints", csr(request(extension("2.5.29.30", seq()))))
    bad("S-15-policy-mappings", csr(request(extension("2.5.29.33", seq()))))
    bad("S-15-microsoft-ca", csr(request(
        extension("2.5.29.19", seq(TRUE)), kind=MICROSOFT)))
    bad("S-15-twice", csr(request(key_usage(0), key_usage(0))))
    bad("S-15-names-in-both", csr(
        request(alternative(dns("a"))),
        request(alternative(dns("b")), kind=MICROSOFT)))
    bad("S-15-not-a-list", csr(attribute(EXTENSION_REQUEST, oid("1.2.3"))))
    bad("S-15-usage-rubbish", csr(request(extension("2.5.29.15", b"\5\0"))))
    bad("S-17-challenge-twice", csr(
        attribute(CHALLENGE, utf8("a")), attribute(CHALLENGE, utf8("b"))))
    bad("S-17-challenge-two-values", csr(
        attribute(CHALLENGE, utf8("a"), utf8("b"))))
    bad("S-17-challenge-no-value", csr(attribute(CHALLENGE)))
    bad("S-17-challenge-10-kb", csr(attribute(CHALLENGE,
                                              utf8("a" * 10240))))
    bad("S-17-challenge-256", csr(attribute(CHALLENGE, utf8("a" * 256))))
    bad("S-17-challenge-bmp", csr(attribute(CHALLENGE, tlv(30, b"\0a"))))
    bad("S-17-challenge-integer", csr(attribute(CHALLENGE, integer(1))))
    bad("EST-185-change-empty", csr(attribute(CHANGE_NAME, seq())))
    bad("EST-239-revocation", csr(attribute(REVOCATION, utf8("x"))))
    bad("EST-155-attributes-65", csr(*[
        attribute(f"1.2.3.4.{i}", integer(1)) for i in range(65)]))


make_good()
make_good_cases()
make_bad_cases()
make_bad_der()
make_bad_signatures()
make_bad_rsa()
make_bad_ec()
make_bad_content()
