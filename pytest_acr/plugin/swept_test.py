"""`SweptTest`: runs a test as pytest does, then its sweep, and logs the reports of both."""

from typing import Any, Final

import pytest
from _pytest.logging import caplog_records_key
from _pytest.runner import call_and_report

from fake_registry import FakeRegistry
from pytest_acr.plugin.options import SWEEP_ONLY, value_of
from pytest_acr.plugin.registry_states import RegistryStates
from pytest_acr.plugin.rerun import ItemRuns, reason_not_to_run_again, sibling_of
from pytest_acr.plugin.sections import attach
from pytest_acr.plugin.stash_keys import FAKES
from pytest_acr.plugin.sweep_options import sweep_options_of
from pytest_acr.plugin.sweep_progress import progress_of
from pytest_acr.plugin.sweep_reports import (
    TITLE,
    fail_for_broken_runs,
    note_reason,
    note_report,
    subtests_of_broken_runs,
)
from pytest_acr.plugin.sweep_verdicts import add_notes, judge_by_baseline
from pytest_acr.plugin.uncounted import uncounted_runs
from pytest_acr.sweeping.good_run import SweepImpossible
from pytest_acr.sweeping.report import SweepReport
from pytest_acr.sweeping.run import run_sweep
from pytest_acr.usage import request_total

_FAILS: Final = "not swept: the test fails without a failure of its requests"
_EXPECTED: Final = "it is expected to fail"


class SweptTest:
    """A test that is swept if it passes: a marked one, or one that sends requests to a registry."""

    def __init__(self, item: pytest.Item, nextitem: pytest.Item | None, *, is_marked: bool) -> None:
        self._item = item
        self._nextitem = nextitem
        self._is_marked = is_marked
        self._failed_before = item.session.testsfailed
        self._states = RegistryStates()
        self._runs = _runs_of(item)

    def run(self) -> None:
        """Run the test and its sweep, and log the reports."""
        _make_request(self._item)
        try:
            call = self._run_setup_and_call()
            if call is not None and self._is_to_be_swept(call):
                self._sweep_and_tear_down(call)
                return

            if call is not None:
                self._log(call)
            self._log(self._last_teardown())
        finally:
            _forget_request(self._item)

    def _run_setup_and_call(self) -> pytest.TestReport | None:
        """Log the report of the setup; return that of the call, None if there is no call."""
        self._states.note_new()
        setup = call_and_report(self._item, "setup")
        self._states.note_new()
        return call_and_report(self._item, "call", log=False) if setup.passed else None

    def _is_to_be_swept(self, call: pytest.TestReport) -> bool:
        """Return whether a sweep follows. If a reader may expect one, the report says why not."""
        is_failed = call.failed or self._item.session.testsfailed > self._failed_before
        if call.skipped and not hasattr(call, "wasxfail"):
            return False
        if not self._is_marked and not self._has_sent_requests():
            return False

        if is_failed:
            attach(call, TITLE, _FAILS)
            return False
        reason = _EXPECTED if hasattr(call, "wasxfail") else reason_not_to_run_again(self._item)
        if reason is not None:
            note_reason(call, reason)
        return reason is None

    def _has_sent_requests(self) -> bool:
        return any(
            isinstance(fake, FakeRegistry) and request_total(fake) > first
            for fake, first in self._item.stash[FAKES].read().items()
        )

    def _sweep_and_tear_down(self, call: pytest.TestReport) -> None:
        """Tear down the fixtures of function scope, sweep, and tear down the others."""
        teardown = call_and_report(self._item, "teardown", log=False, nextitem=sibling_of(self._item))
        _forget_request(self._item)
        if teardown.passed:
            self._sweep(call)
        self._log(call)

        self._item.stash.setdefault(caplog_records_key, {})  # each teardown removes it
        last = self._last_teardown()
        if teardown.failed:
            self._log(teardown)
        if teardown.passed or last.failed:
            self._log(last)

    def _sweep(self, call: pytest.TestReport) -> None:
        """Sweep the test; change the report of its call accordingly, and log the broken runs."""
        try:
            report = self._report_of_sweep()
        except SweepImpossible as error:
            self._note_impossible(call, str(error))
            return

        note_report(self._item, call, report)
        subtests = subtests_of_broken_runs(self._item, call, report)
        for subtest in subtests:
            self._log(subtest)
        fail_for_broken_runs(self._item, call, report, lists_all=not subtests)

    def _note_impossible(self, call: pytest.TestReport, reason: str) -> None:
        """Fail a test whose sweep was requested by name; of others, note why there was none.

        A suite may well have tests with random content, which `--acr-sweep` cannot sweep.
        """
        if self._is_marked or value_of(self._item.config, SWEEP_ONLY) is not None:
            call.outcome, call.longrepr = "failed", f"the test cannot be swept: {reason}"
        else:
            note_reason(call, reason)

    def _report_of_sweep(self) -> SweepReport:
        item, runs = self._item, self._runs
        assert runs is not None  # as `reason_not_to_run_again` says
        _end_time_limit(item)
        with uncounted_runs(item.config), self._states.restore_meanwhile():
            report = run_sweep(runs, sweep_options_of(item), on_run=progress_of(item.config))
        return add_notes(runs.item, judge_by_baseline(item, report))

    def _log(self, report: pytest.TestReport) -> None:
        self._item.ihook.pytest_runtest_logreport(report=report)

    def _last_teardown(self) -> pytest.TestReport:
        session = self._item.session
        is_ending = session.shouldfail or session.shouldstop
        nextitem = None if is_ending else self._nextitem
        return call_and_report(self._item, "teardown", log=False, nextitem=nextitem)


def _runs_of(item: pytest.Item) -> ItemRuns | None:
    """Return the runs of an item, None if it cannot be run again."""
    shows_failure = value_of(item.config, SWEEP_ONLY) is not None
    return ItemRuns(item, shows_failure=shows_failure) if isinstance(item, pytest.Function) else None


def _end_time_limit(item: pytest.Item) -> None:
    """End the limit that pytest-timeout has set to a test: it would strike one of the runs, and
    each of these has a limit of its own."""
    cancel = getattr(item.ihook, "pytest_timeout_cancel_timer", None)
    if cancel is not None:
        cancel(item=item)


def _make_request(item: Any) -> None:  # Any: attributes of pytest that have no types
    """Let the item request fixtures, also if it was run before, as pytest does."""
    if hasattr(item, "_request") and not item._request:  # noqa: SLF001
        item._initrequest()  # noqa: SLF001


def _forget_request(item: Any) -> None:  # Any: as above
    """Remove the values of the fixtures from the item, as pytest does."""
    if hasattr(item, "_request"):
        item._request = False  # noqa: SLF001
        item.funcargs = {}
