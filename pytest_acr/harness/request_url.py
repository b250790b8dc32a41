"""URLs of registries and of requests to them."""

from ipaddress import AddressValueError, IPv4Address
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from fake_registry.client.registry_url import Origin, parse_registry_url


class RequestUrl(NamedTuple):
    """Where a request is sent: scheme, host and port, and the path with its query."""

    origin: Origin
    path: str

    def __str__(self) -> str:
        return f"{self.origin}{self.path}"

    def join(self, location: str) -> str:
        """Return the URL that a Location in the response refers to (RFC 9110 §10.2.2)."""
        return urljoin(str(self), location)


def parse_request_url(url: str) -> RequestUrl:
    """Return an http or https URL. ValueError, whose message has no secret."""
    parts = urlsplit(url)
    origin = parse_registry_url(f"{parts.scheme}://{parts.netloc}")
    query = f"?{parts.query}" if parts.query else ""
    return RequestUrl(origin, (parts.path or "/") + query)


def parse_target(url: str) -> Origin:
    """Return scheme, host and port of a registry's URL. ValueError for anything beyond these.

    A host without a scheme stands for https, and on this machine for http.

    >>> str(parse_target("registry.example.com")), str(parse_target("localhost:5000"))
    ('https://registry.example.com', 'http://localhost:5000')
    """
    origin = parse_registry_url(url)
    if "://" not in url and is_loopback(origin):
        return parse_registry_url(f"http://{url}")
    return origin


def is_loopback(origin: Origin) -> bool:
    """Return whether a host is this machine by its name alone: there is no look-up.

    `localhost`, an IPv4 address of 127.0.0.0/8 and `[::1]` are.
    """
    if origin.host in ("localhost", "[::1]"):
        return True
    try:
        return IPv4Address(origin.host).is_loopback
    except AddressValueError:
        return False
