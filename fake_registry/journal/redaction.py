"""Removes secrets from the parts of an exchange and shortens texts, before anything is kept."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from fake_registry.journal.exchange import Headers

KEPT_CHARACTERS = 200
"""The most that `shorten` keeps of a text that a client made up."""

_SECRET_KEYS = frozenset({"HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION", "HTTP_COOKIE"})
_SECRET_PARAMETERS = frozenset({"sig", "_state", "access_token", "refresh_token", "password"})
_HEADER_KEYS = ("HTTP_", "CONTENT_")


def redact_request_headers(environ: Mapping[str, Any]) -> Headers:  # Any: as PEP 3333 has it
    """Return the headers in a WSGI environ. Of an authorization only the scheme is kept."""
    return tuple(
        [
            (name, _redact_secret(value) if key in _SECRET_KEYS else value)
            for key, value in environ.items()
            if (name := _header_name(key))
        ]
    )


def redact_answer_headers(headers: Headers) -> Headers:
    """Return an answer's headers; a Location without its signature and upload state."""
    # in any case, as an effect may spell the name; the length spares the other headers `lower`
    return tuple(
        [_redact_location(one) if len(one[0]) == 8 and one[0].lower() == "location" else one for one in headers]
    )


def redact_query(query: str) -> str:
    """Return a query string whose signatures, upload states, tokens and passwords are `***`."""
    return "&".join(map(_redact_parameter, query.split("&"))) if query else query


def shorten(text: str | None) -> str | None:
    """Return the beginning of a text; None for an empty one."""
    return text[:KEPT_CHARACTERS] if text else None


@lru_cache(maxsize=1024)
def _header_name(key: str) -> str | None:
    """Return the usual spelling of the header that has this key in a WSGI environ.

    None for a key that belongs to no header.
    """
    if not key.startswith(_HEADER_KEYS):
        return None
    return key.removeprefix("HTTP_").replace("_", "-").title()


def _redact_secret(secret: str) -> str:
    """Keep the scheme of an authorization; nothing of a cookie, or of a token without a scheme."""
    scheme, blank, _ = secret.partition(" ")
    return f"{scheme} ***" if blank and "=" not in scheme else "***"


def _redact_location(header: tuple[str, str]) -> tuple[str, str]:
    name, location = header
    path, mark, query = location.partition("?")
    return name, path + mark + redact_query(query)


def _redact_parameter(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    known = unquote_plus(name) if "%" in name else name
    return f"{name}=***" if equals and known in _SECRET_PARAMETERS else parameter
