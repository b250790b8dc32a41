"""Images: uploads, downloads, types of manifests, deletes."""

import json
from collections.abc import Mapping
from functools import partial

from tests.clients.programs.dotnet.client import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_MANIFEST,
    DotnetClient,
    digest_of,
)
from tests.clients.programs.dotnet.content import CONFIG, encode, expect, expect_failure, push_blob, push_image


def upload_image(client: DotnetClient) -> None:
    data = push_image(client, "samples/hello", "1.0", "the first layer", "the second layer")
    expect("digest of the tag", client.digest_of_tag("samples/hello", "1.0"), digest_of(data))


def download_image(client: DotnetClient) -> None:
    by_tag = client.get_manifest("samples/hello", "1.0")
    by_digest = client.get_manifest("samples/hello", digest_of(by_tag.body))
    image = json.loads(by_tag.body)
    layers = [client.download_blob("samples/hello", layer["digest"]) for layer in image["layers"]]

    expect("manifest by digest", by_digest.body, by_tag.body)
    expect("config", client.download_blob("samples/hello", image["config"]["digest"]), CONFIG)
    expect("layers", layers, [b"the first layer", b"the second layer"])


def docker_manifest_list(client: DotnetClient) -> None:
    platforms = [{"architecture": architecture, "os": "linux"} for architecture in ("amd64", "arm64")]
    digests = [push_docker_image(client, "samples/list", platform) for platform in platforms]
    children = [
        {
            "mediaType": DOCKER_MANIFEST,
            "digest": digest,
            "size": client.get_manifest("samples/list", digest).content_length,
            "platform": platform,
        }
        for digest, platform in zip(digests, platforms, strict=True)
    ]
    data = encode({"schemaVersion": 2, "mediaType": DOCKER_LIST, "manifests": children})
    digest = client.set_manifest("samples/list", data, "1.0", DOCKER_LIST)

    pulled = client.get_manifest("samples/list", "1.0")
    found = client.get("/acr/v1/{}/_manifests/{}", "samples/list", digest)["manifest"]
    expect("manifest list", pulled.body, data)
    expect("media type", found["mediaType"], DOCKER_LIST)
    # ArtifactManifestPlatform reads these three members; CanGetManifestListProperties.json @1534d846 has no other.
    images = [{"digest": digest, **platform} for digest, platform in zip(digests, platforms, strict=True)]
    expect("images of the list", found["references"], images)


def push_docker_image(client: DotnetClient, repository: str, platform: Mapping[str, str]) -> str:
    """Upload an image without a tag, for a platform, and return its digest."""
    config_type = "application/vnd.docker.container.image.v1+json"
    data = encode(
        {
            "schemaVersion": 2,
            "mediaType": DOCKER_MANIFEST,
            "config": push_blob(client, repository, encode(platform), config_type),
            "layers": [push_blob(client, repository, b"a layer", "application/vnd.docker.image.rootfs.diff.tar.gzip")],
        }
    )
    return client.set_manifest(repository, data, media_type=DOCKER_MANIFEST)


def unknown_manifest_type(client: DotnetClient) -> None:
    """GetManifestResult.MediaType is the Content-Type of the answer: the Accept of this client has every type."""
    for repository, media_type in (("samples/hello", OCI_MANIFEST), ("samples/list", DOCKER_LIST)):
        expect("media type", client.get_manifest(repository, "1.0").header("Content-Type"), media_type)

    data = push_image(client, "samples/unknown", "1.0", "a layer")
    for wrong in ("application/vnd.example.manifest.v1+json", DOCKER_MANIFEST):
        # As azure-sdk-for-net#17084.
        call = partial(client.set_manifest, "samples/unknown", data, "2.0", wrong)
        expect_failure(call, 400, "MANIFEST_INVALID")


def delete_manifest(client: DotnetClient) -> None:
    data = push_image(client, "samples/delete", "1.0", "a layer")
    first = client.delete_manifest("samples/delete", digest_of(data))
    again = client.delete_manifest("samples/delete", digest_of(data))

    expect("statuses", (first, again), (202, 404))
    for reference in (digest_of(data), "1.0"):
        call = partial(client.get_manifest, "samples/delete", reference)
        expect_failure(call, 404, "MANIFEST_UNKNOWN")


def delete_blobs(client: DotnetClient) -> None:
    image = json.loads(push_image(client, "samples/blobs", "1.0", "one layer", "another layer"))
    for part in (*image["layers"], image["config"]):
        client.delete_blob("samples/blobs", part["digest"])
        for call in (client.download_blob, client.delete_blob):
            expect_failure(partial(call, "samples/blobs", part["digest"]), 404, "BLOB_UNKNOWN")


def delete_repository(client: DotnetClient) -> None:
    data = push_image(client, "samples/gone", "1.0", "a layer")
    answer = client.delete("/acr/v1/{}", "samples/gone")

    # CanDeleteRepository.json @05f4fa09.
    expected = {"manifestsDeleted": [digest_of(data)], "tagsDeleted": ["1.0"]}
    expect("what was deleted", (answer.status, json.loads(answer.body)), (202, expected))
    expect("status of the second DELETE", client.delete("/acr/v1/{}", "samples/gone").status, 404)
    expect_failure(lambda: client.get("/acr/v1/{}", "samples/gone"), 404, "NAME_UNKNOWN")
    expect_failure(lambda: client.get_manifest("samples/gone", "1.0"), 404, "MANIFEST_UNKNOWN")
