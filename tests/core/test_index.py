"""`core.index`: three orders of one set of names, against `sorted`."""

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fake_registry.core.index import PLACES_KEPT, Index, take
from fake_registry.spec.attributes import Order

NAMES = st.sampled_from(["A", "a", "a-b", "a.b", "aa", "b", "_", "1", "10", "9"])
CHANGES = st.lists(st.tuples(NAMES, st.none() | st.integers(0, 5)), max_size=25)
"""A name and when it was updated; None removes it. Times are few, so that some are the same."""


def index_after(changes: list[tuple[str, int | None]]) -> tuple[Index[str], dict[str, int]]:
    """Return an index after `changes`, and a plain dictionary after the same."""
    index: Index[str] = Index()
    oracle: dict[str, int] = {}
    for name, updated in changes:
        if updated is None:
            index.discard(name)
            oracle.pop(name, None)
        else:
            index.put(name, updated)
            oracle[name] = updated
    return index, oracle


def stood_in(changes: list[tuple[str, int | None]]) -> dict[str, int]:
    """Return where each name stands, or stood when it was removed."""
    return {name: updated for name, updated in changes if updated is not None}


def expected_walk(oracle: dict[str, int], order: Order, after: str | None, stood: dict[str, int]) -> list[str]:
    """Return the expected result of a walk, computed with `sorted` alone."""
    if order is Order.NAME:
        return sorted(name for name in oracle if after is None or name > after)
    pairs = sorted(((updated, name) for name, updated in oracle.items()), reverse=order is Order.NEWEST_FIRST)
    if after not in stood:
        return [name for _, name in pairs]
    bound = (stood[after], after)
    return [pair[1] for pair in pairs if (pair < bound if order is Order.NEWEST_FIRST else pair > bound)]


@given(changes=CHANGES, order=st.sampled_from(Order), after=st.none() | NAMES)
@example(changes=[("a", 1), ("b", 2), ("1", 3), ("b", None)], order=Order.OLDEST_FIRST, after="b")
@example(changes=[("a", 1), ("b", 2), ("1", 3), ("b", None)], order=Order.NEWEST_FIRST, after="b")
@example(changes=[("b", 0), ("b", None), ("a", 1), ("b", 2)], order=Order.OLDEST_FIRST, after="b")
def test_walk_is_sorted_after_any_changes(
    changes: list[tuple[str, int | None]], order: Order, after: str | None
) -> None:
    index, oracle = index_after(changes)
    assert list(index.walk(after=after, order=order)) == expected_walk(oracle, order, after, stood_in(changes))
    assert len(index) == len(oracle)


@given(before=CHANGES, since=CHANGES, order=st.sampled_from(Order), after=st.none() | NAMES)
def test_copy_is_independent(
    before: list[tuple[str, int | None]], since: list[tuple[str, int | None]], order: Order, after: str | None
) -> None:
    index, oracle = index_after(before)
    twin = index.copy()
    for name, updated in since:
        if updated is None:
            twin.discard(name)
        else:
            twin.put(name, updated)
    everything = before + since
    changed = index_after(everything)[1]
    assert list(index.walk(after=after, order=order)) == expected_walk(oracle, order, after, stood_in(before))
    assert list(twin.walk(after=after, order=order)) == expected_walk(changed, order, after, stood_in(everything))


def five_names() -> Index[str]:
    """a to e, updated in this order."""
    return index_after([(name, time) for time, name in enumerate("abcde")])[0]


@pytest.mark.parametrize(("order", "rest"), [(Order.OLDEST_FIRST, "decb"), (Order.NEWEST_FIRST, "a")])
@pytest.mark.parametrize("removed", [False, True])
def test_page_continues_after_the_end_of_the_previous_page(order: Order, rest: str, *, removed: bool) -> None:
    """`last` is pushed again between two pages, perhaps after its removal: no item is lost, and
    only an item that moved to the end is listed twice."""
    index = five_names()
    index.mark_end("c")
    if removed:
        index.discard("c")
    index.put("c", 5)
    index.put("b", 6)
    assert "".join(index.walk(after="c", order=order)) == rest


@pytest.mark.parametrize(("order", "rest"), [(Order.OLDEST_FIRST, ""), (Order.NEWEST_FIRST, "edba")])
def test_next_page_starts_after_the_latest_end_mark(order: Order, rest: str) -> None:
    """Otherwise a walk over moved items would return to the same place without end."""
    index = five_names()
    index.mark_end("c")
    index.put("c", 5)
    index.mark_end("c")
    assert "".join(index.walk(after="c", order=order)) == rest


def test_copy_continues_the_pages_of_the_original() -> None:
    index = five_names()
    index.mark_end("c")
    twin = index.copy()
    twin.mark_end("b")
    for one in (index, twin):
        one.put("b", 5)
        one.put("c", 6)
    assert "".join(twin.walk(after="c", order=Order.OLDEST_FIRST)) == "debc"
    assert "".join(twin.walk(after="b", order=Order.OLDEST_FIRST)) == "debc"
    assert "".join(index.walk(after="b", order=Order.OLDEST_FIRST)) == "c"


def test_removed_items_are_forgotten_in_the_end() -> None:
    """A long-lived index does not grow with removed items."""
    index: Index[str] = Index()
    for number in range(3 * PLACES_KEPT):
        name = f"{number:06}"
        index.put(name, number)
        index.mark_end(name)
        index.discard(name)
    assert (len(index._ended), len(index._gone)) == (PLACES_KEPT, PLACES_KEPT)
    index.put("new", 0)
    latest = f"{3 * PLACES_KEPT - 1:06}"
    assert list(index.walk(after=latest, order=Order.OLDEST_FIRST)) == []
    assert list(index.walk(after="000000", order=Order.OLDEST_FIRST)) == ["new"]


@given(
    items=st.lists(st.integers(0, 9), max_size=12),
    limit=st.none() | st.integers(0, 13),
    kept=st.sets(st.integers(0, 9)),
)
def test_take_returns_a_slice_of_the_accepted_items(items: list[int], limit: int | None, kept: set[int]) -> None:
    """distribution-spec, Listing Tags: with `n` zero the list is empty and nothing follows."""
    passing = [item for item in items if item in kept]
    more = limit is not None and 0 < limit < len(passing)
    assert take(iter(items), limit, kept.__contains__) == (passing[:limit], more)


@pytest.mark.parametrize(("limit", "steps"), [(0, 0), (1, 2), (3, 4), (9, 10), (10, 10), (None, 10)])
def test_take_reads_one_item_ahead(limit: int | None, steps: int) -> None:
    """acr-behaviour 4.2: a page that ends exactly at the last item has no Link, so one more item is read."""
    taken: list[int] = []

    def count_reads() -> Iterator[int]:
        for number in range(10):
            taken.append(number)
            yield number

    take(count_reads(), limit, lambda _: True)
    assert len(taken) == steps
