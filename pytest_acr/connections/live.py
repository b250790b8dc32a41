"""Access to a real registry, for `--acr-live-endpoint`. Each test has a namespace of its own.

`live_guard` keeps the requests of a test in its namespace.
"""

import secrets
import warnings
from contextlib import ExitStack
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

import requests
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import AzureError, ResourceNotFoundError

from fake_registry import SystemClock
from fake_registry.sessions.bodies import limit_session
from fake_registry.spec.endpoints import EndpointName, endpoint_of
from fake_registry.spec.text import printable
from pytest_acr.connections.live_guard import GuardedAdapter, NamespaceGuard
from pytest_acr.credentials import AwaitedCredential
from pytest_acr.transports.sockets import AioSocketTransport, SocketTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from azure.core.credentials import TokenCredential

    from fake_registry import FakeRegistry
    from fake_registry.server import RegistryServer
    from pytest_acr.connections.connection import Connection
    from pytest_acr.connections.live_guard import PushedContent
    from pytest_acr.content.client import ContainerRegistryContentClient

PROBE_TIMEOUT_S: Final = 10


class LeftBehindWarning(UserWarning):
    """Some content that a test pushed to a live registry could not be removed."""


def is_acr(endpoint: str) -> bool:
    """Return whether a registry has ACR's API. Raises requests' errors if it does not answer."""
    url = endpoint + endpoint_of(EndpointName.ACR_CATALOG).path
    with requests.Session() as session:
        limit_session(session)
        response = session.get(url, params={"n": "1"}, timeout=PROBE_TIMEOUT_S, stream=True)

        # other registries answer 404; one with a user interface may answer each path with a page
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        return is_json and response.status_code in (200, 401)


class LiveAccess:
    """Reaches the registry at `endpoint`, with the proxies and CAs that the environment names."""

    def __init__(
        self,
        endpoint: str,
        *,
        is_acr: bool,
        credential: "TokenCredential | AzureNamedKeyCredential | None",
    ) -> None:
        """Without a credential the caller is anonymous. A token credential requires an ACR."""
        self.endpoint = endpoint
        self.is_acr = is_acr
        self.namespace = f"pytest-acr/{secrets.token_hex(6)}/"

        self.user: AzureNamedKeyCredential | None = None
        self._token_credential: TokenCredential | None = None
        if isinstance(credential, AzureNamedKeyCredential):
            self.user = credential
        else:
            self._token_credential = credential

        self._guard = NamespaceGuard(endpoint, self.namespace)
        self._closing = ExitStack()

    def __str__(self) -> str:
        return f"the live registry {self.endpoint}"

    @property
    def registry(self) -> "FakeRegistry":
        return self._raise_no_fake()

    @property
    def server(self) -> "RegistryServer":
        return self._raise_no_fake()

    def _raise_no_fake(self) -> NoReturn:
        remedy = "@pytest.mark.acr_fake skips the test in such a run"
        raise RuntimeError(f"expected a fake, found the live registry {self.endpoint}: {remedy}")

    @cached_property
    def session(self) -> requests.Session:
        session = self._closing.enter_context(requests.Session())
        limit_session(session)
        for scheme in ("https://", "http://"):
            session.mount(scheme, GuardedAdapter(self._guard))
        return session

    @cached_property
    def transport(self) -> SocketTransport:
        return SocketTransport(self.session, clock=SystemClock())

    @cached_property
    def aio_transport(self) -> AioSocketTransport:
        return AioSocketTransport(self.session, clock=SystemClock())

    @property
    def has_token_credential(self) -> bool:
        return self._token_credential is not None

    @property
    def credential(self) -> "TokenCredential":
        if self._token_credential is None:
            remedy = "the fixture acr_live_credential can return one"
            raise RuntimeError(f"expected a token credential for {self.endpoint}, found none: {remedy}")
        return self._token_credential

    @property
    def aio_credential(self) -> AwaitedCredential:
        return AwaitedCredential(self.credential)

    def remove_pushed(self, connection: "Connection") -> None:
        """Remove all content that was pushed over this access, which `connection` uses.

        LeftBehindWarning for content that cannot be removed.
        """
        remove = _remove_content
        if self.is_acr and self._token_credential is not None:
            # only the client of the Azure SDK deletes repositories; it cannot log in as a user
            remove = _remove_repository

        left_behind: list[str] = []
        for name, pushed in self._guard.pushed.items():
            errors = remove(connection, name, pushed)
            left_behind += [f"{name} ({error})" for error in errors]

        if left_behind:
            message = printable(f"left behind at {self.endpoint}: {', '.join(left_behind)}")
            warnings.warn(message, LeftBehindWarning, stacklevel=2)

    def close(self) -> None:
        self._closing.close()


def _remove_repository(
    connection: "Connection",
    name: str,
    pushed: "PushedContent",
) -> list[AzureError]:
    """Unlock and delete a repository of an ACR with all its content. Return the errors."""
    client: Any = connection.client()  # Any: `partial` has no type for methods with overloads
    unlocked = {"can_delete": True, "can_write": True, "can_read": True, "can_list": True}

    update_tag, update_manifest = client.update_tag_properties, client.update_manifest_properties

    steps = [partial(client.update_repository_properties, name, **unlocked)]
    steps += [partial(update_tag, name, tag, **unlocked) for tag in pushed.tags]
    steps += [partial(update_manifest, name, digest, **unlocked) for digest in pushed.manifests]
    return _errors_of([*steps, partial(client.delete_repository, name)])


def _remove_content(
    connection: "Connection",
    name: str,
    pushed: "PushedContent",
) -> list[AzureError]:
    """Delete manifests, each index before its children, and then blobs. Return the errors.

    No call of an OCI registry deletes a repository. An ACR removes one with its last content.
    """
    client = connection.content_client(name)
    manifests = dict.fromkeys(reversed(pushed.manifests))
    blobs = dict.fromkeys(pushed.blobs)

    steps: list[Callable[[], object]] = []
    steps += [partial(_delete_tagged_manifest, client, tag) for tag in reversed(pushed.tags)]
    steps += [partial(client.delete_manifest, digest) for digest in manifests]
    steps += [partial(client.delete_blob, digest) for digest in blobs]
    return _errors_of(steps)


def _delete_tagged_manifest(client: "ContainerRegistryContentClient", tag: str) -> None:
    client.delete_manifest(client.get_manifest(tag).digest)


def _errors_of(steps: "Iterable[Callable[[], object]]") -> list[AzureError]:
    """Do all steps, also after one that fails. Return the errors."""
    errors: list[AzureError] = []
    for step in steps:
        try:
            step()
        except ResourceNotFoundError:  # the test has deleted it, or its push failed
            continue
        except AzureError as error:
            errors.append(error)
    return errors
