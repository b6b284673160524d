"""The way of a person to a certificate, as the pages go it: user ID and
password, the code from the mail, the certificate (portal/openapi.yaml)."""

import datetime
import re
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from koshin_tests.clients import requests
from koshin_tests.portal import Browser, as_text, der, opened, request

NOTHING = {"at": "nothing"}
NEW = "Zakura-55"


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened).start()


@pytest.fixture
def account(server):
    return server.account()


@pytest.fixture
def browser(server):
    return Browser(server)


@pytest.fixture
def key():
    return requests.new_key("rsa2048")


def spki(public):
    return public.public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo,
    )


def moment(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


def failures(server, account):
    """How many Redis has counted; addresses stand behind."""
    return server.redis("GET", f"koshin:{{{account.user}}}:try").split(" ")[0]


# ----------------------------------------------------------------- the way


def test_R_WEB_2_from_the_password_to_the_certificate(
    server, browser, account, key
):
    assert browser.session() == NOTHING
    code = browser.log_in(account)
    at_code = browser.session()
    assert at_code["user"] == account.user
    assert at_code["csr"] == {"key": "rsa-2048", "server": "offered"}
    assert at_code["code"]["to"] == f"{account.email[0]}***@example.jp"
    answer = browser.show_code(code, request(key))
    assert answer.status == 200
    got = answer.json
    made = x509.load_der_x509_certificate(der(got["certificate"]))
    assert spki(made.public_key()) == spki(key.public_key())
    assert int(got["serial"], 16) == made.serial_number
    assert moment(got["not_before"]) == made.not_valid_before
    assert moment(got["not_after"]) == made.not_valid_after
    issuers = [x509.load_der_x509_certificate(der(c)) for c in got["chain"]]
    assert made.issuer == issuers[0].subject
    issuers[0].public_key().verify(
        made.signature,
        made.tbs_certificate_bytes,
        ec.ECDSA(made.signature_hash_algorithm),
    )
    assert issuers[-1].issuer != issuers[-1].subject
    cn = made.subject.rfc4514_string()
    assert got["file_name"] == re.sub(
        r".*CN=(\w+) (\d{14}).*", r"\1-\2.p12", cn
    )
    assert server.certificates_of(account) == 1


def test_R_WEB_2c_R_WEB_2d_reload_shows_the_result_again(
    browser, account, key
):
    shown = browser.show_code(browser.log_in(account), request(key)).json
    assert browser.session() == shown
    other_tab = browser.session()
    assert other_tab == shown


def test_I_6_the_same_request_again_gets_the_same_certificate(
    server, browser, account, key
):
    code, csr = browser.log_in(account), request(key)
    first = browser.show_code(code, csr)
    again = browser.show_code(code, csr)
    assert (first.status, again.status) == (200, 200)
    assert first.json == again.json
    assert server.certificates_of(account) == 1


def test_R_LOCK_4_success_clears_the_failures(server, browser, account, key):
    code = browser.log_in(account)
    wrong = "000000" if code != "000000" else "000001"
    browser.show_code(wrong, request(key))
    assert failures(server, account) == "1"
    assert browser.show_code(code, request(key)).status == 200
    assert failures(server, account) == ""


def test_R_WEB_8_full_width_letters_and_blanks_are_folded(
    browser, account, key
):
    def wide(text):
        return "".join(chr(ord(c) + 0xFEE0) for c in text)

    since = account.before_code()
    got = browser.show_password(wide(account.user), wide(account.password))
    assert got.status == 200
    code = account.code(since)
    got = browser.show_code(f" {wide(code[:3])} {code[3:]} ", request(key))
    assert got.status == 200


def test_R_WEB_2_cancel_leaves_nothing_behind(server, browser, account):
    browser.log_in(account)
    kept = browser.cookie
    assert server.redis("KEYS", "koshin:session:*") != ""
    assert browser.cancel().json == NOTHING
    assert browser.cookie is None
    browser.cookie = kept  # and if somebody had it still:
    assert browser.session() == NOTHING
    got = browser.show_code("123456", request())
    assert (got.status, got.code) == (401, "session_over")


# ------------------------------------------------------------ who is refused


def test_I_15_R_AUTH_4_who_has_proved_nothing_hears_the_same(
    server, browser, account
):
    closed, locked = server.account(), server.account()
    server.rows(
        "UPDATE koshin.account SET state = 'closed' WHERE user_id = %s",
        closed.user,
    )
    for _ in range(6):
        browser.show_password(locked, "Wrong-pw-1")
    answers = [
        browser.show_password("nobody99", "Wrong-pw-1"),
        browser.show_password(account, "Wrong-pw-1"),
        browser.show_password(closed),
        browser.show_password(locked),
        browser.show_password("\u3042\u3044", "Wrong-pw-1"),
        browser.show_password("a\tb", "Wrong-pw-1"),
        browser.show_password("nobody99", "x"),
    ]  # fmt: skip

    def heard(answer):
        fields = [
            (name, value)
            for name, value in answer.headers.items()
            if name != "Date"
        ]
        return answer.status, fields, answer.body

    assert answers[0].status == 401
    assert answers[0].code == "login_failed"
    assert len({str(heard(a)) for a in answers}) == 1
    assert browser.cookie is None
    # Nor does the log know one that came less far; that each was hashed stands
    # in tests/unit/auth/password_test.c.
    lines = re.findall(r" request .*operation=password.*",
                       server.instance.log_text())[-len(answers):]
    done = {
        re.sub(r"(req|ms|peer|evaluated)=\S+", "", line) for line in lines
    }
    assert len(lines) == len(answers)
    assert len(done) == 1, done
    assert 'step="check password"' in lines[0]


def test_R_LOCK_1_passwords_and_codes_fill_one_counter(
    server, browser, account, key
):
    code = browser.log_in(account)
    wrong = "000000" if code != "000000" else "000001"
    other = Browser(server)
    for _ in range(3):
        assert other.show_password(account, "Wrong-pw-1").status == 401
    left = [browser.show_code(wrong, request(key)).json for _ in range(3)]
    assert [a["code"] for a in left] == ["code_wrong"] * 3
    assert [a["tries_left"] for a in left] == [2, 1, 0]
    server.until(lambda: account.row("locked_until") is not None)
    # The session is over, and the right code is worth nothing.
    assert browser.session() == NOTHING
    assert other.show_password(account).status == 401
    assert server.certificates_of(account) == 0


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", "", "12 34"])
def test_what_is_no_code_is_nobodys_try(server, browser, account, code):
    browser.log_in(account)
    got = browser.show_code(code, request())
    assert (got.status, got.code) == (400, "bad_field")
    assert got.json["fields"] == ["code"]
    assert failures(server, account) == ""


def test_a_bad_request_leaves_the_code_as_it_was(
    server, browser, account, key
):
    code = browser.log_in(account)
    made = bytearray(requests.request(key))
    made[-1] ^= 1
    bad = {
        "!": "csr_refused",
        as_text(b"\x30\x03\x02\x01\x01"): "csr_refused",
        as_text(bytes(made)): "csr_refused",
        as_text(
            requests.request(key, attributes=[(requests.OTP, code)])
        ): "csr_refused",
    }
    for csr, word in bad.items():
        got = browser.show_code(code, csr)
        assert (got.status, got.code) == (400, word)
        assert got.json["fields"] == ["csr"] and got.json["reason"]
    assert failures(server, account) == ""
    assert browser.show_code(code, request(key)).status == 200


def test_a_key_of_somebody_else_is_told_before_the_code_is_spent(
    server, browser, account, key
):
    other = server.account()
    hers = Browser(server)
    taken = requests.new_key("rsa2048")
    assert hers.show_code(hers.log_in(other), request(taken)).status == 200
    code = browser.log_in(account)
    got = browser.show_code(code, request(taken))
    assert (got.status, got.code) == (400, "key_taken")
    assert browser.show_code(code, request(key)).status == 200


def test_R_CERT_3_before_the_window_no_code_is_mailed(browser, account, key):
    browser.show_code(browser.log_in(account), request(key))
    opens = browser.session()["renewal_opens"]
    since = account.before_code()
    got = browser.show_password(account)
    assert (got.status, got.code) == (403, "window_closed")
    assert got.json["opens_on"] == opens
    assert account.mails(since, "one-time code") == []


def test_R_ACC_7_a_temporary_password_is_replaced_first(server, browser):
    account = server.account(temporary=True)
    since = account.before_code()
    got = browser.show_password(account)
    assert (got.status, got.json["at"]) == (200, "password")
    assert browser.session() == got.json
    # No code before it is replaced, whatever is asked.
    for path, body in (
        ("/issue/code", {}),
        ("/issue/certificate", {"code": "123456", "csr": request()}),
    ):
        got = browser.api("POST", path, body)
        assert (got.status, got.code) == (409, "other_step")
    assert account.mails(since, "one-time code") == []
    got = browser.choose(account.password)
    assert (got.status, got.code) == (400, "password_same")
    assert got.json["fields"] == ["password"]
    old = browser.cookie
    got = browser.choose(NEW)
    assert (got.status, got.json["at"]) == (200, "registered")
    assert browser.cookie != old
    assert browser.api("POST", "/issue/code", {}).json["code"]["sent"]
    code = account.code(since)
    assert browser.show_code(code, request()).status == 200
    assert not account.row("temporary_password")
    other = Browser(server)
    assert other.show_password(account).status == 401
    assert other.show_password(account, NEW).code == "window_closed"


def test_the_language_is_what_is_asked_for(browser):
    def detail(language):
        return browser.api(
            "POST",
            "/issue/password",
            {"user": "nobody99", "password": "x"},
            accept_language=language,
        ).json["detail"]

    english = detail("en")
    assert english.isascii()
    for language in ("en-GB,en;q=0.9,ja;q=0.8", "de, en", "EN"):
        assert detail(language) == english
    for language in ("ja", "ja-JP,ja;q=0.9,en;q=0.8", "de", None):
        assert detail(language) != english


# ----------------------------------------------------------- another code


def test_R_AUTH_5_another_code_kills_the_one_before(
    server, browser, account, key
):
    first = browser.log_in(account)
    assert not browser.api("POST", "/issue/code", {}).json["code"]["sent"]
    since = account.before_code()
    got = browser.api("POST", "/issue/code", {})
    assert got.json["code"]["sent"]
    second = account.code(since)
    if first != second:
        assert browser.show_code(first, request(key)).code == "code_wrong"
    assert browser.show_code(second, request(key)).status == 200


def test_R_CERT_8_a_window_left_at_the_code_takes_no_result_away(
    server, browser, account, key
):
    code = browser.log_in(account)
    got = browser.show_code(code, request(key))
    server.age_certificate(
        x509.load_der_x509_certificate(der(got.json["certificate"])), 340
    )
    since = account.before_code()
    got = browser.api("POST", "/issue/code", {})
    assert (got.status, got.code) == (409, "other_step")
    assert account.mails(since, "one-time code") == []
    assert browser.session() == browser.show_code(code, request(key)).json


# --------------------------------------------------------------- strangers


@pytest.mark.parametrize(
    "fields",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": None},
        {"sec_fetch_site": None, "origin": "https://evil.example"},
        {"sec_fetch_site": None, "origin": "null"},
        {"sec_fetch_site": "cross-site", "origin": "OURS"},
    ],
)
def test_J_01_what_does_not_come_from_our_pages_changes_nothing(
    browser, account, fields
):
    since = account.before_code()
    ours = f"https://localhost:{browser.port}"
    fields = {k: ours if v == "OURS" else v for k, v in fields.items()}
    body = {"user": account.user, "password": account.password}
    got = browser.api("POST", "/issue/password", body, **fields)
    assert (got.status, got.code) == (403, "foreign_page")
    assert browser.api("DELETE", "/session", **fields).status == 403
    assert browser.cookie is None
    assert account.mails(since, "one-time code") == []


def test_J_01_a_browser_without_that_field_is_known_by_its_origin(
    browser, account
):
    body = {"user": account.user, "password": account.password}
    got = browser.api(
        "POST",
        "/issue/password",
        body,
        sec_fetch_site=None,
        origin=f"https://localhost:{browser.port}",
    )
    assert got.status == 200


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded",
             "multipart/form-data; boundary=x", "application/jsonx"]
)  # fmt: skip
def test_J_01_what_a_form_can_send_is_not_taken(browser, kind):
    got = browser.api("POST", "/issue/password", b"{}", content_type=kind)
    assert (got.status, got.code) == (415, "media_type")


J_03 = {
    b'{"user":"u"}': ("bad_field", ["password"]),
    b'{"user":"u","password":1}': ("bad_field", ["password"]),
    b'{"user":"u","password":"p","password":"q"}': (
        "bad_field", ["password"],
    ),
    b'{"user":"u","password":"p","role":"master"}': ("bad_json", None),
    b'{"user":"\\ud800","password":"p"}': ("bad_field", ["user"]),
    b'{"user":"\xff","password":"p"}': ("bad_field", ["user"]),
    b'{"user":"\x00","password":"p"}': ("bad_field", ["user"]),
    b'{"user":"u","password":"p",}': ("bad_json", None),
    b'\xef\xbb\xbf{"user":"u","password":"p"}': ("bad_json", None),
    b'{"__proto__":{},"user":"u","password":"p"}': ("bad_json", None),
    b"[" * 60000: ("bad_json", None),
    b'["user"]': ("bad_json", None),
    b"NaN": ("bad_json", None),
    b"": ("bad_json", None),
}  # fmt: skip


@pytest.mark.parametrize("body", J_03, ids=lambda b: repr(b[:40]))
def test_J_03_J_04_what_is_not_asked_for_is_not_read(browser, body):
    got = browser.api("POST", "/issue/password", body)
    code, fields = J_03[body]
    assert (got.status, got.code) == (400, code)
    assert got.json.get("fields") == fields


def test_J_10_steps_out_of_order_lead_back(server, browser, account):
    for path, body in (
        ("/issue/code", {}),
        ("/issue/certificate", {"code": "123456", "csr": request()}),
    ):
        got = browser.api("POST", path, body)
        assert (got.status, got.code) == (401, "session_over")
    assert server.certificates_of(account) == 0


def test_J_13_a_request_under_another_name_is_refused(server):
    stranger = Browser(server, host="evil.example")
    got = stranger.api("GET", "/session")
    assert (got.status, got.code) == (421, "wrong_host")


# ---------------------------------------------------------------- sessions


def test_J_02_a_session_gets_a_new_name_at_each_password(
    server, browser, account
):
    browser.cookie = "0" * 32  # somebody has put it there before
    browser.log_in(account)
    first = browser.cookie
    assert first != "0" * 32
    browser.log_in(account)
    assert browser.cookie != first
    thief = Browser(server)
    for stolen in (first, "0" * 32, "f" * 32, "x", first[:-1], first + "0"):
        thief.cookie = stolen
        assert thief.session() == NOTHING


def test_J_02_after_a_change_of_the_password_it_is_over(
    server, browser, account, key
):
    code = browser.log_in(account)
    server.rows(
        "UPDATE koshin.account SET password_hash = o.password_hash"
        " FROM koshin.account o WHERE o.user_id = %s"
        " AND koshin.account.user_id = %s",
        server.account(password="Another-1").user,
        account.user,
    )
    got = browser.show_code(code, request(key))
    assert (got.status, got.code) == (401, "session_over")
    assert browser.session() == NOTHING
    assert server.certificates_of(account) == 0


def test_J_02_it_ends_where_nobody_asks_for_it(
    server, browser, account
):
    browser.log_in(account)
    names = server.redis("KEYS", "koshin:session:*").splitlines()
    assert names
    for name in names:
        assert 0 < int(server.redis("TTL", name)) <= 15 * 60


def kept(server, change):
    """Each session in Redis, changed."""
    for name in server.redis("KEYS", "koshin:session:*").splitlines():
        text = server.redis("GET", name)
        server.redis("SET", name, change(text), "KEEPTTL")


def test_J_02_it_ends_after_its_time_however_often_it_is_used(
    server, browser, account, key
):
    """portal.session_time, 8 hours: the moment of its beginning is moved."""
    code = browser.log_in(account)

    def began_before(seconds):
        kept(server, lambda text: re.sub(
            r'"began":(\d+)',
            lambda found: f'"began":{int(found[1]) - seconds}', text,
        ))  # fmt: skip

    began_before(8 * 3600 - 120)
    assert browser.session()["user"] == account.user
    began_before(120)
    assert browser.session() == NOTHING
    got = browser.show_code(code, request(key))
    assert (got.status, got.code) == (401, "session_over")
    assert server.certificates_of(account) == 0


@pytest.mark.parametrize("text", [
    "", "{}", "junk", '{"at":1}', '{"at":2,"user":"x"}', "x" * 9000,
])  # fmt: skip
def test_T10_what_stands_in_redis_and_is_none_is_no_session(
    server, browser, account, text
):
    browser.log_in(account)
    kept(server, lambda _: text)
    assert browser.session() == NOTHING
    got = browser.api("POST", "/issue/code", {})
    assert (got.status, got.code) == (401, "session_over")


def test_T9_who_reads_redis_can_be_nobody(server, browser, account):
    browser.log_in(account)
    names = server.redis("KEYS", "koshin:session:*").splitlines()
    kept = " ".join(
        name + server.redis("GET", name) for name in names
    )
    assert browser.cookie not in kept
    assert account.password not in kept
    thief = Browser(server)
    for name in names:
        thief.cookie = name.rpartition(":")[2][:32]
        assert thief.session() == NOTHING


def test_a_session_is_worth_nothing_at_the_other_listener(
    server, browser, account
):
    browser.log_in(account)
    at_est = Browser(server, port=server.port)
    at_est.cookie, at_est.area = browser.cookie, None
    got = at_est.ask("GET", "/api/v1/session")
    assert got.status == 404
    got = at_est.ask(
        "POST", "/.well-known/est/simpleenroll", request().encode(),
        {"Content-Type": "application/pkcs10"},
    )  # fmt: skip
    assert got.status == 401


def test_J_11_two_windows_at_once_get_one_certificate(
    server, browser, account, key
):
    code, csr = browser.log_in(account), request(key)
    windows = [Browser(server) for _ in range(4)]
    answers = []

    def issue(window):
        window.cookie, window.patient = browser.cookie, False
        answers.append(window.show_code(code, csr))

    threads = [threading.Thread(target=issue, args=(w,)) for w in windows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    got = {a.json["certificate"] for a in answers if a.status == 200}
    assert {a.status for a in answers} <= {200, 409, 429, 503}
    again = browser.show_code(code, csr)
    assert again.status == 200
    assert got <= {again.json["certificate"]}
    assert server.certificates_of(account) == 1


def test_another_request_of_a_spent_code_is_refused(
    server, browser, account, key
):
    code = browser.log_in(account)
    assert browser.show_code(code, request(key)).status == 200
    got = browser.show_code(code, request())
    assert got.code == "code_wrong"
    assert server.certificates_of(account) == 1
