"""What holds each answer against portal/openapi.yaml notices what is not as it
stands there, and which answers nobody has got."""

import json
import types

import pytest

from koshin_tests import browser as browsers
from koshin_tests import description, every_answer, overheard
from koshin_tests.description import API, JSON, MEMBERS, PORTAL, PROBLEM
from koshin_tests.patience import until
from koshin_tests.place import ROOT
from koshin_tests.portal import opened

NOTHING = b'{"at": "nothing"}'


def problem(status, code="not_found"):
    return json.dumps({"status": status, "code": code, "detail": "x"}).encode()


@pytest.fixture(autouse=True)
def seen(monkeypatch):
    """Nobody has got these answers."""
    found = set()
    monkeypatch.setattr(description, "SEEN", found)
    return found


@pytest.mark.parametrize("answer", [
    (PORTAL, "GET", "/session", 200, JSON, NOTHING),
    (PORTAL, "GET", "/session?x=1", 503, PROBLEM, problem(503)),
    (PORTAL, "GET", "/session", 413, PROBLEM, problem(413)),
    (PORTAL, "PUT", "/session", 405, PROBLEM, problem(405)),
    (PORTAL, "GET", "/nothing", 404, PROBLEM, problem(404)),
    (PORTAL, "GET", "/member", 404, PROBLEM, problem(404)),
], ids=lambda a: " ".join(map(str, a[1:4])))  # fmt: skip
def test_what_stands_there_passes(answer):
    area, method, path, *rest = answer
    description.see(area, method, f"{API}{path}", *rest)


@pytest.mark.parametrize("answer, said", [
    ((PORTAL, "GET", "/session", 500, PROBLEM, problem(500)), "lacks"),
    ((PORTAL, "GET", "/session", 404, PROBLEM, problem(404)), "lacks"),
    ((PORTAL, "GET", "/session", 200, PROBLEM, NOTHING), "of the type"),
    ((PORTAL, "GET", "/session", 200, JSON, b'{"at": "odd"}'), "odd"),
    ((PORTAL, "GET", "/session", 503, PROBLEM, problem(500)), "500"),
    ((PORTAL, "GET", "/session", 503, PROBLEM, problem(503, "odd")), "odd"),
    ((PORTAL, "GET", "/member", 200, JSON, NOTHING), "is not in"),
    ((MEMBERS, "PUT", "/member", 200, JSON, NOTHING), "is not in"),
    ((MEMBERS, "GET", "/nothing", 404, PROBLEM, b'{"x": 1}'), "404"),
], ids=str)  # fmt: skip
def test_what_does_not_is_told(seen, answer, said):
    area, method, path, *rest = answer
    with pytest.raises(AssertionError, match=said):
        description.see(area, method, f"{API}{path}", *rest)
    assert seen == set()


def test_each_that_nobody_has_got_is_named():
    everything = description.answers()
    assert every_answer.unseen(everything) == []
    missing = ("POST", "/login", "429")
    assert every_answer.unseen(everything - {missing}) == [
        "portal/openapi.yaml: no test is answered POST /login 429"]  # fmt: skip


@pytest.mark.parametrize("asked, options, whole", [
    ("tests/server/portal", {}, True),
    ("tests/server", {"markexpr": "not alone"}, True),
    ("tests/server", {"markexpr": "alone"}, False),
    ("tests/server/portal", {"keyword": "desk"}, False),
    ("tests/server/portal", {"deselect": ["x"]}, False),
    ("tests/server/portal/test_desk.py", {}, False),
    ("tests/server/est", {}, False),
], ids=str)  # fmt: skip
def test_it_is_asked_of_whole_runs_alone(asked, options, whole):
    config = types.SimpleNamespace(
        args=[asked],
        invocation_params=types.SimpleNamespace(dir=ROOT),
        option=types.SimpleNamespace(**{"markexpr": "", **options}),
    )
    assert every_answer.is_whole(config) == whole


def test_what_a_page_is_answered_is_heard(module_server, tmp_path, seen):
    server = module_server(change=opened).start()
    with browsers.Browser(tmp_path / "home", [server.root]) as browser:
        browser.open(f"https://localhost:{server.portal_port}/issue#code")
        browser.wait("#user")
        browser.run("await fetch('/api/v1/session', { method: 'DELETE' })")

        def heard():
            browsers.listen()
            return {one[0] for one in seen} == {"GET", "DELETE"}

        until(heard, lambda: str(seen))
    assert description.take_faults() == []


def test_a_fault_in_what_a_page_is_answered_is_told():
    told = json.dumps(["GET", f"https://localhost:1{API}/session", 200,
                       JSON, '{"at": "odd"}'])  # fmt: skip
    line = json.dumps(overheard.MARK + told)
    assert overheard.heard(f"console-api 1:2 {line}")
    (fault,) = description.take_faults()
    assert "GET /session 200" in fault and "odd" in fault
    assert not overheard.heard('console-api 1:2 "another"')
