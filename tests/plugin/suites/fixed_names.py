"""Eight tests with the same names, each with an empty registry. Run by test_isolation.py."""

import asyncio
import io

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient

from fake_registry import FakeRegistry

every_number = pytest.mark.parametrize("number", range(4))


@every_number
def test_sync(acr: FakeRegistry, acr_client: ContainerRegistryClient, number: int) -> None:
    assert list(acr_client.list_repository_names()) == []
    image = acr.push_image("samples/hello:v1", layers=[b"layer %d" % number])
    assert acr_client.get_tag_properties("samples/hello", "v1").digest == image.digest
    digest, _ = acr_client.upload_blob("samples/hello", io.BytesIO(b"%d" % number))
    assert b"".join(acr_client.download_blob("samples/hello", digest)) == b"%d" % number


@every_number
def test_aio(acr: FakeRegistry, acr_aio_client: AioContainerRegistryClient, number: int) -> None:
    async def digest() -> str:
        assert [name async for name in acr_aio_client.list_repository_names()] == []
        acr.push_image("samples/hello:v1", layers=[b"layer %d" % number])
        return str((await acr_aio_client.get_tag_properties("samples/hello", "v1")).digest)

    found = asyncio.run(digest())
    assert found == acr.push_image("samples/hello:v2", layers=[b"layer %d" % number]).digest
