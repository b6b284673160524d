"""The master's desk: what it lists, finds and does (R-WEB-5), as often as a
master may (T6, T7), and by nobody else."""

import datetime
import os

import pytest

from koshin_tests.office import Office, opened_to_masters
from koshin_tests.portal import Browser, Member

NEW = "Ks-4rTn!2b"
LISTS = ("all", "without", "expiring", "uninstalled", "locked", "bounced",
         "closed")  # fmt: skip
# Each operation, with what it wants beside a user.
OF_A_USER = {
    "/user": {}, "/user/lift": {"reason": "x"}, "/user/password": {},
    "/user/close": {"reason": "x"}, "/user/reopen": {"reason": "x"},
    "/user/remind": {},
    "/user/revoke": {"serial": "00" * 20, "why": "superseded"},
}  # fmt: skip
OTHERS = {
    "/users": {"list": "all"},
    "/register": {"user": "new0001", "name": "X", "email": "x@example.jp"},
    "/csv": {"csv": "user_id,name,email\n"},
}
HEAD = "user_id,name,email\n"


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_masters).start()


@pytest.fixture(scope="module")
def office(server):
    return Office(server)


@pytest.fixture
def fresh(server):
    """A contract of which nothing is known yet."""
    return Office(server)


@pytest.fixture
def user(office):
    return office.row()


def every(user):
    """Path and body of each operation but the figures."""
    yield from ((path, {"user": user, **more})
                for path, more in OF_A_USER.items())  # fmt: skip
    yield from OTHERS.items()


def serial(identity):
    return f"{identity.certificate.serial_number:040x}"


def state(office, user):
    return office.server.one(
        "SELECT state FROM koshin.account WHERE user_id = %s", user
    )


# --------------------------------------------------------------------- lists


def test_R_WEB_5_each_list_has_those_that_belong_to_it(server, fresh):
    lost, blocked, bounced, closed = (fresh.row() for _ in range(4))
    locked = fresh.row(locked_until=datetime.datetime.now(datetime.timezone.utc)
                       + datetime.timedelta(hours=1))  # fmt: skip
    server.rows("UPDATE koshin.account SET state = 'blocked'"
                " WHERE user_id = %s", blocked)  # fmt: skip
    server.rows(
        "INSERT INTO koshin.mail (event_key, kind, account, recipient, locale,"
        " message_id) SELECT %s, 'issued', id, email, 'ja', 'x'"
        " FROM koshin.account WHERE user_id = %s", os.urandom(8).hex(),
        bounced,
    )  # fmt: skip
    server.rows("UPDATE koshin.mail SET state = 'failed' WHERE account ="
                " (SELECT id FROM koshin.account WHERE user_id = %s)",
                bounced)  # fmt: skip
    assert fresh.good("/user/close", user=closed, reason="left")["done"]
    master = fresh.master.user
    wanted = {
        "all": {master, lost, blocked, bounced, locked},
        "without": {lost, blocked, bounced, locked},
        "expiring": set(), "uninstalled": set(), "locked": {blocked, locked},
        "bounced": {bounced}, "closed": {closed},
    }  # fmt: skip
    assert {which: set(fresh.names(which)) for which in LISTS} == wanted
    desk = fresh.figures()
    assert desk["figures"] == {w: len(users) for w, users in wanted.items()}
    assert desk["contract"] == fresh.number
    assert desk["closes_left"] == 99
    rows = {r["user"]: r for r in fresh.good("/users", list="all")["users"]}
    assert rows[locked]["state"] == "locked"
    assert rows[locked]["locked_until"] > rows[master]["certificate"][
        "not_after"].replace("20", "19", 1)  # fmt: skip
    assert rows[bounced]["mail_refused_at"]
    assert rows[master]["certificate"]["installed"]
    assert "certificate" not in rows[lost]


def test_R_WEB_5_two_thousand_users_are_paged_sorted_and_searched(fresh):
    fresh.many(2000)
    seen, after = [], {}
    while True:
        page = fresh.good("/users", list="all", most=100, sort="name",
                          down=True, **after)  # fmt: skip
        assert page["found"] in (2001, 0)
        seen += [(row["name"], row["user"]) for row in page["users"]]
        if "after" not in page:
            break
        after = {"after": page["after"]}
    assert len(seen) == 2001
    assert seen == sorted(set(seen), reverse=True)
    assert len(fresh.names()) == 50
    assert fresh.good("/users", list="all", search="MANY 199")["found"] == 11
    for field, wrong in (("list", "foreign"), ("sort", "email"), ("most", 0),
                         ("most", 101)):  # fmt: skip
        got = fresh.refused(400, "bad_field", "/users",
                            **{"list": "all", field: wrong})  # fmt: skip
        assert got["fields"] == [field]


def test_J_12_markup_in_a_list_is_text(fresh):
    name = "<img src=x>\"'&"
    user = fresh.row(name=name)
    assert fresh.good("/user", user=user)["row"]["name"] == name
    got = fresh.ask("/users", list="all", search="<img")
    assert got.json["users"][0]["name"] == name
    assert got.headers["Content-Type"] == "application/json"
    assert got.headers["X-Content-Type-Options"] == "nosniff"


# ------------------------------------------------------------------ one user


def test_R_WEB_5_one_user_with_certificates_and_what_may_be_done(office):
    account = office.person()
    held = office.certificate(account)
    whole = office.good("/user", user=account.user)
    assert whole["row"]["user"] == account.user
    (its,) = whole["certificates"]
    assert its["serial"] == serial(held)
    assert (its["state"], its["current"], its["installed"]) == (
        "good", True, False)  # fmt: skip
    assert its["revocable"]
    assert whole["may"] == ["lift", "password", "close", "remind"]
    assert (whole["lifts_left"], whole["passwords_left"]) == (3, 3)
    own = office.good("/user", user=office.master.user)
    assert own["may"] == []
    assert not own["certificates"][0]["revocable"]
    office.good("/user/close", user=account.user, reason="left")
    closed = office.good("/user", user=account.user)
    assert closed["may"] == ["reopen"]
    assert closed["reopens_until"] > closed["row"]["closed_at"]
    assert closed["certificates"][0]["state"] == "revoked"


def test_J_09_who_is_not_there_is_404_in_every_operation(office):
    for path, more in OF_A_USER.items():
        for user in ("nobody0001", "", "a\tb", "%", "' OR 1=1 --"):
            office.refused(404, "no_such_user", path, user=user, **more)


def test_R_LOCK_6_the_master_s_own_account_is_the_operator_s(office):
    own = office.master.user
    for path, more in OF_A_USER.items():
        if path in ("/user", "/user/revoke"):
            continue
        office.refused(403, "not_yours", path, user=own, **more)
    office.refused(403, "not_yours", "/user/revoke", user=own,
                   serial=serial(office.identity), why="superseded")  # fmt: skip


# ---------------------------------------------------------------------- acts


def test_R_LOCK_6_a_lifted_lock_is_lifted_in_redis_too(server, office):
    account = office.person()
    portal = Browser(server)
    for _ in range(6):
        assert portal.show_password(account, "Wrong-pw-1").status == 401
    server.until(lambda: account.row("locked_until") is not None)
    assert portal.show_password(account).status == 401
    assert office.good("/user", user=account.user)["row"]["state"] == "locked"
    assert office.good("/user/lift", user=account.user,
                       reason="called, was he")["done"]  # fmt: skip
    assert portal.show_password(account).status == 200
    actor, _, details = office.audits(account.user)[-2]
    assert actor == office.actor
    assert details["reason"] == "called, was he"
    assert "unlocked" in office.mails(account.user)
    assert server.one("SELECT count(*) FROM koshin.owed") == 0


def test_T6_a_block_is_lifted_as_often_as_a_day_allows(server, office, user):
    for left in (2, 1, 0):
        server.rows("UPDATE koshin.account SET state = 'blocked'"
                    " WHERE user_id = %s", user)  # fmt: skip
        if office.good("/user", user=user)["lifts_left"] > left:
            office.good("/user/lift", user=user, reason="x")
            assert state(office, user) == "active"
    assert office.good("/user", user=user)["lifts_left"] == 0
    server.rows("UPDATE koshin.account SET state = 'blocked'"
                " WHERE user_id = %s", user)  # fmt: skip
    office.refused(403, "limit_reached", "/user/lift", user=user, reason="x")
    assert state(office, user) == "blocked"


def test_R_LOCK_6_where_nothing_was_locked_failures_are_forgotten(
    server, office
):
    account = office.person()
    assert Browser(server).show_password(account, "Wrong-pw-1").status == 401
    tried = f"koshin:{{{account.user}}}:try"
    assert server.redis("GET", tried).split(" ")[0] == "1"
    assert not office.good("/user/lift", user=account.user, reason="x")["done"]
    assert server.redis("GET", tried).split(" ")[0] in ("", "0")


def test_R_LOCK_9_a_suspended_user_is_the_operator_s(server, office, user):
    server.rows("UPDATE koshin.account SET state = 'suspended',"
                " suspended_from = 'active' WHERE user_id = %s", user)  # fmt: skip
    office.refused(409, "wrong_state", "/user/lift", user=user, reason="x")
    assert "lift" not in office.good("/user", user=user)["may"]


def test_X_04_nothing_is_lifted_or_closed_without_a_reason(office, user):
    for path in "/user/lift", "/user/close", "/user/reopen":
        for reason in "", "   ":
            got = office.refused(400, "bad_field", path, user=user,
                                 reason=reason)  # fmt: skip
            assert got["fields"] == ["reason"]
            assert got["reason"] == "must say why"


# What the command line refuses as well (policy/input.h), and by which rule.
NO_REASONS = {
    "\u3000": "must say why",
    "a\u202eb": "turn the direction",
    "a\nb": "control characters",
    "あ" * 256: "at most 255 characters",
    "a" * 2000: "",
}


def test_X_04_a_reason_is_judged_as_at_the_command_line(office, user):
    for reason, rule in NO_REASONS.items():
        got = office.refused(400, "bad_field", "/user/lift", user=user,
                             reason=reason)  # fmt: skip
        assert got["fields"] == ["reason"] and rule in got["reason"]
    assert office.good("/user/lift", user=user, reason="𠮟" * 255)


def test_R_ACC_7_a_temporary_password_is_shown_once_and_begins(server, office):
    account = office.person()
    since = account.before_code()
    assert Browser(server).show_password(account).status == 200
    account.code(since)
    got = office.good("/user/password", user=account.user)
    assert got["temporary"] and len(got["password"]) == 12
    assert server.redis("EXISTS", f"koshin:{{{account.user}}}:code") == "0"
    portal = Browser(server)
    assert portal.show_password(account).status == 401
    assert portal.show_temporary(account, got["password"]).status == 200
    assert portal.choose(NEW).json["at"] == "registered"
    assert office.audits(account.user)[-2][:2] == (
        office.actor, "account.password")  # fmt: skip
    assert "password_changed" in office.mails(account.user)
    assert got["password"] not in server.instance.log_text()


def test_T7_a_user_gets_three_passwords_a_day(office, user):
    given = set()
    for left in (2, 1, 0):
        if office.good("/user", user=user)["passwords_left"] > left:
            given.add(office.good("/user/password", user=user)["password"])
    assert len(given) == 3 or office.asked_again
    office.refused(403, "limit_reached", "/user/password", user=user)
    assert office.good("/user", user=user)["passwords_left"] == 0


def test_R_ACC_7_a_device_has_its_password_for_good(office):
    device = office.row("device")
    assert not office.good("/user/password", user=device)["temporary"]
    assert not office.good("/user", user=device)["row"]["temporary"]


def test_T7_what_was_closed_is_opened_again_as_it_was(server, office, user):
    server.rows("UPDATE koshin.account SET state = 'blocked'"
                " WHERE user_id = %s", user)  # fmt: skip
    office.refused(409, "wrong_state", "/user/reopen", user=user, reason="x")
    assert office.good("/user/close", user=user, reason="left")["reopens_until"]
    for path in "/user/close", "/user/lift":
        office.refused(409, "wrong_state", path, user=user, reason="x")
    for path in "/user/remind", "/user/password":
        office.refused(409, "wrong_state", path, user=user)
    assert office.good("/user/reopen", user=user, reason="he is back")["done"]
    assert state(office, user) == "blocked"
    office.good("/user/close", user=user, reason="left")
    server.rows("UPDATE koshin.account SET closed_at = now() - interval"
                " '31 days' WHERE user_id = %s", user)  # fmt: skip
    assert not office.good("/user/reopen", user=user, reason="late")["done"]
    assert office.good("/user", user=user)["may"] == []


def test_T7_a_master_closes_as_many_in_an_hour_as_is_set(server, fresh):
    server.rows("UPDATE koshin.session SET closes = 1 WHERE contract = %s",
                fresh.number)  # fmt: skip
    one, other = fresh.row(), fresh.row()
    assert fresh.figures()["closes_left"] == 1
    fresh.good("/user/close", user=one, reason="left")
    assert fresh.figures()["closes_left"] == 0
    fresh.refused(403, "limit_reached", "/user/close", user=other, reason="x")
    assert state(fresh, other) == "active"


def test_R_WEB_5_a_user_is_reminded_once_a_day(office, user):
    done = office.good("/user/remind", user=user)["done"]
    assert done or office.asked_again
    assert not office.good("/user/remind", user=user)["done"]
    assert office.mails(user) == ["reminder"]


def test_R_CERT_6_a_certificate_is_revoked_where_its_profile_allows(
    server, office
):
    short, account = office.person(), office.person()
    of_short = serial(office.certificate(short, "short"))
    held = serial(office.certificate(account))
    office.refused(403, "not_yours", "/user/revoke", user=short.user,
                   serial=of_short, why="superseded")  # fmt: skip
    office.refused(404, "no_such_user", "/user/revoke", user=account.user,
                   serial=of_short, why="superseded")  # fmt: skip
    got = office.refused(400, "bad_field", "/user/revoke", user=account.user,
                         serial=held, why="abandoned")  # fmt: skip
    assert got["fields"] == ["why"]
    for done in True, False:
        assert office.good("/user/revoke", user=account.user, serial=held,
                           why="keyCompromise")["done"] is done  # fmt: skip
    (its,) = office.good("/user", user=account.user)["certificates"]
    assert (its["state"], its["revocable"]) == ("revoked", False)
    assert "revoked" in office.mails(account.user)


# -------------------------------------------------------------- registration


def test_R_ACC_7_a_user_is_registered_and_begins(server, office):
    user = "Anna0001"
    got = office.good("/register", user="Ａｎｎａ０００１", name="山田 花子",
                      email="anna@example.jp", locale="en")  # fmt: skip
    assert (got["user"], got["temporary"]) == (user, True)
    row = office.good("/user", user=user)["row"]
    assert (row["name"], row["role"], row["temporary"]) == (
        "山田 花子", "general", True)  # fmt: skip
    portal = Browser(server)
    assert portal.show_temporary(user, got["password"]).status == 200
    assert portal.choose(NEW).status == 200
    assert office.audits(user)[0][:2] == (office.actor, "account.add")
    assert "registered" in office.mails(user)
    office.refused(409, "user_taken", "/register", user=user, name="X",
                   email="x@example.jp")  # fmt: skip
    device = office.good("/register", user="Router01", name="R", role="device",
                         email="r@example.jp")  # fmt: skip
    assert not device["temporary"]


def test_R_ACC_3_each_field_at_fault_is_named(office):
    got = office.refused(
        400, "bad_field", "/register", user="x", name="", email="a@b c",
        locale="fr", role="master",
    )  # fmt: skip
    assert got["fields"] == ["user", "name", "email", "locale", "role"]
    assert "user must be 6 to 12 characters" in got["reason"]


def test_T6_who_asks_for_user_ids_that_are_taken_is_counted(server, fresh):
    taken = {"user": fresh.master.user, "name": "X", "email": "x@example.jp"}
    fresh.refused(409, "user_taken", "/register", **taken)
    (actor, action, details), = fresh.audits(fresh.master.user)[-1:]
    assert (actor, action) == (fresh.actor, "account.taken")
    assert details == {"user_id": fresh.master.user}
    server.rows(
        "INSERT INTO koshin.audit (actor, action, object, account)"
        " SELECT %s, 'account.taken', 'account:' || id, id"
        " FROM koshin.account, generate_series(1, 99) WHERE user_id = %s",
        fresh.actor, fresh.master.user,
    )  # fmt: skip
    fresh.refused(403, "limit_reached", "/register", **taken)
    fresh.refused(403, "limit_reached", "/register", **{**taken,
                  "user": "nobodys1"})  # fmt: skip
    assert fresh.figures()["figures"]["all"] == 1


def test_J_03_a_master_names_no_contract(office, fresh):
    got = office.ask("/register", user="Other001", name="X",
                     email="x@example.jp", contract=fresh.number)  # fmt: skip
    assert got.status == 400
    assert fresh.figures()["figures"]["all"] == 1


# ----------------------------------------------------------------------- CSV


def csv(office, text):
    return office.good("/csv", csv=text)


def faults(office, text):
    return [(f["line"], f.get("field"), f["why"])
            for f in csv(office, text)["faults"]]  # fmt: skip


def test_R_WEB_5_a_table_is_judged_and_then_registered_row_by_row(office):
    text = ("email,name,user_id,role\r\n"
            "c1@example.jp,\"Name, with comma\",csvone1,\r\n"
            "c2@example.jp,二郎,ｃｓｖｔｗｏ２,device\r\n")  # fmt: skip
    got = csv(office, text)
    assert got["faults"] == []
    assert got["rows"][0] == {
        "line": 2, "user": "csvone1", "name": "Name, with comma",
        "email": "c1@example.jp", "locale": "ja", "role": "general",
    }  # fmt: skip
    assert got["rows"][1]["user"] == "csvtwo2"
    before = office.figures()["figures"]["all"]
    for row in got["rows"]:
        row.pop("line")
        assert office.good("/register", **row)["password"]
    assert office.figures()["figures"]["all"] == before + 2
    assert faults(office, text) == [(2, "user_id", "taken"),
                                    (3, "user_id", "taken")]  # fmt: skip


def test_J_15_each_fault_of_a_table_is_told_with_its_place(office, user):
    got = csv(office, HEAD + "x,X,x@example.jp\n"
              f"{user},X,x@example.jp\n"
              "twin001,X,x@example.jp\n"
              "twin001,=1+1,a@\n"
              "short01,X\n"
              "empty01,,x@example.jp\n"
              "goodone1,<b>,x@example.jp\n")  # fmt: skip
    assert [(f["line"], f["column"], f.get("field"), f["why"])
            for f in got["faults"]] == [
        (2, 1, "user_id", "form"), (3, 1, "user_id", "taken"),
        (5, 1, "user_id", "twice"), (5, 9, "name", "formula"),
        (5, 14, "email", "form"), (6, 1, None, "width"),
        (7, 9, "name", "missing"),
    ]  # fmt: skip
    assert got["faults"][0]["right"] == "must be 6 to 12 characters"
    assert got["faults"][2]["other_line"] == 4
    assert [r["line"] for r in got["rows"]] == [4, 8]


def test_J_15_a_table_that_is_none_is_told_so(office):
    assert faults(office, "") == [(1, None, "empty")]
    assert faults(office, HEAD) == [(2, None, "empty")]
    assert faults(office, "user_id,name,mail,name\n") == [
        (1, None, "unknown"), (1, "name", "twice"), (1, "email", "missing"),
    ] or faults(office, "user_id,name,mail,name\n") == [
        (1, "email", "missing"), (1, None, "unknown"), (1, "name", "twice"),
    ]  # fmt: skip
    assert faults(office, HEAD + 'abcdef1,"X,x@example.jp') == [
        (2, None, "table")]  # fmt: skip
    assert faults(office, HEAD + "abcdef1,X,x@example.jp\n" * 1) == []


def test_J_15_a_hundred_thousand_rows_are_refused(office):
    row = "u{:05}x,X,x@e.jp\n"
    many = HEAD + "".join(row.format(n) for n in range(501))
    got = csv(office, many)
    assert [(f["line"], f["why"]) for f in got["faults"]] == [(502, "too_many")]
    assert len(got["rows"]) == 500 == office.figures()["rows_max"]
    bad = HEAD + "x\n" * 5000
    assert len(csv(office, bad)["faults"]) == 200
    office.refused(400, "bad_field", "/csv", csv=HEAD + "x" * 60000)
    got = office.ask("/csv", csv=HEAD + row.format(1) * 100000)
    assert (got.status, got.code) == (413, "too_large")


# --------------------------------------------------------------- who may not


def test_J_09_a_general_user_has_no_desk(server, office, user):
    general = office.person()
    browser = Member(server, office.certificate(general))
    browser.entered(general)
    before = office.audits(user)
    for path, body in every(user):
        got = office.ask(path, browser, **body)
        assert (got.status, got.code) == (403, "not_master")
    got = browser.api("GET", "/desk")
    assert (got.status, got.code) == (403, "not_master")
    assert office.audits(user) == before


def test_J_10_without_a_session_there_is_no_desk(server, office, user):
    stranger = Member(server, office.identity)
    for path, body in every(user):
        got = office.ask(path, stranger, **body)
        assert (got.status, got.code) == (401, "session_over")
    assert stranger.api("GET", "/desk").status == 401
    portal = Browser(server)
    assert portal.ask("GET", "/api/v1/desk").status == 404


def test_J_01_what_does_not_come_from_our_pages_changes_nothing(office, user):
    browser, before = office.browser, office.audits(user)
    for path, body in every(user):
        got = browser.api("POST", f"/desk{path}", body,
                          sec_fetch_site="same-site")  # fmt: skip
        assert (got.status, got.code) == (403, "foreign_page")
        got = browser.api("POST", f"/desk{path}", body,
                          content_type="text/plain")  # fmt: skip
        assert got.status == 415
        assert browser.api("POST", f"/desk{path}", b"{").status == 400
        got = browser.api("POST", f"/desk{path}", body, host="www.example.jp")
        assert got.status == 421
    assert browser.api("GET", "/desk", host="www.example.jp").status == 421
    assert office.audits(user) == before


# ------------------------------------------------------------------- session


def of_contract(server, number):
    return server.one("SELECT count(*) FROM koshin.session"
                      " WHERE contract = %s", number)  # fmt: skip


def test_J_02_the_session_of_the_database_ends_with_the_cookie(server, fresh):
    assert of_contract(server, fresh.number) == 1
    fresh.browser.entered(fresh.master)  # another one in its place
    server.until(lambda: of_contract(server, fresh.number) == 1)
    fresh.browser.cancel()
    server.until(lambda: of_contract(server, fresh.number) == 0)


def test_I_14_without_the_session_of_the_database_one_logs_in_again(
    server, fresh
):
    def leave():
        server.rows("DELETE FROM koshin.session WHERE contract = %s",
                    fresh.number)  # fmt: skip

    user = fresh.row()
    for path, body in every(user):
        if path == "/csv":  # it reads what was sent, and of users no more
            continue
        leave()
        got = fresh.ask(path, **body)
        assert (got.status, got.code) == (401, "session_over"), path
        fresh.browser.entered(fresh.master)
    leave()
    assert fresh.browser.api("GET", "/desk").code == "session_over"
    fresh.browser.entered(fresh.master)
    assert fresh.figures()["figures"]["all"] == 2


def test_T9_the_token_of_a_session_stands_nowhere(server, fresh):
    """Who reads Redis, PostgreSQL and the log enters no session."""
    keys = server.redis("KEYS", "*").split()
    stored = " ".join(server.redis("GET", key) for key in keys
                      if ":web:" in key or "session" in key)  # fmt: skip
    digests = server.rows("SELECT encode(token_digest, 'hex')"
                          " FROM koshin.session")  # fmt: skip
    assert digests
    for (digest,) in digests:
        assert digest not in stored
    assert fresh.browser.cookie not in stored + server.instance.log_text()


def test_J_02_a_desk_ends_where_the_password_changes(server, fresh):
    server.instance.run(
        "user", "set-password", fresh.master.user, "--password-file", "-",
        stdin=NEW + "\n",
    )  # fmt: skip
    got = fresh.browser.api("GET", "/desk")
    assert (got.status, got.code) == (401, "session_over")


# ---------------------------------------------------------------- all of them


def test_I_9_without_a_store_the_desk_is_503(server, fresh):
    """The last one: Redis forgets who was there."""
    user = fresh.row()
    fresh.browser.patient = False
    server.services.stop_redis()
    for path, body in every(user):
        got = fresh.ask(path, **body)
        assert (got.status, got.code) == (503, "unavailable"), path
    assert fresh.browser.api("GET", "/desk").status == 503
    server.services.start_redis()
