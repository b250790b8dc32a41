"""The backends that the contract suite runs against: each a small factory of a context manager."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, cast
from uuid import uuid4

from fake_registry.auth.authority import Authority
from fake_registry.clock import ManualClock
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.registry import AcrCatalog, Registry
from fake_registry.fake import FakeRegistry
from fake_registry.http import call
from fake_registry.http.app import RegistryApp
from fake_registry.http.faults import FaultPlan
from fake_registry.http.finished import recorder_of_exchanges
from fake_registry.remote import RemoteRegistry
from fake_registry.server import RegistryServer
from fake_registry.settings import Settings
from pytest_acr import ContainerRegistryContentClient, connect
from tests.support.clients import blocking_content
from tests.support.effort import examples
from tests.support.through_client import ThroughContentClient

A_FEW_EXAMPLES = examples(10)
"""For properties: each example opens a registry, which over HTTP starts servers."""


class AcrRegistry(Registry, AcrCatalog, Protocol):
    """A registry that also has the metadata of ACR."""


Backend = Callable[[Settings], AbstractContextManager[Registry]]
AcrBackend = Callable[[Settings], AbstractContextManager[AcrRegistry]]
Open = Callable[[Settings], Registry]
"""Opens a registry that is closed at the end of the test."""


@contextmanager
def memory(settings: Settings) -> Iterator[MemoryRegistry]:
    yield MemoryRegistry(settings, clock=ManualClock(), new_id=new_uuid)


@contextmanager
def http(settings: Settings) -> Iterator[Registry]:
    """Over a socket: RemoteRegistry, server, memory."""
    with FakeRegistry(settings) as fake, fake.serve() as server, RemoteRegistry(server.url) as remote:
        yield remote
        assert server.failures == ()


def acr_over_http(settings: Settings) -> AbstractContextManager[Registry]:
    """Over a socket in ACR's dialect: redirects to storage, untagging by ACR's route, pages of 100, Accept enforced."""
    # What a registry does with its content is no dialect: the contract asks for it, and for its absence, by name.
    deeds = ("mount_from_anywhere", "referrers_go_with_subject", "upload_survives_wrong_digest")
    return http(settings.evolve(profile="acr", **{name: getattr(settings, name) for name in deeds}))


@contextmanager
def http_remote_http(settings: Settings) -> Iterator[Registry]:
    """Over two sockets: RemoteRegistry, server, RemoteRegistry, server, memory."""
    with (
        http(settings) as behind,
        RegistryServer(app_before(behind, settings)) as server,
        RemoteRegistry(server.url) as remote,
    ):
        yield remote
        assert server.failures == ()


@contextmanager
def content_client(settings: Settings) -> Iterator[Registry]:
    """In memory: ContainerRegistryContentClient, HTTP, memory, for what that client offers."""
    with connect(FakeRegistry(settings, clock=ManualClock())) as connection:
        registry = cast(Registry, connection.registry.content)  # as FakeRegistry says
        yield cast(Registry, ThroughContentClient(registry, connection.content_client))  # by what it can do


@contextmanager
def aio_content_client(settings: Settings) -> Iterator[Registry]:
    """In memory, as `content_client`, through the async client."""
    with connect(FakeRegistry(settings, clock=ManualClock())) as connection, asyncio.Runner() as runner:

        def client_of(repository: str) -> ContainerRegistryContentClient:
            return blocking_content(connection.aio_content_client(repository), runner)

        registry = cast(Registry, connection.registry.content)
        yield cast(Registry, ThroughContentClient(registry, client_of))


def app_before(registry: Registry, settings: Settings) -> RegistryApp:
    """Put a registry that has no ACR metadata behind the endpoints."""
    key = bytes(32)
    backend = call.Backend(
        registry=registry,
        catalog=None,
        stored_blob=registry.get_blob,
        authority=Authority(settings, key=key, new_id=new_uuid),
        settings=settings,
        clock=ManualClock(),
        key=key,
        new_id=new_uuid,
    )
    return RegistryApp(backend, faults=FaultPlan(), recorder=recorder_of_exchanges(settings))


def new_uuid() -> str:
    return str(uuid4())


BACKENDS: dict[str, Backend] = {
    "memory": memory,
    "http": http,
    "acr-over-http": acr_over_http,
    "http-remote-http": http_remote_http,
    "content-client": content_client,
    "aio-content-client": aio_content_client,
}
ACR_BACKENDS: dict[str, AcrBackend] = {"memory": memory}
