"""Pages of lists: the query parameters `n`, `last` and `orderby`, and the Link to the next page.

Sources: distribution-spec v1.1.1, Listing Tags; ACR 2021-07-01, the Get List operations; RFC 8288.
"""

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from fake_registry.spec.attributes import After, Name, Order, TimePosition
from fake_registry.spec.errors import PageInvalid
from fake_registry.wire.ticks import decode_ticks, encode_ticks

_NUMBER = re.compile(r"[0-9]{1,1000}", re.ASCII)
_TIME_POSITION = re.compile(r"([0-9]{1,19})&([^&]+)", re.ASCII)
_ORDERS: Mapping[str, Order] = {"": Order.NAME, **{order.value: order for order in Order}}

# RFC 8288 §3: link-value = "<" URI-Reference ">" *( OWS ";" OWS [ link-param ] ), link-param =
# token BWS [ "=" BWS ( token / quoted-string ) ]. No character fits two parts, so that matching
# takes linear time.
_TARGET = re.compile(r"[\s,]*<([^>]*)>")
_PARAMETER = re.compile(
    r"""\s*;\s*(?:([^\s;,="<>]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"<>]*)))?)?""",
    re.DOTALL,
)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class PageQuery:
    """The part of a list that a request is for."""

    limit: int | None
    """The number of items at most, None for all."""
    last: str | None
    """The parameter itself, None for the start of the list. `parse_after` reads it."""
    order: Order
    orderby: str | None
    """The parameter itself, None if it is absent: a Link repeats it."""


def parse_page(query: Mapping[str, str], *, default: int | None, maximum: int | None) -> PageQuery:
    """Return the page in a request's query. Raises PageInvalid.

    Without `n` the page has `default` items, None for all. It never has more than `maximum`. `n=0`
    is an empty page (distribution-spec, Listing Tags). An empty `n` or `last` is the same as an
    absent one (CNCF distribution) [I].
    """
    orderby = query.get("orderby")
    order = _ORDERS.get(orderby or "")
    if order is None:
        raise PageInvalid(f"expected one of {', '.join(filter(None, _ORDERS))}", orderby=orderby)

    n = query.get("n")
    limit = _parse_size(n, maximum) if n else _lesser_of(default, maximum)
    return PageQuery(limit=limit, last=query.get("last") or None, order=order, orderby=orderby)


def _lesser_of(default: int | None, maximum: int | None) -> int | None:
    return min((size for size in (default, maximum) if size is not None), default=None)


def _parse_size(text: str, maximum: int | None) -> int:
    if not _NUMBER.fullmatch(text):
        raise PageInvalid("expected a number of items, at least 0", n=text)
    # No list has more items than `sys.maxsize`, and slices accept no greater number.
    return min(int(text), sys.maxsize if maximum is None else maximum)


def parse_after(query: PageQuery, name_of: Callable[[str], Name]) -> After[Name] | None:
    """Return the item after which the page starts; None for the start. Raises PageInvalid.

    In an order by time `last` is `TICKS&NAME` (acr-behaviour 4.2). It may also be a name alone,
    which stands for the present position of the item [I]. No name has an ampersand, so a `last` that
    has one and is of another form is refused [I].
    """
    last = query.last
    if last is None:
        return None
    if query.order is Order.NAME or "&" not in last:
        return name_of(last)

    match = _TIME_POSITION.fullmatch(last)
    if match is None:
        raise PageInvalid("expected .NET ticks, an ampersand and a name, or a name", last=last)
    return TimePosition(decode_ticks(int(match[1])), name_of(match[2]))


def encode_last(query: PageQuery, name: str, updated: int) -> str:
    """Return `last` for the page after an item, which was updated at `updated` ns.

    >>> query = parse_page({"orderby": "timeasc"}, default=None, maximum=None)
    >>> encode_last(query, "v2", 1_768_325_661_147_060_100)
    '639039224611470601&v2'
    """
    return name if query.order is Order.NAME else f"{encode_ticks(updated)}&{name}"


def quote_name(name: str) -> str:
    """Return a repository's name for a path below `/acr/v1`: with `%2F`, unlike in `/v2`."""
    return quote(name, safe="")


def encode_link(
    path: str,
    *,
    last: str,
    n: int,
    orderby: str | None = None,
    extra: Mapping[str, str] | None = None,
) -> str:
    """Return the Link header of a page. `path` is already quoted, `last` is not.

    The keys are in ACR's order: `last`, `n`, `orderby` (also if it is empty, but not if it is
    None), and then `extra` (acr-behaviour 4.2).

    >>> encode_link("/acr/v1/library%2Fbusybox/_tags", last="3.15.6", n=1, orderby="")
    '</acr/v1/library%2Fbusybox/_tags?last=3.15.6&n=1&orderby=>; rel="next"'
    """
    query = {"last": last, "n": str(n)}
    if orderby is not None:
        query["orderby"] = orderby
    return f'<{path}?{urlencode({**query, **(extra or {})})}>; rel="next"'


def parse_link(header: str) -> str | None:
    """Return the target of the first link whose relation is `next`, or None (RFC 8288 §3).

    A malformed header is read up to its first mistake.
    """
    place = 0
    while target := _TARGET.match(header, place):
        relations, place = _relations_at(header, target.end())
        if "next" in relations.lower().split():
            return target[1]
    return None


def _relations_at(header: str, place: int) -> tuple[str, int]:
    """Return the relations of the link whose parameters begin at `place`, and where they end."""
    relations: str | None = None
    while parameter := _PARAMETER.match(header, place):
        place = parameter.end()
        name, quoted, token = parameter.groups()
        # §3.3: of several `rel` in one link only the first counts
        if relations is None and (name or "").lower() == "rel":
            relations = (token or "") if quoted is None else _QUOTED_PAIR.sub(r"\1", quoted)
    return relations or "", place
