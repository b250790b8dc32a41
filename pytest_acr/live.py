"""A line to a real registry, for `--acr-live-endpoint`: each test keeps to a namespace of its own, removed afterwards.

Requests go over one session of requests, whoever sends them; its adapter refuses to change what is not the test's, and
notes what the test has pushed.
"""

import re
import secrets
import warnings
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import parse_qs, unquote, urlsplit

import requests
from azure.core.exceptions import AzureError, ResourceNotFoundError
from requests.adapters import HTTPAdapter

from fake_registry import SystemClock
from fake_registry.spec.names import digest_of
from fake_registry.wire.calls import same_origin
from pytest_acr.credentials import AwaitedCredential
from pytest_acr.sockets import AioSocketTransport, SocketTransport, read_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.core.credentials import TokenCredential

    from fake_registry import FakeRegistry
    from fake_registry.server import RegistryServer
    from pytest_acr.connection import Connection

PROBE_TIMEOUT_S: Final = 10


class OutsideNamespace(ValueError):
    """A test would have changed a repository of a live registry that is not its own. Nothing was sent."""


class LeftBehindWarning(UserWarning):
    """What a test pushed to a live registry could not be removed again."""


def is_acr(endpoint: str) -> bool:
    """Tell whether a registry has ACR's own API. Raises requests' exceptions if it cannot be reached."""
    answer = requests.get(f"{endpoint}/acr/v1/_catalog", params={"n": "1"}, timeout=PROBE_TIMEOUT_S)
    # others answer 404, or, with a user interface in front, a page for every path
    return answer.status_code in (200, 401) and answer.headers.get("Content-Type", "").startswith("application/json")


@dataclass
class Pushed:
    """What a test has pushed to a repository, in order."""

    manifests: list[str] = field(default_factory=list)
    blobs: list[str] = field(default_factory=list)


class Trail:
    """What a test has done to a live registry, and what it may do: change repositories under `namespace`, no other."""

    def __init__(self, endpoint: str, namespace: str) -> None:
        self.repositories: dict[str, Pushed] = {}
        self._endpoint = endpoint
        self._namespace = namespace

    def check(self, method: str, url: str) -> None:
        """Raise OutsideNamespace for a request that would change somebody else's repository."""
        name = self._changed(method, url)
        if name is not None and not name.startswith(self._namespace):
            own = f"{self._namespace}{name}"
            raise OutsideNamespace(
                f"{method} would change repository {name!r} of {self._endpoint}, which is not this test's: "
                f"expected one such as {own!r}, which the fixture acr_namespace begins"
            )

    def note(self, method: str, url: str, answer: requests.Response, body: object) -> None:
        """Remember what a request has pushed."""
        name = self._changed(method, url)
        if name is None or answer.status_code != 201:
            return
        pushed, query = self.repositories.setdefault(name, Pushed()), parse_qs(urlsplit(url).query)
        pushed.blobs += query.get("digest", []) + query.get("mount", [])
        if method == "PUT" and "/manifests/" in urlsplit(url).path:
            stated = answer.headers.get("Docker-Content-Digest")
            pushed.manifests.append(stated or digest_of(body if isinstance(body, bytes) else b""))

    def _changed(self, method: str, url: str) -> str | None:
        """Return the repository that a request changes; None for one that changes none."""
        if method not in ("PUT", "POST", "PATCH", "DELETE") or not same_origin(self._endpoint, url):
            return None
        path = unquote(urlsplit(url).path)
        match = _CONTENT.fullmatch(path) or _METADATA.fullmatch(path)
        return None if match is None else match["name"]


_CONTENT: Final = re.compile(r"/v2/(?P<name>.+)/(?:manifests|blobs)/.*")
_METADATA: Final = re.compile(r"/acr/v1/(?P<name>.+?)(?:/_(?:tags|manifests)(?:/.*)?)?")


class GuardedAdapter(HTTPAdapter):
    """Sends what a `Trail` lets through, and has it noted."""

    def __init__(self, trail: Trail) -> None:
        super().__init__()
        self._trail = trail

    # Any: what requests passes besides the request
    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        method, url = request.method or "", request.url or ""
        self._trail.check(method, url)
        answer = super().send(request, *args, **options)
        self._trail.note(method, url, answer, request.body)
        return answer


class LiveLine:
    """Reaches the registry at `endpoint` over the network, with the proxies and CAs of the environment."""

    def __init__(self, endpoint: str, *, is_acr: bool, credential: "Callable[[], TokenCredential]") -> None:
        self.endpoint = endpoint
        self.is_acr = is_acr
        self.namespace = f"pytest-acr/{secrets.token_hex(6)}/"
        self._new_credential = credential
        self._trail = Trail(endpoint, self.namespace)
        self._closing = ExitStack()

    @property
    def registry(self) -> "FakeRegistry":
        return self._no_fake()

    @property
    def server(self) -> "RegistryServer":
        return self._no_fake()

    def _no_fake(self) -> NoReturn:
        raise RuntimeError(f"there is no fake: the tests run against {self.endpoint}")

    @cached_property
    def session(self) -> requests.Session:
        session = self._closing.enter_context(requests.Session())
        session.hooks["response"].append(read_error)
        for scheme in ("https://", "http://"):
            session.mount(scheme, GuardedAdapter(self._trail))
        return session

    @cached_property
    def transport(self) -> SocketTransport:
        return SocketTransport(self.session, clock=SystemClock())

    @cached_property
    def aio_transport(self) -> AioSocketTransport:
        return AioSocketTransport(self.session, clock=SystemClock())

    @cached_property
    def credential(self) -> "TokenCredential":
        return self._new_credential()

    @property
    def aio_credential(self) -> AwaitedCredential:
        return AwaitedCredential(self.credential)

    def remove(self, connection: "Connection") -> None:
        """Remove what was pushed; `connection` is one over this line. Warns of what cannot be removed."""
        left: list[str] = []
        for name, pushed in self._trail.repositories.items():
            try:
                if self.is_acr:
                    connection.client().delete_repository(name)
                else:
                    _remove_content(connection, name, pushed)
            except AzureError as error:
                left.append(f"{name} ({error})")
        if left:
            warnings.warn(f"left behind at {self.endpoint}: {', '.join(left)}", LeftBehindWarning, stacklevel=2)

    def close(self) -> None:
        self._closing.close()


def _remove_content(connection: "Connection", name: str, pushed: Pushed) -> None:
    """Delete manifests, an index before what it refers to, then blobs. An OCI registry deletes no repositories."""
    client = connection.content_client(name)
    deletes = [(client.delete_manifest, digest) for digest in reversed(pushed.manifests)]
    deletes += [(client.delete_blob, digest) for digest in pushed.blobs]
    for delete, digest in dict.fromkeys(deletes):
        try:
            delete(digest)
        except ResourceNotFoundError:  # the test did it itself
            continue
