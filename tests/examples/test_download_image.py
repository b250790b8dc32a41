import asyncio
from collections.abc import Callable
from pathlib import Path

from fake_registry import FakeRegistry
from pytest_acr import ContainerRegistryContentClient
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient


def download_image(client: ContainerRegistryContentClient, tag: str, folder: Path) -> None:
    found = client.get_manifest(tag)
    (folder / "manifest.json").write_bytes(found.content)  # the bytes that the digest was computed from
    if found.manifest is None:
        raise ValueError(f"expected an OCI image, found {found.media_type}")
    (folder / "config.json").write_bytes(client.download_blob_content(found.manifest.config.digest).content)
    for layer in found.manifest.layers:
        # the file gets its name once it is verified; a failed download leaves no file
        client.download_blob_to(layer.digest, folder / layer.digest.removeprefix("sha256:"))


async def download_image_async(client: AioContainerRegistryContentClient, tag: str, folder: Path) -> None:
    found = await client.get_manifest(tag)
    (folder / "manifest.json").write_bytes(found.content)
    if found.manifest is None:
        raise ValueError(f"expected an OCI image, found {found.media_type}")
    config = await client.download_blob_content(found.manifest.config.digest)
    (folder / "config.json").write_bytes(config.content)
    for layer in found.manifest.layers:
        await client.download_blob_to(layer.digest, folder / layer.digest.removeprefix("sha256:"))


def test_download_image(
    acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient], tmp_path: Path
) -> None:
    image = acr.push_image("samples/hello:1.0", layers=[b"hello", b"world"], config={"os": "linux"})

    download_image(acr_content_client("samples/hello"), "1.0", tmp_path)

    names = [layer.digest.removeprefix("sha256:") for layer in image.layers]
    assert [(tmp_path / name).read_bytes() for name in names] == [b"hello", b"world"]
    assert {path.name for path in tmp_path.iterdir()} == {"manifest.json", "config.json", *names}


def test_download_image_async(
    acr: FakeRegistry, acr_aio_content_client: Callable[[str], AioContainerRegistryContentClient], tmp_path: Path
) -> None:
    image = acr.push_image("samples/hello:1.0", layers=[b"hello"])

    asyncio.run(download_image_async(acr_aio_content_client("samples/hello"), "1.0", tmp_path))

    assert (tmp_path / image.layers[0].digest.removeprefix("sha256:")).read_bytes() == b"hello"
