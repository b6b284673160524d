"""curl and the openssl command, as the manual says (est-conformance 4.7)."""

import re
import subprocess

import pytest

from koshin_tests.clients import requests
from koshin_tests.clients.curl import EstClient
from koshin_tests.patience import PATIENCE_S

TLS = pytest.mark.parametrize("tls", ["1.2", "1.3"])


@TLS
def test_a_person_enrolls_in_two_steps(koshin_server, tls):
    account = koshin_server.account()
    key = requests.new_key()
    made = EstClient(koshin_server, tls=tls).enroll(account, key=key)
    assert requests.public(made) == requests.public(key)
    assert koshin_server.certificates_of(account) == 1


@TLS
def test_R_CERT_4_a_person_renews_with_certificate_password_and_code(
    koshin_server, tls, tmp_path
):
    account, old = koshin_server.identity("general", "short")
    client = EstClient(koshin_server, "short", tls, identity=old)
    key = requests.new_key()
    csr = requests.same_names(key, old.certificate)
    made = client.enroll(account, csr, operation="simplereenroll")
    assert requests.public(made) == requests.public(key)
    assert koshin_server.certificates_of(account) == 2


@TLS
def test_R_CERT_10_a_device_renews_with_its_certificate_alone(
    koshin_server, tls
):
    account, old = koshin_server.identity()
    key = requests.new_key()
    client = EstClient(koshin_server, "device", tls, identity=old)
    made = client.renew(requests.same_names(key, old.certificate))
    assert requests.public(made) == requests.public(key)
    assert made.subject == old.certificate.subject
    assert koshin_server.certificates_of(account) == 2


def test_EST_080_the_openssl_command_reads_and_makes_what_is_sent(
    koshin_server, tmp_path
):
    account = koshin_server.account()
    recipe = """
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -keyout k.pem -subj / -outform DER -out r.der 2>/dev/null
        openssl base64 -in r.der -out r.b64
        post() {
            curl -sS --cacert $ROOT -u "$1" --fail-with-body \
                -H 'Content-Type: application/pkcs10' --data-binary @r.b64 \
                -o answer.b64 $URL/.well-known/est/simpleenroll
        }
    """

    def run(commands, **more):
        return subprocess.run(
            ["bash", "-c", recipe.split("post()")[0] * more.get("make", 0)
             + "post()" + recipe.split("post()")[1] + commands],
            cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S,
            env={"PATH": "/usr/bin:/bin", "ROOT": koshin_server.root,
                 "URL": koshin_server.url},
        )  # fmt: skip

    since = account.mark()
    first = run(f"post '{account.user}:{account.password}'", make=1)
    assert first.returncode == 22, first.stderr  # HTTP error
    assert "code mailed" in (tmp_path / "answer.b64").read_text()
    secret = account.password + account.code(since)
    second = run(
        f"post '{account.user}:{secret}' && "
        "openssl base64 -d -in answer.b64 | openssl pkcs7 -inform DER "
        "-print_certs | openssl x509 -noout -pubkey | "
        "cmp - <(openssl pkey -in k.pem -pubout)"
    )
    assert second.returncode == 0, second.stderr


def test_EST_106_any_auth_asks_first_and_then_sends_the_password(
    koshin_server,
):
    account = koshin_server.account()
    csr = requests.request()
    client = EstClient(koshin_server, options=["--anyauth"])
    since = account.mark()
    status, out, _ = client.run(
        "simpleenroll", "-u", f"{account.user}:{account.password}",
        "-H", "Content-Type: application/pkcs10", "--data-binary", "@-",
        body=requests.base64.encodebytes(csr),
    )  # fmt: skip
    assert status == 0
    assert re.findall(rb"HTTP/1.1 (\d+)", out) == [b"401", b"401"]
    assert b"One-time code mailed." in out
    code = account.code(since)
    assert EstClient(koshin_server).step2(account, csr, code)


def test_EST_040_curl_expects_100_continue_for_a_large_body(koshin_server):
    account = koshin_server.account()
    csr = requests.request()
    client = EstClient(
        koshin_server, options=["-H", "Expect: 100-continue"]
    )
    assert client.enroll(account, csr)


def test_EST_045_nothing_is_compressed(koshin_server):
    client = EstClient(koshin_server, options=["--compressed"])
    answer = client.ask("cacerts")
    assert answer.field("Content-Encoding") is None
    assert requests.certificates(answer.body)


def test_EST_024_curl_offers_h2_and_gets_http_1_1(koshin_server):
    status, out, _ = EstClient(koshin_server, options=["--http2"]).run(
        "cacerts"
    )
    assert status == 0
    assert out.startswith(b"HTTP/1.1 200 OK\r\n")
