"""What the issuer promises when several ask at the same moment: one process
holds the key and writes the ledger, in batches."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from koshin_tests.clients import raw, requests
from koshin_tests.clients.raw import PKCS10, post

MANY = 16


@pytest.fixture(scope="module")
def server(module_server):
    """Of their own: they look at the whole ledger."""
    return module_server().start()


def renew_together(server, old, csrs):
    """The answers to re-enrollments that are sent at once, each on a
    connection of its own."""
    open_ones = [raw.Connection(server, identity=old) for _ in csrs]
    try:
        for connection, csr in zip(open_ones, csrs):
            connection.send(post("device/simplereenroll", csr, PKCS10))
        return [connection.reply() for connection in open_ones]
    finally:
        for connection in open_ones:
            connection.close()


def expect_whole(server):
    """I-1 to I-3, read from the ledger: what was reserved is what was
    signed, and nothing is left open."""
    rows = server.rows(
        "SELECT serial, state, tbs_digest, fingerprint, der"
        " FROM koshin.certificate"
    )
    assert rows
    for serial, state, tbs, fingerprint, der in rows:
        assert state == "issued"
        made = x509.load_der_x509_certificate(bytes(der))
        assert made.serial_number.to_bytes(20, "big") == bytes(serial)
        assert requests.sha256(made.tbs_certificate_bytes) == bytes(tbs)
        assert requests.sha256(bytes(der)) == bytes(fingerprint)


def test_I_3_I_6_one_request_many_times_at_once_is_one_certificate(server):
    account, old = server.identity()
    csr = requests.same_names(requests.new_key(), old.certificate)
    replies = renew_together(server, old, [csr] * MANY)
    assert {r.status for r in replies} == {200}
    assert len({r.body for r in replies}) == 1
    assert server.certificates_of(account) == 2
    expect_whole(server)


def test_I_5_many_requests_of_one_device_go_one_after_the_other(server):
    """In a window that is always open: each certificate replaces the one
    before it, and the last one is the current one."""
    account, old = server.identity()
    csrs = [
        requests.same_names(requests.new_key(), old.certificate)
        for _ in range(MANY)
    ]
    replies = renew_together(server, old, csrs)
    assert {r.status for r in replies} == {200}
    assert len({r.body for r in replies}) == MANY
    rows = server.rows(
        "SELECT c.serial, c.replaces, c.current FROM koshin.certificate c"
        " JOIN koshin.account a ON a.id = c.account WHERE a.user_id = %s",
        account.user,
    )
    after = {bytes(r) if r else None: bytes(s) for s, r, _ in rows}
    assert len(after) == len(rows) == MANY + 1  # nothing replaced twice
    last = after[None]
    for _ in range(MANY):
        last = after[last]
    assert [bytes(s) for s, _, current in rows if current] == [last]
    expect_whole(server)


def test_EST_161_one_key_for_two_accounts_at_once(server):
    """The first has it; the other hears 4xx, and no code or certificate of
    it is spent: with another key it renews."""
    pairs = [server.identity() for _ in range(2)]
    key = requests.new_key()
    open_ones = [raw.Connection(server, identity=old) for _, old in pairs]
    for connection, (_, old) in zip(open_ones, pairs):
        csr = requests.same_names(key, old.certificate)
        connection.send(post("device/simplereenroll", csr, PKCS10))
    replies = [connection.reply() for connection in open_ones]
    for connection in open_ones:
        connection.close()
    good = [r.status == 200 for r in replies]
    assert sorted(good) == [False, True], [r.status for r in replies]
    assert replies[good.index(False)].status in (400, 403)
    _, loser = pairs[good.index(False)]
    csr = requests.same_names(requests.new_key(), loser.certificate)
    (again,) = renew_together(server, loser, [csr])
    assert again.status == 200, again.text
    expect_whole(server)


@pytest.mark.parametrize("which", ["ca/issuing", "ca/root", "tls/server"])
def test_S_08_keys_of_ours_are_not_certified(server, which):
    _, old = server.identity()
    path = f"{server.folder}/{which}.key"
    if which == "ca/root":
        path = server.instance.root_key
    with open(path, "rb") as f:
        key = serialization.load_pem_private_key(f.read(), None)
    csr = requests.same_names(key, old.certificate)
    (reply,) = renew_together(server, old, [csr])
    assert reply.status in (400, 403)
    key = requests.new_key()
    csr = requests.same_names(key, old.certificate)
    (reply,) = renew_together(server, old, [csr])
    assert reply.status == 200, reply.text
