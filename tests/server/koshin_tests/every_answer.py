"""every_answer - a run of all tests of the portal gets each answer that
portal/openapi.yaml describes: every operation, every status. What stands there
and is never seen is nothing that anybody has tried."""

import pytest

from koshin_tests import portal
from koshin_tests.place import ROOT

# Not seen by any test: (method, path, status), and why.
UNSEEN = {}
WHOLE = (ROOT / "tests" / "server", ROOT / "tests" / "server" / "portal")
METHODS = ("get", "post", "put", "patch", "delete")

_seen = set()
_faults = []


def described():
    """All of them, as portal.SEEN has them."""
    return {
        (method.upper(), path, status)
        for path, operations in portal.DESCRIBED["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
        for status in operation["responses"]
    }


def is_whole(config):
    """Do all tests of the portal run? Not only some of them."""
    asked = {(config.invocation_params.dir / a).resolve() for a in config.args}
    return (
        not asked.isdisjoint(WHOLE)
        and not config.option.keyword
        and config.option.markexpr in ("", "not alone")
    )


def _judge():
    for answer in sorted(described() - _seen - set(UNSEEN)):
        yield "no test is answered " + " ".join(answer)
    for answer in sorted(set(UNSEEN) & _seen):
        yield "a test is answered {} {} {}, too: mend UNSEEN".format(*answer)
    for answer in sorted(set(UNSEEN) - described()):
        yield "UNSEEN has {} {} {}, which is not described".format(*answer)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """A worker of xdist has ended."""
    _seen.update(map(tuple, getattr(node, "workeroutput", {}).get("seen", [])))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    config = session.config
    _seen.update(portal.SEEN)
    if hasattr(config, "workeroutput"):
        config.workeroutput["seen"] = sorted(_seen)
    elif is_whole(config):
        _faults.extend(_judge())
        if _faults:
            session.exitstatus = session.exitstatus or 1


def pytest_terminal_summary(terminalreporter):
    for fault in _faults:
        terminalreporter.write_line(f"FAILED portal/openapi.yaml: {fault}")
