"""The cost of a page grows with the page and not with the list: counted, not timed."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import pytest

from fake_registry.core.index import Index, take
from fake_registry.core.memory import MemoryRegistry
from fake_registry.spec.attributes import Order, Page, TagProperties
from fake_registry.spec.names import Tag
from tests.support.images import HELLO, index
from tests.support.memory import TO_THE_LETTER, MakeRegistry

Item = TypeVar("Item")

FEW, MANY = 256, 2_048
DOUBLINGS = 3
"""MANY is FEW doubled three times: a bisection takes three steps more."""

PAGE = 10


class CountedList(list[Item]):
    """A list that counts how often an item of it is read."""

    read = 0

    def __getitem__(self, place: Any) -> Any:  # Any: a number or a slice, an item or a list
        self.read += 1
        return super().__getitem__(place)

    def __iter__(self) -> Iterator[Item]:
        for item in super().__iter__():
            self.read += 1
            yield item


def read_for_a_page(size: int, order: Order) -> int:
    """Count the items read for a page from the middle of `size` names, updated in no particular order."""
    names: Index[str] = Index()
    for number in range(size):
        names.put(f"{number:06}", number * 7_919 % size)
    names._by_name, names._by_time = CountedList(names._by_name), CountedList(names._by_time)
    page, more = take(names.walk(after=f"{size // 2:06}", order=order), PAGE, lambda _: True)
    assert (len(page), more) == (PAGE, True)
    return names._by_name.read + names._by_time.read


@pytest.mark.parametrize("order", Order)
def test_page_of_an_index_costs_a_bisection_and_the_page(order: Order) -> None:
    few, many = read_for_a_page(FEW, order), read_for_a_page(MANY, order)
    assert few <= FEW.bit_length() + PAGE + 1
    assert many <= few + DOUBLINGS + 1


class CountedText(str):
    """A name that counts how often names are looked up."""

    __slots__ = ()
    looked_up = 0

    def __hash__(self) -> int:
        CountedText.looked_up += 1
        return str.__hash__(self)


Listing = Callable[[MemoryRegistry, Tag], Page[Tag] | Page[TagProperties]]


def looked_up_for_a_page(make_registry: MakeRegistry, size: int, listing: Listing) -> int:
    """Count the look-ups by name of a page from the middle of `size` tags."""
    registry = make_registry(TO_THE_LETTER)
    tags = [cast(Tag, CountedText(f"{number:06}")) for number in range(size)]  # a Tag is a str, and so is this
    registry.put_manifest(HELLO, index().manifest, tags=tags)
    CountedText.looked_up = 0
    assert len(listing(registry, tags[size // 2]).items) == PAGE
    return CountedText.looked_up


@pytest.mark.parametrize(
    "listing",
    [
        lambda registry, after: registry.list_tags(HELLO, after=after, limit=PAGE),
        lambda registry, after: registry.list_tag_properties(HELLO, after=after, limit=PAGE),
        lambda registry, after: registry.list_tag_properties(HELLO, after=after, limit=PAGE, order=Order.OLDEST_FIRST),
        lambda registry, after: registry.list_tag_properties(HELLO, after=after, limit=PAGE, order=Order.NEWEST_FIRST),
        lambda registry, after: registry.list_tag_properties(HELLO, digest=index().digest, after=after, limit=PAGE),
    ],
    ids=["names", "by-name", "oldest-first", "newest-first", "of-one-manifest"],
)
def test_page_of_tags_reads_only_its_own_tags(make_registry: MakeRegistry, listing: Listing) -> None:
    few, many = (looked_up_for_a_page(make_registry, size, listing) for size in (FEW, MANY))
    assert few == many <= 4 * (PAGE + 1)
