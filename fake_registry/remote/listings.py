"""Lists over HTTP: as many of the registry's pages as the requested page takes."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from fake_registry.remote.driver import RequestsDriver
from fake_registry.spec.attributes import Page
from fake_registry.wire import answers, calls
from fake_registry.wire.messages import CallRequest, CallResponse

T = TypeVar("T")


def fetch_page(
    driver: RequestsDriver,
    call: CallRequest,
    decode: Callable[[CallResponse], Sequence[T]],
    *,
    after: str | None,
    limit: int | None,
    name_of: Callable[[T], str] = str,
) -> Page[T]:
    """Follow the registry's Links until `limit` items have come, or all of them.

    ValueError for a Link to an earlier page.
    """
    answer = driver.call(call)
    found = _items_behind(after, decode(answer), name_of)
    visited = {answer.url}
    following = answers.next_page(answer)

    while following is not None and (limit is None or len(found) < limit):
        if following in visited:
            raise ValueError(f"expected the next page, found an earlier one: {following!r}")
        visited.add(following)
        answer = driver.call(calls.page_at(call, following))
        found += decode(answer)
        following = answers.next_page(answer)

    return page_of(found, limit, more=following is not None)


def page_of(items: list[T], limit: int | None, *, more: bool = False) -> Page[T]:
    """Return the first `limit` items as a page; `more` says that others follow `items`."""
    if limit is None:
        return Page(items)
    has_more = more or len(items) > limit
    return Page(items[:limit], more=limit > 0 and has_more)


def _items_behind(after: str | None, items: Sequence[T], name_of: Callable[[T], str]) -> list[T]:
    """Return the items behind `after`; a registry that ignores `last` sends the others as well.

    CNCF distribution 2 does so with tags.
    """
    names = [name_of(item) for item in items]
    start = names.index(after) + 1 if after in names else 0
    return list(items[start:])
