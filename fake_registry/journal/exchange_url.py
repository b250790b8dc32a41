"""The URL of an exchange, also where its host and path make none."""

import re
from typing import Final
from urllib.parse import quote

from fake_registry.journal.exchange import Exchange
from fake_registry.journal.text import target_text

_UNKNOWN_HOST: Final = "unknown.invalid"
"""The host in the URL of a request whose Host header is malformed (RFC 2606 §2)."""

_HOST: Final = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
_SAFE: Final = "/:@!$&'()*+,;=~"
"""The characters that a path may have besides letters and digits (RFC 3986 §3.3)."""
_STRAY_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


def url_of(exchange: Exchange) -> str:
    """Return the absolute URL of a request. It is valid, also where host and path are not."""
    path = quote(exchange.path.removeprefix("/"), safe=_SAFE, errors="replace")
    target = target_text(f"/{path}", encode_query(exchange.query))
    return f"{exchange.scheme}://{_host_of(exchange.host)}{target}"


def encode_query(query: str) -> str:
    """Return a query with each character escaped that a URL may not have.

    It has the bytes that were sent as Latin-1 (PEP 3333).
    """
    escaped = quote(query, safe=f"%?{_SAFE}", encoding="latin-1", errors="replace")
    return _STRAY_PERCENT.sub("%25", escaped)


def _host_of(host: str) -> str:
    """Return the host and port in a Host header, without user info."""
    match = _HOST.fullmatch(host.rpartition("@")[2])
    if match is None or int(match[2] or 0) > 65_535:
        return _UNKNOWN_HOST
    return match[0]
