"""Grammar of header and trailer fields in HTTP/1.1 (RFC 9110 §5, RFC 9112 §5)."""

import re
from ipaddress import AddressValueError, IPv6Address
from typing import Final

from fake_registry.spec.text_cache import TextCache

TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105  a pattern
"""The pattern of a method or a field's name (RFC 9110 §5.6.2)."""

_TOKEN: Final = re.compile(TOKEN)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

_MAX_PORT: Final = 65_535

_UNRESERVED: Final = r"A-Za-z0-9\-._~"
_SUB_DELIMS: Final = r"!$&'()*+,;="

_AUTHORITY: Final = re.compile(
    rf"(?:(?P<name>(?:[{_UNRESERVED}{_SUB_DELIMS}]|%[0-9A-Fa-f]{{2}})+)"
    rf"|\[(?P<ipv6>[0-9A-Fa-f:.]+)(?:%[{_UNRESERVED}]+)?\]"
    rf"|\[[vV][0-9A-Fa-f]+\.[{_UNRESERVED}{_SUB_DELIMS}:]+\])"
    r"(?::(?P<port>[0-9]*))?"
)
"""RFC 3986 §3.2 without userinfo; the zone of an IPv6 address with RFC 6874's `%25`, or `%` alone
as Python's http.client before 3.12 sends it."""


def split_field(line: str) -> tuple[str, str] | None:
    """Return WSGI's variable for a line `NAME: VALUE`, and the value; None for a malformed line.

    The variable is empty for a field to skip.
    """
    name, colon, value = line.partition(":")
    variable = _VARIABLES[name]
    if variable is None or not colon or _CONTROL.search(value):
        return None
    return variable, value.strip(" \t")


def _variable_of(name: str) -> str | None:
    """Return WSGI's variable for a header: empty for a header to skip, None for a malformed name.

    A folded line and a space before the colon are malformed as well (RFC 9112 §5.1 and §5.2).
    """
    if not _TOKEN.fullmatch(name):
        return None
    if "_" in name:
        return ""  # else `Content_Length` could pass for `Content-Length`
    variable = name.upper().replace("-", "_")
    return variable if variable in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{variable}"


_VARIABLES: Final = TextCache(_variable_of, entries=512)
"""Clients send the same few names again and again."""


def is_authority(text: str) -> bool:
    """Return whether `text` is a host with or without a port (RFC 9110 §4.2.3).

    >>> [is_authority(text) for text in ("fake.azurecr.io", "[::1]:5000", "user@host", "a:99999")]
    [True, True, False, False]
    """
    return _AUTHORITIES[text]


def _is_authority(text: str) -> bool:
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return False

    port, address = found["port"], found["ipv6"]
    return _is_port(port or "0") and (address is None or _is_ipv6_address(address))


_AUTHORITIES: Final = TextCache(_is_authority, entries=64)
"""Clients name the same few hosts."""


def _is_port(digits: str) -> bool:
    return len(digits) <= len(str(_MAX_PORT)) and int(digits) <= _MAX_PORT


def _is_ipv6_address(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True
