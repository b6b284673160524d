"""EST_011..021, 181..190, L_05, L_09: who shows which certificate, and what it
is good for."""

import datetime

import pytest

from koshin_tests.clients import raw, requests
from koshin_tests.clients.raw import PKCS10, basic, post
from koshin_tests.ledger import ago, issuer, planted, stranger
from koshin_tests.patience import until
from koshin_tests.server import PASSWORD

TLS = pytest.mark.parametrize("version", ["1.2", "1.3"])


def renew(server, old, csr=None, *fields, label="device", **options):
    """The answer to a re-enrollment on a connection with this identity."""
    csr = csr or requests.same_names(requests.new_key(), old.certificate)
    return raw.ask(
        server,
        post(f"{label}/simplereenroll", csr, PKCS10, *fields),
        identity=old, **options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def device(koshin_server):
    return koshin_server.identity()


def strangers(server, device):
    _, real = device
    ca, ca_key = issuer(server)
    _, root_key = issuer(server, "root")
    copy = dict(certificate_of=real.certificate)
    return {
        "none": None,
        "self-signed": stranger(server),
        "self-signed copy of a real one": stranger(server, **copy),
        "other CA of the same name": stranger(
            server, issuer_name=ca.subject, issuer_key=requests.new_key()
        ),
        "not in the ledger": stranger(
            server, issuer_name=ca.subject, issuer_key=ca_key
        ),
        "right serial, other key": stranger(
            server, issuer_key=ca_key, **copy
        ),
        "of the root": stranger(
            server, issuer_name=ca.issuer, issuer_key=root_key
        ),
        "expired stranger": stranger(server, days=-0.5),
    }


KINDS = [
    "none", "self-signed", "self-signed copy of a real one",
    "other CA of the same name", "not in the ledger",
    "right serial, other key", "of the root", "expired stranger",
]  # fmt: skip


@pytest.fixture(scope="module")
def those(koshin_server, device):
    return strangers(koshin_server, device)


@TLS
@pytest.mark.parametrize("kind", KINDS)
def test_EST_019_EST_021_EST_183_L_05_strangers_cannot_renew(
    koshin_server, device, those, kind, version
):
    _, real = device
    csr = requests.same_names(requests.new_key(), real.certificate)
    answer = raw.ask(
        koshin_server, post("device/simplereenroll", csr, PKCS10),
        identity=those[kind], version=version,
    )  # fmt: skip
    assert answer.status == 403
    assert "TLS client certificate" in answer.text


@pytest.mark.parametrize("kind", KINDS)
def test_EST_021_EST_181_password_and_code_are_enough_beside_any(
    koshin_server, those, kind
):
    account = koshin_server.account()
    csr = requests.request()
    options = dict(identity=those[kind])
    code = koshin_server.step1(account, csr, **options)
    answer = koshin_server.try_secret(
        account, account.password + code, csr, **options
    )
    assert answer.status == 200


@TLS
def test_EST_021_EST_188_R_CERT_5_an_expired_one_enrolls_anew(
    koshin_server, version
):
    account = koshin_server.account("device")
    old = planted(koshin_server, account, ago(366), ago(0, seconds=1))
    csr = requests.same_names(requests.new_key(), old.certificate)
    answer = renew(koshin_server, old, csr, version=version)
    assert (answer.status, answer.text) == (
        403, "The client certificate has expired; enroll anew.\n"
    )
    options = dict(identity=old, version=version)
    code = koshin_server.step1(account, csr, "device/simpleenroll", **options)
    answer = koshin_server.try_secret(
        account, account.password + code, csr, "device/simpleenroll",
        **options,
    )
    assert answer.status == 200


def test_EST_188_expired_is_403_with_password_and_code_too(koshin_server):
    account = koshin_server.account()
    code = koshin_server.step1(account)
    old = planted(koshin_server, account, ago(20), ago(1), "short")
    answer = renew(
        koshin_server, old, None, basic(account.user, account.password + code),
        label="short",
    )  # fmt: skip
    assert answer.status == 403
    assert "expired" in answer.text


@TLS
def test_EST_188_R_CERT_6_a_revoked_one_is_403_at_once(
    koshin_server, version
):
    account, old = koshin_server.identity()
    koshin_server.revoke(old.certificate, "superseded")
    answer = renew(koshin_server, old, version=version)
    assert (answer.status, answer.text) == (
        403, "The client certificate has been revoked; enroll anew.\n"
    )
    csr = requests.request()
    options = dict(identity=old, operation="device/simpleenroll")
    code = koshin_server.step1(account, csr, **options)
    secret = account.password + code
    answer = koshin_server.try_secret(account, secret, csr, **options)
    assert answer.status == 200


def session_of(connection):
    """Its session; with TLS 1.3 the ticket comes with the first answer."""
    connection.ask(raw.get("cacerts"))
    return connection.sock.session


def test_EST_013_L_09_F_83_resumption_does_not_outlive_a_revocation(
    koshin_server,
):
    _, old = koshin_server.identity()
    csr = requests.same_names(requests.new_key(), old.certificate)
    data = post("device/simplereenroll", csr, PKCS10)
    ctx = raw.context(koshin_server, "1.2", old)
    with raw.Connection(koshin_server, ctx=ctx) as first:
        session = session_of(first)
    koshin_server.revoke(old.certificate, "superseded")
    with raw.Connection(koshin_server, ctx=ctx, session=session) as c:
        assert c.sock.session_reused
        answer = c.ask(data)
    assert answer.status == 403
    assert "revoked" in answer.text


def test_F_83_one_that_expires_after_the_handshake_renews_nothing(
    koshin_server,
):
    account = koshin_server.account("device")
    ends = ago(0) + datetime.timedelta(seconds=3)
    old = planted(koshin_server, account, ago(300), ends)
    csr = requests.same_names(requests.new_key(), old.certificate)
    with raw.Connection(koshin_server, identity=old) as c:
        until(lambda: ago(0) > ends)
        answer = c.ask(post("device/simplereenroll", csr, PKCS10))
    assert answer.status == 403
    assert "expired" in answer.text


def test_EST_013_a_closed_account_cannot_renew_on_a_resumed_session(
    koshin_server,
):
    account, old = koshin_server.identity()
    ctx = raw.context(koshin_server, "1.2", old)
    with raw.Connection(koshin_server, ctx=ctx) as first:
        session = session_of(first)
    koshin_server.rows("SELECT koshin.close_account('test', %s)", account.user)
    csr = requests.same_names(requests.new_key(), old.certificate)
    with raw.Connection(koshin_server, ctx=ctx, session=session) as c:
        assert c.sock.session_reused
        answer = c.ask(post("device/simplereenroll", csr, PKCS10))
    assert answer.status == 403


def test_EST_011_EST_013_a_resumed_session_knows_the_certificate(
    koshin_server,
):
    _, old = koshin_server.identity()
    ctx = raw.context(koshin_server, "1.2", old)
    with raw.Connection(koshin_server, ctx=ctx) as first:
        session = session_of(first)
    csr = requests.same_names(requests.new_key(), old.certificate)
    with raw.Connection(koshin_server, ctx=ctx, session=session) as c:
        assert c.sock.session_reused
        answer = c.ask(post("device/simplereenroll", csr, PKCS10))
    assert answer.status == 200, answer.text


def test_EST_013_tls_1_3_gives_no_ticket_to_who_shows_a_certificate(
    koshin_server,
):
    _, old = koshin_server.identity()
    ctx = raw.context(koshin_server, "1.3", old)
    with raw.Connection(koshin_server, ctx=ctx) as first:
        session = session_of(first)
        assert not session.has_ticket
    with raw.Connection(koshin_server, ctx=ctx, session=session) as c:
        assert not c.sock.session_reused


def state_of(server, account):
    return server.rows(
        "SELECT state, locked_until > now() FROM koshin.account"
        " WHERE user_id = %s", account.user,
    )[0]  # fmt: skip


def test_C_21_R_LOCK_3_A12_guesses_of_a_stranger_end_no_renewal(
    koshin_server,
):
    """A stranger who knows its user ID locks a device, and blocks it."""
    account, old = koshin_server.identity()
    for _ in range(6):
        answer = koshin_server.try_secret(account, "Wrong-1234")
        assert answer.status == 401
    until(lambda: state_of(koshin_server, account)[1])
    answer = renew(koshin_server, old)
    assert answer.status == 200, answer.text
    koshin_server.rows(
        "SELECT koshin.lock_account(id, 3, now(), true)::text"
        " FROM koshin.account WHERE user_id = %s", account.user,
    )  # fmt: skip
    assert state_of(koshin_server, account)[0] == "blocked"
    answer = renew(koshin_server, old)
    assert answer.status == 200, answer.text
    answer = koshin_server.try_secret(account, account.password)
    assert answer.status == 401


def test_R_LOCK_9_a_suspended_device_renews_nothing_until_resumed(
    koshin_server,
):
    account, old = koshin_server.identity()
    koshin_server.rows(
        "SELECT koshin.suspend_account('desk', %s, 'asked')", account.user
    )
    assert renew(koshin_server, old).status == 403
    answer = koshin_server.try_secret(account, account.password)
    assert answer.status == 401
    koshin_server.rows(
        "SELECT koshin.resume_account('desk', %s, 'asked')", account.user
    )
    answer = renew(koshin_server, old)
    assert answer.status == 200, answer.text


@TLS
def test_EST_012_a_ticket_of_one_instance_is_good_at_another(
    koshin_server, version
):
    ctx = raw.context(koshin_server, version)
    with koshin_server.twin() as twin:
        with raw.Connection(koshin_server, ctx=ctx) as first:
            session = session_of(first)
        with raw.Connection(twin, ctx=ctx, session=session) as c:
            assert c.sock.session_reused
            assert c.ask(raw.get("cacerts")).status == 200


@TLS
def test_EST_012_without_a_ticket_key_there_are_no_tickets(
    koshin_server, version
):
    def change(settings):
        del settings["tls"]["ticket_key"]

    ctx = raw.context(koshin_server, version)
    with koshin_server.twin(change) as twin:
        with raw.Connection(koshin_server, ctx=ctx) as first:
            session = session_of(first)
        with raw.Connection(twin, ctx=ctx, session=session) as c:
            assert not c.sock.session_reused
            assert c.ask(raw.get("cacerts")).status == 200


def test_EST_111_EST_190_A_11_the_certificate_of_another_account_is_403(
    koshin_server,
):
    """... and the code is still good."""
    _, foreign = koshin_server.identity("general", "short")
    account, own = koshin_server.identity("general", "short")
    operation = "short/simplereenroll"
    csr = requests.same_names(requests.new_key(), own.certificate)
    code = koshin_server.step1(account, csr, operation, identity=own)
    secret = account.password + code
    answer = koshin_server.try_secret(
        account, secret, csr, operation, identity=foreign
    )
    assert (answer.status, answer.text) == (
        403, "The client certificate belongs to another account.\n"
    )
    answer = koshin_server.try_secret(
        account, secret, csr, operation, identity=own
    )
    assert answer.status == 200


def test_A_11_EST_190_beside_a_foreign_certificate_the_owner_is_mailed(
    koshin_server,
):
    """Who tries passwords with a certificate of his own is told nothing by the
    first step, and the owner hears of it."""
    _, foreign = koshin_server.identity("general", "short")
    account = koshin_server.account()
    since = account.mark()
    answer = koshin_server.try_secret(
        account, account.password, operation="short/simplereenroll",
        identity=foreign,
    )
    assert answer.status == 401
    code = account.code(since)
    answer = koshin_server.try_secret(
        account, account.password + code, operation="short/simplereenroll",
        identity=foreign,
    )
    assert answer.status == 403


def test_EST_183_without_any_the_password_is_not_asked_for(koshin_server):
    account = koshin_server.account()
    answer = koshin_server.try_secret(
        account, account.password, operation="short/simplereenroll"
    )
    assert answer.status == 403


def test_R_CERT_10_a_person_may_not_renew_by_the_certificate_alone(
    koshin_server,
):
    _, old = koshin_server.identity("general", "short")
    answer = renew(koshin_server, old, label="short")
    assert answer.status == 401
    assert answer.body == b""
    answer = renew(koshin_server, old, label="device")
    assert answer.status == 403


OTHER_PROFILE = (
    403, "A certificate is renewed under its own profile: leave the label out."
    " Under another one, enroll.\n"
)  # fmt: skip


def test_C_25_R_CERT_11_no_label_leads_around_the_profile(koshin_server):
    """The same certificate at each; only its own renews it."""
    _, old = koshin_server.identity()
    for label in ("late", "newkey", "person", "short"):
        answer = renew(koshin_server, old, label=label)
        assert (answer.status, answer.text) == OTHER_PROFILE
    csr = requests.same_names(requests.new_key(), old.certificate)
    answer = raw.ask(
        koshin_server, post("simplereenroll", csr, PKCS10), identity=old
    )
    assert answer.status == 200, answer.text
    assert koshin_server.one(
        "SELECT profile FROM koshin.certificate WHERE serial = %s",
        requests.certificate(answer.body).serial_number.to_bytes(20, "big"),
    ) == "device"  # fmt: skip


def test_C_25_R_CERT_3_no_label_opens_a_window(koshin_server):
    """That of `device` is always open, but not for a certificate of `late`."""
    account, _ = koshin_server.identity(label="late")
    for label in ("late", "device"):
        answer = koshin_server.try_secret(
            account, account.password, operation=f"{label}/simpleenroll"
        )
        assert answer.status == 403
        assert "possible from" in answer.text


def test_C_25_R_CERT_11_a_contract_has_the_profiles_it_is_given(
    koshin_server,
):
    number, user = "25252525", "bound25"
    koshin_server.instance.add_contract(number)
    koshin_server.instance.add_user(
        user, number, "bound@example.jp", PASSWORD, role="general",
        locale="en",
    )  # fmt: skip
    koshin_server.instance.run(
        "contract", "set-profiles", number, "--profile", "bound"
    )
    for label, status in {"person": 403, "short": 403, "bound": 401}.items():
        answer = koshin_server.try_secret(
            user, PASSWORD, operation=f"{label}/simpleenroll"
        )
        assert answer.status == status, answer.text
        if status == 403:
            assert answer.text == (
                "This account may not have certificates of this kind.\n"
            )
    shown = koshin_server.instance.run("contract", "show", number).stdout
    assert "bound" in shown
    none = koshin_server.instance.run(
        "contract", "set-profiles", number, "--profile", "unheard-of",
        check=False,
    )  # fmt: skip
    assert none.returncode == 1
    assert "unknown profile `unheard-of`" in none.stderr
    koshin_server.instance.run("contract", "set-profiles", number)
    answer = koshin_server.try_secret(
        user, PASSWORD, operation="person/simpleenroll"
    )
    assert answer.status == 401


def test_C_25_R_CERT_11_a_person_without_password_is_said_to_be(
    koshin_server,
):
    def change(settings):
        settings["profiles"] = [{"name": "lax", "renewal": "certificate"}]

    other = koshin_server.copied(change)
    done = other.run("check-config", check=False)
    assert done.returncode == 1
    assert "profiles[0].renewal" in done.stderr
    assert "person_without_password" in done.stderr


HABITS = {
    "None:None of est-client-python": "Basic Tm9uZTpOb25l",
    "what was right last year": None,
    "token of another service": "Bearer eyJhbGciOiJIUzI1NiJ9.e30.x",
    "empty": "",
    "two in one field": "Basic Tm9uZTpOb25l, Basic Tm9uZTpOb25l",
}


@pytest.mark.parametrize("habit", HABITS)
def test_C_20_R_CERT_10_no_authorization_is_looked_at_beside_a_certificate(
    koshin_server, habit
):
    """As est-client-python sends it: with Authorization on every request. Six
    of them locked the account."""
    account, old = koshin_server.identity()
    value = HABITS[habit]
    stale = basic(account.user, "Old1-pass123456")
    csr = requests.same_names(requests.new_key(), old.certificate)
    data = post(
        "device/simplereenroll", requests.pem(csr),
        "User-Agent: python-requests/2.28.1\r\n",
        "Accept-Encoding: gzip, deflate\r\n", "Accept: */*\r\n",
        "Connection: keep-alive\r\n", PKCS10,
        stale if value is None else f"Authorization: {value}\r\n",
        host=f"localhost:{koshin_server.port}",
    )  # fmt: skip
    with raw.Connection(koshin_server, identity=old) as c:
        for _ in range(7):
            answer = c.ask(data)
            assert answer.status == 200, answer.text
    assert koshin_server.step1(account, operation="device/simpleenroll")
    assert not koshin_server.redis("KEYS", f"koshin:{{{account.user}}}:try")
