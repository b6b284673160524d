"""strongSwan `pki` of Debian 12: no User-Agent, unbroken base64 only, the
whole answer in its first read, TLS 1.2 unless told otherwise."""

import pytest
from cryptography import x509

from koshin_tests.clients import requests
from koshin_tests.clients.strongswan import Pki, requested

TLS = pytest.mark.parametrize("tls", [None, "1.2", "1.3"])


@TLS
def test_EST_084_pki_estca_reads_the_bag(koshin_server, tmp_path, tls):
    seen = Pki(koshin_server, tmp_path, tls).cacerts()
    with open(koshin_server.root, "rb") as file:
        root = x509.load_pem_x509_certificate(file.read())
    assert root in seen
    assert len(seen) == 2


@TLS
def test_EST_106_pki_est_enrolls_in_two_steps(koshin_server, tmp_path, tls):
    account = koshin_server.account()
    pki = Pki(koshin_server, tmp_path, tls)
    key, csr = requested(pki, "ecdsa", f"CN={account.user}")
    made = pki.two_steps(account, csr)
    assert requests.public(made) == requests.public(key)


def test_EST_180_an_rsa_key_of_strongswan_is_certified(
    koshin_server, tmp_path
):
    account = koshin_server.account()
    pki = Pki(koshin_server, tmp_path)
    key, csr = requested(pki, "rsa", "CN=anything")
    made = pki.two_steps(account, csr)
    assert requests.public(made) == requests.public(key)


def test_a_wrong_code_ends_the_command_at_once(koshin_server, tmp_path):
    account = koshin_server.account()
    pki = Pki(koshin_server, tmp_path)
    done = pki.enroll(
        requests.request(), f"{account.user}:{account.password}000000"
    )
    assert done.returncode != 0
    assert b"HTTP 401" in done.stderr


@TLS
def test_R_CERT_10_a_device_re_enrolls_with_cert_and_key(
    alias_server, tmp_path, tls
):
    _, old = alias_server.identity()
    pki = Pki(alias_server, tmp_path, tls, path="/device")
    key = requests.new_key()
    done = pki.enroll(
        requests.same_names(key, old.certificate), identity=old
    )
    assert done.returncode == 0, done.stderr.decode()
    made = x509.load_der_x509_certificate(done.stdout)
    assert requests.public(made) == requests.public(key)


@TLS
def test_R_CERT_4_a_person_re_enrolls_with_cert_password_and_code(
    alias_server, tmp_path, tls
):
    account, old = alias_server.identity("general", "short")
    pki = Pki(alias_server, tmp_path, tls, path="/short")
    key = requests.new_key()
    made = pki.two_steps(
        account, requests.same_names(key, old.certificate), old
    )
    assert requests.public(made) == requests.public(key)


def test_EST_068_the_alias_is_off_by_default(koshin_server, tmp_path):
    _, old = koshin_server.identity()
    done = Pki(koshin_server, tmp_path, path="/device").enroll(
        requests.same_names(requests.new_key(), old.certificate),
        identity=old,
    )
    assert done.returncode != 0
    assert b"HTTP 404" in done.stderr


@pytest.fixture(scope="module")
def alias_server(koshin_server):
    """strongSwan 5.9.8 sends no label, but its URL's path in front."""
    def change(settings):
        settings["est"]["path_alias"] = True

    with koshin_server.twin(change) as twin:
        yield twin
