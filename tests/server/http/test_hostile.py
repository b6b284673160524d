"""Requests that are none, and what they cost (H-..)."""

import random
import re
import socket
import ssl

import pytest

from koshin_tests.gate import (
    GET, HOST, SPLIT, assert_refused, coded, connect, echo, head, post,
)


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
    ("C_32 H_05 EST_038", post("Transfer-Encoding: gzip"), 501),
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
    ("relative", head(first="GET a HTTP/1.1"), 400),
    ("user_info", head(first="GET http://u@h/a HTTP/1.1"), 400),
    ("fragment", head(first="GET /a#b HTTP/1.1"), 400),
    ("H_12", b"GET /a\r\n", 505),
    ("H_12", head("Transfer-Encoding: chunked", first="POST /a HTTP/1.0"),
     400),
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
        with connect(server) as s:
            s.sendall(hello[:at])
    silent = [connect(server)
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


def test_C_30_L_11_plain_http_on_the_tls_port_hears_that_it_is_tls(start):
    """One line tells of many, as of any handshake that fails."""
    server = start(tls=True)
    for _ in range(10):
        with connect(server) as s:
            s.sendall(GET)
            got = b""
            while data := s.recv(1000):
                got += data
        assert got.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert got.endswith(b"\r\n\r\nThis port speaks TLS; use https.\n")
    log = server.logged()
    assert log.count('handshake-failed reason="plain HTTP" count=1') == 1
    assert " refused " not in log


def test_C_30_who_only_looks_whether_we_live_has_not_failed(start):
    """A balancer's check connects and says nothing."""
    server = start(tls=True)
    for _ in range(5):
        connect(server).close()
    assert server.settled(connections=1)["accepted"] >= 6
    assert "handshake-failed" not in server.logged()


def test_C_30_many_handshakes_that_fail_are_told_together(start):
    """A record of TLS with no handshake in it, and one that stops there. The
    first of a reason is told at once, the rest when the minute or all ends."""
    server = start(tls=True)
    for first in (b"\x16\3\1\0\5hello", b"\x16\3\1\0\5"):
        for _ in range(8):
            with connect(server) as s:
                s.sendall(first)
                s.shutdown(socket.SHUT_WR)
                while s.recv(4096):
                    pass
    log = server.finish()
    told = re.findall(
        r'handshake-failed reason="(.*)" count=(\d+) ip=127\.0\.0\.1\n', log
    )
    assert len(told) == 4, log
    assert [n for _, n in sorted(told)] == ["1", "7", "1", "7"]
    assert set(dict(told)) == {
        "unexpected message", "unexpected eof while reading",
    }  # fmt: skip


def test_C_29_a_url_is_a_target(server):
    """RFC 9112 3.2.2: as a client sends it that was given a proxy."""
    with server.client() as c:
        for first in ("GET https://ca.example:8443/a?b HTTP/1.1",
                      "GET http://other.example/a?b HTTP/1.1"):
            answer = c.ask(head(first=first))
            assert (answer.status, answer.closes) == (200, False)
            assert answer.body == echo("GET", "/a", query="b")


def test_C_29_H_12_http_1_0_gets_its_answer_and_the_end(server):
    """As ab, old wget and busybox write it; no second request is read."""
    for fields in (b"", b"Host: h\r\nConnection: keep-alive\r\n"):
        with server.client() as c:
            answer = c.ask(b"GET /a HTTP/1.0\r\n" + fields + b"\r\n" + GET)
            assert (answer.status, answer.closes) == (200, True)
            assert answer.body == echo("GET", "/a")
            assert c.at_end() == b""
    with server.client() as c:
        answer = c.ask(b"POST /a HTTP/1.0\r\nExpect: 100-continue\r\n"
                       b"Content-Length: 5\r\n\r\n12345")
        assert answer.body == echo("POST", "/a", b"12345")


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
