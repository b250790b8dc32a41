"""The part of a history that no order explains, as small as it can be found, and its table."""

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pytest_acr.harness.concurrency.history import ConcurrentOperation, ObjectKey
from pytest_acr.harness.concurrency.models import SequentialModel
from pytest_acr.harness.concurrency.order_search import search_order

MAX_STATES: Final = 2_000
"""States of a model from which a window may begin."""
MAX_WINDOW_NODES: Final = 20_000
"""Nodes of the search for an order of one window."""

_HEADINGS: Final = ("thread", "operation", "interval", "outcome", "status")

_Operations = tuple[ConcurrentOperation, ...]


@dataclass(frozen=True, slots=True)
class UnexplainedWindow:
    """Operations on one object whose answers no order explains, whatever preceded them."""

    key: ObjectKey
    section: str
    """The section of the document that the answers contradict."""
    operations: _Operations

    def __str__(self) -> str:
        title = f"{self.key}: no order of these operations explains their outcomes ({self.section})"
        return "\n".join([title, *_table([_HEADINGS, *map(_row_of, self.operations)])])


def find_window(
    operations: Sequence[ConcurrentOperation],
    model: SequentialModel,
    stuck_at: int,
) -> _Operations | None:
    """Return a small part of the operations that has no order, whatever preceded it.

    It ends with the answer at `stuck_at`, and begins as late as possible. None: there is no such
    part, or it was not found within the bound of its search.
    """
    known = _until(operations, stuck_at)
    states = _reachable_states(known, model)
    if states is None:
        return None

    window = _Window(known, model, states)
    (culprit,) = [one for one in operations if one.answered == stuck_at]
    times = sorted((one.invoked for one in known if one.invoked <= culprit.invoked), reverse=True)
    start = window.find_start(times)
    if start is None:
        return None

    part = window.without_reads(_since(known, times[start]))
    as_recorded = {one.invoked: one for one in operations}
    return tuple(as_recorded[one.invoked] for one in part)


@dataclass(frozen=True, slots=True)
class _Window:
    """The operations up to an answer, and the states in which a part of them may begin."""

    operations: _Operations
    model: SequentialModel
    states: tuple[Hashable, ...]

    def find_start(self, times: Sequence[int]) -> int | None:
        """Return the index of the first of the descending times from which there is no order."""

        def fails(index: int) -> bool:
            return self._fails(_since(self.operations, times[index]))

        index = next(filter(fails, _indexes_to_try(len(times))), None)
        if index is None:
            return None
        earlier = range(index // 2, index)
        return earlier.start + bisect_left(earlier, x=True, key=fails)

    def _fails(self, operations: _Operations) -> bool:
        found = search_order(operations, self.model, self.states, MAX_WINDOW_NODES)
        return found.verdict == "unexplained"

    def without_reads(self, part: _Operations) -> _Operations:
        """Return the part without reads that are not needed: without all of them, if it can be."""
        last = max(part, key=lambda one: one.answered or -1)
        reads = [one for one in part if one is not last and self.model.only_reads(one)]
        for group in (reads, *([one] for one in reads)):
            rest = tuple(one for one in part if one not in group)
            if rest != part and self._fails(rest):
                part = rest
        return part


def _indexes_to_try(length: int) -> Iterator[int]:
    """Yield 0, 1, 2, 4, ... and the last index of a sequence."""
    yield 0
    index = 1
    while index < length - 1:
        yield index
        index *= 2
    if length > 1:
        yield length - 1


def _until(operations: Sequence[ConcurrentOperation], time: int) -> _Operations:
    """Return the operations that began by a time. Those under way then need not have an effect."""
    begun = (one for one in operations if one.invoked <= time)
    return tuple(one if _is_answered(one, time) else _optional(one) for one in begun)


def _is_answered(operation: ConcurrentOperation, time: int) -> bool:
    return operation.answered is not None and operation.answered <= time


def _since(operations: _Operations, time: int) -> _Operations:
    """Return the operations after a time. Those under way then may have taken effect before."""
    left = (one for one in operations if not _is_answered(one, time))
    return tuple(one if one.invoked >= time else _optional(one) for one in left)


def _optional(operation: ConcurrentOperation) -> ConcurrentOperation:
    """Return an operation that need not be in an order; if it is, it has its outcome."""
    return replace(operation, answered=None)


def _reachable_states(
    operations: _Operations,
    model: SequentialModel,
) -> tuple[Hashable, ...] | None:
    """Return all states that the operations can lead to in any order. None: more than MAX_STATES."""
    writes = [one for one in operations if not model.only_reads(one)]
    different = {(one.name, one.argument, one.observed): one for one in writes}
    found: dict[Hashable, None] = {model.start: None}
    waiting = [model.start]
    while waiting:
        state = waiting.pop()
        for one in different.values():
            new = [after for after in model.states_after(state, one) if after not in found]
            found.update(dict.fromkeys(new))
            waiting += new
        if len(found) > MAX_STATES:
            return None
    return tuple(found)


# the table


def _row_of(operation: ConcurrentOperation) -> tuple[str, ...]:
    answered = "..." if operation.answered is None else str(operation.answered)
    outcome = "answer lost" if operation.observed is None else str(operation.observed)
    statuses = [str(one.response.status) if one.response else "-" for one in operation.exchanges]
    return (
        str(operation.thread),
        str(operation),
        f"{operation.invoked}-{answered}",
        outcome,
        " ".join(statuses),
    )


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines with columns of equal width."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
