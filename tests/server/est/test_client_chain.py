"""L-06 to L-08: what a client shows is decoded by OpenSSL before anybody is
asked, on the loop that everybody shares. Counted is the time of a processor,
beside that of a good handshake of the same run."""

import ssl

import clock
import nasty
import pytest
from koshin_tests.kill import wait_children

from koshin_tests.clients import requests
from koshin_tests.clients.chains import Chain, certificate, long_name

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
TIMES = 20
TOO_MANY = "TLSV1_ALERT_DECODE_ERROR"
TOO_LONG = "SSLV3_ALERT_ILLEGAL_PARAMETER"
NOT_SIGNED = "TLSV1_ALERT_DECRYPT_ERROR"


def cpu_ms(server):
    """What all processes of the server have worked so far."""
    pids = {server.instance.process.pid, *wait_children(server).values()}
    return sum(map(clock.process_ms, pids))


def cost_ms(server, ask):
    ask()
    before = cpu_ms(server)
    for _ in range(TIMES):
        ask()
    return (cpu_ms(server) - before) / TIMES


@pytest.mark.parametrize("version", VERSIONS)
def test_L_06_junk_behind_the_leaf_costs_no_more_than_a_good_handshake(
    koshin_server, tmp_path, version
):
    """Without a ceiling these twenty cost four times as much."""
    key = requests.new_key()
    leaf = certificate(key, "device")
    issuer = certificate(key, "issuer")
    junk = [certificate(requests.new_key("p384"), "x") for _ in range(20)]
    fine = Chain(tmp_path, key, leaf, issuer)
    bad = Chain(tmp_path, key, leaf, *junk)

    def shown():
        assert fine.answer(koshin_server, version) == "HTTP/1.1 200 OK"

    def refused():
        assert bad.alert(koshin_server, version) == TOO_MANY

    good, bad = cost_ms(koshin_server, shown), cost_ms(koshin_server, refused)
    print(f"{version.name}: {good:.2f} ms, junk {bad:.2f} ms")
    assert bad < 2 * good


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["p256", "rsa2048", "rsa4096"])
def test_L_06_a_leaf_with_two_cas_is_fine_of_every_kind_we_take(
    koshin_server, tmp_path, version, kind
):
    key = requests.new_key(kind)
    chain = [certificate(key, name) for name in ("device", "issuer", "root")]
    shown = Chain(tmp_path, key, *chain)
    assert shown.answer(koshin_server, version) == "HTTP/1.1 200 OK"


@pytest.mark.parametrize("version", VERSIONS)
def test_L_06_the_longest_leaf_we_sign_is_fine_with_two_cas(
    koshin_server, tmp_path, version
):
    """The ledger takes 4096 bytes (db/schema)."""
    key = requests.new_key("rsa4096")
    leaf = certificate(key, "device", [long_name(2860)])
    size = len(leaf.public_bytes(requests.serialization.Encoding.DER))
    assert 4000 < size <= 4096
    issuers = [certificate(key, name) for name in ("issuer", "root")]
    shown = Chain(tmp_path, key, leaf, *issuers)
    assert shown.answer(koshin_server, version) == "HTTP/1.1 200 OK"


@pytest.mark.parametrize("version", VERSIONS)
def test_L_06_a_fourth_certificate_is_refused(
    koshin_server, tmp_path, version
):
    key = requests.new_key()
    chain = [certificate(key, f"c{n}") for n in range(4)]
    shown = Chain(tmp_path, key, *chain)
    assert shown.alert(koshin_server, version) == TOO_MANY


def message_size(chain, version):
    """Of a Certificate message without its header (RFC 5246, RFC 8446)."""
    tls13 = version == ssl.TLSVersion.TLSv1_3
    each = 5 if tls13 else 3
    return (1 if tls13 else 0) + 3 + sum(
        each + len(c.public_bytes(requests.serialization.Encoding.DER))
        for c in chain
    )


def chain_of(size, key, version):
    """A leaf and an issuer, so many bytes together in their message."""
    leaf = certificate(key, "device")
    names = size // 2
    for _ in range(2):
        issuer = certificate(key, "issuer", [long_name(names)])
        chain = [leaf, issuer]
        names += size - message_size(chain, version)
    assert message_size(chain, version) == size
    return chain


def takes(kinds, rsa_max_bits):
    def change(settings):
        for profile in settings["profiles"]:
            profile.update(keys=list(kinds), rsa_max_bits=rsa_max_bits)

    return change


@pytest.mark.parametrize(
    "kinds, rsa_max_bits, most",
    [
        (["p256", "p384"], 4096, 4096),
        (["p256", "rsa"], 2048, 4096),
        (["p256", "rsa"], 4096, 8192),
        (["rsa"], 8192, 16384),
    ],
)
def test_L_06_a_chain_may_have_as_many_bytes_as_the_profiles_need(
    koshin_server, tmp_path, kinds, rsa_max_bits, most
):
    key = requests.new_key("ed25519")  # whose signatures are all as long
    with koshin_server.twin(takes(kinds, rsa_max_bits)) as server:
        for version in VERSIONS:
            fits = Chain(tmp_path, key, *chain_of(most, key, version))
            assert fits.answer(server, version) == "HTTP/1.1 200 OK"
            over = Chain(tmp_path, key, *chain_of(most + 1, key, version))
            assert over.alert(server, version) == TOO_LONG


def test_L_07_S_24_no_nasty_key_costs_more_than_three_good_handshakes(
    koshin_server, tmp_path
):
    """In turns, and by the time of the front's processor."""
    key = requests.new_key()
    fine = Chain(tmp_path, key, certificate(key, "device"))
    tls = nasty.context(koshin_server.root, fine.file, fine.key)
    front = wait_children(koshin_server)["front"]
    good, bad = nasty.costs(front, koshin_server.port, tls, rounds=15)
    print(f"a good one: {good:.3f} ms")
    for name, ms in bad.items():
        print(f"{name}: {ms:.3f} ms, {ms / good:.2f} of it")
    assert all(ms < nasty.TIMES * good for ms in bad.values())


def point(key):
    return key.public_key().public_bytes(
        requests.serialization.Encoding.X962,
        requests.serialization.PublicFormat.UncompressedPoint,
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_L_08_who_has_not_the_key_of_a_certificate_is_nobody(
    koshin_server, tmp_path, version
):
    """A copy of somebody's certificate, and a key of one's own: its file says
    that it is the other, so that the client signs with it."""
    key, own = requests.new_key(), requests.new_key()
    leaf = certificate(key, "device")
    good = Chain(tmp_path, key, leaf)
    assert good.answer(koshin_server, version) == "HTTP/1.1 200 OK"
    forged = Chain(tmp_path, own, leaf)
    der = own.private_bytes(
        requests.serialization.Encoding.DER,
        requests.serialization.PrivateFormat.PKCS8,
        requests.serialization.NoEncryption(),
    ).replace(point(own), point(key))
    forged.key.write_text(ssl.DER_cert_to_PEM_cert(der).replace(
        "CERTIFICATE", "PRIVATE KEY"))  # fmt: skip
    assert forged.alert(koshin_server, version) == NOT_SIGNED
