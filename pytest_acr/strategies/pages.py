"""Queries of lists: `n`, `last` and `orderby`, relative to the items that the list has.

Sources: distribution-spec v1.1.1, Listing Tags; ACR 2021-07-01, the Get List operations.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from fake_registry.arguments import check_arguments


@dataclass(frozen=True, kw_only=True)
class PageWalk:
    """The query of the first page of a list. The Link of each page leads to the next one."""

    n: int | None
    """The most items of a page; None: not sent, and the registry decides."""
    last: str | None
    """The walk starts after this item, which need not exist; None: not sent."""
    orderby: str | None
    """ACR's order; None: not sent."""

    @property
    def query(self) -> str:
        """The encoded query, without `?`."""
        pairs = {"n": self.n, "last": self.last, "orderby": self.orderby}
        return urlencode({name: value for name, value in pairs.items() if value is not None})

    def pages_of(self, items: Sequence[str]) -> list[Sequence[str]]:
        """Return the items of each page, of a list with `items` in its order.

        There is at least one page. With an `n` of 0 it is the only one, and empty. In an order by
        time, `items` must have `last`.
        """
        rest = self._after_last(items)
        if self.n is None or self.n >= len(rest):
            return [rest]
        if self.n == 0:
            return [()]
        return [rest[start : start + self.n] for start in range(0, len(rest), self.n)]

    def _after_last(self, items: Sequence[str]) -> Sequence[str]:
        if not self.last:
            return items
        if self.orderby in _BY_TIME:
            return items[items.index(self.last) + 1 :]
        return [item for item in items if item > self.last]


@dataclass(frozen=True, kw_only=True)
class BrokenPageQuery:
    """An encoded query with one invalid parameter."""

    query: str
    flaw: str


@check_arguments
def page_walks(items: Collection[str], *, by_time: bool = False) -> SearchStrategy[PageWalk]:
    """Draw walks over a list that has `items`: names of repositories, tags or digests.

    `n` is absent, 0, 1, up to the number of items, one more, or huge. `last` is absent, empty, an
    item, or a name before, between or after the items that need not exist. With `by_time` some
    walks have an order of ACR; in an order by time, `last` is absent or an item.
    """
    lengths = st.sampled_from(_lengths_of(len(items))) | st.integers(1, max(len(items), 1))
    by_name = st.builds(
        PageWalk,
        n=lengths,
        last=st.none() | st.sampled_from(_positions_in(items)),
        orderby=st.none() | st.sampled_from(_BY_NAME) if by_time else st.none(),
    )
    if not by_time:
        return by_name

    existing = st.sampled_from((None, *items))
    return by_name | st.builds(PageWalk, n=lengths, last=existing, orderby=st.sampled_from(_BY_TIME))


def broken_page_queries(*, by_time: bool = False) -> SearchStrategy[BrokenPageQuery]:
    """Draw queries with one invalid parameter.

    `n` is empty, a text, negative or a fraction; has a sign, a blank, digits of another script, or
    5,000 digits. With `by_time`, for lists of ACR: the order is unknown, or `last` has an ampersand
    and is malformed in an order by time.
    """
    flaws = _BAD_NUMBERS + (_BAD_ORDERS if by_time else ())
    return st.builds(_broken_query, st.sampled_from(flaws), st.sampled_from(_NEIGHBOURS))


def _lengths_of(count: int) -> tuple[int | None, ...]:
    return (None, 0, 1, count, count + 1, (1 << 31) - 1, 10**20)


def _positions_in(items: Collection[str]) -> list[str]:
    """Return values of `last`: nothing, each item, and names between the items and around them."""
    after_each = [f"{item}0" for item in items]
    return sorted({"", _FIRST_NAME, _LAST_NAME, *items, *after_each})


def _broken_query(flaw: tuple[str, str], neighbour: str) -> BrokenPageQuery:
    name, parameters = flaw
    return BrokenPageQuery(query=f"{parameters}{neighbour}", flaw=name)


_FIRST_NAME: Final = "0"
_LAST_NAME: Final = "z" * 100

_BY_NAME: Final = ("", "none")
_BY_TIME: Final = ("timeasc", "timedesc")

_NEIGHBOURS: Final = ("", "&unknown=x")

_BAD_NUMBERS: Final = (
    *(("n is empty", "n="), ("n is text", "n=x"), ("n is text", "n=1x"), ("n is text", "n=0x1")),
    *(("n is text", "n=1e1"), ("n is text", "n=None"), ("n is text", "n=1%2C2")),
    *(("n is negative", "n=-1"), ("n is negative", f"n=-{1 << 63}")),
    *(("n is a fraction", "n=1.5"), ("n is a fraction", "n=1.0"), ("n has a sign", "n=%2B1")),
    *(("n has a blank", "n=%201"), ("n has a blank", "n=1%20"), ("n has a blank", "n=1%0A")),
    *(("n has other digits", "n=%D9%A1"), ("n has other digits", "n=%C2%B2")),  # Arabic one, squared
    ("n is too long", "n=" + "9" * 5_000),
)

_BAD_ORDERS: Final = (
    *(("unknown order", "orderby=size"), ("unknown order", "orderby=TimeAsc")),
    *(("unknown order", "orderby=timeasc%2Ctimedesc"), ("unknown order", "orderby=%20")),
    *(("malformed position", f"orderby=timeasc&last={text}") for text in ("%26", "x%26v1", "1%26")),
    *(("malformed position", f"orderby=timedesc&last={text}") for text in ("%26v1", "-1%26v1", "1.5%26v1")),
)
