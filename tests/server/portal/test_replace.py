"""Who has lost the key with its browser gets another certificate in the place
of the one that nobody has (R-CERT-12)."""

import threading

import maildir
import pytest
from cryptography import x509

from koshin_tests.clients import raw, requests
from koshin_tests.portal import Browser, Member, der, opened_to_members, request


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_members).start()


@pytest.fixture
def account(server):
    return server.account()


@pytest.fixture
def lost(server, account):
    """The serial of a certificate whose browser is gone."""
    browser = Browser(server)
    answer = browser.show_code(browser.log_in(account), request())
    assert answer.status == 200
    return answer.json["serial"]


def state(server, serial):
    """(current, reason of its revocation)"""
    ((current, reason),) = server.rows(
        "SELECT current, (SELECT r.reason FROM koshin.revocation r"
        " WHERE r.serial = c.serial) FROM koshin.certificate c"
        " WHERE serial = %s",
        bytes.fromhex(serial),
    )
    return current, reason


def replaced(server, account, key=None):
    """The answer to one that another browser replaces."""
    browser = Browser(server)
    code = browser.log_in(account, replace=True)
    return browser.show_code(code, request(key))


def mark_installed(server, serial):
    assert server.one(
        "SELECT koshin.mark_installed(ARRAY[serial::bytea],"
        " ARRAY[fingerprint::bytea]) FROM koshin.certificate WHERE serial = %s",
        bytes.fromhex(serial),
    )


def refused(server, account):
    """Asked with and without the wish; the problem."""
    since = account.before_code()
    for more in ({}, {"replace": True}):
        got = Browser(server).show_password(account, **more)
        assert (got.status, got.code) == (403, "window_closed")
        assert "replace_until" not in got.json
    assert account.mails(since, "one-time code") == []


def test_R_CERT_12_the_old_one_is_revoked_and_a_new_one_is_there(
    server, account, lost
):
    told = Browser(server).show_password(account)
    assert told.code == "window_closed"
    issued = server.one(
        "SELECT to_char(issued_at AT TIME ZONE 'UTC' + interval '1 day',"
        " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM koshin.certificate"
        " WHERE serial = %s",
        bytes.fromhex(lost),
    )
    assert told.json["replace_until"] == issued

    browser = Browser(server)
    since = account.before_code()
    assert browser.show_password(account, replace=True).json["replaces"]
    assert browser.session()["replaces"]
    assert state(server, lost) == (True, None)  # until it is there
    key = requests.new_key("rsa2048")
    got = browser.show_code(account.code(since), request(key))
    assert got.status == 200
    assert state(server, lost) == (False, "superseded")
    assert state(server, got.json["serial"]) == (True, None)
    assert browser.session() == got.json
    mail = maildir.text_of(account.mail(since, "replaced"))
    assert lost in mail and got.json["serial"] in mail


def test_R_CERT_12_nothing_is_replaced_by_who_does_not_ask_for_it(
    server, account, lost
):
    got = Browser(server).show_password(account, replace=False)
    assert got.code == "window_closed"
    assert state(server, lost) == (True, None)


def test_I_6_R_CERT_12_the_same_request_again_gets_the_same(
    server, account, lost
):
    browser = Browser(server)
    code, csr = browser.log_in(account, replace=True), request()
    first, again = (browser.show_code(code, csr) for _ in range(2))
    assert (first.status, again.status) == (200, 200)
    assert first.json == again.json
    assert server.certificates_of(account) == 2
    # Also when it was seen in use meanwhile.
    mark_installed(server, first.json["serial"])
    assert browser.show_code(code, csr).json == first.json


def test_R_CERT_12_what_was_seen_installed_is_not_replaced(
    server, account, lost
):
    mark_installed(server, lost)
    refused(server, account)
    assert state(server, lost) == (True, None)


def test_R_CERT_12_installed_after_the_code_was_mailed(server, account, lost):
    browser = Browser(server)
    code = browser.log_in(account, replace=True)
    mark_installed(server, lost)
    got = browser.show_code(code, request())
    assert (got.status, got.code) == (403, "window_closed")
    assert state(server, lost) == (True, None)


def test_R_CERT_12_who_shows_it_over_EST_has_it(server, account):
    """Before the password: TLS has shown who has the key."""
    browser, key = Browser(server), requests.new_key("rsa2048")
    got = browser.show_code(browser.log_in(account), request(key)).json
    made = x509.load_der_x509_certificate(der(got["certificate"]))
    csr = requests.same_names(requests.new_key(), made)
    answer = raw.ask(
        server, raw.post("person/simplereenroll", csr, raw.PKCS10),
        identity=requests.Identity(server.folder, made, key),
    )  # fmt: skip
    assert answer.status == 401
    server.until(lambda: server.one(
        "SELECT installed_at IS NOT NULL FROM koshin.certificate"
        " WHERE serial = %s",
        bytes.fromhex(got["serial"]),
    ))  # fmt: skip
    refused(server, account)


def test_R_CERT_12_who_opens_the_member_area_has_it(server, account):
    browser, key = Browser(server), requests.new_key("rsa2048")
    got = browser.show_code(browser.log_in(account), request(key)).json
    made = x509.load_der_x509_certificate(der(got["certificate"]))
    Member(server, requests.Identity(server.folder, made, key)).session()
    server.until(lambda: server.one(
        "SELECT installed_at IS NOT NULL FROM koshin.certificate"
        " WHERE serial = %s",
        bytes.fromhex(got["serial"]),
    ))  # fmt: skip
    refused(server, account)


def test_R_CERT_12_a_day_later_it_is_not_replaced(server, account, lost):
    moves = "TRIGGER certificate_moves"
    server.rows(f"ALTER TABLE koshin.certificate DISABLE {moves}")
    server.rows(
        "UPDATE koshin.certificate SET issued_at = issued_at - interval '1 day'"
        " WHERE serial = %s",
        bytes.fromhex(lost),
    )
    server.rows(f"ALTER TABLE koshin.certificate ENABLE ALWAYS {moves}")
    refused(server, account)
    assert state(server, lost) == (True, None)


def test_R_CERT_12_R_AUTH_3_a_wrong_code_replaces_nothing(
    server, account, lost
):
    browser = Browser(server)
    code = browser.log_in(account, replace=True)
    wrong = "000000" if code != "000000" else "000001"
    assert browser.show_code(wrong, request()).code == "code_wrong"
    assert state(server, lost) == (True, None)


def test_R_CERT_12_a_session_for_an_issue_replaces_nothing(server, account):
    """Its voucher and its grant are for what it began with (I-18)."""
    browser, elsewhere = Browser(server), Browser(server)
    browser.log_in(account)
    code = elsewhere.log_in(account)
    lost = elsewhere.show_code(code, request()).json["serial"]
    since = account.before_code()
    got = browser.api("POST", "/issue/code", {})
    assert (got.status, got.code) == (403, "window_closed")
    assert account.mails(since, "one-time code") == []
    assert state(server, lost) == (True, None)


def test_R_CERT_12_two_that_replace_at_once_make_one(server, account, lost):
    """One code: whichever comes first has it (I-6)."""
    one, other = Browser(server), Browser(server)
    one.log_in(account, replace=True)
    code = other.log_in(account, replace=True)
    csrs = [request() for _ in range(2)]
    answers = [None, None]

    def show(i, browser):
        answers[i] = browser.show_code(code, csrs[i])

    threads = [
        threading.Thread(target=show, args=(i, b))
        for i, b in enumerate((one, other))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.status for a in answers) == [200, 403]
    assert state(server, lost) == (False, "superseded")
    assert server.certificates_of(account) == 2


def test_R_CERT_12_one_after_another_each_revokes_the_one_before(
    server, account, lost
):
    second = replaced(server, account).json["serial"]
    third = replaced(server, account).json["serial"]
    assert state(server, lost) == (False, "superseded")
    assert state(server, second) == (False, "superseded")
    assert state(server, third) == (True, None)
