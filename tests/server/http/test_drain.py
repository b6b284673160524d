"""The end: idle connections are closed, the others are waited for."""

import time

import pytest

from koshin_tests.gate import GET, head, post
from koshin_tests.patience import PATIENCE_S


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
    assert server.process.wait(PATIENCE_S) == 0
    idle.sock.close()


def test_drain_with_nobody_there_ends_at_once(start):
    server = start()
    server.terminate()
    assert server.process.wait(PATIENCE_S) == 0
