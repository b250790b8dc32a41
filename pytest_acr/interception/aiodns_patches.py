"""The patches of aiodns, which resolves in C. aiohttp uses it where it is installed."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from pytest_acr.interception.patching import Interceptor, Patch


def aiodns_patches() -> tuple[Patch, ...]:
    """Return the patches of aiodns, and import it; none if it is not installed."""
    if find_spec("aiodns") is None:
        return ()

    resolver = import_module("aiodns").DNSResolver
    patches = (
        Patch(resolver, "getaddrinfo", _getaddrinfo),
        Patch(resolver, "gethostbyname", _resolve),
        Patch(resolver, "query", _resolve),
    )
    # getaddrinfo came with 3.2; aiohttp uses no older version
    return tuple(patch for patch in patches if hasattr(resolver, patch.name))


def _getaddrinfo(interceptor: Interceptor, original: Any) -> Any:
    async def getaddrinfo(self: Any, host: Any, *args: Any, **options: Any) -> Any:
        found = await original(self, interceptor.host_to_resolve(host), *args, **options)
        addresses = (node.addr[0].decode("ascii") for node in found.nodes)
        interceptor.record_addresses(host, addresses)
        return found

    return getaddrinfo


def _resolve(interceptor: Interceptor, original: Any) -> Any:
    def resolve(self: Any, host: Any, *args: Any, **options: Any) -> Any:
        return original(self, interceptor.host_to_resolve(host), *args, **options)

    return resolve
