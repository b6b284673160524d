"""A system that gives no random numbers: no numbers of another kind."""

import pytest

from koshin_tests.clients import requests
from koshin_tests.kill import Strace, ended, wait_children, wait_serves
from koshin_tests.patience import until


@pytest.fixture(scope="module")
def server(module_server):
    return module_server().start()


@pytest.mark.parametrize("name", ["auth", "issuer"])
def test_F_62_without_entropy_a_process_ends(server, name):
    """strace lets getrandom() fail: the process stops where it needs some,
    and nothing comes of the request. Its successor has it all again."""
    account, csr = server.account(), requests.request()
    secret = account.password + server.step1(account, csr)
    pid = wait_children(server)[name]
    with Strace(pid, "--inject=getrandom:error=EIO"):
        answer = server.try_secret(account, secret, csr)
        assert answer.status == 503
        until(lambda: ended(pid))
    assert server.certificates_of(account) == 0
    wait_children(server)
    wait_serves(server)
    assert server.until_200(account, secret, csr)
