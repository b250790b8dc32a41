"""Removes secrets from the parts of an exchange, and shortens texts.

Which names and texts are secret is decided in `spec.redaction`.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from fake_registry.journal.exchange import Headers
from fake_registry.spec.redaction import redact_text, redaction_of_header
from fake_registry.spec.text_cache import TextCache

KEPT_CHARACTERS: Final = 200
"""The most that `shorten` keeps of a text that a client made up."""

KEPT_REASON: Final = 2_000
"""The most characters of the reason of a failure that are kept."""

_HEADER_KEYS: Final = ("HTTP_", "CONTENT_")

_Redact = Callable[[str], str]


class HeaderPlaces(NamedTuple):
    """Where the headers are in each WSGI environ that has the same keys."""

    read: Callable[[Mapping[str, Any]], tuple[str, ...]]  # Any: as PEP 3333 has it
    """Returns the headers' values, with secrets, after two values that are no headers."""
    names: tuple[str, ...]
    """The headers' usual spelling."""
    redactions: tuple[_Redact | None, ...]

    def redact(self, values: tuple[str, ...]) -> Headers:
        """Return the headers without secrets. `values` are those that `read` returned."""
        headers = zip(self.names, values[2:], self.redactions, strict=True)
        return tuple([(name, redact(value) if redact else value) for name, value, redact in headers])


@lru_cache(maxsize=64)
def header_places(keys: tuple[str, ...]) -> HeaderPlaces:
    """Return where the headers are in an environ with these keys.

    It is kept, because the requests of one client have few sets of headers: to look for the headers
    in each environ costs eight times as much.
    """
    headers = {key: header for key in keys if (header := _header_of(key)) is not None}
    # two more: `itemgetter` returns no tuple for one key
    read = itemgetter("REQUEST_METHOD", "PATH_INFO", *headers)
    names, redactions = zip(*headers.values(), strict=True) if headers else ((), ())
    return HeaderPlaces(read, names, redactions)


def redact_answer_headers(headers: Headers) -> Headers:
    """Return an answer's headers without secrets."""
    return tuple(
        [(header[0], redact(header[1])) if (redact := _REDACTIONS[header[0]]) else header for header in headers]
    )


def redact_reason(reason: str) -> str:
    """Return the beginning of the reason of a failure, without secrets."""
    return redact_text(reason[:KEPT_REASON])


def shorten(text: str | None) -> str | None:
    """Return the beginning of a text; None for an empty one."""
    return text[:KEPT_CHARACTERS] if text else None


def _header_of(key: str) -> tuple[str, _Redact | None] | None:
    """Return the usual spelling of the header that has this key in a WSGI environ, and its
    redaction.

    None for a key that belongs to no header.
    """
    if not key.startswith(_HEADER_KEYS):
        return None

    name = key.removeprefix("HTTP_").replace("_", "-").title()
    return name, redaction_of_header(name)


_REDACTIONS: Final = TextCache(redaction_of_header, entries=1024)
"""The redaction of each header's value, by the header's name."""
