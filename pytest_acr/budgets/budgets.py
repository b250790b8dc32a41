"""`SuiteBudgets`: the budgets of all tests, and the comparison of one with the numbers of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

NUMBERS: Final = ("requests", "bytes_sent", "bytes_received", "logins")
"""The numbers of a budget, by their names in `ExchangeTally`, in the order of the file."""

BudgetNumbers = Mapping[str, int]
"""The value of each of `NUMBERS`, for one test."""

DEFAULT_TOLERANCE: Final = Decimal("0.1")


@dataclass(frozen=True, kw_only=True)
class ExceededNumber:
    """A number of a test that is higher than its budget allows."""

    name: str
    budget: int
    found: int

    def __str__(self) -> str:
        counts = f"expected at most {self.budget:,}, found {self.found:,}"
        return f"{self.name}: {counts}{self._increase}"

    @property
    def _increase(self) -> str:
        """The increase in per cent; empty for a budget of 0."""
        if self.budget == 0:
            return ""
        return f" (+{100 * (self.found - self.budget) / self.budget:.1f} %)"


@dataclass(frozen=True, kw_only=True)
class SuiteBudgets:
    """The budgets of the tests of a suite."""

    tolerance: Decimal = DEFAULT_TOLERANCE
    """The share of a budget by which a number may differ from it."""
    tests: Mapping[str, BudgetNumbers | None] = field(default_factory=dict)
    """The budget of each test, by node id. None for a test that needs no budget."""

    def exceeded_by(self, node_id: str, numbers: BudgetNumbers) -> list[ExceededNumber]:
        """Return the numbers that exceed the budget of a test by more than the tolerance."""
        return [
            ExceededNumber(name=name, budget=limit, found=numbers[name])
            for name, limit in self._limits_of(node_id).items()
            if numbers[name] - limit > self.tolerance * limit
        ]

    def can_lower(self, node_id: str, numbers: BudgetNumbers) -> bool:
        """Return whether a number is below the budget of a test by more than the tolerance."""
        limits = self._limits_of(node_id)
        return any(limit - numbers[name] > self.tolerance * limit for name, limit in limits.items())

    def _limits_of(self, node_id: str) -> BudgetNumbers:
        """Return the budget of a test; empty for a test that has none."""
        return self.tests.get(node_id) or {}
