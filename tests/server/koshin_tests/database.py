"""database - one with the schema, for tests that look at it from Python."""

import contextlib
import psycopg2

from koshin_tests.patience import run
from koshin_tests.place import built

OWNER = "postgres"
ROLES = ("koshin_front", "koshin_auth", "koshin_issuer", "koshin_courier", "koshin_operator",
         "koshin_member", "koshin_sealer")


def new_empty(services, name):
    with connected(services, OWNER, "postgres") as connection:
        connection.cursor().execute(f"CREATE DATABASE {name}")


@contextlib.contextmanager
def connected(services, role, name):
    connection = psycopg2.connect(services.pg_conninfo(role, name))
    connection.autocommit = True
    with contextlib.closing(connection):
        yield connection


class Database:
    """Each statement is a transaction of its own. A new one gets the schema;
    otherwise it is there already."""

    def __init__(self, services, name, new=True):
        self.services = services
        self.name = name
        self._connections = {}
        if new:
            self._make()

    def _make(self):
        new_empty(self.services, self.name)
        migrate = built("tests/migrate_main")
        run(migrate, self.services.pg_conninfo(OWNER, self.name), check=True)

    def _connection(self, role):
        if role not in self._connections:
            connection = psycopg2.connect(
                self.services.pg_conninfo(role, self.name)
            )
            connection.autocommit = True
            self._connections[role] = connection
        return self._connections[role]

    def rows(self, sql, *values, role=OWNER):
        with self._connection(role).cursor() as at:
            at.execute(sql, values or None)
            return at.fetchall() if at.description else []

    def one(self, sql, *values, role=OWNER):
        ((value,),) = self.rows(sql, *values, role=role)
        return value

    def do(self, sql, *values, role=OWNER):
        self.rows(sql, *values, role=role)

    def close(self):
        for connection in self._connections.values():
            connection.close()
