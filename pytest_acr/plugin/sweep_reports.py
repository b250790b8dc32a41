"""The reports of a sweep: the failures of its broken runs, and its result as data of a report."""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from fake_registry.spec.words import count_text
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


def reports_of_broken_runs(
    item: pytest.Item, call: pytest.TestReport, report: SweepReport
) -> Iterator[pytest.TestReport]:
    """Yield a report for each broken run, where pytest has subtests. Makes the call a failure.

    Where pytest has none, the failure of the call lists all.
    """
    broken = report.broken
    if not broken:
        return

    subtests = [one for run in broken if (one := _subtest_of(item, call, run)) is not None]
    yield from subtests
    texts = [] if subtests else [text_of_broken_run(item, run) for run in broken]
    call.outcome, call.longrepr = "failed", "\n\n".join([_summary_of(report), *texts])


def text_of_broken_run(item: pytest.Item, run: SweptRun) -> str:
    """Return the reason of a broken run, the command that repeats it, and its failure at length."""
    command = f"pytest {_quote(_id_here(item))} {SWEEP_ONLY.flag} {_quote(run.case)}"
    parts = [str(run), f"  again: {command}", *([f"\n{run.report}"] if run.report else [])]
    return "\n".join(parts)


def _summary_of(report: SweepReport) -> str:
    broken = report.broken
    named = ", ".join(run.case for run in broken[:_MOST_NAMED])
    more = f" and {len(broken) - _MOST_NAMED} more" if len(broken) > _MOST_NAMED else ""
    return f"{count_text(len(broken), 'run')} of its sweep {'is' if len(broken) == 1 else 'are'} broken: {named}{more}"


def _id_here(item: pytest.Item) -> str:
    """Return the id of the test for a command that is run where this one was."""
    _, separator, names = item.nodeid.partition("::")
    file = os.path.relpath(item.path, item.config.invocation_params.dir)
    return f"{Path(file).as_posix()}{separator}{names}"


def _quote(text: str) -> str:
    """Return an argument of a command line, for shells of Unix and of Windows if that is possible."""
    return shlex.quote(text) if any(one in text for one in '"$`\\!') else f'"{text}"'


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
