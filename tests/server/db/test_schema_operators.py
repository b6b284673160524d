"""What an operator does in a session, that is at the desk: all contracts, with
the functions of the command line (R-OPS-2); not with an old proof (R-OPS-3); and
what such a desk reads (R-OPS-5)."""

import datetime

import pytest

from koshin_tests.acting import (
    HASH, MEMBER, NOT_THERE, NOT_YOURS, STALE, WHY, Person, contract_state,
    numbers, refused, state, trail,
)  # fmt: skip
from koshin_tests.rows import account, contract, issue

DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
NOW = datetime.datetime.now(datetime.timezone.utc)


@pytest.fixture
def operator(db):
    return Person(db, "operator")


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


@pytest.mark.parametrize("role", ["operator", "master", "general"])
def test_R_CERT_6_T8_the_own_certificate_wants_the_password_anew(db, role):
    person, other = Person(db, role), Person(db, role)
    serial = issue(db, person.id)
    refused(NOT_THERE, other.revoke_own, serial, "superseded")
    person.proved_before(HOUR)
    refused(STALE, person.revoke_own, serial, "superseded")
    person.prove()
    refused(NOT_THERE, person.revoke_own, serial, "abandoned")
    assert person.revoke_own(serial, "keyCompromise") is True
    assert person.revoke_own(serial, "superseded") is False
    ((_, actor, details),) = trail(
        db, "certificate.revoke", f"certificate:{serial.hex()}"
    )
    assert (actor, details["reason"]) == (person.name, "keyCompromise")


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
        "operator_mails": ("", False, 0, 9),
        "operator_audit": ("", "", "", None, None, 0, 9),
        "operator_figures": (NOW - DAY, NOW, "hour", "UTC"),
        "operator_proposals": (9,),
        "proposal_resets": (1,),
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
    (row,) = operator.rows("operator_mails", "", True, which + 1, 1)
    assert row[:6] == (which, "issued", "failed", user.user, user.number,
                       "hanako@example.jp")  # fmt: skip
    assert row[9:] == ("550 no such user", True)
    assert operator.rows("operator_mails", "", True, which, 99) == [
        r for r in operator.rows("operator_mails", "", True, 0, 99)
        if r[0] < which]  # fmt: skip
    assert {r[3] for r in
            operator.rows("operator_mails", user.user, False, 0, 99)} == {
                user.user}  # fmt: skip
    assert operator.rows("operator_mails", "nobody01", False, 0, 99) == []
    assert operator.retry_mail(which) is True
    assert operator.retry_mail(which) is False
    assert which not in [r[0] for r in
                         operator.rows("operator_mails", "", True, 0, 99)]  # fmt: skip
    assert trail(db, "mail.retry", f"mail:{which}")[0][1] == operator.name


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
              ("operator_mails", "", True, 0, PAGE),
              ("operator_mails", "", False, 0, PAGE),
              ("operator_mails", user, False, 0, PAGE),
              ("operator_certificates", user, PAGE)]  # fmt: skip
    issue(db, holder)
    # What is not kept in a connection yet is read once more.
    blocks(many, *pages[0])
    read = {page: blocks(many, *page) for page in pages}
    assert {page: n for page, n in read.items() if n > BLOCKS} == {}
