"""A door behind the gate: tests/lib/test_door.c, one endpoint of two steps, is
mounted on an engine in the same program. Nothing in http/ knows it."""

import re

from koshin_tests.gate import GET, HOST


def greeting(name, path="/test/greeting"):
    return (f"POST {path} HTTP/1.1\r\n".encode() + HOST +
            b"Content-Length: %d\r\n\r\n%s" % (len(name), name))


def test_a_door_of_two_steps_is_served_by_its_mount_line_alone(server):
    with server.client() as c:
        r = c.ask(greeting(b"hanako"))
        assert (r.status, r.body) == (200, b"Good morning, hanako.\n")
        assert r.field("X-Clerk") == "yes" and not r.closes
        r = c.ask(greeting(b"nobody"))
        assert (r.status, r.body) == (200, b"Nobody is here.\n")
        r = c.ask(greeting(b"Hanako"))
        assert (r.status, r.body) == (422, b"A name is of small letters.\n")
        assert c.ask(greeting(b"x", path="/test/other")).status == 404
        r = c.ask(GET.replace(b"/a", b"/test/greeting"))
        assert (r.status, r.field("Allow")) == (405, "POST")
    log = server.finish()
    assert re.search(
        r"info \S+ request req=\w+ outcome=ok peer=127\.0\.0\.1 "
        + ("tls=TLSv1.3 " if server.tls else "") +
        r"operation=greeting name=hanako ms=", log), log
    assert "outcome=bad-name" in log and log.count(" request ") == 5


def test_F_26_a_door_that_is_late_answers_503(start):
    server = start(clerk_ms=60000, limit_ms=1)
    with server.client() as c:
        r = c.ask(greeting(b"hanako"))
        assert (r.status, r.field("Retry-After"), r.closes) == (503, "60", True)


def test_a_client_that_leaves_a_door_leaves_nothing_behind(start):
    server = start(clerk_ms=60000, limit_ms=60000)
    with server.client() as c:
        c.send(greeting(b"hanako"))
        server.settled(in_work=2)
    server.settled(in_work=1, gone=1)
    assert "outcome=client-gone" in server.finish()
