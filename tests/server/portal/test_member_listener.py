"""The listener of members: it asks for a certificate of ours, and says of each
fault which it is, and where a browser asks its user again (R-WEB-7)."""

import re
import socket
import ssl
import subprocess

import pytest

from koshin_tests.portal import (
    MEMBER,
    Browser,
    Member,
    opened_to_members,
)

NOTHING = {"at": "nothing"}


@pytest.fixture(scope="module")
def server(module_server):
    return module_server(change=opened_to_members).start()


@pytest.fixture(scope="module")
def holder(server):
    """(account, Identity), with a certificate of the first profile."""
    return server.identity("general", "person")


def refused(member, code):
    got = member.api("GET", "/session")
    assert (got.status, got.code) == (403, code)
    return got.json["choose_at"]


def stranger(server, tmp_path, name="stranger"):
    """Somebody with a certificate of a CA of his own."""
    key, certificate = (tmp_path / f"{name}.{end}" for end in ("key", "pem"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    made = type("Identity", (), {})()
    made.certificate_file, made.key_file = str(certificate), str(key)
    return made


# ------------------------------------------------------------- certificates


def test_R_WEB_7_who_shows_none_is_told_so(server):
    choose_at = refused(Member(server), "certificate_missing")
    label = re.fullmatch(
        rf"https://(r[0-9a-f]{{16}})\.{re.escape(MEMBER)}:{server.member_port}/",
        choose_at,
    )
    assert label
    assert refused(Member(server), "certificate_missing") != choose_at


def test_R_WEB_7_a_good_one_opens_at_any_label(server, holder):
    _, identity = holder
    assert Member(server, identity).session() == NOTHING
    for label in ("r0123456789abcdef", "R0123456789ABCDEF", "a", "x-1"):
        there = Member(server, identity, f"{label}.{MEMBER}")
        assert there.session() == NOTHING


def test_R_WEB_7_one_of_another_CA_is_wrong(server, tmp_path):
    refused(Member(server, stranger(server, tmp_path)), "certificate_wrong")


def test_R_WEB_7_one_of_another_CA_with_our_serial_is_wrong(
    server, holder, tmp_path
):
    """The ledger knows certificates byte by byte."""
    _, identity = holder
    key, path = tmp_path / "twin.key", tmp_path / "twin.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=twin",
         "-set_serial", str(identity.certificate.serial_number),
         "-keyout", key, "-out", path],
        check=True, capture_output=True,
    )  # fmt: skip
    twin = type("Identity", (), {})()
    twin.certificate_file, twin.key_file = str(path), str(key)
    refused(Member(server, twin), "certificate_wrong")


def test_R_WEB_7_that_of_a_device_is_wrong(server):
    _, identity = server.identity()
    refused(Member(server, identity), "certificate_wrong")


def test_R_WEB_7_a_revoked_one_is_told_so_at_once(server):
    _, identity = server.identity("general", "person")
    member = Member(server, identity)
    assert member.session() == NOTHING
    server.revoke(identity.certificate)
    refused(member, "certificate_revoked")


def test_R_WEB_7_an_expired_one_is_told_so(server):
    """Its end is put into the past where it is looked for: in the ledger."""
    account, identity = server.identity("general", "person")
    server.rows(
        "ALTER TABLE koshin.certificate DISABLE TRIGGER USER;"
        "UPDATE koshin.certificate SET not_before = now() - interval '9 days',"
        " not_after = now() - interval '1 day' WHERE serial = %s;"
        "ALTER TABLE koshin.certificate ENABLE TRIGGER USER",
        identity.certificate.serial_number.to_bytes(20, "big"),
    )
    refused(Member(server, identity), "certificate_expired")


# --------------------------------------------------------------------- names


@pytest.mark.parametrize(
    "host",
    ["localhost", "evil.example", f"a.b.{MEMBER}", f".{MEMBER}", f"x{MEMBER}",
     f"{MEMBER}.evil.example", f"a_b.{MEMBER}", "127.0.0.1"],
)  # fmt: skip
def test_J_13_a_request_under_another_name_is_refused(server, holder, host):
    got = Member(server, holder[1], host, name=MEMBER).api("GET", "/session")
    assert (got.status, got.code) == (421, "wrong_host")


@pytest.mark.parametrize(
    ("host", "name"),
    [(MEMBER, f"a.{MEMBER}"), (f"a.{MEMBER}", MEMBER),
     (f"a.{MEMBER}", f"b.{MEMBER}"), (MEMBER, "localhost")],
)  # fmt: skip
def test_J_13_a_request_is_of_the_name_of_its_connection(
    server, holder, host, name
):
    """A certificate that was shown under one name was shown under no other."""
    got = Member(server, holder[1], host, name).api("GET", "/session")
    assert (got.status, got.code) == (421, "wrong_host")


def test_J_13_the_portal_is_not_at_the_names_of_members(server):
    got = Browser(server, name=MEMBER).api("GET", "/session")
    assert (got.status, got.code) == (421, "wrong_host")


# ----------------------------------------------------------------------- TLS


def said(server, port, name):
    return subprocess.run(
        ["openssl", "s_client", "-connect", f"localhost:{port}",
         "-servername", name, "-CAfile", server.root],
        input="", capture_output=True, text=True, timeout=60,
    ).stdout  # fmt: skip


def test_it_asks_for_a_certificate_of_ours_alone(server):
    """What a browser offers its user is narrowed by it."""
    text = said(server, server.member_port, f"any.{MEMBER}")
    names = re.search(
        r"Acceptable client certificate CA names\n((?:.*=.*\n)+)", text
    )[1].splitlines()
    assert len([n for n in names if "CN = " in n]) == 1
    assert "Verify return code: 0" in text
    assert "No client certificate CA names sent" in said(
        server, server.portal_port, "localhost"
    )


@pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
)
def test_nothing_is_resumed_there(server, holder, version):
    """Each connection proves the certificate that it speaks by."""
    identity = holder[1]

    def shake(port, name, session=None):
        with socket.create_connection(("localhost", port), timeout=30) as s:
            with context.wrap_socket(
                s, server_hostname=name, session=session
            ) as tls:
                tls.sendall(b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
                tls.recv(4096)
                return tls.session, tls.session_reused

    for certified in (False, True):
        context = ssl.create_default_context(cafile=server.root)
        context.minimum_version = context.maximum_version = version
        if certified:
            context.load_cert_chain(
                identity.certificate_file, identity.key_file
            )
        member = server.member_port
        ours, _ = shake(member, MEMBER)
        assert not shake(member, MEMBER, ours)[1]
        assert not shake(member, f"a.{MEMBER}", ours)[1]
        theirs, _ = shake(server.portal_port, "localhost")
        assert not shake(member, MEMBER, theirs)[1]


# ---------------------------------------------------------------------- rest


def test_what_is_of_one_listener_is_not_at_the_other(server, holder):
    member = Member(server, holder[1])
    got = member.ask("POST", "/api/v1/issue/password", b"{}")
    assert (got.status, got.code) == (404, "not_found")
    assert member.get("/.well-known/est/cacerts").status == 404
    for path in ("/member/", "/member/index", "/member"):
        assert Browser(server).get(path).status == 404
        assert member.get(path).status == 404
    assert member.get("/old").status == 200


def test_R_WEB_1_each_listener_leads_to_the_other(server, holder):
    got = Browser(server).get("/login")
    there = f"https://{MEMBER}:{server.member_port}/"
    assert (got.status, got.headers["Location"]) == (303, there)
    for path in ("/issue", "/first"):
        got = Member(server, holder[1], f"a.{MEMBER}").get(path)
        there = f"https://localhost:{server.portal_port}{path}"
        assert (got.status, got.headers["Location"]) == (303, there)
    assert Browser(server, host="evil.example").get("/login").status == 421


def test_I_9_without_postgresql_nobody_comes_in(new_server):
    server = new_server(change=opened_to_members).start()
    _, identity = server.identity("general", "person")
    member = Member(server, identity)
    server.services.stop_postgres()
    member.patient = False
    portal = Browser(server)
    portal.patient = False
    for got in (
        member.api("GET", "/session"),
        portal.api("POST", "/keep", {"token": "0" * 32}),  # T3
    ):
        assert (got.status, got.code) == (503, "unavailable")
    server.services.start_postgres()
    server.until(lambda: member.api("GET", "/session").status == 200)


def test_X_09_its_certificate_is_for_all_its_names(new_server):
    server = new_server(change=opened_to_members)
    server.instance.configure(
        lambda settings: settings["member"].update(host="other.localhost")
    )
    done = server.instance.run("check-config", check=False)
    assert done.returncode == 1
    assert "must have other.localhost and *.other.localhost" in done.stderr
