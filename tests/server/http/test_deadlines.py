"""Who is slow is cut at a deadline, and nobody else."""

import select
import time

import pytest

from koshin_tests.gate import (
    GET, assert_refused, coded, connect, head, post,
)


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
        slow(c, GET)  # were it put off by each byte, all of it would come
        assert_refused(c, 408)
        assert time.monotonic() - begin > 0.7


def test_EST_043_the_first_deadline_runs_from_accept(start):
    server = start(head_s=6)
    with connect(server) as s:
        time.sleep(5)
        begin = time.monotonic()
        s.sendall(b"G")
        while s.recv(1000):
            pass
        assert time.monotonic() - begin < 6  # of which 5 are for the machine


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
        slow(c, b"x" * 99)
        assert_refused(c, 408)
        assert time.monotonic() - begin > 0.7


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
    server = start(write_s=3, memory=1 << 30)
    clients = [server.client(rcvbuf=2048) for _ in range(20)]
    for c in clients:
        c.send(head(first="GET /big/8000000 HTTP/1.1"))
    with server.client() as good:
        assert good.ask(GET).status == 200
        assert server.stats()["connections"] > 2  # it waited for none of them
    server.settled(connections=1)
    for c in clients:
        c.sock.close()


def test_a_deadline_does_not_run_while_a_request_is_in_work(start):
    server = start(head_s=1, body_s=1, idle_s=1, write_s=1)
    with server.client() as c:
        assert c.ask(head(first="GET /a?delay=2500 HTTP/1.1")).status == 200
        assert c.ask(GET).status == 200
