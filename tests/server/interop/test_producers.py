"""C_01..C_11: what each tool of Debian writes today is sent to the running
server, as it comes out of the tool; and what the tools that Debian has not
wrote once. Each usable request gets a certificate, the others hear why not
(tests/vectors/producers/outcomes, which `make check` holds against the files).

`make test` asks each light tool for a key of RSA and one of a curve; `make
interop` asks all tools for all kinds, and prints both tables."""

import pytest
from cryptography import x509

from koshin_tests.clients import raw, requests
from koshin_tests.clients.raw import PKCS10, basic, post
from koshin_tests.place import ALL_TOOLS, ROOT
from koshin_tests.producers import LIGHT, PRODUCERS, produced

VECTORS = ROOT / "tests" / "vectors" / "producers"
QUICK = [p for p in LIGHT if p[1] in ("rsa2048", "p256")]
ASKED = list(PRODUCERS) if ALL_TOOLS else QUICK
KEPT = sorted(
    path.stem.split("-", 1)
    for path in VECTORS.glob("*.pem")
    if path.stem.startswith(("forge-", "pkijs-"))
)


def expected(tool, kind):
    for line in (VECTORS / "outcomes").read_text().splitlines():
        name, _, outcome = line.partition("\t")
        if name == f"{tool}-{kind}":
            return outcome
    raise AssertionError(f"outcomes has no {tool}-{kind}")


def send(server, account, secret, body):
    with raw.Connection(server) as c:
        return c.ask(
            post("simpleenroll", body, PKCS10, basic(account.user, secret))
        )


def check(server, record_property, tool, kind, body):
    account = server.account()
    code = server.step1(account)
    answer = send(server, account, account.password + code, body.decode())
    said = "issued" if answer.status == 200 else answer.text.strip()
    record_property("outcome", (tool, kind, said))
    if expected(tool, kind) != "issued":
        assert answer.status == 400, said
        assert expected(tool, kind) in said
        return
    assert answer.status == 200, said
    begin = body.index(b"-----BEGIN")
    request = x509.load_pem_x509_csr(body[begin:])
    made = requests.certificate(answer.body)
    assert requests.public(made) == requests.public(request)


@pytest.mark.parametrize("tool,kind", ASKED)
def test_C_01_C_02_C_03_C_05_C_08_C_09_a_request_that_a_tool_writes(
    koshin_server, record_property, tool, kind
):
    check(koshin_server, record_property, tool, kind, produced(tool, kind))


@pytest.mark.parametrize("tool,kind", KEPT)
def test_C_01_C_04_C_08_a_request_that_was_kept(
    koshin_server, record_property, tool, kind
):
    body = (VECTORS / f"{tool}-{kind}.pem").read_bytes()
    check(koshin_server, record_property, tool, kind, body)
