"""strict - a test that did not run has not passed. Skips and expected
failures become failures: a program that is missing is to be installed
(deploy/deps), a test that cannot pass is to be mended. Ends with the line that
tests/run-server.sh counts."""

import pytest


def refuse(report):
    reason = getattr(report, "wasxfail", None)
    if reason is None:
        # (file, line, "Skipped: reason")
        where = report.longrepr
        reason = where[2] if isinstance(where, tuple) else str(where)
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid} did not run: {reason}"
    if hasattr(report, "wasxfail"):
        del report.wasxfail


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport():
    outcome = yield
    report = outcome.get_result()
    if report.skipped or hasattr(report, "wasxfail"):
        refuse(report)


# A whole file that skips itself, for want of a module say.
@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report():
    outcome = yield
    report = outcome.get_result()
    if report.outcome == "skipped":
        refuse(report)


@pytest.hookimpl(hookwrapper=True)
def pytest_terminal_summary(terminalreporter):
    yield
    stats = terminalreporter.stats
    passed = len(stats.get("passed", []))
    failed = len(stats.get("failed", [])) + len(stats.get("error", []))
    terminalreporter.write_line(f"{passed} passed, {failed} failed")
