"""The guard of a live registry: a test may change repositories in its namespace, and nothing else.

All requests of a test go over one session of requests. The adapter of that session refuses a
request that would change anything else, and records the content that the test pushes.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from fake_registry.spec.endpoints import Family
from fake_registry.spec.names import digest_of
from fake_registry.wire.origins import same_origin

_CONTENT: Final = re.compile(
    rf"{Family.REGISTRY.value}/(?P<name>.+)/(?:manifests|blobs)/.*",
)
_METADATA: Final = re.compile(
    rf"{Family.ACR.value}/(?P<name>.+?)(?:/_(?:tags|manifests)(?:/.*)?)?",
)
_LOGIN: Final = f"{Family.OAUTH.value}/"

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

    def check_request(self, method: str, url: str, body: object) -> None:
        """Record the content that a request will push. OutsideNamespace if it must not be sent.

        The content is recorded before the request is sent, because its response may be lost.
        """
        if method in _READING:
            return

        is_here = same_origin(self._endpoint, url)
        name = _repository_in(url) or "NAME"
        if is_here and name.startswith(self._namespace):
            self._record(method, name, url, body)
        elif not is_here or not self._is_login_or_upload(url):
            example = f"{self._namespace}{name}"
            raise OutsideNamespace(
                f"{method} of {_without_query(url)} would change content that is not this test's: "
                f"expected a repository of {self._endpoint} such as {example!r}, with the prefix "
                "of the fixture acr_namespace"
            )

    def record_response(self, response: requests.Response) -> None:
        """Record the URL where an upload continues."""
        location = response.headers.get("Location")
        if location is not None and response.status_code == 202:
            self._upload_urls.add(_without_query(urljoin(response.url, location)))

    def _is_login_or_upload(self, url: str) -> bool:
        return _path_of(url).startswith(_LOGIN) or _without_query(url) in self._upload_urls

    def _record(self, method: str, name: str, url: str, body: object) -> None:
        pushed = self.pushed.setdefault(name, PushedContent())
        query = parse_qs(urlsplit(url).query)
        pushed.blobs += query.get("digest", []) + query.get("mount", [])

        path = _path_of(url)
        if method == "PUT" and "/manifests/" in path:
            if isinstance(body, bytes):
                pushed.manifests.append(digest_of(body))
            reference = path.rpartition("/")[2]
            if ":" not in reference:
                pushed.tags.append(reference)


def _repository_in(url: str) -> str | None:
    """Return the repository that a URL names; None for one of neither content nor metadata."""
    path = _path_of(url)
    match = _CONTENT.fullmatch(path) or _METADATA.fullmatch(path)
    return match["name"] if match else None


def _path_of(url: str) -> str:
    return unquote(urlsplit(url).path)


def _without_query(url: str) -> str:
    return url.partition("?")[0]


class GuardedAdapter(HTTPAdapter):
    """Sends the requests that a `NamespaceGuard` lets through."""

    def __init__(self, guard: NamespaceGuard) -> None:
        super().__init__()
        self._guard = guard

    # Any: arguments of requests besides the request, such as its timeout
    def send(
        self,
        request: requests.PreparedRequest,
        *args: Any,
        **options: Any,
    ) -> requests.Response:
        self._guard.check_request(request.method or "", request.url or "", request.body)
        response = super().send(request, *args, **options)
        self._guard.record_response(response)
        return response
