#!/usr/bin/python3
"""fill - a ledger as years of service leave it, of any size, in minutes.

    bench/fill.py --database "host=... dbname=koshin" --certificates 1000000

Five certificates for each account, each with its row of the trail and the
mail that told of it (filling/history.py, filling/tables.py). It is COPY, by a
superuser, in one transaction (filling/copying.py), and it fills a database
once.
"""

import argparse
import contextlib
import datetime
import sys
import time

import psycopg2
from filling import tables
from filling.copying import Copier, FillError
from filling.history import History

WITH_IDS = ("account", "mail", "audit")


def fill(connection, certificates, say=lambda line: None):
    """{table: rows}. Fills and counts (ANALYZE); all of it is there, or
    nothing. `connection` is a superuser's."""
    with _autocommit(connection, False), connection, \
            connection.cursor() as at:  # fmt: skip
        filled = _fill(Copier(at, say), certificates)
    with _autocommit(connection, True), connection.cursor() as at:
        began = time.monotonic()
        at.execute("VACUUM (ANALYZE)")
        say(f"VACUUM (ANALYZE) in {time.monotonic() - began:.1f} s")
    return filled


@contextlib.contextmanager
def _autocommit(connection, wanted):
    before, connection.autocommit = connection.autocommit, wanted
    try:
        yield
    finally:
        connection.autocommit = before


def _fill(copier, certificates):
    first = tables.user_id(0)
    if copier.ask("SELECT 1 FROM koshin.account WHERE user_id = %s", first):
        raise FillError(
            f"this database was filled before: it has an account {first}"
        )
    history = History(
        certificates, datetime.datetime.now(datetime.timezone.utc)
    )
    ids = {table: copier.next_id(table) for table in WITH_IDS}
    with copier.without_indexes(tables.COLUMNS):
        filled = {
            table: copier.copy(table, columns, rows)
            for table, columns, rows in tables.tables(history, ids)
        }
    for table in WITH_IDS:
        copier.go_on(table)
    return filled


def sizes(connection):
    """[(table, rows by its figures, MB, MB of its indexes)], big ones first."""
    with connection.cursor() as at:
        at.execute(
            "SELECT relname, reltuples::bigint,"
            " (pg_table_size(oid) / 1048576.0)::float,"
            " (pg_indexes_size(oid) / 1048576.0)::float FROM pg_class"
            " WHERE relnamespace = 'koshin'::regnamespace AND relkind = 'r'"
            " AND reltuples > 0"
            " ORDER BY pg_total_relation_size(oid) DESC LIMIT 10"
        )
        return at.fetchall()


def told(table, rows, mb, indexes):
    return f"{table:12} {rows:12,} rows {mb:10.1f} MB and {indexes:8.1f} MB" \
        " of indexes"  # fmt: skip


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", required=True, metavar="CONNINFO")
    parser.add_argument("--certificates", type=int, default=1000000)
    args = parser.parse_args()
    if args.certificates < 1:
        parser.error("--certificates: at least 1")

    began = time.monotonic()

    def say(line):
        print(f"{time.monotonic() - began:7.1f} s  {line}", flush=True)

    try:
        connection = psycopg2.connect(args.database)
        fill(connection, args.certificates, say)
    except (FillError, psycopg2.Error) as wrong:
        sys.exit(f"fill: {str(wrong).strip()}")
    for size in sizes(connection):
        say(told(*size))
    connection.close()


if __name__ == "__main__":
    main()
