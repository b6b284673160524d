"""What a sealer that was taken over can still do, and what it can not (T8):
it has the audit key and the database role of the sealer. It seals what it
likes from then on, or nothing; what a head that was copied off the machine
says stays true."""

import os

import pytest
from psycopg2 import errors

from koshin_tests.database import connected
from koshin_tests.sealing import (
    head_of, new_rows, unsealed, verified, verify, wait_sealed,
)


@pytest.fixture
def sealer(server):
    """A cursor of the sealer's role."""
    with connected(server.services, "koshin_sealer", "koshin") as connection:
        yield connection.cursor()


def test_T8_it_seals_wrongly_and_that_shows(server, sealer):
    """What remains: a seal that no key has made stands in the chain for good.
    Nothing is sealed behind it, and verify names its place."""
    new_rows(server, 3)
    wait_sealed(server)
    verified(server)
    position, mac = head_of(server)
    server.instance.stop()
    new_rows(server, 1)
    (row,) = server.rows("SELECT audit FROM koshin.audit_unsealed")[0]
    sealer.execute(
        "SELECT koshin.seal_audit(%s, %s, %s, %s)",
        (position + 1, bytes.fromhex(mac), [row], [os.urandom(32)]),
    )
    assert sealer.fetchone() == (True,)
    found = verify(server)
    assert (found["fault"], found["fault_position"]) == (
        "changed", position + 1,
    )  # fmt: skip
    old = verify(server, "--head-position", str(position), "--head-mac", mac)
    assert old["fault_position"] == position + 1


def test_T8_it_continues_the_chain_and_nothing_else(server, sealer):
    """No place twice, none left out, no row twice."""
    newest = server.rows(
        "SELECT position, mac FROM koshin.audit_seal"
        " ORDER BY position DESC LIMIT 2"
    )
    (last, mac), (_, before) = newest
    sealed = server.one("SELECT audit FROM koshin.audit_seal WHERE position ="
                        " %s", last)  # fmt: skip
    for first, behind in ((last, before), (last + 2, mac), (last + 1, before)):
        sealer.execute("SELECT koshin.seal_audit(%s, %s, %s, %s)",
                       (first, bytes(behind), [sealed], [bytes(32)]))  # fmt: skip
        assert sealer.fetchone() == (False,)
    with pytest.raises(errors.RestrictViolation):
        sealer.execute("SELECT koshin.seal_audit(%s, %s, %s, %s)",
                       (last + 1, bytes(mac), [sealed], [bytes(32)]))  # fmt: skip


NOT_ITS = [
    "UPDATE koshin.audit SET actor = 'x'",
    "DELETE FROM koshin.audit",
    "INSERT INTO koshin.audit (action, object) VALUES ('x', 'x')",
    "DELETE FROM koshin.audit_seal",
    "UPDATE koshin.audit_seal SET mac = 'x'",
    "DELETE FROM koshin.audit_unsealed",
    "SELECT FROM koshin.audit_unsealed FOR UPDATE",
    "SELECT FROM koshin.turn FOR UPDATE",
    "SELECT user_id FROM koshin.account",
    "SELECT FROM koshin.contract",
    "SELECT FROM koshin.certificate",
    "SELECT FROM koshin.mail",
    "SELECT FROM koshin.session",
    "SELECT koshin.audited('x', 'x', 'x', 1)",
    "SELECT koshin.set_name('x', 'x', 'x')",
    "SELECT koshin.take_mails(1, 60)",
    "SELECT koshin.key_taken(1, 'x')",
    "SELECT pg_advisory_lock(1)",
]


@pytest.mark.parametrize("sql", NOT_ITS)
def test_T8_what_the_sealer_does_not_do_in_the_database(sealer, sql):
    """It changes no row of the trail, reads nobody, and stops nobody but
    itself."""
    with pytest.raises(errors.InsufficientPrivilege):
        sealer.execute(sql)


def test_T8_I_12_what_it_does_not_seal_is_heard(new_server):
    """It takes the lead and does nothing with it, so that no other sealer
    works: the courier says so."""
    server = new_server()
    with connected(server.services, "koshin_sealer", "koshin") as connection:
        connection.cursor().execute("SELECT koshin.lead_sealing()")
        server.start()
        new_rows(server, 1)
        server.until(lambda: "error courier audit-unsealed " in
                     server.instance.log_text())  # fmt: skip
        assert unsealed(server) >= 1
    wait_sealed(server)
    verified(server)
