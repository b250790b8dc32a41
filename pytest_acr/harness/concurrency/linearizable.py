"""`check_linearizable`: concurrent requests to a registry, and a search for an order of them.

Each object is searched by itself, since a history is linearizable if it is for each object
(M. Herlihy and J. Wing, "Linearizability", 1990, Locality).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from fake_registry.arguments import check_arguments, names_text
from pytest_acr.harness.concurrency.history import ConcurrentHistory, ObjectKey
from pytest_acr.harness.concurrency.models import SequentialModel
from pytest_acr.harness.concurrency.order_search import search_order
from pytest_acr.harness.concurrency.plan import SUBJECTS, ConcurrencySubject
from pytest_acr.harness.concurrency.run import record_run
from pytest_acr.harness.concurrency.targets import ConcurrentRegistry, new_targets
from pytest_acr.harness.concurrency.unexplained import UnexplainedWindow, find_window
from pytest_acr.harness.messages import TargetFailed

MAX_NODES: Final = 50_000
"""Nodes per object: a second or two. A linearizable history takes about one node per operation."""


@check_arguments
def check_linearizable(
    registry: ConcurrentRegistry,
    *,
    threads: int = 16,
    operations: int = 30,
    subjects: Collection[ConcurrencySubject] = SUBJECTS,
    seed: int = 0,
    repository: str = "linearizable",
    max_nodes: int = MAX_NODES,
) -> None:
    """Raise AssertionError if some answers to concurrent requests have no order that explains them.

    `registry` is a URL, a WSGI app, or a function without parameters: it returns one of them, or a
    new target of the same registry for each thread. Each thread performs `operations` operations,
    which are a function of the seed; their interleaving is not. They use the first of REPOSITORY-0,
    REPOSITORY-1, ... without tags, and remove what they have pushed. The search for an order ends
    after `max_nodes` nodes per object, with AssertionError as well if it is undecided then.

    Raises ValueError for a number below 1 and an unknown subject, SetupRefused if the registry
    refuses what a check needs, and TargetFailed if it returns no usable responses.
    """
    _check_at_least_one("threads", threads)
    _check_at_least_one("operations", operations)
    unknown = [str(subject) for subject in subjects if subject not in SUBJECTS]
    if unknown or not subjects:
        known = names_text(" ".join(unknown), SUBJECTS)
        raise ValueError(f"expected some of {known} in subjects, found {subjects!r}")

    run = record_run(
        new_targets(registry),
        threads=threads,
        operations=operations,
        subjects=subjects,
        seed=seed,
        repository=repository,
    )
    result = search_history(run.history, run.repository.model_of, max_nodes=max_nodes)
    if not result.ok:
        raise AssertionError(str(result))
    if run.failure is not None:
        raise TargetFailed(run.failure)


def _check_at_least_one(name: str, number: int) -> None:
    if number < 1:
        raise ValueError(f"expected at least 1 for {name}, found {number}")


@dataclass(frozen=True, slots=True)
class LinearizabilityResult:
    """What a search has found. Neither unexplained nor undecided: the history is linearizable."""

    unexplained: tuple[UnexplainedWindow, ...] = ()
    undecided: tuple[ObjectKey, ...] = ()
    """Objects whose search took more nodes than it may."""

    @property
    def ok(self) -> bool:
        """Whether each object has an order that explains all outcomes."""
        return not (self.unexplained or self.undecided)

    def __str__(self) -> str:
        tables = [str(window) for window in self.unexplained]
        undecided = [f"{key}: undecided within the bound of the search" for key in self.undecided]
        return "\n\n".join([*tables, *undecided]) or "linearizable"


def search_history(
    history: ConcurrentHistory,
    model_of: Callable[[ObjectKey], SequentialModel],
    *,
    max_nodes: int = MAX_NODES,
) -> LinearizabilityResult:
    """Search an order for each object of a history, by its model."""
    unexplained: list[UnexplainedWindow] = []
    undecided: list[ObjectKey] = []
    for key in history.objects():
        model, operations = model_of(key), history.operations_on(key)
        found = search_order(operations, model, [model.start], max_nodes)
        if found.verdict == "explained":
            continue

        window = find_window(operations, model, found.stuck_at)
        if window is not None:
            unexplained.append(UnexplainedWindow(key, model.section, window))
        elif found.verdict == "unexplained":
            unexplained.append(UnexplainedWindow(key, model.section, operations))
        else:
            undecided.append(key)
    return LinearizabilityResult(tuple(unexplained), tuple(undecided))
