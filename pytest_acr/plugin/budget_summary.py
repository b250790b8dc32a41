"""The end of a run with budgets: the numbers of all tests, the update of the file, the summary.

In a run with pytest-xdist it is in the controller. Numbers come with the reports of the tests.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

import pytest

from fake_registry.spec.words import count_text
from pytest_acr.budgets.budget_file import write_budgets
from pytest_acr.budgets.budgets import BudgetNumbers, SuiteBudgets
from pytest_acr.budgets.update import BudgetChanges, update
from pytest_acr.plugin.budget_options import BudgetOptions
from pytest_acr.plugin.budget_tests import CollectedTests, file_of

_TITLE: Final = "acr budgets"

_NUMBERS: Final = "acr_budget_numbers"
"""The attribute of a test's last report: its node id, and its numbers."""

_ABSENT: Final = "acr_budget_absent"
"""The key of the tests that no longer exist, in the output of a worker."""

_SELECTIONS: Final = ("keyword", "markexpr", "lf")
"""Options of pytest that select tests."""

_WRITTEN_AFTER: Final = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


def note_numbers(report: pytest.TestReport, node_id: str, numbers: BudgetNumbers) -> None:
    """Add the numbers of a test to its report, for the process that has the summary."""
    setattr(report, _NUMBERS, (node_id, dict(numbers)))


def send_absent(config: pytest.Config, node_ids: list[str]) -> None:
    """Send the tests that no longer exist to the controller, if this is a worker."""
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[_ABSENT] = node_ids


class LiveRunNotice:
    """A plugin that says why a run against a live registry compares nothing."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Write the reason."""
        reason = f"the run was against {self._endpoint}, whose requests are not recorded"
        terminalreporter.section(_TITLE)
        terminalreporter.line(f"no test was compared: {reason}")


class BudgetSummary:
    """A plugin that gathers the numbers of all tests, and writes or compares them at the end."""

    def __init__(self, options: BudgetOptions, collected: CollectedTests) -> None:
        self._options = options
        self._collected = collected
        self._counted: dict[str, tuple[str, BudgetNumbers]] = {}
        """The node id and the numbers of each test that has passed, by the node id of its report,
        which pytest-xdist may have changed."""
        self._failed: set[str] = set()
        self._absent_in_workers: list[set[str]] = []
        self._lines: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the numbers in a report. A test that ran more often has the highest of each."""
        if report.failed:
            self._failed.add(report.nodeid)

        node_id, numbers = getattr(report, _NUMBERS, ("", {}))
        if numbers:
            _, earlier = self._counted.get(report.nodeid, ("", {}))
            highest = {name: max(number, earlier.get(name, 0)) for name, number in numbers.items()}
            self._counted[report.nodeid] = (node_id, highest)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # Any: pytest-xdist is not required
        """Note the output of a worker that has ended; one that crashed has none."""
        output = getattr(node, "workeroutput", {})
        if _ABSENT in output:
            self._absent_in_workers.append(set(output[_ABSENT]))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the file, or compare with it. A file that cannot be written fails the run."""
        if not self._options.updates:
            self._lines = self._comparison(session.config)
            return

        try:
            self._lines = self._update(session)
        except (pytest.UsageError, OSError) as error:
            self._lines = [f"no budget was written: {error}"]
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Write the summary, if there is anything to report."""
        if self._lines:
            terminalreporter.section(_TITLE)
            for line in self._lines:
                terminalreporter.line(line)

    def _comparison(self, config: pytest.Config) -> list[str]:
        """Return the lines about budgets that an update would lower or remove."""
        budgets = self._options.read()
        lower = [one for one, numbers in self._passed.items() if budgets.can_lower(one, numbers)]
        lines = []
        if lower:
            budgets_text = count_text(len(lower), "budget")
            lines.append(f"{budgets_text} can be lowered: {self._options.command()}")

        gone = self._gone(budgets, config)
        if gone:
            lines += _list_of("tests that no longer exist, whose budgets an update removes", gone)
        return lines

    def _update(self, session: pytest.Session) -> list[str]:
        """Write the file if a budget changes, and return the lines about its changes."""
        if session.exitstatus not in _WRITTEN_AFTER:
            return ["no budget was written: the run did not come to its end"]

        before = self._options.read()  # once more: it may have been edited meanwhile
        after, changes = update(before, self._passed, self._gone(before, session.config))
        if changes or not self._options.path.exists():
            write_budgets(self._options.path, after)
        return [*_change_lines(self._options.shown, after, changes), *self._failed_lines()]

    @property
    def _passed(self) -> dict[str, BudgetNumbers]:
        """The numbers of the tests that have passed, by node id."""
        passed = self._counted.keys() - self._failed
        return dict(self._counted[reported] for reported in passed)

    def _failed_lines(self) -> Iterator[str]:
        if self._failed:
            tests = count_text(len(self._failed), "test")
            yield f"the budgets of {tests} that failed are as they were"

    def _gone(self, budgets: SuiteBudgets, config: pytest.Config) -> list[str]:
        """Return the tests with a budget that no longer exist, as far as this run shows it."""
        absent = set(self._collected.absent(budgets.tests))
        if self._absent_in_workers:
            absent = set.intersection(*self._absent_in_workers)
        if _runs_whole_suite(config):
            absent |= _without_file(budgets, config)
        return sorted(absent)


def _runs_whole_suite(config: pytest.Config) -> bool:
    is_selected = any(config.getoption(name, None) for name in _SELECTIONS)
    return config.args_source is not pytest.Config.ArgsSource.ARGS and not is_selected


def _without_file(budgets: SuiteBudgets, config: pytest.Config) -> set[str]:
    root = config.rootpath
    return {node_id for node_id in budgets.tests if not (root / file_of(node_id)).exists()}


def _change_lines(file: str, after: SuiteBudgets, changes: BudgetChanges) -> list[str]:
    removed = len(changes.unused) + len(changes.gone)
    kept = len(after.tests) - len(changes.added) - len(changes.changed)
    counts = f"{len(changes.added)} added, {len(changes.changed)} changed, {removed} removed, {kept} as before"
    return [
        f"{file}: {counts}",
        *_list_of("removed, because they send no request any more", changes.unused),
        *_list_of("removed, because they no longer exist", changes.gone),
    ]


def _list_of(title: str, node_ids: Collection[str]) -> list[str]:
    return [f"{title}:", *[f"  {node_id}" for node_id in node_ids]] if node_ids else []
