"""Searches an order of concurrent operations that one client at a time could have observed.

The search is that of J. Wing and C. Gong, "Testing and Verifying Concurrent Objects" (1993), with
the memory of G. Lowe, "Testing for linearizability" (2017): a pair of the operations that are in
order so far and the state after them is visited once.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pytest_acr.harness.concurrency.history import ConcurrentOperation
from pytest_acr.harness.concurrency.models import SequentialModel


@dataclass(frozen=True, slots=True)
class OrderSearch:
    """What a search for an order has found."""

    verdict: Literal["explained", "unexplained", "undecided"]
    """Undecided: the search has visited as many nodes as it may."""
    stuck_at: int = -1
    """The latest time such that some order explains all answers before it, but not the one at it."""


def search_order(
    operations: Sequence[ConcurrentOperation],
    model: SequentialModel,
    starts: Iterable[Hashable],
    max_nodes: int,
) -> OrderSearch:
    """Search an order that explains all answers, beginning in one of the states `starts`.

    Operations are given in the order of their invocations. One that was not answered need not be in
    the order.
    """
    steps = _Steps(operations, model)
    visited = _Visited()
    waiting = [_Node(0, 0, state, 0) for state in starts]
    stuck_at = -1
    while waiting:
        node = waiting.pop()
        if not visited.add(node):
            continue
        if visited.count > max_nodes:
            return OrderSearch("undecided", stuck_at)

        candidates, earliest_answer = steps.candidates(node)
        if earliest_answer is None:
            return OrderSearch("explained")
        stuck_at = max(stuck_at, earliest_answer)
        waiting += steps.nodes_after(node, candidates, earliest_answer)
    return OrderSearch("unexplained", stuck_at)


class _Node(NamedTuple):
    """The operations in order so far, and the state after them.

    In order are those before `first`, and those whose bit in `mask` is set, counted from `first`;
    and of the operations without an answer, those whose bit in `lost` is set.
    """

    first: int
    mask: int
    state: Hashable
    lost: int


class _Visited:
    """The nodes visited so far."""

    def __init__(self) -> None:
        self.count = 0
        self._lost: dict[tuple[int, int, Hashable], list[int]] = {}

    def add(self, node: _Node) -> bool:
        """Add a node; return whether it may lead to an order to which no earlier one leads.

        It does not if an earlier one differs in nothing but fewer operations without an answer.
        """
        lost = self._lost.setdefault(node[:3], [])
        if any(earlier & ~node.lost == 0 for earlier in lost):
            return False
        lost.append(node.lost)
        self.count += 1
        return True


class _Steps:
    """The steps from a node: which operations may be next, and the nodes after them."""

    def __init__(self, operations: Sequence[ConcurrentOperation], model: SequentialModel) -> None:
        answered = [one for one in operations if one.answered is not None]
        self._lost_from = len(answered)
        self._operations = [*answered, *(one for one in operations if one.answered is None)]
        self._model = model
        self._reads = [model.only_reads(one) for one in answered]
        self._states_after: dict[tuple[int, Hashable], list[Hashable]] = {}

    def candidates(self, node: _Node) -> tuple[list[int], int | None]:
        """Return the operations that may be next, and the earliest answer not yet explained.

        An operation may be next if it was invoked before that answer.
        """
        found: list[int] = []
        earliest: int | None = None
        for index in range(node.first, self._lost_from):
            if node.mask >> (index - node.first) & 1:
                continue

            operation = self._operations[index]
            if earliest is not None and operation.invoked > earliest:
                break
            found.append(index)
            answered = operation.answered
            if answered is not None and (earliest is None or answered < earliest):
                earliest = answered
        return found, earliest

    def nodes_after(self, node: _Node, candidates: Sequence[int], earliest: int) -> list[_Node]:
        """Return the nodes to visit next; the last one is the most promising.

        A read that the state explains can be next: no other operation depends on it. That does not
        hold for a write that leaves the state as it is: it may change a later one.
        """
        after = {index: self._states(index, node.state) for index in candidates}
        for index, states in after.items():
            if states and self._reads[index]:
                return [_with_answered(node, index, node.state)]

        nodes = list(self._nodes_after_lost(node, earliest))
        for index in sorted(candidates, key=lambda one: -(self._operations[one].answered or 0)):
            nodes += [_with_answered(node, index, state) for state in after[index]]
        return nodes

    def _nodes_after_lost(self, node: _Node, earliest: int) -> Iterator[_Node]:
        """Yield the nodes after an operation without an answer that changes the state."""
        for number, operation in enumerate(self._operations[self._lost_from :]):
            if operation.invoked > earliest:
                return
            if not node.lost >> number & 1:
                states = self._states(self._lost_from + number, node.state)
                changed = [state for state in states if state != node.state]
                lost = node.lost | 1 << number
                yield from (node._replace(state=state, lost=lost) for state in changed)

    def _states(self, index: int, state: Hashable) -> list[Hashable]:
        key = (index, state)
        found = self._states_after.get(key)
        if found is None:
            found = self._model.states_after(state, self._operations[index])
            self._states_after[key] = found
        return found


def _with_answered(node: _Node, index: int, state: Hashable) -> _Node:
    """Return the node after an operation that was answered."""
    first, mask = node.first, node.mask | 1 << (index - node.first)
    while mask & 1:
        first, mask = first + 1, mask >> 1
    return _Node(first, mask, state, node.lost)
