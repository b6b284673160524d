"""A database and a relay for each file."""

import pytest
import services

from koshin_tests.database import Database


@pytest.fixture(scope="module")
def s():
    with services.temporary() as running:
        yield running


@pytest.fixture(scope="module")
def db(s):
    database = Database(s, "courier")
    yield database
    database.close()


@pytest.fixture(autouse=True)
def clean(s, db):
    """A relay that behaves, and an outbox in which nothing waits."""
    s.smtp_script()
    yield
    s.smtp_script()
    s.start()
    db.do("DELETE FROM koshin.mail")


@pytest.fixture
def nothing_is_due(db):
    """What an earlier test left draws no notice any more."""
    db.do("UPDATE koshin.certificate SET current = false WHERE current")
