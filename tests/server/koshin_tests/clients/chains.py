"""chains - what a client shows of itself in a handshake, good or not."""

import datetime
import itertools
import socket
import ssl

from cryptography import x509
from cryptography.x509.oid import NameOID

from koshin_tests.clients import requests
from koshin_tests.clients.raw import get

numbers = itertools.count(1)


def certificate(key, name, more=()):
    """Signed by its own key, as nobody looks at that."""
    now = datetime.datetime(2026, 1, 1)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(next(numbers))
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=9000))
    )  # fmt: skip
    for extension in more:
        made = made.add_extension(extension, False)
    return made.sign(key, requests.digest_for(key))


def long_name(size):
    return x509.SubjectAlternativeName([x509.DNSName("x" * size)])


class Chain:
    """What a client shows, the leaf first."""

    def __init__(self, folder, key, *certificates):
        self.file = folder / f"chain{next(numbers)}.pem"
        self.key = folder / f"key{next(numbers)}.pem"
        self.file.write_bytes(
            b"".join(map(requests.certificate_pem, certificates))
        )
        self.key.write_bytes(requests.key_pem(key))

    def connect(self, server, version):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls.load_verify_locations(server.root)
        tls.minimum_version = tls.maximum_version = version
        tls.load_cert_chain(self.file, self.key)
        plain = socket.create_connection(("127.0.0.1", server.port), 20)
        return tls.wrap_socket(plain, server_hostname="localhost")

    def answer(self, server, version):
        with self.connect(server, version) as s:
            s.sendall(get("cacerts"))
            return s.recv(15).decode()

    def alert(self, server, version):
        """Nothing is asked: it would be lost in what the kernel resets."""
        try:
            with self.connect(server, version) as s:
                s.recv(1)
        except ssl.SSLError as refused:
            return refused.reason
        raise AssertionError("the handshake was not refused")
