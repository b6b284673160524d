"""The audit trail as a chain: whatever is done to it in the database, even by
its superuser, `koshin audit verify` finds and names (A10, I-12, T10, T12)."""

import contextlib
import json
import os
import re
import time

import psycopg2
import pytest

from koshin_tests.patience import PATIENCE_S, until
from koshin_tests.sealing import (
    cut_tail, head_of, new_rows, tampering, verified, verify, wait_sealed,
)
from koshin_tests.terminal import CTRL_C, Terminal

ROWS = 30


@pytest.fixture(scope="module")
def whole(module_server):
    """A server that is stopped, with a sealed trail that verifies."""
    server = module_server()
    server.start()
    new_rows(server, ROWS)
    wait_sealed(server)
    server.instance.stop()
    found = verified(server)
    assert found["rows"] >= ROWS
    assert found["rows"] == found["position"]
    return server


@pytest.fixture
def trail(whole):
    """The same, mended after each test."""
    whole.rows(
        "CREATE TABLE saved_audit AS SELECT * FROM koshin.audit;"
        "CREATE TABLE saved_seal AS SELECT * FROM koshin.audit_seal"
    )
    yield whole
    with tampering(whole) as do:
        do("TRUNCATE koshin.audit, koshin.audit_seal, koshin.audit_unsealed")
        do("INSERT INTO koshin.audit OVERRIDING SYSTEM VALUE"
           " SELECT * FROM saved_audit")  # fmt: skip
        do("INSERT INTO koshin.audit_seal SELECT * FROM saved_seal")
        do("DROP TABLE saved_audit, saved_seal")
    verified(whole)


def row_at(server, position):
    return server.one(
        "SELECT audit FROM koshin.audit_seal WHERE position = %s", position
    )


# --------------------------------------------------- nobody changes a row


@pytest.mark.parametrize("table", ["audit", "audit_seal"])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM koshin.{}",
        "TRUNCATE koshin.{} CASCADE",
        "UPDATE koshin.audit SET actor = 'x'",
        "UPDATE koshin.audit_seal SET position = position + 100",
    ],
)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_A10_not_even_the_owner_changes_the_trail_by_mistake(
    whole, table, statement, role
):
    with pytest.raises(psycopg2.errors.RestrictViolation):
        whole.rows(
            f"SET session_replication_role = {role};"
            + statement.format(table)
        )


# --------------------------------------- who takes the rules away is found

CHANGES = [
    "at = at + interval '1 us'",
    "at = 'infinity'",
    "role = 'koshin_operator '",
    "actor = 'somebody else'",
    "action = 'account.other'",
    "object = 'account:0'",
    "account = coalesce(account, 0) + 1",
    "account = 4711",
    'details = details || \'{"more": 1}\'',
    "details = '[]'",
    "id = 1000000",
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("where", ["first", "middle", "last"])
def test_T10_a_changed_row_is_found(trail, change, where):
    """The superuser, with all rules off, changes one column of one row: each
    column at each place, for a column that no seal covers could be forged."""
    last = verified(trail)["position"]
    position = {"first": 1, "middle": last // 2, "last": last}[where]
    with tampering(trail) as do:
        do(
            f"UPDATE koshin.audit SET {change} WHERE id = %s",
            row_at(trail, position),
        )
    found = verify(trail)
    moved = change.startswith("id")
    assert found["fault"] == ("row-missing" if moved else "changed")
    assert found["fault_position"] == position
    assert found["faults"] == 1


def test_T10_every_column_is_in_the_seal(trail):
    columns = {
        name
        for (name,) in trail.rows(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'koshin' AND table_name = 'audit'"
        )
    }
    assert columns == {change.split(" =")[0] for change in CHANGES}


@pytest.mark.parametrize("where", ["first", "middle", "last"])
@pytest.mark.parametrize("what", ["row", "seal", "both"])
def test_T10_a_removed_row_is_found(trail, where, what):
    """The superuser removes a row, its seal, or both, at each end and in the
    middle: what never happened leaves a gap."""
    last = verified(trail)["position"]
    position = {"first": 1, "middle": last // 2, "last": last}[where]
    row = row_at(trail, position)
    with tampering(trail) as do:
        if what != "seal":
            do("DELETE FROM koshin.audit WHERE id = %s", row)
        if what != "row":
            do("DELETE FROM koshin.audit_seal WHERE audit = %s", row)
    found = verify(trail)
    fault = {"row": "row-missing", "seal": "missing", "both": "missing"}[what]
    if where == "last" and what != "row":
        fault = "cut"
    assert (found["fault"], found["fault_position"]) == (fault, position)
    # In front of the cut, a row without a seal.
    assert (found["unsealed"] == 1) == (what == "seal")


def test_T10_positions_that_close_the_gap_do_not_fit(trail):
    """The superuser removes a row with its seal and moves all later positions
    up: no gap is left, but each seal was made over its place."""
    with tampering(trail) as do:
        do("DELETE FROM koshin.audit WHERE id = %s", row_at(trail, 10))
        do("DELETE FROM koshin.audit_seal WHERE position = 10")
        do("ALTER TABLE koshin.audit_seal DROP CONSTRAINT audit_seal_pkey")
        do("UPDATE koshin.audit_seal SET position = position - 1"
           " WHERE position > 10")  # fmt: skip
        do("ALTER TABLE koshin.audit_seal ADD PRIMARY KEY (position)")
    found = verify(trail)
    assert (found["fault"], found["fault_position"]) == ("changed", 10)


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("one, other", [(7, 8), (3, 20)])
def test_T10_two_rows_that_changed_places_are_found(trail, ids, one, other):
    """The superuser exchanges two rows, or their seals: when something was
    done is as much of a truth as what was done."""
    table, column = ("audit", "id") if ids else ("audit_seal", "audit")
    a, b = row_at(trail, one), row_at(trail, other)
    with tampering(trail) as do:
        for old, new in ((a, -1), (b, a), (-1, b)):
            do(
                f"UPDATE koshin.{table} SET {column} = %s"
                f" WHERE {column} = %s",
                new, old,
            )  # fmt: skip
    found = verify(trail)
    assert (found["fault"], found["fault_position"]) == ("order", one)
    assert found["faults"] == 2


@pytest.mark.parametrize("at", ["now()", "now() + interval '1 year'",
                                "now() - interval '1 minute'"])  # fmt: skip
@pytest.mark.parametrize("seal", [None, -1, 1000000])
def test_T10_a_row_that_was_put_in_is_found(trail, at, seal):
    """The superuser writes a row of his own, past the functions of the schema,
    with no seal or an invented one: something that never happened."""
    last = verified(trail)["position"]
    with tampering(trail) as do:
        do("ALTER TABLE koshin.audit_seal DROP CONSTRAINT"
           " IF EXISTS audit_seal_position_check")  # fmt: skip
        do(
            "INSERT INTO koshin.audit (id, at, action, object)"
            f" OVERRIDING SYSTEM VALUE VALUES (500000, {at}, 'x', 'y')"
        )
        if seal is not None:
            do("INSERT INTO koshin.audit_seal VALUES (%s, 500000, %s)",
               seal, bytes(32))  # fmt: skip
    found = verify(trail)
    if seal == 1000000:
        assert found["fault_position"] == last + 1
        assert found["fault"] == "missing"
    else:
        assert found["fault"] == "unsealed"
        assert (found["unsealed"], found["first_unsealed"]) == (1, 500000)


def test_T10_a_seal_of_the_wrong_key_is_found(trail):
    """The superuser writes another MAC: who has no key can only guess."""
    with tampering(trail) as do:
        do("UPDATE koshin.audit_seal SET mac = %s WHERE position = 5",
           bytes(range(32)))  # fmt: skip
    found = verify(trail)
    assert (found["fault"], found["fault_position"]) == ("changed", 5)


def test_T10_a_row_that_is_removed_before_it_has_a_seal_is_found(trail):
    """The superuser removes a row in the second before it is sealed: it stands
    in the list of those that wait, and is missed there."""
    new_rows(trail, 1)
    with tampering(trail) as do:
        do("DELETE FROM koshin.audit WHERE id = (SELECT audit FROM"
           " koshin.audit_unsealed)")  # fmt: skip
    found = verify(trail)
    assert found["fault"] == "removed-unsealed"
    assert found["removed_unsealed"] == 1


# ----------------------------------------------------------- a cut tail


@pytest.mark.parametrize("seals_too", [True, False])
def test_A10_a_cut_tail_is_found_by_the_head(trail, seals_too):
    """The superuser removes the newest five rows, with or without their seals:
    the rest is a whole chain, and only the head file knows that it was
    longer."""
    last = verified(trail)["position"]
    with tampering(trail) as do:
        cut_tail(do, 5, seals_too)
    found = verify(trail)
    assert found["fault"] == ("cut" if seals_too else "row-missing")
    assert found["fault_position"] == last - 4
    assert found["faults"] == (1 if seals_too else 5)


def test_A10_a_cut_tail_is_found_by_a_line_of_the_log(trail, tmp_path):
    """The head file is moved away and the newest row removed: a line that the
    log told, on another machine perhaps, is a head as good."""
    log = trail.instance.log_text()
    position, mac = re.findall(
        r" audit-head position=(\d+) mac=([0-9a-f]{64})\n", log
    )[-1]
    assert (int(position), mac) == head_of(trail)
    pasted = ["--head-position", position, "--head-mac", mac]
    with without_head(trail):
        found = verify(trail)
        assert (found["verified"], found["fault"]) == (False, "no-head")
        assert verify(trail, *pasted)["verified"]
        with tampering(trail) as do:
            cut_tail(do, 1, True)
        found = verify(trail, *pasted)
        assert (found["fault"], found["fault_position"]) == (
            "cut", int(position),
        )  # fmt: skip
    assert verify(trail)["fault"] == "cut"


@contextlib.contextmanager
def without_head(server):
    path = server.head_file
    os.rename(path, path + ".away")
    yield path + ".away"
    os.rename(path + ".away", path)


def test_A10_old_seals_brought_back_are_found(trail):
    """The superuser puts the seals of an earlier day back, so that the newest
    rows wait for one: only the head file knows that they had theirs."""
    with tampering(trail) as do:
        do("DELETE FROM koshin.audit_seal WHERE position > 12")
    found = verify(trail)
    assert (found["fault"], found["fault_position"]) == ("cut", 13)
    assert found["unsealed"] >= ROWS - 12


def test_A10_another_chain_under_the_same_key_is_found(trail):
    """Written anew from position 5 on, and longer than before: only the head
    knows."""
    with tampering(trail) as do:
        cut_tail(do, ROWS - 5, True)
    with without_head(trail) as head:
        trail.start()
        new_rows(trail, ROWS * 2)
        wait_sealed(trail)
        trail.instance.stop()
        assert verify(trail)["verified"]
        found = verify(trail, "--head", head)
        position = int(open(head).read().split()[0].split("=")[1])
        assert (found["fault"], found["fault_position"]) == (
            "other-chain", position,
        )  # fmt: skip
        os.unlink(trail.head_file)


# --------------------------------------------------------------- the command


def test_verify_says_what_is_wrong_to_people(trail):
    """The superuser changes one row: the command says to people where and
    what, not only to programs."""
    done = trail.instance.run("audit", "verify")
    assert re.search(r"(?m)^verified: +yes$", done.stdout)
    assert done.stderr == ""
    with tampering(trail) as do:
        do("UPDATE koshin.audit SET actor = 'x' WHERE id = %s",
           row_at(trail, 9))  # fmt: skip
    done = trail.instance.run("audit", "verify", check=False)
    assert done.returncode == 1
    assert "position 9: the row or its seal was changed" in done.stderr


@pytest.mark.parametrize(
    "args, said",
    [
        (["--head-position", "3"], "go together"),
        (["--head-mac", "00"], "go together"),
        (["--head-position", "x", "--head-mac", "00"], "--head-position"),
        (["--head-position", "0", "--head-mac", "00"], "--head-position"),
        (["--head-position", "3", "--head-mac", "00"], "64 hexadecimal"),
        (["--head", "/nowhere/head"], "/nowhere/head cannot be opened"),
        (["--head", "/dev/null"], "no head of the audit chain"),
    ],
)
def test_verify_refuses_a_head_that_is_none(whole, args, said):
    done = whole.instance.run("audit", "verify", *args, check=False)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stdout == ""


@contextlib.contextmanager
def verify_held_up(server):
    """`koshin audit verify` on a terminal, when it has looked at the seals and
    waits for a table: the terminal, and what lets it go on."""
    with contextlib.closing(
        psycopg2.connect(server.services.pg_conninfo("postgres", "koshin"))
    ) as holder:
        holder.cursor().execute(
            "LOCK TABLE koshin.audit_unsealed IN ACCESS EXCLUSIVE MODE"
        )
        argv = [server.instance.koshin, "audit", "verify"]
        with Terminal([*argv, "--config", server.instance.config]) as t:
            until(lambda: server.one(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name"
                " = 'koshin command line' AND wait_event_type = 'Lock'"
            ))  # fmt: skip
            yield t, holder.rollback


def test_verify_says_on_a_terminal_how_far_it_is(whole):
    with verify_held_up(whole) as (t, go_on):
        time.sleep(1)  # what is quicker than that tells nothing
        go_on()
        assert t.wait(PATIENCE_S) == 0
    last = whole.one("SELECT max(id) FROM koshin.audit")
    assert re.search(
        rf"\rlooked for the seal of row {last} of {last} \(100 %\), 0 s left",
        t.text,
    )
    assert "left\x1b[K\r\x1b[K" in t.text  # and takes it away again
    assert re.search(r"verified: +yes", t.text)


def test_verify_that_is_interrupted_says_how_far_it_was(whole):
    with verify_held_up(whole) as (t, go_on):
        t.type(CTRL_C)
        t.wait_for(r"\^C", PATIENCE_S)
        go_on()
        assert t.wait(PATIENCE_S) == 1
    rows = whole.one("SELECT count(*) FROM koshin.audit_seal")
    said = f"interrupted: verified up to position {rows}, and nothing is wrong"
    assert said in t.text
    assert "verified:" not in t.text.replace(said, "")


def test_verify_with_another_key_fits_nothing(whole, tmp_path):
    key = tmp_path / "other.key"
    key.write_text("00" * 32 + "\n")
    key.chmod(0o600)
    other = whole.copied(lambda s: s.update(audit_key=str(key)))
    done = other.run("audit", "verify", "--json", check=False)
    found = json.loads(done.stdout)
    assert (found["fault"], found["fault_position"]) == ("changed", 1)
    assert "audit_key" in done.stderr


def test_the_key_is_not_for_others(whole):
    path = os.path.join(whole.folder, "secrets", "audit.key")
    assert os.stat(path).st_mode & 0o777 == 0o600
    os.chmod(path, 0o644)
    try:
        done = whole.instance.run("audit", "verify", check=False)
    finally:
        os.chmod(path, 0o600)
    assert done.returncode == 1
    assert "audit.key is readable by others" in done.stderr


def test_an_installation_without_the_key_is_told_what_to_do(whole, tmp_path):
    other = whole.copied(lambda s: s.pop("audit_key"))
    for command in (["serve"], ["audit", "verify"], ["check-config"]):
        done = other.run(*command, check=False)
        assert done.returncode == 1
        assert "audit_key: is missing; add" in done.stderr
        assert "koshin init" in done.stderr
