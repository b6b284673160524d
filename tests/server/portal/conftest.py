"""The pages of the portal in a real browser. One of each for a file: a browser
is heavy."""

import pytest

from koshin_tests.browser import Browser, said
from koshin_tests.page_server import PageServer


@pytest.fixture(autouse=True)
def pages_do_not_complain():
    """Whatever a test is about: the console stays empty, and nothing is kept
    from a page by its policy."""
    yield
    assert said() == []


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
