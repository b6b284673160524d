"""gate - the request gate over real sockets: tests/lib/gate_server.c is the gate
with nothing behind it but an echo."""

import contextlib
import os
import re
import signal
import socket
import ssl
import subprocess
import time


from koshin_tests.patience import PATIENCE_S, line_of, run, until
from koshin_tests.place import built
from koshin_tests.wire import Wire

HOST = b"Host: ca.example\r\n"
GET = b"GET /a HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /a HTTP/1.1\r\n" + HOST


def checksum(body):
    total = 0
    for byte in body:
        total = (total * 31 + byte) & 0xFFFFFFFF
    return total


def echo(method, path, body=b"", query="-"):
    return f"{method} {path} {query} {len(body)} {checksum(body)}\n".encode()


def chunked(*parts):
    out = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts)
    return out + b"0\r\n\r\n"


def let_in(knock, most):
    """How many of `knock(0)`, `knock(1)`... come in before one is turned away:
    so many in a minute, and more where they take their time."""
    for n in range(5 * most):
        try:
            assert knock(n) == 200
        except OSError:
            return n
    raise AssertionError("nobody was turned away")


def connect(server):
    """A socket; with TLS, before its handshake."""
    return socket.create_connection(("127.0.0.1", server.port), PATIENCE_S)


class Client(Wire):
    def __init__(self, server, rcvbuf=None, source=None, first=b"",
                 port=None):
        self.sock = socket.socket()
        if source is not None:
            self.sock.bind((source, 0))
        if rcvbuf is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.sock.settimeout(PATIENCE_S)
        self.sock.connect(("127.0.0.1", port or server.port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if first:
            self.sock.sendall(first)
        if server.tls:
            context = ssl.create_default_context(cafile=server.cert)
            self.sock = context.wrap_socket(
                self.sock, server_hostname="localhost",
                suppress_ragged_eofs=False)

    def send(self, *pieces, pause=0.0):
        for i, piece in enumerate(pieces):
            if i and pause:
                time.sleep(pause)
            self.sock.sendall(piece)

    def send_what_is_taken(self, data):
        """The server may close before it has read everything."""
        with contextlib.suppress(OSError):
            self.sock.sendall(data)

    def at_end(self):
        """Everything until the orderly end: close_notify and FIN, no RST."""
        while self.more():
            pass
        return self.seen


class Server:
    def __init__(self, tmp, tls=False, nofile=None, **limits):
        self.tls, self.tmp = tls, tmp
        args = [built("tests/gate_server")] + [f"{k}={v}" for k, v in limits.items()]
        if tls:
            self.cert, key = certificate(tmp)
            args += [f"cert={self.cert}", f"key={key}"]
        if nofile:
            args = ["prlimit", f"--nofile={nofile}"] + args
        self.log_path = tmp / "log"
        self.log = open(self.log_path, "wb")
        self.process = subprocess.Popen(
            args, stdout=subprocess.PIPE, stderr=self.log)
        line = line_of(self.process.stdout, "the gate")
        assert line.startswith(b"port "), self.log_path.read_text()
        self.port = int(line.split()[1])

    def client(self, **options):
        return Client(self, **options)

    def logged(self):
        return self.log_path.read_text()

    def stats(self):
        with self.client() as c:
            text = c.ask(b"GET /stats HTTP/1.1\r\n" + HOST +
                         b"Connection: close\r\n\r\n").body.decode()
            c.at_end()
        pairs = dict(li.split("=") for li in text.split())
        return {k: int(v) if v.isdigit() else v for k, v in pairs.items()}

    def settled(self, **wanted):
        """The counts, as soon as they are these; connections: ours is one."""
        def reached():
            seen = self.stats()
            same = all(seen[k] == v for k, v in wanted.items())
            return seen if same else None

        return until(reached, lambda: (wanted, self.stats()))

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def finish(self):
        if self.process.poll() is None:
            self.terminate()
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        code = self.process.wait(PATIENCE_S)
        self.process.stdout.close()
        self.log.close()
        log = self.log_path.read_text(errors="replace")
        assert code == 0, log
        assert "Sanitizer" not in log and "runtime error" not in log, log
        return log


def self_signed(cert, key):
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert,
        "-days", "30", "-subj", "/CN=localhost", "-addext",
        "subjectAltName=DNS:localhost", check=True)
    os.chmod(key, 0o600)


def certificate(tmp):
    cert, key = tmp / "cert.pem", tmp / "key.pem"
    if not cert.exists():
        self_signed(cert, key)
    return cert, key


MUTE = (408, 414, 417, 431)


def head(*lines, first="GET /a HTTP/1.1"):
    text = "\r\n".join([first, "Host: h", *lines, "", ""])
    return text.encode("latin-1")


def post(*lines):
    return head(*lines, first="POST /a HTTP/1.1")


def coded(body):
    return post("Transfer-Encoding: chunked") + body


def assert_refused(c, status):
    r = c.reply()
    assert r.status in (status if isinstance(status, tuple) else (status,))
    assert re.fullmatch(r"HTTP/1\.1 \d{3} \S.*", r.line)
    assert r.closes and r.field("Date")
    assert r.field("Cache-Control") == "no-store"
    assert int(r.field("Content-Length")) == len(r.body)
    if r.status in MUTE:
        assert r.body == b""
    else:
        assert r.field("Content-Type") == "text/plain; charset=utf-8"
        assert re.fullmatch(rb"[A-Z][ -~]{10,100}\.\n", r.body)
    assert c.at_end() == b""


def handshake(s, tls, incoming, outgoing):
    while True:
        try:
            tls.do_handshake()
            s.sendall(outgoing.read())
            return
        except ssl.SSLWantReadError:
            s.sendall(outgoing.read())
            incoming.write(s.recv(65536))


# Requests of all kinds of bodies, and their answers.
SPLIT = {
    "get": (b"GET /abc/def?x=y HTTP/1.1\r\n" + HOST + b"X: y\r\n\r\n",
            echo("GET", "/abc/def", query="x=y")),
    "chunked": (b"POST /abc HTTP/1.1\r\n" + HOST +
                b"Transfer-Encoding: chunked\r\n\r\n" +
                b"5;a=b\r\nhello\r\n00B\r\n, you world\r\n0\r\nT: v\r\n\r\n",
                echo("POST", "/abc", b"hello, you world")),
}
