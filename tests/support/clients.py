"""One interface to the sync and the async client of the Azure SDK, so that one test covers both;
content for their tests."""

import asyncio
import hashlib
import io
import random
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from inspect import isawaitable
from typing import Any, cast

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient

from fake_registry import FakeRegistry, ManualClock
from fake_registry.spec.names import RepositoryName
from pytest_acr import ContainerRegistryContentClient
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient

MIB = 1024 * 1024
CHUNK = 4 * MIB
"""How much both clients send and fetch at once: DEFAULT_CHUNK_SIZE of azure-containerregistry 1.2.0."""

HELLO = "samples/hello"
NOWHERE = "samples/nowhere"
UNKNOWN_DIGEST = "sha256:" + "0" * 64

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"

with_tls = pytest.mark.parametrize("transport", ["memory", "http", "https"])
"""For one test of each kind of call; the others are over TLS in the exhaustive tier."""

every_transport = pytest.mark.parametrize(
    "transport", ["memory", "http", pytest.param("https", marks=pytest.mark.exhaustive)]
)
"""For the tests that are worth a socket; all others run in memory."""

JsonObject = dict[str, object]
NewContentClient = Callable[..., ContainerRegistryContentClient]
"""Makes our own client of a repository, with options of its constructor."""
Run = Callable[[Awaitable[Any]], Any]  # Any: whatever the coroutine gives


class BlockingClient:
    """An aio client with the methods of the sync one: each call runs to its end on one event loop."""

    def __init__(self, client: object, run: Run) -> None:
        self._client = client
        self._run = run

    def __getattr__(self, name: str) -> Callable[..., Any]:  # Any: as the method of that name
        method = getattr(self._client, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            result = method(*args, **kwargs)
            if isawaitable(result):
                result = self._run(result)
            return BlockingIterable(result, self._run) if isinstance(result, AsyncIterable) else result

        return call


class BlockingIterable:
    """An async pager, page or download stream with the methods of the sync one."""

    def __init__(self, items: AsyncIterable[Any], run: Run) -> None:
        self._items = items
        self._run = run

    def __iter__(self) -> Iterator[Any]:
        items = self._items.__aiter__()
        while (item := self._run(_next_of(items))) is not _END:
            yield item

    def by_page(self, continuation_token: str | None = None) -> Iterator["BlockingIterable"]:
        pages = cast(Any, self._items).by_page(continuation_token)  # Any: azure-core's AsyncItemPaged
        return (BlockingIterable(page, self._run) for page in BlockingIterable(pages, self._run))

    def close(self) -> None:
        self._run(cast(Any, self._items).close())  # Any: a download stream

    def __enter__(self) -> "BlockingIterable":
        return self

    def __exit__(self, *exc_details: object) -> None:
        self.close()

    @property
    def result(self) -> object:
        return cast(Any, self._items).result  # Any: as above


_END = object()


async def _next_of(items: AsyncIterator[object]) -> object:
    return await anext(items, _END)


def blocking(client: AioContainerRegistryClient, runner: asyncio.Runner) -> ContainerRegistryClient:
    """Return an async client with the interface of the sync one."""
    return cast(ContainerRegistryClient, BlockingClient(client, cast(Run, runner.run)))  # by what it can do


def blocking_content(
    client: AioContainerRegistryContentClient, runner: asyncio.Runner
) -> ContainerRegistryContentClient:
    """Return an async content client with the interface of the sync one."""
    return cast(ContainerRegistryContentClient, BlockingClient(client, cast(Run, runner.run)))  # by what it can do


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def some_bytes(size: int) -> bytes:
    """Return `size` bytes without equal pieces, the same in every run."""
    return random.Random(size).randbytes(size)


def upload(client: ContainerRegistryClient, content: bytes, repository: str = HELLO) -> str:
    """Upload a blob and return its digest."""
    digest, size = client.upload_blob(repository, io.BytesIO(content))
    assert (digest, size) == (digest_of(content), len(content))
    return digest


def download(client: ContainerRegistryClient, digest: str, repository: str = HELLO) -> bytes:
    """Download a blob, verified by the client."""
    return b"".join(client.download_blob(repository, digest))


def image_manifest(
    client: ContainerRegistryClient,
    *,
    repository: str = HELLO,
    config: bytes = b"{}",
    layer: bytes = b"layer",
    docker: bool = False,
) -> JsonObject:
    """Upload a config and a layer; return a manifest of them, not pushed yet."""
    manifest_type, config_type, layer_type = (
        (DOCKER_MANIFEST, DOCKER_CONFIG, DOCKER_LAYER) if docker else (OCI_MANIFEST, OCI_CONFIG, OCI_LAYER)
    )
    return {
        "schemaVersion": 2,
        "mediaType": manifest_type,
        "config": {"mediaType": config_type, "digest": upload(client, config, repository), "size": len(config)},
        "layers": [{"mediaType": layer_type, "digest": upload(client, layer, repository), "size": len(layer)}],
    }


def stored_bytes(registry: FakeRegistry, repository: str, digest: str) -> bytes:
    """Return a blob's bytes as the registry has them."""
    reader = registry.content.get_blob(RepositoryName(repository), cast(Any, digest))  # Any: a Digest by its form
    try:
        return b"".join(reader.chunks())
    finally:
        reader.close()


def repositories(registry: FakeRegistry) -> list[str]:
    """Return the names of the registry's repositories."""
    return list(registry.content.list_repositories().items)


def endpoints(registry: FakeRegistry, *, status: int | None = None) -> list[str | None]:
    """Return the endpoints asked, in order, without the login; with `status` only those answered so."""
    asked: Iterable[Any] = registry.requests if status is None else registry.requests.where(status=status)
    return [exchange.endpoint for exchange in asked if not (exchange.endpoint or "").startswith("oauth.")]


def manual_clock(registry: FakeRegistry) -> ManualClock:
    """Return the manual clock of a fixture's registry."""
    assert isinstance(registry.clock, ManualClock)
    return registry.clock
