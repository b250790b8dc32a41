"""`SweepResults`: collects the results of all sweeps of a session, and shows and writes them."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_acr.plugin.options import SWEEP_BASELINE, SWEEP_BASELINE_UPDATE, SWEEP_JSON, value_of
from pytest_acr.plugin.output_files import write_json

if TYPE_CHECKING:
    from pytest_acr.sweeping.report import SweepReport

RESULT: Final = "acr_sweep"
"""The attribute of a report with the result of a sweep, as JSON values: `report` or `reason`."""

_ROW: Final = re.compile(r"(\S+)(  [.fB?\- ]+)")
"""A row of a table of letters."""


class SweepResults:
    """A plugin of the process that reports: not of a worker of pytest-xdist."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._results: dict[str, Mapping[str, Any]] = {}  # Any: JSON
        """By the id of the test."""
        self._problem = ""
        """Why a file was not written."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the result of a sweep."""
        result = getattr(report, RESULT, None)
        if result is not None:
            self._results[report.nodeid] = result

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:  # Any: it has no types
        """Write the table of each sweep, and which tests were not swept."""
        if not self._results and not self._problem:
            return

        terminalreporter.section("acr sweep")
        if self._problem:
            terminalreporter.write_line(self._problem)
        for test, result in self._results.items():
            _write_result(terminalreporter, test, result)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the files. One that cannot be written fails the run."""
        try:
            self._write_files()
        except (pytest.UsageError, OSError) as error:
            self._problem = f"a file was not written: {error}"
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _write_files(self) -> None:
        reports = self._reports()
        path = value_of(self._config, SWEEP_JSON)
        if path is not None:
            write_json(path, {"tests": {test: one.to_json() for test, one in reports.items()}})

        baseline = value_of(self._config, SWEEP_BASELINE)
        if baseline is not None and value_of(self._config, SWEEP_BASELINE_UPDATE):
            from pytest_acr.plugin.sweep_baseline import write_baseline

            write_baseline(baseline, reports)

    def _reports(self) -> "dict[str, SweepReport]":
        from pytest_acr.sweeping.report import SweepReport

        return {
            test: SweepReport.from_json(result["report"])
            for test, result in self._results.items()
            if "report" in result
        }


def _write_result(reporter: Any, test: str, result: Mapping[str, Any]) -> None:  # Any: as above
    if "reason" in result:
        reporter.write_line(f"{test}: not swept, {result['reason']}")
        return

    from pytest_acr.sweeping.report import SweepReport

    report = SweepReport.from_json(result["report"])
    if reporter.verbosity < 0 and not report.broken:
        reporter.write_line(f"{test}: {report.summary}")
        return

    reporter.write_line(test, bold=True)
    for line in report.table().splitlines():
        _write_line(reporter, line)
    reporter.write_line("")


def _write_line(reporter: Any, line: str) -> None:  # Any: as above
    """Write a line of a table, the letters in their colours."""
    from pytest_acr.plugin.sweep_progress import MARKUP

    row = _ROW.fullmatch(line)
    if row is None:
        reporter.write_line(line)
        return

    markup = {outcome.letter: colours for outcome, colours in MARKUP.items()}
    call, letters = row.groups()
    reporter.write(call)
    for letter in letters:
        reporter.write(letter, **markup.get(letter, {}))
    reporter.write_line("")
