"""The file with the budgets, and whether the run compares with it or writes it."""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from pytest_acr.budgets.budget_file import read_budgets
from pytest_acr.budgets.budgets import SuiteBudgets
from pytest_acr.plugin.options import BUDGETS, BUDGETS_UPDATE, value_of

_WITHOUT_TESTS: Final = (
    "collectonly",
    "setuponly",
    "setupplan",
    "showfixtures",
    "show_fixtures_per_test",
    "cacheshow",
)
"""Options of pytest with which it runs no test."""


@dataclass(frozen=True, kw_only=True)
class BudgetOptions:
    """The file with the budgets, and whether the run compares with it or writes it."""

    path: Path
    updates: bool
    root: Path
    """The folder where node ids start."""
    folder: Path
    """The folder where pytest was called."""

    @property
    def shown(self) -> str:
        """The path, from the folder where pytest was called if the file is below it."""
        if self.path.is_relative_to(self.folder):
            return self.path.relative_to(self.folder).as_posix()
        return str(self.path)

    def command(self, node_id: str = "") -> str:
        """Return the command that writes the budgets, of one test if it is given."""
        test = f" {shlex.quote(self._test_argument(node_id))}" if node_id else ""
        return f"pytest{test} {BUDGETS.flag} {shlex.quote(self.shown)} {BUDGETS_UPDATE.flag}"

    def _test_argument(self, node_id: str) -> str:
        """Return a node id with the path from the folder where pytest was called."""
        file, separator, rest = node_id.partition("::")
        path = Path(os.path.relpath(self.root / file, self.folder)).as_posix()
        return f"{path}{separator}{rest}"

    def read(self) -> SuiteBudgets:
        """Return the budgets of the file; none where an update will make the file.

        UsageError if it cannot be read, is malformed, or is absent and not made.
        """
        try:
            return read_budgets(self.path)
        except FileNotFoundError as error:
            if not self.updates:
                found = f"found none at {self.shown}; make it with: {self.command()}"
                raise pytest.UsageError(f"{BUDGETS.flag}: expected a file with budgets, {found}") from error
        except (OSError, ValueError) as error:
            raise pytest.UsageError(f"{BUDGETS.flag}: {self.shown}: {error}") from None

        self._check_folder()
        return SuiteBudgets()

    def _check_folder(self) -> None:
        folder = self.path.parent
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            reason = "expected a file in a folder that can be written"
            raise pytest.UsageError(f"{BUDGETS.flag}: {reason}, found {self.shown}")


def budget_options_of(config: pytest.Config) -> BudgetOptions | None:
    """Return the options; None for a run without budgets, or one that runs no test.

    UsageError for an update without a file.
    """
    path, updates = value_of(config, BUDGETS), value_of(config, BUDGETS_UPDATE)
    if path is None and updates:
        reason = f"expected {BUDGETS.flag} FILE as well, the file to write"
        raise pytest.UsageError(f"{BUDGETS_UPDATE.flag}: {reason}")

    runs_no_test = any(config.getoption(name, None) for name in _WITHOUT_TESTS)
    if path is None or runs_no_test:
        return None

    return BudgetOptions(
        path=path,
        updates=updates,
        root=config.rootpath,
        folder=config.invocation_params.dir,
    )
