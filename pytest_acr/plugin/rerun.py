"""Runs the test of an item again, with fresh fixtures of function scope.

Each run has a copy of the item. Fixtures of wider scope stay set up from run to run.
"""

import copy
import shutil
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

import pytest

from pytest_acr.plugin.one_example import is_hypothesis_test, one_example
from pytest_acr.plugin.stash_keys import FAKES, IS_RERUN
from pytest_acr.sweeping.run_failure import RunFailure, failure_of
from pytest_acr.usage import usage_of_test

Phase = Literal["setup", "call", "teardown"]

_REMADE: Final = ("_obj", "_instance", "_excinfo", "_explicit_tearDown")
"""Attributes that pytest makes when they are missing: a bound method and its instance, and those of
`unittest`."""

_LAST_ERROR: Final = ("last_type", "last_value", "last_traceback", "last_exc")
"""The names in `sys` of the error that a debugger shows."""


def reason_not_to_run_again(item: pytest.Item) -> str | None:
    """Return why a test cannot be run again; None if it can."""
    if isinstance(item, pytest.Function):
        return None
    is_doctest = isinstance(item, pytest.DoctestItem)
    return f"{'a doctest' if is_doctest else f'a {type(item).__name__}'} cannot be run again"


def sibling_of(item: pytest.Item) -> pytest.Item:
    """Return another item with the same parents: as `nextitem` it keeps wider fixtures set up."""
    return copy.copy(item)


class ItemRuns:
    """Runs the test of `item` when it is called; returns the failure, None if the test passed.

    A skip and an expected failure are failures here. With `shows_failure` a failure has a report at
    length, with the requests of the run.
    """

    def __init__(self, item: pytest.Function, *, shows_failure: bool = False) -> None:
        self.item = item
        self._shows_failure = shows_failure
        # those of now, before a run of the item itself adds more
        self._markers = [*item.own_markers]
        self._properties = [*item.user_properties]
        self._class = _class_of_runs(type(item))

    def __call__(self) -> RunFailure | None:
        run = self._new_run()
        try:
            with usage_of_test(self.item.nodeid) as fakes, _without_warnings(), _examples_of(run):
                if self._shows_failure:
                    run.stash[FAKES] = fakes  # the reports of its failures show their requests
                return _run_phases(run, self.item)
        finally:
            _forget(run, self.item)

    def _new_run(self) -> pytest.Function:
        """Return a copy of the item that shares nothing with it that a run changes."""
        item = self.item
        run = copy.copy(item)
        if item.cls is not None:
            for name in _REMADE:
                vars(run).pop(name, None)

        run.stash = pytest.Stash()
        run.stash[IS_RERUN] = True
        run.own_markers = [*self._markers]
        run.user_properties = [*self._properties]
        run._report_sections = []  # noqa: SLF001  as pytest.Item does
        run._initrequest()  # noqa: SLF001  as pytest.Function does
        run.__class__ = self._class
        return run


def _class_of_runs(base: type[pytest.Function]) -> type[pytest.Function]:
    """Return a class of items whose subtests are not reported."""
    make: Any = type(base)  # Any: the metaclass of pytest's items, which has no types
    members = {"ihook": property(_RunHooks), "__module__": base.__module__}
    made: type[pytest.Function] = make(base.__name__, (base,), members)
    return made


class _RunHooks:
    """The hooks of a run, as its subtests call them: their failures are those of the run."""

    def __init__(self, run: pytest.Item) -> None:
        self._hooks: Any = run.session.gethookproxy(run.path)  # Any: pytest's hooks have no types
        self._run = run

    def __getattr__(self, name: str) -> Any:  # Any: as above
        return getattr(self._hooks, name)

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Note the failure of a subtest. The report says that it passed: so it counts nowhere."""
        report = pytest.TestReport.from_item_and_call(item, call)
        failures = self._run.stash.setdefault(_SUBTEST_FAILURES, [])
        if report.failed:
            failures.append(_failure_in(self._run, call, report))

        report.outcome, report.longrepr = "passed", None
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Log nothing."""

    def pytest_exception_interact(self, **_arguments: object) -> None:
        """Start no debugger."""


_SUBTEST_FAILURES: Final = pytest.StashKey[list[RunFailure]]()


def _run_phases(run: pytest.Function, item: pytest.Function) -> RunFailure | None:
    """Run setup, call and teardown; return the first failure."""
    hooks = item.ihook
    failures: list[RunFailure] = []
    folder: object = None
    try:
        failures += _run_phase(run, "setup", lambda: hooks.pytest_runtest_setup(item=run))
        if not failures:
            folder = run.funcargs.get("tmp_path")
            failures += _run_phase(run, "call", lambda: hooks.pytest_runtest_call(item=run))
    finally:
        end = partial(hooks.pytest_runtest_teardown, item=run, nextitem=item)
        failures += _run_phase(run, "teardown", end)
        if isinstance(folder, Path):
            shutil.rmtree(folder, ignore_errors=True)  # a sweep would keep one for each run
    return next(iter(failures), None)


def _run_phase(run: pytest.Function, when: Phase, function: Callable[[], None]) -> Sequence[RunFailure]:
    """Run a phase; return its failures."""
    ending = (pytest.exit.Exception, KeyboardInterrupt)
    call = pytest.CallInfo.from_call(function, when, reraise=ending)
    report = _report_of(run, call, when)

    failures = run.stash.setdefault(_SUBTEST_FAILURES, [])
    run.stash[_SUBTEST_FAILURES] = []
    if not report.passed:
        failures.append(_failure_in(run, call, report))
    call.excinfo = None  # its traceback refers to this frame, and the frame to the call
    return failures


def _report_of(
    run: pytest.Function,
    call: pytest.CallInfo[None],
    when: Phase,
) -> pytest.TestReport:
    """Return the report that pytest and its plugins make of a phase.

    They cannot show an interruption that comes between two lines: its traceback has a frame without
    a line. The report is the error alone then.
    """
    hooks: Any = run.session.gethookproxy(run.path)  # Any: as above
    try:
        report: pytest.TestReport = hooks.pytest_runtest_makereport(item=run, call=call)
    except Exception as problem:  # noqa: BLE001  of whichever plugin
        error = problem if call.excinfo is None else call.excinfo.value
        text = f"{type(error).__name__}: {error}"
        return pytest.TestReport(run.nodeid, run.location, {}, "failed", text, when)
    return report


def _failure_in(run: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> RunFailure:
    """Return a failure that keeps no traceback alive, and none of the frames of the run with it."""
    text = _text_of(report) if FAKES in run.stash else ""
    if call.excinfo is None:  # another plugin has made a failure of it
        return failure_of(AssertionError(report.longreprtext), report=text)

    failure = failure_of(call.excinfo.value, report=text)
    _cut_tracebacks(failure.error)
    return failure


def _text_of(report: pytest.TestReport) -> str:
    """Return the failure and the output of the test, as pytest shows them."""
    sections = [f"{f' {title} ':-^80}\n{content}" for title, content in report.sections]
    return "\n".join([report.longreprtext, *sections])


def _cut_tracebacks(error: BaseException) -> None:
    """Remove the traceback of an error, and those of the errors that have led to it.

    Their frames are cleared: one has the traceback itself, so that only the garbage collector would
    free the registry of the run.
    """
    left: list[BaseException | None] = [error]
    seen: set[int] = set()
    while left:
        one = left.pop()
        if one is None or id(one) in seen:
            continue

        seen.add(id(one))
        traceback.clear_frames(one.__traceback__)
        one.__traceback__ = None
        left += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Drop warnings, which each run repeats. Those that are errors are errors still.

    An object that a run leaves behind is reported when it is collected, which may be in a later
    run: so that report is dropped as well.
    """
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("ignore", pytest.PytestUnraisableExceptionWarning)
        yield


def _examples_of(run: pytest.Function) -> AbstractContextManager[None]:
    return one_example(run) if is_hypothesis_test(run) else nullcontext()


def _forget(run: pytest.Function, item: pytest.Function) -> None:
    """Remove all that the run has made: fixtures of wider scope may keep its item alive."""
    state = run.session._setupstate  # noqa: SLF001  no hook says that an item is set up
    if run in state.stack:  # the run was interrupted between two phases
        state.teardown_exact(item)

    vars(run).clear()
    for name in _LAST_ERROR:
        vars(sys).pop(name, None)
