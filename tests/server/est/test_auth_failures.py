"""T1: one password that is tried at many accounts is seen, though no account
of them has a failure too many."""

import pytest

from koshin_tests.burst import lines
from koshin_tests.clients import requests

USUAL = 8
WRONG = "Wrong-1234"


def few(settings):
    settings["policy"]["failures_per_minute"] = USUAL


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=few).start()


def test_T1_an_unusual_rate_of_failures_over_all_accounts_is_told(server):
    csr = requests.request()
    for n in range(3 * USUAL):
        answer = server.try_secret(f"nobody{n}b", WRONG, csr)
        assert answer.status == 401
    (told,) = lines(server, event="failures")
    assert told["rate"] == "high"
    assert told["minute"] == told["total"] == str(USUAL + 1)
    assert told["usual"] == str(USUAL)
