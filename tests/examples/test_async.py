import asyncio
from io import BytesIO

from azure.containerregistry.aio import ContainerRegistryClient


def test_async_client(acr_aio_client: ContainerRegistryClient) -> None:
    async def push_and_pull() -> bytes:
        digest, _ = await acr_aio_client.upload_blob("samples/hello", BytesIO(b"hello"))
        stream = await acr_aio_client.download_blob("samples/hello", digest)
        return b"".join([piece async for piece in stream])

    assert asyncio.run(push_and_pull()) == b"hello"
