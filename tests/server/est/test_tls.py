"""EST_001..025: what TLS the server speaks, and to whom."""

import contextlib
import re
import socket
import struct
import subprocess

import pytest

from koshin_tests.clients import giant, raw, requests
from koshin_tests.clients.raw import PKCS10, basic, get, post
from koshin_tests.patience import PATIENCE_S, until

FINE = ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305")  # fmt: skip


def s_client(server, *options, send="", name="localhost"):
    """(exit status, output) of one `openssl s_client`."""
    sni = ["-servername", name] if name else ["-noservername"]
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}",
         "-CAfile", server.root, *sni, *options],
        input=send, capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_C_30_EST_001_L_11_plain_http_hears_that_it_is_tls(koshin_server):
    """Whatever it asks for: no operation, and no way to another port."""
    for asked in (get("cacerts"), post("simpleenroll", b"0" * 60000, PKCS10)):
        place = ("127.0.0.1", koshin_server.port)
        with socket.create_connection(place, PATIENCE_S) as s:
            s.sendall(asked)
            answer = b""
            while data := s.recv(4096):
                answer += data
        assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert answer.endswith(b"\r\n\r\nThis port speaks TLS; use https.\n")
        assert b"\r\nConnection: close\r\n" in answer


FAILING = {
    "no application protocol": ("-alpn", "h2"),
    "unsupported protocol": ("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"),
    "no shared cipher": ("-tls1_2", "-cipher", "AES128-SHA:@SECLEVEL=0"),
}


def test_C_30_L_07_a_handshake_that_fails_leaves_its_reason(
    koshin_server, tmp_path
):
    """The first of each at once; those that follow are told together."""
    certificate, key = giant.certificate(tmp_path)
    reasons = {
        **FAILING, "client certificate of no kind of ours":
        ("-key", key, "-cert", certificate),
    }  # fmt: skip
    with koshin_server.twin() as twin:
        for reason, options in reasons.items():
            s_client(twin, *options)
            line = f'handshake-failed reason="{reason}" count=1 ip=127.0.0.1\n'
            until(lambda: line in twin.instance.log_text(),
                  twin.instance.log_text)  # fmt: skip


@pytest.mark.parametrize("version", ["-ssl3", "-tls1", "-tls1_1"])
def test_EST_002_L_01_old_versions_end_with_an_alert(koshin_server, version):
    if version == "-ssl3":
        # This OpenSSL cannot speak it: a ClientHello by hand.
        answer = hello(koshin_server, b"\x03\x00")
        assert answer[0] == 0x15 and answer[5] == 2  # an alert, fatal
        return
    status, out = s_client(
        koshin_server, version, "-cipher", "ALL:@SECLEVEL=0"
    )
    assert status != 0
    assert "alert protocol version" in out and "alert number 70" in out


def hello(server, version):
    suites = b"\xc0\x2b\xc0\x2c\x00\x2f"
    body = version + bytes(32) + b"\0" + bytes([0, len(suites)]) + suites
    body += b"\1\0"
    message = b"\1" + len(body).to_bytes(3, "big") + body
    record = b"\x16\x03\0" + len(message).to_bytes(2, "big") + message
    with socket.create_connection(("127.0.0.1", server.port), 5) as s:
        s.sendall(record)
        return s.recv(4096)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_EST_003_EST_004_both_new_versions_work(koshin_server, version):
    with raw.Connection(koshin_server, version) as c:
        assert c.sock.version() == "TLSv" + version
        assert c.ask(get("cacerts")).status == 200


def test_EST_004_the_newer_one_is_preferred(koshin_server):
    with raw.Connection(koshin_server) as c:
        assert c.sock.version() == "TLSv1.3"


@pytest.mark.parametrize("suites", [
    "NULL", "aNULL", "EXPORT", "RC4", "3DES", "kRSA", "AES128-SHA",
    "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "SRP", "PSK",
    "DHE", "CAMELLIA",
])  # fmt: skip
def test_EST_005_EST_022_L_01_other_suites_are_refused(koshin_server, suites):
    status, out = s_client(
        koshin_server, "-tls1_2", "-cipher", suites + ":@SECLEVEL=0",
        *(["-psk", "00ff"] if suites == "PSK" else []),
    )  # fmt: skip
    assert status != 0
    # Either ours says no, or OpenSSL has forgotten them altogether.
    assert "handshake failure" in out or "no cipher match" in out \
        or "no ciphers available" in out  # fmt: skip


@pytest.mark.parametrize("suite", FINE)
def test_EST_006_forward_secret_aead_suites_work(koshin_server, suite):
    _, out = s_client(koshin_server, "-tls1_2", "-cipher", suite)
    assert f"Cipher is {suite}" in out


def test_EST_007_EST_009_L_02_no_compression_no_renegotiation(
    koshin_server,
):
    _, out = s_client(koshin_server, "-tls1_2", "-comp")
    assert "Compression: NONE" in out
    assert "Secure Renegotiation IS supported" in out
    # `R` at the beginning of a line asks for one.
    with subprocess.Popen(
        ["openssl", "s_client", "-tls1_2", "-CAfile", koshin_server.root,
         "-connect", f"127.0.0.1:{koshin_server.port}"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    ) as asks:  # fmt: skip
        out, _ = asks.communicate("R\n", 20)
    assert "RENEGOTIATING" in out
    assert "no renegotiation" in out or "alert handshake failure" in out


def test_EST_010_tickets_allow_no_early_data(koshin_server):
    _, out = s_client(koshin_server, "-tls1_3", "-ign_eof",
                      send="GET / HTTP/1.1\nConnection: close\n\n")  # fmt: skip
    assert "Post-Handshake New Session Ticket" in out
    assert re.findall(r"Max Early Data: (\d+)", out) == ["0"] * len(
        re.findall("Max Early Data", out)
    ) != []


def test_EST_014_EST_015_root_alone_is_enough_to_verify(koshin_server):
    status, out = s_client(
        koshin_server, "-verify_return_error", "-verify_hostname", "localhost"
    )
    assert status == 0
    assert "Verify return code: 0 (ok)" in out
    status, out = s_client(
        koshin_server, "-verify_return_error", "-verify_ip", "127.0.0.1",
        name=None,
    )  # fmt: skip
    assert status == 0, out
    _, out = s_client(koshin_server, "-showcerts")
    leaf = requests.x509.load_pem_x509_certificate(
        re.search("-----BEGIN.*?END CERTIFICATE-----\n", out, re.S)[0].encode()
    )
    usage = leaf.extensions.get_extension_for_class(
        requests.x509.ExtendedKeyUsage
    ).value
    assert requests.x509.oid.ExtendedKeyUsageOID.SERVER_AUTH in usage


def test_EST_017_EST_018_a_client_certificate_is_asked_for_by_our_name(
    koshin_server,
):
    for version in ("-tls1_2", "-tls1_3"):
        _, out = s_client(koshin_server, version)
        names = out.split("Acceptable client certificate CA names\n")[1]
        assert names.startswith("O = Koshin, CN = Koshin Issuing CA\n")


def test_EST_017_with_and_without_one_both_reach_http(koshin_server):
    _, identity = koshin_server.identity()
    for version in ("1.2", "1.3"):
        for who in (None, identity):
            with raw.Connection(koshin_server, version, who) as c:
                assert c.ask(get("cacerts")).status == 200


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("name,good", [
    ("localhost", True), ("LOCALHOST", True), (None, True),
    ("wrong.example", False), ("localhost.wrong.example", False),
])  # fmt: skip
def test_EST_023_L_04_only_our_name_or_none(
    koshin_server, version, name, good
):
    status, out = s_client(koshin_server, version, name=name)
    assert (status == 0) == good
    if not good:
        assert "unrecognized name" in out and "alert number 112" in out


@pytest.mark.parametrize("name,good", [
    ("localhost", True), (None, True), ("wrong.example", False),
])  # fmt: skip
def test_C_32_EST_023_L_04_without_names_they_are_those_of_the_certificate(
    nameless, name, good
):
    status, out = s_client(nameless, "-tls1_3", name=name)
    assert (status == 0) == good
    if not good:
        assert "unrecognized name" in out and "alert number 112" in out


@pytest.fixture(scope="module")
def nameless(koshin_server):
    def change(settings):
        del settings["tls"]["names"]

    with koshin_server.twin(change) as twin:
        yield twin


@pytest.mark.parametrize("offer,chosen", [
    ("http/1.1", "http/1.1"), ("h2,http/1.1", "http/1.1"), ("h2", None),
    ("http/1.0,spdy/3", "http/1.0"), ("http/1.0,http/1.1", "http/1.1"),
    ("spdy/3", None),
])  # fmt: skip
def test_C_29_EST_024_http_1_1_or_1_0_is_chosen_or_nothing(koshin_server, offer, chosen):
    status, out = s_client(koshin_server, "-alpn", offer)
    if chosen:
        assert f"ALPN protocol: {chosen}\n" in out
    else:
        assert status != 0
        assert "no application protocol" in out


def test_C_29_a_url_in_http_1_0_is_served(koshin_server):
    with raw.Connection(koshin_server) as c:
        answer = c.ask(
            f"GET {koshin_server.url}{raw.PREFIX}/cacerts HTTP/1.0\r\n\r\n"
            .encode()
        )
        assert (answer.status, answer.closes) == (200, True)
        assert c.at_end()


def test_EST_024_without_an_offer_it_is_http_1_1(koshin_server):
    _, out = s_client(koshin_server)
    assert "No ALPN negotiated" in out


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_EST_025_close_notify_comes_before_the_end(koshin_server, version):
    data = post("simpleenroll", requests.request(), PKCS10, basic("a", "b"),
                "Connection: close\r\n")  # fmt: skip
    with raw.Connection(koshin_server, version) as c:
        assert c.ask(data).status == 401
        assert c.at_end()  # a FIN alone would be an SSLEOFError


# ------------------------------------------------- certificates of strangers


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_L_07_a_giant_key_is_refused_in_the_handshake(
    koshin_server, tmp_path, version
):
    certificate, key = giant.certificate(tmp_path)
    _, out = s_client(
        koshin_server, version, "-key", key, "-cert", certificate,
        "-ign_eof", send=get("cacerts").decode(),
    )  # fmt: skip
    assert "HTTP/1.1" not in out
    assert "alert" in out


# ------------------------------------------------------------ first messages


def extension(kind, data=b""):
    return struct.pack("!HH", kind, len(data)) + data


GROUPS, PADDING = 10, 21
ORDINARY = [
    extension(GROUPS, struct.pack("!HHH", 4, 0x1D, 0x17)),
    extension(13, struct.pack("!HHH", 4, 0x0403, 0x0804)),
]
HELLOS = {
    "ordinary": ORDINARY,
    "64 KB": [*ORDINARY, extension(PADDING, bytes(65000))],
    "10,000 extensions": [
        *ORDINARY, *(extension(0x1000 + n) for n in range(10000)),
    ],
    "twice the same": [*ORDINARY, ORDINARY[0]],
    "unknown groups": [extension(GROUPS, struct.pack("!HH", 2, 0x7F7F))],
    "groups of an odd length": [extension(GROUPS, b"\0\3\0\x17\0")],
}  # fmt: skip


def client_hello(extensions):
    """A handshake message; TLS 1.2."""
    rest = b"".join(extensions)
    body = (
        b"\3\3" + bytes(range(32)) + b"\0" + b"\0\4\xc0\x2b\xc0\x2f"
        b"\1\0" + struct.pack("!H", len(rest)) + rest
    )
    return b"\1" + len(body).to_bytes(3, "big") + body


RECORDS = 32  # of a handshake that are listened to


def in_records(message, size):
    pieces = [message[i : i + size] for i in range(0, len(message), size)]
    return [b"\x16\3\1" + struct.pack("!H", len(p)) + p for p in pieces]


@pytest.mark.parametrize("size", [16384, 64, 1])
@pytest.mark.parametrize("kind", HELLOS)
def test_L_03_a_strange_first_message_ends_or_goes_on(
    koshin_server, kind, size
):
    """An alert, the server's own first message, or the end of the connection;
    and the next one is served."""
    records = in_records(client_hello(HELLOS[kind]), size)
    place = ("127.0.0.1", koshin_server.port)
    with socket.create_connection(place, PATIENCE_S) as c:
        heard = b""
        with contextlib.suppress(OSError):  # it may have ended meanwhile
            c.sendall(b"".join(records))
            c.shutdown(socket.SHUT_WR)
            heard = c.recv(5)
    assert heard[:1] in (b"", b"\x15", b"\x16"), heard
    if len(records) > RECORDS:
        assert heard[:1] != b"\x16"
    elif kind == "ordinary":
        assert heard[:1] == b"\x16"
    assert raw.ask(koshin_server, get("cacerts")).status == 200
