"""All clients at a registry with its realm at another host; the token service there counts requests."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from azure.core.credentials import AzureNamedKeyCredential, TokenCredential

from fake_registry import SystemClock
from fake_registry.remote import RemoteRegistry
from fake_registry.server import RegistryServer
from fake_registry.server.tls import Certificates
from fake_registry.spec.names import RepositoryName
from pytest_acr import AcrAioCredential, AcrCredential, ContainerRegistryContentClient
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient
from tests.client.token_servers import ACCESS_TOKEN, CountingTokenService, LoginRegistry

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

HELLO = "samples/hello"
USER = AzureNamedKeyCredential("me", "secret")
BASIC = "Basic bWU6c2VjcmV0"


@dataclass(frozen=True)
class Caller:
    """The way in which a caller logs in at a registry."""

    kind: str = "anonymous"
    realm_hosts: tuple[str, ...] = ()
    ca_file: str | None = None


def pull_with_remote_registry(url: str, caller: Caller) -> None:
    is_user = caller.kind == "user"
    with RemoteRegistry(
        url,
        username=USER.named_key.name if is_user else None,
        password=USER.named_key.key if is_user else None,
        token="secret" if caller.kind == "refresh token" else None,
        realm_hosts=caller.realm_hosts,
        verify=caller.ca_file or True,
        timeout=10,
    ) as remote:
        remote.list_tags(RepositoryName(HELLO))


def pull_with_content_client(url: str, caller: Caller) -> None:
    credentials: dict[str, TokenCredential | AzureNamedKeyCredential] = {
        "user": USER,
        "Entra token": AcrCredential(SystemClock()),
    }
    with ContainerRegistryContentClient(
        url,
        HELLO,
        credentials.get(caller.kind),
        enforce_https=False,
        realm_hosts=caller.realm_hosts,
        connection_verify=caller.ca_file or True,
    ) as client:
        client.get_manifest("v1")


def pull_with_aio_content_client(url: str, caller: Caller) -> None:
    credentials: dict[str, AsyncTokenCredential | AzureNamedKeyCredential] = {
        "user": USER,
        "Entra token": AcrAioCredential(SystemClock()),
    }

    async def pull() -> None:
        async with AioContainerRegistryContentClient(
            url,
            HELLO,
            credentials.get(caller.kind),
            enforce_https=False,
            realm_hosts=caller.realm_hosts,
            connection_verify=caller.ca_file or True,
        ) as client:
            await client.get_manifest("v1")

    asyncio.run(pull())


PULLS = (pull_with_remote_registry, pull_with_content_client, pull_with_aio_content_client)
Pull = Callable[[str, Caller], None]

WITH_SECRETS = [
    (pull_with_remote_registry, "user"),
    (pull_with_remote_registry, "refresh token"),
    (pull_with_content_client, "user"),
    (pull_with_content_client, "Entra token"),
    (pull_with_aio_content_client, "user"),
    (pull_with_aio_content_client, "Entra token"),
]


@dataclass
class Servers:
    """A registry and the token service at another origin that it names."""

    tokens: CountingTokenService
    tokens_server: RegistryServer
    registry: LoginRegistry
    registry_server: RegistryServer

    @property
    def realm_host(self) -> str:
        return f"127.0.0.1:{self.tokens_server.port}"

    @property
    def url(self) -> str:
        return self.registry_server.url


@dataclass
class Serve:
    """Starts a registry and its token service, each with or without TLS."""

    stack: ExitStack
    certificates: Certificates = field(default_factory=lambda: Certificates.generate(["127.0.0.1"]))

    def __call__(self, *, registry_tls: bool = False, tokens_tls: bool = False) -> Servers:
        tokens = CountingTokenService()
        tokens_server = self._start(tokens, tls=tokens_tls)
        registry = LoginRegistry(f"{tokens_server.url}/token")
        return Servers(tokens, tokens_server, registry, self._start(registry, tls=registry_tls))

    def _start(self, app: CountingTokenService | LoginRegistry, *, tls: bool) -> RegistryServer:
        server = RegistryServer(app, certificates=self.certificates if tls else None)
        return self.stack.enter_context(server)


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield Serve(stack)


@pytest.mark.parametrize(("pull", "kind"), WITH_SECRETS)
def test_foreign_realm_is_not_contacted(serve: Serve, pull: Pull, kind: str) -> None:
    servers = serve()
    found = f"found the realm http://{servers.realm_host}: "
    with pytest.raises(Exception, match=found) as raised:
        pull(servers.url, Caller(kind))
    assert servers.tokens.authorizations == []
    assert servers.registry.authorizations == [None]
    remedy = f"realm_hosts=['{servers.realm_host}'] allows it"
    assert (remedy in str(raised.value)) is (kind == "user")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("pull", PULLS)
@pytest.mark.parametrize("tokens_tls", [False, True])
def test_realm_that_the_caller_names_receives_user_and_password(serve: Serve, pull: Pull, *, tokens_tls: bool) -> None:
    servers = serve(tokens_tls=tokens_tls)
    ca_file = servers.tokens_server.ca_file
    caller = Caller("user", (servers.realm_host,), None if ca_file is None else str(ca_file))
    with pytest.raises(Exception, match=r"(?i)unknown|404"):
        pull(servers.url, caller)
    assert servers.tokens.authorizations == [BASIC]
    assert servers.registry.authorizations == [None, f"Bearer {ACCESS_TOKEN}"]


@pytest.mark.parametrize(("pull", "kind"), [row for row in WITH_SECRETS if row[1] != "user"])
def test_realm_that_the_caller_names_receives_no_token(serve: Serve, pull: Pull, kind: str) -> None:
    servers = serve()
    with pytest.raises(Exception, match=f"an? {kind} is sent to the registry alone"):
        pull(servers.url, Caller(kind, (servers.realm_host,)))
    assert servers.tokens.authorizations == []


@pytest.mark.parametrize("pull", PULLS)
def test_anonymous_caller_logs_in_at_a_foreign_https_realm(serve: Serve, pull: Pull) -> None:
    """As at Docker Hub, whose realm is at auth.docker.io."""
    servers = serve(tokens_tls=True)
    with pytest.raises(Exception, match=r"(?i)unknown|404"):
        pull(servers.url, Caller(ca_file=str(servers.tokens_server.ca_file)))
    assert (servers.tokens.authorizations, servers.tokens.bodies) == ([None], [b""])
    assert servers.registry.authorizations == [None, f"Bearer {ACCESS_TOKEN}"]


@pytest.mark.parametrize("pull", PULLS)
@pytest.mark.parametrize("kind", ["anonymous", "user"])
def test_http_realm_of_an_https_registry_is_refused(serve: Serve, pull: Pull, kind: str) -> None:
    servers = serve(registry_tls=True)
    caller = Caller(kind, (servers.realm_host,), str(servers.registry_server.ca_file))
    with pytest.raises(Exception, match=f"found the realm http://{servers.realm_host}, which is not encrypted"):
        pull(servers.url, caller)
    assert servers.tokens.authorizations == []
