"""The patches of uvloop, whose loops resolve and connect in C."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from pytest_acr.interception.patching import Interceptor, Patch


def uvloop_patches() -> tuple[Patch, ...]:
    """Return the patches of uvloop, and import it; none if it is not installed."""
    if find_spec("uvloop") is None:
        return ()

    loop = import_module("uvloop").Loop
    return (
        Patch(loop, "getaddrinfo", _getaddrinfo),
        Patch(loop, "create_connection", _create_connection),
        Patch(loop, "create_datagram_endpoint", _create_datagram_endpoint),
    )


def _getaddrinfo(interceptor: Interceptor, original: Any) -> Any:
    async def getaddrinfo(self: Any, host: Any, port: Any, **options: Any) -> Any:
        found = await original(self, interceptor.host_to_resolve(host), port, **options)
        interceptor.record_addresses(host, (str(entry[4][0]) for entry in found))
        return found

    return getaddrinfo


def _create_connection(interceptor: Interceptor, original: Any) -> Any:
    async def create_connection(
        self: Any, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        if host is None:
            return await original(self, protocol_factory, host, port, **options)

        if options.get("ssl") and options.get("server_hostname") is None:
            options["server_hostname"] = host
        address = interceptor.host_to_resolve(host), port
        host, port = interceptor.address_to_connect(address)
        return await original(self, protocol_factory, host, port, **options)

    return create_connection


def _create_datagram_endpoint(interceptor: Interceptor, original: Any) -> Any:
    async def create_datagram_endpoint(
        self: Any,
        protocol_factory: Any,
        local_addr: Any = None,
        remote_addr: Any = None,
        **options: Any,
    ) -> Any:
        if remote_addr is not None:
            remote_addr = interceptor.address_to_connect(remote_addr)
        return await original(self, protocol_factory, local_addr, remote_addr, **options)

    return create_datagram_endpoint
