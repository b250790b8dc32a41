"""`--acr-budgets FILE`: counts the requests of each test, and fails those that exceed their budget.

This module is imported for a run with the option alone. The end of the run, with its summary and
the update of the file, is in `budget_summary`.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from pytest_acr.budgets.budgets import SuiteBudgets
from pytest_acr.budgets.counting import RegistryCounter
from pytest_acr.plugin.budget_options import BudgetOptions, budget_options_of
from pytest_acr.plugin.budget_summary import BudgetSummary, LiveRunNotice, note_numbers, send_absent
from pytest_acr.plugin.budget_tests import CollectedTests, node_id_of
from pytest_acr.plugin.options import BUDGETS_UPDATE, LIVE_ENDPOINT, value_of
from pytest_acr.plugin.uncounted import SUSPEND


def register_budgets(config: pytest.Config) -> None:
    """Register the hooks of a run with budgets.

    UsageError for an update without a file, and for one against a live registry.
    """
    options = budget_options_of(config)
    if options is None:
        return

    endpoint = value_of(config, LIVE_ENDPOINT)
    if endpoint is not None:
        _refuse_update(options, endpoint)
        config.pluginmanager.register(LiveRunNotice(endpoint))
        return

    collected = CollectedTests()
    check = BudgetCheck(options, collected)
    config.stash[SUSPEND] = check.suspend
    for plugin in (collected, check):
        config.pluginmanager.register(plugin)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(BudgetSummary(options, collected))


def _refuse_update(options: BudgetOptions, endpoint: str) -> None:
    if options.updates:
        expected = f"expected no {LIVE_ENDPOINT.flag} with it, found {endpoint}"
        reason = "requests to a live registry are not recorded"
        raise pytest.UsageError(f"{BUDGETS_UPDATE.flag}: {expected}: {reason}")


class BudgetCheck:
    """A plugin that compares the requests of each test with its budget.

    A test is compared after its body, so that it is reported as a failed test, and once more after
    the teardown of its fixtures. Fixtures of a wider scope belong to no test: which test sets them
    up depends on the order.
    """

    def __init__(self, options: BudgetOptions, collected: CollectedTests) -> None:
        self._options = options
        self._collected = collected
        self._budgets = SuiteBudgets()
        self._counter = RegistryCounter()
        self._has_passed = False
        """Whether the body of the running test has passed, and met its budget."""
        self._is_suspended = False

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """Count and compare nothing in the block."""
        outermost = not self._is_suspended
        self._is_suspended = True
        self._counter.pause(self)
        try:
            yield
        finally:
            if outermost:
                self._is_suspended = False
                self._counter.resume(self)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Read the file. UsageError if that fails."""
        self._budgets = self._options.read()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send what the controller of pytest-xdist cannot know: it collects no tests."""
        send_absent(session.config, self._collected.absent(self._budgets.tests))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None, None, None]:
        """Count from the setup of a test."""
        if not self._is_suspended:
            self._has_passed = False
            self._counter.start()
        yield

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Compare a test that passes otherwise."""
        yield
        self._compare(item)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """Compare a test again, with the requests of its fixtures' teardown."""
        try:
            yield
        finally:
            if not self._is_suspended:
                self._counter.stop()

        if self._has_passed:
            self._compare(item)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self,
        item: pytest.Item,
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the numbers to the last report of a test whose body has passed."""
        report = yield
        if self._is_suspended:
            return report

        if report.when == "call":
            self._has_passed = report.passed and not _may_fail(item)
        elif report.when == "teardown" and self._has_passed:
            note_numbers(report, node_id_of(item), self._counter.numbers())
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(
        self,
        fixturedef: pytest.FixtureDef[object],
    ) -> Generator[None, object, object]:
        """Count no request of a fixture with a wider scope than a test."""
        if fixturedef.scope == "function":
            return (yield)

        # the finalizers of the fixture itself come between these two, the last one first
        fixturedef.addfinalizer(lambda: self._counter.resume(fixturedef))
        self._counter.pause(fixturedef)
        try:
            return (yield)
        finally:
            self._counter.resume(fixturedef)
            fixturedef.addfinalizer(lambda: self._counter.pause(fixturedef))

    def _compare(self, item: pytest.Item) -> None:
        """Fail the test if it exceeds its budget, or has none and needs one."""
        if self._is_suspended or self._options.updates or _may_fail(item):
            return

        problem = self._problem_of(node_id_of(item))
        if problem:
            command = self._options.command(node_id_of(item))
            pytest.fail(f"{problem}\n{self._counter}\naccept it with: {command}", pytrace=False)

    def _problem_of(self, node_id: str) -> str:
        numbers = self._counter.numbers()
        if node_id not in self._budgets.tests:
            return self._missing_text(numbers["requests"])

        exceeded = self._budgets.exceeded_by(node_id, numbers)
        if not exceeded:
            return ""

        lines = "\n".join([f"  {number}" for number in exceeded])
        tolerance = f"{(100 * self._budgets.tolerance).normalize():f} %"
        file = self._options.shown
        return f"more than the budget of this test in {file} (tolerance {tolerance}):\n{lines}\nin:"

    def _missing_text(self, requests: int) -> str:
        if requests == 0:
            return ""
        return f"this test has no budget in {self._options.shown}; it sent:"


def _may_fail(item: pytest.Item) -> bool:
    """Return whether a failure of a test may be expected: a budget would be a reason to fail."""
    return item.get_closest_marker("xfail") is not None
