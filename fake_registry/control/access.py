"""The callers that the control API serves: the check of Host, Origin and control token.

A web page that a developer visits can send requests to this machine. Its browser names the page in
Origin; where the page's own host name leads here (DNS rebinding), Host has that name.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.wrappers import Request

from fake_registry.http.hosts import host_in

_AUTHORITY: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{0,5})?")
_PORT: Final = re.compile(r":([0-9]{1,5})$")
_COOKIE: Final = "fake_registry_control"
_OWN_SITES: Final = frozenset({"same-origin", "none"})
"""Of a page of this server, or of an address that the user has entered."""
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


def is_loopback(host: str) -> bool:
    """Return whether a host, without brackets and port, is a loopback address or `localhost`."""
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 §6.3
        return True
    return _is_address(host) and ip_address(host).is_loopback


def parse_host(text: str) -> str:
    """Return a host name or address, in the form to compare. ValueError for anything else.

    >>> parse_host("Registry.internal:5000")
    'registry.internal'
    """
    if not _AUTHORITY.fullmatch(text):
        raise ValueError(f"expected a host name such as registry.internal, found {text!r}")
    return host_in(text)


def check_token(token: str | None) -> None:
    """Raise ValueError for a control token that no client could send. None is no token."""
    if token == "":
        raise ValueError("control token: expected a value, found none")
    if token is not None and (not token.isprintable() or " " in token):
        raise ValueError("control token: expected visible characters, found others")


class ControlAccess:
    """Refuses requests of web pages, and those without the control token."""

    def __init__(self, hosts: Iterable[str], *, realm: str, token: str | None) -> None:
        """`hosts` are the names, besides those of loopback, by which clients reach the server. An
        unspecified address such as 0.0.0.0 among them allows all addresses, but no names.

        Raises ValueError for an empty token: it would let every caller in.
        """
        check_token(token)
        self._hosts = frozenset(map(host_in, hosts))
        self._any_address = any(map(_is_unspecified, self._hosts))
        self._realm = realm
        self._token = None if token is None else token.encode()

    def check(self, request: Request, *, is_open: bool) -> None:
        """Raise Forbidden or Unauthorized for a caller that is not served.

        An `is_open` route needs no token.
        """
        self._check_host(request)
        _check_origin(request)
        if not is_open and not self._has_cookie(request):
            self._check_token(request.headers.get("Authorization", ""))

    def is_token(self, text: str) -> bool:
        """Return whether a text is the control token. Any is, where there is none."""
        return self._token is None or hmac.compare_digest(text.encode(), self._token)

    def cookie_for(self, request: Request) -> tuple[str, str]:
        """Return the name and the value of a cookie that stands for the control token.

        Cookies are for all ports of a host: the name has the port, so that a browser can have the
        pages of two servers.
        """
        port = _PORT.search(_host_of(request))
        name = f"{_COOKIE}_{port[1]}" if port else _COOKIE
        return name, urlsafe_b64encode(self._token or b"").decode()

    def _check_host(self, request: Request) -> None:
        authority = _host_of(request)
        if _AUTHORITY.fullmatch(authority) and self._is_known(host_in(authority)):
            return

        known = ", ".join(["localhost", *sorted(self._hosts)])
        expected = f"expected a Host among {known} and the loopback addresses"
        raise Forbidden(f"{expected}, found {authority[:100]!r}; --control-host allows it")

    def _is_known(self, host: str) -> bool:
        if host in self._hosts or is_loopback(host):
            return True
        # An attacker's page has a name: there is no rebinding of an address.
        return self._any_address and _is_address(host)

    def _has_cookie(self, request: Request) -> bool:
        """Return whether a page of this server sends the request, with the cookie for the token.

        The cookie is for pages of the same host, and so of other ports, too: a browser names those
        in Sec-Fetch-Site (Fetch Metadata §2.4).
        """
        if self._token is None or request.headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES:
            return False
        name, value = self.cookie_for(request)
        given = request.cookies.get(name, "")
        return hmac.compare_digest(given.encode(), value.encode())

    def _check_token(self, authorization: str) -> None:
        if self._token is None:
            return

        scheme, _, given = authorization.partition(" ")
        # latin-1: the bytes as they were sent (PEP 3333, Unicode Issues)
        matches = hmac.compare_digest(given.encode("latin-1"), self._token)
        if scheme.lower() != "bearer" or not matches:
            raise Unauthorized(
                "expected Authorization: Bearer and the control token",
                www_authenticate=WWWAuthenticate("bearer", {"realm": self._realm}),
            )


def _check_origin(request: Request) -> None:
    """Refuse a page of another origin (RFC 6454 §7)."""
    origin = request.headers.get("Origin")
    if origin is None:
        return

    own = f"{request.scheme}://{_host_of(request)}"
    default_port = _DEFAULT_PORTS.get(request.scheme, "")
    if origin.lower().removesuffix(default_port) != own.lower().removesuffix(default_port):
        raise Forbidden(f"expected no Origin or {own}, found {origin[:100]!r}")


def _host_of(request: Request) -> str:
    environ = request.environ
    if environ.get("HTTP_HOST"):
        return str(environ["HTTP_HOST"])

    name = environ["SERVER_NAME"]  # an HTTP/1.0 client sends no Host
    return f"[{name}]" if ":" in name else str(name)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_unspecified(host: str) -> bool:
    return _is_address(host) and ip_address(host).is_unspecified
