"""EST_150..161, EST_184..187, S rows: what a request may say, end to end. The
details are tested beside est/csr; here each group has one of its kind."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from koshin_tests.clients import raw, requests
from koshin_tests.clients.raw import PKCS10, post

KINDS = ["rsa2048", "p256", "p384", "ed25519"]


@pytest.mark.parametrize("kind", KINDS)
def test_EST_152_EST_153_keys_that_are_taken(koshin_server, kind):
    account = koshin_server.account()
    key = requests.new_key(kind)
    csr = requests.request(key)
    code = koshin_server.step1(account, csr)
    answer = koshin_server.try_secret(account, account.password + code, csr)
    assert answer.status == 200
    made = requests.certificate(answer.body)
    assert requests.public(made) == requests.public(key)


@pytest.fixture(scope="module")
def refused(koshin_server):
    """(account, code): the code stays good through all of it."""
    account = koshin_server.account()
    return account, koshin_server.step1(account)


# One of each group of tests/vectors/csr/bad, and what the text is about.
BAD = {
    "D-02-byte-after": "", "D-03-indefinite": "", "D-04-length-2-64": "",
    "D-05-nested": "", "D-06-version-1": "", "D-07-oid-empty": "",
    "D-08-bits-unused-8": "", "D-10-attribute-twice": "",
    "D-12-certificate": "", "D-12-private-pkcs8": "private key",
    "S-01-signature-wrong": "signature", "S-01-other-key": "signature",
    "S-02-rsa-sha1": "SHA-256", "S-02-pss-salt-0": "",
    "S-03-rsa-1024": "", "S-03-rsa-16384": "", "S-04-e-3": "",
    "S-04-n-square": "", "S-17-challenge-256": "",
    "EST-185-change-empty": "",
    "C-07-key-without-null": "NULL", "C-09-server": "Ask for clientAuth",
    "C-10-two-lists": "exactly one value: one list",
    "S-09-curve-p192": "Use P-256, P-384, RSA of 2048 to 4096 bits",
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_C_09_EST_150_EST_155_S_01_a_bad_request_is_400_and_spends_nothing(
    koshin_server, refused, name
):
    account, code = refused
    answer = koshin_server.try_secret(
        account, account.password + code, requests.vector("bad", name)
    )
    assert answer.status == 400
    assert BAD[name].lower() in answer.text.lower()
    assert koshin_server.certificates_of(account) == 0


def flipped(der, at):
    return der[:at] + bytes([der[at] ^ 1]) + der[at + 1:]


def test_EST_151_a_changed_bit_breaks_the_signature(koshin_server, refused):
    account, code = refused
    der = requests.request(subject="sample001")
    for at in (len(der) - 1, der.index(b"sample001")):
        answer = koshin_server.try_secret(
            account, account.password + code, flipped(der, at)
        )
        assert answer.status == 400


@pytest.mark.parametrize("extension", [
    x509.BasicConstraints(True, None),
    x509.KeyUsage(False, False, False, False, False, True, True, False,
                  False),
    x509.KeyUsage(False, False, False, False, True, False, False, False,
                  False),
    x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]),
    x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]),
    x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.28")]),
    x509.NameConstraints([x509.DNSName("a")], None),
])  # fmt: skip
def test_EST_157_EST_158_EST_291_what_no_client_gets_is_400(
    koshin_server, refused, extension
):
    account, code = refused
    csr = requests.request(extensions=[(extension, True)])
    answer = koshin_server.try_secret(account, account.password + code, csr)
    assert answer.status == 400


def test_EST_153_S_09_a_curve_that_is_not_taken_is_400(
    koshin_server, refused
):
    account, code = refused
    answer = koshin_server.try_secret(
        account, account.password + code,
        requests.request(requests.new_key("k256")),
    )  # fmt: skip
    assert answer.status == 400


def test_EST_154_S_08_the_key_of_another_account_is_400(
    koshin_server, refused
):
    account, code = refused
    _, other = koshin_server.identity()
    answer = koshin_server.try_secret(
        account, account.password + code, requests.request(other.key)
    )
    assert answer.status == 400
    assert "key" in answer.text


@pytest.mark.parametrize("name", [
    "etc/ca/issuing.key", "etc-root/root.key", "etc/tls/server.key",
])  # fmt: skip
def test_EST_154_S_08_a_key_of_ours_is_400(koshin_server, name):
    account = koshin_server.account()
    with open(f"{koshin_server.folder}/../{name}", "rb") as file:
        key = serialization.load_pem_private_key(file.read(), None)
    code = koshin_server.step1(account)
    answer = koshin_server.try_secret(
        account, account.password + code, requests.request(key)
    )
    assert answer.status == 400
    assert "key" in answer.text
    assert koshin_server.certificates_of(account) == 0


def test_EST_154_S_07_a_compromised_key_is_nobodys_any_more(koshin_server):
    account, old = koshin_server.identity()
    koshin_server.revoke(old.certificate, "keyCompromise")
    csr = requests.request(old.key)
    operation = "device/simpleenroll"
    code = koshin_server.step1(account, csr, operation)
    secret = account.password + code
    answer = koshin_server.try_secret(account, secret, csr, operation)
    assert answer.status == 400
    answer = koshin_server.try_secret(account, secret, None, operation)
    assert answer.status == 200


def test_S_21_a_request_that_was_used_before_is_400(koshin_server, refused):
    """By another person; by the same one, when its key has leaked."""
    account, code = refused
    first, csr = koshin_server.account(), requests.request()
    secret = first.password + koshin_server.step1(first, csr)
    answer = koshin_server.try_secret(first, secret, csr)
    assert answer.status == 200
    other = koshin_server.try_secret(account, account.password + code, csr)
    assert other.status == 400
    koshin_server.revoke(requests.certificate(answer.body))
    secret = first.password + koshin_server.step1(first, csr)
    again = koshin_server.try_secret(first, secret, csr)
    assert again.status == 400


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa2048"])
def test_EST_154_a_compromised_key_does_not_come_back_as_its_twin(
    koshin_server, kind
):
    """Who has the stolen key has (x, p - y) and (n, another e) as well."""
    account, old = koshin_server.identity(kind=kind)
    koshin_server.revoke(old.certificate, "keyCompromise")
    csr = requests.request(requests.twin(old.key))
    operation = "device/simpleenroll"
    code = koshin_server.step1(account, csr, operation)
    secret = account.password + code
    answer = koshin_server.try_secret(account, secret, csr, operation)
    assert answer.status == 400, answer.head
    answer = koshin_server.try_secret(account, secret, None, operation)
    assert answer.status == 200


def test_EST_159_EST_160_EST_186_R_CERT_7_what_is_asked_for_is_not_copied(
    koshin_server, refused
):
    """The last one with this code: it was never spent."""
    account, code = refused
    csr = requests.request(
        subject=x509.Name([
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Somebody else"),
            x509.NameAttribute(NameOID.COMMON_NAME, "master0001"),
        ]),
        extensions=[
            (x509.SubjectAlternativeName([x509.DNSName("koshin.example"),
                                          x509.RFC822Name("a@b.jp")]), False),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH,
                                    ExtendedKeyUsageOID.CLIENT_AUTH]), False),
            (x509.SubjectKeyIdentifier(bytes(20)), False),
            (x509.AuthorityKeyIdentifier(bytes(20), None, None), False),
        ],
    )  # fmt: skip
    answer = koshin_server.try_secret(account, account.password + code, csr)
    assert answer.status == 200, answer.text
    made = requests.certificate(answer.body)
    assert requests.common_name(made).startswith(account.user + " ")
    oids = {e.oid._name for e in made.extensions}
    assert "subjectAltName" not in oids
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert list(usage.value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    key_id = x509.SubjectKeyIdentifier.from_public_key(made.public_key())
    seen = made.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert seen.value == key_id


# ------------------------------------------------------------ re-enrollment


def renew(server, old, csr, label="device"):
    return raw.ask(
        server, post(f"{label}/simplereenroll", csr, PKCS10), identity=old
    )


def test_EST_161_EST_187_the_same_key_may_come_again(koshin_server):
    _, old = koshin_server.identity()
    answer = renew(
        koshin_server, old, requests.same_names(old.key, old.certificate)
    )
    assert answer.status == 200
    made = requests.certificate(answer.body)
    assert made.serial_number != old.certificate.serial_number
    assert requests.public(made) == requests.public(old.key)


def test_EST_187_S_20_a_profile_may_want_a_new_key(koshin_server):
    _, old = koshin_server.identity(label="newkey")
    answer = renew(
        koshin_server, old, requests.same_names(old.key, old.certificate),
        "newkey",
    )  # fmt: skip
    assert answer.status == 400
    assert "new key" in answer.text
    csr = requests.same_names(requests.new_key(), old.certificate)
    assert renew(koshin_server, old, csr, "newkey").status == 200


def rebuilt(name, change):
    return x509.Name([change(a) for a in name])


def test_EST_184_S_19_other_names_are_400(koshin_server):
    _, old = koshin_server.identity()
    name = old.certificate.subject
    longer = x509.Name([*name, x509.NameAttribute(NameOID.TITLE, "x")])
    for csr in (
        requests.request(subject="somebody01"),
        requests.request(),
        requests.request(subject=longer),
        requests.request(subject=x509.Name(reversed(list(name)))),
        requests.request(subject=name, extensions=[
            (x509.SubjectAlternativeName([x509.DNSName("a.example")]), False)
        ]),
    ):  # fmt: skip
        answer = renew(koshin_server, old, csr)
        assert answer.status == 400
        assert "name" in answer.text or "subject" in answer.text


def test_EST_184_the_same_name_in_another_spelling_is_the_same(
    koshin_server,
):
    _, old = koshin_server.identity()
    printable = x509.name._ASN1Type.PrintableString

    def change(attribute):
        return x509.NameAttribute(
            attribute.oid, f" {attribute.value.upper()} ", printable
        )

    csr = requests.request(subject=rebuilt(old.certificate.subject, change))
    assert renew(koshin_server, old, csr).status == 200


def test_EST_185_a_change_of_name_is_refused_by_policy(koshin_server):
    """ChangeSubjectName, with everything else right."""
    account = koshin_server.account()
    code = koshin_server.step1(account)
    answer = koshin_server.try_secret(
        account, account.password + code,
        requests.vector("good", "change-name"),
    )  # fmt: skip
    assert answer.status == 403
    assert "Names come from the profile" in answer.text


def test_EST_152_a_pss_signature_by_a_new_key(koshin_server):
    account = koshin_server.account()
    key = rsa.generate_private_key(65537, 2048)
    csr = pss_request(key)
    code = koshin_server.step1(account, csr)
    answer = koshin_server.try_secret(account, account.password + code, csr)
    assert answer.status == 200, answer.text


def pss_request(key):
    """cryptography signs requests with PKCS #1 only: put together by hand."""
    plain = x509.load_der_x509_csr(requests.request(key))
    body = plain.tbs_certrequest_bytes
    signature = key.sign(
        body, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()
    )
    algorithm = bytes.fromhex(
        "304106092a864886f70d01010a3034"
        "a00f300d06096086480165030402010500"
        "a11c301a06092a864886f70d010108300d06096086480165030402010500"
        "a203020120"
    )
    bits = b"\x03\x82\x01\x01\x00" + signature
    whole = body + algorithm + bits
    return b"\x30\x82" + len(whole).to_bytes(2, "big") + whole
