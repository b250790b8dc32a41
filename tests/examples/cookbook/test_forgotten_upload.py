import asyncio
from io import BytesIO
from typing import BinaryIO

import pytest
from azure.containerregistry.aio import ContainerRegistryClient
from azure.core.exceptions import ResourceNotFoundError

from fake_registry import FakeRegistry, Fault, ForgetUpload


async def push_layer(client: ContainerRegistryClient, layer: BinaryIO, *, tries: int = 3) -> str:
    """The code under test: an upload that is gone cannot go on, so it starts another one."""
    for _ in range(tries - 1):
        try:
            return (await client.upload_blob("samples/hello", layer))[0]
        except ResourceNotFoundError:
            layer.seek(0)
    return (await client.upload_blob("samples/hello", layer))[0]


def test_layer_is_pushed_in_the_third_upload(acr: FakeRegistry, acr_aio_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("upload.chunk", ForgetUpload(), times=2))

    digest = asyncio.run(push_layer(acr_aio_client, BytesIO(b"layer")))

    assert acr.blob("samples/hello", digest) == b"layer"
    acr.requests.assert_count(3, endpoint="upload.start", status=202)


def test_registry_that_forgets_every_upload_is_an_error(
    acr: FakeRegistry, acr_aio_client: ContainerRegistryClient
) -> None:
    acr.faults.add(Fault("upload.chunk", ForgetUpload()))

    with pytest.raises(ResourceNotFoundError, match="BLOB_UPLOAD_UNKNOWN"):
        asyncio.run(push_layer(acr_aio_client, BytesIO(b"layer")))
    acr.requests.assert_none(endpoint="upload.finish")
