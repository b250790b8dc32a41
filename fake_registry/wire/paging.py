"""Pages of lists: the query parameters `n`, `last` and `orderby`, and the Link to the next page.

Sources: distribution-spec v1.1.1, Listing Tags; ACR 2021-07-01, the Get List operations; RFC 8288 §3.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from fake_registry.spec.attributes import Order
from fake_registry.spec.errors import PageInvalid

_NUMBER = re.compile(r"[0-9]{1,1000}", re.ASCII)
_ORDERS: Mapping[str, Order] = {"": Order.NAME, **{order.value: order for order in Order}}

# RFC 8288 §3: link-value = "<" URI-Reference ">" *( OWS ";" OWS [ link-param ] ), link-param = token BWS [ "=" BWS (
# token / quoted-string ) ]. No character is left to two of the parts, so that matching takes linear time.
_TARGET = re.compile(r"[\s,]*<([^>]*)>")
_PARAMETER = re.compile(r"""\s*;\s*(?:([^\s;,="<>]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"<>]*)))?)?""", re.DOTALL)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class PageQuery:
    """Which part of a list is asked for: at most `limit` items (None: all) behind `after`."""

    limit: int | None
    after: str | None
    order: Order
    orderby: str | None
    """What the caller wrote for the order, None if nothing: a Link repeats it."""


def parse_page(query: Mapping[str, str], *, default: int | None, maximum: int | None) -> PageQuery:
    """Return the page that `query` asks for. Raises PageInvalid.

    Without `n` the page has `default` items, all where that is None; with and without, never more than `maximum`. `n=0`
    is an empty page (distribution-spec, Listing Tags). An empty `n` or `last` is none (CNCF distribution) [I].
    """
    orderby = query.get("orderby")
    order = _ORDERS.get(orderby or "")
    if order is None:
        raise PageInvalid(f"expected one of {', '.join(filter(None, _ORDERS))}", orderby=orderby)
    n = query.get("n")
    return PageQuery(
        limit=_parse_size(n, maximum) if n else _capped(default, maximum),
        after=query.get("last") or None,
        order=order,
        orderby=orderby,
    )


def _capped(default: int | None, maximum: int | None) -> int | None:
    return min((size for size in (default, maximum) if size is not None), default=None)


def _parse_size(text: str, maximum: int | None) -> int:
    if not _NUMBER.fullmatch(text):
        raise PageInvalid("expected a number of items, at least 0", n=text)
    # No list has more items than `sys.maxsize`, and slices take no more.
    return min(int(text), sys.maxsize if maximum is None else maximum)


def quote_name(name: str) -> str:
    """Return a repository's name as a Link below `/acr/v1` has it, with `%2F`; those below `/v2` have it as it is."""
    return quote(name, safe="")


def encode_link(
    path: str, *, last: str, n: int, orderby: str | None = None, extra: Mapping[str, str] | None = None
) -> str:
    """Return the Link header of a page that ends with `last`. `path` is quoted already.

    The keys are `last`, `n`, `orderby` (kept when empty, left out when None) and then `extra`: ACR's order
    (acr-behaviour 4.2).

    >>> encode_link("/acr/v1/library%2Fbusybox/_tags", last="3.15.6", n=1, orderby="")
    '</acr/v1/library%2Fbusybox/_tags?last=3.15.6&n=1&orderby=>; rel="next"'
    """
    query = {"last": last, "n": str(n)}
    if orderby is not None:
        query["orderby"] = orderby
    return f'<{path}?{urlencode({**query, **(extra or {})})}>; rel="next"'


def parse_link(header: str) -> str | None:
    """Return the target of the first link whose relation is `next`, None if there is none (RFC 8288 §3).

    A header that stops being well-formed is read up to there.
    """
    place = 0
    while target := _TARGET.match(header, place):
        place = target.end()
        relations: str | None = None
        while parameter := _PARAMETER.match(header, place):
            place = parameter.end()
            name, quoted, token = parameter.groups()
            # §3.3: of several `rel` in one link only the first counts
            if relations is None and name is not None and name.lower() == "rel":
                relations = _QUOTED_PAIR.sub(r"\1", quoted) if quoted is not None else token or ""
        if relations is not None and "next" in relations.lower().split():
            return target[1]
    return None
