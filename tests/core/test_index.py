"""`core.index`: three orders of one set of names, against `sorted`."""

from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fake_registry.core.index import Index, take
from fake_registry.spec.attributes import After, Order, TimePosition

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


def expected_walk(oracle: dict[str, int], order: Order, after: After[str] | None) -> list[str]:
    """Return the expected result of a walk, computed with `sorted` alone."""
    if order is Order.NAME:
        name = after.name if isinstance(after, TimePosition) else after
        return sorted(one for one in oracle if name is None or one > name)

    pairs = sorted(((updated, name) for name, updated in oracle.items()), reverse=order is Order.NEWEST_FIRST)
    if isinstance(after, str):
        after = TimePosition(oracle[after], after) if after in oracle else None
    if after is None:
        return [name for _, name in pairs]

    bound = (after.updated, after.name)
    return [pair[1] for pair in pairs if (pair < bound if order is Order.NEWEST_FIRST else pair > bound)]


AFTER: st.SearchStrategy[After[str] | None] = (
    st.none() | NAMES | st.builds(TimePosition[str], updated=st.integers(-1, 6), name=NAMES)
)


@given(changes=CHANGES, order=st.sampled_from(Order), after=AFTER)
@example(changes=[("a", 1), ("b", 2), ("1", 3), ("b", None)], order=Order.OLDEST_FIRST, after=TimePosition(2, "b"))
@example(changes=[("a", 1), ("b", 2), ("1", 3), ("b", None)], order=Order.NEWEST_FIRST, after=TimePosition(2, "b"))
@example(changes=[("b", 0), ("b", None), ("a", 1), ("b", 2)], order=Order.OLDEST_FIRST, after="b")
@example(changes=[("a", 1), ("b", 1)], order=Order.OLDEST_FIRST, after=TimePosition(1, "a"))
def test_walk_is_sorted_after_any_changes(
    changes: list[tuple[str, int | None]], order: Order, after: After[str] | None
) -> None:
    index, oracle = index_after(changes)
    assert list(index.walk(after=after, order=order)) == expected_walk(oracle, order, after)
    assert len(index) == len(oracle)


@given(before=CHANGES, since=CHANGES, order=st.sampled_from(Order), after=AFTER)
def test_copy_is_independent(
    before: list[tuple[str, int | None]],
    since: list[tuple[str, int | None]],
    order: Order,
    after: After[str] | None,
) -> None:
    index, oracle = index_after(before)
    twin = index.copy()
    for name, updated in since:
        if updated is None:
            twin.discard(name)
        else:
            twin.put(name, updated)
    changed = index_after(before + since)[1]
    assert list(index.walk(after=after, order=order)) == expected_walk(oracle, order, after)
    assert list(twin.walk(after=after, order=order)) == expected_walk(changed, order, after)


@pytest.mark.parametrize(("order", "rest"), [(Order.OLDEST_FIRST, "decb"), (Order.NEWEST_FIRST, "a")])
@pytest.mark.parametrize("removed", [False, True])
def test_page_continues_after_the_end_of_the_previous_page(order: Order, rest: str, *, removed: bool) -> None:
    """The last item is pushed again between two pages, perhaps after its removal: no item is lost, and
    only an item that moved to the end is listed twice."""
    index = index_after([(name, time) for time, name in enumerate("abcde")])[0]
    if removed:
        index.discard("c")
    index.put("c", 5)
    index.put("b", 6)
    assert "".join(index.walk(after=TimePosition(2, "c"), order=order)) == rest


def test_removed_items_are_forgotten() -> None:
    """A long-lived index does not grow with removed items."""
    index: Index[str] = Index()
    for number in range(1_000):
        index.put(f"{number:06}", number)
        index.discard(f"{number:06}")
    assert all(not held for held in vars(index).values())


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
