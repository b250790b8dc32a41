"""Tests that run against the fake and a live registry alike. Run by test_live.py."""

import asyncio
import io
from collections.abc import Callable

import pytest
import requests
from azure.containerregistry import ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
from azure.core.exceptions import ResourceNotFoundError

from fake_registry import FakeRegistry, ManualClock, Refuse
from pytest_acr import ContainerRegistryContentClient, OciDescriptor, OciImageManifest
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient

NewClient = Callable[[str], ContainerRegistryContentClient]


def push(client: ContainerRegistryContentClient, tag: str) -> str:
    config = client.upload_blob(b"{}")
    described = OciDescriptor(media_type="text/plain", digest=config.digest, size=config.size_in_bytes)
    return client.set_manifest(OciImageManifest(config=described, layers=[described]), tag=tag).digest


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_its_own_namespace(acr_content_client: NewClient, turn: int) -> None:
    client = acr_content_client("samples/hello")
    with pytest.raises(ResourceNotFoundError):
        client.get_manifest("v1")
    digest = push(client, "v1")
    assert client.get_manifest("v1").digest == digest


def test_content_is_pushed_and_pulled(acr_content_client: NewClient) -> None:
    client = acr_content_client("samples/hello")
    content = bytes(range(256)) * 1000
    stored = client.upload_blob(content, chunk_bytes=100_000)
    assert client.download_blob_content(stored.digest).content == content
    assert acr_content_client("samples/there").mount_blob(stored.digest, source=client.repository)
    empty = client.upload_blob(b"", skip_existing=True)
    assert client.download_blob_content(empty.digest).content == b""


def test_content_deleted_by_the_test_itself(acr_content_client: NewClient) -> None:
    client = acr_content_client("samples/hello")
    digest = push(client, "v1")
    client.delete_manifest(digest)
    with pytest.raises(ResourceNotFoundError):
        client.get_manifest("v1")


def test_async(acr_aio_content_client: Callable[[str], AioContainerRegistryContentClient]) -> None:
    async def there_and_back() -> bytes:
        client = acr_aio_content_client("samples/hello")
        digest = (await client.upload_blob(b"aio")).digest
        return (await client.download_blob_content(digest)).content

    assert asyncio.run(there_and_back()) == b"aio"


def test_azure_sdk(acr_client: ContainerRegistryClient, acr_namespace: str) -> None:
    digest, size = acr_client.upload_blob(f"{acr_namespace}samples/sdk", io.BytesIO(b"{}"))
    entry = {"mediaType": "text/plain", "digest": digest, "size": size}
    manifest = {"schemaVersion": 2, "config": entry, "layers": []}
    acr_client.set_manifest(f"{acr_namespace}samples/sdk", manifest, tag="v1")
    assert f"{acr_namespace}samples/sdk" in list(acr_client.list_repository_names())


def test_azure_sdk_aio(acr_aio_client: AioContainerRegistryClient, acr_namespace: str) -> None:
    async def size() -> int:
        return (await acr_aio_client.upload_blob(f"{acr_namespace}samples/sdk", io.BytesIO(b"aio")))[1]

    assert asyncio.run(size()) == 3


def test_session(acr_session: requests.Session, acr_endpoint: str) -> None:
    assert acr_session.get(f"{acr_endpoint}/v2/").status_code in (200, 401)


# what only the fake can do


def test_registry(acr: FakeRegistry) -> None:
    assert len(acr.requests) == 0


def test_clock(acr_clock: ManualClock) -> None:
    acr_clock.advance(1)


@pytest.mark.acr_image("samples/hello:v1")
def test_seeded(acr_content_client: NewClient) -> None:
    assert acr_content_client("samples/hello").get_manifest("v1").digest


@pytest.mark.acr_fault("upload.start", Refuse(404))
def test_broken(acr_content_client: NewClient) -> None:
    with pytest.raises(ResourceNotFoundError):
        acr_content_client("samples/hello").upload_blob(b"x")


@pytest.mark.acr_fake("counts on an empty registry")
def test_marked(acr_client: ContainerRegistryClient) -> None:
    assert list(acr_client.list_repository_names()) == []
