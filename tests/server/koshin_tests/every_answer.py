"""every_answer - each answer of the API that any test gets is one that
portal/openapi.yaml describes, and a run of all tests of the portal gets each
that stands there: every operation, every status. What stands there and is never
seen is nothing that anybody has tried.

Clients in Python hold their answers against it themselves (portal.Browser.ask);
what browsers were answered is heard at the end of each test."""

import sys

import pytest

from koshin_tests import description
from koshin_tests.place import ROOT

WHOLE = (ROOT / "tests" / "server", ROOT / "tests" / "server" / "portal")
# Options of pytest that leave tests out.
CHOOSING = ("keyword", "deselect", "ignore", "ignore_glob", "lf", "stepwise")

_seen = set()
_faults = []


@pytest.fixture(autouse=True)
def answers_are_described():
    yield
    if "koshin_tests.browser" in sys.modules:  # which not all tests need
        sys.modules["koshin_tests.browser"].listen()
    assert description.take_faults() == []


def is_whole(config):
    """Do all tests of the portal run? Not only some of them."""
    asked = {(config.invocation_params.dir / a).resolve() for a in config.args}
    options = vars(config.option)
    return (
        not asked.isdisjoint(WHOLE)
        and not any(options.get(name) for name in CHOOSING)
        and options["markexpr"] in ("", "not alone")
    )


def unseen(seen):
    """A line for each that stands there and is not among these."""
    return [
        f"portal/openapi.yaml: no test is answered {method} {path} {status}"
        for method, path, status in sorted(description.answers() - seen)
    ]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """A worker of xdist has ended."""
    _seen.update(map(tuple, getattr(node, "workeroutput", {}).get("seen", [])))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session, exitstatus):
    config = session.config
    _seen.update(description.SEEN)
    if hasattr(config, "workeroutput"):
        config.workeroutput["seen"] = sorted(_seen)
    elif exitstatus == pytest.ExitCode.OK and is_whole(config):
        _faults.extend(unseen(_seen))
        if _faults:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    if _faults:
        terminalreporter.section("answers that no test has seen")
    for fault in _faults:
        terminalreporter.write_line(fault)
    if _faults:
        terminalreporter.write_line(
            "Each needs a test that gets it; or, where the program never gives"
            " it, it is to go from there.")  # fmt: skip
