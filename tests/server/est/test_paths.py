"""EST_060..068: paths and labels."""

import pytest

from koshin_tests.clients import raw, requests
from koshin_tests.clients.raw import PKCS10, get, post

GOOD = ["cacerts", "person/cacerts", "device/cacerts", "short/csrattrs"]


@pytest.mark.parametrize("path", GOOD)
def test_EST_060_EST_062_EST_063_with_and_without_a_label(
    koshin_server, path
):
    assert raw.ask(koshin_server, get(path)).status == 200


def test_EST_061_the_four_operations_are_there(koshin_server):
    for operation, status in {
        "cacerts": 200, "csrattrs": 200,
    }.items():  # fmt: skip
        assert raw.ask(koshin_server, get(operation)).status == status
    csr = requests.request()
    for operation, status in {
        "simpleenroll": 401, "simplereenroll": 403,
    }.items():  # fmt: skip
        answer = raw.ask(koshin_server, post(operation, csr, PKCS10))
        assert answer.status == status


@pytest.mark.parametrize("operation", [
    "serverkeygen", "fullcmc", "pal", "eecerts", "crls", "symmetrickeys",
    "firmware", "tamp", "serverkeygen/return", "crls/return",
])  # fmt: skip
def test_EST_061_EST_270_EST_290_EST_292_what_is_not_built_is_404(
    koshin_server, operation
):
    for method in ("GET", "POST"):
        answer = raw.ask(
            koshin_server,
            get(operation, "Content-Length: 0\r\n", method=method),
        )
        assert answer.status == 404


@pytest.mark.parametrize("path", [
    "/", "/cacerts", "/est/cacerts", "/.well-known/est",
    "/.well-known/est/", "/.well-known/cacerts",
    "/.well-known/est/nobody/cacerts", "/.well-known/est/person/x/cacerts",
    "/.well-known/est/person/device/cacerts",
    "/.well-known/est/cacerts/cacerts", "/.well-known/est/cacerts/person",
    "/.well-known/est//cacerts", "//.well-known/est/cacerts",
    "/.well-known//est/cacerts", "/.well-known/est/cacerts/",
    "/.well-known/est/person/", "/.well-known/est/CaCerts",
    "/.Well-Known/est/cacerts", "/.well-known/EST/cacerts",
    "/.well-known/est/Person/cacerts", "/.well-known/est/cacertsx",
    "/.well-known/est/cacert", "/.well-known/est/%2fcacerts",
    "/.well-known/est/person%2fcacerts", "/.well-known/est/%2e/cacerts",
    "/.well-known/est/./cacerts", "/.well-known/est/../est/cacerts",
    "/.well-known/est/%2e%2e/est/cacerts",
    "/.well-known/est/cacerts%00", "/.well-known/est/%00/cacerts",
    "/.well-known/est/cacerts%0a", "/.well-known/est/person%0a/cacerts",
    "/.well-known/est/%2563acerts", "/.well-known/est/cacerts%2",
    "/.well-known/est/cacerts%zz", "/.well-known/est/cacerts;a=b",
    "/.well-known/est/" + "p" * 300 + "/cacerts",
    "/.well-known/est/cacerts/../../../../etc/passwd",
    "/person/.well-known/est/cacerts",
])  # fmt: skip
def test_EST_065_EST_293_H_09_H_10_everything_else_is_404(
    koshin_server, path
):
    assert raw.ask(koshin_server, get(path)).status == 404


OFFERED = (
    "There is no such operation. Offered are cacerts, csrattrs, simpleenroll "
    "and simplereenroll.\n"
)


@pytest.mark.parametrize("path,text", [
    ("serverkeygen", "This operation is not offered here.\n"),
    ("person/fullcmc", "This operation is not offered here.\n"),
    ("nobody/simpleenroll", "There is no such label here; without one it is "
     "the default profile.\n"),
    ("simple-enroll", OFFERED), ("person/", OFFERED),
    ("/est/cacerts", "There is nothing here. Paths begin with "
     "/.well-known/est/.\n"),
])  # fmt: skip
def test_C_31_EST_065_a_404_says_what_is_not_there(koshin_server, path, text):
    answer = raw.ask(koshin_server, post(path, b"0", PKCS10)
                     if path[0] != "/" else get(path))  # fmt: skip
    assert (answer.status, answer.text) == (404, text)


@pytest.mark.parametrize("path", [
    "/.well-known/est/%63acerts", "/%2ewell-known/est/cacerts",
    "/.well-known/est/p%65rson/cacerts", "/.well-known/est/cacerts?a=b",
    "/.well-known/est/cacerts?/../..", "/.well-known/est/cacerts?",
])  # fmt: skip
def test_EST_065_escapes_are_decoded_once_and_queries_ignored(
    koshin_server, path
):
    assert raw.ask(koshin_server, get(path)).status == 200


def test_EST_042_a_long_target_is_414(koshin_server):
    assert raw.ask(koshin_server, get("x" * 3000)).status == 414


def test_EST_041_the_host_is_said_once(koshin_server):
    for hosts in ("", "Host: a\r\nHost: a\r\n", "Host: a/b\r\n"):
        with raw.Connection(koshin_server) as c:
            answer = c.ask(
                f"GET {raw.PREFIX}/cacerts HTTP/1.1\r\n{hosts}\r\n".encode()
            )
        assert answer.status == 400


@pytest.mark.parametrize("label", [
    "cacerts", "simpleenroll", "csrattrs", "crls", "tamp", "return", "a b",
    "a/b", "", ".", "..", "a%20", "x" * 65, "ö",
])  # fmt: skip
def test_EST_064_EST_292_a_label_that_cannot_be_one_is_refused_at_start(
    koshin_server, label
):
    def change(settings):
        settings["profiles"] = [{"name": "person"}, {"name": label}]

    instance = koshin_server.copied(change)
    done = instance.run("check-config", check=False)
    assert done.returncode == 1
    assert "profiles[1].name" in done.stderr


@pytest.mark.parametrize("label", ["A-z_0.9~", "x" * 64])
def test_EST_064_what_a_label_may_be(koshin_server, label):
    def change(settings):
        settings["profiles"] = [{"name": "person"}, {"name": label}]

    done = koshin_server.copied(change).run("check-config", check=False)
    assert done.returncode == 0, done.stderr


def test_EST_068_the_alias_is_a_setting(koshin_server):
    def change(settings):
        settings["est"]["path_alias"] = True

    with koshin_server.twin(change) as twin:
        for path, status in {
            "/person/.well-known/est/cacerts": 200,
            "/.well-known/est/cacerts": 200,
            "/.well-known/est/person/cacerts": 200,
            "/nobody/.well-known/est/cacerts": 404,
            "/person/.well-known/est/person/cacerts": 404,
            "/.well-known/.well-known/est/cacerts": 404,
        }.items():
            assert raw.ask(twin, get(path)).status == status, path
