"""A database with the schema, and nothing before it."""

import pytest
import services

from koshin_tests.database import Database


@pytest.fixture(scope="module")
def db():
    with services.temporary() as running:
        made = Database(running, "koshin")
        yield made
        made.close()
