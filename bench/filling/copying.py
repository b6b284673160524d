"""copying - rows into tables, by COPY and a superuser: triggers and foreign
keys are not asked, indexes are built afterwards, all in one transaction.

    copier = Copier(cursor, say)
    with copier.without_indexes(["mail"]):
        copier.copy("mail", ["id", ...], rows)

What a schema does not have (a column, a table) is left out, since builds of
other days are filled as well; a column that it must have and that nobody
gives is named.
"""

import contextlib
import itertools
import operator
import time

CHUNK = 2000  # rows that are made at a time
TELL_S = 10


class FillError(Exception):
    """One sentence for the user."""


class _Stream:
    """What COPY reads: rows as text, made while it reads."""

    def __init__(self, rows, pick, say):
        self._rows, self._pick, self._say = iter(rows), pick, say
        self._rest = b""
        self.count = 0
        self._told = time.monotonic()

    def read(self, size):
        while len(self._rest) < size:
            chunk = list(itertools.islice(self._rows, CHUNK))
            if not chunk:
                break
            self.count += len(chunk)
            lines = ("\t".join(self._pick(row)) for row in chunk)
            self._rest += ("\n".join(lines) + "\n").encode()
            if time.monotonic() - self._told > TELL_S:
                self._told = time.monotonic()
                self._say(f"{self.count:,} rows ...")
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


class Copier:
    def __init__(self, cursor, say):
        self._at = cursor
        self._say = say
        for setting, value in (
            ("session_replication_role", "replica"),
            ("synchronous_commit", "off"),
            ("maintenance_work_mem", "1GB"),
        ):
            self.ask(f"SET LOCAL {setting} = '{value}'")

    def ask(self, statement, *values):
        self._at.execute(statement, values or None)
        return self._at.fetchall() if self._at.description else []

    def next_id(self, table):
        ((highest,),) = self.ask(
            f"SELECT coalesce(max(id), 0) FROM koshin.{table}"
        )
        return highest + 1

    def go_on(self, table):
        """New rows come behind ours."""
        self.ask(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(1,"
            f" (SELECT max(id) FROM koshin.{table})))",
            "koshin." + table,
        )

    def copy(self, table, columns, rows):
        """How many rows were copied."""
        there = self._columns(table)
        if not there:
            self._say(f"{table}: this build has none")
            return 0
        for column, needed in there.items():
            if needed and column not in columns:
                raise FillError(
                    f"koshin.{table}.{column} must have a value, and "
                    "bench/filling/tables.py knows none"
                )
        kept = [n for n, column in enumerate(columns) if column in there]
        stream = _Stream(
            rows, operator.itemgetter(*kept),
            lambda line: self._say(f"{table}: {line}"),
        )  # fmt: skip
        names = ", ".join(columns[n] for n in kept)
        began = time.monotonic()
        self._at.copy_expert(
            f"COPY koshin.{table} ({names}) FROM STDIN", stream, 1 << 20
        )
        took = time.monotonic() - began
        self._say(f"{table}: {stream.count:,} rows in {took:.1f} s")
        return stream.count

    def _columns(self, table):
        """{column: whether it must be given}."""
        return dict(
            self.ask(
                "SELECT column_name, is_nullable = 'NO' AND column_default"
                " IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'"
                " FROM information_schema.columns"
                " WHERE table_schema = 'koshin' AND table_name = %s",
                table,
            )
        )

    @contextlib.contextmanager
    def without_indexes(self, tables):
        """Inside of it they have those of constraints only."""
        dropped = self.ask(
            "SELECT i.indexrelid::regclass::text,"
            " pg_get_indexdef(i.indexrelid) FROM pg_index i"
            " JOIN pg_class t ON t.oid = i.indrelid"
            " WHERE t.relnamespace = 'koshin'::regnamespace"
            " AND t.relname = ANY (%s) AND NOT EXISTS"
            " (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)",
            list(tables),
        )
        for name, _ in dropped:
            self.ask(f"DROP INDEX {name}")
        yield
        began = time.monotonic()
        for _, definition in dropped:
            self.ask(definition)
        took = time.monotonic() - began
        self._say(f"{len(dropped)} indexes in {took:.1f} s")
