import asyncio
import json
from collections.abc import Callable

from fake_registry import FakeRegistry
from pytest_acr import ContainerRegistryContentClient, ManifestMediaType
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient


def upload_manifest_list(client: ContainerRegistryContentClient, children: list[dict[str, object]], tag: str) -> str:
    manifest = {"schemaVersion": 2, "mediaType": ManifestMediaType.DOCKER_MANIFEST_LIST, "manifests": children}
    return client.set_manifest(manifest, tag=tag, media_type=ManifestMediaType.DOCKER_MANIFEST_LIST).digest


def describe(client: ContainerRegistryContentClient, reference: str) -> str:
    found = client.get_manifest(reference)
    if found.manifest is not None:  # an OCI image: the model is there
        return f"an image of {len(found.manifest.layers)} layers"
    if found.media_type == ManifestMediaType.DOCKER_MANIFEST_LIST:
        return f"a list of {len(json.loads(found.content)['manifests'])} images"
    return f"{len(found.content)} bytes of {found.media_type}"


async def upload_manifest_list_async(
    client: AioContainerRegistryContentClient, children: list[dict[str, object]], tag: str
) -> str:
    manifest = {"schemaVersion": 2, "mediaType": ManifestMediaType.DOCKER_MANIFEST_LIST, "manifests": children}
    media_type = ManifestMediaType.DOCKER_MANIFEST_LIST
    return (await client.set_manifest(manifest, tag=tag, media_type=media_type)).digest


async def describe_async(client: AioContainerRegistryContentClient, reference: str) -> str:
    found = await client.get_manifest(reference)
    if found.media_type == ManifestMediaType.DOCKER_MANIFEST_LIST:
        return f"a list of {len(json.loads(found.content)['manifests'])} images"
    return f"{len(found.content)} bytes of {found.media_type}"


def child_of(acr: FakeRegistry, name: str) -> dict[str, object]:
    image = acr.push_image(name, layers=[b"hello"])
    size = len(acr.content.get_manifest(image.repository, image.digest).content)
    platform = {"architecture": "amd64", "os": "linux"}
    return {
        "mediaType": ManifestMediaType.OCI_IMAGE_MANIFEST,
        "digest": image.digest,
        "size": size,
        "platform": platform,
    }


def test_custom_manifest(
    acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient]
) -> None:
    acr.push_index("samples/hello:index", platforms=["linux/arm64"])
    client = acr_content_client("samples/hello")

    upload_manifest_list(client, [child_of(acr, "samples/hello:1.0")], "list")

    assert describe(client, "list") == "a list of 1 images"
    assert describe(client, "1.0") == "an image of 1 layers"
    assert describe(client, "index").endswith(" bytes of application/vnd.oci.image.index.v1+json")


def test_custom_manifest_async(
    acr: FakeRegistry, acr_aio_content_client: Callable[[str], AioContainerRegistryContentClient]
) -> None:
    async def there_and_back() -> str:
        client = acr_aio_content_client("samples/hello")
        digest = await upload_manifest_list_async(client, [child_of(acr, "samples/hello:1.0")], "list")
        return await describe_async(client, digest)

    assert asyncio.run(there_and_back()) == "a list of 1 images"
