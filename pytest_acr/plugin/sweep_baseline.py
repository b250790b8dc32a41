"""The file of `--acr-sweep-baseline`: the broken runs of each test that are known and accepted."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from pytest_acr.plugin.options import SWEEP_BASELINE, SWEEP_BASELINE_UPDATE, value_of

Baseline = Mapping[str, frozenset[str]]
"""The ids of broken runs, by the id of their test."""

_KEY: Final = "broken"


def read_baseline(path: Path) -> Baseline:
    """Return what the file lists. UsageError if it cannot be read, or is no such file."""
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))  # Any: JSON of another program
    except FileNotFoundError:
        remedy = f"{SWEEP_BASELINE_UPDATE.flag} writes it"
        raise pytest.UsageError(f"{SWEEP_BASELINE.flag}: there is no file {path}; {remedy}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise pytest.UsageError(f"{SWEEP_BASELINE.flag}: {path} cannot be read: {error}") from None

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


def write_baseline(path: Path, found: Mapping[str, Collection[str]]) -> None:
    """Write the broken runs of each test. Tests that were not swept keep theirs."""
    from fake_registry.atomic_file import replacement_of

    before: Mapping[str, Collection[str]] = read_baseline(path) if path.exists() else {}
    tests = {**before, **found}
    document = {_KEY: {test: sorted(tests[test]) for test in sorted(tests) if tests[test]}}
    with replacement_of(path) as file:
        file.write(f"{json.dumps(document, indent=2)}\n".encode())


def _is_list_of_ids(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
