"""Lists of the command line over a ledger that has grown: the first page is
found by an index, the rest is walked page by page, and both are the same rows.

Rows are counted, not seconds: what a list reads does not depend on what else
runs."""

import datetime
import json
import os
import re
import subprocess
import time

import lists
import pytest
import services as local

from koshin_tests.command_line import Desk
from koshin_tests.mail import TOKYO
from koshin_tests.patience import PATIENCE_S, run
from koshin_tests.terminal import Terminal

MANY = 40000  # certificates, mails, rows of the trail
USERS = 10000  # a hundred of them belong to one contract
PAGE = 40
FEW = 10 * PAGE  # entries that an index gives for one page, in each table

# The triggers of a single row are left out; what the checks of the schema say
# holds. A user has four certificates, the newest is current.
FILL = f"""
SET session_replication_role = replica;
INSERT INTO koshin.contract (number, name)
SELECT 30000000 + n, 'Customer' FROM generate_series(1, {USERS}) n;
INSERT INTO koshin.account (user_id, contract, role, name, email,
    password_hash, state, suspended_from, locked_until)
SELECT 'big' || n, 30000001 + CASE n % 100 WHEN 0 THEN 0 ELSE n - 1 END,
    'device', 'x', 'x@example.jp', '$argon2id$x',
    CASE WHEN n % 3 = 0 THEN 'closed' WHEN n % 500 = 1 THEN 'blocked'
    WHEN n % 500 = 2 THEN 'suspended' ELSE 'active' END,
    CASE WHEN n % 3 <> 0 AND n % 500 = 2 THEN 'active' END,
    now() + CASE n % 400 WHEN 7 THEN interval '1 hour'
	WHEN 11 THEN interval '-1 hour' END
FROM generate_series(1, {USERS}) n;
INSERT INTO koshin.certificate (serial, account, profile, subject, key_digest,
    key_identity, csr_digest, tbs_digest, not_before, not_after, via, state,
    current, reserved_at, lease_until, issued_at, abandoned_at, fingerprint,
    der)
SELECT substring(sha256(n::text::bytea) FOR 20), a.id, 'device', 'CN=x', d, d,
    d, d, t, t + interval '200 days', 'certificate', s,
    s = 'issued' AND n > {MANY} - {USERS}, t, t + interval '1 minute',
    CASE s WHEN 'issued' THEN t END, CASE s WHEN 'abandoned' THEN t END,
    CASE s WHEN 'issued' THEN d END, CASE s WHEN 'issued' THEN d END
FROM (SELECT n, now() - interval '15 minutes' * ({MANY} - n) AS t,
    CASE n % 2000 WHEN 5 THEN 'abandoned' ELSE 'issued' END AS s
    FROM generate_series(1, {MANY}) n) x
JOIN koshin.account a ON a.user_id = 'big' || 1 + n % {USERS},
    sha256(n::text::bytea) d;
INSERT INTO koshin.certificate (serial, account, profile, subject, key_digest,
    key_identity, csr_digest, tbs_digest, not_before, not_after, via,
    reserved_at)
SELECT substring(d FOR 20), a.id, 'device', 'CN=x', d, d, d, d, now(),
    now() + interval '200 days', 'certificate', now() - interval '1 year'
FROM koshin.account a, sha256(a.user_id::bytea) d WHERE a.id % 1000 = 1;
INSERT INTO koshin.revocation (serial, revoked_at, reason, actor)
SELECT serial, reserved_at, 'superseded', 'x' FROM koshin.certificate
WHERE state = 'issued' AND get_byte(serial, 0) = 1;
INSERT INTO koshin.mail (event_key, kind, account, recipient, locale,
    message_id, state, done_at, made_at)
SELECT k || n, k, a.id, 'x@example.jp', 'ja', n, s,
    CASE s WHEN 'queued' THEN NULL ELSE now() END, now()
FROM (SELECT n, CASE WHEN n < 300 THEN 'locked' WHEN n < 400 THEN 'code'
    ELSE 'issued' END AS k,
    CASE WHEN n < 200 THEN 'queued' WHEN n < 350 THEN 'failed' ELSE 'sent' END
    AS s FROM generate_series(1, {MANY}) n) x
JOIN koshin.account a ON a.user_id = 'big' || 1 + n % {USERS};
INSERT INTO koshin.audit (at, role, action, object, account)
SELECT now() - interval '15 minutes' * ({MANY} - n), 'x', k, 'x:' || n, a.id
FROM (SELECT n, CASE WHEN n < 300 THEN 'account.lock' WHEN n < 400
    THEN 'contract.add' ELSE 'certificate.issue' END AS k
    FROM generate_series(1, {MANY}) n) x
JOIN koshin.account a ON a.user_id = 'big' || 1 + n % {USERS};
INSERT INTO koshin.audit_seal SELECT row_number() OVER (ORDER BY id), id, d
FROM koshin.audit, sha256('') d;
"""

LONG_AGO = lists.days_ago(300)
BIG = "30000001"  # a hundred users
SMALL = "30000003"  # one of them

LISTS = list(lists.calls("big7", SMALL, BIG, LONG_AGO))


@pytest.fixture(scope="module")
def full(koshin, tmp_path_factory):
    """A Desk of its own, whose tables have grown."""
    with local.temporary() as services:
        made = Desk(koshin, services, tmp_path_factory.mktemp("lists") / "etc")
        made.create_database()
        done = made.init()
        assert done.returncode == 0, done.stderr
        made.sql(FILL.replace("%", "%%"))
        made.sql("VACUUM ANALYZE")
        yield made


def read_so_far(desk):
    """Of each table: rows by whole scans, entries by indexes. A program that
    has ended has been counted."""
    return dict(desk.sql(
        "SELECT t.relname, t.seq_tup_read + coalesce(sum(i.idx_tup_read), 0)"
        " FROM pg_stat_user_tables t LEFT JOIN pg_stat_user_indexes i"
        " USING (relid) WHERE t.schemaname = 'koshin'"
        " GROUP BY t.relid, t.relname, t.seq_tup_read"
    ))  # fmt: skip


def settled(desk):
    """The counts, when those who counted have left them there."""
    before = None
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        now = read_so_far(desk)
        others = desk.sql(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'koshin command line'"
        )
        if before == now and others == [(0,)]:
            return now
        before = now
        time.sleep(0.05)
    raise AssertionError("somebody still reads")


@pytest.mark.parametrize("call", LISTS, ids=" ".join)
def test_the_first_page_is_found_by_an_index(full, call):
    before = settled(full)
    full.good(*call, "--limit", str(PAGE))
    after = settled(full)
    read = {name: after[name] - before[name] for name in after}
    assert max(read.values()) <= FEW, read


def walk(desk, call, rows):
    """All of a list, `rows` at a time, each behind the last one of before."""
    found, more = [], []
    while True:
        done = desk(*call, "--json", "--limit", str(rows), *more)
        assert done.returncode == 0, done.stderr
        page = json.loads(done.stdout)
        found += page
        if "--after" not in done.stderr:
            return found
        assert len(page) == rows
        last = str(next(iter(page[-1].values())))
        assert f"--after {last} " in done.stderr
        more = ["--after", last]


@pytest.mark.parametrize("call", [
    ["contract", "list"],
    ["user", "list", "--state", "closed"],
    ["cert", "list"],
    ["cert", "list", "--state", "expired"],
    ["cert", "list", "--state", "revoked"],
    ["mail", "list", "--failed"],
    ["audit", "list", "--since", LONG_AGO],
], ids=" ".join)  # fmt: skip
def test_pages_and_the_whole_are_the_same_rows(full, call):
    """In one call (which turns over pages of its own) and in several."""
    whole = full.json(*call, "--limit", "999999999")
    assert len(whole) > 40
    keys = [next(iter(row.values())) for row in whole]
    assert len(set(keys)) == len(keys)
    assert walk(full, call, len(whole) // 3) == whole


def test_the_states_of_certificates_are_all_of_them_once(full):
    def serials(*more):
        rows = full.json("cert", "list", "--limit", "999999999", *more)
        return [(row["serial"], row["state"]) for row in rows]

    states = ("valid", "expired", "revoked", "reserved", "abandoned")
    found = []
    for state in states:
        some = serials("--state", state)
        assert {what for _, what in some} == {state}
        found += some
    assert sorted(found) == sorted(serials())


def test_the_states_of_users_are_all_of_them_once(full):
    def users(*more):
        rows = full.json("user", "list", "--limit", "999999999", *more)
        return [(row["user_id"], row["state"]) for row in rows]

    states = ("active", "locked", "blocked", "suspended", "closed")
    found = []
    for state in states:
        some = users("--state", state)
        assert {what for _, what in some} == {state}
        found += some
    assert sorted(found) == sorted(users())


def test_a_long_table_has_one_heading(full):
    shown = full.good("cert", "list", "--limit", "2500").splitlines()
    assert len(shown) == 2501
    assert [line.split()[0] for line in shown].count("SERIAL") == 1
    assert len({len(line.split()) for line in shown[1:]}) == 1


def test_a_pipe_and_json_get_all_rows(full):
    rows = full.sql("SELECT count(*) FROM koshin.contract")[0][0]
    assert rows > 1000
    done = full("contract", "list")
    assert (len(done.stdout.splitlines()), done.stderr) == (rows + 1, "")
    assert len(full.json("contract", "list")) == rows


# --------------------------------------------------------------- a terminal

COLOUR = re.compile("\x1b\\[[0-9]+m")


def on_terminal(desk, columns, *call, **environment):
    """What it shows on one that is so wide."""
    narrow = f'stty cols {columns}; exec "$0" "$@"'
    with Terminal(
        ["sh", "-c", narrow, desk.program, *call],
        {"KOSHIN_CONFIG": desk.config, "TERM": "xterm", **environment},
    ) as t:
        assert t.wait(PATIENCE_S) == 0, t.text
        return t.text


def test_a_terminal_gets_the_columns_that_it_has_room_for(full):
    call = ("cert", "list", "--limit", "5")
    whole = full.good(*call)
    wide = COLOUR.sub("", on_terminal(full, 400, *call))
    assert wide.startswith(whole) and "too narrow" not in wide
    shown = COLOUR.sub("", on_terminal(full, 80, *call)).splitlines()
    assert shown[0].split("  ")[0] == "SERIAL" and "DAYS LEFT" in shown[0]
    assert max(len(line.rstrip()) for line in shown[:6]) <= 80
    assert shown[6].startswith("koshin: the terminal is too narrow for: ")
    left_out = set(re.findall(r"[a-z_]+", shown[6].split(":")[2].split(";")[0]))
    titles = {t.lower().replace(" ", "_") for t in re.split(
        " {2,}", shown[0].strip())}  # fmt: skip
    assert left_out | titles == set(full.json(*call)[0])
    assert not left_out & titles


def test_a_terminal_gets_a_thousand_rows_and_is_told_of_more(full):
    shown = on_terminal(full, 400, "contract", "list").splitlines()
    assert len(shown) == 1002
    last = shown[1000].split()[0]
    assert f"there are more rows: use --after {last} to" in shown[1001]


def test_states_and_ends_have_colours_on_a_terminal_alone(full):
    # One of its certificates ends in 5 days, the others otherwise.
    call = ("cert", "list", "--user", "big1281")
    shown = on_terminal(full, 400, *call)
    assert re.search("\x1b\\[32mvalid +\x1b\\[0m", shown)
    assert re.search("\x1b\\[31mexpired +\x1b\\[0m", shown)
    assert re.search("\x1b\\[31m[45] +\x1b\\[0m", shown)
    for plain in (
        on_terminal(full, 400, *call, NO_COLOR="1"),
        on_terminal(full, 400, *call, TERM="dumb"),
        full.good(*call),
    ):
        assert "\x1b" not in plain and "valid" in plain


def test_days_left_are_those_of_valid_certificates(full):
    rows = full.json("cert", "list", "--user", "big1281")
    left = {row["state"]: row["days_left"] for row in rows}
    assert left["expired"] is None
    days = [row["days_left"] for row in rows if row["state"] == "valid"]
    today = datetime.datetime.now(TOKYO).date()
    assert days == [
        (datetime.datetime.fromisoformat(row["not_after"]).date() - today).days
        for row in rows if row["state"] == "valid"
    ]  # fmt: skip
    assert any(0 <= d <= 10 for d in days) and any(d > 30 for d in days)


@pytest.mark.parametrize("after", ["u", "7x", "12345678901234567890"])
def test_a_place_that_is_none_is_refused(full, after):
    for group in ("contract", "user", "cert", "mail", "audit"):
        said = full.refused(group, "list", "--after", after)
        assert "--after" in said or "serial" in said
        assert "PostgreSQL" not in said


def test_X_05_who_reads_the_beginning_of_a_list_hears_nothing_more(full):
    """`| head -1`: the list ends there, not done, and without a word."""
    with subprocess.Popen(
        [full.program, "cert", "list", "--limit", "999999999"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "KOSHIN_CONFIG": full.config},
    ) as listing:  # fmt: skip
        assert listing.stdout.readline().startswith("SERIAL")
        listing.stdout.close()
        said = listing.stderr.read()
        assert listing.wait(PATIENCE_S) == 1
    assert said == ""


def test_X_05_a_list_that_cannot_be_written_says_so_once(full):
    with open("/dev/full", "w") as nowhere:
        done = run(full.program, "cert", "list", "--limit", "999999999",
                   "--config", full.config, stdout=nowhere)  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count(b"No space left") == 1
