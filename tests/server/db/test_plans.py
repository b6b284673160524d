"""Whatever the service asks PostgreSQL finds its rows by an index that is made
for it, beside a big ledger and a long queue of mails: also what functions and
triggers ask in turn. Nobody lists the statements: the real program is at work,
and PostgreSQL tells every plan that it made and what it read (auto_explain).

    make test-long PARTS=plans      beside a million certificates

The same of the first page of each list of the command line.
"""

import collections
import json
import os
import re

import lists
import logins
import psycopg2
import pytest
from subject import Subject

from koshin_tests.place import BUILD, LONG, MODE, ROOT

CERTIFICATES = 1000000 if LONG else 20000
WAITING = 60000 if LONG else 5000  # mails
BIG = 5000  # rows of a table that nobody reads whole
REMOVED = 100  # rows that a node reads for nothing, at most
READ = 5000  # rows of a node, at most: a batch of many
BLOCKS = 1000, 8  # of a node, at most: so many, and for each row

# The first page of a list is there in 50 ms. What is read for it tells, since a
# clock tells of other things, too: from memory a block is 2 us, a row less. A
# list of one kind of mail may have to get past those that wait.
PAGE = 1000
PAGE_READ = 5 * PAGE + WAITING  # rows of a node, at most
PAGE_BLOCKS = 20 * PAGE  # of a statement, at most

# What is asked while people and devices come and go. The others:
RARE = {
    "migrations": "when the schema is made",
    "settings": "by each connection, about nothing",
    "withhold": "when the schema is made",
    "seals_behind": "by koshin audit verify, which reads the trail whole",
    "proof_of_account": "when somebody changes his own account: by its key",
    "proof_of_contract": "when a master registers: by its key",
    "spent": "when Redis has lost a code",
    "code_failed": "when a code is out and asked for again: of one account",
    "holder": "begins others",
    "audit_row": "begins others",
}
RARE_FUNCTIONS = {
    "epoch": "no row",
    "hash_cost": "no row",
    "lock_account": "when somebody guesses, once",
    "lock_contract": "when somebody guesses, once",
    "rehash_password": "when costs have changed, once",
    "open_session": "when somebody changes his own account",
}
ROLES = [
    f"koshin_{name}"
    for name in ("front", "auth", "issuer", "courier", "sealer")
]


class Plan:
    """One that was made and carried out, and for whom."""

    def __init__(self, role, told):
        self.role = role
        self.text = told["Query Text"]
        self.root = told["Plan"]

    def nodes(self):
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            waiting += node.get("Plans", ())
            yield node

    def faults(self, rows):
        """`rows`: {table: how many it has}."""
        for node in self.nodes():
            wrong = _wrong(node, rows)
            if wrong:
                yield f"{self.role}: {wrong}\n{self.text.strip()}"

    def faults_of_page(self, rows):
        for node in self.nodes():
            wrong = _reads_all(node, rows)
            if not wrong and _read(node) > PAGE_READ:
                wrong = f"{_where(node)} reads {_read(node)} rows"
            if wrong:
                yield f"{wrong}\n{self.text.strip()}"
        if _blocks(self.root) > PAGE_BLOCKS:
            yield f"{_blocks(self.root)} blocks\n{self.text.strip()}"


def _wrong(node, rows):
    loops = node.get("Actual Loops", 0)
    if node["Node Type"] == "Seq Scan" or not loops or not _table(node):
        return _reads_all(node, rows)
    where, read, blocks = _where(node), _read(node), _blocks(node)
    if _removed(node) > REMOVED:
        return f"{where} reads {_removed(node)} rows for nothing"
    if read > READ:
        return f"{where} reads {read} rows, {loops} times"
    if not node.get("Plans") and blocks > BLOCKS[0] + BLOCKS[1] * read:
        return f"{where} reads {blocks} blocks for {read} rows"
    return None


def _reads_all(node, rows):
    if node["Node Type"] != "Seq Scan" or not node.get("Actual Loops", 0):
        return None
    if rows.get(node["Relation Name"], 0) < BIG:
        return None
    return f"{_where(node)} reads all of it"


def _table(node):
    return node.get("Relation Name") or node.get("Index Name")


def _where(node):
    return f"{node['Node Type']} of {node.get('Index Name', '')}" \
        f" {node.get('Relation Name', '')}"  # fmt: skip


def _removed(node):
    """Rows, each time."""
    return node.get("Rows Removed by Filter", 0) \
        + node.get("Rows Removed by Index Recheck", 0)  # fmt: skip


def _read(node):
    """Rows of a table, in all."""
    if not _table(node):
        return 0
    each = node.get("Actual Rows", 0) + _removed(node)
    return each * node.get("Actual Loops", 0)


def _blocks(node):
    return node.get("Shared Hit Blocks", 0) \
        + node.get("Shared Read Blocks", 0)  # fmt: skip


def told(log):
    """The plans in a log of PostgreSQL."""
    pattern = re.compile(
        r"^<(\w*)>LOG:  duration: [\d.]+ ms  plan:\n((?:\t.*\n)+)", re.M
    )
    for role, text in pattern.findall(log):
        yield Plan(role, json.loads(re.sub(r"(?m)^\t", "", text)))


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


def log_of(subject):
    path = os.path.join(subject.services.folder, "log", "postgres.log")
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def work(subject):
    """What a day brings: logins, certificates, renewals, mails, seals."""
    logins.both_steps(subject, 8)
    subject.enroll_devices(8)
    for mode in "reenroll-kept", "reenroll-new":
        subject.run(mode, "--requests", "48", "--connections", "8")
    subject.k.run("notice", "run")
    subject.meter.wait_until_quiet()


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    build = os.path.join(ROOT, BUILD, MODE)
    with Subject(build, str(folder), certificates=CERTIFICATES) as running:
        running.queue_mails(WAITING, "1 day")
        running.tidy()
        running.ask("LOAD 'auto_explain'")  # it knows its settings then
        for name, value in TELL.items():
            running.ask(f"ALTER SYSTEM SET {name} = '{value}'")
        running.ask("SELECT pg_reload_conf()")
        running.start_afresh()
        work(running)
        yield running


@pytest.fixture(scope="module")
def plans(subject):
    return list(told(log_of(subject)))


@pytest.fixture(scope="module")
def rows_of(subject):
    return dict(
        subject.ask(
            "SELECT relname, reltuples FROM pg_class"
            " WHERE relnamespace = 'koshin'::regnamespace"
        )
    )


def test_F_48_no_statement_reads_what_it_does_not_need(plans, rows_of):
    seen = collections.Counter(
        fault for plan in plans if plan.role in ROLES
        for fault in plan.faults(rows_of)
    )  # fmt: skip
    assert not seen, "\n\n".join(
        f"{count} times {fault}" for fault, count in seen.items()
    )


def test_every_statement_of_the_service_was_looked_at(plans):
    texts = {plan.text for plan in plans}
    missing = [
        path.stem
        for path in sorted((ROOT / "db" / "sql").glob("*.sql"))
        if path.stem not in RARE
        and not any(path.read_text().strip() in text for text in texts)
    ]
    assert missing == []


def test_every_function_of_the_service_was_looked_at(subject, plans):
    functions = subject.ask(
        "SELECT DISTINCT p.proname FROM pg_proc p, unnest(%s) r"
        " WHERE p.pronamespace = 'koshin'::regnamespace"
        " AND has_function_privilege(r::name, p.oid, 'EXECUTE')",
        ROLES,
    )
    asked = " ".join({plan.text for plan in plans})
    missing = [
        name
        for (name,) in sorted(functions)
        if name not in RARE_FUNCTIONS and f"koshin.{name}(" not in asked
    ]
    assert missing == []


def listed(subject, call):
    """Plans of the lists' statements."""
    before = len(list(told(log_of(subject))))
    subject.k.run(*call)
    return [plan for plan in list(told(log_of(subject)))[before:]
            if plan.role == "koshin_operator"]  # fmt: skip


@pytest.mark.parametrize("call", lists.of_filled(), ids=" ".join)
def test_the_first_page_of_a_list_is_read_and_no_more(
    subject, rows_of, call
):
    plans = listed(subject, call)
    assert any(" LIMIT " in plan.text for plan in plans)
    faults = [fault for plan in plans
              for fault in plan.faults_of_page(rows_of)]  # fmt: skip
    assert not faults, "\n\n".join(faults)


@pytest.mark.parametrize(
    "statement",
    [
        # The queue's index is walked for one account.
        "SET enable_seqscan = off; SET enable_bitmapscan = off;"
        " SELECT count(*) /* bad */ FROM koshin.mail"
        " WHERE done_at IS NULL AND recipient = 'nobody@example.jp'",
        "SELECT count(*) /* bad */ FROM koshin.certificate"
        " WHERE subject = 'CN=nobody'",
    ],
)
def test_a_plan_that_reads_too_much_is_seen(subject, rows_of, statement):
    before = len(list(told(log_of(subject))))
    connection = psycopg2.connect(
        subject.services.pg_conninfo("postgres", "koshin")
    )
    with connection, connection.cursor() as at:
        at.execute(statement)
    connection.close()
    bad = [plan for plan in list(told(log_of(subject)))[before:]
           if "/* bad */" in plan.text and plan.role == "postgres"]  # fmt: skip
    assert bad and all(list(plan.faults(rows_of)) for plan in bad)
