"""Sorted indexes: the cost of a page depends on the size of the page, not of the list."""

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Generic, TypeVar

from fake_registry.spec.attributes import Order

Item = TypeVar("Item")
Name = TypeVar("Name", bound=str)

PLACES_KEPT = 10_000
"""Enough for paging: clients request the next page soon, and `acr purge` deletes page by page."""


class Index(Generic[Name]):
    """Names in two orders at once: by name, and by the time of their last update.

    Both are sorted lists: adding a name moves memory (a few microseconds among 100,000 names), a
    page is a bisection and a walk. The client requests the next page by time with the last name of
    the page before, which may have moved or been removed since. So the positions of the latest
    `PLACES_KEPT` such names are remembered.
    """

    def __init__(self) -> None:
        self._updated: dict[Name, int] = {}
        self._ended: OrderedDict[Name, int] = OrderedDict()
        self._gone: OrderedDict[Name, int] = OrderedDict()
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
            self._gone.pop(name, None)
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
            _remember(self._gone, name, updated)

    def mark_end(self, name: Name) -> None:
        """Remember the position of `name`, the last of a page by time, for the page after it."""
        _remember(self._ended, name, self._updated[name])

    def walk(self, *, after: Name | None = None, order: Order = Order.NAME) -> Iterator[Name]:
        """Yield the names after `after` in `order`. `after` need not be in the index.

        By time, the walk starts after the position of `after` when a page last ended with it;
        otherwise after its present position; otherwise after its position when it was removed. A
        name that has no such position is ignored: the walk starts at the beginning.
        """
        if order is Order.NAME:
            start = 0 if after is None else bisect_right(self._by_name, after)
            yield from _from(self._by_name, start)
            return

        bound = None if after is None else self._bound_of(after)
        if order is Order.OLDEST_FIRST:
            start = 0 if bound is None else bisect_right(self._by_time, bound)
            yield from (name for _, name in _from(self._by_time, start))
        else:
            stop = len(self._by_time) if bound is None else bisect_left(self._by_time, bound)
            yield from (self._by_time[place][1] for place in range(stop - 1, -1, -1))

    def _bound_of(self, name: Name) -> tuple[int, Name] | None:
        for places in (self._ended, self._updated, self._gone):
            updated = places.get(name)
            if updated is not None:
                return updated, name
        return None

    def copy(self) -> "Index[Name]":
        """Return an independent index with the same names and the same remembered positions."""
        twin: Index[Name] = Index()
        twin._updated = dict(self._updated)
        twin._ended = self._ended.copy()
        twin._gone = self._gone.copy()
        twin._by_name = list(self._by_name)
        twin._by_time = list(self._by_time)
        return twin


def _remember(places: OrderedDict[Name, int], name: Name, updated: int) -> None:
    places[name] = updated
    places.move_to_end(name)
    if len(places) > PLACES_KEPT:
        places.popitem(last=False)


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
