import asyncio
from collections.abc import Callable

import pytest
from azure.core.exceptions import ResourceNotFoundError

from fake_registry import FakeRegistry
from pytest_acr import ContainerRegistryContentClient
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient


def delete_image(client: ContainerRegistryContentClient, tag: str) -> None:
    """Delete an image and its blobs. No other image may use the blobs: registries do not check."""
    found = client.get_manifest(tag)
    client.delete_manifest(found.digest)  # and every tag that points at it
    if found.manifest is not None:
        for digest in {found.manifest.config.digest, *(layer.digest for layer in found.manifest.layers)}:
            client.delete_blob(digest)


async def delete_image_async(client: AioContainerRegistryContentClient, tag: str) -> None:
    found = await client.get_manifest(tag)
    await client.delete_manifest(found.digest)
    if found.manifest is not None:
        for digest in {found.manifest.config.digest, *(layer.digest for layer in found.manifest.layers)}:
            await client.delete_blob(digest)


def test_delete_image(acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient]) -> None:
    image = acr.push_image("samples/hello:1.0", layers=[b"hello"])
    client = acr_content_client("samples/hello")

    delete_image(client, "1.0")

    for gone in (image.digest, "1.0"):
        with pytest.raises(ResourceNotFoundError):
            client.get_manifest(gone)
    with pytest.raises(ResourceNotFoundError):
        client.download_blob_content(image.layers[0].digest)


def test_delete_image_async(
    acr: FakeRegistry, acr_aio_content_client: Callable[[str], AioContainerRegistryContentClient]
) -> None:
    acr.push_image("samples/hello:1.0")

    asyncio.run(delete_image_async(acr_aio_content_client("samples/hello"), "1.0"))

    assert list(acr.content.list_repositories().items) == []
