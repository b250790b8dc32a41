"""How a registry is reached: its URL, transports and credentials, in memory or over a socket.

`connection` makes clients from an access. `live` has a third one, for a real registry.

An access makes each of its parts once, when it is first used, and closes it with itself.
"""

from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from pytest_acr.credentials import AcrAioCredential, AcrCredential

if TYPE_CHECKING:
    import requests
    from azure.core.credentials import AzureNamedKeyCredential, TokenCredential
    from azure.core.credentials_async import AsyncTokenCredential

    from fake_registry import FakeRegistry
    from fake_registry.server import RegistryServer
    from fake_registry.server.tls import Certificates
    from pytest_acr.transports.in_process import AcrAioTransport, AcrTransport
    from pytest_acr.transports.sockets import AioSocketTransport, SocketTransport


class RegistryAccess(Protocol):
    """A way to reach one registry."""

    @property
    def endpoint(self) -> str:
        """The registry's URL, without a slash at its end."""

    @property
    def registry(self) -> "FakeRegistry":
        """The fake that is reached. RuntimeError for a live registry."""

    @property
    def server(self) -> "RegistryServer":
        """The fake behind a socket. RuntimeError for a live registry."""

    @property
    def transport(self) -> "AcrTransport | SocketTransport":
        """A transport for azure-core clients."""

    @property
    def aio_transport(self) -> "AcrAioTransport | AioSocketTransport":
        """A transport for async azure-core clients."""

    @property
    def session(self) -> "requests.Session":
        """A session of requests."""

    @property
    def is_acr(self) -> bool:
        """Whether the registry has ACR's API and login."""

    @property
    def has_token_credential(self) -> bool:
        """Whether the caller has a token credential."""

    @property
    def credential(self) -> "TokenCredential":
        """The token credential of the caller. RuntimeError if the caller has none."""

    @property
    def aio_credential(self) -> "AsyncTokenCredential":
        """An async credential for the same caller. RuntimeError as above."""

    @property
    def user(self) -> "AzureNamedKeyCredential | None":
        """The name and password of the caller, for content clients; None if it has none."""

    @property
    def namespace(self) -> str:
        """Prefix for the repositories of a test."""

    def close(self) -> None:
        """Close the parts that were made."""


class MemoryAccess:
    """Reaches a fake by calling it in this process."""

    is_acr = True
    has_token_credential = True
    namespace = ""
    user = None

    def __init__(self, registry: "FakeRegistry") -> None:
        self.registry = registry
        self.credential = AcrCredential(registry.clock)
        self.aio_credential = AcrAioCredential(registry.clock)
        self._closing = ExitStack()

    def __str__(self) -> str:
        return f"{self.endpoint} in memory"

    @property
    def endpoint(self) -> str:
        return f"https://{self.registry.login_server}"

    @cached_property
    def server(self) -> "RegistryServer":
        return self._closing.enter_context(self.registry.serve())

    @cached_property
    def transport(self) -> "AcrTransport":
        from pytest_acr.transports.in_process import AcrTransport

        return AcrTransport(self.registry.hosts, clock=self.registry.clock)

    @cached_property
    def aio_transport(self) -> "AcrAioTransport":
        from pytest_acr.transports.in_process import AcrAioTransport

        return AcrAioTransport(self.registry.hosts, clock=self.registry.clock)

    @cached_property
    def session(self) -> "requests.Session":
        from pytest_acr.transports.requests_session import acr_session

        return self._closing.enter_context(acr_session(self.registry.hosts, clock=self.registry.clock))

    def close(self) -> None:
        self._closing.close()


class SocketAccess:
    """Reaches a fake over a socket of this machine, and starts the server for it.

    With `tls`, the server speaks TLS: with these certificates, or with new ones if `tls` is True.
    """

    is_acr = True
    has_token_credential = True
    namespace = ""
    user = None

    def __init__(self, registry: "FakeRegistry", *, tls: "Certificates | bool") -> None:
        self.registry = registry
        self.credential = AcrCredential(registry.clock)
        self.aio_credential = AcrAioCredential(registry.clock)
        self._tls = tls
        self._closing = ExitStack()

    def __str__(self) -> str:
        scheme = "https" if self._tls else "http"  # its URL would start the server
        return f"{self.registry.login_server} over {scheme}"

    @property
    def endpoint(self) -> str:
        return self.server.url

    @cached_property
    def server(self) -> "RegistryServer":
        return self._closing.enter_context(self.registry.serve(tls=self._tls))

    @cached_property
    def transport(self) -> "SocketTransport":
        from pytest_acr.transports.sockets import SocketTransport

        ca_file = self.server.ca_file
        return SocketTransport(self._new_session(), clock=self.registry.clock, ca_file=ca_file)

    @cached_property
    def aio_transport(self) -> "AioSocketTransport":
        from pytest_acr.transports.sockets import AioSocketTransport

        ca_file = self.server.ca_file
        return AioSocketTransport(self._new_session(), clock=self.registry.clock, ca_file=ca_file)

    @cached_property
    def session(self) -> "requests.Session":
        return self._new_session()

    def _new_session(self) -> "requests.Session":
        from pytest_acr.transports.sockets import socket_session

        return self._closing.enter_context(socket_session(self.server.ca_file))

    def close(self) -> None:
        """Close the parts that were made. Raises the failures that the server answered with 500."""
        self._closing.close()
