"""`UrlTarget`: requests to the registry at a URL, over one kept-alive connection."""

import os
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, Self

from fake_registry.client.access import AccessPolicy, Credentials, parse_realm_hosts
from fake_registry.client.bounds import MIB
from fake_registry.client.deadline import parse_seconds
from fake_registry.spec.redaction import redact_url
from pytest_acr.harness.http_connection import HttpConnection, TimeLimit, tls_context
from pytest_acr.harness.login import RegistryLogin
from pytest_acr.harness.messages import RawRequest, RawResponse, TargetFailed
from pytest_acr.harness.redirects import MAX_REDIRECTS, redirect_of, without_authorization
from pytest_acr.harness.request_url import RequestUrl, parse_request_url, parse_target

if TYPE_CHECKING:
    from fake_registry.client.registry_url import Origin

TIMEOUT_SECONDS: Final = 30.0
MAX_BODY_BYTES: Final = 32 * MIB
"""Of one response. A process holds it twice for a moment, and stays below 200 MB."""

MAX_CONNECTIONS: Final = 4
"""Connections at a time: to the registry, its token service and its storage."""


class UrlTarget:
    """A registry at an http or https URL. Logs in where its challenges require it.

    Not for several threads at a time: each has its own. Proxies are not used, and nothing is read
    from the environment.
    """

    def __init__(
        self,
        url: str,
        *,
        credentials: Credentials = Credentials(),  # noqa: B008 - a frozen value
        realm_hosts: Iterable[str] = (),
        insecure: bool = False,
        ca_file: str | os.PathLike[str] | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        max_body_bytes: int = MAX_BODY_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Send requests to the registry at `url`, which is read by `parse_target`.

        `realm_hosts` are the hosts, apart from the registry, that may receive the credentials.
        `insecure` accepts any certificate. `ca_file` replaces the CAs of the system. A response
        has to be complete within `timeout_seconds`, with its redirects and a login. ValueError,
        and OSError for a `ca_file` that cannot be read.
        """
        self.origin = parse_target(url)
        """Scheme, host and port of the registry."""
        self._timeout = parse_seconds("timeout_seconds", timeout_seconds)
        self._monotonic = monotonic
        self._max_body_bytes = max_body_bytes
        self._ca_file = None if ca_file is None else os.fspath(ca_file)
        self._insecure = insecure
        if ca_file is not None:
            _ = self._tls  # a missing file is reported where it is named
        self._connections: dict[Origin, HttpConnection] = {}
        self._login = RegistryLogin(
            AccessPolicy(
                registry=self.origin,
                credentials=credentials,
                realm_hosts=parse_realm_hosts(realm_hosts),
            )
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return tls_context(self._ca_file, insecure=self._insecure)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"UrlTarget({str(self.origin)!r})"

    def send(self, request: RawRequest) -> RawResponse:
        """Return the whole response, after redirects of GET and HEAD. TargetFailed.

        A request with an Authorization of its own is sent with it, and without a login. ValueError
        for a line end in the path or a header.
        """
        limit = TimeLimit(self._timeout, self._monotonic)
        url = RequestUrl(self.origin, request.path)
        response = self._send_to(url, request, limit, preauthorize=True)
        for _ in range(MAX_REDIRECTS):
            location = redirect_of(request, response)
            if location is None:
                return response
            url = self._check_redirect(url.join(location))
            # Storage refuses an Authorization next to a signature, at the registry's own host too
            # (acr-behaviour 8.3).
            response = self._send_to(url, request, limit, preauthorize=False)
            response = replace(response, redirected=True)

        if redirect_of(request, response) is not None:
            raise TargetFailed(f"expected at most {MAX_REDIRECTS} redirects, found more")
        return response

    def close(self) -> None:
        """Close all connections. The target can be used again afterwards."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _send_to(
        self,
        url: RequestUrl,
        request: RawRequest,
        limit: TimeLimit,
        *,
        preauthorize: bool,
    ) -> RawResponse:
        """Send to one URL, with a login if it is at the registry."""
        send_once = partial(self._send_once, limit)
        if url.origin != self.origin:
            return send_once(url, without_authorization(request))
        if not request.login or _has_authorization(request):
            return send_once(url, request)
        return self._login.send(send_once, url, request, preauthorize=preauthorize)

    def _send_once(
        self,
        limit: TimeLimit,
        url: RequestUrl,
        request: RawRequest,
        authorization: str | None = None,
    ) -> RawResponse:
        sent = RawRequest(request.method, url.path, request.headers, request.body)
        try:
            return self._connection_to(url.origin).exchange(sent, authorization, limit)
        except TargetFailed as error:
            where = f"{request.method} {redact_url(str(url))}"
            raise TargetFailed(f"{where}: {error}") from None

    def _connection_to(self, origin: "Origin") -> HttpConnection:
        connection = self._connections.get(origin)
        if connection is not None:
            return connection

        if len(self._connections) >= MAX_CONNECTIONS:
            self.close()
        tls = self._tls if origin.scheme == "https" else None
        connection = HttpConnection(origin, tls, max_body_bytes=self._max_body_bytes)
        self._connections[origin] = connection
        return connection

    def _check_redirect(self, target: str) -> RequestUrl:
        """Return the URL of a redirect. TargetFailed for one that a client must not follow."""
        try:
            url = parse_request_url(target)
        except ValueError as error:
            raise TargetFailed(f"expected a redirect to a URL, found another: {error}") from None

        if not url.path.isprintable() or " " in url.path:
            found = "control characters or blanks in it"
            raise TargetFailed(f"expected a redirect to a URL, found {found}")
        if self.origin.scheme == "https" and url.origin.scheme == "http":
            found = f"one to {url.origin}"
            raise TargetFailed(f"expected a redirect to an https URL, found {found}")
        return url


def _has_authorization(request: RawRequest) -> bool:
    return any(name.lower() == "authorization" for name, _ in request.headers)
