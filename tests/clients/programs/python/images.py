"""Images, manifests of other types, blobs, and what is deleted."""

import hashlib
import io
import json
from typing import Any, Final

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from tests.clients.programs.python.clients import content_of
from tests.clients.programs.python.expectations import expect, expect_refusal

OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
MIB: Final = 1024 * 1024


async def push_blob(client: Any, repository: str, content: bytes, media_type: str) -> dict[str, Any]:
    """Upload a blob, and return its descriptor."""
    digest, size = await client.upload_blob(repository, io.BytesIO(content))
    return {"mediaType": media_type, "digest": digest, "size": size}


async def push_image(client: Any, repository: str, tag: str, *layers: bytes) -> str:
    """Upload an image, and return its digest."""
    config = await push_blob(client, repository, b'{"os": "linux"}', "application/vnd.oci.image.config.v1+json")
    layer_type = "application/vnd.oci.image.layer.v1.tar"
    descriptors = [await push_blob(client, repository, layer, layer_type) for layer in layers]
    manifest = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": descriptors}
    digest: str = await client.set_manifest(repository, manifest, tag=tag)
    return digest


async def upload_image(client: Any) -> None:
    digest = await push_image(client, "samples/hello", "1.0", b"the first layer", b"the second layer")
    tag = await client.get_tag_properties("samples/hello", "1.0")
    expect("digest of the tag", tag.digest, digest)


async def download_image(client: Any) -> None:
    by_tag = await client.get_manifest("samples/hello", "1.0")
    by_digest = await client.get_manifest("samples/hello", by_tag.digest)
    parts = [by_tag.manifest["config"], *by_tag.manifest["layers"]]
    contents = [await content_of(client.download_blob("samples/hello", part["digest"])) for part in parts]

    expect("manifest by digest", by_digest.manifest, by_tag.manifest)
    expect("contents", contents, [b'{"os": "linux"}', b"the first layer", b"the second layer"])
    found = [f"sha256:{hashlib.sha256(content).hexdigest()}" for content in contents]
    expect("digests", found, [part["digest"] for part in parts])


async def docker_manifest_list(client: Any) -> None:
    children = []
    for architecture in ("amd64", "arm64"):
        platform = {"architecture": architecture, "os": "linux"}
        children.append(await push_docker_image(client, "samples/list", platform))
    manifest_list = {"schemaVersion": 2, "mediaType": DOCKER_LIST, "manifests": children}
    digest = await client.set_manifest("samples/list", manifest_list, tag="1.0", media_type=DOCKER_LIST)

    pulled = await client.get_manifest("samples/list", "1.0")
    found = (pulled.manifest, pulled.media_type, pulled.digest)
    expect("manifest list", found, (manifest_list, DOCKER_LIST, digest))


async def push_docker_image(client: Any, repository: str, platform: dict[str, str]) -> dict[str, Any]:
    """Upload an image without a tag, and return its descriptor in a manifest list."""
    config_type = "application/vnd.docker.container.image.v1+json"
    config = await push_blob(client, repository, json.dumps(platform).encode(), config_type)
    layer = await push_blob(client, repository, b"a layer", "application/vnd.docker.image.rootfs.diff.tar.gzip")
    image = {"schemaVersion": 2, "mediaType": DOCKER_MANIFEST, "config": config, "layers": [layer]}

    content = io.BytesIO(json.dumps(image).encode())
    digest = await client.set_manifest(repository, content, media_type=DOCKER_MANIFEST)
    size = len(content.getvalue())
    return {"mediaType": DOCKER_MANIFEST, "digest": digest, "size": size, "platform": platform}


async def unknown_manifest_type(client: Any) -> None:
    """The client accepts several types, and finds the one of the manifest in the answer."""
    types = [(await client.get_manifest(name, "1.0")).media_type for name in ("samples/hello", "samples/list")]
    expect("media types", types, [OCI_MANIFEST, DOCKER_LIST])

    image = (await client.get_manifest("samples/hello", "1.0")).manifest
    unknown = "application/vnd.example.manifest.v1+json"
    for media_type in (unknown, DOCKER_MANIFEST):
        wrong = client.set_manifest("samples/hello", image, tag="wrong", media_type=media_type)
        await expect_refusal(wrong, HttpResponseError, 400)


async def delete_manifest(client: Any) -> None:
    digest = await push_image(client, "samples/delete", "1.0", b"a layer")
    await client.delete_manifest("samples/delete", digest)
    await expect_refusal(client.get_manifest("samples/delete", digest), ResourceNotFoundError, 404)
    await expect_refusal(client.get_manifest("samples/delete", "1.0"), ResourceNotFoundError, 404)


async def delete_blobs(client: Any) -> None:
    await push_image(client, "samples/blobs", "1.0", b"one layer", b"another layer")
    image = (await client.get_manifest("samples/blobs", "1.0")).manifest
    for part in (image["config"], *image["layers"]):
        await client.delete_blob("samples/blobs", part["digest"])
        download = content_of(client.download_blob("samples/blobs", part["digest"]))
        await expect_refusal(download, ResourceNotFoundError, 404)


async def delete_repository(client: Any) -> None:
    await push_image(client, "samples/gone", "1.0", b"a layer")
    await client.delete_repository("samples/gone")
    await expect_refusal(client.get_repository_properties("samples/gone"), ResourceNotFoundError, 404)
    await expect_refusal(client.get_manifest("samples/gone", "1.0"), ResourceNotFoundError, 404)


async def large_blob(client: Any) -> None:
    content = bytes(range(256)) * (9 * MIB // 256)
    digest = await push_content(client, content)
    found = await content_of(client.download_blob("samples/content", digest))
    expect("content is the same", found == content, True)


async def empty_blob(client: Any) -> None:
    """The client downloads each blob as a range, and an empty blob has none (RFC 9110 section 14.1.2)."""
    digest = await push_content(client, b"")
    await expect_refusal(content_of(client.download_blob("samples/content", digest)), HttpResponseError, 416)


async def push_content(client: Any, content: bytes) -> str:
    digest: str
    digest, size = await client.upload_blob("samples/content", io.BytesIO(content))
    expect("digest and size", (digest, size), (f"sha256:{hashlib.sha256(content).hexdigest()}", len(content)))
    return digest
