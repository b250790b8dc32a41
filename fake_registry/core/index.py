"""Sorted indexes: they make a page cost what the page holds, not what the list holds."""

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Generic, TypeVar

from fake_registry.spec.attributes import Order

Item = TypeVar("Item")
Name = TypeVar("Name", bound=str)

PLACES_KEPT = 10_000
"""Clients ask for the next page soon, and acr-cli's purge deletes a page at a time."""


class Index(Generic[Name]):
    """Names in two orders at once: by name, and by the time each was last updated.

    Sorted lists: adding moves memory (a few microseconds among 100,000), a page is a bisection and a walk. A page by
    time is asked for by the name that the one before ended with, and that one may have moved or gone since: where names
    stood is remembered, of the latest `PLACES_KEPT`.
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
        """Add `name`, or move it to where `updated` belongs."""
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
        """Remember where `name` stands: a page by time ends with it, and the next one goes on from there."""
        _remember(self._ended, name, self._updated[name])

    def walk(self, *, after: Name | None = None, order: Order = Order.NAME) -> Iterator[Name]:
        """Yield the names after `after` in `order`.

        It need not exist. By time it bounds where it stood when a page last ended with it, else where it stands, else
        where it stood before it went; one that was never there, or is forgotten, is no bound.
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
        """Return an independent index with the same names, whose pages go on from where these ended."""
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


def take(items: Iterator[Item], limit: int | None, keep: Callable[[Item], bool]) -> tuple[list[Item], bool]:
    """Return the first `limit` items that `keep` lets through, and whether another one follows."""
    kept = filter(keep, items)
    if limit is None:
        return list(kept), False
    page = list(islice(kept, limit))
    return page, limit > 0 and next(kept, None) is not None
