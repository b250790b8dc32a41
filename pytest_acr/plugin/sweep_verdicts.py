"""The report of a sweep with what pytest knows: runs that are accepted, and fixtures of the test."""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from pytest_acr.plugin.one_example import is_hypothesis_test
from pytest_acr.plugin.options import SWEEP_BASELINE, SWEEP_BASELINE_UPDATE, SWEEP_ONLY, value_of
from pytest_acr.plugin.sweep_baseline import is_decided_by, known_of
from pytest_acr.sweeping.outcome import RunOutcome, SweptRun
from pytest_acr.sweeping.report import SweepReport
from pytest_acr.sweeping.run_failure import is_users_file


def judge_by_baseline(item: pytest.Item, report: SweepReport) -> SweepReport:
    """Return the report with notes on the runs that the file lists and that are not broken now.

    With `--acr-sweep-baseline-update` all broken runs are accepted.
    """
    path = value_of(item.config, SWEEP_BASELINE)
    if path is None or value_of(item.config, SWEEP_ONLY) is not None:
        return report
    if value_of(item.config, SWEEP_BASELINE_UPDATE):
        return replace(report, runs=tuple([_accept(run) for run in report.runs]))

    notes = [
        f"{case} is accepted in {path.name}, and {problem}"
        for case, problem in sorted(_problems_of(known_of(item), report))
    ]
    return replace(report, notes=(*report.notes, *notes))


def _problems_of(known: frozenset[str], report: SweepReport) -> Iterator[tuple[str, str]]:
    """Yield the known cases that this sweep has tried and not found to be broken, and those that
    cannot occur."""
    tried = {run.case: run for run in report.runs}
    for case in known:
        if case in tried and not tried[case].accepted:
            yield case, "is not broken"
        if case not in tried and is_decided_by(report, case):
            yield case, "is no case of this test"


def _accept(run: SweptRun) -> SweptRun:
    return replace(run, accepted=run.outcome is RunOutcome.BROKEN)


def add_notes(item: pytest.Function, report: SweepReport) -> SweepReport:
    """Return the report with what the runs have in common: wider fixtures, one example."""
    notes = [*report.notes]
    names = sorted(_wider_fixtures_of(item))
    if names:
        notes.append(f"all runs share the fixtures of wider scope: {', '.join(names)}")
    if is_hypothesis_test(item):
        notes.append("Hypothesis draws one example: the simplest, the same in each run")
    return replace(report, notes=tuple(notes))


def _wider_fixtures_of(item: pytest.Function) -> Iterator[str]:
    """Yield the names of the fixtures of wider scope, other than those of installed packages."""
    definitions: dict[str, Any] = item._fixtureinfo.name2fixturedefs  # noqa: SLF001
    for name, found in definitions.items():
        definition = found[-1]
        if definition.scope != "function" and _is_of_the_user(definition.func):
            yield name


def _is_of_the_user(function: object) -> bool:
    code = getattr(inspect.unwrap(function), "__code__", None)  # type: ignore[arg-type]
    return code is not None and is_users_file(code.co_filename)
