"""F_19, F_24, F_36, EST_136, EST_219: what is down, and how it comes back by
itself. And SIGHUP, which brings nothing down."""

import os
import re
import signal
import time

import pytest
import services as local
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from koshin_tests.burst import gave_up_early
from koshin_tests.clients import raw, requests
from koshin_tests.clients.raw import PKCS10, basic, get, post
from koshin_tests.ledger import ago, issuer
from koshin_tests.server import Server


# Longer than est.request_time, and than anything that the processes wait for.
STILL_S = 12


@pytest.fixture(scope="module")
def server(koshin, tmp_path_factory):
    """One that may be broken."""
    with local.temporary() as services:
        made = Server(
            koshin, services, tmp_path_factory.mktemp("faults") / "etc"
        ).start()
        yield made
        assert made.instance.stop() == 0


def is_down(server, account, secret, csr):
    """503 with Retry-After, soon; public things go on."""
    data = post("simpleenroll", csr, PKCS10, basic(account.user, secret))
    answer = raw.ask(server, data)
    assert answer.status == 503
    assert answer.field("Retry-After") == "60"
    gave_up_early(server, 5)  # est.request_time is 10s
    for operation in ("cacerts", "csrattrs"):
        assert raw.ask(server, get(operation)).status == 200


def renews(server, device, old):
    """By certificate: without passwords and counters (design 6)."""
    csr = requests.same_names(requests.new_key(), old.certificate)
    answer = raw.ask(
        server, post("device/simplereenroll", csr, PKCS10), identity=old
    )
    assert answer.status == 200
    assert server.certificates_of(device) == 2


def comes_back(server, account, secret, csr):
    """... and the code that nobody has spent is still good."""
    answer = server.until_200(account, secret, csr)
    assert requests.certificate(answer.body)
    assert server.certificates_of(account) == 1


@pytest.fixture
def known(server):
    account = server.account()
    csr = requests.request()
    code = server.step1(account, csr)
    return account, account.password + code, csr


def test_F_24_EST_136_EST_219_redis_is_down(server, known):
    """Redis is stopped and refuses connections: nobody may be let in whose
    failures cannot be counted, and devices shall not notice."""
    device, old = server.identity()
    server.redis("SAVE")
    server.services.stop_redis()
    is_down(server, *known)
    renews(server, device, old)
    server.services.start_redis()
    comes_back(server, *known)


def test_F_25_redis_does_not_answer(server, known):
    """SIGSTOP to Redis: connected, and silent, as behind a network that drops
    packets. Its questions have a limit, or each request would hang for ten
    s."""
    pid = server.services.pids()["redis"]
    os.kill(pid, signal.SIGSTOP)
    try:
        is_down(server, *known)
    finally:
        os.kill(pid, signal.SIGCONT)
    comes_back(server, *known)


def test_F_31_redis_has_no_room_left(server, known):
    """maxmemory is reached and nothing is evicted: writes are refused, so
    nobody is looked at. Where there is room again, so are people."""
    redis = server.services.redis_client()
    most = redis.config_get("maxmemory")["maxmemory"]
    redis.config_set("maxmemory", 1)
    try:
        is_down(server, *known)
        server.until(lambda: "OOM" in server.instance.log_text())
    finally:
        redis.config_set("maxmemory", most)
    comes_back(server, *known)
    assert server.redis("EXISTS", f"koshin:{{{known[0].user}}}:try") == "0"


def test_F_36_EST_136_EST_219_postgresql_is_down(server, known):
    """PostgreSQL is stopped and refuses connections: without the accounts
    there is nobody to let in, and what needs none of them goes on."""
    server.services.stop_postgres()
    try:
        is_down(server, *known)
    finally:
        server.services.start_postgres()
    comes_back(server, *known)
    # Codes are mailed over another connection.
    other = server.account()
    server.until(
        lambda: server.try_secret(other, other.password).status == 401
    )
    # libpq's advice, in lines of its own, is for people at a terminal.
    lost = re.findall(r" postgres connection=.*", server.instance.log_text())
    assert lost and not [line for line in lost if "\\" in line]


def test_F_19_EST_219_the_issuer_is_killed(server, known):
    """SIGKILL to the process that holds the key, before a request: the parent
    starts another, and the front finds it without being told."""
    account, secret, csr = known
    os.kill(server.instance.pids()["issuer"], signal.SIGKILL)
    answer = server.try_secret(account, secret, csr)
    assert answer.status in (200, 503)
    comes_back(server, *known)


def test_F_19_the_issuer_does_not_answer(server, known):
    """SIGSTOP to the process that holds the key: connected, and silent. The
    front gives up after 900 ms (flow/step2_test,
    unit/base/ipc_client_test)."""
    pid = server.instance.pids()["issuer"]
    os.kill(pid, signal.SIGSTOP)
    try:
        is_down(server, *known)
    finally:
        os.kill(pid, signal.SIGCONT)
    comes_back(server, *known)


def test_F_02_a_front_that_stands_still_answers_when_it_goes_on(server, known):
    """SIGSTOP to the front, longer than est.request_time, and a client that
    waits all the while: the kernel takes connections, nobody answers. After
    SIGCONT whoever waited too long is told so or let go, and counts for
    nobody; others are served as ever, and nothing was restarted."""
    before = server.instance.pids()
    account, secret, csr = known
    with raw.Connection(server) as waits:
        assert waits.ask(get("cacerts")).status == 200
        os.kill(before["front"], signal.SIGSTOP)
        try:
            waits.send(
                post("simpleenroll", csr, PKCS10, basic(account.user, secret))
            )
            time.sleep(STILL_S)
        finally:
            os.kill(before["front"], signal.SIGCONT)
        comes_back(server, account, secret, csr)
    assert server.instance.pids() == before
    assert server.redis("EXISTS", f"koshin:{{{account.user}}}:try") == "0"


def test_F_48_a_courier_that_stands_still_loses_no_mail(server):
    """SIGSTOP to the courier: who asks for a code hears that it was mailed,
    as ever; it comes after SIGCONT, once."""
    before = server.instance.pids()
    account = server.account()
    since = account.before_code()
    os.kill(before["courier"], signal.SIGSTOP)
    try:
        answer = server.try_secret(account, account.password)
        assert answer.status == 401
        assert answer.text.startswith("One-time code mailed.")
        assert account.mails(since, "one-time code") == []
    finally:
        os.kill(before["courier"], signal.SIGCONT)
    code = account.code(since)
    server.until_200(account, account.password + code, requests.request())
    assert len(account.mails(since, "one-time code")) == 1
    assert server.instance.pids() == before


def test_I_9_auth_does_not_answer(server, known):
    """SIGSTOP to auth: connected, and silent. Who logs in hears so soon, and
    not after the nine seconds that others' passwords may take; what needs no
    password goes on."""
    device, old = server.identity()
    pid = server.instance.pids()["auth"]
    os.kill(pid, signal.SIGSTOP)
    try:
        is_down(server, *known)
        renews(server, device, old)
    finally:
        os.kill(pid, signal.SIGCONT)
    comes_back(server, *known)
    # It was the fault of nobody who waited.
    assert server.redis("EXISTS", f"koshin:{{{known[0].user}}}:try") == "0"


def test_F_36_postgresql_is_down_for_auth_alone(server, known):
    """Its role may not log in any more, and its connections are ended: as for
    any store that is away, and nobody else notices."""
    device, old = server.identity()
    server.rows("ALTER ROLE koshin_auth NOLOGIN")
    server.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = 'koshin_auth'"
    )
    try:
        is_down(server, *known)
        renews(server, device, old)
    finally:
        server.rows("ALTER ROLE koshin_auth LOGIN")
    comes_back(server, *known)


@pytest.mark.parametrize("name", ["front", "courier"])
def test_a_process_that_dies_is_started_again(server, name):
    """SIGKILL to one process: the parent starts it anew, or its work would be
    left undone until somebody looks."""
    before = server.instance.pids()[name]
    os.kill(before, signal.SIGKILL)
    server.until(lambda: server.instance.pids().get(name, before) != before)
    server.until(lambda: answers(server))
    account = server.account()
    assert len(server.step1(account)) == 6


def answers(server):
    try:
        return raw.ask(server, get("cacerts")).status == 200
    except OSError:
        return False


def test_EST_025_reload_drops_no_connection(server):
    """SIGHUP with a new certificate: who is there stays, who comes sees it."""
    certificate, key = (f"{server.folder}/tls/server.{n}"
                        for n in ("pem", "key"))  # fmt: skip
    old = open(certificate, "rb").read(), open(key, "rb").read()
    root, root_key = issuer(server, "root")
    new = server_identity(server, root, root_key)
    with raw.Connection(server) as stays:
        assert stays.ask(get("cacerts")).status == 200
        seen = stays.sock.getpeercert(True)
        try:
            replace(certificate, requests.certificate_pem(new.certificate))
            replace(key, requests.key_pem(new.key))
            server.instance.reload()
            server.until(lambda: peer(server) != seen)
            assert stays.ask(get("cacerts")).status == 200
        finally:
            replace(certificate, old[0])
            replace(key, old[1])
            server.instance.reload()
        server.until(lambda: peer(server) == seen)
        assert stays.ask(get("cacerts")).status == 200


def test_a_reload_with_rubbish_keeps_what_there_was(server):
    certificate = f"{server.folder}/tls/server.pem"
    old = open(certificate, "rb").read()
    seen = peer(server)
    try:
        replace(certificate, b"rubbish")
        server.instance.reload()
        server.until(
            lambda: "tls/server.pem" in server.instance.log_text()
        )
        assert peer(server) == seen
    finally:
        replace(certificate, old)
        server.instance.reload()


def refused_reload(server, path):
    """One line says so, and names the file."""
    told = server.instance.log_text().count(f'reason="{path}: ')
    server.instance.reload()
    server.until(
        lambda: server.instance.log_text().count(f'reason="{path}: ') > told
    )


def put(path, kind):
    """Something that is no key and no certificate, of that kind."""
    new = path + ".new"
    if kind == "folder":
        os.mkdir(new)
    elif kind == "fifo":
        os.mkfifo(new, 0o600)
    else:
        content = {"empty": b"", "huge": b"-----BEGIN X-----\n" * 100_000}
        with open(new, "wb", opener=private) as file:
            file.write(content[kind])
    if kind != "folder":
        os.chmod(new, os.stat(path).st_mode)
        os.replace(new, path)
    else:
        os.remove(path)
        os.rename(new, path)


def take_away(path):
    if os.path.isdir(path):
        os.rmdir(path)
    else:
        os.remove(path)


@pytest.mark.parametrize("which", ["server.pem", "server.key"])
def test_F_64_a_reload_of_what_is_no_file_of_that_kind_is_refused(
    server, which
):
    """Said at once, while it goes on with what it had: a FIFO that nobody
    writes into is not waited for."""
    path = f"{server.folder}/tls/{which}"
    old, mode = open(path, "rb").read(), os.stat(path).st_mode
    seen = peer(server)
    with raw.Connection(server) as stays:
        assert stays.ask(get("cacerts")).status == 200
        try:
            for kind in ("fifo", "empty", "huge", "folder"):
                put(path, kind)
                refused_reload(server, path)
                assert peer(server) == seen, kind
                assert stays.ask(get("cacerts")).status == 200
                take_away(path)
                with open(path, "wb", opener=private):
                    pass
                os.chmod(path, mode)
        finally:
            replace(path, old, mode)
            loads = server.instance.log_text().count("front reload ")
            server.instance.reload()
        # It hears the next one, too.
        server.until(
            lambda: server.instance.log_text().count("front reload ") > loads
        )


@pytest.mark.only_if(os.geteuid() == 0)
def test_F_23_a_reload_says_what_the_front_may_not_read(server):
    """A copy that root made, and nobody else can read."""
    certificate = f"{server.folder}/tls/server.pem"
    old, mode = open(certificate, "rb").read(), os.stat(certificate).st_mode
    try:
        replace(certificate, old, 0o600)
        server.instance.reload()
        server.until(
            lambda: "tls/server.pem: Permission denied"
            in server.instance.log_text()
        )
    finally:
        replace(certificate, old, mode)
        server.instance.reload()


def peer(server):
    with raw.Connection(server) as c:
        return c.sock.getpeercert(True)


def private(path, flags):
    return os.open(path, flags, 0o600)


def replace(path, content, mode=None):
    """Whoever could read it can, unless the mode is another."""
    with open(path + ".new", "wb", opener=private) as file:
        file.write(content)
    os.chmod(path + ".new", mode or os.stat(path).st_mode)
    os.replace(path + ".new", path)


def server_identity(server, root, root_key):
    """Another certificate for the same name."""
    key = requests.new_key()
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ago(1))
        .not_valid_after(ago(-30))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost")]), True
        )
        .sign(root_key, hashes.SHA256())
    )
    return requests.Identity(server.folder, made, key)
