"""Certificates at the command line."""

import base64

import pytest

from koshin_tests.command_line import counter
from koshin_tests.patience import run


DER = bytes(range(256)) * 3


def add_certificate(desk, user, serial, issued=True):
    """A ledger row as the issuer writes it; `serial` as 40 digits."""
    desk.sql(
        "INSERT INTO koshin.certificate (serial, account, profile, subject,"
        " key_digest, key_identity, csr_digest, tbs_digest, not_before,"
        " not_after, via, code_id)"
        " SELECT decode(%s, 'hex'), id, 'person', 'CN=x', d, d, d, d,"
        " '2026-05-25 09:00+09', '2099-05-25 23:59:59+09', 'code',"
        " substr(sha256(decode(%s, 'hex')), 1, 16)"
        " FROM koshin.account, sha256('x') d WHERE user_id = %s",
        serial, serial, user,
    )  # fmt: skip
    if issued:
        desk.sql(
            "UPDATE koshin.certificate SET state = 'issued', issued_at ="
            " now(), current = true, der = %s, fingerprint = sha256(%s)"
            " WHERE serial = decode(%s, 'hex')", DER, DER, serial,
        )  # fmt: skip


@pytest.fixture
def certificate(desk, user):
    serial = f"00ab{next(counter):036d}"
    add_certificate(desk, user, serial)
    return user, serial


def test_certificates_are_listed_in_the_zone_of_the_service(
    desk, certificate
):
    user, serial = certificate
    (row,) = desk.json("cert", "list", "--user", user)
    assert row == {
        "serial": serial, "user_id": user, "contract": row["contract"],
        "profile": "person", "not_before": "2026-05-25T09:00:00+09:00",
        "not_after": "2099-05-25T23:59:59+09:00", "state": "valid",
        "current": True, "days_left": row["days_left"],
    }  # fmt: skip
    assert desk.json("cert", "list", "--user", user, "--state=expired") == []
    mine = desk.json("cert", "list", "--contract", row["contract"],
                     "--limit", "1")  # fmt: skip
    assert [m["serial"] for m in mine] == [serial]
    assert "--limit" in desk.refused("cert", "list", "--limit", "0")
    assert "--state" in desk.refused("cert", "list", "--state", "good")


def spellings(serial):
    pairs = [serial[i : i + 2] for i in range(0, 40, 2)]
    bare = serial.lstrip("0")
    return [serial, serial.upper(), ":".join(pairs), bare, "0x" + bare,
            "0000" + serial, ":".join(pairs).upper()]  # fmt: skip


def test_X_03_a_serial_is_taken_as_people_write_it(desk, certificate):
    _, serial = certificate
    for text in spellings(serial):
        assert desk.json("cert", "show", text)["serial"] == serial
    for text in ("xyz", "1" * 41, "0", "12 34"):
        assert "serial" in desk.refused("cert", "show", text)
    assert "not found" in desk.refused("cert", "show", "12:34")


def test_a_certificate_is_exported_as_it_was_issued(desk, certificate):
    _, serial = certificate
    pem = desk.good("cert", "export", serial).splitlines()
    assert pem[0] == "-----BEGIN CERTIFICATE-----"
    assert pem[-1] == "-----END CERTIFICATE-----"
    assert {len(line) for line in pem[1:-2]} == {64}
    assert base64.b64decode("".join(pem[1:-1])) == DER
    der = run(desk.program, "cert", "export", "--der", serial,
              "--config", desk.config, check=True)  # fmt: skip
    assert der.stdout == DER


def test_a_reservation_cannot_be_exported(desk, user):
    serial = f"00ac{next(counter):036d}"
    add_certificate(desk, user, serial, issued=False)
    assert "is reserved" in desk.refused("cert", "export", serial)
    desk.refused("cert", "revoke", serial, "--reason", "superseded")


def test_X_03_a_certificate_is_revoked_once(desk, certificate):
    user, serial = certificate
    call = ["cert", "revoke", serial, "--reason"]
    assert "must be unspecified" in desk.refused(*call, "lost")
    assert "must be unspecified" in desk.refused(*call, "abandoned")
    assert desk(*call, "keyCompromise").stderr == ""
    done = desk(*call, "superseded")
    assert done.returncode == 0 and "was revoked before" in done.stderr
    row = desk.json("cert", "show", serial)
    assert (row["state"], row["reason"]) == ("revoked", "keyCompromise")
    assert row["current"] is False and row["revoked_at"]
    kinds = [m["kind"] for m in desk.json("mail", "list", "--user", user)]
    assert kinds.count("revoked") == 1
    desk.refused("cert", "revoke", "1234", "--reason", "superseded")
