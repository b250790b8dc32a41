"""A plugin of pytest that plants the bug named in PLANTED_BUG: `-p tests.support.planted.plugin`."""

import os
from typing import Final

import pytest

from tests.support.planted.rows import PLANTED

VARIABLE: Final = "PLANTED_BUG"
"""The variable of the environment that names the bug."""


def pytest_configure(config: pytest.Config) -> None:
    """Plant the bug, until the end of the run. UsageError for an unknown name."""
    name = os.environ.get(VARIABLE, "")
    found = [bug for bug in PLANTED if bug.name == name]
    if not found:
        raise pytest.UsageError(f"{VARIABLE}: expected the name of a planted bug, found {name!r}")

    monkeypatch = pytest.MonkeyPatch()
    config.add_cleanup(monkeypatch.undo)
    found[0].plant(monkeypatch)
