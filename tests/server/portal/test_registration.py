"""How people begin, as the pages do it (R-ACC-2, R-ACC-7, R-WEB-2b): the master
with the initial password of the contract, a general user with the temporary
one (portal/openapi.yaml)."""

import threading

import pytest

from koshin_tests.command_line import INITIAL, counter
from koshin_tests.patience import until
from koshin_tests.portal import Browser, opened

LONG = "x" * 1000
NEW = "Zakura-55"
WRONG = "Wr0ng-pw"


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened).start()


@pytest.fixture
def browser(server):
    return Browser(server)


@pytest.fixture
def contract(server):
    """The number of one that nobody has registered; its password is INITIAL."""
    number = str(next(counter))
    server.instance.run(
        "contract", "add", number, "--password-file", "-", stdin=INITIAL + "\n"
    )
    return number


@pytest.fixture
def temporary(server):
    return server.account(temporary=True)


def fields(**changes):
    user = f"master{next(counter) % 1000000}"
    return {
        "user": user, "password": NEW, "password_again": NEW,
        "name": "見本 太郎", "email": f"{user}@example.jp",
        "email_again": f"{user}@example.jp", "locale": "ja", **changes,
    }  # fmt: skip


def masters(server, number):
    return server.rows(
        "SELECT user_id, name, email, locale, temporary_password"
        " FROM koshin.account WHERE contract = %s AND role = 'master'",
        number,
    )


def trail(server, user):
    """What stands in it of that user: who did what."""
    return server.rows(
        "SELECT u.actor, u.action FROM koshin.audit u JOIN koshin.account a"
        " ON a.id = u.account WHERE a.user_id = %s ORDER BY u.id",
        user,
    )


def prove(browser, contract):
    """At the page of the fields; a busy machine is asked again."""
    until(lambda: browser.show_contract(contract, INITIAL).status == 200)


def heard(answer):
    kept = [(n, v) for n, v in answer.headers.items() if n != "Date"]
    return answer.status, kept, answer.body


# ------------------------------------------------------------------- master


def test_R_WEB_2b_R_ACC_2_a_master_registers(server, browser, contract):
    got = browser.show_contract(contract, INITIAL)
    assert got.json == {"at": "contract", "contract": contract,
                        "password": {"min": 8, "max": 12}}  # fmt: skip
    assert browser.session() == got.json
    first = browser.cookie
    typed = fields()
    got = browser.register(**typed)
    assert got.json == {"at": "registered", "user": typed["user"]}
    assert browser.session() == got.json
    assert browser.cookie != first
    assert masters(server, contract) == [
        (typed["user"], typed["name"], typed["email"], "ja", False)
    ]
    # The same row as by the command line: who registers did it.
    assert trail(server, typed["user"])[0] == (
        f"{contract}/{typed['user']}", "account.register",
    )  # fmt: skip
    assert server.one(
        "SELECT initial_password_hash FROM koshin.contract WHERE number = %s",
        contract,
    ) is None  # fmt: skip
    assert Browser(server).show_contract(contract, INITIAL).status == 401
    # He goes on to the issue, without showing the new password again.
    assert browser.api("POST", "/issue/code", {}).json["code"]["sent"]


def test_R_WEB_8_full_width_letters_are_folded(server, browser, contract):
    def wide(text):
        return "".join(chr(ord(c) + 0xFEE0) for c in text)

    assert browser.show_contract(wide(contract), wide(INITIAL)).status == 200
    typed = fields()
    folded = {
        name: wide(typed[name])
        for name in ("user", "password", "password_again", "email",
                     "email_again")
    }  # fmt: skip
    assert browser.register(**{**typed, **folded}).status == 200
    ((user, _, email, _, _),) = masters(server, contract)
    assert (user, email) == (typed["user"], typed["email"])
    assert Browser(server).show_password(typed["user"], NEW).status == 200


def test_I_15_who_has_proved_no_contract_hears_the_same(
    server, browser, contract
):
    used, closed, locked = (str(next(counter)) for _ in range(3))
    for number in (used, closed, locked):
        server.instance.run(
            "contract", "add", number, "--password-file", "-",
            stdin=INITIAL + "\n",
        )  # fmt: skip
    Browser(server).show_contract(used, INITIAL)
    other = Browser(server)
    other.show_contract(used, INITIAL)
    assert other.register(**fields()).status == 200
    server.instance.run("contract", "close", closed, "--reason", "test")
    for _ in range(6):
        browser.show_contract(locked, WRONG)
    answers = [
        browser.show_contract(number, secret)
        for number, secret in (
            ("99999999", WRONG), (contract, WRONG), (used, INITIAL),
            (closed, INITIAL), (locked, INITIAL), ("1", WRONG),
            ("a\tb", WRONG), ("\u3042", "x"),
        )
    ]  # fmt: skip
    assert (answers[0].status, answers[0].code) == (401, "login_failed")
    assert len({str(heard(a)) for a in answers}) == 1
    assert browser.cookie is None
    assert masters(server, locked) == []


def test_R_LOCK_7_a_contract_is_locked_and_no_user_of_that_name(
    server, browser, contract
):
    for _ in range(6):
        assert browser.show_contract(contract, WRONG).status == 401
    assert browser.show_contract(contract, INITIAL).status == 401
    server.until(
        lambda: server.one(
            "SELECT locks FROM koshin.contract WHERE number = %s", contract
        ) == 1
    )  # fmt: skip
    key = f"koshin:{{{contract}}}:lock"
    assert server.redis("EXISTS", key) == "0"
    server.forgive()


def test_R_LOCK_7_registering_sets_the_counter_to_zero(
    server, browser, contract
):
    for _ in range(5):
        browser.show_contract(contract, WRONG)
    prove(browser, contract)
    assert browser.register(**fields()).status == 200
    assert server.redis("KEYS", f"koshin:*{contract}*:try") == ""


J_FIELDS = {
    "user": ["", "abc12", "abcdefgh12345", "abcdefgh", "12345678",
             "<b>abc12", "abc\u3042123", "a1';--xx", LONG],
    "name": ["", "   ", "\u3042" * 21, "ab\u202ecd", "a\nb",
             "\U0001f468\u200d\U0001f466", LONG],
    "email": ["", "a", "a@b@example.jp", "a@[127.0.0.1]", "\u3042@example.jp",
              "a@example.jp\r\nBcc: b@example.jp", '"a b"@example.jp', LONG,
              "a" * 40 + "@example.jp"],
    "locale": ["", "de", "jaja"],
    "password": ["", "Tr-7kLm", "Tr-7kLm#9xabc", "TR-7KLM#9X", "tr-7klm#9x",
                 "Tr57kLm39x", "P@ssw0rd", "Tr-7 kLm#9x", "Tr-7kLm#\u3042x"],
}  # fmt: skip
CASES = [(field, value) for field in J_FIELDS for value in J_FIELDS[field]]


@pytest.mark.parametrize(
    "field, value", CASES, ids=lambda v: repr(v[:20])[1:-1]
)
def test_J_05_J_06_J_07_J_08_each_bad_field_is_named(
    server, browser, contract, field, value
):
    typed = fields(**{field: value})
    if field in ("password", "email"):
        typed[f"{field}_again"] = value
    prove(browser, contract)
    got = browser.register(**typed)
    assert (got.status, got.code) == (400, "bad_field")
    assert got.json["fields"] == [field]
    assert got.json["reason"].startswith((field, "must "))
    assert masters(server, contract) == []
    # Nothing is lost: the same page again.
    assert browser.session()["at"] == "contract"


def test_J_08_all_that_is_wrong_is_told_at_once(browser, contract):
    prove(browser, contract)
    got = browser.register(**fields(
        user="x", name="", email="a@example.jp", email_again="b@example.jp",
        password_again=NEW + "6",
    ))  # fmt: skip
    assert got.json["fields"] == [
        "user", "password_again", "name", "email_again",
    ]  # fmt: skip


@pytest.mark.parametrize("markup", [
    "<script>a()</script>"[:20], "<img src=x onerror=1", "'\"><b>&amp;${1}",
])  # fmt: skip
def test_J_12_markup_in_a_name_is_a_name(server, browser, contract, markup):
    prove(browser, contract)
    assert browser.register(**fields(name=markup)).status == 200
    ((_, name, *_),) = masters(server, contract)
    assert name == markup


def test_R_ACC_5_a_name_is_kept_as_nfc(server, browser, contract):
    prove(browser, contract)
    name = "\u30cf\u309a" * 20  # 40 code points, 20 when they are joined
    assert browser.register(**fields(name=name)).status == 200
    ((_, kept, *_),) = masters(server, contract)
    assert kept == "\u30d1" * 20


J_03 = {
    b'{"contract":"1"}': ("bad_field", ["password"]),
    b'{"contract":12345678,"password":"x"}': ("bad_field", ["contract"]),
    b'{"contract":"1","contract":"2","password":"x"}': (
        "bad_field", ["contract"]),
    b'{"contract":"1","password":"x","role":"master"}': ("bad_json", None),
    b'{"contract":null,"password":"x"}': ("bad_field", ["contract"]),
}  # fmt: skip


@pytest.mark.parametrize("body", J_03, ids=lambda b: repr(b[:40]))
def test_J_03_what_is_not_asked_for_is_not_read(browser, body):
    got = browser.api("POST", "/register/contract", body)
    assert (got.status, got.code, got.json.get("fields")) == (400, *J_03[body])


def test_J_03_no_contract_and_no_role_is_taken_from_the_form(
    server, browser, contract
):
    prove(browser, contract)
    for extra in ({"contract": "12345678"}, {"role": "operator"}):
        got = browser.register(**fields(), **extra)
        assert (got.status, got.code) == (400, "bad_json")
    assert masters(server, contract) == []


def test_R_ACC_3_a_user_id_that_is_taken_is_told_so(
    server, browser, contract, temporary
):
    prove(browser, contract)
    got = browser.register(**fields(user=temporary.user))
    assert (got.status, got.code) == (409, "user_taken")
    assert got.json["fields"] == ["user"]
    # Another case is another user ID; and the page is still there.
    assert browser.register(**fields(user=temporary.user.upper())).status == 200


def test_J_11_two_windows_register_one_master(server, contract):
    windows = [Browser(server) for _ in range(4)]
    for window in windows:
        prove(window, contract)
    answers = []

    def register(window):
        window.patient = False
        answers.append(window.register(**fields()))

    threads = [
        threading.Thread(target=register, args=(w,)) for w in windows
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert [a.status for a in answers].count(200) == 1
    assert {a.status for a in answers} <= {200, 401, 429, 503}
    assert len(masters(server, contract)) == 1


def test_J_10_steps_out_of_order_lead_back(server, browser, contract):
    got = browser.register(**fields())
    assert (got.status, got.code) == (401, "session_over")
    got = browser.choose(NEW)
    assert (got.status, got.code) == (401, "session_over")
    # At another page, or by a window that has gone on.
    prove(browser, contract)
    got = browser.choose(NEW)
    assert (got.status, got.code) == (409, "other_step")
    got = browser.api("POST", "/issue/code", {})
    assert (got.status, got.code) == (409, "other_step")
    assert browser.register(**fields()).status == 200
    got = browser.register(**fields())
    assert (got.status, got.code) == (409, "other_step")


def test_J_02_after_a_reset_of_the_contract_it_is_over(
    server, browser, contract
):
    prove(browser, contract)
    server.instance.run(
        "contract", "reset", contract, "--generate-password",
        "--reason", "test",
    )  # fmt: skip
    got = browser.register(**fields())
    assert (got.status, got.code) == (401, "session_over")
    assert browser.session() == {"at": "nothing"}


@pytest.mark.parametrize("path", ["contract", "master", "user", "password"])
def test_J_01_only_our_own_pages_register(browser, path):
    got = browser.api(
        "POST", f"/register/{path}", b"{}", sec_fetch_site="cross-site"
    )
    assert (got.status, got.code) == (403, "foreign_page")
    got = browser.api(
        "POST", f"/register/{path}", b"{}", content_type="text/plain"
    )
    assert (got.status, got.code) == (415, "media_type")


def test_T9_nothing_of_it_stands_in_redis_or_in_the_log(
    server, browser, contract
):
    prove(browser, contract)
    typed = fields()
    browser.register(**typed)
    kept = "".join(
        server.redis("GET", name)
        for name in server.redis("KEYS", "koshin:session:*").splitlines()
    )
    said = server.instance.log_text()
    for secret in (INITIAL, NEW, typed["email"]):
        assert secret not in kept
        assert secret not in said


# ------------------------------------------------------------- general user


def test_R_ACC_7_a_general_user_begins(server, browser, temporary):
    since = temporary.before_code()
    got = browser.show_temporary(temporary)
    assert got.json == {"at": "password", "user": temporary.user,
                        "password": {"min": 8, "max": 12}}  # fmt: skip
    assert browser.session() == got.json
    got = browser.choose(NEW)
    assert got.json == {"at": "registered", "user": temporary.user}
    assert browser.session() == got.json
    assert not temporary.row("temporary_password")
    assert temporary.mails(since, "one-time code") == []
    contract = temporary.row("contract")
    assert trail(server, temporary.user)[-1] == (
        f"{contract}/{temporary.user}", "account.password",
    )  # fmt: skip
    assert browser.show_temporary(temporary).status == 401
    got = browser.show_temporary(temporary, NEW)
    assert (got.status, got.code) == (409, "registered_already")
    temporary.mail(since, "password")


@pytest.mark.parametrize("value", J_FIELDS["password"])
def test_J_08_a_bad_new_password_is_named(browser, temporary, value):
    browser.show_temporary(temporary)
    got = browser.choose(value, value or "x")
    assert (got.status, got.code) == (400, "bad_field")
    assert got.json["fields"][0] == "password"
    assert browser.session()["at"] == "password"


def test_J_02_a_new_temporary_password_ends_the_session(
    server, browser, temporary
):
    browser.show_temporary(temporary)
    server.instance.run(
        "user", "temporary-password", temporary.user, "--generate-password"
    )
    got = browser.choose(NEW)
    assert (got.status, got.code) == (401, "session_over")
    assert temporary.row("temporary_password")


def test_R_WEB_2_cancel_leaves_nothing_behind(server, browser, temporary):
    browser.show_temporary(temporary)
    kept = browser.cookie
    browser.cancel()
    browser.cookie = kept
    got = browser.choose(NEW)
    assert (got.status, got.code) == (401, "session_over")
    assert temporary.row("temporary_password")
