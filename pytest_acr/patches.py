"""Where an interception is asked: `socket` and `ssl`, which `requests`, `urllib`, `urllib3`, `httpx`, `aiohttp` and
asyncio are built on, and the two that go other ways where they are installed, uvloop's loops and aiodns' resolvers."""

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol


class Interceptor(Protocol):
    """Who says where names and connections lead. Raises HostRefused for what is to lead nowhere."""

    def lead(self, host: object) -> object:
        """Return what to resolve in place of `host`."""

    def note(self, host: object, addresses: Iterable[str]) -> None:
        """Take note of where a name has led."""

    def target(self, address: Any) -> Any:  # Any: of whatever family
        """Return where a connection to `address` goes. ConnectionRefusedError where nobody listens."""

    def trusting(self, context: ssl.SSLContext, server_hostname: object) -> ssl.SSLContext:
        """Return the context for a handshake with this host."""


# Any, here and below: these stand in for functions of many signatures
Patch = tuple[Any, str, Callable[[Any], Any]]
"""Whose attribute, its name, and what makes the new one of the old."""


def install(interceptor: Interceptor) -> Callable[[], None]:
    """Put all patches in force; return what takes them away.

    What somebody else has put on top by then is theirs to take away: the patch below it asks on, and is told that there
    is nothing to do.
    """
    applied: list[tuple[Any, str, bool, Any, Any]] = []
    for holder, name, make in _patches(interceptor):
        own, original = name in vars(holder), getattr(holder, name)
        replacement = make(original)
        setattr(holder, name, replacement)
        applied.append((holder, name, own, original, replacement))

    def undo() -> None:
        for holder, name, own, original, replacement in applied:
            if vars(holder).get(name) is not replacement:
                continue
            if own:
                setattr(holder, name, original)
            else:
                delattr(holder, name)

    return undo


def _patches(interceptor: Interceptor) -> Iterator[Patch]:
    def getaddrinfo(original: Any) -> Any:
        def getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> Any:
            found = original(interceptor.lead(host), port, *args, **options)
            interceptor.note(host, (str(entry[4][0]) for entry in found))
            return found

        return getaddrinfo

    def connecting(original: Any) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            try:
                dialled = interceptor.target(address)
            except RuntimeError:
                self.close()  # who expects an OSError leaves it open
                raise
            return original(self, dialled)

        return connect

    def wrapping(original: Any) -> Any:
        def wrap(self: ssl.SSLContext, *args: Any, server_hostname: Any = None, **options: Any) -> Any:
            context = interceptor.trusting(self, server_hostname)
            return original(context, *args, server_hostname=server_hostname, **options)

        return wrap

    yield socket, "getaddrinfo", getaddrinfo
    yield socket.socket, "connect", connecting
    yield socket.socket, "connect_ex", connecting
    yield ssl.SSLContext, "wrap_socket", wrapping
    yield ssl.SSLContext, "wrap_bio", wrapping
    if find_spec("uvloop"):
        yield from _uvloop_patches(interceptor, import_module("uvloop").Loop)
    if find_spec("aiodns"):
        yield from _aiodns_patches(interceptor, import_module("aiodns").DNSResolver)


def _uvloop_patches(interceptor: Interceptor, loop: Any) -> Iterator[Patch]:
    """uvloop resolves and dials in C."""

    def getaddrinfo(original: Any) -> Any:
        async def getaddrinfo(self: Any, host: Any, port: Any, **options: Any) -> Any:
            found = await original(self, interceptor.lead(host), port, **options)
            interceptor.note(host, (str(entry[4][0]) for entry in found))
            return found

        return getaddrinfo

    def create_connection(original: Any) -> Any:
        async def create_connection(
            self: Any, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any
        ) -> Any:
            if host is not None:
                if options.get("ssl") and options.get("server_hostname") is None:
                    options["server_hostname"] = host
                host, port = interceptor.target((interceptor.lead(host), port))
            return await original(self, protocol_factory, host, port, **options)

        return create_connection

    yield loop, "getaddrinfo", getaddrinfo
    yield loop, "create_connection", create_connection


def _aiodns_patches(interceptor: Interceptor, resolver: Any) -> Iterator[Patch]:
    """aiodns, which aiohttp takes where it is installed, resolves in C."""

    def getaddrinfo(original: Any) -> Any:
        async def getaddrinfo(self: Any, host: Any, *args: Any, **options: Any) -> Any:
            found = await original(self, interceptor.lead(host), *args, **options)
            interceptor.note(host, (node.addr[0].decode("ascii") for node in found.nodes))
            return found

        return getaddrinfo

    yield resolver, "getaddrinfo", getaddrinfo
