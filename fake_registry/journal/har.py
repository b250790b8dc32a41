"""Exchanges as an HTTP Archive (HAR 1.2), which browsers show in their network panels.

The format: softwareishard.com/blog/har-12-spec. Where it leaves a choice, the document is what
Chrome and Firefox write and read. Names that begin with an underscore are ours, as HAR has it.
"""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from fake_registry.journal.documents import Document
from fake_registry.journal.exchange import Exchange, Headers
from fake_registry.journal.exchange_url import encode_query, url_of
from fake_registry.journal.text import time_text
from fake_registry.version import package_version

VERSION: Final = "1.2"

_PAGE: Final = "page_1"
"""The one page, of which all entries are: Firefox could not open entries without one."""

_UNKNOWN_TYPE: Final = "x-unknown"
"""The media type of an answer without Content-Type, as in Chrome."""

_DROPPED: Final = "net::ERR_EMPTY_RESPONSE"
"""What Chrome calls a connection that was closed before an answer."""

_TIMINGS: Final = {
    "blocked": -1,
    "dns": -1,
    "connect": -1,
    "ssl": -1,
    "send": 0,
    "wait": 0,
    "receive": 0,
}
"""-1 is a phase that does not apply. Durations are not recorded, and the others may not be -1."""

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}

_WITHOUT_CONTENT: Final = frozenset({204, 304})


def har_document(exchanges: Iterable[Exchange]) -> Document:
    """Return exchanges as the JSON of a HAR file, in their order, an entry each."""
    items = tuple(exchanges)
    return {
        "log": {
            "version": VERSION,
            "creator": {"name": "pytest-acr", "version": package_version()},
            "pages": _pages_of(items),
            "entries": [_entry_of(exchange) for exchange in items],
            "comment": "Durations and bodies are not recorded.",
        }
    }


def _pages_of(exchanges: Sequence[Exchange]) -> list[Document]:
    if not exchanges:
        return []

    page = {
        "startedDateTime": time_text(exchanges[0].time),
        "id": _PAGE,
        "title": "fake registry",
        "pageTimings": {"onContentLoad": -1, "onLoad": -1},
    }
    return [page]


def _entry_of(exchange: Exchange) -> Document:
    return {
        "pageref": _PAGE,
        "startedDateTime": time_text(exchange.time),
        "time": 0,
        "request": _request_of(exchange),
        "response": _response_of(exchange),
        "cache": {},
        "timings": dict(_TIMINGS),
        "comment": str(exchange),
        "_resourceType": "fetch",
        "_number": exchange.number,
        "_timeNanoseconds": exchange.time,
        "_endpoint": exchange.endpoint,
        "_repository": exchange.repository,
        "_reference": exchange.reference,
        "_errors": list(exchange.errors),
        "_failure": exchange.failure,
        "_principal": exchange.principal,
        "_faults": list(exchange.faults),
    }


def _request_of(exchange: Exchange) -> Document:
    query = encode_query(exchange.query)
    return {
        "method": exchange.method,
        "url": url_of(exchange),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs_of(exchange.request_headers),
        "queryString": _pairs_of(parse_qsl(query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": exchange.request_bytes,
    }


def _response_of(exchange: Exchange) -> Document:
    if exchange.status is None:
        return _no_response()

    size = _body_size_of(exchange)
    return {
        "status": exchange.status,
        "statusText": _PHRASES.get(exchange.status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs_of(exchange.response_headers),
        "content": {
            "size": max(size, 0),
            "mimeType": exchange.response_header("Content-Type") or _UNKNOWN_TYPE,
        },
        "redirectURL": _redirect_of(exchange, exchange.status),
        "headersSize": -1,
        "bodySize": size,
    }


def _redirect_of(exchange: Exchange, status: int) -> str:
    """Return the target of a redirect, empty for any other answer."""
    if not 300 <= status < 400:
        return ""
    return exchange.response_header("Location") or ""


def _no_response() -> Document:
    """Return the response of a dropped connection, as Chrome writes it."""
    return {
        "status": 0,
        "statusText": "",
        "httpVersion": "",
        "cookies": [],
        "headers": [],
        "content": {"size": 0, "mimeType": _UNKNOWN_TYPE},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
        "_error": _DROPPED,
    }


def _body_size_of(exchange: Exchange) -> int:
    """Return the bytes of the answer's body, -1 where it announced no length."""
    if exchange.method == "HEAD" or exchange.status in _WITHOUT_CONTENT:
        return 0
    if exchange.response_bytes is None:
        return -1
    return exchange.response_bytes


def _pairs_of(pairs: Headers | list[tuple[str, str]]) -> list[Document]:
    return [{"name": name, "value": value} for name, value in pairs]
