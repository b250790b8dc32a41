"""`dotnet publish -t:PublishContainer` of the .NET SDK 10.0.401: a base image is read, its layer is mounted."""

import json
from typing import Final

from tests.clients.programs.dotnet.basic import PUBLISH, BasicClient
from tests.clients.programs.dotnet.client import OCI_MANIFEST, DotnetClient, digest_of
from tests.clients.programs.dotnet.content import (
    CONFIG,
    OCI_CONFIG,
    OCI_LAYER,
    encode,
    expect,
    expect_failure,
    push_image,
)
from tests.clients.programs.dotnet.control import requests_of
from tests.clients.programs.dotnet.pipeline import expect_status

BASE: Final = "base/runtime"
NAME: Final = "published/app"
INDEX: Final = "application/vnd.oci.image.index.v1+json"
CHUNK_BYTES: Final = 1000
"""Of the SDK's debug setting that forces chunks."""


def publish_container(client: DotnetClient) -> None:
    """The image is put once for each tag; of several platforms each image by its digest, and the index under tags."""
    push_image(client, BASE, "10.0", "a layer of the runtime")
    dotnet = BasicClient(PUBLISH, widening=False)
    runtime = base_layer(dotnet)

    app, config = b"the application", CONFIG + b" "
    upload(dotnet, app)
    upload(dotnet, config)
    image = encode(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": describe(config, OCI_CONFIG),
            "layers": [mounted(dotnet, runtime), describe(app, OCI_LAYER)],
        }
    )
    for tag in ("1.0", "latest"):
        put_manifest(dotnet, tag, image, OCI_MANIFEST)
    put_manifest(dotnet, digest_of(image), image, OCI_MANIFEST)
    platform = {"architecture": "amd64", "os": "linux"}
    index = encode({"schemaVersion": 2, "manifests": [{**describe(image, OCI_MANIFEST), "platform": platform}]})
    put_manifest(dotnet, "index", index, INDEX)

    found = client.get("/acr/v1/{}/_manifests/{}", NAME, digest_of(image))["manifest"]
    expect("tags of the image", found["tags"], ["1.0", "latest"])
    expect("index", client.get_manifest(NAME, "index").body, index)


def publish_in_chunks(client: DotnetClient) -> None:
    """A PATCH for each chunk without Content-Range and without Content-Type: the server alone keeps the position."""
    dotnet = BasicClient(PUBLISH, widening=False)
    data = bytes(range(250)) * 14
    start = expect_status(dotnet.call("POST", f"/v2/{NAME}/blobs/uploads/"), 202)

    location = start.header("Location")
    for offset in range(0, len(data), CHUNK_BYTES):
        answer = expect_status(dotnet.call("PATCH", location, body=data[offset : offset + CHUNK_BYTES]), 202)
        location = answer.header("Location")
        expect("Range", answer.header("Range"), f"0-{min(offset + CHUNK_BYTES, len(data)) - 1}")
    finish(dotnet, location, data)
    expect("same bytes", client.download_blob(NAME, digest_of(data)) == data, True)


def publish_refused(_: DotnetClient) -> None:
    """CONTAINER1016 is a wrong password, CONTAINER1015 a base image that is not there."""
    requests_of()
    wrong = BasicClient(PUBLISH, "a wrong password", widening=False)
    expect_failure(lambda: wrong.call("GET", f"/v2/{BASE}/manifests/10.0"), 401, "UNAUTHORIZED")
    expect("requests", requests_of(), ["GET manifest.get 401", "GET oauth.token 401"])

    absent = BasicClient(PUBLISH, widening=False).call("GET", "/v2/base/absent/manifests/10.0", Accept=OCI_MANIFEST)
    expect("the base image", (absent.status, absent.error_code), (404, "MANIFEST_UNKNOWN"))


def base_layer(dotnet: BasicClient) -> dict[str, object]:
    """Read the base image with its config and its layer; return the descriptor of the layer."""
    accept = f"{OCI_MANIFEST}, {INDEX}"
    image = json.loads(expect_status(dotnet.call("GET", f"/v2/{BASE}/manifests/10.0", Accept=accept), 200).body)
    layer: dict[str, object] = image["layers"][0]
    for part in (image["config"], layer):
        blob = expect_status(dotnet.call("GET", f"/v2/{BASE}/blobs/{part['digest']}"), 200)
        expect("digest of a part", digest_of(blob.body), part["digest"])
    return layer


def mounted(dotnet: BasicClient, layer: dict[str, object]) -> dict[str, object]:
    """Ask for a layer of the base image, and mount it."""
    digest = layer["digest"]
    expect("HEAD of the layer", dotnet.call("HEAD", f"/v2/{NAME}/blobs/{digest}").status, 404)
    mount = dotnet.call("POST", f"/v2/{NAME}/blobs/uploads/?mount={digest}&from={BASE}")
    expect("digest of the mounted layer", expect_status(mount, 201).header("Docker-Content-Digest"), digest)
    return layer


def upload(dotnet: BasicClient, data: bytes) -> None:
    """Try a mount, which fails; leave its session alone and start another; send all bytes in one PATCH."""
    digest = digest_of(data)
    expect("HEAD of the blob", dotnet.call("HEAD", f"/v2/{NAME}/blobs/{digest}").status, 404)
    expect_status(dotnet.call("POST", f"/v2/{NAME}/blobs/uploads/?mount={digest}&from={BASE}"), 202)

    start = expect_status(dotnet.call("POST", f"/v2/{NAME}/blobs/uploads/"), 202)
    chunk = dotnet.call("PATCH", start.header("Location"), body=data, Content_Type="application/octet-stream")
    finish(dotnet, expect_status(chunk, 202).header("Location"), data)


def finish(dotnet: BasicClient, location: str, data: bytes) -> None:
    digest = digest_of(data)
    finished = expect_status(dotnet.call("PUT", f"{location}&digest={digest}"), 201)
    expect("digest of the blob", finished.header("Docker-Content-Digest"), digest)


def put_manifest(dotnet: BasicClient, reference: str, data: bytes, media_type: str) -> None:
    target = f"/v2/{NAME}/manifests/{reference}"
    expect_status(dotnet.call("PUT", target, body=data, Content_Type=media_type), 201)


def describe(data: bytes, media_type: str) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}
