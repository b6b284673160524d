"""Who may do what in the database. The tables below are complete: whatever is
not in them must be refused, also for what is added to the schema later."""

import os
import re

import psycopg2
import pytest
import services
from psycopg2 import errors

from koshin_tests.database import OWNER, ROLES, Database, connected
from koshin_tests.rows import (
    RECORD,
    RECORD_NOTHING,
    RESERVE_NOTHING,
    account,
    issue,
    reserve,
)

STRANGER = "scratch_stranger"
FRONT, AUTH, ISSUER, COURIER, OPERATOR, MEMBER, SEALER = ROLES
ALL = "all columns"

WITHOUT_HASHES = {
    "id", "version", "user_id", "contract", "role", "name", "email", "locale",
    "state", "locks", "locked_until",
}  # fmt: skip
WITHOUT_PERSONS = WITHOUT_HASHES - {"name", "email", "locale"}
CONTRACT = {"number", "name", "state", "locks", "locked_until", "profiles",
            "made_at"}  # fmt: skip
MAIL = {
    "id", "event_key", "kind", "account", "recipient", "locale", "parameters",
    "made_at", "due_at", "dies_at", "priority", "attempts", "lease_until",
    "state", "last_answer", "done_at", "message_id",
}  # fmt: skip

# Reading. Nobody has any other right on any table.
READS = {
    FRONT: {
        "migration": ALL,
        "contract": CONTRACT,
        "account": WITHOUT_PERSONS | {"temporary_password", "made_at"},
        "certificate": ALL,
        "revocation": ALL,
    },
    AUTH: {
        "migration": ALL,
        "contract": {
            "number", "initial_password_hash", "state", "locks",
            "locked_until", "profiles",
        },
        "account": ALL,
        "certificate": ALL,
        "revocation": ALL,
        "mail": {"account", "code_id", "code_digest", "dies_at",
                 "state"},
    },
    ISSUER: {
        "migration": ALL,
        "contract": {"number", "profiles"},
        "account": WITHOUT_HASHES | {"temporary_password", "made_at"},
        "certificate": ALL,
        "revocation": ALL,
        "mail": {"account", "code_id", "dies_at"},
        "crl_wish": {"id"},
    },
    COURIER: {
        "migration": ALL,
        "account": WITHOUT_HASHES,
        "certificate": ALL,
        "revocation": ALL,
        "mail": MAIL,
    },
    OPERATOR: {
        "migration": ALL,
        "contract": CONTRACT,
        "account": WITHOUT_HASHES | {"temporary_password", "made_at",
                                     "closed_at", "email_next",
                                     "email_at"},
        "certificate": ALL,
        "revocation": ALL,
        "mail": MAIL,
        "crl": ALL,
        "audit": ALL,
        "audit_seal": ALL,
        "audit_unsealed": ALL,
    },
    SEALER: {
        "migration": ALL,
        "audit": ALL,
        "audit_seal": ALL,
        "audit_unsealed": ALL,
    },
    MEMBER: {
        "migration": ALL,
        "contract": CONTRACT,
        "account": WITHOUT_HASHES | {"temporary_password", "made_at",
                                     "closed_at", "email_next",
                                     "email_at"},
        "certificate": {
            "serial", "account", "profile", "subject", "not_before",
            "not_after", "replaces", "via", "state", "current",
            "reserved_at", "issued_at", "fingerprint", "der",
            "installed_at",
        },
        "revocation": {"serial", "revoked_at", "reason"},
        "mail": {"id", "account", "recipient", "state", "done_at"},
    },
    STRANGER: {},
}

# A member in whose session an operator has proved a password; the others are
# refused by each of them (test_schema_operators.py).
OF_OPERATORS = {
    "operator_contracts", "operator_users", "operator_certificates",
    "operator_mails", "operator_audit", "operator_figures",
    "operator_proposals", "revoke_contract", "propose", "proposal_resets",
    "confirm", "decline", "moment",
}  # fmt: skip

CALLS = {
    FRONT: {"key_taken", "feed", "stop_email", "epoch"},
    AUTH: {"lock_account", "lock_contract", "mail_code", "open_session",
           "session_gives", "owed_by", "settle_owed",
           "prepare_email", "confirm_email",
           "begin_account", "begin_master", "rehash_password", "hash_cost",
           "epoch"},
    ISSUER: {"key_taken", "reserve", "record", "mark_installed", "epoch",
             "begin_crl", "finish_crl"},
    COURIER: {
        "close_abandoned", "take_mails", "settle_mails", "next_mail", "epoch",
        "plan_notices", "oldest_unsealed", "remove_mails",
        "plan_uninstalled",
    },
    OPERATOR: {
        "add_contract", "lift_contract", "add_account", "lift_account",
        "close_account", "set_name", "set_email", "set_password",
        "give_password", "withdraw_certificate", "reset_contract",
        "close_contract", "set_profiles", "retry_mail", "epoch", "plan_notices", "due_notices",
        "retry_failed_mails", "suspend_account", "resume_account",
        "reopen_account", "remind_account", "keep_email", "set_locale",
        "wish_crl",
    },
    MEMBER: {
        "enter_session", "end_session", "session_contract", "session_only",
        "register_master", "register_member",
        "replace_temporary_password", "lift_account", "close_account",
        "give_password", "withdraw_certificate", "set_name", "set_email",
        "change_password", "epoch", "reopen_account", "remind_account",
        "keep_email", "set_locale", "own_details", "set_feed",
        "reopens", "desk_users", "desk_list", "desk_figures", "desk_left",
        "claim_user_id", "revoke_own",
    } | OF_OPERATORS | {
        "add_contract", "lift_contract", "reset_contract", "close_contract",
        "set_profiles", "add_account", "suspend_account", "resume_account",
        "retry_mail", "retry_failed_mails",
    },
    SEALER: {"seal_audit", "lead_sealing"},
    STRANGER: set(),
}  # fmt: skip


@pytest.fixture(scope="module")
def db():
    with services.temporary() as running:
        made = Database(running, "koshin")
        made.do(f"CREATE ROLE {STRANGER} LOGIN")
        yield made
        made.close()


@pytest.fixture(scope="module")
def columns(db):
    found = {}
    for table, column in db.rows(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'koshin'"
    ):
        found.setdefault(table, set()).add(column)
    return found


@pytest.mark.parametrize("role", READS)
def test_a_role_reads_what_it_needs_and_no_column_more(db, columns, role):
    for table, its in columns.items():
        wanted = READS[role].get(table, set())
        wanted = its if wanted is ALL else wanted
        can = {
            column
            for column in its
            if db.one(
                "SELECT has_column_privilege(%s, %s, %s, 'SELECT')",
                role,
                f"koshin.{table}",
                column,
            )
        }
        assert can == wanted, table


@pytest.mark.parametrize("role", READS)
def test_I_18_no_role_writes_a_table(db, columns, role):
    for table in columns:
        for right in ("INSERT", "UPDATE", "REFERENCES"):
            assert not db.one(
                "SELECT has_any_column_privilege(%s, %s, %s)",
                role,
                f"koshin.{table}",
                right,
            ), (table, right)
        for right in ("DELETE", "TRUNCATE", "TRIGGER"):
            assert not db.one(
                "SELECT has_table_privilege(%s, %s, %s)",
                role,
                f"koshin.{table}",
                right,
            ), (table, right)


@pytest.mark.parametrize("role", READS)
def test_a_role_calls_what_it_needs_and_nothing_more(db, role):
    can = db.rows(
        "SELECT proname FROM pg_proc WHERE pronamespace ="
        " 'koshin'::regnamespace"
        " AND has_function_privilege(%s, oid, 'EXECUTE')",
        role,
    )
    assert {name for (name,) in can} == CALLS[role]


@pytest.mark.parametrize("role", READS)
def test_a_role_makes_nothing_in_the_schema(db, role):
    assert db.one(
        "SELECT has_schema_privilege(%s, 'koshin', 'USAGE')", role
    ) == (role != STRANGER)
    assert not db.one(
        "SELECT has_schema_privilege(%s, 'koshin', 'CREATE')", role
    )


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_nothing_special(db, role):
    assert (True, False, False, False, False, False) == db.rows(
        "SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole,"
        " rolreplication, rolbypassrls FROM pg_roles WHERE rolname = %s",
        role,
    )[0]
    assert [] == db.rows(
        "SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member"
        " WHERE r.rolname = %s",
        role,
    )


def test_nothing_is_for_everybody(db):
    for right in ("CONNECT", "TEMP", "CREATE"):
        assert not db.one("SELECT has_database_privilege('public', %s, %s)",
                          db.name, right), right  # fmt: skip
    assert [] == db.rows(
        "SELECT proname FROM pg_proc WHERE (proname ~ '^lo'"
        " AND proname ~ '^(lo_|loread|lowrite)' OR proname ~ 'advisory'"
        " OR proname ~ '^pg_(terminate|cancel)_backend$'"
        " OR pronamespace = 'koshin'::regnamespace)"
        " AND has_function_privilege('public', oid, 'EXECUTE')"
    )
    db.do("CREATE FUNCTION koshin.later() RETURNS int LANGUAGE sql"
          " AS 'SELECT 1'")  # fmt: skip
    assert not db.one(
        "SELECT has_function_privilege('public', 'koshin.later()', 'EXECUTE')"
    )
    db.do("DROP FUNCTION koshin.later()")


def test_a_stranger_does_not_come_in(db):
    with pytest.raises(psycopg2.OperationalError, match="CONNECT"):
        db.do("SELECT", role=STRANGER)


# Every right that stands in the catalogue, of everything that can have one, but
# for what PostgreSQL's own objects give everybody.
ALL_RIGHTS = """
    SELECT what, r.rolname, right_ FROM (
    SELECT 'schema ' || nspname AS what, nspacl AS acl, 'n' AS kind,
	nspowner AS owner FROM pg_namespace
	WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
    UNION ALL SELECT 'database ' || datname, datacl, 'd', datdba
	FROM pg_database WHERE datname = current_database()
    UNION ALL SELECT 'language ' || lanname, lanacl, 'l', lanowner
	FROM pg_language WHERE lanpltrusted
    UNION ALL SELECT 'parameter ' || parname, paracl, 'p', 10
	FROM pg_parameter_acl
    UNION ALL SELECT 'tablespace ' || spcname, spcacl, 't', spcowner
	FROM pg_tablespace
    UNION ALL SELECT 'large object ' || oid, lomacl, 'L', lomowner
	FROM pg_largeobject_metadata
    UNION ALL SELECT 'table ' || relname, relacl,
	CASE relkind WHEN 'S' THEN 's' ELSE 'r' END, relowner
	FROM pg_class WHERE relnamespace = 'koshin'::regnamespace
	AND relkind IN ('r', 'v', 'm', 'S', 'f', 'p')
    UNION ALL SELECT 'column ' || relname || '.' || attname, attacl, 'c',
	relowner
	FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
	WHERE attacl IS NOT NULL AND relnamespace = 'koshin'::regnamespace
    UNION ALL SELECT 'type ' || typname, typacl, 'T', typowner
	FROM pg_type WHERE typnamespace = 'koshin'::regnamespace
	AND typtype = 'd'
    UNION ALL SELECT 'function ' || proname, proacl, 'f', proowner
	FROM pg_proc WHERE pronamespace = 'koshin'::regnamespace
	OR proname ~ '^(lo_|loread|lowrite|pg_.*advisory)'
	OR proname ~ '^pg_(terminate|cancel)_backend$'
    ) o CROSS JOIN LATERAL aclexplode(coalesce(acl,
	acldefault(kind::"char", owner))) x (grantor, grantee, right_, more)
    LEFT JOIN pg_roles r ON r.oid = x.grantee
    WHERE x.grantee <> o.owner"""


def test_I_18_the_rights_of_all_roles_are_those_of_these_lists(db):
    """Of anything of the database, also of a kind that nobody thought of;
    and of nothing for PUBLIC (None)."""
    wanted = set()
    for role in ROLES:
        wanted |= {
            ("schema koshin", role, "USAGE"),
            (f"database {db.name}", role, "CONNECT"),
        }
        for table, its in READS[role].items():
            if its is ALL:
                wanted.add((f"table {table}", role, "SELECT"))
            else:
                wanted |= {(f"column {table}.{c}", role, "SELECT")
                           for c in its}  # fmt: skip
        wanted |= {(f"function {f}", role, "EXECUTE") for f in CALLS[role]}
    found = set(db.rows(ALL_RIGHTS))
    # What a bare PostgreSQL has: everybody finds the schema public.
    found.discard(("schema public", None, "USAGE"))
    assert found - wanted == set()
    assert wanted - found == set()


def test_no_function_runs_what_it_is_given_as_text(db):
    """EXECUTE of it in a function with its owner's rights would be the owner.
    A text that stands there and takes values is none."""
    constant = re.compile(r"EXECUTE\s+(\$\w*\$).*?\1\s+USING\b", re.S | re.I)
    bodies = db.rows(
        "SELECT proname, prosrc FROM pg_proc"
        " WHERE pronamespace = 'koshin'::regnamespace"
    )
    assert len(bodies) >= 60
    for name, body in bodies:
        rest = constant.sub("", re.sub(r"--.*", "", body))
        words = re.findall(r"\w+", rest.upper())
        assert "EXECUTE" not in words, name
    assert [] == db.rows(
        "SELECT proname FROM pg_proc JOIN pg_language l ON l.oid = prolang"
        " WHERE pronamespace = 'koshin'::regnamespace"
        " AND lanname NOT IN ('sql', 'plpgsql')"
    )


def test_T8_no_lock_of_a_stranger_holds_up_a_certificate(db):
    """koshin.reserve() locks the new key by an advisory lock. None of our
    roles may take one; who comes to another database of the server may, and
    it is another lock."""
    key = os.urandom(32)
    number = int.from_bytes(key[:8], "big", signed=True)
    with connected(db.services, STRANGER, "postgres") as other:
        at = other.cursor()
        at.execute("SELECT pg_try_advisory_lock(%s)", (number,))
        assert at.fetchone() == (True,)
        db.do("SET lock_timeout = '1s'", role=ISSUER)
        assert reserve(db, account(db), key=key, role=ISSUER)
    db.do("RESET lock_timeout", role=ISSUER)


def test_T8_who_has_the_number_of_a_leader_does_not_lead(db):
    """A sealer's connection has ended, and the kernel has given its number to
    that of another role: sealing does not wait for it."""
    with connected(db.services, FRONT, db.name) as other:
        at = other.cursor()
        at.execute("SELECT pg_backend_pid()")
        db.do("UPDATE koshin.turn SET leader = %s WHERE work = 'seal'",
              *at.fetchone())  # fmt: skip
        assert db.one("SELECT koshin.lead_sealing()", role=SEALER)


def test_functions_that_lend_rights_look_in_fixed_places(db):
    """A function with its owner's rights that found its tables by the
    caller's search_path could be given other ones."""
    rows = db.rows(
        "SELECT proname, proconfig FROM pg_proc"
        " WHERE pronamespace = 'koshin'::regnamespace AND prosecdef"
    )
    assert len(rows) >= 17
    for name, settings in rows:
        assert "search_path=pg_catalog, koshin, pg_temp" in settings, name


def test_search_path_of_the_caller_does_not_matter(db):
    holder = account(db)
    with psycopg2.connect(
        db.services.pg_conninfo(OWNER, db.name)
    ) as connection:
        at = connection.cursor()
        at.execute("CREATE TEMP TABLE account (LIKE koshin.account)")
        at.execute("CREATE TEMP TABLE mail (x int)")
        at.execute("SET SESSION AUTHORIZATION koshin_auth")
        at.execute("SET search_path = pg_temp, koshin")
        at.execute(
            "SELECT koshin.mail_code(%s, %s, now(), now() + '1 h', '')",
            (holder, bytes(16)),
        )
        assert at.fetchone() == (True,)
    connection.close()
    assert 1 == db.one(
        "SELECT count(*) FROM koshin.mail WHERE account = %s", holder
    )


# The same once more by doing it, for what matters most.
REFUSED = [
    (FRONT, "UPDATE koshin.account SET locks = 0"),
    (FRONT, "INSERT INTO koshin.revocation VALUES ('x')"),
    (FRONT, "UPDATE koshin.certificate SET current = false"),
    (FRONT, "SELECT initial_password_hash FROM koshin.contract"),
    (FRONT, "SELECT nonce FROM koshin.mail"),
    (FRONT, RECORD_NOTHING),
    (FRONT, "SELECT koshin.lift_account('x', 'x', 'x')"),
    (FRONT, "SELECT koshin.notice(1, 'issued', 'x')"),
    (ISSUER, "SELECT password_hash FROM koshin.account"),
    (ISSUER, "SELECT * FROM koshin.account"),
    (ISSUER, "INSERT INTO koshin.certificate (serial) VALUES ('x')"),
    (ISSUER, "UPDATE koshin.certificate SET der = 'x'"),
    (ISSUER, "DELETE FROM koshin.certificate"),
    (ISSUER, "SELECT parameters FROM koshin.mail"),
    (ISSUER, "ALTER TABLE koshin.certificate DISABLE TRIGGER ALL"),
    (ISSUER, "SET session_replication_role = replica"),
    (COURIER, "SELECT password_hash FROM koshin.account"),
    (COURIER, "SELECT nonce FROM koshin.mail"),
    (COURIER, "UPDATE koshin.mail SET recipient = 'x@y'"),
    (COURIER, RESERVE_NOTHING),
    (OPERATOR, "SELECT password_hash FROM koshin.account"),
    (OPERATOR, "SELECT initial_password_hash FROM koshin.contract"),
    (OPERATOR, "UPDATE koshin.account SET email = 'x@y'"),
    (OPERATOR, "DELETE FROM koshin.audit"),
    (OPERATOR, "SELECT koshin.seal_audit(1, 'x', '{}', '{}')"),
    (ISSUER, "SELECT koshin.seal_audit(1, 'x', '{}', '{}')"),
    (SEALER, "INSERT INTO koshin.audit_seal VALUES (1, 1, 'x')"),
    (SEALER, "DELETE FROM koshin.audit_unsealed"),
    (SEALER, "SELECT user_id FROM koshin.account"),
    (OPERATOR, "SELECT koshin.audited('x', 'x', 'x', 1)"),
    (OPERATOR, "SELECT koshin.open_session('x', 'x', 1, 'x')"),
    (MEMBER, "SELECT koshin.open_session('x', 'x', 1, 'x')"),
    (MEMBER, "SELECT FROM koshin.session"),
    (FRONT, "SELECT koshin.open_session('x', 'x', 1, 'x')"),
    (MEMBER, "SELECT password_hash FROM koshin.account"),
    (MEMBER, "SELECT initial_password_hash FROM koshin.contract"),
    (MEMBER, "SELECT parameters FROM koshin.mail"),
    (MEMBER, "SELECT FROM koshin.audit"),
    (MEMBER, "SELECT koshin.set_password('x', 'x', 'x', false)"),
    (MEMBER, "SELECT koshin.lock_account(1, 1, now(), true)"),
    (MEMBER, "ALTER TABLE koshin.account DISABLE ROW LEVEL SECURITY"),
]
REFUSED += [
    (role, sql)
    for role in ROLES
    for sql in (
        "CREATE TEMP TABLE x ()",
        "CREATE TABLE public.x ()",
        "SELECT lo_create(0)",
        "SELECT lo_from_bytea(0, 'x')",
        "DO $$ BEGIN END $$",
    )
]
# Whoever may lock it stops who works with it.
REFUSED += [
    (role, sql)
    for role in ROLES
    for sql in (
        "SELECT pg_try_advisory_lock(1)",
        "SELECT pg_try_advisory_xact_lock(1, 1)",
        "SELECT FROM koshin.turn FOR UPDATE",
        "SELECT FROM koshin.migration FOR SHARE",
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "SELECT pg_cancel_backend(pg_backend_pid())",
    )
]  # fmt: skip


@pytest.mark.parametrize("role, sql", REFUSED)
def test_it_is_refused(db, role, sql):
    with pytest.raises(errors.InsufficientPrivilege):
        db.do(sql, role=role)


def test_the_issuer_does_its_work_with_what_it_has(db):
    holder = account(db)
    serial = reserve(db, holder, role=ISSUER)
    assert serial
    assert db.one(RECORD, serial, b"der", bytes(32), role=ISSUER)
    assert FRONT != ISSUER == db.one(
        "SELECT role FROM koshin.audit WHERE account = %s", holder
    )


def test_the_courier_does_its_work_with_what_it_has(db):
    issue(db, account(db))
    taken = db.rows(
        "SELECT id, nonce FROM koshin.take_mails(1, 60)", role=COURIER
    )
    db.do(
        "SELECT koshin.settle_mails(ARRAY[%s]::bigint[], ARRAY['sent'],"
        " ARRAY[now()], ARRAY['250'])",
        taken[0][0],
        role=COURIER,
    )
    assert db.one(
        "SELECT state FROM koshin.mail WHERE id = %s", taken[0][0]
    ) == "sent"  # fmt: skip
