"""The file with the budgets, and whether the run compares with it or writes it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from pytest_acr.budgets.budget_file import read_budgets
from pytest_acr.budgets.budgets import SuiteBudgets
from pytest_acr.plugin.commands import argument_of_test, path_text, quote
from pytest_acr.plugin.options import BUDGETS, BUDGETS_UPDATE, value_of
from pytest_acr.plugin.output_files import check_output_file

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
    config: pytest.Config

    @property
    def shown(self) -> str:
        """The path as messages have it."""
        return path_text(self.config, self.path)

    def command(self, node_id: str = "") -> str:
        """Return the command that writes the budgets, of one test if it is given."""
        test = f" {argument_of_test(self.config, node_id)}" if node_id else ""
        return f"pytest{test} {BUDGETS.flag} {quote(self.shown)} {BUDGETS_UPDATE.flag}"

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

        check_output_file(self.config, BUDGETS, self.path)
        return SuiteBudgets()


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

    return BudgetOptions(path=path, updates=updates, config=config)
