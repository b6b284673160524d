"""What a keymaker that was taken over can still do, and what it can not (T8,
T9): it hears who asks it, and nobody else; it has no store, no network and no
file (test_confined.py). And what a front that was taken over can do to it."""

import base64
import concurrent.futures
import contextlib
import json
import os

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, pkcs12,
)

from koshin_tests import taken
from koshin_tests.burst import lines
from koshin_tests.clients import requests
from koshin_tests.clients.raw import ask, get
from koshin_tests.patience import until
from koshin_tests.portal import Browser, as_text, opened, request
from koshin_tests.taken import Maker

PASSPHRASE = "Ume5-zakura-9"
SEAL = 32


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened).start()


@pytest.fixture
def keymaker(server):
    with taken.Keymaker(server) as made:
        yield made


@pytest.fixture
def somebody(server):
    """(account, browser, code): at the page of the code."""
    account, browser = server.account(), Browser(server)
    return account, browser, browser.log_in(account)


@contextlib.contextmanager
def asking(act, *words):
    """What comes of it, once the keymaker has answered."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        yield pool.submit(act, *words)


def pkcs8(key):
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def given(keymaker, browser, made, key):
    """The question, which was answered with that request and key."""
    with asking(browser.make_key) as answer:
        question = keymaker.hear()
        assert keymaker.key(made, pkcs8(key))["sent"] == 1
        assert answer.result().json["csr"]["server"] == "made"
    return question


def issued(server):
    """A browser with a certificate of a key that the service has made."""
    browser = Browser(server)
    code = browser.log_in(server.account())
    assert browser.make_key().status == 200
    assert browser.show_code_alone(code).status == 200
    return browser


def digest_of(browser):
    """As which Redis knows its session."""
    return requests.sha256(browser.cookie.encode())


def sealed_key(server, browser):
    """What Redis has of it."""
    kept = server.redis("GET", f"koshin:session:{digest_of(browser).hex()}")
    return base64.b64decode(json.loads(kept)["key"])


def the_key(browser):
    got = browser.fetch_file(PASSPHRASE)
    assert got.status == 200, got.body
    key, certificate, _ = pkcs12.load_key_and_certificates(
        base64.b64decode(got.json["file"]), PASSPHRASE.encode()
    )
    assert requests.public(key) == requests.public(certificate)
    return key


# ------------------------------------------------------------- what remains


def test_T8_it_has_the_keys_that_it_makes_from_then_on(
    server, keymaker, somebody
):
    """What remains. Whose it is the ledger knows, and the holder has a mail;
    one step ends the certificate. The name in it is the account's."""
    account, browser, code = somebody
    since, own = account.mark(), requests.new_key("rsa2048")
    question = given(keymaker, browser, requests.request(own, "other"), own)
    assert question == {"kind": 0, "name": account.user}
    got = browser.show_code_alone(code)
    assert got.status == 200, got.body
    certificate = requests.x509.load_der_x509_certificate(
        base64.b64decode(got.json["certificate"])
    )
    assert requests.public(certificate) == requests.public(own)
    assert account.user in requests.common_name(certificate)
    account.mail(since, "certificate")
    server.revoke(certificate)


def test_T8_it_reads_the_passphrase_of_a_file_and_gives_any_bytes(
    server, keymaker, somebody
):
    """What remains: the front cannot open what it carries. The person sees
    that it does not open, and asks again."""
    account, browser, code = somebody
    own = requests.new_key("rsa2048")
    given(keymaker, browser, requests.request(own), own)
    assert browser.show_code_alone(code).status == 200
    with asking(browser.fetch_file, PASSPHRASE) as answer:
        question = keymaker.hear()
        assert question["passphrase"] == PASSPHRASE
        assert question["name"].startswith(account.user)
        keymaker.file(b"nonsense")
        assert base64.b64decode(answer.result().json["file"]) == b"nonsense"
    assert server.certificates_of(account) == 1


# ------------------------------------------------------------------ what not


def test_T9_it_opens_no_key_of_anybody_else(server, somebody):
    """Not those of before, not those of others, if it had what Redis has: each
    is sealed by what only its own browser sends."""
    before = issued(server)
    _, browser, _ = somebody
    own = requests.new_key("rsa2048")
    with taken.Keymaker(server) as keymaker:
        given(keymaker, browser, requests.request(own), own)
        assert keymaker.unseals(sealed_key(server, browser))
        assert not keymaker.unseals(sealed_key(server, before))
    # It was there for a while, and has harmed nobody who did not ask it.
    the_key(before)


@pytest.mark.parametrize("what", ["no request", "a weak key"])
def test_T8_its_requests_are_looked_at_as_anybodys(
    server, keymaker, somebody, what
):
    account, browser, mailed = somebody
    made = b"\x30\x03\x02\x01\x00"
    if what == "a weak key":
        made = requests.request(requests.new_key("rsa1024"))
    given(keymaker, browser, made, requests.new_key("rsa1024"))
    got = browser.show_code_alone(mailed)
    assert (got.status, got.code) == (400, "csr_refused")
    assert server.certificates_of(account) == 0
    # The code is good for a request of the browser's own.
    assert browser.show_code(mailed, request()).status == 200


def test_T8_S_08_it_gives_nobody_the_key_of_somebody_else(
    server, keymaker, somebody
):
    """That they would have the same key, it knowing it."""
    other = Browser(server)
    own = requests.new_key("rsa2048")
    code = other.log_in(server.account())
    assert other.show_code(code, as_text(requests.request(own))).status == 200
    account, browser, mailed = somebody
    given(keymaker, browser, requests.request(own), own)
    got = browser.show_code_alone(mailed)
    assert (got.status, got.code) == (400, "key_taken")
    assert server.certificates_of(account) == 0


VERSION, KEY, FILE = 1, 0, 1
HEAD = 16
NONSENSE = [
    # version, kind, size, what all behind the head is
    (VERSION + 1, KEY, 4096, 0),
    (VERSION, 9, 4096, 0),
    (VERSION, FILE, HEAD + 8, 0),
    (VERSION, KEY, HEAD, 0),
    (VERSION, KEY, 4640, 0xFF),
    (VERSION, FILE, 24600, 0xFF),
    (VERSION, KEY, 65000, 0x41),
]


@pytest.mark.parametrize("message", NONSENSE)
def test_T8_an_answer_that_makes_no_sense_ends_the_connection(
    server, keymaker, somebody, message
):
    """A line says whose it was; the page hears that the service is busy, and
    asks again; the front is unhurt."""
    _, browser, code = somebody
    front = server.instance.pids()["front"]
    before = len(lines(server, event="answer-refused"))
    own = requests.new_key("rsa2048")
    with asking(browser.make_key) as answer:
        keymaker.hear()
        keymaker.message(*message)
        keymaker.hear()
        assert browser.again
        keymaker.key(requests.request(own), pkcs8(own))
        assert answer.result().json["csr"]["server"] == "made"
    (refused,) = lines(server, event="answer-refused")[before:]
    assert refused["process"] == "keymaker"
    assert browser.show_code_alone(code).status == 200
    assert server.instance.pids()["front"] == front


def test_T8_F_19_while_it_is_silent_all_others_are_served(
    server, keymaker, somebody
):
    """Who asks it hears 503 in the end; whose browser makes a key, and a
    device over EST, do not notice."""
    _, browser, code = somebody
    browser.patient = False
    with asking(browser.make_key) as answer:
        keymaker.hear()
        other = Browser(server)
        shown = other.log_in(server.account())
        assert other.show_code(shown, request()).status == 200
        assert ask(server, get("cacerts")).status == 200
        assert answer.result().status == 503
    # It goes on without one.
    assert browser.show_code(code, request()).status == 200


# ----------------------------------------------------- a front, taken over


def test_T9_a_front_that_reads_redis_opens_no_key(server, front):
    """Without the cookie of who passes. The digest by which Redis knows the
    session is no key to it, nor is one that it makes up."""
    browser = issued(server)
    certificate = base64.b64decode(browser.session()["certificate"])
    sealed = sealed_key(server, browser)
    for seal in digest_of(browser), bytes(SEAL), os.urandom(SEAL):
        said = front.key_file(seal, sealed, PASSPHRASE, certificate)
        assert said == {"end": Maker.UNSEALED, "file": b""}
    the_key(browser)


def test_T8_what_remains_to_a_front_is_keys_of_nobody(server, front):
    """It has any number of them made. That makes it nobody's certificate."""
    account, seal = server.account(), os.urandom(SEAL)
    made = [front.new_key(seal, account.user) for _ in range(3)]
    assert {one["end"] for one in made} == {Maker.DONE}
    assert len({one["sealed"] for one in made}) == 3
    assert server.certificates_of(account) == 0


@pytest.mark.parametrize("kind", [KEY, FILE, 9])
@pytest.mark.parametrize("size", [HEAD, HEAD + 1, 400, 25000, 65000])
def test_T8_the_keymaker_takes_no_nonsense(server, front, kind, size):
    pid = server.instance.pids()["keymaker"]
    before = len(lines(server, event="peer-refused"))
    version = front.version["keymaker"]
    said = front.say("message", "keymaker", version, kind, size, 0xFF)
    assert said == {"closed": 1}
    until(lambda: len(lines(server, event="peer-refused")) == before + 1)
    assert server.instance.pids()["keymaker"] == pid


def test_T8_a_front_that_floods_is_heard_in_its_turn(server, front):
    """It is not heard while it does not read its answers, and has half of the
    places at most: a real front's people get their keys."""
    said = front.say("flood", "keymaker", 100000, "nobody01")
    assert said["left"] > 0
    the_key(issued(server))
