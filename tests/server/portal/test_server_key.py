"""Who may make no key in his browser has one made here (R-CERT-8): by a process
that has nothing else, sealed by what only the browser has, and gone with the
session."""

import base64
import concurrent.futures
import json
import os
import re
import signal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from koshin_tests import taken
from koshin_tests.clients import requests
from koshin_tests.holder import Holder, refused
from koshin_tests.patience import run, until
from koshin_tests.portal import (
    Browser,
    Member,
    der,
    opened_to_members,
    request,
)
from koshin_tests.taken import Maker

PASSPHRASE = "Aa1!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
FORMS = ("new", "old")


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_members).start()


def issued(server, account=None):
    """A browser with a certificate of a key that was made for it."""
    browser = Browser(server)
    code = browser.log_in(account or server.account())
    assert browser.make_key().json["csr"]["server"] == "made"
    got = browser.show_code_alone(code)
    assert got.status == 200, got.body
    assert got.json["server_key"]
    return browser


def fetch(browser, form="new", passphrase=PASSPHRASE):
    return browser.fetch_file(passphrase, form)


def file_of(browser, form="new"):
    got = fetch(browser, form)
    assert got.status == 200, got.body
    return base64.b64decode(got.json["file"])


def as_text(certificate):
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def row_of(server, browser):
    """Of its session, in Redis; "": there is none."""
    digest = requests.sha256(browser.cookie.encode()).hex()
    return server.redis("GET", f"koshin:session:{digest}").strip()


def sealed_of(server, browser):
    """What that row has of the key."""
    return json.loads(row_of(server, browser)).get("key")


def opens(file, passphrase=PASSPHRASE):
    """(key, certificate, chain)"""
    return pkcs12.load_key_and_certificates(file, passphrase.encode())


# --------------------------------------------------------------------- files


@pytest.fixture(scope="module", params=FORMS)
def file(request, server, tmp_path_factory):
    path = tmp_path_factory.mktemp("p12") / "file.p12"
    browser = issued(server)
    path.write_bytes(file_of(browser, request.param))
    return path, request.param, browser.session()


def test_R_CERT_8_key_and_certificate_belong_together(file):
    path, _, session = file
    key, certificate, chain = opens(path.read_bytes())
    assert requests.public(key) == requests.public(certificate)
    assert key.key_size == 2048
    assert as_text(certificate) == session["certificate"]
    assert len(chain) == len(session["chain"])


def test_R_CERT_8_openssl_reads_it_in_its_form(file):
    path, form, session = file
    done = run("openssl", "pkcs12", "-in", path, "-info", "-nodes",
               "-passin", "stdin", input=PASSPHRASE.encode())  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stderr.decode()
    bag, mac = {
        "new": ("PBES2, PBKDF2, AES-256-CBC, Iteration 10000, "
                "PRF hmacWithSHA256",
                "MAC: sha256, Iteration 10000\nMAC length: 32, salt length: 8"),
        "old": ("pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048",
                "MAC: sha1, Iteration 2048\nMAC length: 20, salt length: 8"),
    }[form]  # fmt: skip
    assert mac in said
    assert said.count(bag) == 2
    assert (f"friendlyName: {session['user']} {session['not_after'][:10]}"
            .encode() in done.stdout)  # fmt: skip


def test_R_CERT_8_nss_reads_it(file, tmp_path):
    path, _, session = file
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE)
    done = run("pk12util", "-l", path, "-w", secret, "-d",
               f"sql:{tmp_path}", text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Key(shrouded):") == 1
    assert done.stdout.count("Certificate(has private key):") == 1
    assert done.stdout.count("Certificate:") == len(session["chain"])


def test_R_CERT_8_java_reads_it(file):
    path, _, session = file
    done = run("keytool", "-list", "-v", "-keystore", path, "-storetype",
               "PKCS12", "-storepass", PASSPHRASE, "-J-Xshare:auto",
               "-J-XX:TieredStopAtLevel=1", text=True)  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "Entry type: PrivateKeyEntry" in done.stdout
    assert (f"Certificate chain length: {1 + len(session['chain'])}"
            in done.stdout)  # fmt: skip


def test_R_CERT_8_gnutls_reads_it(file):
    path, _, session = file
    done = run("certtool", "--p12-info", "--inder", "--infile", path,
               "--password", PASSPHRASE, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("BEGIN ENCRYPTED PRIVATE KEY") == 1
    assert done.stdout.count("BEGIN CERTIFICATE") == 1 + len(session["chain"])


# ----------------------------------------------------------------------- way


def test_a_key_is_made_once_for_a_session(server):
    browser, account = Browser(server), server.account()
    code = browser.log_in(account)
    assert browser.session()["csr"]["server"] == "offered"
    for _ in range(2):
        assert browser.make_key().json["csr"]["server"] == "made"
    first, again = browser.show_code_alone(code), browser.show_code_alone(code)
    assert first.status == 200
    assert first.json == again.json == browser.session()
    assert server.certificates_of(account) == 1
    # After the issue there is none to be made.
    assert browser.make_key().code == "other_step"


def test_F_10_it_is_fetched_again_without_a_new_certificate(server):
    account = server.account()
    browser = issued(server, account)
    made = [opens(file_of(browser, form)) for form in FORMS * 2]
    assert len({requests.public(key) for key, *_ in made}) == 1
    assert server.certificates_of(account) == 1


def test_two_people_have_two_keys(server):
    one, other = (opens(file_of(issued(server)))[0] for _ in range(2))
    assert requests.public(one) != requests.public(other)


def test_I_6_a_wrong_code_keeps_key_and_code(server):
    browser, account = Browser(server), server.account()
    code = browser.log_in(account)
    browser.make_key()
    wrong = f"{(int(code) + 1) % 1000000:06}"
    assert browser.show_code_alone(wrong).code == "code_wrong"
    assert browser.show_code_alone(code).status == 200
    opens(file_of(browser))


def test_either_a_request_or_the_key_of_the_session(server):
    browser, account = Browser(server), server.account()
    code = browser.log_in(account)
    assert browser.show_code_alone(code).code == "other_step"  # none was made
    browser.make_key()
    got = browser.show_code_alone(code, csr=request())
    assert (got.code, got.json["fields"]) == ("bad_field", ["csr"])
    got = browser.api("POST", "/issue/certificate", {"code": code})
    assert (got.code, got.json["fields"]) == ("bad_field", ["csr"])
    assert server.certificates_of(account) == 0


@pytest.mark.parametrize("passphrase", [
    "", "Short-1", "with blank-1A", "全角-1Aa-パス", "x" * 129, "tab\tis-1A",
])  # fmt: skip
def test_J_03_a_passphrase_that_no_reader_takes_is_refused(server, passphrase):
    browser = issued(server)
    got = fetch(browser, passphrase=passphrase)
    assert (got.status, got.json["fields"]) == (400, ["passphrase"])
    got = fetch(browser, form="other")
    assert (got.status, got.json["fields"]) == (400, ["form"])


# ------------------------------------------------------------------- renewal

DUE = 340  # days after the issue 25 are left


def due(server):
    """Somebody in the member area, at the code of a renewal; and the code."""
    holder = Holder(server)
    holder.age(DUE)
    holder.browser.entered(holder.account)
    return holder, holder.browser.ask_renewal_code(holder.account)


def test_R_CERT_8_who_renews_has_one_made_the_same_way(server):
    holder, code = due(server)
    browser = holder.browser
    assert browser.session()["csr"]["server"] == "offered"
    refused(fetch(browser), 409, "other_step")
    assert browser.make_key().json["csr"]["server"] == "made"
    assert browser.make_key().status == 200
    got = browser.renew_alone(code)
    assert got.status == 200, got.body
    assert got.json["server_key"]
    # Reload, and the same once more.
    assert browser.session() == browser.renew_alone(code).json == got.json
    for form in FORMS:
        key, certificate, _ = opens(file_of(browser, form))
        assert requests.public(key) == requests.public(certificate)
        assert as_text(certificate) == got.json["certificate"]
    assert server.certificates_of(holder.account) == 2


def test_F_10_it_ends_with_the_renewal(server):
    """The session goes on, without it."""
    holder, _ = due(server)
    browser = holder.browser
    browser.make_key()
    assert browser.api("DELETE", "/renewal").json["at"] == "member"
    assert sealed_of(server, browser) is None
    refused(browser.make_key(), 409, "other_step")
    code = browser.ask_renewal_code(holder.account)
    refused(browser.renew_alone(code), 409, "other_step")  # none was made
    assert browser.renew(code, request()).status == 200
    refused(fetch(browser), 404, "not_found")


def test_S_08_a_key_that_is_lost_does_not_stand_in_the_way(server):
    """Of a certificate that was revoked for it: the next renewal has another
    key."""
    holder, code = due(server)
    browser = holder.browser
    browser.make_key()
    first = browser.renew_alone(code).json
    revoked(server, holder.account, first)
    code = browser.ask_renewal_code(holder.account)
    assert browser.session()["csr"]["server"] == "offered"
    browser.make_key()
    got = browser.renew_alone(code)
    assert got.status == 200, got.body
    assert requests.public(certificate_of(first)) != requests.public(
        certificate_of(got.json)
    )


def test_S_08_one_that_was_refused_is_gone(server):
    browser, account = Browser(server), server.account()
    code = browser.log_in(account)
    browser.make_key()
    revoked(server, account, browser.show_code_alone(code).json)
    refused(browser.show_code_alone(code), 400, "key_taken")
    until(lambda: sealed_of(server, browser) is None)


# --------------------------------------------------------------------- whose


def test_J_14_nobody_else_has_it(server):
    """Another session, of the same person and of another one, the one that has
    ended, and who has none."""
    account = server.account()
    browser = issued(server, account)
    other = issued(server)
    assert file_of(other)
    stranger, waits = Browser(server), Browser(server)
    assert fetch(stranger).code == "session_over"
    waits.log_in(server.account())
    refused(fetch(waits), 409, "other_step")
    mine = Browser(server)
    mine.show_code(mine.log_in(server.account()), request())
    got = fetch(mine)
    assert (got.status, got.code) == (404, "not_found")
    stolen = Browser(server)
    stolen.cookie = browser.cookie
    browser.cancel()
    assert fetch(browser).code == "session_over"
    assert fetch(stolen).code == "session_over"


def test_J_14_a_hundred_times_is_too_often_and_each_is_in_the_log(server):
    browser = issued(server)
    user = browser.session()["user"]
    assert [fetch(browser).status for _ in range(20)] == [200] * 20
    for _ in range(5):
        refused(fetch(browser), 403, "no_more_files")
    told = re.findall(rf" notice front key-file user={user} serial=\w+ "
                      r"times=(\d+)", server.instance.log_text())
    assert told == [str(n) for n in range(1, 21)]


def files_of(server):
    """What the sessions with such a key have had of files, together."""
    stored = [json.loads(server.redis("GET", name)) for name in
              server.redis("KEYS", "koshin:session:*").split()]  # fmt: skip
    return sum(session.get("files", 0) for session in stored)


def test_J_14_a_file_that_was_refused_is_not_counted(server):
    """By a keymaker that is away, or has no room: nobody has had any."""
    browser = issued(server)
    browser.patient = False
    counted = files_of(server)
    pid = server.instance.pids()["keymaker"]
    os.kill(pid, signal.SIGSTOP)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(fetch, browser)
        until(lambda: files_of(server) == counted + 1)
        os.kill(pid, signal.SIGKILL)
    assert asked.result().status == 503
    until(lambda: files_of(server) == counted)
    until(lambda: server.instance.pids().get("keymaker", pid) != pid)
    browser.patient = True
    codes = [fetch(browser).status for _ in range(21)]
    assert codes[:20] == [200] * 20 and codes[20] != 200


def test_T9_no_store_and_no_log_can_open_it(server):
    """Redis knows the session by the digest of its cookie: that is no key to
    what lies there."""
    browser = issued(server)
    key = opens(file_of(browser))[0]
    number = key.private_numbers().p
    half = number.to_bytes((number.bit_length() + 7) // 8, "big")[:32]
    stored = [server.redis("GET", name) for name in
              server.redis("KEYS", "koshin:session:*").splitlines()]  # fmt: skip
    sealed = [json.loads(text)["key"] for text in stored if '"key"' in text]
    assert sealed
    places = [base64.b64decode(text) for text in sealed]
    places += [text.encode() for text in stored]
    places.append(server.instance.log_text().encode())
    for where in places:
        assert half not in where
        assert PASSPHRASE.encode() not in where
        assert base64.b64encode(half)[:40] not in where


def test_F_10_after_the_session_it_is_gone(server):
    browser = issued(server)
    browser.cancel()
    assert fetch(browser).code == "session_over"


# ------------------------------------------------------------- what it rests on

NOTHING = {"at": "nothing"}
NEW = "Zakura-55"


def certificate_of(session):
    return x509.load_der_x509_certificate(der(session["certificate"]))


def revoked(server, account, session):
    server.revoke(certificate_of(session))


def by_sql(text):
    def act(server, account, session):
        server.rows(text, account.user)

    return act


# What its holder may do no more, or has to prove anew.
ENDS = {
    "suspended": by_sql("SELECT koshin.suspend_account('', %s, 'asked for')"),
    "closed": by_sql("SELECT koshin.close_account('', %s, 'asked for')"),
    "temporary": by_sql(
        "UPDATE koshin.account SET temporary_password = true WHERE user_id = %s"
    ),
    "password": by_sql(
        "UPDATE koshin.account SET password_hash = (SELECT o.password_hash"
        " FROM koshin.account o WHERE o.password_hash <> account.password_hash"
        " LIMIT 1) WHERE user_id = %s"
    ),
    "revoked": revoked,
}


@pytest.mark.parametrize("end", ENDS)
def test_J_14_with_what_it_rests_on_the_key_is_gone(server, end):
    account = server.account()
    server.account()  # whose hash is another one
    browser = issued(server, account)
    file_of(browser)
    stolen = Browser(server)
    stolen.cookie = browser.cookie
    ENDS[end](server, account, browser.session())
    refused(fetch(browser), 401, "session_over")
    assert browser.session() == stolen.session() == NOTHING
    refused(fetch(stolen), 401, "session_over")
    until(lambda: row_of(server, browser) == "")


@pytest.mark.parametrize("end", ENDS)
def test_J_14_nor_is_the_result_shown_any_more(server, end):
    account = server.account()
    server.account()
    browser = Browser(server)
    browser.show_code(browser.log_in(account), request())
    ENDS[end](server, account, browser.session())
    assert browser.session() == NOTHING


def test_R_WEB_4_a_new_password_of_the_member_ends_it(server):
    holder = Holder(server)
    holder.age(DUE)
    browser = issued(server, holder.account)
    holder.browser.entered(holder.account)
    assert holder.browser.change_password(
        holder.account.password, NEW
    ).status == 200  # fmt: skip
    refused(fetch(browser), 401, "session_over")
    assert browser.session() == NOTHING


def test_F_10_what_else_changes_of_the_holder_ends_nothing(server):
    account = server.account()
    browser = issued(server, account)
    server.rows(
        "UPDATE koshin.account SET name = 'another' WHERE user_id = %s",
        account.user,
    )
    assert browser.session()["at"] == "issued"
    file_of(browser)


@pytest.mark.parametrize("end", ["suspended", "closed", "password"])
def test_J_14_nor_is_a_key_made(server, end):
    account = server.account()
    server.account()
    browser = Browser(server)
    browser.log_in(account)
    ENDS[end](server, account, None)
    refused(browser.make_key(), 401, "session_over")
    assert browser.session() == NOTHING


@pytest.mark.parametrize("end", ["suspended", "temporary", "password"])
def test_J_14_nor_by_who_renews(server, end):
    holder, code = due(server)
    browser = holder.browser
    browser.make_key()
    assert browser.renew_alone(code).status == 200
    ENDS[end](server, holder.account, browser.session())
    refused(fetch(browser), 401, "session_over")
    assert browser.session() == NOTHING


def test_J_14_a_renewal_ends_with_its_new_certificate(server):
    """The session goes on: its own one is good."""
    holder, code = due(server)
    browser = holder.browser
    browser.make_key()
    revoked(server, holder.account, browser.renew_alone(code).json)
    refused(fetch(browser), 409, "other_step")
    assert browser.session()["at"] == "member"
    assert sealed_of(server, browser) is None


# ------------------------------------------------------------------- trouble


def test_F_19_one_that_is_killed_loses_nobody_his_key(server):
    """It has none: the session has it."""
    browser, account = Browser(server), server.account()
    code = browser.log_in(account)
    browser.make_key()
    pid = server.instance.pids()["keymaker"]
    os.kill(pid, signal.SIGKILL)
    assert browser.show_code_alone(code).status == 200
    until(lambda: server.instance.pids().get("keymaker", pid) != pid)
    key, certificate, _ = opens(file_of(browser))
    assert requests.public(key) == requests.public(certificate)
    assert server.certificates_of(account) == 1


def test_F_19_killed_while_many_ask_each_gets_an_answer(server):
    browsers = []
    for _ in range(6):
        browser = Browser(server)
        browser.log_in(server.account())
        browsers.append(browser)
    with concurrent.futures.ThreadPoolExecutor(len(browsers)) as pool:
        asked = [pool.submit(browser.make_key) for browser in browsers]
        os.kill(server.instance.pids()["keymaker"], signal.SIGKILL)
        # 503 is asked again (koshin_tests.portal).
        assert {one.result().json["csr"]["server"] for one in asked} == {"made"}


def test_R_AUTH_5_one_that_has_too_much_to_do_is_told(server):
    browser = issued(server)
    new = Browser(server)
    new.log_in(server.account())
    with taken.Keymaker(server) as keymaker:
        for ask, busy in (
            (new.make_key, lambda: keymaker.key(b"", b"", Maker.BUSY)),
            (lambda: fetch(browser), lambda: keymaker.file(b"", Maker.BUSY)),
        ):
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                answer = pool.submit(ask)
                keymaker.hear()
                assert busy()["sent"] == 1
                refused(answer.result(), 429, "busy")


def test_it_can_be_switched_off(server):
    def without(settings):
        opened_to_members(settings)
        settings["portal"]["server_keys"] = False

    with server.twin(without) as other:
        assert "keymaker" not in other.instance.pids()
        browser = Browser(other)
        browser.log_in(other.account())
        assert "server" not in browser.session()["csr"]
        for one in browser, Member(other):
            refused(one.make_key(), 404, "not_found")
            refused(fetch(one), 404, "not_found")


def test_where_the_portal_is_shut_there_is_none(new_server):
    made = new_server().start()
    assert "keymaker" not in made.instance.pids()
