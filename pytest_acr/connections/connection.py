"""`connect`: clients, transports and credentials of one registry, with or without fixtures."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from pytest_acr.connections.access import Line, MemoryLine, SocketLine

if TYPE_CHECKING:
    import requests
    from azure.containerregistry import ContainerRegistryClient
    from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
    from azure.core.credentials import AzureNamedKeyCredential, TokenCredential
    from azure.core.credentials_async import AsyncTokenCredential

    from fake_registry import FakeRegistry
    from fake_registry.server import RegistryServer
    from fake_registry.server.tls import Certificates
    from pytest_acr.content.aio_client import ContainerRegistryContentClient as AioContainerRegistryContentClient
    from pytest_acr.content.client import ContainerRegistryContentClient
    from pytest_acr.transports.in_process import AcrAioTransport, AcrTransport
    from pytest_acr.transports.sockets import AioSocketTransport, SocketTransport

Transport = Literal["memory", "http", "https"]


def connect(
    registry: "FakeRegistry", *, transport: Transport = "memory", certificates: "Certificates | None" = None
) -> "Connection":
    """Return clients of `registry`, for unittest, a REPL or Hypothesis. To be closed, or used by `with`.

    `memory` calls the registry in this process; `http` and `https` start a server for it, https with `certificates` or
    ones of its own. Raises ValueError for another transport.
    """
    match transport:
        case "memory":
            return Connection(MemoryLine(registry))
        case "http":
            return Connection(SocketLine(registry, tls=False))
        case "https":
            return Connection(SocketLine(registry, tls=certificates or True))
    raise ValueError(f"transport is one of {', '.join(get_args(Transport))}, not {transport!r}")


class Connection:
    """All there is to reach one registry with. What is made here is closed together."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._closing = ExitStack()
        self._closing.callback(line.close)

    # where

    @property
    def registry(self) -> "FakeRegistry":
        """The fake at the other end."""
        return self._line.registry

    @property
    def endpoint(self) -> str:
        """The registry's URL: `https://NAME.azurecr.io`, or the server's."""
        return self._line.endpoint

    @property
    def is_acr(self) -> bool:
        """Whether the registry has ACR's own API and login: every fake has."""
        return self._line.is_acr

    @property
    def user(self) -> "AzureNamedKeyCredential | None":
        """Who our own clients log in as, where that is a user and not `credential`."""
        return self._line.user

    @property
    def namespace(self) -> str:
        """What the names of repositories begin with: nothing with a fake, so that all are free."""
        return self._line.namespace

    @property
    def login_server(self) -> str:
        """The endpoint's host, with a port where there is one."""
        return self.endpoint.partition("://")[2]

    @property
    def server(self) -> "RegistryServer":
        """The registry behind a socket, started when first asked for: TLS where the transport is https."""
        return self._line.server

    # how

    @property
    def transport(self) -> "AcrTransport | SocketTransport":
        """A transport for azure-core clients."""
        return self._line.transport

    @property
    def aio_transport(self) -> "AcrAioTransport | AioSocketTransport":
        """A transport for async azure-core clients. Those of http and https need asyncio."""
        return self._line.aio_transport

    @property
    def session(self) -> "requests.Session":
        """A session of requests."""
        return self._line.session

    # who

    @property
    def credential(self) -> "TokenCredential":
        """A token credential that the registry accepts."""
        return self._line.credential

    @property
    def aio_credential(self) -> "AsyncTokenCredential":
        """An async token credential that the registry accepts."""
        return self._line.aio_credential

    # the Azure SDK's clients. Any: whatever else their constructors take

    def client(self, **options: Any) -> "ContainerRegistryClient":
        """Return a `ContainerRegistryClient`; `options` go to its constructor, `credential` among them."""
        from azure.containerregistry import ContainerRegistryClient

        options = self._options({"credential": self.credential, "transport": self.transport, **options})
        client = ContainerRegistryClient(self.endpoint, **options)
        self._closing.callback(client.__exit__)  # more than its close(): that one leaves its login open
        return client

    def anonymous_client(self, **options: Any) -> "ContainerRegistryClient":
        """Return a `ContainerRegistryClient` without a credential."""
        return self.client(credential=None, **options)

    def aio_client(self, **options: Any) -> "AioContainerRegistryClient":
        """Return a `ContainerRegistryClient` of `azure.containerregistry.aio`."""
        from azure.containerregistry.aio import ContainerRegistryClient

        options = self._options({"credential": self.aio_credential, "transport": self.aio_transport, **options})
        return ContainerRegistryClient(self.endpoint, **options)

    def aio_anonymous_client(self, **options: Any) -> "AioContainerRegistryClient":
        """Return a `ContainerRegistryClient` of `azure.containerregistry.aio` without a credential.

        Given none, azure-containerregistry 1.2.0 builds its login without the transport it was given, and would dial
        the host over aiohttp. So it is given one, which its login is then made to forget.
        """
        from azure.containerregistry.aio._async_anonymous_exchange_client import AnonymousACRExchangeClient

        client = self.aio_client(**options)
        login = AnonymousACRExchangeClient(self.endpoint, **self._options({"transport": self.aio_transport, **options}))
        policy = client._auth_policy  # noqa: SLF001  there is no public way, see above
        policy._credential, policy._exchange_client = None, login  # noqa: SLF001
        return client

    def _options(self, options: dict[str, Any]) -> dict[str, Any]:
        if not self.endpoint.startswith("http:"):
            return options
        from pytest_acr.transports.sockets import AllowHttp

        return {**options, "per_call_policies": [*options.get("per_call_policies", ()), AllowHttp()]}

    # our own clients, for one repository each. Any: as above

    def content_client(self, repository: str, **options: Any) -> "ContainerRegistryContentClient":
        """Return our own `ContainerRegistryContentClient`; `options` go to its constructor, `credential` among them."""
        from pytest_acr.content.client import ContainerRegistryContentClient

        credential = self._line.user or (self.credential if self.is_acr else None)
        options = {"credential": credential, "transport": self.transport, **self._http, **options}
        client = ContainerRegistryContentClient(self.endpoint, self._own(repository), **options)
        self._closing.callback(client.close)
        return client

    def aio_content_client(self, repository: str, **options: Any) -> "AioContainerRegistryContentClient":
        """Return the `ContainerRegistryContentClient` of `pytest_acr.content.aio_client`."""
        from pytest_acr.content.aio_client import ContainerRegistryContentClient

        credential = self._line.user or (self.aio_credential if self.is_acr else None)
        options = {"credential": credential, "transport": self.aio_transport, **self._http, **options}
        return ContainerRegistryContentClient(self.endpoint, self._own(repository), **options)

    def _own(self, repository: str) -> str:
        named = not self.namespace or repository.startswith(self.namespace)
        return repository if named else f"{self.namespace}{repository}"

    @property
    def _http(self) -> dict[str, Any]:
        return {"enforce_https": False} if self.endpoint.startswith("http:") else {}

    # the end

    def close(self) -> None:
        """Close what was opened. Raises the registry's own failures, if a server had to answer 500 for one."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
