"""The reports of a sweep: the failures of its broken runs, and its result as data of a report."""

from collections.abc import Sequence
from typing import Final

import pytest

from fake_registry.spec.words import count_text
from pytest_acr.plugin.commands import argument_of_test, quote
from pytest_acr.plugin.options import SWEEP_ONLY
from pytest_acr.plugin.sweep_results import RESULT
from pytest_acr.sweeping.outcome import SweptRun
from pytest_acr.sweeping.report import SweepReport

TITLE: Final = "acr sweep"

_MOST_NAMED: Final = 3
"""The most broken runs that the failure of the test itself names, if each has a failure of its own."""

_OURS: Final = "acr_"
"""How the attributes begin that this plugin adds to the report of a test, each of which counts once."""


def note_reason(call: pytest.TestReport, reason: str) -> None:
    """Note why a test was not swept. Workers of pytest-xdist send the note with the report."""
    setattr(call, RESULT, {"reason": reason})


def note_report(item: pytest.Item, call: pytest.TestReport, report: SweepReport) -> None:
    """Note the result, and its numbers for JUnit XML. A broken run is a failure of the test."""
    setattr(call, RESULT, {"report": report.to_json()})
    numbers = [
        ("acr_sweep_runs", len(report.runs)),
        ("acr_sweep_survived", len(report.survived)),
        ("acr_sweep_failed_cleanly", len(report.failed_cleanly)),
        ("acr_sweep_broken", len(report.broken)),
    ]
    item.user_properties += numbers  # for the reports that follow
    call.user_properties += numbers


def subtests_of_broken_runs(
    item: pytest.Item,
    call: pytest.TestReport,
    report: SweepReport,
) -> Sequence[pytest.TestReport]:
    """Return a report of a failure for each broken run; none where pytest has no subtests."""
    subtests = [_subtest_of(item, call, run) for run in report.broken]
    return [one for one in subtests if one is not None]


def fail_for_broken_runs(
    item: pytest.Item,
    call: pytest.TestReport,
    report: SweepReport,
    *,
    lists_all: bool,
) -> None:
    """Make the call a failure if a run is broken; with `lists_all`, one that has all of each run."""
    if not report.broken:
        return

    texts = [text_of_broken_run(item, run) for run in report.broken] if lists_all else []
    call.outcome, call.longrepr = "failed", "\n\n".join([_summary_of(report), *texts])


def text_of_broken_run(item: pytest.Item, run: SweptRun) -> str:
    """Return the reason of a broken run, the command that repeats it, and its failure at length."""
    test = argument_of_test(item.config, item.nodeid)
    command = f"pytest {test} {SWEEP_ONLY.flag} {quote(run.case)}"
    parts = [str(run), f"  again: {command}", *([f"\n{run.report}"] if run.report else [])]
    return "\n".join(parts)


def _summary_of(report: SweepReport) -> str:
    broken = report.broken
    named = ", ".join(run.case for run in broken[:_MOST_NAMED])
    left = len(broken) - _MOST_NAMED
    more = f" and {left} more" if left > 0 else ""
    verb = "is" if len(broken) == 1 else "are"
    return f"{count_text(len(broken), 'run')} of its sweep {verb} broken: {named}{more}"


def _subtest_of(item: pytest.Item, call: pytest.TestReport, run: SweptRun) -> pytest.TestReport | None:
    """Return the failure of a broken run as that of a subtest; None where pytest has none."""
    try:
        from _pytest.subtests import SubtestContext, SubtestReport

        context = SubtestContext(msg=run.case, kwargs={})
        report = SubtestReport._new(call, context, captured_output=None, captured_logs=None)  # noqa: SLF001
    except (ImportError, AttributeError, TypeError):  # pytest has no way to make one that is public
        return None

    report.outcome = "failed"
    report.longrepr = text_of_broken_run(item, run)
    report.sections = []
    for name in [name for name in vars(report) if name.startswith(_OURS)]:
        delattr(report, name)
    return report
