"""Two contracts, and every command and every function as the master of the
other one: nothing of one is reachable from the other, and what is not yours
answers like what does not exist (I-14, J-09, T6)."""

import hashlib
import secrets

import psycopg2
import pytest
from psycopg2 import errors

from koshin_tests.command_line import INITIAL, PASSWORD
from koshin_tests.database import connected
from koshin_tests.people import As, Firm, everything, issue, new_id, new_serial

MEMBER = "koshin_member"
NOBODY = "nobody0001"
NO_CONTRACT = "99999999"
NO_SERIAL = "00ff" + "12" * 18


@pytest.fixture(scope="module")
def firms(desk):
    """Ours, and the one that must stay unseen: its words are its own."""
    ours, theirs = Firm(desk, "Ours"), Firm(desk, "Theirs")
    for firm in (ours, theirs):
        firm.serials = [issue(desk, u, new_serial()) for u in firm.user_ids]
    desk.sql("UPDATE koshin.contract SET name = 'Theirs Ltd'"
             " WHERE number = %s", theirs.number)  # fmt: skip
    return ours, theirs


def marks_of(firm, but=()):
    """What only that contract's rows have."""
    marks = ["Theirs", *firm.serials]
    marks += [u for u in (firm.number, *firm.user_ids) if u not in but]
    return marks


# ------------------------------------------------------- the command line


# Each command that works on contracts and accounts, with what stands for the
# other's things: {u} user ID, {n} contract, {s} serial.
COMMANDS = {
    "contract list": [],
    "contract show": ["{n}"],
    "contract reset": ["{n}", "--reason", "x", "--password-file", "-"],
    "contract unblock": ["{n}", "--reason", "x"],
    "contract set-profiles": ["{n}", "--profile", "person"],
    "contract close": ["{n}", "--reason", "x"],
    "user add": ["{new}", "--contract", "{n}", "--role", "general", "--name",
                 "X", "--email", "x@example.jp", "--password-file", "-"],
    "user list": ["--contract", "{n}"],
    "user show": ["{u}"],
    "user unlock": ["{u}", "--reason", "x"],
    "user suspend": ["{u}", "--reason", "x"],
    "user resume": ["{u}", "--reason", "x"],
    "user close": ["{u}", "--reason", "x"],
    "user reopen": ["{u}", "--reason", "x"],
    "user remind": ["{u}"],
    "user set-name": ["{u}", "--name", "X"],
    "user set-email": ["{u}", "--email", "x@example.jp"],
    "user set-password": ["{u}", "--password-file", "-"],
    "user temporary-password": ["{u}", "--password-file", "-"],
    "cert list": ["--user", "{u}", "--contract", "{n}"],
    "cert show": ["{s}"],
    "cert export": ["{s}"],
    "cert revoke": ["{s}", "--reason", "superseded"],
}  # fmt: skip
ELSEWHERE = {"user import"}  # test_import.py
# The operator's alone, and what comes before there is a session.
WITHOUT_AS = {"contract add", "user register"}


def test_I_14_every_command_on_people_is_crawled(desk):
    names = desk.commands()
    with_as = {name for name in names if "--as USER_ID" in
               desk.good(*name.split(), "--help")}  # fmt: skip
    assert with_as == set(COMMANDS) | ELSEWHERE
    people = {n for n in names if n.split()[0] in ("contract", "user")}
    assert people - with_as == WITHOUT_AS


def ask(who, command, user, number, serial, new=None):
    words = [w.format(u=user, n=number, s=serial, new=new or new_id())
             for w in COMMANDS[command]]  # fmt: skip
    word = INITIAL if command == "contract reset" else PASSWORD
    return who(*command.split(), *words, stdin=word + "\n")


def shape(done, *words):
    """The answer without the name that was asked for."""
    said = done.stdout + done.stderr
    for word in words:
        said = said.replace(word, "?")
    return done.returncode, said


@pytest.mark.parametrize("role", ["master", "general"])
@pytest.mark.parametrize("command", COMMANDS)
def test_I_14_J_09_T6_no_command_reaches_the_other_contract(
    desk, firms, command, role
):
    ours, theirs = firms
    who = getattr(ours, role)
    before = everything(desk)
    none = ask(who, command, NOBODY, NO_CONTRACT, NO_SERIAL)
    for user, serial in zip(theirs.user_ids, theirs.serials):
        done = ask(who, command, user, theirs.number, serial)
        assert shape(done, user, theirs.number, serial) == shape(
            none, NOBODY, NO_CONTRACT, NO_SERIAL)  # fmt: skip
        said = done.stdout + done.stderr
        given = (user, theirs.number, serial)
        for mark in marks_of(theirs):
            assert mark in given or mark not in said, mark
    assert everything(desk) == before


def test_X_01_it_is_one_of_them_who_acts(desk, firms):
    ours, _ = firms
    for words in (["--as", ours.master_id, "--actor", "mori"],
                  ["--as-password-file", "-"]):  # fmt: skip
        said = desk.refused("user", "unlock", ours.general_id, "--reason",
                            "x", *words, code=2)  # fmt: skip
        assert said.count("usage: ") == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_I_14_nobody_and_devices_act_for_no_contract(desk, firms, command):
    ours, _ = firms
    before = everything(desk)
    said = set()
    for who in (As(desk, ours.device_id), As(desk, NOBODY)):
        done = ask(who, command, ours.general_id, ours.number,
                   ours.serials[1])  # fmt: skip
        assert done.returncode == 1 and done.stdout == ""
        said.add(done.stderr)
    assert len(said) == 2
    assert everything(desk) == before
    desk.good("user", "unlock", ours.device_id, "--reason", "test")


def test_I_14_a_general_user_sees_no_colleague(desk, firms):
    ours, _ = firms
    before = everything(desk)
    for command in ("user show", "user unlock", "user close", "user set-name",
                    "user set-email", "user set-password",
                    "user temporary-password"):  # fmt: skip
        none = ask(ours.general, command, NOBODY, NO_CONTRACT, NO_SERIAL)
        for user in (ours.master_id, ours.device_id):
            done = ask(ours.general, command, user, ours.number, NO_SERIAL)
            assert shape(done, user) == shape(none, NOBODY)
    assert everything(desk) == before
    listed = ours.general.json("cert", "list")
    assert [c["user_id"] for c in listed] == [ours.general_id]


def test_I_14_a_master_sees_all_of_the_own_contract(firms):
    ours, _ = firms
    listed = {u["user_id"] for u in ours.master.json("user", "list")}
    assert listed == set(ours.user_ids)
    serials = {c["serial"] for c in ours.master.json("cert", "list")}
    assert serials == set(ours.serials)
    assert ours.master.json("contract", "list")[0]["number"] == ours.number


# ---------------------------------------------------------- the database


def token_for(desk, user):
    """Of a session that auth opens."""
    token = secrets.token_hex(32)
    with connected(desk.services, "koshin_auth", "koshin") as auth:
        at = auth.cursor()
        at.execute(
            "SELECT koshin.open_session(sha256(%s), contract, id,"
            " password_hash, 3, 3, 100) FROM koshin.account WHERE user_id = %s",
            (token.encode(), user),
        )  # fmt: skip
        assert at.fetchone() == (True,)
    return token


class Session:
    """A connection as koshin_member, in a session as auth begins it for who
    has proved the password of a user."""

    def __init__(self, desk, user):
        self.connection = psycopg2.connect(
            desk.services.pg_conninfo(MEMBER, "koshin")
        )
        self.connection.autocommit = True
        if user is not None:
            assert self.enter(token_for(desk, user)) == [(True,)]

    def enter(self, token):
        return self.rows("SELECT koshin.enter_session(%s, false)", token)

    def rows(self, sql, *values):
        with self.connection.cursor() as at:
            at.execute(sql, values or None)
            return at.fetchall() if at.description else []


@pytest.fixture
def session(desk, firms):
    made = Session(desk, firms[0].master_id)
    yield made
    made.connection.close()


def readable(session):
    """The tables and columns that the role may read at all."""
    return session.rows(
        "SELECT table_name, string_agg(quote_ident(column_name), ', ')"
        " FROM information_schema.column_privileges"
        " WHERE table_schema = 'koshin' AND grantee = %s"
        " AND table_name <> 'migration' GROUP BY 1", MEMBER,
    )  # fmt: skip


def test_I_14_no_row_of_the_other_contract_is_seen(firms, session):
    ours, theirs = firms
    tables = readable(session)
    assert {t for t, _ in tables} >= {"contract", "account", "certificate"}
    for table, columns in tables:
        if session.rows("SELECT to_regclass(%s)::text",
                        f"koshin.{table}") == [(None,)]:  # fmt: skip
            continue
        rows = str(session.rows(
            f"SELECT to_jsonb(t)::text FROM (SELECT {columns}"
            f" FROM koshin.{table}) t"))  # fmt: skip
        for mark in marks_of(theirs):
            assert mark not in rows, (table, mark)
    assert session.rows("SELECT count(*) FROM koshin.account") == [(3,)]
    assert session.rows("SELECT count(*) FROM koshin.certificate") == [(3,)]


def test_I_14_without_a_session_nothing_is_seen(desk, firms):
    outside = Session(desk, None)
    assert_nothing_is_seen(outside)
    outside.connection.close()


def assert_nothing_is_seen(session):
    tables = {t for t, _ in readable(session)}
    assert tables >= {"contract", "account", "certificate", "revocation"}
    for table in tables:
        assert session.rows(f"SELECT count(*) FROM koshin.{table}") == [
            (0,)], table  # fmt: skip


def test_I_14_T6_settings_that_anybody_may_set_give_nothing(desk, firms):
    """A role may SET what it likes: names are no proof."""
    _, theirs = firms
    liar = Session(desk, None)
    before = everything(desk)
    for name, value in (("actor", theirs.master_id), ("contract", theirs.number),
                        ("token", theirs.master_id),
                        ("session", theirs.master_id)):  # fmt: skip
        liar.rows(f"SET koshin.{name} = '{value}'")
    assert_nothing_is_seen(liar)
    with pytest.raises(errors.NoDataFound):
        liar.rows("SELECT koshin.set_email('', %s, 'evil@example.com')",
                  theirs.master_id)  # fmt: skip
    assert everything(desk) == before
    liar.connection.close()


def test_I_14_who_was_given_the_role_of_members_is_held_as_they_are(
    desk, firms
):
    """An administrator gives each member a role of his own: the fences ask
    for the role, not for its name."""
    _, theirs = firms
    desk.sql("CREATE ROLE member_of_them LOGIN IN ROLE koshin_member")
    before = everything(desk)
    for prepare in ("SELECT", "SET ROLE koshin_member"):
        with connected(
            desk.services, "member_of_them", "koshin"
        ) as connection:
            at = connection.cursor()
            at.execute(prepare)
            at.execute("SELECT FROM koshin.account")
            assert at.fetchall() == []
            for sql in (
                "SELECT koshin.set_email('', %s, 'evil@example.com')",
                "SELECT koshin.close_account('', %s, 'why')",
                "SELECT koshin.give_password('', %s, '$argon2id$x')",
            ):
                with pytest.raises(errors.NoDataFound):
                    at.execute(sql, (theirs.master_id,))
    assert everything(desk) == before
    desk.sql("DROP ROLE member_of_them")


def test_I_14_a_session_does_not_become_another_one(desk, firms, session):
    ours, theirs = firms
    for user in (theirs.master_id, ours.general_id):
        for token in (user, token_for(desk, user)):
            assert session.enter(token) == [(False,)]
    assert session.rows("SELECT koshin.session_contract()") == [
        (ours.number,)]  # fmt: skip


def test_I_14_nobody_enters_without_a_proof(desk, firms):
    _, theirs = firms
    outside = Session(desk, None)
    token = token_for(desk, theirs.master_id)
    digest = hashlib.sha256(token.encode()).hexdigest()
    assert desk.sql("SELECT 1 FROM koshin.session WHERE encode(token_digest,"
                    " 'hex') = %s", digest) == [(1,)]  # fmt: skip
    for token in (theirs.master_id, theirs.number, digest, "", None):
        assert outside.enter(token) in ([(False,)], [(None,)]), token
        assert_nothing_is_seen(outside)
        outside.rows("RESET koshin.token")
    outside.connection.close()


def test_I_14_a_session_ends_by_the_clock_and_when_it_is_left(desk, firms):
    ours, _ = firms
    token = token_for(desk, ours.master_id)
    one = Session(desk, None)
    assert one.enter(token) == [(True,)]
    desk.sql("UPDATE koshin.session SET ends_at = now()"
             " WHERE token_digest = sha256(%s)", token.encode())  # fmt: skip
    assert_nothing_is_seen(one)
    one.connection.close()

    left = Session(desk, ours.master_id)
    left.rows("SELECT koshin.end_session()")
    assert_nothing_is_seen(left)
    left.connection.close()


def test_I_14_the_command_line_leaves_no_session_behind(desk, firms):
    ours, _ = firms
    desk.sql("DELETE FROM koshin.session")
    ours.master.good("user", "list")
    ours.master.refused("user", "set-name", NOBODY, "--name", "X")
    ours.general.refused("user", "set-email", ours.general_id, "--email",
                         "nowhere")  # fmt: skip
    assert desk.sql("SELECT * FROM koshin.session") == []


@pytest.mark.parametrize(
    "change", ["state = 'blocked'", "state = 'closed'",
               "temporary_password = true", "role = 'device'",
               "password_hash = '$argon2id$other'"]
)  # fmt: skip
def test_I_14_a_session_ends_with_its_account(desk, change):
    firm = Firm(desk)
    one = Session(desk, firm.master_id)
    assert one.rows("SELECT count(*) FROM koshin.account") == [(3,)]
    desk.sql(f"UPDATE koshin.account SET {change} WHERE user_id = %s",
             firm.master_id)  # fmt: skip
    assert one.rows("SELECT count(*) FROM koshin.account") == [(0,)]
    with pytest.raises(errors.NoDataFound):
        one.rows("SELECT koshin.set_name('', %s, 'X')", firm.general_id)
    one.connection.close()


HASH = "$argon2id$x"
# What a member may call, by name, with the other's things.
CALLS = {
    "lift_account": ("''", "{u}", "'x'"),
    "close_account": ("''", "{u}", "'x'"),
    "reopen_account": ("''", "{u}", "'x'"),
    "remind_account": ("''", "{u}"),
    "desk_left": ("{u}",),
    "give_password": ("''", "{u}", f"'{HASH}'"),
    "set_name": ("''", "{u}", "'X'"),
    "set_email": ("''", "{u}", "'x@example.jp'"),
    "keep_email": ("''", "{u}"),
    "set_locale": ("''", "{u}", "'en'"),
    "withdraw_certificate": ("''", "decode({s}, 'hex')", "'superseded'"),
    "revoke_own": ("''", "decode({s}, 'hex')", "'superseded'"),
    # An operator's, who has proved to be one.
    "add_contract": ("''", "{n}", "'X'", f"'{HASH}'"),
    "lift_contract": ("''", "{n}", "'x'"),
    "reset_contract": ("''", "{n}", f"'{HASH}'", "'x'"),
    "close_contract": ("''", "{n}", "'x'"),
    "revoke_contract": ("''", "{n}", "'superseded'", "'x'"),
    "set_profiles": ("''", "{n}", "'person'"),
    "add_account": ("''", "'new00001'", "{n}", "'general'", "'X'",
                    "'x@example.jp'", "'ja'", f"'{HASH}'", "true"),
    "suspend_account": ("''", "{u}", "'x'"),
    "resume_account": ("''", "{u}", "'x'"),
    "retry_mail": ("''", "1"),
    "retry_failed_mails": ("''",),
    "proposal_resets": ("1",),
    "propose": ("''", "'close-contract'", "{n}", "'x'", "NULL"),
    "confirm": ("''", "1", "NULL"),
    "decline": ("''", "1"),
    "operator_contracts": ("{n}", "''", "false", "''", "9"),
    "operator_users": ("{u}", "{n}", "''", "'user_id'", "false", "''", "9"),
    "operator_certificates": ("{u}", "9"),
    "operator_mails": ("{u}", "false", "0", "9"),
    "operator_audit": ("{u}", "{n}", "''", "NULL", "NULL", "0", "9"),
    "operator_figures": ("now() - interval '1 d'", "now()", "'hour'",
                         "'UTC'"),
    "operator_proposals": ("9",),
}  # fmt: skip
# These name nobody, or answer only: tested beside this.
NAMELESS = {"register_master", "register_member", "enter_session",
            "end_session", "session_contract", "session_only",
            "replace_temporary_password", "change_password", "epoch",
            "own_details", "set_feed", "reopens", "moment", "desk_users",
            "desk_list", "desk_figures", "claim_user_id"}  # fmt: skip


def test_I_14_every_function_of_a_member_is_crawled(session):
    known = session.rows(
        "SELECT proname FROM pg_proc WHERE pronamespace ="
        " 'koshin'::regnamespace AND has_function_privilege(oid, 'EXECUTE')"
    )
    assert {name for (name,) in known} == set(CALLS) | NAMELESS


def call(session, function, user, serial, number):
    values = [v.format(u=f"'{user}'", s=f"'{serial}'", n=f"'{number}'")
              for v in CALLS[function]]  # fmt: skip
    try:
        return session.rows(f"SELECT koshin.{function}({', '.join(values)})")
    except psycopg2.Error as error:
        return error.pgcode, error.diag.message_primary


@pytest.mark.parametrize("function", CALLS)
def test_I_14_T6_no_function_reaches_the_other_contract(
    desk, firms, session, function
):
    _, theirs = firms
    before = everything(desk)
    none = call(session, function, NOBODY, NO_SERIAL, NO_CONTRACT)
    for user, serial in zip(theirs.user_ids, theirs.serials):
        assert none == call(session, function, user, serial, theirs.number)
    assert everything(desk) == before


def test_I_14_a_proof_is_good_for_its_own_password_only(desk):
    """Who has proved a user's password registers no master, and replaces no
    password that is not temporary."""
    firm = Firm(desk)
    before = everything(desk)
    session = Session(desk, firm.general_id)
    with pytest.raises(errors.NoDataFound):
        session.rows("SELECT koshin.register_master('nina0001', 'X',"
                     " 'x@example.jp', 'en', %s)", HASH)  # fmt: skip
    assert session.rows("SELECT koshin.replace_temporary_password(%s)",
                        HASH) == [(False,)]  # fmt: skip
    session.connection.close()
    outside = Session(desk, None)
    with pytest.raises(errors.NoDataFound):
        outside.rows("SELECT koshin.change_password(%s)", HASH)
    assert outside.rows("SELECT koshin.replace_temporary_password(%s)",
                        HASH) == [(False,)]  # fmt: skip
    outside.connection.close()
    assert everything(desk) == before


def test_I_14_a_master_registers_into_the_session_only(desk):
    firm = Firm(desk)
    session = Session(desk, firm.master_id)
    user = new_id("sess")
    session.rows(
        "SELECT koshin.register_member(%s, 'general', 'X', 'x@example.jp',"
        " 'en', %s)", user, HASH)  # fmt: skip
    assert desk.json("user", "show", user)["contract"] == firm.number
    for role in ("master", "root", None):
        with pytest.raises(psycopg2.Error):
            session.rows(
                "SELECT koshin.register_member('nina0002', %s, 'X',"
                " 'x@example.jp', 'en', %s)", role, HASH)  # fmt: skip
    session.connection.close()


@pytest.fixture
def careless(desk):
    """A function of the schema that forgot to ask whose row it is."""

    def make(statement):
        desk.sql(
            "CREATE OR REPLACE FUNCTION koshin.careless() RETURNS void"
            " LANGUAGE plpgsql SECURITY DEFINER SET search_path ="
            f" pg_catalog, koshin, pg_temp AS $$ BEGIN {statement}; END $$;"
            "GRANT EXECUTE ON FUNCTION koshin.careless() TO koshin_member"
        )

    yield make
    desk.sql("DROP FUNCTION IF EXISTS koshin.careless()")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE contract SET name = 'X' WHERE number = '{n}'",
        "UPDATE account SET name = 'X' WHERE user_id = '{u}'",
        "UPDATE certificate SET current = false WHERE encode(serial, 'hex')"
        " = '{s}'",
        "INSERT INTO revocation (serial, reason, actor) VALUES"
        " (decode('{s}', 'hex'), 'superseded', 'x')",
        "PERFORM notice(id, 'unlocked', 'careless') FROM account"
        " WHERE user_id = '{u}'",
        "UPDATE mail SET state = 'expired' WHERE account = (SELECT id"
        " FROM account WHERE user_id = '{u}')",
    ],
)
def test_I_14_the_second_lock_holds_where_the_first_was_forgotten(
    desk, firms, session, careless, statement
):
    _, theirs = firms
    before = everything(desk)
    careless(statement.format(n=theirs.number, u=theirs.general_id,
                              s=theirs.serials[1]))  # fmt: skip
    with pytest.raises(errors.InsufficientPrivilege, match="I-14"):
        session.rows("SELECT koshin.careless()")
    assert everything(desk) == before


def test_I_14_the_fence_lets_the_own_contract_through(
    desk, firms, session, careless
):
    ours, _ = firms
    careless("UPDATE account SET name = 'Own' WHERE user_id ="
             f" '{ours.device_id}'")  # fmt: skip
    session.rows("SELECT koshin.careless()")
    assert desk.json("user", "show", ours.device_id)["name"] == "Own"
