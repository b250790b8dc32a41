"""Lines: where a registry is reached, over what, and as whom. `connection` makes clients of one; `live` has another.

What a line has is made when it is first asked for, once, and closed with it.
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


class Line(Protocol):
    """A way to a registry."""

    @property
    def endpoint(self) -> str:
        """The registry's URL."""

    @property
    def registry(self) -> "FakeRegistry":
        """The fake at the other end. RuntimeError if there is another registry."""

    @property
    def server(self) -> "RegistryServer":
        """The fake behind a socket. RuntimeError as `registry`."""

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
        """Whether the registry has ACR's own API and login."""

    @property
    def credential(self) -> "TokenCredential":
        """Who the caller is, for a registry that is ACR. RuntimeError for another, or where it is a user."""

    @property
    def user(self) -> "AzureNamedKeyCredential | None":
        """Who the caller is by name and password, for our own client; None where it is by `credential`, or nobody."""

    @property
    def aio_credential(self) -> "AsyncTokenCredential":
        """The same for async clients."""

    @property
    def namespace(self) -> str:
        """What the names of a test's repositories begin with."""

    def close(self) -> None:
        """Close what was opened."""


class MemoryLine:
    """Calls a fake in this process."""

    is_acr = True
    namespace = ""
    user = None

    def __init__(self, registry: "FakeRegistry") -> None:
        self.registry = registry
        self.credential = AcrCredential(registry.clock)
        self.aio_credential = AcrAioCredential(registry.clock)
        self._closing = ExitStack()

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


class SocketLine:
    """Reaches a fake that is served here: over TLS with `tls`, which is True for certificates of its own."""

    is_acr = True
    namespace = ""
    user = None

    def __init__(self, registry: "FakeRegistry", *, tls: "Certificates | bool") -> None:
        self.registry = registry
        self.credential = AcrCredential(registry.clock)
        self.aio_credential = AcrAioCredential(registry.clock)
        self._tls = tls
        self._closing = ExitStack()

    @property
    def endpoint(self) -> str:
        return self.server.url

    @cached_property
    def server(self) -> "RegistryServer":
        return self._closing.enter_context(self.registry.serve(tls=self._tls))

    @cached_property
    def transport(self) -> "SocketTransport":
        from pytest_acr.transports.sockets import SocketTransport, socket_session

        session = self._closing.enter_context(socket_session(self.server.ca_file))
        return SocketTransport(session, clock=self.registry.clock, ca_file=self.server.ca_file)

    @cached_property
    def aio_transport(self) -> "AioSocketTransport":
        from pytest_acr.transports.sockets import AioSocketTransport, socket_session

        session = self._closing.enter_context(socket_session(self.server.ca_file))
        return AioSocketTransport(session, clock=self.registry.clock, ca_file=self.server.ca_file)

    @cached_property
    def session(self) -> "requests.Session":
        from pytest_acr.transports.sockets import socket_session

        return self._closing.enter_context(socket_session(self.server.ca_file))

    def close(self) -> None:
        """Close what was opened. Raises the registry's own failures, if its server had to answer 500 for one."""
        self._closing.close()
