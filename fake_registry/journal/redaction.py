"""Removes secrets from the parts of an exchange and shortens texts, before anything is kept.

Which names and texts are secret is decided in `spec.redaction`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fake_registry.journal.exchange import Headers
from fake_registry.spec.redaction import redact_text, redaction_of_header
from fake_registry.spec.text_cache import TextCache

KEPT_CHARACTERS: Final = 200
"""The most that `shorten` keeps of a text that a client made up."""

KEPT_REASON: Final = 2_000
"""The most characters of the reason of a failure that are kept."""

_HEADER_KEYS: Final = ("HTTP_", "CONTENT_")

_Redact = Callable[[str], str]


def redact_request_headers(environ: Mapping[str, Any]) -> Headers:  # Any: as PEP 3333 has it
    """Return the headers in a WSGI environ, without secrets."""
    kept: list[tuple[str, str]] = []
    for key, value in environ.items():
        header = _REQUEST_HEADERS[key]
        if header is not None:
            name, redact = header
            kept.append((name, redact(value) if redact else value))
    return tuple(kept)


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


_REQUEST_HEADERS: Final = TextCache(_header_of, entries=1024)
"""The name and the redaction of the header at each key of an environ."""

_REDACTIONS: Final = TextCache(redaction_of_header, entries=1024)
"""The redaction of each header's value, by the header's name."""
