"""der - certificates as this CA makes them, but for the signature, which is
none, and the few keys that they share: the fields that differ are put into
one that was made whole.
"""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

KEYS = 64  # the columns of the ledger have one for each certificate


class Der:
    def __init__(self, serial, name):
        """Of the lengths that all will have."""
        keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(KEYS)]
        self._points = [
            key.public_key().public_bytes(
                serialization.Encoding.X962,
                serialization.PublicFormat.UncompressedPoint,
            )
            for key in keys
        ]
        begins = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)
        ends = begins + datetime.timedelta(days=1)
        rest = _whole(keys[0], serial, name, begins, ends)
        self._pieces = []
        for field in (
            serial, _utc_time(begins), _utc_time(ends), name.encode(),
            self._points[0],
        ):  # fmt: skip
            before, _, rest = rest.partition(field)
            self._pieces.append(before)
        self._pieces.append(rest)

    def make(self, serial, begins, ends, name, key):
        """`key`: the number of one."""
        a, b, c, d, e, f = self._pieces
        return b"".join(
            (a, serial, b, _utc_time(begins), c, _utc_time(ends), d,
             name.encode(), e, self._points[key % KEYS], f)
        )  # fmt: skip


def _whole(key, serial, name, begins, ends):
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named("Koshin bench CA"))
        .serial_number(int.from_bytes(serial, "big"))
        .public_key(key.public_key())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.KeyUsage(True, *[False] * 8), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([x509.OID_CLIENT_AUTH]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier(bytes(20), None, None), False
        )
        .add_extension(x509.SubjectKeyIdentifier(bytes(range(20))), False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


def _named(name):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _utc_time(at):
    """As in a certificate."""
    text = at.isoformat()
    return f"{text[2:4]}{text[5:7]}{text[8:10]}{text[11:13]}" \
        f"{text[14:16]}{text[17:19]}Z".encode()  # fmt: skip
