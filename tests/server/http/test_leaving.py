"""Clients that go away, at any moment and in any way."""

import contextlib
import re
import socket
import ssl
import struct
import time

import pytest

from koshin_tests.gate import (
    GET, assert_refused, connect, echo, handshake, head,
)
from koshin_tests.patience import PATIENCE_S
from koshin_tests.place import MODE


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
    """Fifty clients leave, by FIN, RST, or shutdown, while their answer is
    made: a question of nobody must end, and its descriptor be free."""
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
    """Fifty requests in one write and RST a moment later: those that are in
    work, read, or unread are all dropped, and nothing of them stays."""
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
    """A client says close_notify right behind its request, as some do, and
    reads on: that is the end of what it sends, not of what it wants."""
    server = start(tls=True)
    for size in (10, 20000000):  # less and more than the kernel takes
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = ssl.create_default_context(cafile=server.cert).wrap_bio(
            incoming, outgoing, server_hostname="localhost")
        with connect(server) as s:
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
        c.sock.settimeout(PATIENCE_S)
        assert c.reply().status == 200
        for _ in range(100):
            assert c.reply().body == echo("GET", "/a")
