"""The guard of a live registry: a test may change repositories in its namespace, and nothing else.

All requests of a test go over one session of requests. The adapter of that session refuses a
request that would change anything else, and records the content that the test pushes.
"""

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from requests.adapters import BaseAdapter

from fake_registry.sessions.adapter import DeadlineAdapter
from fake_registry.spec.names import digest_of
from fake_registry.spec.text import printable
from fake_registry.wire.origins import origin_of, same_origin
from pytest_acr.connections.live_paths import LOGINS, AmbiguousPath, path_of, repository_in

_READING: Final = ("GET", "HEAD", "OPTIONS")


class OutsideNamespace(ValueError):
    """A test would have changed content of a live registry outside its namespace.

    The request was not sent.
    """


@dataclass
class PushedContent:
    """The content that a test has pushed, or tried to push, to one repository, in order.

    The digest of a manifest that was sent as a stream is unknown; such a manifest has its tag here.
    """

    manifests: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    blobs: list[str] = field(default_factory=list)


class NamespaceGuard:
    """Checks the requests of a test, and records the content that they push."""

    def __init__(self, endpoint: str, namespace: str) -> None:
        self.pushed: dict[str, PushedContent] = {}
        """By the name of the repository."""
        self._endpoint = endpoint
        self._namespace = namespace
        self._upload_urls: set[str] = set()
        """Where uploads continue: each registry has URLs of its own for that."""

    def check_request(self, method: str, url: str, body: object, *, host: str | None = None) -> None:
        """Record the content that a request will push. OutsideNamespace if it must not be sent.

        `host` is a Host header of the caller. The content is recorded before the request is sent,
        because its response may be lost.
        """
        if method in _READING:
            return

        try:
            path = path_of(url)
            name = repository_in(path)
        except AmbiguousPath as error:
            raise self._refusal(method, url, f"found {error}") from None

        is_here = self._is_here(url, host)
        if is_here and name is not None and name.startswith(self._namespace):
            self._record(method, name, path, url, body)
            return

        is_login = method == "POST" and path in LOGINS
        is_upload = name is None and _without_query(url) in self._upload_urls
        if not (is_here and (is_login or is_upload)):
            raise self._refusal(method, url, "found another path", name=name or "NAME")

    def record_response(self, method: str, response: requests.Response) -> None:
        """Record the URL where an upload continues, from the answer to a change."""
        location = response.headers.get("Location")
        if location is not None and response.status_code == 202 and method not in _READING:
            self._upload_urls.add(_without_query(urljoin(response.url, location)))

    def _is_here(self, url: str, host: str | None) -> bool:
        """Return whether a request reaches the live registry, and no other behind its address."""
        if not same_origin(self._endpoint, url):
            return False
        scheme = self._endpoint.partition("://")[0]
        return host is None or origin_of(f"{scheme}://{host}") == origin_of(self._endpoint)

    def _refusal(self, method: str, url: str, found: str, *, name: str = "NAME") -> OutsideNamespace:
        shown = printable(_without_query(url))
        example = f"{self._namespace}{name}"
        return OutsideNamespace(
            f"{method} of {shown} would change content that is not this test's: expected a "
            f"repository of {self._endpoint} such as {example!r}, with the prefix of the fixture "
            f"acr_namespace, {found}"
        )

    def _record(self, method: str, name: str, path: str, url: str, body: object) -> None:
        pushed = self.pushed.setdefault(name, PushedContent())
        query = parse_qs(urlsplit(url).query)
        pushed.blobs += query.get("digest", []) + query.get("mount", [])

        if method == "PUT" and "/manifests/" in path:
            if isinstance(body, bytes):
                pushed.manifests.append(digest_of(body))
            reference = path.rpartition("/")[2]
            if ":" not in reference:
                pushed.tags.append(reference)


def _without_query(url: str) -> str:
    return url.partition("?")[0]


class GuardedAdapter(BaseAdapter):
    """Sends the requests that a `NamespaceGuard` lets through."""

    def __init__(self, guard: NamespaceGuard) -> None:
        super().__init__()
        self._guard = guard
        self._inner = DeadlineAdapter()

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    # Any: arguments of requests besides the request, such as its timeout
    def send(
        self,
        request: requests.PreparedRequest,
        *args: Any,
        **options: Any,
    ) -> requests.Response:
        method, url = request.method or "", request.url or ""
        self._guard.check_request(method, url, request.body, host=_host_of(request))

        response = self._inner.send(request, *args, **options)
        self._guard.record_response(method, response)
        return response


def _host_of(request: requests.PreparedRequest) -> str | None:
    """Return the Host header that a caller has set; a server may choose the registry by it."""
    host: object = request.headers.get("Host")
    if isinstance(host, bytes):
        return host.decode("latin-1")
    return None if host is None else str(host)
