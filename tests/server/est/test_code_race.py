"""One code, many requests at the same moment: it authorises one request to be
signed (I-6), at however many instances they arrive."""

import base64

import pytest

from koshin_tests import promises
from koshin_tests.burst import Burst, enrollment, roomy, statuses
from koshin_tests.clients import requests
from koshin_tests.crowd import codes, crowd
from koshin_tests.place import LONG

ROUNDS = 2000 if LONG else 200
AT_ONCE = 8


@pytest.fixture(scope="module")
def three(module_server):
    server = module_server(change=roomy)
    server.start()
    with server.twin() as second, server.twin() as third:
        yield server, second, third


def new_requests(many):
    return [requests.request() for _ in range(many)]


def race(servers, account, code, csrs):
    """The replies, in the order of the requests."""
    secret = account.password + code
    return Burst(*servers).fire(
        [enrollment(account, secret, csr) for csr in csrs]
    )


def issued(server):
    """{user: how many certificates}."""
    return dict(
        server.rows(
            "SELECT a.user_id, count(*) FROM koshin.certificate c"
            " JOIN koshin.account a ON a.id = c.account"
            " WHERE c.state = 'issued' GROUP BY 1"
        )
    )


def test_F_66_a_code_is_accepted_for_one_of_eight_requests(three):
    """R-AUTH-2, EST-193: also of those that come later."""
    accounts = crowd(three[0], ROUNDS)
    code_of = codes(three[0], accounts)
    delivered = []
    for account in accounts:
        csrs = new_requests(AT_ONCE)
        replies = race(three, account, code_of[account.user], csrs)
        seen = statuses(replies)
        assert seen[200] == 1, (account.user, seen)
        assert set(seen) <= {200, 401, 429}, seen
        won = next(i for i in range(AT_ONCE) if replies[i].status == 200)
        delivered.append(requests.der(replies[won]))
        assert requests.public(
            requests.certificate(replies[won].body)
        ) == public_of(csrs[won])
    counts = issued(three[0])
    assert [counts[a.user] for a in accounts] == [1] * ROUNDS
    assert promises.wrongs(three[0], delivered, three[1:]) == []


def public_of(csr):
    return requests.public(
        requests.x509.load_der_x509_csr(csr).public_key()
    )


def test_F_65_the_same_request_eight_times_is_one_certificate(three):
    """I-6: all that is answered is the same bytes."""
    accounts = crowd(three[0], ROUNDS // 2)
    code_of = codes(three[0], accounts)
    delivered = []
    for account in accounts:
        csr = requests.request()
        replies = race(three, account, code_of[account.user], [csr] * AT_ONCE)
        seen = statuses(replies)
        assert seen[200] >= 1, (account.user, seen)
        assert set(seen) <= {200, 202, 429, 503}, seen
        bodies = {
            base64.b64decode(r.body) for r in replies if r.status == 200
        }
        assert len(bodies) == 1, account.user
        delivered += [requests.der(r) for r in replies if r.status == 200]
    counts = issued(three[0])
    assert [counts[a.user] for a in accounts] == [1] * (ROUNDS // 2)
    assert promises.wrongs(three[0], delivered, three[1:]) == []
