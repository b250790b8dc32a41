"""Clients of the two registries. The sync client is called as the aio client is, so that each check is written once."""

import json
import os
import ssl
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any, Final

from azure.containerregistry import ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
from azure.identity import ClientSecretCredential
from azure.identity.aio import ClientSecretCredential as AioClientSecretCredential

REGISTRY: Final = os.environ["REGISTRY_URL"]
OPEN_REGISTRY: Final = os.environ["OPEN_REGISTRY_URL"]

APP: Final = (os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"])
READER: Final = (os.environ["READER_CLIENT_ID"], os.environ["READER_CLIENT_SECRET"])


class ClientKind:
    """Makes clients of one kind, and closes them at the end of the block."""

    def __init__(self, *, aio: bool) -> None:
        self._aio = aio
        self._open = AsyncExitStack()

    async def __aenter__(self) -> "ClientKind":
        return self

    async def __aexit__(self, *exc_details: object) -> None:
        await self._open.aclose()

    async def client_of(self, application: tuple[str, str]) -> Any:
        """Return a client that logs in with Entra, as an application."""
        client_id, secret = application
        tenant = os.environ["AZURE_TENANT_ID"]
        if self._aio:
            aio_credential = AioClientSecretCredential(tenant, client_id, secret, disable_instance_discovery=True)
            await self._open.enter_async_context(aio_credential)
            return await self._open.enter_async_context(AioContainerRegistryClient(REGISTRY, aio_credential))

        credential = ClientSecretCredential(tenant, client_id, secret, disable_instance_discovery=True)
        self._open.enter_context(credential)
        return Awaited(self._open.enter_context(ContainerRegistryClient(REGISTRY, credential)))

    async def anonymous_client(self) -> Any:
        """Return a client without a credential, of the registry with anonymous pull."""
        if self._aio:
            return await self._open.enter_async_context(AioContainerRegistryClient(OPEN_REGISTRY))
        return Awaited(self._open.enter_context(ContainerRegistryClient(OPEN_REGISTRY)))


class Awaited:
    """A sync client whose methods are awaited, and whose lists are iterated with `async for`."""

    def __init__(self, client: ContainerRegistryClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)
        if name.startswith("list_"):
            return lambda *args, **options: aiter_of(method(*args, **options))
        return lambda *args, **options: awaitable_of(method, *args, **options)


async def aiter_of(items: Iterator[Any]) -> AsyncIterator[Any]:
    for item in items:
        yield item


async def awaitable_of(method: Callable[..., Any], *args: Any, **options: Any) -> Any:
    result = method(*args, **options)
    return aiter_of(result) if method.__name__ == "download_blob" else result


async def content_of(stream: Awaitable[AsyncIterator[bytes]]) -> bytes:
    """Return what `download_blob` downloads."""
    return b"".join([piece async for piece in await stream])


def control(method: str, path: str, body: object = None, *, registry: str = REGISTRY) -> Any:
    """Send a request to the control API, and return its answer as JSON, None if it has none."""
    request = urllib.request.Request(
        f"{registry}/_fake/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={} if body is None else {"Content-Type": "application/json"},
    )
    trust = ssl.create_default_context(cafile=os.environ["CA_FILE"])
    with urllib.request.urlopen(request, context=trust) as response:
        answer = response.read()
    return json.loads(answer) if answer else None
