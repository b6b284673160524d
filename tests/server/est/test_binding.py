"""EST_230..236: a request may be bound to the TLS connection it comes over."""

import base64
import re
import subprocess
import sys

import pytest

from koshin_tests.clients import raw, requests
from koshin_tests.clients.raw import PKCS10, basic, post
from koshin_tests.patience import PATIENCE_S, line_of

LABEL = "EXPORTER-Channel-Binding"


def value(connection):
    """What RFC 7030 3.5 puts into the request."""
    unique = connection.sock.get_channel_binding("tls-unique")
    return base64.b64encode(unique).decode()


def bound(text, oid=requests.CHALLENGE):
    return requests.request(attributes=[(oid, text)])


@pytest.fixture
def known(koshin_server):
    """(account, secret of step 2)"""
    account = koshin_server.account()
    return account, account.password + koshin_server.step1(account)


def enroll(connection, known, csr, label=""):
    account, secret = known
    return connection.ask(
        post(label + "simpleenroll", csr, PKCS10, basic(account.user, secret))
    )


def test_EST_231_EST_232_the_value_of_this_connection_is_right(
    koshin_server, known
):
    with raw.Connection(koshin_server, "1.2") as c:
        csr = bound(value(c))
        assert len(value(c)) == 16
        assert enroll(c, known, csr).status == 200


@pytest.mark.parametrize("text", [
    "AAAAAAAAAAAAAAAA", "another", "wrong " * 20,
])  # fmt: skip
def test_C_08_EST_231_EST_236_another_value_is_400_and_spends_nothing(
    koshin_server, known, text
):
    with raw.Connection(koshin_server, "1.2") as c:
        answer = enroll(c, known, bound(text))
        assert answer.status == 400
        if text.startswith("AAAA"):
            assert answer.text.startswith(
                "Linking of identity and proof of possession failed"
            )
            assert "Leave the challenge password empty." in answer.text
    with raw.Connection(koshin_server, "1.2") as c:
        assert enroll(c, known, bound(value(c))).status == 200


def test_C_08_a_challenge_that_was_left_empty_is_none(koshin_server, known):
    with raw.Connection(koshin_server, "1.2") as c:
        assert enroll(c, known, bound("")).status == 200


def test_EST_238_the_value_of_another_connection_is_400(
    koshin_server, known
):
    with raw.Connection(koshin_server, "1.2") as other:
        with raw.Connection(koshin_server, "1.2") as c:
            assert value(other) != value(c)
            assert enroll(c, known, bound(value(other))).status == 400


def test_EST_232_on_a_resumed_session_it_is_the_servers_finished(
    koshin_server, known
):
    ctx = raw.context(koshin_server, "1.2")
    with raw.Connection(koshin_server, ctx=ctx) as first:
        first.ask(raw.get("cacerts"))
        session, old = first.sock.session, value(first)
    with raw.Connection(koshin_server, ctx=ctx, session=session) as c:
        assert c.sock.session_reused
        assert enroll(c, known, bound(old)).status == 400
        assert enroll(c, known, bound(value(c))).status == 200


def test_EST_239_estIdentityLinking_is_the_same_value(koshin_server, known):
    with raw.Connection(koshin_server, "1.2") as c:
        wrong = bound("AAAAAAAAAAAAAAAA", requests.LINKING)
        assert enroll(c, known, wrong).status == 400
        assert enroll(c, known, bound(value(c), requests.LINKING)).status \
            == 200  # fmt: skip


def test_EST_233_on_tls_1_3_tls_unique_is_worth_nothing(koshin_server, known):
    with raw.Connection(koshin_server, "1.3") as c:
        finished = c.sock.get_channel_binding("tls-unique")
        for text in (
            base64.b64encode(finished or b"").decode(), "AAAAAAAAAAAAAAAA",
        ):  # fmt: skip
            assert enroll(c, known, bound(text)).status == 400


def test_EST_233_on_tls_1_3_it_is_the_exporter(koshin_server, known):
    """Python does not export; the openssl command does, before it reads what
    it is to send."""
    account, secret = known
    with subprocess.Popen(
        ["openssl", "s_client", "-tls1_3", "-ign_eof", "-servername",
         "localhost", "-connect", f"127.0.0.1:{koshin_server.port}",
         "-keymatexport", LABEL, "-keymatexportlen", "32"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as client:  # fmt: skip
        seen = b""
        while not (found := re.search(rb"Keying material: (\w{64})", seen)):
            line = line_of(client.stdout, "openssl")
            assert line, seen
            seen += line
        exported = base64.b64encode(bytes.fromhex(found[1].decode())).decode()
        assert len(exported) == 44
        out, _ = client.communicate(
            post("simpleenroll", bound(exported), PKCS10,
                 "Connection: close\r\n", basic(account.user, secret)),
            20,
        )  # fmt: skip
    assert b"HTTP/1.1 200 OK\r\n" in out


def test_C_22_EST_232_a_bound_request_comes_again_with_credentials(
    koshin_server,
):
    """As the client of RFC 7030's author sends it: first without credentials,
    and each time on the connection that the request is bound to."""
    account = koshin_server.account()
    since = account.before_code()
    fields = (
        "Accept: */*\r\n", PKCS10, "Content-Transfer-Encoding: base64\r\n",
    )  # fmt: skip
    with raw.Connection(koshin_server, "1.2") as c:
        csr = bound(value(c))

        def ask(*more):
            return c.ask(post("simpleenroll", csr, *more, *fields))

        asked = ask()
        assert (asked.status, asked.body, asked.closes) == (401, b"", False)
        mailed = ask(basic(account.user, account.password))
        assert (mailed.status, mailed.closes) == (401, False)
        assert mailed.text.startswith("One-time code mailed.")
        code = account.code(since)
        wrong = ask(basic(account.user, "Wrong-1234"))
        assert (wrong.status, wrong.closes) == (401, False)
        answer = ask(basic(account.user, account.password + code))
        assert answer.status == 200, answer.text


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_EST_231_EST_236_a_profile_may_require_it(
    koshin_server, known, version
):
    with raw.Connection(koshin_server, version) as c:
        answer = enroll(c, known, requests.request(), "bound/")
        assert answer.status == 400
        assert "required" in answer.text
    with raw.Connection(koshin_server, "1.2") as c:
        assert enroll(c, known, bound(value(c)), "bound/").status == 200


def test_EST_231_without_one_it_is_tolerated_by_default(koshin_server, known):
    with raw.Connection(koshin_server, "1.2") as c:
        assert enroll(c, known, requests.request()).status == 200


def test_EST_008_EST_234_without_extended_master_secret_nothing_is_bound(
    koshin_server, known, tmp_path
):
    """OpenSSL can be told to leave it out."""
    settings = tmp_path / "openssl.cnf"
    settings.write_text(
        "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n"
        "[c]\nOptions = -ExtendedMasterSecret\n"
    )
    account, secret = known
    program = f"""
import base64, ssl, sys
sys.path[:] = {sys.path!r}
from koshin_tests.clients import raw, requests
class server:
    port, root = {koshin_server.port}, {koshin_server.root!r}
with raw.Connection(server, "1.2") as c:
    text = base64.b64encode(c.sock.get_channel_binding("tls-unique")).decode()
    csr = requests.request(attributes=[(requests.CHALLENGE, text)])
    answer = c.ask(raw.post("simpleenroll", csr, raw.PKCS10,
                            raw.basic({account.user!r}, {secret!r})))
    print(answer.status)
"""

    def run(environment):
        return subprocess.run(
            ["/usr/bin/python3", "-c", program], env=environment,
            capture_output=True, text=True, timeout=PATIENCE_S,
        )  # fmt: skip

    without = run({"OPENSSL_CONF": str(settings)})
    assert without.stdout == "400\n", without.stderr
    assert run({}).stdout == "200\n"
