"""R_CERT_1..10, EST_189..192: the certificate that comes out, and when there
is one to be had."""

import datetime
import time
import zoneinfo

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from koshin_tests.clients import raw, requests
from koshin_tests.clients.raw import PKCS10, post
from koshin_tests.ledger import issuer, planted

UTC = datetime.timezone.utc
TOKYO = zoneinfo.ZoneInfo("Asia/Tokyo")
NEW_YORK = zoneinfo.ZoneInfo("America/New_York")


def enrolled(server, account, csr=None, operation="simpleenroll"):
    csr = csr or requests.request()
    code = server.step1(account, csr, operation)
    answer = server.try_secret(account, account.password + code, csr,
                               operation)  # fmt: skip
    assert answer.status == 200, answer.text
    return requests.certificate(answer.body)


def end_of(day, zone):
    """The last second of a day there, as the certificate says it."""
    local = datetime.datetime.combine(day, datetime.time(23, 59, 59), zone)
    return local.astimezone(UTC).replace(tzinfo=None)


@pytest.mark.parametrize("zone", [TOKYO, NEW_YORK])
def test_R_CERT_1_R_CERT_7_366_days_with_the_day_of_issue(
    koshin_server, zone
):
    def change(settings):
        settings["service"]["zone"] = zone.key

    account = koshin_server.account()
    with koshin_server.twin(change) as twin:
        before = int(time.time())
        made = enrolled(twin, account)
        after = int(time.time())
    begins = made.not_valid_before.replace(tzinfo=UTC)
    assert before <= begins.timestamp() <= after
    local = begins.astimezone(zone)
    last = local.date() + datetime.timedelta(365)
    assert made.not_valid_after == end_of(last, zone)
    assert requests.common_name(made) == (
        f"{account.user} {local:%Y%m%d%H%M%S}"
    )


def test_R_CERT_7_the_subject_is_that_of_the_profile(koshin_server):
    account = koshin_server.account()
    made = enrolled(koshin_server, account, requests.request(subject="other"))
    assert [(a.oid._name, a.value) for a in made.subject][0] == (
        "organizationName", "Koshin"
    )
    assert len(list(made.subject)) == 2


def test_R_CERT_9_the_serial_number_is_in_the_log_and_the_mail(
    koshin_server,
):
    account = koshin_server.account()
    since = account.mark()
    made = enrolled(koshin_server, account)
    serial = f"{made.serial_number:040x}"
    mail = account.mail(since, "certificate has been issued", 5)
    assert serial in mail.get_content().replace(":", "").lower()
    assert serial in koshin_server.instance.log_text()


def test_EST_192_it_fits_rfc_5280(koshin_server):
    made = enrolled(koshin_server, koshin_server.account())
    ca, _ = issuer(koshin_server)
    assert made.version == x509.Version.v3
    assert made.issuer == ca.subject
    assert 0 < made.serial_number < 1 << 159
    assert made.serial_number.bit_length() > 120
    by_oid = {e.oid: e for e in made.extensions}
    usage = by_oid[ExtensionOID.KEY_USAGE]
    assert usage.critical and usage.value.digital_signature
    assert not usage.value.key_cert_sign and not usage.value.crl_sign
    aki = by_oid[ExtensionOID.AUTHORITY_KEY_IDENTIFIER].value
    ski = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert aki.key_identifier == ski.value.digest
    for pointer in (ExtensionOID.CRL_DISTRIBUTION_POINTS,
                    ExtensionOID.AUTHORITY_INFORMATION_ACCESS):  # fmt: skip
        assert pointer not in by_oid  # C-32: no ca.crl_url, nothing to point to
    basic = by_oid.get(ExtensionOID.BASIC_CONSTRAINTS)
    assert basic is None or not basic.value.ca
    ca.public_key().verify(
        made.signature, made.tbs_certificate_bytes,
        requests.ec.ECDSA(made.signature_hash_algorithm),
    )  # fmt: skip


def test_EST_191_only_the_certificate_no_chain(koshin_server):
    account = koshin_server.account()
    csr = requests.request()
    code = koshin_server.step1(account, csr)
    answer = koshin_server.try_secret(account, account.password + code, csr)
    assert len(requests.certificates(answer.body)) == 1


# -------------------------------------------------------------- the window


def current_for(server, account, days, profile="person"):
    """A current certificate whose last day is `days` from today, in Tokyo;
    that day."""
    today = datetime.datetime.now(TOKYO).date()
    last = today + datetime.timedelta(days)
    ends = end_of(last, TOKYO).replace(tzinfo=UTC)
    begins = ends - datetime.timedelta(365)
    identity = planted(server, account, begins, ends, profile)
    return identity, last


@pytest.mark.parametrize("days", [31, 60, 365])
def test_R_CERT_3_EST_189_A_08_before_the_window_it_is_403_with_the_day(
    koshin_server, days
):
    """... and no mail."""
    account = koshin_server.account()
    _, last = current_for(koshin_server, account, days)
    opens = last - datetime.timedelta(30)
    since = account.mark()
    answer = koshin_server.try_secret(account, account.password)
    assert (answer.status, answer.text) == (
        403, f"A new certificate is possible from {opens} on.\n"
    )
    koshin_server.step1(koshin_server.account())
    assert not account.mails(since, "one-time code")


@pytest.mark.parametrize("days", [30, 1, 0])
def test_R_CERT_3_in_the_window_there_is_a_new_one(koshin_server, days):
    account = koshin_server.account()
    current_for(koshin_server, account, days)
    assert enrolled(koshin_server, account)
    assert koshin_server.one(
        "SELECT count(*) FROM koshin.certificate c JOIN koshin.account a"
        " ON a.id = c.account WHERE user_id = %s AND current", account.user,
    ) == 1  # fmt: skip


def test_R_CERT_3_who_does_not_know_the_password_hears_nothing_of_it(
    koshin_server,
):
    account = koshin_server.account()
    current_for(koshin_server, account, 60)
    answer = koshin_server.try_secret(account, "Wrong-1234")
    assert answer.status == 401


def test_R_CERT_3_R_CERT_5_after_expiry_it_is_as_at_first(koshin_server):
    account = koshin_server.account()
    current_for(koshin_server, account, -1)
    assert enrolled(koshin_server, account)


def test_R_CERT_3_R_CERT_6_after_a_revocation_it_is_as_at_first(
    koshin_server,
):
    account = koshin_server.account()
    made = enrolled(koshin_server, account)
    answer = koshin_server.try_secret(account, account.password)
    assert answer.status == 403
    koshin_server.instance.run(
        "cert", "revoke", f"{made.serial_number:040x}", "--reason",
        "superseded",
    )  # fmt: skip
    assert enrolled(koshin_server, account)


def test_R_CERT_4_the_old_one_stays_good_the_new_one_is_current(
    koshin_server,
):
    account = koshin_server.account()
    old, _ = current_for(koshin_server, account, 10)
    csr = requests.same_names(requests.new_key(), old.certificate)
    options = dict(operation="simplereenroll", identity=old)
    code = koshin_server.step1(account, csr, **options)
    secret = account.password + code
    answer = koshin_server.try_secret(account, secret, csr, **options)
    assert answer.status == 200, answer.text
    made = requests.certificate(answer.body)
    rows = dict(koshin_server.rows(
        "SELECT serial, current FROM koshin.certificate c JOIN"
        " koshin.account a ON a.id = c.account WHERE user_id = %s",
        account.user,
    ))  # fmt: skip
    serials = {int.from_bytes(s, "big"): c for s, c in rows.items()}
    assert serials == {
        old.certificate.serial_number: False, made.serial_number: True
    }
    assert koshin_server.one(
        "SELECT count(*) FROM koshin.revocation WHERE serial = %s",
        old.certificate.serial_number.to_bytes(20, "big"),
    ) == 0  # fmt: skip


@pytest.mark.parametrize("days,status", [(31, 403), (30, 200), (0, 200)])
def test_R_CERT_10_a_device_renews_in_its_window(koshin_server, days, status):
    account = koshin_server.account("device")
    old, last = current_for(koshin_server, account, days, "late")
    csr = requests.request(subject=old.certificate.subject)
    answer = raw.ask(
        koshin_server, post("late/simplereenroll", csr, PKCS10), identity=old
    )
    assert answer.status == status, answer.text
    if status == 403:
        opens = last - datetime.timedelta(30)
        assert answer.text == f"A new certificate is possible from {opens} " \
            "on.\n"  # fmt: skip


def test_I_6_R_CERT_10_a_repeat_is_answered_behind_the_window(koshin_server):
    """The certificate of the first request has closed it. Nothing else gets
    that answer, whoever may have its key."""
    account = koshin_server.account("device")
    old, _ = current_for(koshin_server, account, 30, "late")
    csr = requests.request(subject=old.certificate.subject)
    other = requests.request(subject=old.certificate.subject)
    with raw.Connection(koshin_server, identity=old) as c:
        first, again, no = (
            c.ask(post("late/simplereenroll", body, PKCS10))
            for body in (csr, csr, other)
        )
    assert (first.status, again.status, no.status) == (200, 200, 403)
    assert first.body == again.body


def test_R_CERT_10_a_code_goes_to_the_person_responsible(koshin_server):
    account = koshin_server.account("device")
    made = enrolled(koshin_server, account, None, "device/simpleenroll")
    assert requests.common_name(made) == account.user


@pytest.mark.parametrize("role,label", [
    ("device", "person"), ("general", "device"),
])  # fmt: skip
def test_EST_111_a_profile_is_for_those_it_is_for(koshin_server, role, label):
    account = koshin_server.account(role)
    since = account.mark()
    answer = koshin_server.try_secret(
        account, account.password, operation=f"{label}/simpleenroll"
    )
    assert answer.status == 403
    assert not account.mails(since, "one-time code")
