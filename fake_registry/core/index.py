"""Sorted indexes: the cost of a page depends on the size of the page, not of the list."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Generic, TypeVar

from fake_registry.spec.attributes import After, Name, Order, TimePosition

Item = TypeVar("Item")


class Index(Generic[Name]):
    """Names in two orders at once: by name, and by the time of their last update.

    Both are sorted lists: adding a name moves memory (a few microseconds among 100,000 names), a
    page is a bisection and a walk. Names of the same time are in the order of names.
    """

    def __init__(self) -> None:
        self._updated: dict[Name, int] = {}
        self._by_name: list[Name] = []
        self._by_time: list[tuple[int, Name]] = []

    def __len__(self) -> int:
        return len(self._by_name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Index) and self._updated == other._updated

    __hash__ = None  # type: ignore[assignment]  # it changes

    def put(self, name: Name, updated: int) -> None:
        """Add `name`, or move it to its position by time `updated`."""
        before = self._updated.get(name)
        if before is None:
            insort(self._by_name, name)
        else:
            del self._by_time[bisect_left(self._by_time, (before, name))]
        self._updated[name] = updated
        insort(self._by_time, (updated, name))

    def discard(self, name: Name) -> None:
        """Remove `name` if it is there."""
        updated = self._updated.pop(name, None)
        if updated is not None:
            del self._by_name[bisect_left(self._by_name, name)]
            del self._by_time[bisect_left(self._by_time, (updated, name))]

    def walk(
        self,
        *,
        after: After[Name] | None = None,
        order: Order = Order.NAME,
    ) -> Iterator[Name]:
        """Yield the names after `after` in `order`.

        The item of a `TimePosition` need not be in the index, nor a name in the order of names. In
        an order by time, a name that is not in the index is ignored: the walk starts at the
        beginning.
        """
        if order is Order.NAME:
            yield from self._walk_by_name(after)
            return

        bound = self._bound_of(after)
        if order is Order.OLDEST_FIRST:
            start = 0 if bound is None else bisect_right(self._by_time, bound)
            yield from (name for _, name in _from(self._by_time, start))
        else:
            stop = len(self._by_time) if bound is None else bisect_left(self._by_time, bound)
            yield from (self._by_time[place][1] for place in range(stop - 1, -1, -1))

    def _walk_by_name(self, after: After[Name] | None) -> Iterator[Name]:
        name = after.name if isinstance(after, TimePosition) else after
        start = 0 if name is None else bisect_right(self._by_name, name)
        return _from(self._by_name, start)

    def _bound_of(self, after: After[Name] | None) -> tuple[int, Name] | None:
        if isinstance(after, TimePosition):
            return after.updated, after.name
        if after is None:
            return None

        updated = self._updated.get(after)
        return None if updated is None else (updated, after)

    def copy(self) -> "Index[Name]":
        """Return an independent index with the same names."""
        twin: Index[Name] = Index()
        twin._updated = dict(self._updated)
        twin._by_name = list(self._by_name)
        twin._by_time = list(self._by_time)
        return twin


def _from(items: list[Item], start: int) -> Iterator[Item]:
    # islice would step through everything before `start`
    return (items[place] for place in range(start, len(items)))


def take(
    items: Iterator[Item],
    limit: int | None,
    keep: Callable[[Item], bool],
) -> tuple[list[Item], bool]:
    """Return the first `limit` items for which `keep` is true, and whether another one follows."""
    kept = filter(keep, items)
    if limit is None:
        return list(kept), False
    page = list(islice(kept, limit))
    return page, limit > 0 and next(kept, None) is not None
