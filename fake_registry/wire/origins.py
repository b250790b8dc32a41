"""Origins of URLs (RFC 6454 §4). Credentials, uploads and pages of a list stay at the origin of their registry."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import Final

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
MAX_PORT: Final = 65_535

# Narrower than RFC 3986: user info, blanks and backslashes are where two parsers read different hosts.
_URL: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{0,5}))?"
    r"(?:[/?#][^\x00-\x1f\x7f\\]*)?",
    # Without ASCII, case folding lets a Kelvin sign pass for a K.
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True)
class Origin:
    """Scheme and host in lower case, an IPv6 address in brackets, and the port; `str` returns the URL."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The host, followed by the port unless it is the default of the scheme."""
        if self.port == DEFAULT_PORTS[self.scheme]:
            return self.host
        return f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


def origin_of(url: str) -> Origin | None:
    """Return the origin of an http or https URL; None for a malformed URL or one with user info.

    >>> str(origin_of("HTTPS://Fake.azurecr.io:443/v2/"))
    'https://fake.azurecr.io'
    """
    match = _URL.fullmatch(url)
    if match is None:
        return None

    scheme, host = match["scheme"].lower(), match["host"].lower()
    port = int(match["port"] or DEFAULT_PORTS[scheme])
    if not 0 < port <= MAX_PORT or not _is_host(host):
        return None

    return Origin(scheme, host, port)


def same_origin(one: str, other: str) -> bool:
    """Return whether two URLs have one origin. A URL without an origin is at no other's."""
    origin = origin_of(one)
    return origin is not None and origin == origin_of(other)


def _is_host(host: str) -> bool:
    if not host.startswith("["):
        return True

    try:
        IPv6Address(host[1:-1])
    except AddressValueError:
        return False
    return True
