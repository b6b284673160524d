"""Each test has a server of its own, which must end cleanly when it is told to
(and without a word from a sanitizer)."""

import pytest

from koshin_tests.gate import Server


@pytest.fixture
def start(tmp_path):
    running = []

    def start_one(**options):
        running.append(Server(tmp_path, **options))
        return running[-1]

    yield start_one
    for server in running:
        server.finish()


@pytest.fixture(params=["plain", "tls"])
def server(start, request):
    return start(tls=request.param == "tls")


@pytest.fixture
def plain(start):
    return start()
