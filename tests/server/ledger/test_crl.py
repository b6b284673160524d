"""EST_350..360, I_17, F_73, F_84: the list of revoked certificates, from the
revocation to programs of others that refuse the certificate."""

import datetime
import json
import os
import stat

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID

from koshin_tests import crl
from koshin_tests.kill import Strace, ended, wait_children
from koshin_tests.ledger import issuer
from koshin_tests.patience import until

UTC = datetime.timezone.utc


@pytest.fixture(scope="module")
def server(module_server):
    made = module_server(change=crl.publishing)
    made.start()
    return made


def issued(server):
    _, identity = server.identity()
    return identity.certificate


def wait_log(server, text, since=0):
    until(
        lambda: text in server.instance.log_text()[since:],
        server.instance.log_text,
    )


def test_EST_353_EST_358_a_fresh_ca_publishes_a_list_without_entries(server):
    """Nothing was revoked yet; everybody may read the file, and the name in
    the certificate is that of the file."""
    seen = crl.wait_newer(server)
    assert len(seen) == 0
    mode = os.stat(crl.path_of(server)).st_mode
    assert stat.S_IMODE(mode) == 0o644
    points = issued(server).extensions.get_extension_for_oid(
        ExtensionOID.CRL_DISTRIBUTION_POINTS
    )
    assert not points.critical
    (point,) = points.value
    assert [name.value for name in point.full_name] == [crl.URL]


def test_I_17_EST_357_EST_360_a_revoked_certificate_is_listed_within_a_minute(
    server,
):
    """By the operator's command; and by hand of the ledger, a reservation that
    nobody finished (I-4)."""
    certificate = issued(server)
    server.instance.run(
        "cert", "revoke", f"{certificate.serial_number:040x}", "--reason",
        "keyCompromise",
    )  # fmt: skip
    entry, seen = crl.wait_listed(server, certificate.serial_number)
    reason = entry.extensions.get_extension_for_class(x509.CRLReason)
    assert reason.value.reason is x509.ReasonFlags.key_compromise
    ledger = server.one(
        "SELECT date_trunc('second', revoked_at) FROM koshin.revocation"
        " WHERE serial = %s", certificate.serial_number.to_bytes(20, "big"),
    )  # fmt: skip
    assert entry.revocation_date.replace(tzinfo=UTC) == ledger
    published = server.one(
        "SELECT c.published_at - r.revoked_at FROM koshin.revocation r,"
        " koshin.crl c WHERE c.number = %s AND r.serial = %s",
        crl.number_of(seen), certificate.serial_number.to_bytes(20, "big"),
    )  # fmt: skip
    assert published < datetime.timedelta(seconds=60)
    assert seen.next_update - seen.last_update == datetime.timedelta(days=7)


def test_I_4_EST_354_an_abandoned_reservation_is_listed_without_reason(server):
    account = server.account()
    serial = os.urandom(20)
    serial = bytes([serial[0] & 0x7F | 1]) + serial[1:]
    server.rows(
        "INSERT INTO koshin.certificate (serial, account, profile, subject,"
        " key_digest, key_identity, csr_digest, tbs_digest, not_before,"
        " not_after, via, lease_until) SELECT %s, id, 'person', 'CN=x', d, d,"
        " d, d, now(), now() + interval '1 year', 'certificate', now()"
        " FROM koshin.account, sha256(%s) d WHERE user_id = %s;"
        " SELECT koshin.close_abandoned()", serial, serial, account.user,
    )  # fmt: skip
    entry, _ = crl.wait_listed(server, int.from_bytes(serial, "big"))
    assert len(entry.extensions) == 0


@pytest.mark.parametrize("reader", ["openssl", "gnutls", "nss"])
def test_EST_350_EST_352_independent_readers_refuse_the_revoked_alone(
    server, tmp_path, reader
):
    good, bad = issued(server), issued(server)
    server.revoke(bad, "superseded")
    crl.wait_listed(server, bad.serial_number)
    judge = getattr(crl.Readers(server, tmp_path), reader)
    assert judge(good)
    assert not judge(bad)


def test_F_73_numbers_rise_over_a_restart_and_no_two_lists_have_one(server):
    """The first list after a start is made whatever is new."""
    before = crl.number_of(crl.wait_newer(server))
    server.instance.stop()
    server.start()
    after = crl.number_of(crl.wait_newer(server, before))
    assert after > before
    assert server.rows(
        "SELECT number FROM koshin.crl GROUP BY number HAVING count(*) > 1"
    ) == []  # fmt: skip


def test_F_73_three_instances_never_publish_under_one_number(server):
    """Each in a folder of its own; all start at once, and again as something
    is revoked."""

    def move(n):
        def change(settings):
            settings["crl"]["folder"] = f"{server.folder}/other{n}.crl"
        return change

    with server.twin(move(1)), server.twin(move(2)):
        certificate = issued(server)
        server.revoke(certificate)
        digest = "SELECT count(DISTINCT digest) FROM koshin.crl" \
            " WHERE this_update >= (SELECT date_trunc('second', revoked_at)" \
            " FROM koshin.revocation WHERE serial = %s)"  # fmt: skip
        until(lambda: server.one(
            digest, certificate.serial_number.to_bytes(20, "big")) >= 3)  # fmt: skip
    numbers, digests = server.rows(
        "SELECT count(DISTINCT number), count(DISTINCT digest) FROM koshin.crl"
        " WHERE published_at IS NOT NULL"
    )[0]
    assert numbers == digests


def asked(server, *words):
    return json.loads(server.instance.run("crl", *words, "--json").stdout)


def test_an_operator_has_a_list_published_and_sees_it(server):
    before = crl.number_of(crl.wait_newer(server))
    server.instance.run("crl", "publish")
    number = crl.number_of(read := crl.read(server))
    assert number > before
    (row, *_) = asked(server, "list")
    assert row["number"] == number and row["entries"] == len(read)
    shown = asked(server, "show", str(number))
    assert shown["bytes"] == os.path.getsize(crl.path_of(server))


@pytest.mark.parametrize("call", ["openat", "pwrite64", "fsync", "rename"])
def test_F_84_an_issuer_that_is_killed_leaves_the_whole_list_before(
    server, call
):
    """strace kills the issuer at each call by which it publishes: what lies
    there is whole at any moment, and the next issuer publishes the next."""
    before = crl.number_of(crl.wait_newer(server))
    pid = wait_children(server)["issuer"]
    certificate = issued(server)
    with Strace(pid, f"--inject={call}:signal=SIGKILL:when=1"):
        server.revoke(certificate)
        until(lambda: ended(pid))
        assert crl.number_of(crl.read(server)) >= before
    wait_children(server)
    _, seen = crl.wait_listed(server, certificate.serial_number)
    assert crl.number_of(seen) > before
    folder = os.path.dirname(crl.path_of(server))
    until(lambda: os.listdir(folder) == [crl.NAME], lambda: os.listdir(folder))


def test_F_84_a_folder_that_cannot_be_written_stops_no_enrollment(server):
    """It is moved away: the log says so, people go on getting certificates,
    and once it is back the list follows."""
    crl.wait_newer(server)
    folder = os.path.dirname(crl.path_of(server))
    since = len(server.instance.log_text())
    os.rename(folder, folder + ".away")
    certificate = issued(server)
    server.revoke(certificate)
    wait_log(server, "crl-failed", since)
    assert issued(server)
    os.rename(folder + ".away", folder)
    crl.wait_listed(server, certificate.serial_number)


def test_EST_355_an_entry_is_on_one_list_after_its_end_and_then_on_none(
    server,
):
    """The certificate ends in a few seconds: the list that is published then
    still has it, the one after that has not."""
    account = server.account()
    serial = bytes([1]) + os.urandom(19)
    server.rows(
        "INSERT INTO koshin.certificate (serial, account, profile, subject,"
        " key_digest, key_identity, csr_digest, tbs_digest, not_before,"
        " not_after, via, lease_until) SELECT %s, id, 'person', 'CN=x', d, d,"
        " d, d, now() - interval '1 day', now() + interval '1 second',"
        " 'certificate', now()"
        " FROM koshin.account, sha256(%s) d WHERE user_id = %s;"
        " SELECT koshin.close_abandoned()", serial, serial, account.user,
    )  # fmt: skip
    number = int.from_bytes(serial, "big")
    _, first = crl.wait_listed(server, number)
    ends = server.one(
        "SELECT not_after FROM koshin.revocation WHERE serial = %s", serial
    )
    seen = first
    while seen.last_update.replace(tzinfo=UTC) <= ends:
        assert seen.get_revoked_certificate_by_serial_number(number)
        server.instance.run("crl", "publish")
        seen = crl.read(server)
    assert seen.get_revoked_certificate_by_serial_number(number)
    server.instance.run("crl", "publish")
    seen = crl.read(server)
    assert not seen.get_revoked_certificate_by_serial_number(number)


def place_old(server, days):
    """A list of the CA that was published so many days ago; its number."""
    ca, key = issuer(server)
    at = datetime.datetime.now(UTC) - datetime.timedelta(days=days)
    made = x509.CertificateRevocationListBuilder(
        issuer_name=ca.subject, last_update=at,
        next_update=at + datetime.timedelta(days=7),
        extensions=[x509.Extension(x509.CRLNumber.oid, False,
                                   x509.CRLNumber(int(at.timestamp())))],
    ).sign(key, hashes.SHA256())  # fmt: skip
    with open(crl.path_of(server), "wb") as file:
        file.write(made.public_bytes(Encoding.DER))
    return crl.number_of(made)


@pytest.mark.parametrize(
    "days,level", [(4, "warn"), (8, "error")], ids=["half", "over"]
)
def test_I_17_F_84_a_list_that_is_late_is_told_from_half_of_its_life_on(
    new_server, days, level
):
    """The database gives no number to a new list, and the one that lies there
    is days old: an operator hears of it while some are left, and by an error
    when there are none."""
    server = new_server(change=crl.publishing)
    server.start()
    crl.wait_newer(server)
    server.instance.stop()
    server.rows(
        "REVOKE EXECUTE ON FUNCTION koshin.begin_crl FROM koshin_issuer"
    )
    number = place_old(server, days)
    server.instance.start(wait=False)
    wait_log(server, f"{level} issuer crl-late file={crl.path_of(server)}"
             f" number={number} seconds_left=")  # fmt: skip
    assert crl.number_of(crl.read(server)) == number
