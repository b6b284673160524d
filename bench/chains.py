"""chains - what a handshake costs with a chain that was made to be dear.

CPU of the front for each handshake, beside a good one of the same run. A new
kind is a row of CHAINS: what is shown, leaf first, and with which key.
"""

import os
import pathlib
import ssl
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "tests/server"))

from koshin_tests.clients import requests  # noqa: E402
from koshin_tests.clients.chains import Chain, certificate  # noqa: E402

from rows import Row  # noqa: E402

TIMES = 100
DEARER = 3  # times a good one
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def _junk(kind, count):
    """A good leaf, and behind it so many keys that nobody needs."""

    def make():
        key = requests.new_key()
        more = [
            certificate(requests.new_key(kind), "x") for _ in range(count)
        ]
        return key, [certificate(key, "device"), *more]

    return make


def _leaf(kind):
    """A leaf alone, with its key."""

    def make():
        key = requests.new_key(kind)
        return key, [certificate(key, "device")]

    return make


CHAINS = [
    ("20 keys on P-384 behind the leaf", _junk("p384", 20)),
    ("2 keys on P-384 behind the leaf", _junk("p384", 2)),
    ("2 keys on secp256k1 behind the leaf", _junk("k256", 2)),
    ("2 keys of RSA-4096 behind the leaf", _junk("rsa4096", 2)),
    ("a good leaf on P-384", _leaf("p384")),
    ("a good leaf of RSA-4096", _leaf("rsa4096")),
]


def measure(subject):
    return [
        row for version in VERSIONS for row in _of_version(subject, version)
    ]


def _of_version(subject, version):
    good = _cost_ms(subject, version, _leaf("p256"))
    rows = []
    for title, make in CHAINS:
        cost = _cost_ms(subject, version, make)
        rows.append(
            Row(f"{version.name}, {title}", cost / good, "x", DEARER,
                f"{cost:.3f} ms of the front, a good one {good:.3f} ms")
        )  # fmt: skip
    return rows


def _cost_ms(subject, version, make):
    key, certificates = make()
    chain = Chain(pathlib.Path(subject.folder), key, *certificates)
    _shake(chain, subject, version)
    before = subject.cpu()["front"]
    for _ in range(TIMES):
        _shake(chain, subject, version)
    return (subject.cpu()["front"] - before) / TIMES


def _shake(chain, subject, version):
    """Refused is fine, and cheaper."""
    try:
        chain.answer(subject.k, version)
    except OSError:
        pass
