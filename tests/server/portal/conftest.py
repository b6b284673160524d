"""The pages of the portal in a real browser. One of each for a file: a browser
is heavy."""

import pytest

from koshin_tests.browser import Browser
from koshin_tests.page_server import PageServer


@pytest.fixture(scope="module")
def pages():
    server = PageServer()
    yield server
    assert server.reports == []
    server.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("browser") / "home") as made:
        yield made
