"""The request gate over real sockets: tests/lib/gate_server.c is the gate with
nothing behind it but an echo. Each test has a server of its own, which must end
cleanly when it is told to (and without a word from a sanitizer)."""

import contextlib
import os
import random
import re
import resource
import select
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
BUILD = os.environ.get("BUILD", "build")
MODE = os.environ.get("MODE", "release")
PROGRAM = os.path.join(ROOT, BUILD, MODE, "tests", "gate_server")

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


class Reply:
    """One answer; `fields` as they stand, in order."""

    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.line = lines[0]
        self.fields = [tuple(li.split(": ", 1)) for li in lines[1:]]
        self.status = int(self.line.split(" ")[1])
        self.body = body
        self.size = len(head) + 4

    def field(self, name):
        return next((v for n, v in self.fields if n == name), None)

    @property
    def closes(self):
        return self.field("Connection") == "close"


class Client:
    def __init__(self, server, rcvbuf=None):
        self.sock = socket.socket()
        if rcvbuf is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.sock.settimeout(20)
        self.sock.connect(("127.0.0.1", server.port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if server.tls:
            context = ssl.create_default_context(cafile=server.cert)
            self.sock = context.wrap_socket(
                self.sock, server_hostname="localhost",
                suppress_ragged_eofs=False)
        self.seen = b""

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.sock.close()

    def send(self, *pieces, pause=0.0):
        for i, piece in enumerate(pieces):
            if i and pause:
                time.sleep(pause)
            self.sock.sendall(piece)

    def send_what_is_taken(self, data):
        """The server may close before it has read everything."""
        with contextlib.suppress(OSError):
            self.sock.sendall(data)

    def _more(self):
        data = self.sock.recv(65536)
        self.seen += data
        return bool(data)

    def reply(self, to_head=False):
        while b"\r\n\r\n" not in self.seen:
            assert self._more(), f"closed after {self.seen!r}"
        head, self.seen = self.seen.split(b"\r\n\r\n", 1)
        answer = Reply(head, b"")
        length = answer.field("Content-Length")
        if answer.status >= 200 and length and not to_head:
            while len(self.seen) < int(length):
                assert self._more(), "closed inside a body"
            answer.body = self.seen[:int(length)]
            self.seen = self.seen[int(length):]
        return answer

    def ask(self, request):
        self.send(request)
        return self.reply()

    def at_end(self):
        """Everything until the orderly end: close_notify and FIN, no RST."""
        while self._more():
            pass
        return self.seen


class Server:
    def __init__(self, tmp, tls=False, nofile=None, **limits):
        self.tls, self.tmp = tls, tmp
        args = [PROGRAM] + [f"{k}={v}" for k, v in limits.items()]
        if tls:
            self.cert, key = certificate(tmp)
            args += [f"cert={self.cert}", f"key={key}"]
        if nofile:
            args = ["prlimit", f"--nofile={nofile}"] + args
        self.log_path = tmp / "log"
        self.log = open(self.log_path, "wb")
        self.process = subprocess.Popen(
            args, stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline()
        assert line.startswith(b"port "), self.log_path.read_text()
        self.port = int(line.split()[1])

    def client(self, **options):
        return Client(self, **options)

    def stats(self):
        with self.client() as c:
            text = c.ask(b"GET /stats HTTP/1.1\r\n" + HOST +
                         b"Connection: close\r\n\r\n").body.decode()
            c.at_end()
        pairs = dict(li.split("=") for li in text.split())
        return {k: int(v) if v.isdigit() else v for k, v in pairs.items()}

    def settled(self, **wanted):
        """The counts, as soon as they are these; connections: ours is one."""
        deadline = time.monotonic() + 8
        while True:
            seen = self.stats()
            if all(seen[k] == v for k, v in wanted.items()):
                return seen
            assert time.monotonic() < deadline, (wanted, seen)
            time.sleep(0.05)

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
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
        code = self.process.wait()
        self.process.stdout.close()
        self.log.close()
        log = self.log_path.read_text(errors="replace")
        assert code == 0, log
        assert "Sanitizer" not in log and "runtime error" not in log, log
        return log


def certificate(tmp):
    cert, key = tmp / "cert.pem", tmp / "key.pem"
    if not cert.exists():
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
             cert, "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost"],
            check=True, stderr=subprocess.DEVNULL)
    return cert, key


@pytest.fixture(scope="session", autouse=True)
def program():
    subprocess.run(["make", "-s", f"BUILD={BUILD}", f"MODE={MODE}", PROGRAM
                    if os.path.isabs(BUILD) else
                    f"{BUILD}/{MODE}/tests/gate_server"],
                   cwd=ROOT, check=True)


@pytest.fixture
def start(tmp_path):
    running = []

    def start_one(**options):
        running.append(Server(tmp_path, **options))
        return running[-1]

    yield start_one
    for server in running:
        server.finish()


@pytest.fixture(params=["plain", "tls"])
def server(start, request):
    return start(tls=request.param == "tls")


@pytest.fixture
def plain(start):
    return start()


# ---------------------------------------------------------------- good ones

def test_a_request_is_answered_and_the_connection_kept(server):
    with server.client() as c:
        for _ in range(3):
            r = c.ask(GET)
            assert (r.status, r.body, r.closes) == (200, echo("GET", "/a"),
                                                    False)
    assert server.stats()["tls"] == ("TLSv1.3" if server.tls else "-")


def test_the_query_is_taken_off_the_path(plain):
    for target, path, query in (
            ("/a?b=c&d", "/a", "b=c&d"), ("/a?", "/a", ""),
            ("/a??", "/a", "?"), ("/?=%&%zz;", "/", "=%&%zz;"),
            ("/?%", "/", "%"), ("/a", "/a", "-")):
        with plain.client() as c:
            r = c.ask(f"GET {target} HTTP/1.1\r\n".encode() + HOST + b"\r\n")
            assert r.body == echo("GET", path, query=query)


def test_the_application_sees_fields_as_they_were(plain):
    sent = (b"GET /field/x-a HTTP/1.1\r\n" + HOST +
            b"X-A:one\r\nx-a: \t two \t\r\nX-A:\r\nX-a: a:b \xc3\xa4\r\n\r\n")
    with plain.client() as c:
        assert c.ask(sent).body == b"[one]\n[two]\n[]\n[a:b \xc3\xa4]\n"


def test_a_form_body_is_a_body_like_any_other(plain):
    form = b"a=" + b"x" * 65534
    with plain.client() as c:
        r = c.ask(POST + b"Content-Type: application/x-www-form-urlencoded\r\n"
                  b"Content-Length: 65536\r\n\r\n" + form)
        assert r.body == echo("POST", "/a", form)


def test_EST_030_031_033_044_the_bytes_of_an_answer(server):
    with server.client() as c:
        r = c.ask(GET)
        assert re.fullmatch(r"HTTP/1\.1 \d{3} \S.*", r.line)
        assert [n for n, _ in r.fields] == [
            "Date", "Content-Type", "Cache-Control", "Content-Length"]
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT",
                            r.field("Date"))
        assert r.size < 900
        assert c.seen == b""


@pytest.mark.parametrize("value", ["close", "Close", "keep-alive, close"])
def test_EST_035_close_is_honoured(server, value):
    with server.client() as c:
        r = c.ask(b"GET /a HTTP/1.1\r\n" + HOST +
                  b"Connection: %s\r\n\r\n" % value.encode())
        assert r.status == 200 and r.closes
        assert c.at_end() == b""


def test_the_application_can_close(server):
    with server.client() as c:
        r = c.ask(b"GET /close HTTP/1.1\r\n" + HOST + b"\r\n")
        assert r.status == 200 and r.closes
        assert c.at_end() == b""


def test_EST_036_stray_line_ends_between_requests(server):
    with server.client() as c:
        assert c.ask(b"\r\n" + GET + b"\r\n").status == 200
        assert c.ask(POST + b"Content-Length: 2\r\n\r\nxy\r\n").body == \
            echo("POST", "/a", b"xy")
        time.sleep(0.05)
        assert c.ask(b"\r\n" + GET).status == 200


def test_EST_025_what_follows_the_body_does_not_cost_the_answer(server):
    """libest: CR LF behind its body, and the server closes."""
    for _ in range(20):
        with server.client() as c:
            c.send(POST + b"Connection: close\r\nContent-Length: 2\r\n\r\nxy",
                   b"\r\n", b"\r\n", pause=0.002)
            time.sleep(0.01)
            assert c.reply().status == 200
            assert c.at_end() == b""


def test_EST_037_chunked_bodies_are_decoded(server):
    body = bytes(range(256)) * 40
    with server.client() as c:
        for parts in ([body], [body[i:i + 100] for i in range(0, 10240, 100)],
                      [b"%c" % b for b in body[:600]], []):
            whole = b"".join(parts)
            r = c.ask(POST + b"Transfer-Encoding: chunked\r\n"
                      b"Trailer: X\r\n\r\n" + chunked(*parts))
            assert r.body == echo("POST", "/a", whole)
        r = c.ask(b"POST /field/content-length HTTP/1.1\r\n" + HOST +
                  b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"abc"))
        assert r.body == b"[3]\n"
        r = c.ask(b"POST /field/transfer-encoding HTTP/1.1\r\n" + HOST +
                  b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"abc"))
        assert r.body == b""


def test_EST_040_H_18_continue_is_said_when_it_is_waited_for(server):
    head = POST + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    with server.client() as c:
        c.send(head)
        assert c.reply().line == "HTTP/1.1 100 Continue"
        assert c.ask(b"abc").body == echo("POST", "/a", b"abc")
        assert c.ask(head + b"abc").status == 200
        c.send(POST + b"Content-Length: 0\r\nExpect: 100-continue\r\n\r\n")
        assert c.reply().status == 200


def test_EST_067_head_is_answered_without_a_body(server):
    with server.client() as c:
        c.send(GET.replace(b"GET", b"HEAD"))
        r = c.reply(to_head=True)
        assert r.field("Content-Length") == str(len(echo("HEAD", "/a")))
        assert c.ask(GET).status == 200


def test_204_has_neither_body_nor_length(server):
    with server.client() as c:
        r = c.ask(b"GET /none HTTP/1.1\r\n" + HOST + b"\r\n")
        assert r.status == 204 and r.field("Content-Length") is None
        assert c.ask(GET).status == 200


def test_EST_042_H_14_a_body_of_the_limit_is_taken(server):
    body = b"b" * 65536
    with server.client() as c:
        assert c.ask(POST + b"Content-Length: 65536\r\n\r\n" +
                     body).body == echo("POST", "/a", body)
        assert c.ask(POST + b"Transfer-Encoding: chunked\r\n\r\n" +
                     chunked(body)).body == echo("POST", "/a", body)


# ------------------------------------------------------ split anywhere

SPLIT = {
    "get": (b"GET /abc/def?x=y HTTP/1.1\r\n" + HOST + b"X: y\r\n\r\n",
            echo("GET", "/abc/def", query="x=y")),
    "chunked": (b"POST /abc HTTP/1.1\r\n" + HOST +
                b"Transfer-Encoding: chunked\r\n\r\n" +
                b"5;a=b\r\nhello\r\n00B\r\n, you world\r\n0\r\nT: v\r\n\r\n",
                echo("POST", "/abc", b"hello, you world")),
}


@pytest.mark.parametrize("name", SPLIT)
def test_fault_1_a_request_may_be_split_at_every_byte(server, name):
    request, wanted = SPLIT[name]
    with server.client() as c:
        for at in range(1, len(request)):
            c.send(request[:at], request[at:], pause=0.002)
            assert c.reply().body == wanted, at


@pytest.mark.parametrize("name", SPLIT)
def test_fault_1_a_request_may_come_byte_by_byte(server, name):
    request, wanted = SPLIT[name]
    with server.client() as c:
        c.send(*[request[i:i + 1] for i in range(len(request))], pause=0.001)
        assert c.reply().body == wanted


def test_F_01_a_client_may_leave_at_every_byte(server):
    request, _ = SPLIT["chunked"]
    for at in range(len(request)):
        with server.client() as c:
            c.send(request[:at])
    seen = server.settled(connections=1)
    assert (seen["in_work"], seen["refused"]) == (1, 0)  # /stats itself


# ------------------------------------------------------------ hostile ones

def head(*lines, first="GET /a HTTP/1.1"):
    text = "\r\n".join([first, "Host: h", *lines, "", ""])
    return text.encode("latin-1")


def post(*lines):
    return head(*lines, first="POST /a HTTP/1.1")


def coded(body):
    return post("Transfer-Encoding: chunked") + body


HOSTILE = [
    ("H_01", post("Content-Length: 3", "Transfer-Encoding: chunked"), 400),
    ("H_01", post("Transfer-Encoding: chunked", "Content-Length: 3"), 400),
    ("H_02", post("Content-Length: 3", "Content-Length: 4"), 400),
    ("H_02", post("Content-Length: 3", "Content-Length: 3"), 400),
    *[("H_03", post(f"Content-Length: {v}"), 400) for v in (
        "+5", "-1", "0x10", "5 5", "5,5", str(2 ** 64), str(2 ** 63 - 1),
        "1" * 40, "")],
    ("EST_038", post("Content-Length : 5"), 400),
    *[("H_04", coded(b), 400) for b in (
        b"0x5\r\nhello", b"+5\r\nhello", b" 5\r\nhello", b"5_0\r\nhello",
        b"1" * 17 + b"\r\n", b"10000000000000005\r\nhello", b"FFFFFFFF\r\n",
        b"5\r\nhelloXX", b"5\nhello\r\n", b"\r\n", b"5;" + b"e" * 1000000,
        b"0\r\nX: " + b"t" * 2000 + b"\r\n\r\n")],
    *[("H_05", post(f"Transfer-Encoding:{v}"), (400, 501)) for v in (
        " xchunked", " chunked, chunked", " identity", "\tchunked",
        "\vchunked", " gzip, chunked", " chunked\t")],
    ("H_05", post("Transfer-Encoding: chunked",
                  "Transfer-Encoding: chunked"), 400),
    *[("H_06", head(v), 400) for v in (
        "X : y", ": y", "X: a\0b", "X: a\rb", "X: a\nb", "X: y\r\n folded",
        "X: y\r\n\tfolded", " X: y", "X", "X: \x7f")],
    ("H_07", GET.replace(b"\r\n", b"\n"), 400),
    ("H_07", b"GET /a HTTP/1.1\r\nHost: h\n\n", 400),
    ("H_07", GET.replace(b"\r\n", b"\r\r\n"), 400),
    ("H_07", b"GET /a HTTP/1.1\r\n\r\n", 400),
    ("H_07", head("Host: h"), 400),
    *[("H_07", f"GET /a HTTP/1.1\r\nHost: {v}\r\n\r\n".encode(), 400)
      for v in ("h/p", "u@h", "", "h:x", "a b")],
    ("H_08", head("X: " + "y" * 65536), 431),
    ("H_08", head(*["X: " + "y" * 1000] * 64), 431),
    ("H_08", head("X: " + "y" * 32768), 431),
    ("H_08", head(*["X: y"] * 1000), 431),
    ("H_08", head("X: " + "y" * 8000), 431),
    ("H_09", b"GET /" + b"a" * 16384 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    ("H_09", b"GET /" + b"a" * 2048 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    ("H_11", head(first="CONNECT h:443 HTTP/1.1"), 501),
    ("H_11", head(first="OPTIONS * HTTP/1.1"), 501),
    ("H_11", head(first="A" * 100 + " / HTTP/1.1"), 501),
    ("H_11", head(first="get / HTTP/1.1"), 501),
    ("absolute", head(first="GET http://h/a HTTP/1.1"), 400),
    ("user_info", head(first="GET http://u@h/a HTTP/1.1"), 400),
    ("fragment", head(first="GET /a#b HTTP/1.1"), 400),
    ("H_12", b"GET /a\r\n", 505),
    ("H_12", head("Connection: keep-alive", first="GET /a HTTP/1.0"), 505),
    ("H_12", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("H_12", head(first="GET /a HTTP/1.1x"), (400, 505)),
    ("H_12", head(first="GET /a HTTP/9.999"), 505),
    ("H_12", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"r" * 500,
     400),
    ("H_13", post(), 411),
    ("H_14", post("Content-Length: 65537"), 413),
    ("H_14", post("Content-Length: 1073741824"), 413),
    ("H_14", coded(b"8000\r\n" + b"x" * 32768 + b"\r\n8001\r\n"), 413),
    ("H_16", post("Content-Encoding: gzip", "Content-Length: 3"), 415),
    ("H_18", post("Expect: x", "Content-Length: 3"), 417),
    ("H_21", b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n" + GET, 400),
    ("H_21", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + b"\0" * 12, 400),
    ("H_21", b"\r\n\r\n\0\r\nQUI", 400),
    ("EST_036", b"\r\n" * 5 + GET, 400),
    ("EST_036", b"\n" + GET, 400),
]

# est-conformance 2.3: these have no text.
MUTE = (408, 414, 417, 431, 501)


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


@pytest.mark.parametrize(
    "number,request_,status", HOSTILE,
    ids=[f"{n}_{i}" for i, (n, _, _) in enumerate(HOSTILE)])
def test_hostile_requests_are_refused(server, number, request_, status):
    with server.client() as c:
        c.send_what_is_taken(request_)
        assert_refused(c, status)
    with server.client() as c:
        assert c.ask(GET).status == 200
    seen = server.settled(connections=1)
    assert (seen["refused"], seen["requests"]) == (1, seen["accepted"] - 1)
    assert server.finish().count("refused") == 1


@pytest.mark.parametrize("path", [
    "//", "/./", "/../", "/%2e%2e", "/%00", "/%2f", "/.WELL-known/est/",
    "/a/", "/.well-known/est/" + "l" * 300, "/%0a"])
def test_H_09_H_10_odd_paths_reach_the_router_untouched(plain, path):
    with plain.client() as c:
        assert c.ask(head(first=f"GET {path} HTTP/1.1")).body == \
            echo("GET", path)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE",
                                    "PATCH"])
def test_H_11_known_methods_reach_the_router(plain, method):
    with plain.client() as c:
        assert c.ask(head(first=f"{method} /a HTTP/1.1")).body == \
            echo(method, "/a")


def test_H_04_ten_thousand_one_byte_chunks(server):
    with server.client() as c:
        r = c.ask(coded(b"1\r\nx\r\n" * 10000 + b"0\r\n\r\n"))
        assert r.body == echo("POST", "/a", b"x" * 10000)


def test_H_13_more_body_than_said_is_the_next_request(server):
    with server.client() as c:
        c.send(post("Content-Length: 3") + b"abcdefgh\r\n\r\n")
        assert c.reply().body == echo("POST", "/a", b"abc")
        assert_refused(c, 400)


def test_H_14_EST_025_a_413_reaches_a_client_that_goes_on_sending(server):
    for _ in range(5):
        with server.client() as c:
            c.send(post("Content-Length: 1000000"))
            c.send_what_is_taken(b"x" * 1000000)
            assert_refused(c, 413)


def test_H_19_pipelined_good_bad_good(server):
    with server.client() as c:
        c.send(GET + b"GET /b HTTP/1.1\r\n\r\n" + GET)
        assert c.reply().body == echo("GET", "/a")
        assert_refused(c, 400)
    seen = server.settled(connections=1)
    assert seen["requests"] == 1 + seen["accepted"] - 1


@pytest.mark.parametrize("delay", ["", "?delay=2"])
def test_fault_12_fifty_pipelined_requests_are_answered_in_order(
        server, delay):
    with server.client() as c:
        c.send(b"".join(head(first=f"GET /{i}{delay} HTTP/1.1")
                        for i in range(50)))
        for i in range(50):
            assert c.reply().body == echo("GET", f"/{i}",
                                          query=delay[1:] or "-")


def test_H_20_H_21_fields_of_no_concern_are_ignored(server):
    with server.client() as c:
        r = c.ask(head("Range: bytes=0-1", "If-None-Match: *",
                       "Cookie: " + "c" * 7000,
                       "X-Forwarded-For: 127.0.0.1", "Forwarded: for=::1",
                       "Upgrade: h2c", "Accept-Encoding: gzip"))
        assert r.body == echo("GET", "/a")


def test_L_10_a_handshake_may_be_left_anywhere(start):
    server = start(tls=True, head_s=1)
    hello = capture_hello(server)
    fds = server.stats()["descriptors"]
    for at in range(0, len(hello), 16):
        with socket.create_connection(("127.0.0.1", server.port)) as s:
            s.sendall(hello[:at])
    silent = [socket.create_connection(("127.0.0.1", server.port))
              for _ in range(100)]
    for s in silent:
        s.sendall(hello[:100])
    server.settled(connections=1, descriptors=fds, in_work=1)
    for s in silent:
        s.close()


def capture_hello(server):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context(cafile=server.cert)
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def test_L_11_plain_http_on_the_tls_port_gets_no_answer(start):
    server = start(tls=True)
    with socket.create_connection(("127.0.0.1", server.port)) as s:
        s.sendall(GET)
        s.settimeout(10)
        got = b""
        with contextlib.suppress(ConnectionResetError):
            while data := s.recv(1000):
                got += data
    assert b"HTTP" not in got
    server.settled(connections=1)


def test_what_the_gate_lets_through_libevhtp_understands(plain):
    """Mutated requests: each is answered, and none by libevhtp's giving up."""
    rng = random.Random(1)
    seeds = [SPLIT["get"][0], SPLIT["chunked"][0],
             head("X:", "Connection: x", "a: b\tc",
                  first="GET /a/../b//c?d=%e&f HTTP/1.1"),
             post("Content-Length: 5", "content-type: multipart/x") + b"12345"]
    spice = b"\r\n\0 \t:,;/?*#%[]@&=+0Hh\x7f\x80\xff"
    statuses = set()
    for _ in range(1500):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(data))
            data[at:at + rng.choice((0, 0, 1, 1, 6))] = bytes(
                [rng.choice(spice)]) * rng.choice((0, 1, 1, 2))
        with plain.client() as c:
            c.send(bytes(data))
            c.sock.shutdown(socket.SHUT_WR)
            answers = c.at_end()
        for line in re.findall(rb"(?m)^HTTP/1\.1 (\d+) ", answers):
            statuses.add(int(line))
    assert {200, 400, 505} <= statuses
    plain.settled(connections=1)
    assert "The request is malformed." not in plain.finish()


# ---------------------------------------------------------------- deadlines

def slow(c, data):
    """A byte each 100 ms, until the server has had enough."""
    for i in range(len(data)):
        c.send_what_is_taken(data[i:i + 1])
        time.sleep(0.1)
        # A TLS client also hears of session tickets: the end is what counts.
        if i > 5 and select.select([c.sock], [], [], 0)[0]:
            break


def test_EST_043_H_22_a_slow_head_is_cut_at_its_deadline(start):
    server = start(tls=True, head_s=1)
    with server.client() as c:
        begin = time.monotonic()
        slow(c, GET)
        assert_refused(c, 408)
        assert 0.7 < time.monotonic() - begin < 3


def test_EST_043_the_first_deadline_runs_from_accept(start):
    server = start(head_s=1)
    with socket.create_connection(("127.0.0.1", server.port)) as s:
        begin = time.monotonic()
        time.sleep(0.7)
        s.sendall(b"G")
        s.settimeout(5)
        while s.recv(1000):
            pass
        assert time.monotonic() - begin < 1.4


@pytest.mark.parametrize("start_of_body", [
    post("Content-Length: 100") + b"x", coded(b"64\r\nx"), coded(b"6")])
def test_EST_043_H_13_a_body_that_stays_away_is_408(start, start_of_body):
    server = start(head_s=1, body_s=1)
    with server.client() as c:
        c.send(start_of_body)
        assert_refused(c, 408)


def test_EST_043_H_22_a_slow_body_is_cut_at_its_deadline(start):
    server = start(body_s=1)
    with server.client() as c:
        c.send(post("Content-Length: 100"))
        begin = time.monotonic()
        slow(c, b"x" * 100)
        assert_refused(c, 408)
        assert 0.7 < time.monotonic() - begin < 3


def test_H_18_continue_and_then_nothing_is_408(start):
    server = start(tls=True, body_s=1)
    with server.client() as c:
        c.send(post("Content-Length: 3", "Expect: 100-continue"))
        assert c.reply().status == 100
        assert_refused(c, 408)


def test_H_22_who_says_nothing_is_closed_without_a_word(start):
    server = start(head_s=1, idle_s=1)
    silent = [server.client() for _ in range(300)]
    with server.client() as used:
        assert used.ask(GET).status == 200
        used.send(b"\r\n")
        assert used.at_end() == b""
    for c in silent:
        assert c.at_end() == b""
        c.sock.close()
    server.settled(connections=1, refused=0)


def test_the_second_head_has_a_deadline_of_its_own(start):
    server = start(head_s=1, idle_s=5)
    with server.client() as c:
        assert c.ask(GET).status == 200
        time.sleep(1.5)
        assert c.ask(GET).status == 200
        c.send(GET[:10])
        assert_refused(c, 408)


def test_H_22_F_07_who_does_not_read_is_cut_at_the_deadline(start):
    server = start(write_s=1)
    clients = [server.client(rcvbuf=2048) for _ in range(20)]
    for c in clients:
        c.send(head(first="GET /big/8000000 HTTP/1.1"))
    time.sleep(0.3)
    begin = time.monotonic()
    with server.client() as good:
        assert good.ask(GET).status == 200
    assert time.monotonic() - begin < 1
    server.settled(connections=1)
    for c in clients:
        c.sock.close()


def test_a_deadline_does_not_run_while_a_request_is_in_work(start):
    server = start(head_s=1, body_s=1, idle_s=1, write_s=1)
    with server.client() as c:
        assert c.ask(head(first="GET /a?delay=2500 HTTP/1.1")).status == 200
        assert c.ask(GET).status == 200


# -------------------------------------------------------------- client gone

def leave_by_fin(c):
    c.sock.close()


def leave_by_reset(c):
    c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                      struct.pack("ii", 1, 0))
    c.sock.close()


def leave_by_half(c):
    c.sock.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("leave", [leave_by_fin, leave_by_reset,
                                   leave_by_half])
def test_fault_14_who_leaves_while_waiting_is_noticed_at_once(server, leave):
    fds = server.stats()["descriptors"]
    clients = [server.client() for _ in range(50)]
    for c in clients:
        c.send(head(first="GET /a?delay=60000 HTTP/1.1"))
    server.settled(in_work=51)
    for c in clients:
        leave(c)
    seen = server.settled(connections=1, in_work=1, descriptors=fds)
    assert seen["gone"] == 50
    for c in clients:
        c.sock.close()


def test_fault_24_pipelined_and_then_reset(server):
    fds = server.stats()["descriptors"]
    for n in range(30):
        c = server.client()
        c.send(GET * 50)
        time.sleep(0.001 * n)
        leave_by_reset(c)
    server.settled(connections=1, in_work=1, descriptors=fds)


def test_who_closes_its_side_still_gets_an_answer_that_is_ready(plain):
    for request in (GET, head(first="GET /big/300000 HTTP/1.1")):
        with plain.client() as c:
            c.send(request)
            c.sock.shutdown(socket.SHUT_WR)
            assert c.reply().status == 200
            assert c.at_end() == b""
    with plain.client() as c:
        c.send(b"GARBAGE\r\n")
        c.sock.shutdown(socket.SHUT_WR)
        assert_refused(c, 400)


def test_close_notify_behind_the_request_does_not_cost_the_answer(start):
    server = start(tls=True)
    for size in (10, 20000000):  # less and more than the kernel takes
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = ssl.create_default_context(cafile=server.cert).wrap_bio(
            incoming, outgoing, server_hostname="localhost")
        with socket.create_connection(("127.0.0.1", server.port)) as s:
            handshake(s, tls, incoming, outgoing)
            tls.write(head(first=f"GET /big/{size} HTTP/1.1"))
            with contextlib.suppress(ssl.SSLError):
                tls.unwrap()
            s.sendall(outgoing.read())
            time.sleep(0.1)
            got = 0
            while data := s.recv(65536):
                got += len(data)
            assert got > size


def handshake(s, tls, incoming, outgoing):
    while True:
        try:
            tls.do_handshake()
            s.sendall(outgoing.read())
            return
        except ssl.SSLWantReadError:
            s.sendall(outgoing.read())
            incoming.write(s.recv(65536))


def test_reading_ahead_is_bounded(start):
    server = start()
    with server.client() as c:
        c.send(head(first="GET /a?delay=700 HTTP/1.1"))
        c.sock.settimeout(0.4)
        sent = 0
        with contextlib.suppress(socket.timeout, BlockingIOError):
            while sent < 64 << 20:
                sent += c.sock.send(GET * 1000)
        assert sent < 16 << 20
        with open(f"/proc/{server.process.pid}/status") as f:
            text = f.read()
        before = int(re.search(r"VmRSS:\s+(\d+)", text).group(1))
        assert before < (400 << 10 if MODE == "asan" else 40 << 10)
        c.sock.settimeout(20)
        assert c.reply().status == 200
        for _ in range(100):
            assert c.reply().body == echo("GET", "/a")


# --------------------------------------------------------------- one write

def test_EST_034_an_answer_is_one_segment(plain):
    with plain.client() as c:
        for size in (1, 1000, 15000):
            c.send(head(first=f"GET /big/{size} HTTP/1.1"))
            assert len(c.sock.recv(65536)) > size


@pytest.mark.parametrize("request_,records", [
    (GET, 1), (head(first="GET /big/15000 HTTP/1.1"), 1),
    (b"BAD\r\n", 1), (head(first="GET /big/20000 HTTP/1.1"), 2)])
def test_EST_034_an_answer_is_one_tls_record(start, request_, records):
    server = start(tls=True)
    context = ssl.create_default_context(cafile=server.cert)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # types are in the clear
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", server.port)) as s:
        handshake(s, tls, incoming, outgoing)
        tls.write(request_.replace(b"\r\n\r\n",
                                   b"\r\nConnection: close\r\n\r\n"))
        s.sendall(outgoing.read())
        got = b""
        while data := s.recv(65536):
            got += data
    types = []
    while got:
        types.append(got[0])
        got = got[5 + int.from_bytes(got[3:5], "big"):]
    # EST-025: close_notify (21) comes last, once, and then FIN.
    assert types == [23] * records + [21]


# ------------------------------------------------------ ceilings and floods

def test_connections_over_the_ceiling_are_closed_at_once(start):
    server = start(connections=5)
    kept = [server.client() for _ in range(5)]
    for c in kept:
        assert c.ask(GET).status == 200
    for _ in range(10):
        with contextlib.suppress(ConnectionResetError):
            with server.client() as c:
                assert c.at_end() == b""
    for c in kept:
        assert c.ask(GET).status == 200
    kept.pop().sock.close()
    time.sleep(0.1)
    assert server.stats()["turned_away"] == 10
    for c in kept:
        c.sock.close()


def test_connections_of_one_address_have_a_ceiling(start):
    server = start(per_address=3)
    kept = [server.client() for _ in range(3)]
    for c in kept:
        assert c.ask(GET).status == 200
    with contextlib.suppress(ConnectionResetError):
        with server.client() as c:
            assert c.at_end() == b""
    other = socket.socket()
    other.bind(("127.0.0.2", 0))
    other.connect(("127.0.0.1", server.port))
    other.sendall(head("Connection: close", first="GET /stats HTTP/1.1"))
    answer = b""
    while data := other.recv(1000):
        answer += data
    assert b"turned_away=1\n" in answer and b"peer=127.0.0.2\n" in answer
    other.close()
    for c in kept:
        c.sock.close()


def test_fault_20_F_58_no_descriptors_is_no_busy_loop(start):
    server = start(nofile=40, head_s=2)
    with server.client() as kept:
        assert kept.ask(GET).status == 200
        flood = [server.client() for _ in range(100)]
        time.sleep(0.3)
        before = server.cpu_s()
        time.sleep(1)
        assert server.cpu_s() - before <= 0.1
        assert kept.ask(GET).status == 200
        for c in flood:
            c.sock.close()
    seen = server.settled(connections=1)
    assert seen["accept_errors"] >= 3
    assert len(server.finish()) < 2000


# ------------------------------------------------------------------- drain

def test_drain_closes_idle_ones_and_waits_for_the_others(start):
    server = start(tls=True)
    idle, working, begun, fresh = [server.client() for _ in range(4)]
    assert idle.ask(GET).status == 200
    working.send(head(first="GET /a?delay=1200 HTTP/1.1") + GET)
    begun.send(post("Content-Length: 3") + b"a")
    time.sleep(0.2)
    server.terminate()
    assert idle.at_end() == b""
    with pytest.raises(OSError):
        server.client()
    begun.send(b"bc")
    for c, method in ((begun, "POST"), (working, "GET")):
        r = c.reply()
        assert r.status == 200 and r.closes and r.body.startswith(
            method.encode())
        assert c.at_end() == b""
        c.sock.close()
    assert server.process.poll() is None
    assert fresh.ask(GET).closes
    assert fresh.at_end() == b""
    fresh.sock.close()
    assert server.process.wait(5) == 0
    idle.sock.close()


def test_drain_with_nobody_there_ends_at_once(start):
    server = start()
    server.terminate()
    assert server.process.wait(5) == 0


# ------------------------------------------------------------------- others

def test_many_clients_at_once_are_all_answered(server):
    wrong = []

    def visit(n):
        body = b"%d" % n * 50
        with server.client() as c:
            for _ in range(20):
                r = c.ask(POST + b"Content-Length: %d\r\n\r\n" % len(body) +
                          body)
                if r.body != echo("POST", "/a", body):
                    wrong.append(r)

    threads = [threading.Thread(target=visit, args=(n,)) for n in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []
    assert server.settled(connections=1)["requests"] >= 320


def test_an_idle_connection_is_small(start):
    server = start(tls=True)
    wanted = 300
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft > wanted + 50 and hard
    if MODE != "release":
        wanted = 10

    def resident():
        with open(f"/proc/{server.process.pid}/status") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))

    with server.client() as first:
        first.ask(GET)
        before = resident()
        clients = [server.client() for _ in range(wanted)]
        for c in clients:
            assert c.ask(GET).status == 200
        if MODE == "release":
            assert (resident() - before) / wanted <= 40  # KiB, design 10
        for c in clients:
            c.sock.close()
