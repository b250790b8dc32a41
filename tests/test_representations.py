"""The representation of each public object is one short line without a secret."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from azure.core.credentials import AzureNamedKeyCredential

import pytest_acr.aio
from fake_registry import FakeRegistry, Fault, ManualClock, Refuse, Settings
from pytest_acr import AcrAioCredential, AcrCredential, ContainerRegistryContentClient, connect, network
from pytest_acr.connections.connection import Connection
from pytest_acr.connections.live import LiveAccess

SECRET = "hunter2"
LOGIN = AzureNamedKeyCredential("ci", SECRET)
URL = "https://a.azurecr.io"


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    """A registry with secrets: of its admin, of a token, and in a request."""
    settings = Settings(admin_user="admin", admin_password=SECRET)
    with FakeRegistry(settings, clock=ManualClock(0)) as registry:
        registry.add_token("ci", {"a": ["content/read"]}, password=SECRET)
        registry.faults.add(Fault("manifest.get", Refuse(503), optional=True))
        registry.push_image("dev/web:1.0", layers=[SECRET.encode()], config=SECRET.encode())

        with connect(registry) as connection:
            url = f"{connection.endpoint}/oauth2/token?password={SECRET}"
            connection.session.get(url, auth=("ci", SECRET), headers={"X-Password": SECRET})
        yield registry


def token_of(registry: FakeRegistry) -> object:
    return registry.add_token("other", {"a": ["content/read"]}, password=SECRET)


def live_connection(registry: FakeRegistry) -> Connection:
    return Connection(LiveAccess(URL, is_acr=True, credential=LOGIN))


OBJECTS: dict[str, tuple[Callable[[FakeRegistry], object], str]] = {
    "registry": (
        lambda registry: registry,
        "<FakeRegistry fake.azurecr.io, profile acr, auth token>",
    ),
    "requests": (lambda registry: registry.requests, "<Exchanges, 1 request>"),
    "exchange": (lambda registry: registry.requests[0], "<Exchange #0 GET /oauth2/token?password=*** ->"),
    "faults": (lambda registry: registry.faults, "<FaultPlan, 1 in force>"),
    "fault": (
        lambda registry: next(iter(registry.faults)),
        "<ActiveFault Refuse(503) at manifest.get, ",
    ),
    "image": (lambda registry: registry.image("dev/web:1.0"), "<ImageRef dev/web@sha256:"),
    "manifest": (lambda registry: registry.image("dev/web:1.0").manifest, "<Manifest sha256:"),
    "snapshot": (
        lambda registry: registry.snapshot(),
        "<Snapshot, 1 repository, 0 roles, 1 token>",
    ),
    "tree": (lambda registry: registry.tree(), "<RegistryTree, 2 lines>"),
    "difference": (
        lambda registry: registry.diff(FakeRegistry().snapshot()),
        "<RegistryDiff: + repository dev/web; + tag dev/web:1.0; ",
    ),
    "token": (token_of, "RepositoryToken(name='other', "),
    "settings": (lambda registry: registry.settings, "Settings(profile='acr', "),
    "clock": (lambda registry: registry.clock, "<ManualClock, 1970-01-01T00:00:00.0"),
    "connection": (connect, "<Connection to https://fake.azurecr.io in memory>"),
    "connection over http": (
        lambda registry: connect(registry, transport="http"),
        "<Connection to fake.azurecr.io over http>",
    ),
    "live connection": (live_connection, "<Connection to the live registry https://a.azurecr.io>"),
    "network": (network, "<AcrNetwork of fake.azurecr.io, not entered>"),
    "server": (
        lambda registry: registry.serve(tls=True),
        "<RegistryServer, https on 127.0.0.1, any port, stopped>",
    ),
    "content client": (
        lambda _: ContainerRegistryContentClient(URL, "dev/web", LOGIN),
        "<ContainerRegistryContentClient for dev/web at https://a.azurecr.io>",
    ),
    "async content client": (
        lambda _: pytest_acr.aio.ContainerRegistryContentClient(URL, "dev/web", LOGIN),
        "<ContainerRegistryContentClient for dev/web at https://a.azurecr.io>",
    ),
    "credential": (
        lambda registry: AcrCredential(registry.clock, principal="alice"),
        "<AcrCredential of 'alice'>",
    ),
    "async credential": (
        lambda registry: AcrAioCredential(registry.clock, principal="alice"),
        "<AcrAioCredential of 'alice'>",
    ),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_representation_is_one_line_without_a_secret(registry: FakeRegistry, name: str) -> None:
    make, start = OBJECTS[name]
    made = make(registry)
    with ExitStack() as closing:
        if isinstance(made, Connection | ContainerRegistryContentClient):
            closing.callback(made.close)
        text = repr(made)

    assert text.startswith(start)
    assert SECRET not in text
    assert text.isprintable()


def test_credential_does_not_show_its_token(registry: FakeRegistry) -> None:
    credential = AcrCredential(registry.clock)
    token = credential.get_token(f"{URL}/.default").token

    assert token not in repr(credential)


def test_running_server_has_its_port(registry: FakeRegistry) -> None:
    with registry.serve() as server:
        assert repr(server) == f"<RegistryServer, http on 127.0.0.1, port {server.port}, running>"


def test_entered_network_says_so(registry: FakeRegistry) -> None:
    with network(registry) as entered:
        assert repr(entered) == "<AcrNetwork of fake.azurecr.io, entered>"


def test_network_without_registries() -> None:
    assert repr(network()) == "<AcrNetwork of no registries, not entered>"
