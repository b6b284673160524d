"""sealing - looks at the audit chain, and does to it what nobody should."""

import contextlib
import json

import psycopg2

from koshin_tests.patience import until


def new_rows(server, many, action="test.row"):
    """Audit rows, as all functions of the schema write them."""
    server.rows(
        "SELECT koshin.audited('tester', %s, 'thing:' || n, NULL,"
        " jsonb_build_object('n', n, 'name', '山田'))"
        " FROM generate_series(1, %s) n",
        action, many,
    )  # fmt: skip


def unsealed(server):
    return server.one("SELECT count(*) FROM koshin.audit_unsealed")


def wait_sealed(server):
    """Until nothing waits for a seal."""
    until(lambda: unsealed(server) == 0, lambda: unsealed(server))


def verify(server, *args):
    """What `koshin audit verify --json` finds."""
    done = server.instance.run("audit", "verify", "--json", *args, check=False)
    found = json.loads(done.stdout)
    assert done.returncode == (0 if found["verified"] else 1)
    assert (done.stderr == "") == found["verified"]
    return found


def verified(server, *args):
    """The same, which must be good."""
    found = verify(server, *args)
    assert found["verified"], found
    assert found["fault"] is None and found["faults"] == 0
    return found


def head_of(server):
    """(position, mac) in the head file."""
    with open(server.head_file) as file:
        position, mac, _ = file.read().split()
    return int(position.removeprefix("position=")), mac.removeprefix("mac=")


@contextlib.contextmanager
def tampering(server):
    """A function that does anything: as the superuser, all rules off."""
    tables = ("audit", "audit_seal", "audit_unsealed")
    with contextlib.closing(
        psycopg2.connect(server.services.pg_conninfo("postgres", "koshin"))
    ) as connection:
        connection.autocommit = True
        at = connection.cursor()
        at.execute("ALTER TABLE koshin.audit ALTER id SET GENERATED"
                   " BY DEFAULT")  # fmt: skip
        for table in tables:
            at.execute(f"ALTER TABLE koshin.{table} DISABLE TRIGGER ALL")
        yield lambda sql, *values: at.execute(sql, values or None)
        at.execute("ALTER TABLE koshin.audit ALTER id SET GENERATED ALWAYS")
        for table in tables:
            at.execute(f"ALTER TABLE koshin.{table} ENABLE TRIGGER ALL")
        for table in ("audit", "audit_seal"):
            at.execute(
                f"ALTER TABLE koshin.{table}"
                f" ENABLE ALWAYS TRIGGER {table}_never"
            )


def cut_tail(do, many, seals_too):
    """The newest rows that have a seal."""
    newest = (
        "(SELECT audit FROM koshin.audit_seal ORDER BY position DESC"
        f" LIMIT {many})"
    )
    do("CREATE TEMP TABLE newest AS SELECT audit FROM " + newest + " n")
    do("DELETE FROM koshin.audit WHERE id IN (SELECT audit FROM newest)")
    if seals_too:
        do("DELETE FROM koshin.audit_seal WHERE audit IN"
           " (SELECT audit FROM newest)")  # fmt: skip
    do("DROP TABLE newest")
