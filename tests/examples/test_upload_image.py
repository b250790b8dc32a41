import asyncio
from collections.abc import Callable
from pathlib import Path

from fake_registry import FakeRegistry
from pytest_acr import (
    ContainerRegistryContentClient,
    OciAnnotations,
    OciDescriptor,
    OciImageManifest,
    UploadBlobResult,
)
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient


def upload_image(client: ContainerRegistryContentClient, config: bytes, layers: list[Path], tag: str) -> str:
    manifest = image_of(client.upload_blob(config), [client.upload_blob(layer) for layer in layers])
    return client.set_manifest(manifest, tag=tag).digest


async def upload_image_async(
    client: AioContainerRegistryContentClient, config: bytes, layers: list[Path], tag: str
) -> str:
    uploads = [await client.upload_blob(layer) for layer in layers]
    manifest = image_of(await client.upload_blob(config), uploads)
    return (await client.set_manifest(manifest, tag=tag)).digest


def image_of(config: UploadBlobResult, layers: list[UploadBlobResult]) -> OciImageManifest:
    def descriptor(uploaded: UploadBlobResult, media_type: str) -> OciDescriptor:
        return OciDescriptor(media_type=media_type, digest=uploaded.digest, size=uploaded.size_in_bytes)

    return OciImageManifest(
        config=descriptor(config, "application/vnd.oci.image.config.v1+json"),
        layers=[descriptor(layer, "application/vnd.oci.image.layer.v1.tar") for layer in layers],
        annotations=OciAnnotations(title="hello", version="1.0"),
    )


def test_upload_image(
    acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient], tmp_path: Path
) -> None:
    layer = tmp_path / "layer.tar"
    layer.write_bytes(b"hello")
    client = acr_content_client("samples/hello")

    digest = upload_image(client, b"{}", [layer], "1.0")

    assert client.get_manifest("1.0").digest == digest
    acr.requests.assert_count(1, endpoint="oauth.exchange")  # one login for all requests


def test_upload_image_async(
    acr: FakeRegistry, acr_aio_content_client: Callable[[str], AioContainerRegistryContentClient], tmp_path: Path
) -> None:
    layer = tmp_path / "layer.tar"
    layer.write_bytes(b"hello")

    digest = asyncio.run(upload_image_async(acr_aio_content_client("samples/hello"), b"{}", [layer], "1.0"))

    acr.requests.assert_count(1, endpoint="manifest.put", status=201)
    assert digest.startswith("sha256:")
