"""Pages of lists: which page a request is for, and which page an answer's Link leads to."""

import re
from typing import Final
from urllib.parse import parse_qsl, unquote

from fake_registry.journal.exchange import Exchange
from fake_registry.spec.endpoints import ENDPOINTS

PageTarget = tuple[str, tuple[tuple[str, str], ...]]
"""The path, and the sorted parameters of the query."""

_LISTS: Final = frozenset(endpoint.name for endpoint in ENDPOINTS if endpoint.listing)

_ORIGIN: Final = re.compile(r"^https?://[^/?]*")
_LINK: Final = re.compile(r"<([^>]+)>")
_NEWEST: Final = re.compile(r"^(?=.*\bn=1(?!\d))(?=.*\borderby=\w)")
"""A query for the newest item, or the oldest one, alone."""


def is_page(exchange: Exchange) -> bool:
    """Return whether the answer is a page of a list."""
    return exchange.endpoint in _LISTS and exchange.status == 200


def page_of(target: str) -> PageTarget:
    """Return the page that a request or a Link is for: clients write a Link in their own way."""
    path, _, query = _ORIGIN.sub("", target).partition("?")
    return unquote(path), tuple(sorted(parse_qsl(query, keep_blank_values=True)))


def next_page_of(exchange: Exchange) -> PageTarget | None:
    """Return the page that the answer's Link leads to; None without a Link, as on the last page."""
    link = _LINK.search(exchange.response_header("Link") or "")
    return None if link is None else page_of(link[1])


def seeks_newest(exchange: Exchange) -> bool:
    """Return whether the request is for the newest item, or the oldest one, alone."""
    return _NEWEST.search(exchange.query) is not None
