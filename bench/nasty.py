"""nasty - what a handshake costs whose client shows a key that nobody is
certified for, beside one with a good key.

The client of Python shows its own certificate. In TLS 1.2 that message is not
encrypted: its bytes are exchanged on the way, and the server sees a leaf with
the nasty key, and a signature that has the form of one by that key. The server
is to have ended the handshake before it looks at either.
"""

import os
import socket
import ssl
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../tests/vectors"))

import clock  # noqa: E402
import der  # noqa: E402

from rows import Row  # noqa: E402

TIMES = 3  # a good one, at most (threat-model L-07)
ROUNDS = 40

CHANGE_CIPHER_SPEC, HANDSHAKE = 20, 22
CERTIFICATE, CERTIFICATE_VERIFY = 11, 15
RSA = der.seq(der.oid("1.2.840.113549.1.1.1"), der.NULL)
ED25519 = der.seq(der.oid("1.3.101.112"))


def _openssl(*args, given=None):
    return subprocess.run(
        ["openssl", *args], input=given, capture_output=True, check=True
    ).stdout


def _made(*options):
    """The SubjectPublicKeyInfo of a new key."""
    key = _openssl("genpkey", *options)
    return _openssl("pkey", "-pubout", "-outform", "DER", given=key)


def _curve(name, form="uncompressed", encoding="named_curve"):
    key = _openssl("ecparam", "-name", name, "-genkey", "-noout")
    return _openssl("ec", "-pubout", "-outform", "DER", "-conv_form", form,
                    "-param_enc", encoding, given=key)  # fmt: skip


def _rsa(bits, e):
    """Of no primes: a signature is checked all the same. OpenSSL itself takes
    a giant exponent to 3072 bits."""
    n = (1 << bits) - 12345
    return der.seq(RSA, der.bits(der.seq(der.integer(n), der.integer(e))))


def _dsa():
    parameters = _openssl(
        "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt",
        "dsa_paramgen_bits:2048"
    )  # fmt: skip
    key = _openssl("genpkey", "-paramfile", "/dev/stdin", given=parameters)
    return _openssl("pkey", "-pubout", "-outform", "DER", given=key)


class Key:
    """What makes its SubjectPublicKeyInfo; the signature that is sent with it:
    algorithm (RFC 8446 4.2.3) and size, None: that of the client itself."""

    def __init__(self, make, algorithm=None, size=0):
        self.make = make
        self.verify = algorithm and (
            algorithm.to_bytes(2, "big") + size.to_bytes(2, "big")
            + b"\x42" * size
        )  # fmt: skip


def _rsa_key(bits, e):
    return Key(lambda: _rsa(bits, e), 0x0804, bits // 8)


KEYS = {
    "secp256k1": Key(lambda: _curve("secp256k1")),
    "brainpoolP512r1": Key(lambda: _curve("brainpoolP512r1")),
    "sect571r1": Key(lambda: _curve("sect571r1")),
    "P-224": Key(lambda: _curve("secp224r1")),
    "P-256, compressed": Key(lambda: _curve("prime256v1", "compressed")),
    "P-521, compressed": Key(lambda: _curve("secp521r1", "compressed")),
    "P-521, hybrid": Key(lambda: _curve("secp521r1", "hybrid")),
    "P-256, explicit": Key(lambda: _curve("prime256v1", encoding="explicit")),
    "P-521, explicit": Key(lambda: _curve("secp521r1", encoding="explicit")),
    "RSA-16384": _rsa_key(16384, 65537),
    "RSA-8192": _rsa_key(8192, 65537),
    "RSA-3072, exponent of 3000 bits": _rsa_key(3072, (1 << 3000) - 54321),
    "RSA-4096, exponent of 64 bits": _rsa_key(4096, (1 << 64) - 59),
    "RSA-PSS with parameters": Key(lambda: _made(
        "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:4096",
        "-pkeyopt", "rsa_pss_keygen_md:sha512", "-pkeyopt",
        "rsa_pss_keygen_mgf1_md:sha512", "-pkeyopt",
        "rsa_pss_keygen_saltlen:64"), 0x080B, 512),
    "DSA": Key(_dsa),
    "Ed448": Key(lambda: _made("-algorithm", "ED448"), 0x0808, 114),
    "X25519": Key(lambda: _made("-algorithm", "X25519")),
    "Ed25519 of small order": Key(lambda: der.seq(
        ED25519, der.bits(b"\1" + bytes(31))), 0x0807, 64),
}  # fmt: skip


def certificate(spki):
    """Whose signature nobody looks at."""
    name = der.name("nasty")
    algorithm = der.seq(der.oid("1.2.840.10045.4.3.2"))
    time = der.tlv(24, b"20260101000000Z"), der.tlv(24, b"20510101000000Z")
    tbs = der.seq(
        der.tlv(0xA0, der.integer(2)), der.integer(1), algorithm, name,
        der.seq(*time), name, spki,
    )  # fmt: skip
    return der.seq(tbs, algorithm, der.bits(bytes(70)))


def _sized(content):
    return len(content).to_bytes(3, "big") + content


def _records(kind, body):
    """A message of the handshake."""
    message = bytes([kind]) + _sized(body)
    return b"".join(
        bytes([HANDSHAKE, 3, 3]) + len(part).to_bytes(2, "big") + part
        for part in (
            message[at : at + 16384] for at in range(0, len(message), 16384)
        )
    )


def _messages(key):
    """Kind of a message -> the records that take its place (RFC 5246 7.4)."""
    chain = _sized(_sized(certificate(key.make())))
    made = {CERTIFICATE: _records(CERTIFICATE, chain)}
    if key.verify:
        made[CERTIFICATE_VERIFY] = _records(CERTIFICATE_VERIFY, key.verify)
    return made


def _exchange(flight, messages):
    """Records of a client, with other messages in them; what stands behind
    ChangeCipherSpec is encrypted."""
    out = b""
    while flight and flight[0] != CHANGE_CIPHER_SPEC:
        size = 5 + int.from_bytes(flight[3:5], "big")
        record, flight = flight[:size], flight[size:]
        if record[0] == HANDSHAKE and record[5] in messages:
            assert int.from_bytes(record[6:9], "big") + 9 == size
            record = messages[record[5]]
        out += record
    return out + flight


def context(root, certificate_file, key_file):
    """A client with a good certificate."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.load_verify_locations(root)
    tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_2
    tls.load_cert_chain(certificate_file, key_file)
    return tls


def shake_hands(port, tls, messages):
    """What ended it, None if it came to its end: with these of the client's
    messages exchanged."""
    come, go = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = tls.wrap_bio(come, go, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", port), 60) as s:
        while True:
            try:
                client.do_handshake()
                return None
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                return error.reason
            flight = _exchange(go.read(), messages)
            try:
                s.sendall(flight)
                got = s.recv(65536)
            except ConnectionError:
                return "reset"
            if not got:
                return "closed"
            come.write(got)


def costs(pid, port, tls, rounds=ROUNDS):
    """(CPU ms of a good handshake, {name: CPU ms}) of the process. All take
    turns, so that what else the machine does falls on all alike."""
    shown = {name: _messages(key) for name, key in KEYS.items()}
    shown[None] = {}
    spent = dict.fromkeys(shown, 0.0)
    for turn in range(rounds + 1):
        for name, messages in shown.items():
            before = clock.process_ms(pid)
            ended = shake_hands(port, tls, messages)
            assert (ended is None) == (name is None), (name, ended)
            if turn > 0:  # the first time much is fetched
                spent[name] += clock.process_ms(pid) - before
    good = spent.pop(None) / rounds
    return good, {name: total / rounds for name, total in spent.items()}


def measure(subject):
    """Rows: each key in units of a good handshake."""
    identity = os.path.join(subject.identities, "device000")
    tls = context(subject.k.root, identity + ".pem", identity + ".key")
    good, nasty = costs(subject.pids()["front"], subject.k.port, tls)
    return [
        Row(f"handshake, client key {name}", ms / good, "x", TIMES,
            f"{ms:.3f} ms, with a good one {good:.3f} ms")
        for name, ms in nasty.items()
    ]  # fmt: skip
