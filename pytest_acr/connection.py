"""`connect`: clients, transports and credentials of one registry, with or without fixtures."""

from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from pytest_acr.credentials import AcrAioCredential, AcrCredential

if TYPE_CHECKING:
    import requests
    from azure.containerregistry import ContainerRegistryClient
    from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient

    from fake_registry import FakeRegistry
    from fake_registry.server import RegistryServer
    from fake_registry.server.tls import Certificates
    from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient
    from pytest_acr.content_client import ContainerRegistryContentClient
    from pytest_acr.sockets import AioSocketTransport, SocketTransport
    from pytest_acr.transports import AcrAioTransport, AcrTransport

Transport = Literal["memory", "http", "https"]


def connect(
    registry: "FakeRegistry", *, transport: Transport = "memory", certificates: "Certificates | None" = None
) -> "Connection":
    """Return clients of `registry`, for unittest, a REPL or Hypothesis. To be closed, or used by `with`.

    `memory` calls the registry in this process; `http` and `https` start a server for it, https with `certificates` or
    ones of its own. Raises ValueError for another transport.
    """
    if transport not in get_args(Transport):
        raise ValueError(f"transport is one of {', '.join(get_args(Transport))}, not {transport!r}")
    return Connection(registry, transport, certificates)


class Connection:
    """All there is to reach one registry with. What is made here is made once and closed together."""

    def __init__(self, registry: "FakeRegistry", transport: Transport, certificates: "Certificates | None") -> None:
        self.registry = registry
        self._kind = transport
        self._certificates = certificates
        self._closing = ExitStack()

    # where

    @property
    def endpoint(self) -> str:
        """The registry's URL: `https://NAME.azurecr.io`, or the server's."""
        return f"https://{self.registry.login_server}" if self._kind == "memory" else self.server.url

    @property
    def login_server(self) -> str:
        """The endpoint's host, with a port where there is one."""
        return self.endpoint.partition("://")[2]

    @cached_property
    def server(self) -> "RegistryServer":
        """The registry behind a socket, started when first asked for: TLS where the transport is https."""
        tls = self._kind == "https"
        server = self.registry.serve(tls=(self._certificates or True) if tls else False)
        return self._closing.enter_context(server)

    # how

    @cached_property
    def transport(self) -> "AcrTransport | SocketTransport":
        """A transport for azure-core clients."""
        if self._kind == "memory":
            from pytest_acr.transports import AcrTransport

            return AcrTransport(self.registry.hosts, clock=self.registry.clock)
        from pytest_acr.sockets import SocketTransport

        sockets = SocketTransport(self.server.ca_file, clock=self.registry.clock)
        self._closing.callback(sockets.close)
        return sockets

    @cached_property
    def aio_transport(self) -> "AcrAioTransport | AioSocketTransport":
        """A transport for async azure-core clients. Those of http and https need asyncio."""
        if self._kind == "memory":
            from pytest_acr.transports import AcrAioTransport

            return AcrAioTransport(self.registry.hosts, clock=self.registry.clock)
        from pytest_acr.sockets import AioSocketTransport

        sockets = AioSocketTransport(self.server.ca_file, clock=self.registry.clock)
        self._closing.callback(sockets.close_now)
        return sockets

    @cached_property
    def session(self) -> "requests.Session":
        """A session of requests."""
        return self._closing.enter_context(self._session())

    def _session(self) -> "requests.Session":
        if self._kind == "memory":
            from pytest_acr.session import acr_session

            return acr_session(self.registry.hosts)
        from pytest_acr.sockets import socket_session

        return socket_session(self.server.ca_file)

    # who

    @cached_property
    def credential(self) -> AcrCredential:
        """A token credential that the registry accepts."""
        return AcrCredential(self.registry.clock)

    @cached_property
    def aio_credential(self) -> AcrAioCredential:
        """An async token credential that the registry accepts."""
        return AcrAioCredential(self.registry.clock)

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
        if self._kind != "http":
            return options
        from pytest_acr.sockets import AllowHttp

        return {**options, "per_call_policies": [*options.get("per_call_policies", ()), AllowHttp()]}

    # our own clients, for one repository each. Any: as above

    def content_client(self, repository: str, **options: Any) -> "ContainerRegistryContentClient":
        """Return our own `ContainerRegistryContentClient`; `options` go to its constructor, `credential` among them."""
        from pytest_acr.content_client import ContainerRegistryContentClient

        options = {"credential": self.credential, "transport": self.transport, **self._http, **options}
        client = ContainerRegistryContentClient(self.endpoint, repository, **options)
        self._closing.callback(client.close)
        return client

    def aio_content_client(self, repository: str, **options: Any) -> "AioContainerRegistryContentClient":
        """Return the `ContainerRegistryContentClient` of `pytest_acr.aio`."""
        from pytest_acr.aio import ContainerRegistryContentClient

        options = {"credential": self.aio_credential, "transport": self.aio_transport, **self._http, **options}
        return ContainerRegistryContentClient(self.endpoint, repository, **options)

    @property
    def _http(self) -> dict[str, Any]:
        return {"enforce_https": False} if self._kind == "http" else {}

    # the end

    def close(self) -> None:
        """Close what was opened. Raises the registry's own failures, if a server had to answer 500 for one."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
