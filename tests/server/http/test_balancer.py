"""Behind a balancer: whose connection is it? (T1: spoofed client address)"""

import contextlib
import re

import pytest

from koshin_tests.gate import GET, echo, head, let_in
from koshin_tests.patience import until
from koshin_tests.proxy import LOCAL, SIGNATURE, haproxy, header

BALANCER = "127.0.0.2"
STATS = head(first="GET /stats HTTP/1.1")


@pytest.fixture(params=["plain", "tls"])
def tls(request):
    return request.param == "tls"


def peer(client):
    answer = client.ask(STATS)
    assert answer.status == 200
    return re.search(rb"\npeer=(.*)\n", answer.body).group(1).decode()


def refused(client):
    with contextlib.suppress(ConnectionResetError):
        assert client.at_end() == b""
    return True


@pytest.mark.parametrize("source", ["192.0.2.7", "2001:db8::7"])
@pytest.mark.parametrize("tlvs", [b"", b"\x05\x00\x02id" * 50])
def test_T1_a_listed_balancer_names_its_client(start, tls, source, tlvs):
    server = start(tls=tls, balancer=BALANCER)
    first = header(source, tlvs=tlvs)
    with server.client(source=BALANCER, first=first) as c:
        assert peer(c) == source
        assert peer(c) == source
    with server.client() as c:
        assert peer(c) == "127.0.0.1"


def test_T1_a_header_in_pieces_with_the_request_behind_it_is_the_same(start):
    server = start(balancer=BALANCER)
    whole = header("192.0.2.7", tlvs=b"\x05\x00\x02id") + STATS
    with server.client(source=BALANCER) as c:
        c.send(*[whole[i : i + 1] for i in range(len(whole))])
        assert b"\npeer=192.0.2.7\n" in c.reply().body
    with server.client(source=BALANCER) as c:
        c.send(whole)
        assert b"\npeer=192.0.2.7\n" in c.reply().body


def test_T1_from_elsewhere_no_header_is_believed(start):
    """It is no request either: 400, and in the log is who has sent it."""
    server = start(balancer=BALANCER)
    with server.client(first=header("192.0.2.7")) as c:
        c.send_what_is_taken(GET)
        assert c.reply().status == 400
    with server.client() as c:
        forged = GET.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n")
        assert c.ask(forged).status == 200
        assert peer(c) == "127.0.0.1"
    log = server.logged()
    assert re.search(r" refused ip=127\.0\.0\.1 status=400 ", log)
    assert "192.0.2.7" not in log


def test_T1_without_a_list_nobody_is_believed(start):
    server = start()
    with server.client(source=BALANCER, first=header("192.0.2.7")) as c:
        c.send_what_is_taken(GET)
        assert c.reply().status == 400


@pytest.mark.parametrize(
    "bytes_",
    [
        GET,
        b"PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\n" + GET,
        SIGNATURE + b"\x21\x00\x00\x00" + GET,
        SIGNATURE + b"\x21\x31\x00\xd8" + b"/" * 216 + GET,
        SIGNATURE + b"\x21\x11\xff\xff" + b"x" * 2000,
    ],
)
def test_T1_a_balancer_that_names_no_client_is_not_served(start, bytes_):
    server = start(balancer=BALANCER, tell_s=1)
    with server.client(source=BALANCER) as c:
        c.send_what_is_taken(bytes_)
        assert refused(c)
    assert server.settled(proxy=1)["requests"] > 0
    until(lambda: re.search(r" turned-away proxy=1\n", server.logged()))


def test_T1_a_header_that_does_not_come_is_waited_for_like_a_head(start):
    server = start(balancer=BALANCER, head_s=1)
    with server.client(source=BALANCER) as c:
        c.send(header("192.0.2.7")[:20])
        assert refused(c)
    server.settled(connections=1)


def test_T1_a_balancer_may_look_whether_we_live(start):
    """By a connection that it closes, by one of its own, however many."""
    server = start(balancer=BALANCER, per_address=2)
    server.client(source=BALANCER).sock.close()
    own = [server.client(source=BALANCER, first=LOCAL) for _ in range(5)]
    for c in own:
        assert peer(c) == BALANCER
        c.sock.close()
    server.settled(connections=1)


def test_T1_the_ceiling_of_an_address_is_that_of_the_client(start):
    """Not of the balancer, from which all come."""
    server = start(balancer=BALANCER, per_address=3)

    def come(source):
        return server.client(source=BALANCER, first=header(source))

    kept = [come(f"192.0.2.{n % 3}") for n in range(9)]
    for c in kept:
        assert c.ask(GET).status == 200
    with come("192.0.2.1") as c:
        c.send_what_is_taken(GET)
        assert refused(c)
    with come("192.0.2.4") as c:
        assert c.ask(GET).status == 200
        assert server.stats()["address"] == 1
    for c in kept:
        c.sock.close()


def test_T1_handshakes_of_one_48_have_a_rate(start):
    """Whoever has a /48 has 65,536 networks of clients: none of them is used
    up, and yet the next of these is turned away. Others are not."""
    server = start(tls=True, balancer=BALANCER, network_handshakes=20)

    def knock(source):
        with server.client(source=BALANCER, first=header(source)) as c:
            return c.ask(GET).status

    assert let_in(lambda n: knock(f"2001:db8:7:{n:x}::1"), 20) >= 20
    assert knock("2001:db8:8::1") == knock("192.0.2.7") == 200
    assert server.stats()["rate"] == 1


def test_T1_who_gives_way_is_judged_by_the_client(start):
    server = start(balancer=BALANCER, connections=10)

    def come(source):
        client = server.client(source=BALANCER, first=header(source))
        assert client.ask(GET).status == 200
        return client

    other = come("198.51.100.7")
    crowd = [come(f"192.0.2.{n}") for n in range(1, 50)]
    assert peer(other) == "198.51.100.7"
    for c in crowd:
        c.sock.close()


@pytest.mark.parametrize("how", ["send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id check inter 1s"])
def test_T1_a_real_haproxy_is_understood(start, tmp_path, tls, how):
    """The client of HAProxy has an address of its own, 127.0.0.9."""
    server = start(tls=tls, balancer=BALANCER)
    with haproxy(tmp_path, server.port, f"{how} source {BALANCER}") as port:
        for _ in range(3):
            with server.client(port=port, source="127.0.0.9") as c:
                assert c.ask(GET).body == echo("GET", "/a")
                assert peer(c) == "127.0.0.9"
    assert server.settled(connections=1)["proxy"] == 0


def test_T1_a_real_haproxy_that_sends_no_header_is_not_served(start, tmp_path):
    server = start(balancer=BALANCER)
    with haproxy(tmp_path, server.port, f"source {BALANCER}") as port:
        with server.client(port=port) as c:
            c.send_what_is_taken(GET)
            assert refused(c)
