"""What the gate answers to good requests, to the byte."""

import re
import ssl
import time

import pytest

from koshin_tests.gate import (
    GET, HOST, POST, chunked, connect, echo, handshake, head,
)


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
    with connect(server) as s:
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
