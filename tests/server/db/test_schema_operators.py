"""What an operator does in a session, that is at the desk: all contracts, with
the functions of the command line (R-OPS-2); not with an old proof (R-OPS-3); some
acts only with a second one (R-OPS-4); and what such a desk reads (R-OPS-5)."""

import contextlib
import datetime
import itertools
import os

import psycopg2
import pytest
import services
from psycopg2 import errors

from koshin_tests.database import Database
from koshin_tests.rows import account, contract, ending, issue

HASH = "$argon2id$x"
WHY = "asked for at the desk"
ACTS = ["lift-master", "reset-contract", "revoke-many", "close-contract"]
MEMBER = "koshin_member"
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
NOW = datetime.datetime.now(datetime.timezone.utc)
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def db():
    with services.temporary() as running:
        made = Database(running, "koshin")
        yield made
        made.close()


class Person:
    """Who acts in a session; each call is a transaction that enters it."""

    def __init__(self, db, role, number=None, seconded=(), revokes=10):
        self.db, self.role = db, role
        self.number = number or contract(db)
        self.user = f"who{next(numbers):05}"
        self.id = account(db, self.number, role, user_id=self.user)
        self.seconded, self.revokes = list(seconded), revokes
        self.prove()

    @property
    def name(self):
        return f"{self.number}/{self.user}"

    def prove(self):
        self.token = os.urandom(16).hex()
        assert self.db.one(
            "SELECT koshin.open_session(sha256(%s), contract, id,"
            " password_hash, 3, 3, 100, %s, 3600, %s) FROM koshin.account"
            " WHERE id = %s", self.token.encode(), self.seconded,
            self.revokes, self.id, role="koshin_auth",
        )  # fmt: skip

    def proved_before(self, since):
        self.db.do("UPDATE koshin.session SET began_at = now() - %s"
                   " WHERE token_digest = sha256(%s)",
                   since, self.token.encode())  # fmt: skip

    @contextlib.contextmanager
    def entered(self):
        self.db.do("BEGIN", role=MEMBER)
        try:
            self.db.do("SELECT koshin.enter_session(%s, true)", self.token,
                       role=MEMBER)  # fmt: skip
            yield
        except BaseException:
            self.db.do("ROLLBACK", role=MEMBER)
            raise
        self.db.do("COMMIT", role=MEMBER)

    def rows(self, function, *values):
        marks = ", ".join(["%s"] * len(values))
        with self.entered():
            return self.db.rows(f"SELECT * FROM koshin.{function}({marks})",
                                *values, role=MEMBER)  # fmt: skip

    def __getattr__(self, function):
        def call(*values):
            ((value,),) = self.rows(function, "", *values)
            return value

        return call


@pytest.fixture
def operator(db):
    return Person(db, "operator")


@pytest.fixture
def both(db):
    """Two operators of a service that wants two for what can be wanted."""
    first = Person(db, "operator", seconded=ACTS)
    return first, Person(db, "operator", first.number, seconded=ACTS)


def state(db, user):
    return db.one("SELECT state FROM koshin.account WHERE user_id = %s", user)


def contract_state(db, number):
    return db.one("SELECT state FROM koshin.contract WHERE number = %s",
                  number)  # fmt: skip


def trail(db, action, object_):
    return db.rows(
        "SELECT role, actor, details FROM koshin.audit WHERE action = %s"
        " AND object = %s ORDER BY id", action, object_,
    )  # fmt: skip


def refused(code, call, *values):
    with pytest.raises(psycopg2.Error) as error:
        call(*values)
    assert error.value.pgcode == code, error.value


NOT_YOURS, STALE, WANTS_SECOND, OWN, NOT_THERE = (
    "KO005", "KO002", "KO003", "KO004", "P0002")  # fmt: skip


# ------------------------------------------------------- acts, all contracts


def test_R_OPS_2_an_operator_acts_on_every_contract_and_is_named(
    db, operator
):
    number = f"{70000000 + next(numbers)}"
    operator.add_contract(number, "Customer", HASH)
    user = f"gen{next(numbers):05}"
    holder = operator.add_account(user, number, "general", "Name",
                                  "g@example.jp", "ja", HASH, True)  # fmt: skip
    db.do("SELECT koshin.lock_account(%s, 3, now(), true)", holder)
    assert operator.lift_account(user, WHY) is True
    assert operator.suspend_account(user, WHY) is True
    assert operator.resume_account(user, WHY) is True
    operator.give_password(user, HASH + "y")
    assert operator.set_name(user, "Other") is True
    assert operator.set_email(user, "o@example.jp") is True
    serial = issue(db, account(db))
    assert operator.withdraw_certificate(serial, "superseded") is True
    assert operator.remind_account(user) is True
    operator.close_account(user, WHY)
    assert operator.reopen_account(user, WHY) is True
    assert operator.set_profiles(number, "person") is True
    operator.reset_contract(number, HASH, WHY)
    assert operator.lift_contract(number, WHY) is False
    operator.close_contract(number, WHY)
    assert contract_state(db, number) == "closed"
    acts = db.rows(
        "SELECT DISTINCT role, actor, action FROM koshin.audit"
        " WHERE account = %s AND role = 'koshin_member'"
        " OR object IN (%s, %s) AND action <> 'certificate.issue'", holder,
        f"contract:{number}", f"certificate:{serial.hex()}",
    )  # fmt: skip
    assert {act[:2] for act in acts} == {(MEMBER, operator.name)}
    assert {act[2] for act in acts} >= {
        "contract.add", "account.add", "account.unlock", "account.suspend",
        "account.resume", "account.password", "account.name",
        "account.email", "certificate.revoke", "account.remind",
        "account.close", "account.reopen", "contract.profiles",
        "contract.reset", "contract.close"}  # fmt: skip


def test_R_OPS_2_operators_are_the_command_lines_alone(db, operator):
    """Who could become another one would be two."""
    other = Person(db, "operator", operator.number)
    theirs = Person(db, "operator")
    serial = issue(db, other.id)
    db.do("SELECT koshin.lock_account(%s, 3, now(), true)", theirs.id)
    for call, values in (
        (operator.give_password, (other.user, HASH + "y")),
        (operator.set_email, (other.user, "evil@example.jp")),
        (operator.set_name, (other.user, "X")),
        (operator.close_account, (other.user, WHY)),
        (operator.suspend_account, (other.user, WHY)),
        (operator.lift_account, (theirs.user, WHY)),
        (operator.lift_account, (operator.user, WHY)),
        (operator.withdraw_certificate, (serial, "superseded")),
        (operator.close_contract, (theirs.number, WHY)),
        (operator.add_account, (f"new{next(numbers):05}", operator.number,
                                "operator", "X", "x@example.jp", "ja", HASH,
                                True)),
    ):  # fmt: skip
        refused(NOT_YOURS, call, *values)
    assert state(db, other.user) == "active"
    assert state(db, theirs.user) == "blocked"


def test_R_OPS_2_an_operator_changes_his_own_name_and_password(db, operator):
    operator.proved_before(HOUR)  # not the desk's: it is his own
    assert operator.set_name(operator.user, "Neu") is True
    operator.prove()
    ((done,),) = operator.rows("change_password", HASH + "y")
    assert done is True


@pytest.mark.parametrize("role", ["operator", "master", "general"])
def test_T8_an_old_session_changes_no_password(db, role):
    """A front that was taken over has its token."""
    person = Person(db, role)
    person.proved_before(HOUR)
    refused(STALE, person.rows, "change_password", HASH + "y")


def test_R_ACC_7_a_password_that_an_operator_gives_is_temporary(db, operator):
    number = contract(db)
    new = ("Name", "g@example.jp", "ja", HASH)
    for role, temporary in (("general", False), ("master", False),
                            ("device", True)):  # fmt: skip
        refused(NOT_YOURS, operator.add_account, f"new{next(numbers):05}",
                number, role, *new, temporary)  # fmt: skip
    refused("42501", operator.set_password, "x", HASH, False)


def test_T8_an_operator_is_no_operator_without_his_password(db, operator):
    """With the role of members and no session, or another one's."""
    number = contract(db)
    master = Person(db, "master", number)
    general = Person(db, "general", number)
    ended = Person(db, "operator")
    db.do("UPDATE koshin.account SET state = 'suspended',"
          " suspended_from = 'active' WHERE id = %s", ended.id)  # fmt: skip
    nobody = Person(db, "operator")
    nobody.token = "nobody"
    foreign = Person(db, "general")
    db.do("SELECT koshin.lock_account(%s, 3, now(), true)", foreign.id)
    reads = {
        "operator_contracts": ("", "", False, "", 9),
        "operator_users": ("", "", "", "user_id", False, "", 9),
        "operator_certificates": (foreign.user, 9),
        "operator_mails": (False, 0, 9),
        "operator_audit": ("", "", "", None, None, 0, 9),
        "operator_figures": (NOW - DAY, NOW, "hour", "UTC"),
        "operator_proposals": (9,),
    }
    acts = {
        "add_contract": ("12121212", "X", HASH),
        "lift_contract": (number, WHY),
        "reset_contract": (number, HASH, WHY),
        "close_contract": (number, WHY),
        "revoke_contract": (number, "superseded", WHY),
        "set_profiles": (number, "person"),
        "add_account": ("new00001", number, "general", "X", "x@example.jp",
                        "ja", HASH, True),
        "suspend_account": (foreign.user, WHY),
        "resume_account": (foreign.user, WHY),
        "retry_mail": (1,),
        "retry_failed_mails": (),
        "propose": ("close-contract", number, WHY, None),
        "confirm": (1, None),
        "decline": (1,),
    }
    for person in (master, general, ended, nobody):
        for function, values in reads.items():
            refused(NOT_YOURS, person.rows, function, *values)
        for function, values in acts.items():
            refused(NOT_YOURS, person.rows, function, "", *values)
        refused(NOT_THERE, person.lift_account, foreign.user, WHY)
    assert state(db, foreign.user) == "blocked"
    assert contract_state(db, number) == "active"


def test_R_OPS_3_an_old_proof_reads_and_changes_nothing(db, operator):
    number = contract(db)
    user = Person(db, "general", number).user
    holder = db.one("SELECT id FROM koshin.account WHERE user_id = %s", user)
    serial = issue(db, holder)
    operator.proved_before(3 * datetime.timedelta(minutes=1))
    assert operator.rows("operator_contracts", number, "", False, "", 9)
    for call, values in (
        (operator.lift_account, (user, WHY)),
        (operator.close_account, (user, WHY)),
        (operator.suspend_account, (user, WHY)),
        (operator.resume_account, (user, WHY)),
        (operator.give_password, (user, HASH + "y")),
        (operator.set_email, (user, "evil@example.jp")),
        (operator.set_name, (user, "X")),
        (operator.withdraw_certificate, (serial, "superseded")),
        (operator.add_contract, ("13131313", "X", HASH)),
        (operator.lift_contract, (number, WHY)),
        (operator.reset_contract, (number, HASH, WHY)),
        (operator.close_contract, (number, WHY)),
        (operator.revoke_contract, (number, "superseded", WHY)),
        (operator.set_profiles, (number, "person")),
        (operator.add_account, ("new00002", number, "general", "X",
                                "x@example.jp", "ja", HASH, True)),
        (operator.propose, ("close-contract", number, WHY, None)),
    ):  # fmt: skip
        refused(STALE, call, *values)
    assert operator.remind_account(user) is True  # a mail is no such act
    operator.prove()
    operator.close_account(user, WHY)
    operator.proved_before(HOUR)
    refused(STALE, operator.reopen_account, user, WHY)


def test_R_MAIL_4_an_operator_has_refused_mails_sent_again(db, operator):
    user = Person(db, "general")
    db.do("SELECT koshin.notice(%s, 'issued', %s)", user.id, user.user)
    which = db.one("SELECT id FROM koshin.mail WHERE account = %s", user.id)
    db.do("SELECT koshin.settle_mails(ARRAY[%s]::bigint[], ARRAY['failed'],"
          " ARRAY[now()], ARRAY['550 no such user'])", which)  # fmt: skip
    (row,) = operator.rows("operator_mails", True, which + 1, 1)
    assert row[:6] == (which, "issued", "failed", user.user, user.number,
                       "hanako@example.jp")  # fmt: skip
    assert row[9:] == ("550 no such user", True)
    assert operator.rows("operator_mails", True, which, 99) == [
        r for r in operator.rows("operator_mails", True, 0, 99)
        if r[0] < which]  # fmt: skip
    assert operator.retry_mail(which) is True
    assert operator.retry_mail(which) is False
    assert which not in [r[0] for r in
                         operator.rows("operator_mails", True, 0, 99)]  # fmt: skip
    assert trail(db, "mail.retry", f"mail:{which}")[0][1] == operator.name


# ------------------------------------------------------------ two operators


def test_R_OPS_4_a_masters_block_is_lifted_by_two(db, both):
    first, second = both
    master = Person(db, "master")
    db.do("SELECT koshin.lock_account(%s, 3, now(), true)", master.id)
    refused(WANTS_SECOND, first.lift_account, master.user, WHY)
    which = first.propose("lift-master", master.user, WHY, None)
    refused(OWN, first.confirm, which, None)
    assert state(db, master.user) == "blocked"
    assert second.confirm(which, None) == 1
    assert state(db, master.user) == "active"
    refused(NOT_THERE, second.confirm, which, None)
    # Both names in the trail, as the database has proved them.
    ((_, actor, asked),) = trail(db, "proposal.ask", f"proposal:{which}")
    assert (actor, asked["reason"]) == (first.name, WHY)
    ((_, actor, details),) = trail(db, "proposal.confirm",
                                   f"proposal:{which}")  # fmt: skip
    assert (actor, details["proposed_by"]) == (second.name, first.name)
    ((_, actor, details),) = trail(db, "account.unlock",
                                   f"account:{master.id}")  # fmt: skip
    assert actor == second.name
    assert details["remark"] == f"proposal {which} of {first.name}"


def test_R_OPS_4_one_confirmation_is_for_one_act(db, both):
    """Not for the same one later, nor for another one beside it."""
    first, second = both
    master, other = Person(db, "master"), Person(db, "master")
    which = first.propose("lift-master", master.user, WHY, None)
    with second.entered():
        db.do("SELECT koshin.confirm('', %s, NULL)", which, role=MEMBER)
        db.do("SAVEPOINT beside", role=MEMBER)
        with pytest.raises(psycopg2.Error) as error:
            db.do("SELECT koshin.lift_account('', %s, 'x')", other.user,
                  role=MEMBER)  # fmt: skip
        assert error.value.pgcode == WANTS_SECOND
        db.do("ROLLBACK TO beside", role=MEMBER)
    db.do("SELECT koshin.lock_account(%s, 3, now(), true)", master.id)
    for who in both:
        refused(WANTS_SECOND, who.lift_account, master.user, WHY)


def test_R_OPS_4_a_contract_is_closed_and_reset_by_two(db, both):
    first, second = both
    number = contract(db)
    master = Person(db, "master", number)
    refused(WANTS_SECOND, first.reset_contract, number, HASH, WHY)
    which = first.propose("reset-contract", number, WHY, None)
    second.confirm(which, HASH + "new")
    assert state(db, master.user) == "closed"
    assert HASH + "new" == db.one(
        "SELECT initial_password_hash FROM koshin.contract"
        " WHERE number = %s", number)  # fmt: skip
    # Nor by halves: the next master would be one's own.
    refused(WANTS_SECOND, first.add_account, f"new{next(numbers):05}", number,
            "master", "X", "x@example.jp", "ja", HASH, True)  # fmt: skip
    refused(WANTS_SECOND, first.close_contract, number, WHY)
    which = first.propose("close-contract", number, WHY, None)
    second.confirm(which, None)
    assert contract_state(db, number) == "closed"


def test_R_OPS_4_many_certificates_are_revoked_by_two(db, both):
    first, second = both
    number = contract(db)
    holders = [account(db, number, "general", user_id=f"h{next(numbers):06}")
               for _ in range(3)]  # fmt: skip
    for holder in holders:
        issue(db, holder)
    refused(WANTS_SECOND, first.revoke_contract, number, "superseded", WHY)
    which = first.propose("revoke-many", number, WHY, "keyCompromise")
    assert second.confirm(which, None) == 3
    assert [("keyCompromise", second.name)] == db.rows(
        "SELECT DISTINCT reason, actor FROM koshin.revocation r"
        " JOIN koshin.certificate c USING (serial) WHERE c.account ="
        " ANY (%s)", holders)  # fmt: skip


def test_R_OPS_4_many_are_many_one_by_one_too(db):
    one = Person(db, "operator", seconded=["revoke-many"], revokes=2)
    free = Person(db, "operator", one.number, revokes=2)
    serials = [issue(db, account(db)) for _ in range(5)]
    for serial in serials[:2]:
        assert one.withdraw_certificate(serial, "superseded") is True
    refused(WANTS_SECOND, one.withdraw_certificate, serials[2], "superseded")
    user = Person(db, "general").user
    refused(WANTS_SECOND, one.close_account, user, WHY)
    for serial in serials[2:]:  # where nobody wants two
        assert free.withdraw_certificate(serial, "superseded") is True


def test_R_OPS_4_a_proposal_ends_by_the_clock_and_by_a_no(db, both):
    first, second = both
    number = contract(db)
    which = first.propose("close-contract", number, WHY, None)
    refused("23505", second.propose, "close-contract", number, WHY, None)
    db.do("UPDATE koshin.proposal SET ends_at = now() WHERE id = %s", which)
    refused(NOT_THERE, second.confirm, which, None)
    again = first.propose("close-contract", number, WHY, None)
    assert again != which
    second.decline(again)
    refused(NOT_THERE, second.confirm, again, None)
    third = second.propose("close-contract", number, WHY, None)
    second.decline(third)  # taken back
    states = {row[0]: row[5] for row in
              first.rows("operator_proposals", 99)}  # fmt: skip
    assert (states[which], states[again], states[third]) == (
        "late", "declined", "declined")  # fmt: skip
    assert contract_state(db, number) == "active"
    ((_, actor, details),) = trail(db, "proposal.decline",
                                   f"proposal:{again}")  # fmt: skip
    assert (actor, details["proposed_by"]) == (second.name, first.name)


def test_R_OPS_4_who_has_gone_does_not_count_as_one_of_two(db, both):
    first, second = both
    number = contract(db)
    which = first.propose("close-contract", number, WHY, None)
    db.do("UPDATE koshin.account SET state = 'closed' WHERE id = %s",
          first.id)  # fmt: skip
    refused(NOT_THERE, second.confirm, which, None)
    assert contract_state(db, number) == "active"


def test_R_OPS_4_two_confirm_at_the_same_moment_and_it_is_done_once(db, both):
    first, second = both
    third = Person(db, "operator", first.number, seconded=ACTS)
    master = Person(db, "master")
    which = first.propose("lift-master", master.user, WHY, None)
    with psycopg2.connect(
        db.services.pg_conninfo(MEMBER, db.name)
    ) as other, second.entered():
        db.do("SELECT koshin.confirm('', %s, NULL)", which, role=MEMBER)
        at = other.cursor()
        at.execute("SELECT koshin.enter_session(%s, true)", (third.token,))
        at.execute("SET LOCAL lock_timeout = '100ms'")
        with pytest.raises(errors.LockNotAvailable):
            at.execute("SELECT koshin.confirm('', %s, NULL)", (which,))
        other.rollback()
    other.close()
    refused(NOT_THERE, third.confirm, which, None)


def test_R_OPS_4_what_is_proposed_is_there_and_has_a_reason(db, both):
    first, _ = both
    general, number = Person(db, "general").user, contract(db)
    refused(NOT_THERE, first.propose, "lift-master", general, WHY, None)
    refused(NOT_THERE, first.propose, "lift-master", "nobody", WHY, None)
    refused(NOT_THERE, first.propose, "close-contract", "99999999", WHY, None)
    refused("22023", first.propose, "close-contract", number, " ", None)
    refused("23514", first.propose, "close-contract", number, WHY, "x")
    refused("23514", first.propose, "revoke-many", number, WHY, None)
    refused("23514", first.propose, "anything", number, WHY, None)


def test_R_OPS_4_without_a_word_of_auth_everything_wants_two(db):
    """A session whose limits nobody has said, as decision 0053 has it."""
    one = Person(db, "operator")
    one.token = os.urandom(16).hex()
    assert db.one(
        "SELECT koshin.open_session(sha256(%s), contract, id, password_hash)"
        " FROM koshin.account WHERE id = %s", one.token.encode(), one.id,
        role="koshin_auth")  # fmt: skip
    assert set(ACTS) == set(db.one(
        "SELECT seconded FROM koshin.session WHERE token_digest ="
        " sha256(%s)", one.token.encode()))  # fmt: skip
    refused(WANTS_SECOND, one.close_contract, contract(db), WHY)


# ------------------------------------------------------------ what it reads


def walk(operator, function, *values, most=3):
    """Page by page, as the first column leads."""
    walked, after = [], ""
    while True:
        page = operator.rows(function, *values, after, most)
        if not page:
            return walked
        walked += page
        after = page[-1][0]


@pytest.mark.parametrize("down", [False, True])
def test_R_OPS_5_contracts_are_found_by_number_name_and_state(
    db, operator, down
):
    run = f"Run{next(numbers)}"
    made = [contract(db) for _ in range(7)]
    db.do("UPDATE koshin.contract SET name = %s || number WHERE number ="
          " ANY (%s)", run + " & Söhne ", made)  # fmt: skip
    db.do("UPDATE koshin.contract SET state = 'blocked' WHERE number = %s",
          made[0])  # fmt: skip
    db.do("UPDATE koshin.contract SET locked_until = now() + '1 h'"
          " WHERE number = %s", made[1])  # fmt: skip
    master = Person(db, "master", made[2])
    Person(db, "general", made[2])
    found = walk(operator, "operator_contracts", run.lower(), "", down)
    assert [row[0] for row in found] == sorted(made, reverse=down)
    by = {row[0]: row for row in found}
    assert (by[made[0]][2], by[made[1]][2], by[made[3]][2]) == (
        "blocked", "locked", "active")  # fmt: skip
    assert by[made[2]][6:] == (master.user, 2)
    for state_, wanted in (("blocked", made[:1]), ("locked", made[1:2]),
                           ("active", made[2:]), ("closed", [])):  # fmt: skip
        assert sorted(wanted) == sorted(
            row[0] for row in
            walk(operator, "operator_contracts", run, state_, down))  # fmt: skip
    assert [made[4]] == [row[0] for row in walk(
        operator, "operator_contracts", made[4], "", down)]  # fmt: skip
    assert operator.rows("operator_contracts", "%", "", down, "", 9) == []


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("sort", ["user_id", "contract"])
def test_R_OPS_5_users_of_all_contracts_are_paged_in_order(
    db, operator, sort, down
):
    run = f"見本{next(numbers)}"
    two = [contract(db), contract(db)]
    users = []
    for n in range(8):
        users.append((f"{'zyxwvuts'[n]}{next(numbers):06}", two[n % 2]))
        account(db, users[-1][1], "general", user_id=users[-1][0],
                name=f"{run} {n}")  # fmt: skip
    key = (lambda u: u) if sort == "user_id" else (lambda u: u[::-1])
    wanted = [u for u, _ in sorted(users, key=key, reverse=down)]
    found = walk(operator, "operator_users", run, "", "", sort, down)
    assert [row[0] for row in found] == wanted
    found = walk(operator, "operator_users", "", two[0], "", sort, down)
    assert [row[0] for row in found] == [
        u for u in wanted if dict(users)[u] == two[0]]  # fmt: skip
    # All there are, behind one of them.
    after = operator.rows("operator_users", "", "", "", sort, down,
                          wanted[0], 1)  # fmt: skip
    assert after and after[0][0] != wanted[0]


def test_R_OPS_5_users_are_found_by_what_is_known_of_them(db, operator):
    n = next(numbers)
    user = Person(db, "general")
    serial = issue(db, user.id)
    db.do("UPDATE koshin.account SET name = %s, email = %s WHERE id = %s",
          f"ōta{n} Jirō", f"Ota{n}@Example.jp", user.id)  # fmt: skip
    for search in (user.user, user.user[:-1], f"ōTA{n} ", f"ota{n}@EXA",
                   serial.hex(), serial.hex().upper()):  # fmt: skip
        found = operator.rows("operator_users", search, "", "", "user_id",
                              False, "", 99)  # fmt: skip
        assert user.user in [row[0] for row in found], search
        assert len(found) < 20
    (row,) = [r for r in found if r[0] == user.user]
    assert bytes(row[11]) == serial and row[13] is None
    for search in ("jirō", "%", "_", "0" * 40):
        assert operator.rows("operator_users", search, "", "", "user_id",
                             False, "", 99) == []  # fmt: skip
    ((got, _, state_, current, *_),) = operator.rows(
        "operator_certificates", user.user, 9)  # fmt: skip
    assert (bytes(got), state_, current) == (serial, "valid", True)


def test_R_OPS_5_users_are_listed_by_their_state(db, operator):
    number = contract(db)
    made = {}
    for state_, row in (
        ("active", {}),
        ("locked", {"locked_until": NOW + DAY}),
        ("blocked", {"state": "blocked"}),
        ("suspended", {"state": "suspended", "suspended_from": "active"}),
        ("closed", {}),
    ):
        made[state_] = f"st{next(numbers):06}"
        account(db, number, "general", user_id=made[state_], **row)
    db.do("UPDATE koshin.account SET state = 'closed' WHERE user_id = %s",
          made["closed"])  # fmt: skip
    for state_, user in made.items():
        (row,) = operator.rows("operator_users", "", number, state_,
                               "user_id", False, "", 9)  # fmt: skip
        assert (row[0], row[6]) == (user, state_)
        assert (row[14] is not None, row[15]) == (
            state_ == "closed",) * 2  # fmt: skip


def test_R_OPS_5_the_trail_is_searched_by_whom_what_and_when(db, operator):
    number = contract(db)
    user = Person(db, "general", number)
    operator.set_name(user.user, "One")
    operator.suspend_account(user.user, WHY)
    operator.set_profiles(number, "person")

    def found(of_user="", of_contract="", action="", since=None, until=None,
              before=0, most=99):  # fmt: skip
        return operator.rows("operator_audit", of_user, of_contract, action,
                             since, until, before, most)  # fmt: skip

    acts = [row[4] for row in found(user.user)]
    assert acts == ["account.suspend", "account.name"]
    assert [row[4] for row in found(of_contract=number)] == [
        "contract.profiles", *acts]  # fmt: skip
    assert [row[4] for row in found(user.user, action="account.name")] == [
        "account.name"]  # fmt: skip
    assert {row[4] for row in found(action="contract")} >= {
        "contract.profiles"}  # fmt: skip
    newest = found(of_contract=number, most=1)[0]
    assert newest[2] == operator.name and newest[7] == number
    rest = found(of_contract=number, before=newest[0])
    assert [row[4] for row in rest] == acts
    at = newest[1]
    assert newest[0] in [r[0] for r in found(since=at)]
    assert newest[0] not in [r[0] for r in found(until=at)]
    first, *_, = by_time = found(since=at - HOUR, most=4)
    assert [r[0] for r in by_time[1:]] == [r[0] for r in found(
        since=at - HOUR, before=first[0], most=3)]  # fmt: skip
    assert found("nobody") == found(of_contract="99999999") == []


def test_R_OPS_5_figures_are_counted_by_the_hour_and_the_day(db, operator):
    zone = "Asia/Tokyo"
    start = db.one("SELECT date_trunc('day', now(), %s)", zone)
    end = start + DAY
    before = operator.rows("operator_figures", start, end, "day", zone)
    old = issue(db, account(db))
    holder = db.one("SELECT account FROM koshin.certificate WHERE serial ="
                    " %s", old)  # fmt: skip
    issue(db, holder, replaces=old)
    operator.withdraw_certificate(issue(db, account(db)), "superseded")
    db.do("SELECT koshin.lock_account(%s, 1, now() + '1 h', false)", holder)
    for word in ("sent", "failed"):
        db.do("SELECT koshin.settle_mails(ARRAY[(SELECT max(id) FROM"
              " koshin.mail WHERE state = 'queued')], ARRAY[%s],"
              " ARRAY[now()], ARRAY['x'])", word)  # fmt: skip
    ((day, *whole),) = operator.rows("operator_figures", start, end, "day",
                                     zone)  # fmt: skip
    assert day == start
    assert [a - b for a, b in zip(whole, before[0][1:])] == [
        2, 1, 1, 1, 1, 1]  # fmt: skip
    hours = operator.rows("operator_figures", start, end, "hour", zone)
    assert [row[0] for row in hours] == [start + n * HOUR for n in range(24)]
    assert [sum(row[n] for row in hours) for n in range(1, 7)] == whole
    month = operator.rows("operator_figures", start - 30 * DAY, end, "day",
                          zone)  # fmt: skip
    assert [row[0] for row in month] == [start + n * DAY
                                         for n in range(-30, 1)]  # fmt: skip
    assert list(month[-1][1:]) == whole


# ------------------------------------------------------------- how much that is

MANY = 60000
PAGE = 50
BLOCKS = 600  # of a page, at most: a table has more


@pytest.fixture(scope="module")
def many(db):
    """Sixty users of each contract, with what has happened to them."""
    db.do("INSERT INTO koshin.contract (number, name) SELECT"
          " (30000000 + n)::text, 'Many ' || n"
          " FROM generate_series(1, %s) n", MANY // 60)  # fmt: skip
    db.do("INSERT INTO koshin.account (user_id, contract, role, name, email,"
          " password_hash, state) SELECT 'many' || n, (30000000 + n %% %s"
          " + 1)::text, 'general', 'Many ' || n, 'm' || n || '@example.jp',"
          " %s, CASE WHEN n %% 1000 = 0 THEN 'blocked' ELSE 'active' END"
          " FROM generate_series(1, %s) n", MANY // 60, HASH, MANY)  # fmt: skip
    db.do("INSERT INTO koshin.mail (event_key, kind, account, recipient,"
          " locale, message_id, state, done_at) SELECT 'm:' || id, 'issued',"
          " id, email, 'ja', 'x', CASE WHEN id % 1000 = 0 THEN 'failed'"
          " ELSE 'sent' END, now() FROM koshin.account"
          " WHERE user_id LIKE 'many%'")  # fmt: skip
    db.do("INSERT INTO koshin.audit (action, object, account) SELECT CASE"
          " WHEN id % 1000 = 0 THEN 'account.lock' ELSE 'code.mail' END,"
          " 'account:' || id, id FROM koshin.account"
          " WHERE user_id LIKE 'many%'")  # fmt: skip
    db.do("VACUUM ANALYZE")
    return Person(db, "operator")


def blocks(operator, function, *values):
    marks = ", ".join(["%s"] * len(values))
    with operator.entered():
        ((told,),) = operator.db.rows(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"
            f" SELECT * FROM koshin.{function}({marks})", *values,
            role=MEMBER,
        )  # fmt: skip
    plan = told[0]["Plan"]
    assert plan["Actual Rows"] > 0, (function, values)
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def test_R_OPS_5_a_page_reads_itself_and_not_the_service(db, many):
    number, user = "30000500", "many15001"
    holder = db.one("SELECT id FROM koshin.account WHERE user_id = %s", user)
    last = db.one("SELECT max(id) FROM koshin.audit")
    pages = [("operator_contracts", "", "", down, after, PAGE)
             for down in (False, True) for after in ("", number)]  # fmt: skip
    pages += [("operator_contracts", "many 77", "", False, "", PAGE)]
    pages += [("operator_users", *only, sort, down, after, PAGE)
              for only in (("", "", ""), ("", number, ""),
                           ("", "", "blocked"), ("many123", "", ""),
                           ("m123", "", ""), ("Many 14499", number, ""))
              for sort in ("user_id", "contract") for down in (False, True)
              for after in ("", user)
              if not after or only == ("", "", "")]  # fmt: skip
    pages += [("operator_audit", *only, None, None, before, PAGE)
              for only in (("", "", ""), (user, "", ""), ("", number, ""),
                           ("", "", "account.lock"), ("", "", "account"))
              for before in (0, last - 1000)]  # fmt: skip
    pages += [("operator_audit", "", "", "", NOW - HOUR, NOW + HOUR, 0, PAGE),
              ("operator_mails", True, 0, PAGE),
              ("operator_mails", False, 0, PAGE),
              ("operator_certificates", user, PAGE)]  # fmt: skip
    issue(db, holder)
    # What is not kept in a connection yet is read once more.
    blocks(many, *pages[0])
    read = {page: blocks(many, *page) for page in pages}
    assert {page: n for page, n in read.items() if n > BLOCKS} == {}
