"""Runs of tests that do not count for budgets, such as those of a sweep."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Final

import pytest

SUSPEND: Final = pytest.StashKey[Callable[[], AbstractContextManager[None]]]()
"""Suspends the budgets for the time of a block. Absent in a run without budgets."""


def uncounted_runs(config: pytest.Config) -> AbstractContextManager[None]:
    """Run tests once more in the block, without counting their requests or comparing them.

    The numbers of a test that is running around the block stay as they are.
    """
    return config.stash.get(SUSPEND, nullcontext)()
