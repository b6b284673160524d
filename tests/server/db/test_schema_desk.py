"""What a master's desk reads and how fast (R-WEB-5): the five lists, search,
order and pages; and nothing of another contract (I-14)."""

import datetime
import itertools
import os

import pytest

from koshin_tests.rows import account, contract, ending

MANY = 2000
PAGE = 50
BLOCKS = 20000  # of a page, at most: 40 ms
ONE_BLOCKS = 200  # of one user, at most
HASH = "$argon2id$x"
numbers = itertools.count(1)
DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.timezone.utc)
MONTH_ENDS = NOW + 10 * DAY
LISTS = ("all", "without", "expiring", "uninstalled", "locked", "bounced",
         "closed")  # fmt: skip


class Desk:
    """A contract with a master, and the master's session."""

    def __init__(self, db):
        self.db = db
        self.number = contract(db)
        self.master = self.add(role="master")
        self.token = self.session(self.master)

    def add(self, role="general", **more):
        n = next(numbers)
        user = more.pop("user_id", f"user{n:06}")
        account(self.db, self.number, role, user_id=user,
                **{"name": f"Name {n}", "email": f"u{n}@example.jp", **more})  # fmt: skip
        return user

    def session(self, user):
        token = os.urandom(16).hex()
        assert self.db.one(
            "SELECT koshin.open_session(sha256(%s), %s, id, password_hash,"
            " 3, 3, 100) FROM koshin.account WHERE user_id = %s",
            token.encode(), self.number, user, role="koshin_auth",
        )  # fmt: skip
        return token

    def ask(self, sql, *values, token=None):
        """In a transaction that has entered the session, as a front does."""
        db, role = self.db, "koshin_member"
        db.do("BEGIN", role=role)
        try:
            assert db.one("SELECT koshin.enter_session(%s, true)",
                          token or self.token, role=role)  # fmt: skip
            return db.rows(sql, *values, role=role)
        finally:
            db.do("ROLLBACK", role=role)

    def rows(self, which="all", search="", sort="user_id", down=False,
             after=None, most=PAGE, token=None):  # fmt: skip
        return self.ask(
            "SELECT * FROM koshin.desk_list(%s, %s, %s, %s, %s, %s, %s)",
            MONTH_ENDS, which, search, sort, down, after, most, token=token,
        )  # fmt: skip

    def names(self, *args, **options):
        return [row[0] for row in self.rows(*args, **options)]

    def figures(self):
        (row,) = self.ask("SELECT * FROM koshin.desk_figures(%s)", MONTH_ENDS)
        return dict(zip(LISTS, row))

    def id_of(self, user):
        return self.db.one("SELECT id FROM koshin.account WHERE user_id = %s",
                           user)  # fmt: skip

    def holds(self, user, ends):
        return ending(self.db, self.id_of(user), ends)

    def mailed(self, user, state, to=None):
        self.db.do(
            "INSERT INTO koshin.mail (event_key, kind, account, recipient,"
            " locale, message_id) SELECT %s, 'issued', id,"
            " coalesce(%s, email), 'ja', 'x' FROM koshin.account"
            " WHERE user_id = %s", os.urandom(8).hex(), to, user,
        )  # fmt: skip
        self.db.do("UPDATE koshin.mail SET state = %s"
                   " WHERE state = 'queued'", state)  # fmt: skip


@pytest.fixture
def desk(db):
    return Desk(db)


def test_R_WEB_5_each_user_is_on_the_lists_that_it_belongs_to(db, desk):
    fresh = desk.add()
    good, soon, over = desk.add(), desk.add(), desk.add()
    desk.holds(good, NOW + 100 * DAY)
    serial = desk.holds(soon, NOW + 5 * DAY)
    db.do("UPDATE koshin.certificate SET installed_at = now()"
          " WHERE serial = %s", serial)  # fmt: skip
    desk.holds(over, NOW - DAY)
    locked = desk.add(locked_until=NOW + DAY)
    was_locked = desk.add(locked_until=NOW - DAY)
    blocked = desk.add(state="blocked")
    gone = desk.add()
    db.do("UPDATE koshin.account SET state = 'closed' WHERE user_id = %s",
          gone)  # fmt: skip
    for user in (locked, was_locked, blocked):
        desk.holds(user, NOW + 100 * DAY)
    everybody = {desk.master, fresh, good, soon, over, locked, was_locked,
                 blocked}  # fmt: skip
    wanted = {
        "all": everybody,
        "without": {desk.master, fresh, over},
        "expiring": {soon},
        "uninstalled": {good, locked, was_locked, blocked},
        "locked": {locked, blocked},
        "bounced": set(),
        "closed": {gone},
    }
    assert {which: set(desk.names(which)) for which in LISTS} == wanted
    assert desk.figures() == {w: len(users) for w, users in wanted.items()}
    state = {row[0]: row[4] for row in desk.rows()}
    assert (state[locked], state[was_locked], state[blocked]) == (
        "locked", "active", "blocked")  # fmt: skip


def test_T7_closed_users_are_listed_as_long_as_they_can_be_reopened(db, desk):
    gone = desk.add()
    db.do("UPDATE koshin.account SET state = 'closed' WHERE user_id = %s",
          gone)  # fmt: skip
    assert desk.names("closed") == [gone] and gone not in desk.names()
    db.do("UPDATE koshin.account SET closed_at = now() - interval '30 d'"
          " WHERE user_id = %s", gone)  # fmt: skip
    assert desk.names("closed") == []


def test_T4_whose_mail_bounces_is_shown_until_one_arrives(db, desk):
    user = desk.add()
    desk.mailed(user, "failed")
    assert desk.names("bounced") == [user]
    (row,) = desk.rows("bounced")
    assert row[10] is not None
    desk.mailed(user, "expired")  # says nothing of the mailbox
    assert desk.names("bounced") == [user]
    desk.mailed(user, "sent")
    assert desk.names("bounced") == []
    desk.mailed(user, "failed")
    db.do("UPDATE koshin.account SET email = 'new@example.jp'"
          " WHERE user_id = %s", user)  # fmt: skip
    assert desk.names("bounced") == []


@pytest.mark.parametrize("search", ["TARO", "山田", "aro@exa", "find01"])
def test_R_WEB_5_search_finds_parts_of_id_name_and_address(desk, search):
    user = desk.add(user_id=f"find01{next(numbers)}", name="山田 太郎",
                    email="Taro@example.org")  # fmt: skip
    desk.add()
    assert desk.names(search=search) == [user]
    assert desk.names(search=search + "?") == []
    assert desk.names(search="%") == desk.names(search="_") == []


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("sort", ["user_id", "name", "state", "not_after"])
def test_R_WEB_5_pages_show_each_user_once_in_every_order(desk, sort, down):
    for n in range(7):
        user = desk.add(name=f"Same {n % 2}", locked_until=(
            NOW + DAY if n % 3 == 0 else None))  # fmt: skip
        if n % 2:
            desk.holds(user, NOW + (40 + n // 4) * DAY)
    whole = desk.rows(sort=sort, down=down)
    column = {"user_id": 0, "name": 2, "state": 4, "not_after": 8}[sort]
    none = NOW - 10000 * DAY
    keys = [row[column] or none for row in whole]
    assert keys == sorted(keys, reverse=down) and len(whole) == 8
    walked, after = [], None
    while True:
        page = desk.rows(sort=sort, down=down, after=after, most=3)
        if not page:
            break
        assert {row[12] for row in page} == {8}
        walked += page
        after = page[-1][0]
    assert walked == whole


def test_R_WEB_5_a_page_goes_on_behind_a_row_that_left_the_list(db, desk):
    users = [desk.add(state="blocked") for _ in range(3)]
    assert desk.names("locked", most=1) == users[:1]
    db.do("UPDATE koshin.account SET state = 'active' WHERE user_id = %s",
          users[0])  # fmt: skip
    assert desk.names("locked", after=users[0]) == users[1:]


def test_I_14_the_desk_shows_nothing_of_another_contract(db, desk):
    other = Desk(db)
    theirs = [other.add(state="blocked"), other.add(), other.master]
    other.holds(theirs[1], NOW + 5 * DAY)
    other.mailed(theirs[1], "failed")
    for which in LISTS:
        assert set(desk.names(which)).isdisjoint(theirs)
        assert set(desk.names(which)) <= {desk.master}
    for user in theirs:
        assert desk.names(search=user) == []
        assert desk.names(after=user) == []
        assert desk.names(after="nobody") == []
    assert desk.figures() == {"all": 1, "without": 1, "expiring": 0,
                              "uninstalled": 0, "locked": 0, "bounced": 0, "closed": 0}  # fmt: skip
    mails = desk.ask("SELECT account FROM koshin.mail")
    assert {holder for (holder,) in mails} <= {desk.id_of(desk.master)}
    assert set(other.names()) == set(theirs)


def test_I_14_the_desk_is_empty_for_others_than_its_master(db, desk):
    general = desk.add()
    token = desk.session(general)
    assert desk.names(token=token) == []
    for sql in ("SELECT * FROM koshin.desk_list(now(), 'all', '',"
                " 'user_id', false, NULL, 9)",
                "SELECT * FROM koshin.desk_users(now())"):  # fmt: skip
        assert db.rows(sql, role="koshin_member") == []


def fill(db, desk):
    """So many users, most with a certificate and with mails of years."""
    db.do(
        "INSERT INTO koshin.account (user_id, contract, role, name, email,"
        " password_hash) SELECT 'many' || n, %s, 'general', '見本 ' || n,"
        f" 'many' || n || '@example.jp', '{HASH}'"
        f" FROM generate_series(1, {MANY - 1}) n",
        desk.number,
    )
    db.do(
        "INSERT INTO koshin.certificate (serial, account, profile, subject,"
        " key_digest, key_identity, csr_digest, tbs_digest, not_before,"
        " not_after, via, code_id) SELECT substr(d, 1, 20), id, 'person',"
        " 'CN=x', d, d, d, d, now(), now() + (id %% 300 + 1) * interval '1 d',"
        " 'code', substr(d, 1, 16) FROM koshin.account,"
        " sha256(user_id::bytea) d WHERE contract = %s AND id %% 5 <> 0",
        desk.number,
    )
    db.do("UPDATE koshin.certificate SET state = 'issued', issued_at = now(),"
          " current = true, der = serial, fingerprint = sha256(serial)"
          " WHERE state = 'reserved'")  # fmt: skip
    db.do(
        "INSERT INTO koshin.mail (event_key, kind, account, recipient,"
        " locale, message_id, state, done_at) SELECT user_id || ':' || n, 'issued',"
        " id, email, 'ja', 'x', CASE WHEN n = 20 AND id %% 50 = 0"
        " THEN 'failed' ELSE 'sent' END, now() FROM koshin.account,"
        " generate_series(1, 20) n WHERE contract = %s", desk.number,
    )  # fmt: skip


@pytest.fixture(scope="module")
def many(db):
    desk = Desk(db)
    fill(db, desk)
    others = Desk(db)
    fill_others = "many" + others.number
    db.do(
        "INSERT INTO koshin.account (user_id, contract, role, name, email,"
        f" password_hash) SELECT '{fill_others}' || n, %s, 'general', 'X',"
        f" 'x@example.jp', '{HASH}' FROM generate_series(1, 20000) n",
        others.number,
    )  # fmt: skip
    db.do("VACUUM ANALYZE")
    settings = open(os.path.join(os.path.dirname(__file__),
        "../../../db/sql/settings.sql"), encoding="utf-8").read()  # fmt: skip
    db.do(settings.replace("$1::text", "'5000'").replace("$2::text", "'900'"),
          role="koshin_member")  # fmt: skip
    return desk


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def rows_read(node):
    return node["Actual Loops"] * (
        node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        + node.get("Rows Removed by Join Filter", 0)
    )  # fmt: skip


def test_R_WEB_5_a_page_of_2000_users_is_there_in_50_ms(many):
    """At the settings of an event loop's connection. What is read for it
    tells, since a clock tells of other things, too: from memory a block is 2
    us, a row less. It grows with the contract, not with those of others."""
    assert many.figures()["all"] == MANY
    assert many.figures()["bounced"] > 0
    pages = {"figures": "desk_figures(%s)"}
    for which in LISTS:
        for sort in ("user_id", "not_after"):
            pages[which, sort] = (
                f"desk_list(%s, '{which}', '', '{sort}', false, NULL, {PAGE})"
            )
    pages["behind"] = (
        f"desk_list(%s, 'all', '', 'name', false, 'many99', {PAGE})"
    )
    pages["search"] = (
        f"desk_list(%s, 'all', '見本 77', 'name', true, 'many99', {PAGE})"
    )
    for page, call in pages.items():
        ((told,),) = many.ask("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"
                              f" SELECT * FROM koshin.{call}", MONTH_ENDS)  # fmt: skip
        plan = told[0]["Plan"]
        blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        assert MANY < blocks <= BLOCKS, (page, blocks, plan)
        for node in nodes(plan):
            assert rows_read(node) <= 3 * MANY, (page, node)


def one_user(many, call):
    """The plan of it, when what is not kept in a connection yet was read."""
    for _ in range(2):
        ((told,),) = many.ask("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"
                              f" SELECT * FROM koshin.{call}", "many77")  # fmt: skip
    assert told[0]["Plan"]["Actual Rows"] == 1
    return told[0]["Plan"]


def test_R_WEB_5_one_user_is_found_without_reading_the_others(many):
    """But for the policies, which make a set of them once."""
    plan = one_user(many, 'desk_users(now()) WHERE user_id = %s COLLATE "C"')
    read = [rows_read(node) for node in nodes(plan)
            if node.get("Relation Name") == "account"]  # fmt: skip
    assert sum(read) <= MANY + 10, plan


def test_T6_what_a_master_has_left_is_counted_without_reading_all_users(many):
    plan = one_user(many, "desk_left(%s)")
    blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    assert blocks <= ONE_BLOCKS, (blocks, plan)
