"""plans - what PostgreSQL did for each statement, those inside of functions and
triggers as well, as it tells it into its log (auto_explain)."""

import json
import os
import re

TELL = {
    "log_line_prefix": "<%u>",
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_format": "json",
}
TOLD = re.compile(
    r"^<(\w*)>LOG:  duration: [\d.]+ ms  plan:\n((?:\t.*\n)+)", re.M
)


def tell(ask):
    """Every connection that is made from now on. `ask(statement)` is a
    superuser's."""
    ask("LOAD 'auto_explain'")  # it knows its settings then
    for name, value in TELL.items():
        ask(f"ALTER SYSTEM SET {name} = '{value}'")
    ask("SELECT pg_reload_conf()")


def told(services, skip=0):
    """The plans so far, without the first `skip`."""
    path = os.path.join(services.folder, "log", "postgres.log")
    with open(path, encoding="utf-8", errors="replace") as file:
        found = TOLD.findall(file.read())
    return [
        Plan(role, json.loads(re.sub(r"(?m)^\t", "", text)))
        for role, text in found[skip:]
    ]


class Plan:
    """One that was carried out, and for whom."""

    def __init__(self, role, told):
        self.role = role
        self.text = told["Query Text"].strip()
        self.root = Node(told["Plan"])

    def nodes(self):
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            waiting += node.children
            yield node


class Node:
    def __init__(self, told):
        self._told = told
        self.kind = told["Node Type"]
        self.table = told.get("Relation Name")
        self.index = told.get("Index Name")
        self.loops = told.get("Actual Loops", 0)
        self.children = [Node(child) for child in told.get("Plans", ())]

    def __str__(self):
        return " ".join(filter(None, (self.kind, self.index, self.table)))

    @property
    def reads(self):
        """Whether it has read a table or an index."""
        return bool(self.loops and (self.table or self.index))

    @property
    def removed(self):
        """Rows that were read for nothing, each time."""
        return self._of(
            "Rows Removed by Filter", "Rows Removed by Index Recheck"
        )

    @property
    def read(self):
        """Rows of a table or an index, in all."""
        if not self.reads:
            return 0
        return (self._of("Actual Rows") + self.removed) * self.loops

    @property
    def blocks(self):
        """In all, those of its children as well."""
        return self._of("Shared Hit Blocks", "Shared Read Blocks")

    def reads_all(self, rows, big):
        """Of a table that has `big` rows or more. `rows`: {table: rows}."""
        return (self.kind == "Seq Scan" and self.reads
                and rows.get(self.table, 0) >= big)  # fmt: skip

    def _of(self, *names):
        return sum(self._told.get(name, 0) for name in names)
