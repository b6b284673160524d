"""raw - HTTP over TLS byte by byte, as tests of framing want it."""

import base64
import contextlib
import socket
import ssl

from koshin_tests.patience import PATIENCE_S
from koshin_tests.wire import Wire

PREFIX = "/.well-known/est"
PKCS10 = "Content-Type: application/pkcs10\r\n"
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def basic(user, secret):
    """An Authorization field."""
    text = f"{user}:{secret}"
    token = base64.b64encode(text.encode()).decode()
    return f"Authorization: Basic {token}\r\n"


def post(operation, body, *fields, host="localhost"):
    """A whole POST; bytes go as base64 in lines of 64, text as it is."""
    if isinstance(body, bytes):
        body = base64.encodebytes(body).decode()
    head = (
        f"POST {PREFIX}/{operation} HTTP/1.1\r\nHost: {host}\r\n"
        f"{''.join(fields)}Content-Length: {len(body.encode('latin-1'))}"
        "\r\n\r\n"
    )
    return head.encode("latin-1") + body.encode("latin-1")


def get(path, *fields, method="GET", host="localhost"):
    path = path if path.startswith("/") else f"{PREFIX}/{path}"
    return (
        f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n"
        f"{''.join(fields)}\r\n"
    ).encode("latin-1")


def context(server, version=None, identity=None, names=True):
    """An ssl.SSLContext that trusts the server's root."""
    made = ssl.create_default_context(cafile=server.root)
    made.check_hostname = names
    if version:
        made.minimum_version = made.maximum_version = VERSIONS[version]
    if identity:
        made.load_cert_chain(identity.certificate_file, identity.key_file)
    return made


class Connection(Wire):
    def __init__(self, server, version=None, identity=None, ctx=None,
                 session=None, name="localhost", address="127.0.0.1"):
        plain = socket.create_connection((address, server.port), PATIENCE_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ctx = ctx or context(server, version, identity)
        try:
            self.sock = ctx.wrap_socket(
                plain, server_hostname=name, session=session,
                suppress_ragged_eofs=False,
            )  # fmt: skip
        except BaseException:
            plain.close()
            raise

    def send(self, data):
        """The server may close before it has read everything."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.sock.sendall(data)

    def at_end(self):
        """True: close_notify has come, and nothing before it."""
        return not self.seen and not self.more()


def ask(server, data, to_head=False, **options):
    """One question on a connection of its own."""
    with Connection(server, **options) as c:
        return c.ask(data, to_head)
