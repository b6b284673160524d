"""The member area: in with certificate, user ID and password (R-WEB-4), own
certificates, and a renewal (R-CERT-4)."""

import hashlib
import re

import pytest
from cryptography import x509

from koshin_tests.clients import requests
from koshin_tests.holder import SERIAL, Holder, refused
from koshin_tests.portal import (
    Browser,
    Member,
    der,
    opened_to_members,
    request,
)

NOTHING = {"at": "nothing"}


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_members).start()


@pytest.fixture
def holder(server):
    return Holder(server)


@pytest.fixture
def due(holder):
    """Whose certificate has 25 days left, and so is in its window."""
    holder.age(340)
    return holder


# ------------------------------------------------------------------ entering


def test_R_WEB_4_certificate_user_id_and_password_open_it(server, holder):
    assert holder.browser.session() == NOTHING
    there = holder.browser.entered(holder.account)
    assert there["user"] == holder.account.user
    assert there["role"] == "general"
    assert there["certificate"]["serial"] == holder.serial
    assert holder.browser.session() == there
    assert holder.browser.cancel().json == NOTHING
    assert holder.browser.cookie is None
    assert holder.browser.session() == NOTHING


def test_R_WEB_4_without_one_of_them_it_stays_shut(server, holder):
    account, browser = holder.account, holder.browser
    refused(browser.enter(account, "Wrong-pw-1"), 401, "login_failed")
    refused(Member(server).enter(account), 403, "certificate_missing")
    assert browser.cookie is None


def test_R_LOCK_1_it_counts_where_all_passwords_are_counted(server, holder):
    portal = Browser(server)
    for _ in range(3):
        refused(portal.show_password(holder.account, "Wrong-pw-1"), 401,
                "login_failed")  # fmt: skip
        refused(holder.browser.enter(holder.account, "Wrong-pw-1"), 401,
                "login_failed")  # fmt: skip
    server.until(lambda: holder.account.row("locked_until") is not None)
    refused(holder.browser.enter(holder.account), 401, "login_failed")


def test_R_LOCK_4_it_is_no_complete_success(server, holder):
    """What a right password says is that the next may be guessed as well."""
    holder.browser.enter(holder.account, "Wrong-pw-1")
    holder.browser.entered(holder.account)
    tried = server.redis("GET", f"koshin:{{{holder.account.user}}}:try")
    assert tried.split(" ")[0] == "1"


def test_EST_190_the_certificate_of_another_opens_nothing(server, holder):
    """Nor can passwords of others be guessed with it: none is looked at."""
    other = server.account()
    for user, password in (
        (other, None), (other, "Wrong-pw-1"), ("nobody99", "Wrong-pw-1"),
        (holder.account.user.upper(), None), ("a\tb", None),
    ):  # fmt: skip
        got = holder.browser.enter(user, password or holder.account.password)
        refused(got, 403, "certificate_foreign")
        assert got.json["choose_at"]
    assert server.redis("GET", f"koshin:{{{other.user}}}:try") == ""


def test_R_WEB_8_full_width_letters_are_folded(holder):
    def wide(text):
        return "".join(chr(ord(c) + 0xFEE0) for c in text)

    account = holder.account
    got = holder.browser.enter(wide(account.user), wide(account.password))
    assert got.status == 200


def test_R_ACC_7_a_temporary_password_is_replaced_first(server, holder):
    server.rows(
        "UPDATE koshin.account SET temporary_password = true"
        " WHERE user_id = %s",
        holder.account.user,
    )
    refused(holder.browser.enter(holder.account), 403, "temporary_password")
    assert holder.browser.cookie is None


# ------------------------------------------------------------------ sessions


def test_J_02_a_session_of_one_listener_is_nothing_at_the_other(server, holder):
    """A cookie of the one name, and of the other, with an id of either."""
    holder.browser.entered(holder.account)
    portal = Browser(server)
    account = server.account()
    portal.log_in(account)
    for name in (portal.cookie_name, holder.browser.cookie_name):
        got = Browser(server).api(
            "GET", "/session", cookie=f"{name}={holder.browser.cookie}"
        )
        assert got.json == NOTHING
        got = holder.another_browser().api(
            "GET", "/session", cookie=f"{name}={portal.cookie}"
        )
        assert got.json == NOTHING
    assert portal.session()["at"] == "code"
    assert holder.browser.session()["at"] == "member"


def test_J_02_a_session_is_nothing_without_its_certificate(server, holder):
    holder.browser.entered(holder.account)
    thief = Holder(server)
    thief.browser.cookie = holder.browser.cookie
    assert thief.browser.session() == NOTHING
    refused(thief.browser.api("GET", "/certificates"), 401, "session_over")
    bare = Member(server)
    bare.cookie = holder.browser.cookie
    refused(bare.api("GET", "/session"), 403, "certificate_missing")
    # Nor has it ended for whom it is.
    assert holder.browser.session()["at"] == "member"


def test_J_02_each_log_in_gives_it_a_new_name(server, holder):
    holder.browser.cookie = "0" * 32
    holder.browser.entered(holder.account)
    first = holder.browser.cookie
    assert first != "0" * 32
    holder.browser.entered(holder.account)
    assert holder.browser.cookie != first
    before = holder.another_browser()
    before.cookie = first
    assert before.session() == NOTHING


def test_J_02_it_ends_with_its_certificate(server, holder):
    holder.browser.entered(holder.account)
    key = hashlib.sha256(holder.browser.cookie.encode()).hexdigest()
    assert key in server.redis("KEYS", "koshin:session:*")
    server.revoke(holder.identity.certificate)
    for path in ("/session", "/certificates"):
        got = holder.browser.api("GET", path)
        refused(got, 403, "certificate_revoked")
    server.until(lambda: key not in server.redis("KEYS", "koshin:session:*"))


def test_J_02_a_window_that_comes_late_ends_nothing(server, holder):
    """One logs in anew while the other asks for something: the answer to what
    it has asked takes no cookie back, which by now would be the new one."""
    holder.browser.entered(holder.account)
    late = holder.another_browser()
    late.cookie = holder.browser.cookie
    holder.browser.entered(holder.account)
    got = late.api("GET", "/certificates")
    refused(got, 401, "session_over")
    assert got.headers["Set-Cookie"] is None
    assert holder.browser.session()["at"] == "member"


def test_F_09_a_window_at_the_menu_disturbs_no_renewal(server, due):
    """What the menu shows is had at each step."""
    browser, account = due.browser, due.account
    menu = browser.entered(account)
    assert browser.member() == menu
    code = browser.ask_renewal_code(account)
    assert browser.member() == menu
    assert browser.session()["at"] == "code"
    assert browser.renew(code, request()).status == 200
    assert browser.member()["renewal"]["open"] is False
    assert browser.session()["at"] == "issued"


SUSPEND = "SELECT koshin.suspend_account('', %s, 'asked for')"
RESUME = "SELECT koshin.resume_account('', %s, 'asked for')"
BLOCK = "UPDATE koshin.account SET state = 'blocked' WHERE user_id = %s"
LIFT = "SELECT koshin.lift_account('', %s, 'asked for')"


@pytest.mark.parametrize(
    ("end", "begin"), [(SUSPEND, RESUME), (BLOCK, LIFT)],
    ids=["suspended", "blocked"],
)  # fmt: skip
def test_R_LOCK_9_it_ends_with_its_account(server, holder, end, begin):
    holder.browser.entered(holder.account)
    server.rows(end, holder.account.user)
    assert holder.browser.session() == NOTHING
    server.rows(begin, holder.account.user)
    assert holder.browser.session() == NOTHING
    assert holder.browser.entered(holder.account)["at"] == "member"


def test_J_02_it_ends_where_the_password_changes(server, holder):
    holder.browser.entered(holder.account)
    server.rows(
        "UPDATE koshin.account SET password_hash = o.password_hash"
        " FROM koshin.account o WHERE o.user_id = %s"
        " AND koshin.account.user_id = %s",
        server.account(password="Another-1").user,
        holder.account.user,
    )
    assert holder.browser.session() == NOTHING
    # Nobody has guessed: the page of the session has asked by itself.
    assert server.redis("GET", f"koshin:{{{holder.account.user}}}:try") == ""


def test_the_log_says_which_certificate_was_shown(server, holder):
    """To who asks why somebody did not get in, too."""
    holder.browser.entered(holder.account)
    holder.browser.enter(server.account())
    for outcome in ("ok", "certificate_foreign"):
        server.until(lambda o=outcome: re.search(
            f"outcome={o} .*operation=login .*shown={holder.serial}",
            server.instance.log_text(),
        ))  # fmt: skip


def test_it_goes_on_where_something_else_changes(server, holder):
    holder.browser.entered(holder.account)
    server.rows(
        "UPDATE koshin.account SET name = 'Other' WHERE user_id = %s",
        holder.account.user,
    )
    assert holder.browser.session()["at"] == "member"
    assert holder.browser.session()["at"] == "member"


def test_T9_who_reads_redis_can_be_nobody(server, holder):
    holder.browser.entered(holder.account)
    names = server.redis("KEYS", "koshin:session:*").splitlines()
    kept = " ".join(name + server.redis("GET", name) for name in names)
    assert holder.browser.cookie not in kept
    assert holder.account.password not in kept


# -------------------------------------------------------------- certificates


def test_R_WEB_5_own_certificates_and_nobody_elses(server, holder):
    other = Holder(server)
    holder.browser.entered(holder.account)
    (only,) = holder.browser.certificates()
    assert only["serial"] == holder.serial != other.serial
    assert only["state"] == "good"
    assert only["current"] and only["shown"]
    assert only["renewal_opens"]


def test_R_CERT_3_the_menu_says_when_the_renewal_opens(server):
    early = Holder(server)
    renewal = early.browser.entered(early.account)["renewal"]
    assert renewal["open"] is False
    assert renewal["opens_on"] == (
        early.browser.certificates()[0]["renewal_opens"]
    )
    got = early.browser.api("POST", "/renewal/code", {})
    refused(got, 403, "window_closed")
    assert got.json["opens_on"] == renewal["opens_on"]
    assert early.browser.session()["at"] == "member"


# ------------------------------------------------------------------- renewal


def test_R_CERT_4_a_code_renews_beside_the_certificate(server, due):
    browser, account = due.browser, due.account
    assert browser.entered(account)["renewal"] == {"open": True}
    code = browser.ask_renewal_code(account)
    assert browser.session()["at"] == "code"
    key = requests.new_key("rsa2048")
    got = browser.renew(code, request(key))
    assert got.status == 200, got.body
    made = x509.load_der_x509_certificate(der(got.json["certificate"]))
    assert requests.public(made) == requests.public(key)
    # Reload, and the same once more.
    assert browser.session() == got.json
    assert browser.renew(code, request(key)).json == got.json
    assert server.certificates_of(account) == 2
    ended = browser.api("DELETE", "/renewal").json
    assert ended["at"] == "member"
    assert ended["renewal"]["open"] is False
    newer, older = browser.certificates()
    assert (newer["current"], newer["shown"]) == (True, False)
    assert (older["current"], older["shown"]) == (False, True)
    assert older["state"] == "good"  # until it expires
    replaced = server.one(
        "SELECT encode(replaces, 'hex') FROM koshin.certificate"
        f" WHERE serial = {SERIAL}",
        newer["serial"],
    )
    assert replaced == due.serial


def test_R_CERT_11_it_is_renewed_under_its_own_profile(server):
    """Which is not the one that people get by the portal. Its window is open
    from the first day on."""
    holder = Holder(server, "short")
    holder.browser.entered(holder.account)
    code = holder.browser.ask_renewal_code(holder.account)
    got = holder.browser.renew(code, request())
    profile = server.one(
        f"SELECT profile FROM koshin.certificate WHERE serial = {SERIAL}",
        got.json["serial"],
    )
    assert profile == "short"


def test_R_LOCK_1_a_wrong_code_is_counted_and_the_last_one_locks(
    server, due
):
    due.browser.entered(due.account)
    code = due.browser.ask_renewal_code(due.account)
    wrong, csr = f"{(int(code) + 1) % 1000000:06}", request(kind="p256")
    for left in range(5, -1, -1):
        got = due.browser.renew(wrong, csr)
        refused(got, 403, "code_wrong")
        assert got.json["tries_left"] == left
    assert due.browser.session() == NOTHING
    assert server.certificates_of(due.account) == 1


def test_J_10_steps_out_of_order_lead_back(server, holder):
    browser = holder.browser
    for method, path, body in (
        ("POST", "/renewal/code", {}),
        ("POST", "/renewal/certificate", {"code": "123456", "csr": request()}),
        ("DELETE", "/renewal", None),
        ("GET", "/certificates", None),
        ("GET", "/member", None),
    ):
        refused(browser.api(method, path, body), 401, "session_over")
    browser.entered(holder.account)
    refused(browser.renew("123456", request()), 409, "other_step")
    assert browser.session()["at"] == "member"


def test_J_01_what_does_not_come_from_our_pages_changes_nothing(
    server, holder
):
    browser, account = holder.browser, holder.account
    body = {"user": account.user, "password": account.password}
    for fields in (
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": None, "origin": f"https://localhost:{browser.port}"},
    ):
        for method, path, sent in (
            ("POST", "/login", body), ("DELETE", "/renewal", {}),
            ("POST", "/renewal/code", {}), ("DELETE", "/session", {}),
            ("POST", "/renewal/certificate", {"code": "1", "csr": "x"}),
        ):  # fmt: skip
            got = browser.api(method, path, sent, **fields)
            refused(got, 403, "foreign_page")
    got = browser.api("POST", "/login", body, content_type="text/plain")
    refused(got, 415, "media_type")


def test_J_03_what_is_not_asked_for_is_not_read(holder):
    for path, body in (
        ("/login", b'{"user":"u"}'), ("/login", b'{"user":"u","password":1}'),
        ("/login", b'{"user":"u","password":"x","replace":true}'),
        ("/login", b""), ("/renewal/code", b'{"role":"master"}'),
        ("/renewal/certificate", b'{"csr":"MII"}'),
    ):  # fmt: skip
        got = holder.browser.api("POST", path, body)
        assert got.status == 400, got.body
