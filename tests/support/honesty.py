"""
A pytest plugin: nothing skips, and the last lines say what the tests ran against.

A test that is skipped tells nobody that something is untested, so here it fails.
"""

from collections.abc import Generator

import pytest

from tests.support.versions import noted

REAL_FIXTURES = frozenset(
    {"postgres_server", "redis_server", "chromium", "node", "websocat", "wscat"}
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if REAL_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped:
        _fail(report)
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    terminalreporter.section("ran against")
    for what, version in noted(config).items():
        terminalreporter.write_line(f"{what:<10}  {version}")


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{reason}\nA test that skips tells nobody what is untested: it must fail."
