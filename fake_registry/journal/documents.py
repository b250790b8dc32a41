"""The JSON of exchanges: for the log of the server, for the control API and for files."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any, Final

from fake_registry.journal.exchange import Exchange
from fake_registry.journal.text import time_text

Document = dict[str, Any]  # Any: JSON

_ALL: Final = tuple([field.name for field in fields(Exchange)])
_WITHOUT_HEADERS: Final = tuple([name for name in _ALL if not name.endswith("_headers")])


def exchange_document(exchange: Exchange, *, with_headers: bool = True) -> Document:
    """Return the fields of an exchange by their names, with or without its headers."""
    names = _ALL if with_headers else _WITHOUT_HEADERS
    return {name: getattr(exchange, name) for name in names}


def json_lines(exchanges: Iterable[Exchange]) -> Iterator[str]:
    """Yield each exchange as one line of JSON: its fields, and `time_text` beside `time`."""
    for exchange in exchanges:
        document = exchange_document(exchange) | {"time_text": time_text(exchange.time)}
        yield json_text(document)


def json_text(document: Document) -> str:
    """Return JSON in ASCII, in one line.

    Half a surrogate pair, which no UTF-8 has, becomes U+FFFD: some parsers refuse it.
    """
    text = json.dumps(document)
    if "\\ud" not in text:
        return text

    utf16 = json.dumps(document, ensure_ascii=False).encode("utf-16", "surrogatepass")
    return json.dumps(json.loads(utf16.decode("utf-16", "replace")))
