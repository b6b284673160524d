"""Several who do something to one account at the same moment."""

import contextlib

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from psycopg2 import errors

from koshin_tests import promises
from koshin_tests.clients import requests
from koshin_tests.clients.raw import PKCS10, ask, post
from koshin_tests.patience import at_once
from koshin_tests.place import LONG

ROUNDS = 1000 if LONG else 12


@pytest.fixture(scope="module")
def server(module_server):
    return module_server().start()


def lift(server, account):
    """Of who is closed meanwhile there is nothing to lift."""
    with contextlib.suppress(errors.NoDataFound):
        server.rows(
            "SELECT koshin.lift_account('test', %s, 'why')", account.user
        )


def test_F_71_revoke_renew_unlock_and_close_at_once(server):
    """Whatever the order: at most one current certificate, none of a closed
    account that is good, and nobody holds what the ledger does not know."""
    delivered = []
    for _ in range(ROUNDS):
        account, old = server.identity()
        csr = requests.same_names(requests.new_key(), old.certificate)
        data = post("device/simplereenroll", csr, PKCS10)
        server.rows(
            "SELECT koshin.lock_account(%s, 1, now() + interval '1 h', false)",
            account.row("id"),
        )
        answer, *_ = at_once([
            lambda: ask(server, data, identity=old),
            lambda: server.revoke(old.certificate, "superseded"),
            lambda: lift(server, account),
            lambda: server.rows(
                "SELECT koshin.close_account('test', %s, 'why')", account.user
            ),
        ])  # fmt: skip
        assert answer.status in (200, 202, 403, 503), answer.text
        delivered.append(old.certificate.public_bytes(Encoding.DER))
        if answer.status == 200:
            delivered.append(requests.der(answer))
        assert account.row("state") == "closed"
        ((current, good),) = server.rows(
            "SELECT count(*) FILTER (WHERE c.current), count(*) FILTER"
            " (WHERE c.state = 'issued' AND r.serial IS NULL)"
            " FROM koshin.certificate c LEFT JOIN koshin.revocation r"
            " USING (serial) WHERE c.account = %s",
            account.row("id"),
        )
        assert current <= 1 and good == 0
        # And for good.
        assert ask(server, data, identity=old).status == 403
    assert promises.wrongs(server, delivered) == []
