"""`connect`: clients, transports and credentials for one registry, with or without fixtures."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from fake_registry.arguments import check_type, names_text
from pytest_acr.connections.access import MemoryAccess, RegistryAccess, SocketAccess
from pytest_acr.usage import note_use

if TYPE_CHECKING:
    import requests
    from azure.containerregistry import ContainerRegistryClient
    from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
    from azure.core.credentials import AzureNamedKeyCredential, TokenCredential
    from azure.core.credentials_async import AsyncTokenCredential

    from fake_registry import FakeRegistry
    from fake_registry.server import RegistryServer
    from fake_registry.server.tls import Certificates
    from pytest_acr.content.aio_client import (
        ContainerRegistryContentClient as AioContainerRegistryContentClient,
    )
    from pytest_acr.content.client import ContainerRegistryContentClient
    from pytest_acr.transports.in_process import AcrAioTransport, AcrTransport
    from pytest_acr.transports.sockets import AioSocketTransport, SocketTransport

Transport = Literal["memory", "http", "https"]


def connect(
    registry: "FakeRegistry",
    *,
    transport: Transport = "memory",
    certificates: "Certificates | None" = None,
) -> "Connection":
    """Return a connection to `registry`, for unittest, a REPL or Hypothesis.

    Close it, or use it in a `with` statement. `memory` calls the registry in this process. `http`
    and `https` start a server for it, https with `certificates` or with new ones.

    Raises TypeError for an argument of another type, ValueError for any other transport.
    """
    _check_arguments(registry, certificates)
    note_use(registry)
    match transport:
        case "memory":
            return Connection(MemoryAccess(registry))
        case "http":
            return Connection(SocketAccess(registry, tls=False))
        case "https":
            return Connection(SocketAccess(registry, tls=certificates or True))

    expected = names_text(str(transport), get_args(Transport))
    raise ValueError(f"transport: expected one of {expected}, found {transport!r}")


def _check_arguments(registry: object, certificates: object) -> None:
    from fake_registry import FakeRegistry

    check_type("registry", registry, FakeRegistry)
    if certificates is None:
        return

    from fake_registry.server.tls import Certificates  # needed for https alone

    check_type("certificates", certificates, Certificates)


class Connection:
    """Makes the clients of one registry, and closes them together."""

    def __init__(self, access: RegistryAccess) -> None:
        self._access = access
        self._closing = ExitStack()
        self._closing.callback(access.close)

    def __repr__(self) -> str:
        return f"<Connection to {self._access}>"

    # where

    @property
    def registry(self) -> "FakeRegistry":
        """The fake that is reached. RuntimeError for a live registry."""
        return self._access.registry

    @property
    def endpoint(self) -> str:
        """The registry's URL: `https://NAME.azurecr.io`, or the server's."""
        return self._access.endpoint

    @property
    def login_server(self) -> str:
        """The host of the endpoint, with the port if the URL has one."""
        return self.endpoint.partition("://")[2]

    @property
    def server(self) -> "RegistryServer":
        """The registry behind a socket, started when first used; with TLS over https."""
        return self._access.server

    @property
    def is_acr(self) -> bool:
        """Whether the registry has ACR's API and login, as each fake has."""
        return self._access.is_acr

    @property
    def namespace(self) -> str:
        """Prefix for the repositories of a test. Empty for a fake."""
        return self._access.namespace

    # how

    @property
    def transport(self) -> "AcrTransport | SocketTransport":
        """A transport for azure-core clients."""
        return self._access.transport

    @property
    def aio_transport(self) -> "AcrAioTransport | AioSocketTransport":
        """A transport for async azure-core clients. It runs under asyncio and trio."""
        return self._access.aio_transport

    @property
    def session(self) -> "requests.Session":
        """A session of requests."""
        return self._access.session

    # as which caller

    @property
    def credential(self) -> "TokenCredential":
        """A token credential that the registry accepts."""
        return self._access.credential

    @property
    def aio_credential(self) -> "AsyncTokenCredential":
        """An async token credential that the registry accepts."""
        return self._access.aio_credential

    @property
    def user(self) -> "AzureNamedKeyCredential | None":
        """The name and password by which content clients log in; None if they use `credential`."""
        return self._access.user

    # the Azure SDK's clients. Any: the arguments of their constructors

    def client(self, **options: Any) -> "ContainerRegistryClient":
        """Return a `ContainerRegistryClient`. `options` go to its constructor."""
        from azure.containerregistry import ContainerRegistryClient

        defaults: dict[str, Any] = {"credential": self.credential, "transport": self.transport}
        options = self._with_http_allowed(defaults | options)
        client = ContainerRegistryClient(self.endpoint, **options)
        self._closing.callback(client.__exit__)  # its close() leaves the client of its login open
        return client

    def anonymous_client(self, **options: Any) -> "ContainerRegistryClient":
        """Return a `ContainerRegistryClient` without a credential."""
        return self.client(credential=None, **options)

    def aio_client(self, **options: Any) -> "AioContainerRegistryClient":
        """Return a `ContainerRegistryClient` of `azure.containerregistry.aio`."""
        from azure.containerregistry.aio import ContainerRegistryClient

        defaults: dict[str, Any] = {
            "credential": self.aio_credential,
            "transport": self.aio_transport,
        }
        options = self._with_http_allowed(defaults | options)
        return ContainerRegistryClient(self.endpoint, **options)

    def aio_anonymous_client(self, **options: Any) -> "AioContainerRegistryClient":
        """Return a `ContainerRegistryClient` of `azure.containerregistry.aio` without a credential.

        Without one, azure-containerregistry 1.2.0 builds its login without the transport that it
        received, and would connect to the host over aiohttp. So the client is built with a
        credential, and its login is replaced.
        """
        from azure.containerregistry.aio._async_anonymous_exchange_client import (
            AnonymousACRExchangeClient,
        )

        client = self.aio_client(**options)
        login_options = self._with_http_allowed({"transport": self.aio_transport, **options})
        login = AnonymousACRExchangeClient(self.endpoint, **login_options)

        policy = client._auth_policy  # noqa: SLF001  there is no public way, see above
        policy._credential, policy._exchange_client = None, login  # noqa: SLF001
        return client

    def _with_http_allowed(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return `options` with the policy that lets the Azure SDK send a token over plain http."""
        if not self._is_plain_http:
            return options
        from pytest_acr.transports.sockets import AllowHttp

        policies = options.get("per_call_policies", ())
        return {**options, "per_call_policies": [*policies, AllowHttp()]}

    # content clients, for one repository each. Any: as above

    def content_client(self, repository: str, **options: Any) -> "ContainerRegistryContentClient":
        """Return a `ContainerRegistryContentClient` for `repository`, in the namespace of the test.

        `options` go to its constructor.
        """
        from pytest_acr.content.client import ContainerRegistryContentClient

        defaults: dict[str, Any] = {
            "credential": self.user or (self.credential if self._uses_tokens else None),
            "transport": self.transport,
            "enforce_https": not self._is_plain_http,
        }
        name = self._in_namespace(repository)
        client = ContainerRegistryContentClient(self.endpoint, name, **(defaults | options))
        self._closing.callback(client.close)
        return client

    def aio_content_client(
        self,
        repository: str,
        **options: Any,
    ) -> "AioContainerRegistryContentClient":
        """Return the `ContainerRegistryContentClient` of `pytest_acr.aio`; otherwise as above."""
        from pytest_acr.content.aio_client import ContainerRegistryContentClient

        defaults: dict[str, Any] = {
            "credential": self.user or (self.aio_credential if self._uses_tokens else None),
            "transport": self.aio_transport,
            "enforce_https": not self._is_plain_http,
        }
        name = self._in_namespace(repository)
        return ContainerRegistryContentClient(self.endpoint, name, **(defaults | options))

    @property
    def _uses_tokens(self) -> bool:
        return self.is_acr and self._access.has_token_credential

    def _in_namespace(self, repository: str) -> str:
        """Return `repository` with the namespace in front, unless it is there already."""
        check_type("repository", repository, str)
        if self.namespace and not repository.startswith(self.namespace):
            return f"{self.namespace}{repository}"
        return repository

    @property
    def _is_plain_http(self) -> bool:
        return self.endpoint.startswith("http:")

    # the end

    def close(self) -> None:
        """Close the clients and the access. Raises the failures that a server answered with 500."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
