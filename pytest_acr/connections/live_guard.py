"""A line to a real registry, for `--acr-live-endpoint`: each test keeps to a namespace of its own, removed afterwards.

Requests go over one session of requests, whoever sends them; its adapter refuses to change what is not the test's, and
notes what the test has pushed.
"""

import re
import secrets
import warnings
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

import requests
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import AzureError, ResourceNotFoundError
from requests.adapters import HTTPAdapter

from fake_registry import SystemClock
from fake_registry.spec.names import digest_of
from fake_registry.wire.origins import same_origin
from pytest_acr.credentials import AwaitedCredential
from pytest_acr.transports.sockets import AioSocketTransport, SocketTransport, read_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from azure.core.credentials import TokenCredential

    from fake_registry import FakeRegistry
    from fake_registry.server import RegistryServer
    from pytest_acr.connections.connection import Connection
    from pytest_acr.content.client import ContainerRegistryContentClient

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
    """What a test has pushed to a repository, or tried to, in order. Of a manifest that went as a stream the registry
    alone knows the digest; then there is its tag."""

    manifests: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    blobs: list[str] = field(default_factory=list)


class Trail:
    """What a test does to a live registry, and what it may do: change repositories under `namespace`, nothing else."""

    def __init__(self, endpoint: str, namespace: str) -> None:
        self.repositories: dict[str, Pushed] = {}
        self._endpoint = endpoint
        self._namespace = namespace
        self._uploads: set[str] = set()
        """Where uploads go on, in a registry's own words."""

    def check(self, method: str, url: str, body: object) -> None:
        """Note what a request will push, were its answer lost. OutsideNamespace if it would change anything that is not
        this test's."""
        if method in ("GET", "HEAD", "OPTIONS"):
            return
        path = unquote(urlsplit(url).path)
        at_home = same_origin(self._endpoint, url)
        match = _CONTENT.fullmatch(path) or _METADATA.fullmatch(path)
        name = match["name"] if match else "NAME"
        if at_home and name.startswith(self._namespace):
            self._note(method, name, path, parse_qs(urlsplit(url).query), body)
        elif not at_home or not (path.startswith("/oauth2/") or _place_of(url) in self._uploads):
            raise OutsideNamespace(
                f"{method} of {_place_of(url)} would change what is not this test's: expected a repository of "
                f"{self._endpoint} such as {self._namespace + name!r}, which the fixture acr_namespace begins"
            )

    def follow(self, answer: requests.Response) -> None:
        """Note where an upload goes on."""
        location = answer.headers.get("Location")
        if location is not None and answer.status_code == 202:
            self._uploads.add(_place_of(urljoin(answer.url, location)))

    def _note(self, method: str, name: str, path: str, query: dict[str, list[str]], body: object) -> None:
        pushed = self.repositories.setdefault(name, Pushed())
        pushed.blobs += query.get("digest", []) + query.get("mount", [])
        reference = path.rpartition("/")[2]
        if method == "PUT" and "/manifests/" in path:
            if isinstance(body, bytes):
                pushed.manifests.append(digest_of(body))
            if ":" not in reference:
                pushed.tags.append(reference)


def _place_of(url: str) -> str:
    return url.partition("?")[0]


_CONTENT: Final = re.compile(r"/v2/(?P<name>.+)/(?:manifests|blobs)/.*")
_METADATA: Final = re.compile(r"/acr/v1/(?P<name>.+?)(?:/_(?:tags|manifests)(?:/.*)?)?")


class GuardedAdapter(HTTPAdapter):
    """Sends what a `Trail` lets through."""

    def __init__(self, trail: Trail) -> None:
        super().__init__()
        self._trail = trail

    # Any: what requests passes besides the request
    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        self._trail.check(request.method or "", request.url or "", request.body)
        answer = super().send(request, *args, **options)
        self._trail.follow(answer)
        return answer


class LiveLine:
    """Reaches the registry at `endpoint` over the network, with the proxies and CAs of the environment."""

    def __init__(
        self, endpoint: str, *, is_acr: bool, credential: "TokenCredential | AzureNamedKeyCredential | None"
    ) -> None:
        """Without a credential the caller is anonymous; one of tokens is for ACR alone."""
        self.endpoint = endpoint
        self.is_acr = is_acr
        self.namespace = f"pytest-acr/{secrets.token_hex(6)}/"
        self.user = credential if isinstance(credential, AzureNamedKeyCredential) else None
        self._credential = None if isinstance(credential, AzureNamedKeyCredential) else credential
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

    @property
    def credential(self) -> "TokenCredential":
        if self._credential is None:
            raise RuntimeError(f"there is no credential of Entra's for {self.endpoint}")
        return self._credential

    @property
    def aio_credential(self) -> AwaitedCredential:
        return AwaitedCredential(self.credential)

    def remove(self, connection: "Connection") -> None:
        """Remove what was pushed; `connection` is one over this line. Warns of what cannot be removed."""
        left: list[str] = []
        for name, pushed in self._trail.repositories.items():
            # the Azure SDK's client, which deletes repositories, knows no users
            by_sdk = self.is_acr and self._credential is not None
            remove = _remove_repository if by_sdk else _remove_content
            left += [f"{name} ({error})" for error in remove(connection, name, pushed)]
        if left:
            warnings.warn(f"left behind at {self.endpoint}: {', '.join(left)}", LeftBehindWarning, stacklevel=2)

    def close(self) -> None:
        self._closing.close()


def _remove_repository(connection: "Connection", name: str, pushed: Pushed) -> list[AzureError]:
    """Unlock and delete a repository of ACR's, with all that is in it; return what went wrong."""
    client: Any = connection.client()  # Any: `partial` has no type for methods with overloads
    unlocked = {"can_delete": True, "can_write": True, "can_read": True, "can_list": True}
    steps = [partial(client.update_repository_properties, name, **unlocked)]
    steps += [partial(client.update_tag_properties, name, tag, **unlocked) for tag in pushed.tags]
    steps += [partial(client.update_manifest_properties, name, digest, **unlocked) for digest in pushed.manifests]
    return _done([*steps, partial(client.delete_repository, name)])


def _remove_content(connection: "Connection", name: str, pushed: Pushed) -> list[AzureError]:
    """Delete manifests, an index before what it refers to, then blobs; return what went wrong.

    An OCI registry deletes no repositories; ACR's go with what is in them.
    """
    client = connection.content_client(name)
    deletes = [partial(_delete_tagged, client, tag) for tag in reversed(pushed.tags)]
    deletes += [partial(client.delete_manifest, digest) for digest in dict.fromkeys(reversed(pushed.manifests))]
    deletes += [partial(client.delete_blob, digest) for digest in dict.fromkeys(pushed.blobs)]
    return _done(deletes)


def _done(steps: "Iterable[Callable[[], object]]") -> list[AzureError]:
    """Do all of it, whatever becomes of each; return what went wrong."""
    failures: list[AzureError] = []
    for step in steps:
        try:
            step()
        except ResourceNotFoundError:  # the test did it itself, or never came so far
            continue
        except AzureError as error:
            failures.append(error)
    return failures


def _delete_tagged(client: "ContainerRegistryContentClient", tag: str) -> None:
    client.delete_manifest(client.get_manifest(tag).digest)
