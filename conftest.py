"""For the project's own tests: Hypothesis profiles, the fast tier, pytest inside of tests.

The tiers are described in pyproject.toml, at their markers.
"""

import gc
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest

from tests.support.drivers import rest_of_products
from tests.support.effort import register_profiles
from tests.support.tiers import PURE, TESTS, is_fast

pytest_plugins = ["pytester"]

register_profiles()

MIDDLE_COLLECTIONS: Final = 5
"""After so many collections of the middle generation everything is collected, and the objects that
remain are excluded from later collections."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `-m fast`, do not import the other test modules: it would take longer than the tests."""
    if config.option.markexpr != "fast" or collection_path.parent != TESTS:
        return None
    return collection_path not in PURE or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_fast(item.path) and item.get_closest_marker("exhaustive") is None:
            item.add_marker("fast")

    for item in rest_of_products(items):
        item.add_marker("exhaustive")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect the tests without garbage collections, and exclude what exists then from later ones."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_runtest_logfinish() -> None:
    """Keep garbage collections short: pytest keeps the reports of each test, and 15,000 tests leave
    a million objects."""
    if gc.get_count()[2] >= MIDDLE_COLLECTIONS:
        gc.collect()
        gc.freeze()
