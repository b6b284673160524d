"""Keys, requests and PKCS#12 files as the pages make them, in a real browser;
each file is opened by four programs that share no code with it or each other.
"""

import base64
import datetime
import re

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from koshin_tests.clients import requests
from koshin_tests.patience import run

KINDS = ["rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384"]
FORMS = ["new", "old"]
# All that ASCII has besides letters and digits, for who passes it on wrongly.
PASSPHRASE = "Aa1!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
NAME = "sample001 2027-05-25"

MAKE_KEY = """
    const { makeKey } = await import("/keys.js");
    const { key, request } = await makeKey(...args);
    return [key, request].map(bytes => btoa(String.fromCharCode(...bytes)));
"""
MAKE_FILE = """
    const { makeFile } = await import("/p12.js");
    const [form, key, certificates, passphrase, name] = args;
    const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
    const file = await makeFile(form, { key: bytes(key), passphrase, name,
        certificates: certificates.map(bytes) });
    return btoa(String.fromCharCode(...file));
"""


def encoded(data):
    return base64.b64encode(data).decode()


class Authority:
    """A root, and an issuer below it."""

    def __init__(self):
        self.key = requests.new_key()
        self.root_key = requests.new_key()
        self.root = self.sign("Root", self.root_key, "Root", self.root_key)
        self.certificate = self.sign("CA", self.key, "Root", self.root_key)

    @staticmethod
    def sign(subject, key, issuer, by):
        def name(text):
            return x509.Name([x509.NameAttribute(requests.CN, text)])

        public = key if hasattr(key, "public_numbers") and not hasattr(
            key, "public_key") else key.public_key()
        now = datetime.datetime(2026, 1, 1)
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject)).issuer_name(name(issuer))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=3650))
            .add_extension(
                x509.BasicConstraints(public is not key, None), True)
            .sign(by, hashes.SHA256())
        )  # fmt: skip

    def certify(self, request):
        return self.sign("sample001", request.public_key(), "CA", self.key)


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


@pytest.fixture(scope="module")
def blank(pages, browser):
    browser.open(pages.url + "/blank")
    return browser


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture(scope="module")
def made(blank):
    """(key, request) of each kind, made once."""
    known = {}

    def one(kind):
        if kind not in known:
            known[kind] = [
                base64.b64decode(part)
                for part in blank.run(MAKE_KEY, kind, "sample001")
            ]
        return known[kind]

    return one


class File:
    """One that the pages made, and what it should hold."""

    def __init__(self, blank, authority, made, form, kind, path):
        key, request = made(kind)
        self.key = serialization.load_der_private_key(key, None)
        self.certificate = authority.certify(
            x509.load_der_x509_csr(request)
        )
        self.chain = [authority.certificate, authority.root]
        self.path = path
        chain = [encoded(der(c)) for c in (self.certificate, *self.chain)]
        self.bytes = base64.b64decode(blank.run(
            MAKE_FILE, form, encoded(key), chain, PASSPHRASE, NAME
        ))  # fmt: skip
        path.write_bytes(self.bytes)


@pytest.fixture(scope="module", params=[
    (form, kind) for kind in KINDS for form in FORMS
], ids="-".join)  # fmt: skip
def file(request, blank, authority, made, tmp_path_factory):
    path = tmp_path_factory.mktemp("p12") / "file.p12"
    made = File(blank, authority, made, *request.param, path)
    made.form = request.param[0]
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_is_read_and_verified_by_openssl(made, kind, tmp_path):
    _, request = made(kind)
    path = tmp_path / "request.der"
    path.write_bytes(request)
    done = run("openssl", "req", "-inform", "DER", "-in", path, "-verify",
               "-noout", "-subject", "-text", text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "self-signature verify OK" in done.stderr
    assert "subject=CN = sample001" in done.stdout
    size = {"rsa": f"({kind[4:]} bit)", "ec-": f"NIST CURVE: P-{kind[4:]}"}
    assert size[kind[:3]] in done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_is_taken_by_koshin(koshin_server, made, kind):
    key, request = made(kind)
    account = koshin_server.account()
    code = koshin_server.step1(account, request)
    answer = koshin_server.try_secret(
        account, account.password + code, request
    )
    assert answer.status == 200, answer.text
    certificate = requests.certificate(answer.body)
    key = serialization.load_der_private_key(key, None)
    assert requests.public(certificate) == requests.public(key)


def test_R_CERT_8_openssl_reads_key_and_certificates(file):
    done = run(
        "openssl", "pkcs12", "-in", file.path, "-nodes",
        "-passin", "stdin", input=PASSPHRASE.encode(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    key = serialization.load_pem_private_key(done.stdout, None)
    assert requests.public(key) == requests.public(file.key)
    found = re.findall(
        b"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n",
        done.stdout, re.S,
    )  # fmt: skip
    assert found == [
        requests.certificate_pem(c) for c in (file.certificate, *file.chain)
    ]
    assert f"friendlyName: {NAME}".encode() in done.stdout


def test_R_CERT_8_nss_reads_key_and_certificates(file, tmp_path):
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE)
    done = run("pk12util", "-l", file.path, "-w", secret, "-d",
               f"sql:{tmp_path}", text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Key(shrouded):") == 1
    assert done.stdout.count("Certificate(has private key):") == 1
    assert done.stdout.count("Certificate:") == len(file.chain)


def test_R_CERT_8_java_reads_key_and_chain(file):
    done = run("keytool", "-list", "-v", "-keystore", file.path, "-storetype",
               "PKCS12", "-storepass", PASSPHRASE, "-J-Xshare:auto",
               "-J-XX:TieredStopAtLevel=1", text=True)  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "Entry type: PrivateKeyEntry" in done.stdout
    assert f"Alias name: {NAME}" in done.stdout
    assert f"Certificate chain length: {1 + len(file.chain)}" in done.stdout


def test_R_CERT_8_gnutls_reads_key_and_certificates(file):
    done = run("certtool", "--p12-info", "--inder", "--infile", file.path,
               "--password", PASSPHRASE, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "MAC info" in done.stdout
    assert "Decrypting" in done.stderr + done.stdout
    assert done.stdout.count("BEGIN ENCRYPTED PRIVATE KEY") == 1
    assert done.stdout.count("BEGIN CERTIFICATE") == 1 + len(file.chain)


def test_a_file_is_what_its_targets_read_and_no_stronger(file):
    """Decision 0049 says who refuses more."""
    done = run("openssl", "pkcs12", "-in", file.path, "-info", "-noout",
               "-passin", "stdin", input=PASSPHRASE.encode())  # fmt: skip
    said = done.stderr.decode()
    bag = {
        "new": "PBES2, PBKDF2, AES-256-CBC, Iteration 10000, "
               "PRF hmacWithSHA256",
        "old": "pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048",
    }[file.form]  # fmt: skip
    mac = {
        "new": "MAC: sha256, Iteration 10000\nMAC length: 32, salt length: 8",
        "old": "MAC: sha1, Iteration 2048\nMAC length: 20, salt length: 8",
    }[file.form]
    assert mac in said
    assert said.count(bag) == 2


def test_a_file_opens_by_its_passphrase_only(file):
    done = run("openssl", "pkcs12", "-in", file.path, "-noout",
               "-passin", "pass:" + PASSPHRASE[:-1], text=True)  # fmt: skip
    assert done.returncode != 0
    assert "invalid password" in done.stderr


def test_no_two_files_are_equal(blank, authority, made):
    key, request = made("ec-p256")
    certificate = authority.certify(x509.load_der_x509_csr(request))
    args = (encoded(key), [encoded(der(certificate))], PASSPHRASE, NAME)
    for form in FORMS:
        one, other = (blank.run(MAKE_FILE, form, *args) for _ in range(2))
        assert one != other


def test_a_key_at_rest_opens_by_its_passphrase_only(blank):
    assert blank.run("""
        const { seal, unseal } = await import("/keys.js");
        const sealed = await seal(new Uint8Array([1, 2, 3]), args[0]);
        const found = await unseal(sealed, args[0]);
        return [found.join(), await unseal(sealed, args[0] + "x"),
            sealed.rounds];
    """, PASSPHRASE) == ["1,2,3", None, 600000]  # fmt: skip


def test_a_fresh_passphrase_is_twelve_clear_letters(blank):
    made = blank.run("""
        const { freshPassphrase } = await import("/keys.js");
        return Array.from({ length: 1000 }, freshPassphrase);
    """)
    assert all(re.fullmatch("[A-HJ-NP-Za-km-np-z2-9]{12}", m) for m in made)
    assert len(set(made)) == len(made)
    assert len(set("".join(made))) == 56  # each letter comes


def test_the_console_stays_silent(blank):
    assert blank.complaints() == []
