"""A bug in the registry itself, in the middle of a download. Run by test_failures.py."""

import asyncio
import io
from typing import NoReturn

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
from azure.core.exceptions import HttpResponseError

from fake_registry import FakeRegistry

CALLS: list[object] = []


def boom(*arguments: object) -> NoReturn:
    CALLS.append(arguments)
    raise RuntimeError("the cat sat on the keyboard")


@pytest.fixture
def digest(acr: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> str:
    """The digest of a blob whose download fails."""
    CALLS.clear()
    image = acr.push_image("samples/hello:v1", layers=[b"layer"])
    monkeypatch.setattr(acr.content, "stat_blob", boom)
    return image.layers[0].digest


def test_sync_client_triggers_the_bug(acr_client: ContainerRegistryClient, digest: str) -> None:
    try:
        acr_client.download_blob("samples/hello", digest)
    finally:
        print(f"sync: {len(CALLS)} calls")  # noqa: T201  for the test that runs this one


def test_aio_client_triggers_the_bug(acr_aio_client: AioContainerRegistryClient, digest: str) -> None:
    async def download() -> None:
        await acr_aio_client.download_blob("samples/hello", digest)

    try:
        asyncio.run(download())
    finally:
        print(f"aio: {len(CALLS)} calls")  # noqa: T201  for the test that runs this one


def test_code_that_swallows_the_error(acr_client: ContainerRegistryClient, digest: str) -> None:
    with pytest.raises(HttpResponseError) as caught:
        acr_client.download_blob("samples/hello", digest)
    assert caught.value.status_code == 500


def test_without_the_bug(acr_client: ContainerRegistryClient) -> None:
    assert acr_client.upload_blob("samples/hello", io.BytesIO(b"hello"))[1] == 5
