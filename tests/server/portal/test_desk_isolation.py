"""Two contracts, and every operation of the desk as the master of the one:
nothing of the other is reachable, and what is not yours answers like what does
not exist (I-14, J-09, T6)."""

import json

import pytest

from koshin_tests.description import DESCRIBED
from koshin_tests.office import Office, opened_to_masters

NOBODY = "nobody0001"
NO_SERIAL = "00ff" + "12" * 18
# Each operation of the desk, {u} and {s} for what is the other's.
CRAWL = {
    "/desk/users": [{"list": which, "search": search, "after": "{u}"}
                    for which in ("all", "without", "expiring", "uninstalled",
                                  "locked", "bounced", "closed")
                    for search in ("", "{u}", "Theirs")]
    + [{"list": which, "search": "{u}"} for which in ("all", "closed")],
    "/desk/user": [{"user": "{u}"}],
    "/desk/csv": [{"csv": "user_id,name,email\n{u},X,x@example.jp\n"}],
    "/desk/user/lift": [{"user": "{u}", "reason": "x"}],
    "/desk/user/password": [{"user": "{u}"}],
    "/desk/user/close": [{"user": "{u}", "reason": "x"}],
    "/desk/user/reopen": [{"user": "{u}", "reason": "x"}],
    "/desk/user/remind": [{"user": "{u}"}],
    "/desk/user/revoke": [{"user": "{u}", "serial": "{s}",
                           "why": "superseded"}],
}  # fmt: skip
# It names nobody; what it says of a user ID is R-ACC-3's to say.
ELSEWHERE = {"/desk", "/desk/register"}
ROWS = """SELECT to_jsonb(x) FROM (SELECT a.*,
    (SELECT count(*) FROM koshin.mail m WHERE m.account = a.id) AS mails,
    (SELECT count(*) FROM koshin.audit u WHERE u.account = a.id) AS audits,
    (SELECT count(*) FROM koshin.certificate c JOIN koshin.revocation r
	USING (serial) WHERE c.account = a.id) AS revoked
    FROM koshin.account a WHERE a.contract = %s ORDER BY a.id) x"""


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_masters).start()


@pytest.fixture(scope="module")
def ours(server):
    made = Office(server, "Ours")
    made.row()
    return made


@pytest.fixture(scope="module")
def theirs(server):
    """One of each state; closed and locked ones, and one with a
    certificate."""
    made = Office(server, "Theirs")
    holder = made.person()
    made.serial = f"{made.certificate(holder).certificate.serial_number:040x}"
    blocked, closed = made.row(), made.row()
    server.rows("UPDATE koshin.account SET state = 'blocked'"
                " WHERE user_id = %s", blocked)  # fmt: skip
    made.good("/user/close", user=closed, reason="left")
    made.users = [made.master.user, holder.user, blocked, closed,
                  made.row("device")]  # fmt: skip
    return made


def filled(body, user, serial):
    text = json.dumps(body).replace("{u}", user).replace("{s}", serial)
    return json.loads(text)


def shape(got, *words):
    """The answer without the name that was asked for, and without the time."""
    said = got.body.decode()
    for word in words:
        said = said.replace(word, "?")
    return got.status, said


def stored(server, office):
    return server.rows(ROWS, office.number)


def test_I_14_every_operation_of_the_desk_is_crawled():
    paths = {path for path in DESCRIBED["paths"] if path.startswith("/desk")}
    assert paths == set(CRAWL) | ELSEWHERE


@pytest.mark.parametrize("path", CRAWL)
def test_I_14_J_09_T6_no_operation_reaches_the_other_contract(
    server, ours, theirs, path
):
    before = stored(server, theirs)
    marks = [theirs.number, "Theirs", "theirs.example.jp", theirs.serial]
    for body in CRAWL[path]:
        none = ours.browser.api("POST", path, filled(body, NOBODY, NO_SERIAL))
        for user in theirs.users:
            sent = filled(body, user, theirs.serial)
            got = ours.browser.api("POST", path, sent)
            assert shape(got, user) == shape(none, NOBODY), sent
            for mark in (*marks, *theirs.users):
                assert mark in (user, theirs.serial) or (
                    mark not in got.body.decode()), (mark, sent)  # fmt: skip
    assert stored(server, theirs) == before


def test_I_14_figures_and_lists_have_the_own_users_alone(ours, theirs):
    assert ours.figures()["figures"]["all"] == 2
    for which in "all", "closed", "locked", "uninstalled":
        got = ours.ask("/users", list=which).body.decode()
        assert not any(user in got for user in theirs.users)


def test_I_14_the_certificate_of_the_other_is_not_the_own_user_s(
    server, ours, theirs
):
    before = stored(server, theirs)
    (user,) = [u for u in ours.names() if u != ours.master.user]
    got = ours.ask("/user/revoke", user=user, serial=theirs.serial,
                   why="superseded")  # fmt: skip
    none = ours.ask("/user/revoke", user=user, serial=NO_SERIAL,
                    why="superseded")  # fmt: skip
    assert shape(got) == shape(none) and got.status == 404
    assert stored(server, theirs) == before


def test_R_ACC_3_what_is_taken_elsewhere_says_nothing_of_whom(
    server, ours, theirs
):
    before = stored(server, theirs)
    for user in theirs.users:
        got = ours.ask("/register", user=user, name="X",
                       email="x@example.jp")  # fmt: skip
        assert (got.status, got.code) == (409, "user_taken")
        assert got.json["fields"] == ["user"]
        assert "Theirs" not in got.body.decode()
    assert stored(server, theirs) == before


def test_I_14_a_cookie_beside_another_master_s_certificate_is_nothing(
    ours, theirs
):
    cookie, ours.browser.cookie = ours.browser.cookie, theirs.browser.cookie
    try:
        got = ours.ask("/user", user=theirs.users[1])
        assert (got.status, got.code) == (401, "session_over")
    finally:
        ours.browser.cookie = cookie
    assert theirs.figures()["contract"] == theirs.number
