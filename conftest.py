"""For the project's own tests: Hypothesis profiles, the fast tier, pytest inside of tests.

The tiers are described in pyproject.toml, at their markers.
"""

import gc
from pathlib import Path

import pytest

from tests.support.effort import register_profiles
from tests.support.tiers import PURE, TESTS, is_fast

pytest_plugins = ["pytester"]

register_profiles()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `-m fast`, do not import the other test modules: it would take longer than the tests."""
    if config.option.markexpr != "fast" or collection_path.parent != TESTS:
        return None
    return collection_path not in PURE or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_fast(item.path) and item.get_closest_marker("exhaustive") is None:
            item.add_marker("fast")


def pytest_collection_finish() -> None:
    """Keep garbage collections short: exclude all that exists once the tests are collected."""
    gc.collect()
    gc.freeze()
