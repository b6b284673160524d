"""A request may come in any pieces (F-01)."""

import pytest

from koshin_tests.gate import SPLIT


@pytest.mark.parametrize("name", SPLIT)
def test_fault_1_a_request_may_be_split_at_every_byte(server, name):
    """Two writes with a pause, at each byte in turn: a reader that remembers
    too little between two reads shows at the one byte where it matters."""
    request, wanted = SPLIT[name]
    with server.client() as c:
        for at in range(1, len(request)):
            c.send(request[:at], request[at:], pause=0.002)
            assert c.reply().body == wanted, at


@pytest.mark.parametrize("name", SPLIT)
def test_fault_1_a_request_may_come_byte_by_byte(server, name):
    """A write for each byte: as above, with all the splits in one request."""
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
