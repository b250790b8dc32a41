"""Checks of names and values of headers, and of hosts, that a test author has sent (RFC 9110)."""

import re
from typing import Final
from wsgiref.util import is_hop_by_hop

_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_MAX_PORT: Final = 65_535
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def check_header_name(parameter: str, name: str) -> None:
    """Raise ValueError for a malformed name, and for one that PEP 3333 leaves to the server."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{parameter}: expected the name of a header, found {name!r}")
    if is_hop_by_hop(name):
        expected = "expected a header of the answer"
        raise ValueError(f"{parameter}: {expected}, found {name}, which the server sends itself")


def check_header_value(parameter: str, value: str) -> None:
    """Raise ValueError for a value that no header line can have.

    It is Latin-1 text without control characters, but for tabs, and without blanks around it, which
    a client would not see.
    """
    if _CONTROL.search(value):
        raise ValueError(f"{parameter}: expected no control characters, found {value!r}")
    if value != value.strip(" \t"):
        raise ValueError(f"{parameter}: expected no blanks around the value, found {value!r}")

    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"{parameter}: expected Latin-1 text, found {value!r}") from None


def check_host(parameter: str, host: str) -> None:
    """Raise ValueError for a text that is not a host with or without a port (RFC 9110 §4.2.3)."""
    match = _HOST.fullmatch(host)
    if match is None or int(match["port"] or 0) > _MAX_PORT:
        expected = "expected a host with or without a port"
        raise ValueError(f"{parameter}: {expected}, found {host!r}")
