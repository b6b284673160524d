"""I_6, T8, R_LOCK_4: a front that was taken over gets nothing by code, and
clears no counter. tests/lib/forge_main.c asks as it would."""

import os
import subprocess

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
)

from koshin_tests.clients import requests
from koshin_tests.place import built
from koshin_tests.patience import until

GRANT = 4  # enum issuer_end
GONE = 7  # enum auth_end


def forge(server, what, socket, *words):
    done = subprocess.run(
        [built("tests/forge_main"), what,
         os.path.join(server.folder, "run", socket), *map(str, words)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(word.split("=") for word in done.stdout.split())


def failures(server, account):
    return int(server.redis("GET", f"koshin:{{{account.user}}}:try") or 0)


def test_T8_an_invented_code_gets_no_certificate(koshin_server, tmp_path):
    """The fault: whoever reaches issuer.sock asks for somebody's certificate
    with a key of its own; before grants it was issued."""
    account = koshin_server.account()
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    spki = tmp_path / "key.der"
    spki.write_bytes(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    told = forge(
        koshin_server, "certificate", "issuer.sock", account.row("id"), spki
    )
    assert told == {"end": str(GRANT), "der": "0"}
    assert koshin_server.certificates_of(account) == 0
    until(
        lambda: "issuer grant-refused" in koshin_server.instance.log_text()
    )


def test_R_LOCK_4_T8_nobody_says_that_he_has_succeeded(koshin_server):
    """The fault: a front that says "success" after each guess would guess
    for ever. A right password is not a certificate."""
    account = koshin_server.account()
    koshin_server.forgive()
    for _ in range(3):
        assert koshin_server.try_secret(account, "Wrong-1234").status == 401
    assert failures(koshin_server, account) == 3
    told = forge(
        koshin_server, "counter", "auth.sock", account.user, account.password
    )
    assert told == {"password": "0", "hash": "0", "success": str(GONE)}
    assert failures(koshin_server, account) == 3


def test_I_6_F_25_a_spent_code_outlives_redis(koshin_server):
    """The fault: Redis loses all that it has between the certificate and its
    way to the client; the same request must get the same certificate."""
    account = koshin_server.account()
    csr = requests.request()
    secret = account.password + koshin_server.step1(account, csr)
    first = koshin_server.try_secret(account, secret, csr)
    assert first.status == 200
    koshin_server.redis("FLUSHALL")
    again = koshin_server.try_secret(account, secret, csr)
    assert (again.status, again.text) == (200, first.text)
    assert koshin_server.certificates_of(account) == 1
    # Another CSR does not get it, nor does another code.
    other = requests.request()
    assert koshin_server.try_secret(account, secret, other).status == 401
