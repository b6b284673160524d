"""What an operator gone bad, or whoever took his role in the database, can
still do, and what he can not (T12). He may do to people what the desk may do;
each time the trail names him as PostgreSQL knows him, and it is told by mail."""

import contextlib
import json

import pytest
from psycopg2 import errors

from koshin_tests.database import connected
from koshin_tests.rows import RECORD_NOTHING, RESERVE_NOTHING

ROLE = "mori"


@pytest.fixture(scope="module")
def server(module_server):
    made = module_server()
    made.rows(f"CREATE ROLE {ROLE} LOGIN IN ROLE koshin_operator")
    made.start()
    return made


@contextlib.contextmanager
def database(server):
    """A cursor of that operator."""
    with connected(server.services, ROLE, "koshin") as connection:
        yield connection.cursor()


def newest(server, account):
    """(actor, role, action, remark) of the last row about him."""
    return server.rows(
        "SELECT actor, role, action, details ->> 'remark' FROM koshin.audit"
        " WHERE account = %s ORDER BY id DESC LIMIT 1",
        account.row("id"),
    )[0]


@pytest.fixture
def command_line(server):
    """The configuration of that operator, and where he runs commands."""

    def be_mori(settings):
        settings["database"]["operator"] = server.services.pg_conninfo(
            ROLE, "koshin"
        )

    return server.copied(be_mori)


def test_T12_the_trail_names_whom_PostgreSQL_knows(server, command_line):
    """--actor says what it likes, and is a remark."""
    account = server.account()
    command_line.run("user", "set-name", account.user, "--name", "Z",
                     "--actor", "desk 3, M. Sato")  # fmt: skip
    assert newest(server, account) == (
        ROLE, ROLE, "account.name", "desk 3, M. Sato",
    )  # fmt: skip
    (row,) = json.loads(
        command_line.run("audit", "list", "--json", "--user", account.user,
                         "--action", "account.name").stdout)  # fmt: skip
    assert row["actor"] == row["role"] == ROLE
    assert row["remark"] == "desk 3, M. Sato"


def test_T12_who_calls_the_functions_himself_is_named_too(server):
    account = server.account()
    with database(server) as at:
        at.execute(
            "SELECT koshin.set_name('koshin_operator', %s, 'Z')",
            (account.user,),
        )
    assert newest(server, account) == (
        ROLE, ROLE, "account.name", "koshin_operator",
    )  # fmt: skip


def test_T12_he_takes_an_account_over_and_it_shows(server):
    """What remains: an address of his own and a password, and he is that user
    until somebody reads the mail. Both addresses are told, the trail names
    him."""
    account = server.account()
    since = account.mark()
    with database(server) as at:
        at.execute(
            "SELECT koshin.set_email('', %s, 'mori@example.jp')",
            (account.user,),
        )
        at.execute(
            "SELECT koshin.set_password('', %s, '$argon2id$x', false)",
            (account.user,),
        )
    account.mail(since, "address")
    told = server.rows(
        "SELECT kind, recipient FROM koshin.mail WHERE account = %s"
        " ORDER BY id",
        account.row("id"),
    )
    assert ("email_changed", account.email) in told
    assert ("email_changed", "mori@example.jp") in told
    assert set(
        server.rows(
            "SELECT actor, action FROM koshin.audit WHERE account = %s",
            account.row("id"),
        )
    ) >= {(ROLE, "account.email"), (ROLE, "account.password")}  # fmt: skip


NOT_HIS = [
    "SELECT password_hash FROM koshin.account",
    "SELECT initial_password_hash FROM koshin.contract",
    "SELECT nonce FROM koshin.mail",
    "SELECT code_digest FROM koshin.mail",
    "SELECT FROM koshin.session",
    "SELECT koshin.open_session('x', 'x', 1, 'x')",
    "SELECT koshin.mail_code(1, 'x', now(), now(), '', 'x', 'x')",
    RESERVE_NOTHING,
    RECORD_NOTHING,
    "SELECT koshin.seal_audit(1, 'x', '{}', '{}')",
    "SELECT koshin.audited('x', 'x', 'x', 1)",
    "INSERT INTO koshin.audit (action, object) VALUES ('x', 'x')",
    "UPDATE koshin.audit SET actor = 'x'",
    "DELETE FROM koshin.audit",
    "DELETE FROM koshin.revocation",
    "UPDATE koshin.certificate SET current = true",
    "UPDATE koshin.account SET email = 'x@example.jp'",
    "SELECT FROM koshin.turn FOR UPDATE",
    "SELECT FROM koshin.audit_unsealed FOR UPDATE",
    "BEGIN; LOCK TABLE koshin.audit IN SHARE MODE",
    "SELECT pg_advisory_lock(1)",
    "SET SESSION AUTHORIZATION koshin_member",
    "SET ROLE koshin_issuer",
]


@pytest.mark.parametrize("sql", NOT_HIS)
def test_T12_what_an_operator_does_not_do(server, sql):
    """He reads no secret, makes no certificate and no session, takes nothing
    back, stops nobody's work, and is nobody else."""
    with database(server) as at, pytest.raises(errors.InsufficientPrivilege):
        at.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT koshin.lift_account('', %s, ' ')",
        "SELECT koshin.suspend_account('', %s, NULL)",
    ],
)
def test_T12_X_04_nothing_is_done_without_a_reason(server, sql):
    account = server.account()
    before = newest(server, account)
    server.rows("UPDATE koshin.account SET locks = 1 WHERE user_id = %s",
                account.user)  # fmt: skip
    with database(server) as at:
        with pytest.raises(errors.InvalidParameterValue):
            at.execute(sql, (account.user,))
    assert newest(server, account) == before
