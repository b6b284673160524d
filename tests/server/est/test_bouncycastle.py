"""Bouncy Castle 1.72 for Java, the Debian packages: no User-Agent, asks once
without a password, gives up on a 401 that has a body then, and decodes base64
only where Content-Transfer-Encoding says so."""

import base64
import os
import pathlib
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from koshin_tests.clients import requests
from koshin_tests.patience import PATIENCE_S, line_of, run

TLS = pytest.mark.parametrize("tls", ["TLSv1.2", "TLSv1.3"])
SOURCE = pathlib.Path(__file__).parent / "EstTest.java"
JARS = [f"/usr/share/java/{n}.jar" for n in ("bcpkix", "bcprov", "bcutil")]


class Bouncy:
    def __init__(self, server, classes, folder, tls, label="-"):
        self.server = server
        self.folder = folder
        self.command = [
            "java", "-Xshare:auto", "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC", "-cp", ":".join([str(classes), *JARS]),
            "EstTest", f"localhost:{server.port}", server.root, tls, label,
        ]  # fmt: skip

    def run(self, *args):
        """(exit status, lines)"""
        done = subprocess.run(
            [*self.command, *args], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=PATIENCE_S,
        )  # fmt: skip
        assert done.returncode in (0, 3), done.stderr
        return done.returncode, done.stdout.splitlines()

    def two_steps(self, account, *args):
        since = account.before_code()
        with subprocess.Popen(
            [*self.command, *args], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as java:  # fmt: skip
            first = line_of(java.stdout, "java")
            if not first.startswith("401 One-time code mailed."):
                _, error = java.communicate(timeout=PATIENCE_S)
                raise AssertionError(first + error)
            rest, error = java.communicate(account.code(since) + "\n", 60)
        assert java.returncode == 0, rest + error
        return certificate(rest)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return os.fspath(path)


def certificate(text):
    return x509.load_der_x509_certificate(base64.b64decode(text))


def p12(identity):
    return serialization.pkcs12.serialize_key_and_certificates(
        b"renewed", identity.key, identity.certificate, None,
        serialization.BestAvailableEncryption(b"p12"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def classes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("java")
    run("javac", "-Xlint:all,-path", "-Werror", "-cp", ":".join(JARS),
        "-d", folder, SOURCE, check=True)  # fmt: skip
    return folder


@TLS
def test_EST_085_cacerts(koshin_server, classes, tmp_path, tls):
    status, lines = Bouncy(koshin_server, classes, tmp_path, tls).run(
        "cacerts"
    )
    assert status == 0
    with open(koshin_server.root, "rb") as file:
        root = x509.load_pem_x509_certificate(file.read())
    assert root in [certificate(line) for line in lines]
    assert len(lines) == 2


def test_EST_252_csrattrs(koshin_server, classes, tmp_path):
    status, lines = Bouncy(koshin_server, classes, tmp_path, "TLSv1.3").run(
        "csrattrs"
    )
    assert status == 0
    assert lines == ["MAA="]


@TLS
def test_EST_104_a_person_enrolls_in_two_steps(
    koshin_server, classes, tmp_path, tls
):
    account = koshin_server.account()
    key = requests.new_key()
    bouncy = Bouncy(koshin_server, classes, tmp_path, tls)
    csr = bouncy.file("request.der", requests.request(key))
    made = bouncy.two_steps(
        account, "enroll", csr, account.user, account.password
    )
    assert requests.public(made) == requests.public(key)


@TLS
def test_R_CERT_10_a_device_renews_with_its_certificate_alone(
    koshin_server, classes, tmp_path, tls
):
    _, old = koshin_server.identity()
    key = requests.new_key()
    bouncy = Bouncy(koshin_server, classes, tmp_path, tls, "device")
    csr = bouncy.file("r.der", requests.same_names(key, old.certificate))
    status, lines = bouncy.run("renew", csr, bouncy.file("old.p12", p12(old)))
    assert status == 0, lines
    assert requests.public(certificate(lines[0])) == requests.public(key)


@TLS
def test_R_CERT_4_a_person_renews_with_certificate_password_and_code(
    koshin_server, classes, tmp_path, tls
):
    account, old = koshin_server.identity("general", "short")
    key = requests.new_key()
    bouncy = Bouncy(koshin_server, classes, tmp_path, tls, "short")
    csr = bouncy.file("r.der", requests.same_names(key, old.certificate))
    made = bouncy.two_steps(
        account, "renew", csr, bouncy.file("old.p12", p12(old)),
        account.user, account.password,
    )  # fmt: skip
    assert requests.public(made) == requests.public(key)


def test_EST_213_the_text_of_a_refusal_reaches_the_application(
    koshin_server, classes, tmp_path
):
    account, old = koshin_server.identity(label="late")
    bouncy = Bouncy(koshin_server, classes, tmp_path, "TLSv1.3", "late")
    csr = bouncy.file(
        "r.der", requests.same_names(requests.new_key(), old.certificate)
    )
    status, lines = bouncy.run("renew", csr, bouncy.file("old.p12", p12(old)))
    assert status == 3
    assert lines[-1].startswith("403 A new certificate is possible from ")
