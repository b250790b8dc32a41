"""Lists over HTTP: as many of the registry's pages as the requested page takes."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from fake_registry.client.bounds import MAX_LIST_BYTES, MAX_PAGES, EndlessList
from fake_registry.remote.driver import RequestsDriver
from fake_registry.spec.attributes import Page
from fake_registry.spec.text import printable
from fake_registry.wire import answers, calls
from fake_registry.wire.messages import CallRequest, CallResponse

T = TypeVar("T")

_MAX_SHOWN: Final = 200
"""How much of a URL an error repeats."""


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

    EndlessList for a Link to an earlier page, too many pages or too many bytes.
    """
    answer = driver.call(call)
    found = _items_after(after, decode(answer), name_of)
    visited = _VisitedPages(call.endpoint.name)
    visited.add(answer)
    following = answers.next_page(answer)

    while following is not None and (limit is None or len(found) < limit):
        visited.check(following)
        answer = driver.call(calls.page_at(call, following))
        visited.add(answer)
        found += decode(answer)
        following = answers.next_page(answer)

    return page_of(found, limit, more=following is not None)


class _VisitedPages:
    """The pages that were fetched so far. EndlessList for an earlier page, or for too many."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._visited: set[str] = set()
        self._size = 0

    def check(self, url: str) -> None:
        """Check that the next page, at `url`, may be requested."""
        if url in self._visited:
            found = f"found an earlier one: {printable(url[:_MAX_SHOWN])}"
            raise EndlessList(f"{self._what}: expected the next page, {found}")
        if len(self._visited) >= MAX_PAGES:
            raise EndlessList(f"{self._what}: expected at most {MAX_PAGES} pages, found more")
        self._visited.add(url)

    def add(self, answer: CallResponse) -> None:
        """Add a page that has come."""
        self._visited.add(answer.url)
        self._size += len(answer.url) + len(answer.body)
        if self._size > MAX_LIST_BYTES:
            limit = f"at most {MAX_LIST_BYTES} bytes of pages"
            raise EndlessList(f"{self._what}: expected {limit}, found more")


def page_of(items: list[T], limit: int | None, *, more: bool = False) -> Page[T]:
    """Return the first `limit` items as a page; `more` says that others follow `items`."""
    if limit is None:
        return Page(items)
    has_more = more or len(items) > limit
    return Page(items[:limit], more=limit > 0 and has_more)


def _items_after(after: str | None, items: Sequence[T], name_of: Callable[[T], str]) -> list[T]:
    """Return the items after `after`; a registry that ignores `last` sends the others as well.

    CNCF distribution 2 does so with tags.
    """
    names = [name_of(item) for item in items]
    start = names.index(after) + 1 if after in names else 0
    return list(items[start:])
