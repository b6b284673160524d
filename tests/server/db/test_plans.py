"""Whatever the service asks PostgreSQL finds its rows by an index that is made
for it, beside a big ledger and a long queue of mails: also what functions and
triggers ask in turn. Nobody lists the statements: the real program is at work,
and PostgreSQL tells every plan that it made and what it read (auto_explain).

    make test-long PARTS=plans      beside a million certificates

The same of the first page of each list of the command line.
"""

import collections
import os

import lists
import logins
import psycopg2
import pytest
from subject import Subject

from koshin_tests import plans
from koshin_tests.place import BUILD, LONG, MODE, ROOT

CERTIFICATES = 1000000 if LONG else 20000
WAITING = 60000  # mails
KEEP = "1780d"  # of mails: a few of the years that are filled are older
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
    "lock_account": "when somebody guesses, once",
    "certificates": "when a member looks at his own: by the account",
    "own": "when a member looks at what stands about himself: by his key",
    "open_session": "when somebody logs in to the member area, by its key",
    "desk_list": "a master's list: test_schema_desk.py looks at its plan",
    "desk_figures": "likewise",
    "desk_user": "when a master looks at a user, by its key",
    "desk_certificates": "likewise, by the account",
    "desk_taken": "when a master registers many, by their keys",
    **{f"operator_{what}": "an operator's desk: test_schema_operators.py"
       " looks at its pages" for what in (
           "audit", "certificates", "contracts", "figures", "mails",
           "proposals", "users")},
    "of_user": "by koshin simulate, of one user: by his key",
    "feed": "by a calendar: by the digest",
    "holder": "begins others",
    "desk_row": "begins others",
    "audit_row": "begins others",
}
RARE_FUNCTIONS = {
    "of_user": "by koshin simulate, of one user: by his key",
    "feed": "by a calendar, of one account: by the digest",
    "epoch": "no row",
    "hash_cost": "no row",
    "lock_account": "when somebody guesses, once",
    "lock_contract": "when somebody guesses, once",
    "rehash_password": "when costs have changed, once",
    "open_session": "when somebody logs in to the member area, by its key",
    "prepare_email": "before somebody changes his address, by its key",
    "confirm_email": "when somebody changes his address, by its key",
    "stop_email": "by the link of a mail: by the digest",
    "session_gives": "when a master gives a password, by its key",
    "owed_by": "when a master has lifted a lock, by its key",
    "settle_owed": "when a master has lifted a lock, by its key",
    "begin_account": "once for each account",
    "begin_master": "once for each contract",
}
ROLES = [
    f"koshin_{name}"
    for name in ("front", "auth", "issuer", "courier", "sealer")
]


def faults(plan, rows):
    """`rows`: {table: how many it has}."""
    for node in plan.nodes():
        if node.reads_all(rows, BIG):
            wrong = "reads all of it"
        elif node.kind == "Seq Scan" or not node.reads:
            continue
        elif node.removed > REMOVED:
            wrong = f"reads {node.removed} rows for nothing"
        elif node.read > READ:
            wrong = f"reads {node.read} rows, {node.loops} times"
        elif not node.children and node.blocks > BLOCKS[0] \
                + BLOCKS[1] * node.read:  # fmt: skip
            wrong = f"reads {node.blocks} blocks for {node.read} rows"
        else:
            continue
        yield f"{plan.role}: {node} {wrong}\n{plan.text}"


def faults_of_page(plan, rows):
    for node in plan.nodes():
        if node.reads_all(rows, BIG):
            yield f"{node} reads all of it\n{plan.text}"
        elif node.read > PAGE_READ:
            yield f"{node} reads {node.read} rows\n{plan.text}"
    if plan.root.blocks > PAGE_BLOCKS:
        yield f"{plan.root.blocks} blocks\n{plan.text}"


def work(subject):
    """What a day brings: logins, certificates, renewals, mails, seals."""
    logins.both_steps(subject, 8)
    mistakes(subject)
    subject.enroll_devices(8)
    for mode in "reenroll-kept", "reenroll-new":
        subject.run(mode, "--requests", "48", "--connections", "8")
    show_certificates(subject)
    subject.k.run("notice", "run")
    remind_to_finish(subject)
    subject.meter.wait_until_quiet()


def mistakes(subject):
    """A code is asked for again, and another one is sent in."""
    users = subject.people(8)
    for secret in subject.password, subject.password, subject.password + "000000":
        logins.step(subject, users, [secret] * len(users), "401")


def show_certificates(subject):
    """As the issuer asks when somebody has been seen with a new one."""
    shown = subject.ask(
        "SELECT serial, fingerprint FROM koshin.certificate WHERE current"
        " LIMIT 8"
    )
    issuer = psycopg2.connect(
        subject.services.pg_conninfo("koshin_issuer", "koshin")
    )
    with issuer, issuer.cursor() as at:
        for one in shown:
            at.execute(
                "SELECT koshin.mark_installed(ARRAY[%s::bytea],"
                " ARRAY[%s::bytea])",
                one,
            )
            assert at.fetchone() == (True,)
    issuer.close()


def remind_to_finish(subject):
    """As the courier does where there is a member area."""
    courier = psycopg2.connect(
        subject.services.pg_conninfo("koshin_courier", "koshin")
    )
    with courier, courier.cursor() as at:
        at.execute("SELECT koshin.plan_uninstalled(100)")
        assert at.fetchone()[0] >= 0
    courier.close()


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    build = os.path.join(ROOT, BUILD, MODE)
    with Subject(build, str(folder), certificates=CERTIFICATES) as running:
        running.queue_mails(WAITING, "1 day")
        running.k.configure(
            lambda settings: settings["mail"].update(keep=KEEP)
        )
        running.k.configure(
            lambda settings: settings.update(crl={"folder": "crl"})
        )
        running.tidy()
        plans.tell(running.ask)
        running.start_afresh()
        work(running)
        yield running


@pytest.fixture(scope="module")
def day(subject):
    """The plans of a day's work."""
    return plans.told(subject.services)


@pytest.fixture(scope="module")
def rows_of(subject):
    return dict(
        subject.ask(
            "SELECT relname, reltuples FROM pg_class"
            " WHERE relnamespace = 'koshin'::regnamespace"
        )
    )


def test_F_48_no_statement_reads_what_it_does_not_need(day, rows_of):
    seen = collections.Counter(
        fault for plan in day if plan.role in ROLES
        for fault in faults(plan, rows_of)
    )  # fmt: skip
    assert not seen, "\n\n".join(
        f"{count} times {fault}" for fault, count in seen.items()
    )


def test_every_statement_of_the_service_was_looked_at(day):
    texts = {plan.text for plan in day}
    missing = [
        path.stem
        for path in sorted((ROOT / "db" / "sql").glob("*.sql"))
        if path.stem not in RARE
        and not any(path.read_text().strip() in text for text in texts)
    ]
    assert missing == []


def test_every_function_of_the_service_was_looked_at(subject, day):
    functions = subject.ask(
        "SELECT DISTINCT p.proname FROM pg_proc p, unnest(%s) r"
        " WHERE p.pronamespace = 'koshin'::regnamespace"
        " AND has_function_privilege(r::name, p.oid, 'EXECUTE')",
        ROLES,
    )
    asked = " ".join({plan.text for plan in day})
    missing = [
        name
        for (name,) in sorted(functions)
        if name not in RARE_FUNCTIONS and f"koshin.{name}(" not in asked
    ]
    assert missing == []


def asked_since(subject, work, role):
    """Plans that `work` makes for it."""
    before = len(plans.told(subject.services))
    work()
    made = plans.told(subject.services, before)
    return [plan for plan in made if plan.role == role]


@pytest.mark.parametrize("call", lists.of_filled(), ids=" ".join)
def test_the_first_page_of_a_list_is_read_and_no_more(
    subject, rows_of, call
):
    made = asked_since(
        subject, lambda: subject.k.run(*call), "koshin_operator"
    )
    assert any(" LIMIT " in plan.text for plan in made)
    wrong = [f for plan in made for f in faults_of_page(plan, rows_of)]
    assert not wrong, "\n\n".join(wrong)


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
    def ask():
        connection = psycopg2.connect(
            subject.services.pg_conninfo("postgres", "koshin")
        )
        with connection, connection.cursor() as at:
            at.execute(statement)
        connection.close()

    bad = [plan for plan in asked_since(subject, ask, "postgres")
           if "/* bad */" in plan.text]  # fmt: skip
    assert bad and all(list(faults(plan, rows_of)) for plan in bad)
