"""What tests of a taken process share: a service, and whoever has its front."""

import pytest

from koshin_tests import taken


@pytest.fixture(scope="module")
def server(module_server):
    return module_server().start()


@pytest.fixture
def front(server):
    """For auth and issuer it is one of the fronts that they have."""
    server.forgive()
    with taken.Front(server) as made:
        yield made
