"""Page walks have every feature that their docstrings promise, and our registry agrees."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Final

import pytest
from hypothesis import given

from fake_registry import FakeRegistry, ManualClock
from pytest_acr.strategies import BrokenPageQuery, PageWalk, broken_page_queries, page_walks
from tests.support.effort import examples, features_not_drawn, flaws_not_drawn
from tests.support.http import put_image, registry_of, send
from tests.support.lists import LISTINGS, walk

TAGS: Final = ("v2", "V1", "edge", "1.0", "v10")
"""From the oldest to the newest."""
BY_NAME: Final = sorted(TAGS)
ORDERED: Final = {"timeasc": TAGS, "timedesc": TAGS[::-1]}

OCI_LIST: Final = LISTINGS["tags.list"]
ACR_LIST: Final = LISTINGS["acr.tags.list"]

MANY_PAGES: Final = 10


def starts_at(place: Callable[[str], bool]) -> Callable[[PageWalk], bool]:
    """Return whether `last` is no tag, and its place is right."""

    def has_feature(found: PageWalk) -> bool:
        return bool(found.last) and found.last not in TAGS and place(found.last or "")

    return has_feature


def has_order(order: str | None, *, starts_later: bool) -> Callable[[PageWalk], bool]:
    return lambda found: found.orderby == order and bool(found.last) == starts_later


FEATURES: Final[Mapping[str, Callable[[PageWalk], bool]]] = {
    "no parameter": lambda found: found.query == "",
    "no n": lambda found: found.n is None,
    "n of 0": lambda found: found.n == 0,
    "n of 1": lambda found: found.n == 1,
    "n of all": lambda found: found.n == len(TAGS),
    "n of one more": lambda found: found.n == len(TAGS) + 1,
    "n of an int32": lambda found: found.n == 2**31 - 1,
    "n beyond an int64": lambda found: (found.n or 0) > 2**63,
    "three pages": lambda found: len(found.pages_of(BY_NAME)) == 3,
    "no last": lambda found: found.last is None,
    "empty last": lambda found: found.last == "",
    "first item": lambda found: found.last == BY_NAME[0],
    "last item": lambda found: found.last == BY_NAME[-1],
    "before all": starts_at(lambda last: last < BY_NAME[0]),
    "between": starts_at(lambda last: BY_NAME[0] < last < BY_NAME[-1]),
    "after all": starts_at(lambda last: last > BY_NAME[-1]),
}

ORDERS: Final = (None, "", "none", "timeasc", "timedesc")

FLAWS: Final = (
    *("n is empty", "n is text", "n is negative", "n is a fraction", "n has a sign"),
    *("n has a blank", "n has other digits", "n is too long"),
)
FLAWS_OF_ORDERS: Final = ("unknown order", "malformed position")


@pytest.fixture(scope="module")
def registry() -> Iterator[FakeRegistry]:
    """Return a registry with an image whose tags were made one after the other."""
    with registry_of("acr") as opened:
        for tag in TAGS:
            put_image(opened, "samples/hello", tag)
            assert isinstance(opened.clock, ManualClock)
            opened.clock.advance(timedelta(seconds=1))
        yield opened


def test_every_feature_is_drawn() -> None:
    assert features_not_drawn(page_walks(TAGS), FEATURES) == []


def test_every_order_is_drawn_at_the_start_and_later() -> None:
    features = {
        f"{order}, {starts_later}": has_order(order, starts_later=starts_later)
        for order in ORDERS
        for starts_later in (False, True)
    }
    assert features_not_drawn(page_walks(TAGS, by_time=True), features) == []


def test_every_flaw_is_drawn() -> None:
    flaws = [*FLAWS, *FLAWS_OF_ORDERS]
    assert flaws_not_drawn(broken_page_queries(by_time=True), flaws) == []


@given(found=page_walks(()))
def test_walk_over_an_empty_list_has_one_page(found: PageWalk) -> None:
    assert [list(page) for page in found.pages_of([])] == [[]]


@given(found=page_walks(TAGS))
@examples(50)  # each has few of the many combinations
def test_registry_returns_the_pages_of_a_walk(registry: FakeRegistry, found: PageWalk) -> None:
    pages = islice(walk(registry, f"{OCI_LIST.path}?{found.query}"), MANY_PAGES)
    assert [OCI_LIST.items(page) for page in pages] == as_lists(found, BY_NAME)


@given(found=page_walks(TAGS, by_time=True))
@examples(50)
def test_acr_returns_the_pages_of_a_walk_in_its_order(registry: FakeRegistry, found: PageWalk) -> None:
    pages = islice(walk(registry, f"{ACR_LIST.path}?{found.query}"), MANY_PAGES)
    ordered = ORDERED.get(found.orderby or "", BY_NAME)
    assert [ACR_LIST.items(page) for page in pages] == as_lists(found, ordered)


def as_lists(found: PageWalk, items: Sequence[str]) -> list[list[str]]:
    return [list(page) for page in found.pages_of(items)]


@given(found=broken_page_queries(by_time=True))
@examples(50)
def test_registry_refuses_a_broken_query(registry: FakeRegistry, found: BrokenPageQuery) -> None:
    """Except an empty `n`, which is the same as an absent one (CNCF distribution) [I]."""
    assert found.flaw in {*FLAWS, *FLAWS_OF_ORDERS}
    status = send(registry, "GET", f"{ACR_LIST.path}?{found.query}").status
    assert status == (200 if found.flaw == "n is empty" else 400)


@given(found=broken_page_queries())
def test_orders_are_broken_on_request(found: BrokenPageQuery) -> None:
    assert found.flaw in FLAWS
