"""Where an interception is asked: `socket` and `ssl`, which `requests`, `urllib`, `urllib3`, `httpx`, `aiohttp` and
asyncio are built on, and the two that go other ways where they are installed, uvloop's loops and aiodns' resolvers."""

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Protocol


class Interceptor(Protocol):
    """Who says where names and connections lead. Raises HostRefused for what is to lead nowhere."""

    def lead(self, host: object) -> object:
        """Return what to resolve in place of `host`."""

    def note(self, host: object, addresses: Iterable[str]) -> None:
        """Take note of where a name has led."""

    def check(self, host: object) -> None:
        """See that `host` may be asked for."""

    def target(self, address: Any) -> Any:  # Any: of whatever family
        """Return where a connection to `address` goes."""

    def trusting(self, context: ssl.SSLContext, server_hostname: object) -> ssl.SSLContext:
        """Return the context for a handshake with this host."""


# Any, here and below: these stand in for functions of many signatures
Patch = tuple[Any, str, Callable[[Any], Any]]
"""Whose attribute, its name, and what makes the new one of the old."""

_ORIGINAL: Final = "__pytest_acr_original__"
"""Where a patch keeps what it stands before."""


def install(interceptor: Interceptor) -> Callable[[], None]:
    """Put the patches of Python's own modules in force; return what takes them away.

    What somebody else has put on top by then is theirs to take away: the patch below it asks on, is told that there is
    nothing to do, and is known for one of ours when it stands in the way next time.
    """
    applied: list[tuple[Any, str, bool, Any, Any]] = []

    def undo() -> None:
        for holder, name, own, original, replacement in applied:
            if vars(holder).get(name) is not replacement:
                continue
            if own:
                setattr(holder, name, original)
            else:
                delattr(holder, name)

    try:
        for patch in _patches(interceptor):
            applied.append(_apply(*patch))  # noqa: PERF401  what is there is undone if the next one fails
    except BaseException:
        undo()
        raise
    return undo


def guard(interceptor: Interceptor) -> None:
    """Put the patches of libraries in force, for good: what they resolve in C no audit hook hears of."""
    if find_spec("uvloop"):
        for patch in _uvloop_patches(interceptor, import_module("uvloop").Loop):
            _apply(*patch)
    if find_spec("aiodns"):
        for patch in _aiodns_patches(interceptor, import_module("aiodns").DNSResolver):
            _apply(*patch)


def _apply(holder: Any, name: str, make: Callable[[Any], Any]) -> tuple[Any, str, bool, Any, Any]:
    own, found = name in vars(holder), getattr(holder, name)
    original = getattr(found, _ORIGINAL, found)
    replacement = make(original)
    setattr(replacement, _ORIGINAL, original)
    setattr(holder, name, replacement)
    return holder, name, own, original, replacement


def _patches(interceptor: Interceptor) -> Iterator[Patch]:
    def getaddrinfo(original: Any) -> Any:
        def getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> Any:
            found = original(interceptor.lead(host), port, *args, **options)
            interceptor.note(host, (str(entry[4][0]) for entry in found))
            return found

        return getaddrinfo

    def looking_up(original: Any) -> Any:
        def look_up(host: Any) -> Any:
            return original(interceptor.lead(host))

        return look_up

    def asking(original: Any) -> Any:
        def ask(address: Any, *args: Any) -> Any:
            interceptor.check(address[0] if isinstance(address, tuple) else address)
            return original(address, *args)

        return ask

    def connecting(original: Any) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            return original(self, _dialled(interceptor, self, address))

        return connect

    def sending(original: Any) -> Any:
        def send(self: socket.socket, *args: Any) -> Any:
            *before, address = args
            if address is not None and len(args) > 1:
                address = _dialled(interceptor, self, address)
            return original(self, *before, address)

        return send

    def wrapping_socket(original: Any) -> Any:
        def wrap_socket(
            self: ssl.SSLContext,
            sock: Any,
            server_side: Any = False,  # noqa: FBT002  the signature is Python's
            do_handshake_on_connect: Any = True,  # noqa: FBT002
            suppress_ragged_eofs: Any = True,  # noqa: FBT002
            server_hostname: Any = None,
            session: Any = None,
        ) -> Any:
            context = interceptor.trusting(self, server_hostname)
            session = session if context is self else None
            options = server_side, do_handshake_on_connect, suppress_ragged_eofs, server_hostname, session
            return original(context, sock, *options)

        return wrap_socket

    def wrapping_bio(original: Any) -> Any:
        def wrap_bio(
            self: ssl.SSLContext,
            incoming: Any,
            outgoing: Any,
            server_side: Any = False,  # noqa: FBT002  as above
            server_hostname: Any = None,
            session: Any = None,
        ) -> Any:
            context = interceptor.trusting(self, server_hostname)
            return original(
                context, incoming, outgoing, server_side, server_hostname, session if context is self else None
            )

        return wrap_bio

    yield socket, "getaddrinfo", getaddrinfo
    yield socket, "gethostbyname", looking_up
    yield socket, "gethostbyname_ex", looking_up
    yield socket, "gethostbyaddr", asking
    yield socket, "getnameinfo", asking
    yield socket.socket, "connect", connecting
    yield socket.socket, "connect_ex", connecting
    yield socket.socket, "sendto", sending
    yield ssl.SSLContext, "wrap_socket", wrapping_socket
    yield ssl.SSLContext, "wrap_bio", wrapping_bio


def _dialled(interceptor: Interceptor, connection: socket.socket, address: Any) -> Any:
    try:
        return interceptor.target(address)
    except RuntimeError:
        connection.close()  # who expects an OSError leaves it open
        raise


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

    def create_datagram_endpoint(original: Any) -> Any:
        async def create_datagram_endpoint(
            self: Any, protocol_factory: Any, local_addr: Any = None, remote_addr: Any = None, **options: Any
        ) -> Any:
            if remote_addr is not None:
                remote_addr = interceptor.target(remote_addr)
            return await original(self, protocol_factory, local_addr, remote_addr, **options)

        return create_datagram_endpoint

    yield loop, "getaddrinfo", getaddrinfo
    yield loop, "create_connection", create_connection
    yield loop, "create_datagram_endpoint", create_datagram_endpoint


def _aiodns_patches(interceptor: Interceptor, resolver: Any) -> Iterator[Patch]:
    """aiodns, which aiohttp takes where it is installed, resolves in C."""

    def getaddrinfo(original: Any) -> Any:
        async def getaddrinfo(self: Any, host: Any, *args: Any, **options: Any) -> Any:
            found = await original(self, interceptor.lead(host), *args, **options)
            interceptor.note(host, (node.addr[0].decode("ascii") for node in found.nodes))
            return found

        return getaddrinfo

    def looking_up(original: Any) -> Any:
        def look_up(self: Any, host: Any, *args: Any, **options: Any) -> Any:
            return original(self, interceptor.lead(host), *args, **options)

        return look_up

    if hasattr(resolver, "getaddrinfo"):  # from 3.2 on; aiohttp takes no older one
        yield resolver, "getaddrinfo", getaddrinfo
    yield resolver, "gethostbyname", looking_up
    yield resolver, "query", looking_up
