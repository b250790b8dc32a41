"""`update`: the budgets after a run, and what changes with it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from pytest_acr.budgets.budgets import BudgetNumbers, SuiteBudgets


@dataclass(frozen=True, kw_only=True)
class BudgetChanges:
    """The tests whose budgets an update changes, by node id."""

    added: Collection[str]
    changed: Collection[str]
    unused: Collection[str]
    """Tests that send no request any more. Their budgets are removed."""
    gone: Collection[str]
    """Tests that no longer exist. Their budgets are removed."""

    def __bool__(self) -> bool:
        return any((self.added, self.changed, self.unused, self.gone))


def update(
    budgets: SuiteBudgets,
    counted: Mapping[str, BudgetNumbers],
    gone: Collection[str],
) -> tuple[SuiteBudgets, BudgetChanges]:
    """Return the budgets with the numbers of the tests that passed, and the changes.

    Budgets of other tests stay, apart from those of tests that no longer exist. A test whose budget
    is None keeps it; one that sends no request needs none.
    """
    before = budgets.tests
    exempt = {node_id for node_id, numbers in before.items() if numbers is None}
    used = {node_id: numbers for node_id, numbers in counted.items() if numbers["requests"]}
    written = {node_id: numbers for node_id, numbers in used.items() if node_id not in exempt}

    removed = {*gone, *(counted.keys() - used.keys() - exempt)}
    kept = {node_id: numbers for node_id, numbers in before.items() if node_id not in removed}
    changes = BudgetChanges(
        added=sorted(written.keys() - before.keys()),
        changed=sorted(one for one, numbers in written.items() if numbers != before.get(one, numbers)),
        unused=sorted((removed - set(gone)) & before.keys()),
        gone=sorted(before.keys() & gone),
    )
    return replace(budgets, tests=kept | written), changes
