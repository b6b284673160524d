"""EST_080..089: base64 and media types, in and out."""

import base64
import string

import pytest

from koshin_tests.clients import raw, requests
from koshin_tests.clients.raw import PKCS10, basic, get, post
from koshin_tests.clients.requests import columns, pem

CERTS_ONLY = "application/pkcs7-mime; smime-type=certs-only"
AGENT = "User-Agent: libest 3.2.0p\r\n"


GOOD = {
    "one line": lambda der: base64.b64encode(der).decode(),
    "one line, LF": lambda der: base64.b64encode(der).decode() + "\n",
    "64 columns": lambda der: columns(der, 64),
    "76 columns, CR LF": lambda der: columns(der, 76, "\r\n"),
    "one column": lambda der: columns(der, 1),
    "tabs and spaces": lambda der: " \t\r\n" + columns(der, 7, "\t \n"),
    "blank lines": lambda der: columns(der, 64, "\n\n\n"),
    "PEM": pem,
    "PEM, NEW": lambda der: pem(der, "NEW CERTIFICATE REQUEST"),
    "PEM, CR LF": lambda der: pem(der).replace("\n", "\r\n"),
}

# P-256 and these names make a length that needs padding.
BAD = {
    "empty": lambda der: "",
    "white space": lambda der: " \n\t\n",
    "URL alphabet": lambda der: columns(der, 64).replace("A", "-", 1),
    "underscore": lambda der: columns(der, 64).replace("A", "_", 1),
    "one too few": lambda der: base64.b64encode(der).decode()[:-1],
    "no padding": lambda der: base64.b64encode(der).decode().rstrip("="),
    "behind the padding": lambda der: columns(der, 64) + "AAAA",
    "twice": lambda der: columns(der, 64) * 2,
    "spare bits": lambda der: spare(der),
    "padding inside": lambda der: "=" + columns(der, 64),
    "NUL": lambda der: columns(der, 64) + "\0",
    "form feed": lambda der: columns(der, 64) + "\f",
    "above ASCII": lambda der: columns(der, 64) + "\xff",
    "BOM": lambda der: "\xef\xbb\xbf" + columns(der, 64),
    "UTF-16": lambda der: "\0".join(columns(der, 64)),
    "base64 of base64": lambda der: columns(columns(der, 64).encode(), 64),
    "DER": lambda der: der.decode("latin-1"),
    "certificate PEM": lambda der: pem(der, "CERTIFICATE"),
    "PEM without an end": lambda der: pem(der).split("-----END")[0],
    "PEM with two ends": lambda der: pem(der).replace(
        "END CERTIFICATE", "END NEW CERTIFICATE"),
    "PEM twice": lambda der: pem(der) * 2,
    "a byte too many": lambda der: columns(der + b"\0", 64),
    "indefinite length": lambda der: columns(
        b"\x30\x80" + der[3:] + b"\0\0", 64),
    "not ASN.1": lambda der: columns(b"hello", 64),
}  # fmt: skip


def padded():
    """A request whose base64 ends with a padding that has spare bits."""
    while True:
        der = requests.request()
        if len(der) % 3 == 1:
            return der


def spare(der):
    text = base64.b64encode(der).decode()
    assert text.endswith("==")
    letters = string.ascii_uppercase + string.ascii_lowercase
    alphabet = letters + string.digits + "+/"
    at = len(text) - 3
    return text[:at] + alphabet[alphabet.index(text[at]) + 1] + "=="


@pytest.fixture(scope="module")
def known(koshin_server):
    """(account, code): nobody's request is read before."""
    account = koshin_server.account()
    return account, koshin_server.step1(account)


@pytest.mark.parametrize("form", BAD)
def test_EST_082_EST_088_B_03_B_08_a_bad_body_is_400_and_spends_nothing(
    koshin_server, known, form
):
    account, code = known
    answer = raw.ask(
        koshin_server,
        post("simpleenroll", BAD[form](padded()), PKCS10,
             basic(account.user, account.password + code)),
    )  # fmt: skip
    assert answer.status == 400
    assert koshin_server.certificates_of(account) == 0


def test_EST_083_raw_der_is_told_that_base64_is_wanted(koshin_server, known):
    account, code = known
    answer = raw.ask(
        koshin_server,
        post("simpleenroll", requests.request().decode("latin-1"), PKCS10,
             basic(account.user, account.password + code)),
    )  # fmt: skip
    assert answer.status == 400
    assert "base64" in answer.text


# After all that the code is still good, for each form: the same request again
# is the same certificate.
@pytest.mark.parametrize("form", GOOD)
def test_EST_080_EST_081_EST_083_B_01_B_02_a_body_may_look_like_this(
    koshin_server, known, form
):
    account, code = known
    answer = raw.ask(
        koshin_server,
        post("simpleenroll", GOOD[form](one_request(account)), PKCS10,
             basic(account.user, account.password + code)),
    )  # fmt: skip
    assert answer.status == 200, answer.text
    assert requests.certificate(answer.body)
    assert koshin_server.certificates_of(account) == 1


REQUESTS = {}


def one_request(account):
    return REQUESTS.setdefault(account.user, padded())


@pytest.mark.parametrize("encoding", [
    "", "Content-Transfer-Encoding: base64\r\n",
    "Content-Transfer-Encoding: binary\r\n",
    "Content-Transfer-Encoding: quoted-printable\r\n",
    "Content-Transfer-Encoding: 7bit\r\n",
    "Content-Transfer-Encoding: nonsense\r\n",
])  # fmt: skip
def test_EST_080_H_17_the_transfer_encoding_is_not_looked_at(
    koshin_server, known, encoding
):
    account, code = known
    answer = raw.ask(
        koshin_server,
        post("simpleenroll", one_request(account), PKCS10, encoding,
             basic(account.user, account.password + code)),
    )  # fmt: skip
    assert answer.status == 200


def test_EST_083_PEM_bodies_are_a_setting(koshin_server):
    account = koshin_server.account()
    code = koshin_server.step1(account)

    def change(settings):
        settings["est"]["pem_bodies"] = False

    with koshin_server.twin(change) as twin:
        answer = raw.ask(
            twin,
            post("simpleenroll", pem(requests.request()), PKCS10,
                 basic(account.user, account.password + code)),
        )  # fmt: skip
    assert answer.status == 400
    assert "BEGIN" in answer.text


# ---------------------------------------------------------------- answers


def is_in_lines(body):
    """64 columns, LF after every line including the last."""
    *lines, end = body.split(b"\n")
    return (
        end == b"" and all(len(line) == 64 for line in lines[:-1])
        and 0 < len(lines[-1]) <= 64 and b"\r" not in body
    )  # fmt: skip


def both(server, account, code):
    """What is answered with base64, without and with a User-Agent."""
    secret = basic(account.user, account.password + code)
    csr = one_request(account)
    with raw.Connection(server) as c:
        for agent in ("", AGENT):
            yield agent, c.ask(get("cacerts", agent))
            yield agent, c.ask(get("csrattrs", agent))
            yield agent, c.ask(
                post("simpleenroll", csr, PKCS10, agent, secret)
            )


def test_EST_084_lines_for_those_who_say_who_they_are(koshin_server, known):
    for agent, answer in both(koshin_server, *known):
        assert answer.status == 200
        if agent:
            assert is_in_lines(answer.body)
        else:
            assert b"\n" not in answer.body
        assert base64.b64decode(answer.body, validate=not agent)


@pytest.mark.parametrize("lines", ["64", "none"])
def test_EST_084_the_line_form_is_a_setting(koshin_server, known, lines):
    def change(settings):
        settings["est"]["lines"] = lines

    with koshin_server.twin(change) as twin:
        for _, answer in both(twin, *known):
            assert is_in_lines(answer.body) == (lines == "64")
            assert (b"\n" not in answer.body) == (lines == "none")


def test_EST_085_EST_087_EST_131_the_types_of_answers(koshin_server, known):
    types = ["application/pkcs7-mime", "application/csrattrs", CERTS_ONLY]
    for i, (_, answer) in enumerate(both(koshin_server, *known)):
        assert answer.field("Content-Type") == types[i % 3]
        assert answer.field("Content-Transfer-Encoding") == "base64"


@pytest.mark.parametrize("media", [
    "application/pkcs10", "Application/PKCS10",
    "application/pkcs10; charset=x", "application/pkcs10;a=b;c=\"d\"",
    "application/pkcs10 ; name=r.p10", "application/pkcs10;" + "x" * 2000,
])  # fmt: skip
def test_EST_086_H_15_parameters_and_case_do_not_matter(koshin_server, media):
    answer = raw.ask(
        koshin_server,
        post("simpleenroll", requests.request(), f"Content-Type: {media}\r\n"),
    )
    assert answer.status == 401


@pytest.mark.parametrize("media", [
    None, "", "application/x-www-form-urlencoded", "text/html", "pkcs10",
    "application/pkcs7-mime", "application/pkcs10x", "application/pkcs",
    "application/pkcs10, application/pkcs10", "application /pkcs10",
])  # fmt: skip
def test_EST_086_H_15_other_types_are_415(koshin_server, media):
    field = "" if media is None else f"Content-Type: {media}\r\n"
    answer = raw.ask(
        koshin_server, post("simpleenroll", requests.request(), field)
    )
    assert answer.status == 415
    assert answer.field("Accept") == "application/pkcs10"
    assert "application/pkcs10" in answer.text


TYPES = "application/pkcs10", "text/plain"


@pytest.mark.parametrize("first,second", [
    TYPES, TYPES[::-1], (TYPES[0], TYPES[0]),
])  # fmt: skip
def test_C_28_EST_086_H_15_two_types_are_400(koshin_server, first, second):
    answer = raw.ask(
        koshin_server,
        post("simpleenroll", requests.request(),
             f"Content-Type: {first}\r\ncontent-type: {second}\r\n"),
    )  # fmt: skip
    assert (answer.status, answer.text) == (
        400, "Send one Content-Type field only.\n"
    )


def test_H_16_a_content_coding_is_415(koshin_server):
    answer = raw.ask(
        koshin_server,
        post("simpleenroll", requests.request(), PKCS10,
             "Content-Encoding: gzip\r\n"),
    )  # fmt: skip
    assert answer.status == 415
