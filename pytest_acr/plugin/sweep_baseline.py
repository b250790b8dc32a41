"""The file of `--acr-sweep-baseline`: the broken runs of each test that are known and accepted."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_acr.plugin.options import SWEEP_BASELINE, SWEEP_BASELINE_UPDATE, value_of
from pytest_acr.plugin.output_files import write_json

if TYPE_CHECKING:
    from pytest_acr.sweeping.report import SweepReport

Baseline = Mapping[str, frozenset[str]]
"""The ids of broken runs, by the id of their test."""

_KEY: Final = "broken"


def read_baseline(path: Path) -> Baseline:
    """Return what the file lists. UsageError if it cannot be read or has another form."""
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))  # Any: JSON of another program
    except FileNotFoundError:
        remedy = f"{SWEEP_BASELINE_UPDATE.flag} writes it"
        raise pytest.UsageError(f"{SWEEP_BASELINE.flag}: there is no file {path}; {remedy}") from None
    except OSError as error:
        raise pytest.UsageError(f"{SWEEP_BASELINE.flag}: {path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise pytest.UsageError(f"{SWEEP_BASELINE.flag}: {path}: expected JSON: {error}") from None

    tests = document.get(_KEY) if isinstance(document, dict) else None
    if not isinstance(tests, dict) or not all(map(_is_list_of_ids, tests.values())):
        expected = f'{{"{_KEY}": {{"id of a test": ["id of a run", ...]}}}}'
        raise pytest.UsageError(f"{SWEEP_BASELINE.flag}: expected {expected} in {path}")
    return {test: frozenset(ids) for test, ids in tests.items()}


def known_of(item: pytest.Item) -> frozenset[str]:
    """Return the ids that the file of this run lists for a test; none without a file."""
    path = value_of(item.config, SWEEP_BASELINE)
    if path is None or value_of(item.config, SWEEP_BASELINE_UPDATE):
        return frozenset()
    return read_baseline(path).get(item.nodeid, frozenset())


def write_baseline(path: Path, reports: "Mapping[str, SweepReport]") -> None:
    """Write the broken runs of each test. Those of tests that were not swept stay in the file, and
    those that a sweep with fewer effects or within a limit did not try."""
    before = read_baseline(path) if path.exists() else {}
    found = {test: _broken_in(one, before.get(test, frozenset())) for test, one in reports.items()}
    tests = {**before, **found}
    write_json(path, {_KEY: {test: sorted(ids) for test, ids in tests.items() if ids}})


def is_decided_by(report: "SweepReport", case: str) -> bool:
    """Return whether a sweep shows if this run is broken: it was made, or the test has none such."""
    if any(run.case == case for run in report.runs):
        return True

    from pytest_acr.sweeping.outcome import PAIR

    effects = [failure.rpartition(":")[2] for failure in case.split(PAIR)]
    return len(report.runs) == report.possible and set(effects) <= set(report.effects)


def _broken_in(report: "SweepReport", before: frozenset[str]) -> set[str]:
    from pytest_acr.sweeping.outcome import RunOutcome

    broken = {run.case for run in report.runs if run.outcome is RunOutcome.BROKEN}
    return broken | {case for case in before if not is_decided_by(report, case)}


def _is_list_of_ids(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
