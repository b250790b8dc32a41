"""`core.index`: three orders of one set of names, against `sorted`."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_registry.core.index import Index, take
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


def expected_walk(oracle: dict[str, int], order: Order, after: str | None) -> list[str]:
    """Return what a walk yields, said with `sorted` alone."""
    if order is Order.NAME:
        return sorted(name for name in oracle if after is None or name > after)
    names = sorted(oracle, key=lambda name: (oracle[name], name), reverse=order is Order.NEWEST_FIRST)
    return names[names.index(after) + 1 :] if after in names else names


@settings(deadline=None)
@given(changes=CHANGES, order=st.sampled_from(Order), after=st.none() | NAMES)
def test_walk_is_sorted_whatever_happened(
    changes: list[tuple[str, int | None]], order: Order, after: str | None
) -> None:
    index, oracle = index_after(changes)
    assert list(index.walk(after=after, order=order)) == expected_walk(oracle, order, after)
    assert len(index) == len(oracle)


@settings(deadline=None)
@given(before=CHANGES, since=CHANGES, order=st.sampled_from(Order))
def test_copy_is_independent(
    before: list[tuple[str, int | None]], since: list[tuple[str, int | None]], order: Order
) -> None:
    index, oracle = index_after(before)
    twin = index.copy()
    for name, updated in since:
        if updated is None:
            twin.discard(name)
        else:
            twin.put(name, updated)
    assert list(index.walk(order=order)) == expected_walk(oracle, order, None)
    assert list(twin.walk(order=order)) == expected_walk(index_after(before + since)[1], order, None)


@settings(deadline=None)
@given(
    items=st.lists(st.integers(0, 9), max_size=12),
    limit=st.none() | st.integers(0, 13),
    kept=st.sets(st.integers(0, 9)),
)
def test_take_is_a_slice_of_what_is_kept(items: list[int], limit: int | None, kept: set[int]) -> None:
    """distribution-spec, Listing Tags: with `n` zero the list is empty and nothing follows."""
    passing = [item for item in items if item in kept]
    more = limit is not None and 0 < limit < len(passing)
    assert take(iter(items), limit, kept.__contains__) == (passing[:limit], more)


@pytest.mark.parametrize(("limit", "steps"), [(0, 0), (1, 2), (3, 4), (9, 10), (10, 10), (None, 10)])
def test_take_looks_one_item_ahead(limit: int | None, steps: int) -> None:
    """acr-behaviour 4.2: a page that ends exactly at the last item has no Link, so one item more is looked at."""
    taken: list[int] = []

    def counted() -> Iterator[int]:
        for number in range(10):
            taken.append(number)
            yield number

    take(counted(), limit, lambda _: True)
    assert len(taken) == steps
