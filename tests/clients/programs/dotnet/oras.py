"""OrasProject.Oras 0.8.0: its uploads have no PATCH, its escapes are in lower case, its logins widen."""

import json
from typing import Final

from tests.clients.programs.dotnet.basic import ORAS, BasicClient, lower_escaped
from tests.clients.programs.dotnet.client import DOCKER_LIST, DOCKER_MANIFEST, OCI_MANIFEST, DotnetClient, digest_of
from tests.clients.programs.dotnet.content import CONFIG, OCI_CONFIG, OCI_LAYER, encode, expect
from tests.clients.programs.dotnet.control import REGISTRY, control, requests_of
from tests.clients.programs.dotnet.pipeline import expect_status

NAME: Final = "oras/net"
SBOM: Final = "application/vnd.test.sbom"
ACCEPT: Final = ", ".join((DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, "application/vnd.oci.image.index.v1+json"))


def oras_artifact(_: DotnetClient) -> None:
    """Push, tag, resolve, referrers, mount and delete by one client object."""
    requests_of()
    oras = BasicClient(ORAS, widening=True)
    config, layer = push(oras, CONFIG, OCI_CONFIG), push(oras, b"a layer", OCI_LAYER)
    expected = ["POST upload.start 401", "GET oauth.token 200", *["POST upload.start 202", "PUT upload.finish 201"] * 2]
    expect("requests of two uploads", requests_of(), expected)

    image = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [layer]}
    subject = put_manifest(oras, encode(image))
    check_tag(oras, subject, encode(image))
    check_referrers(oras, subject, image)
    check_mount(oras, str(layer["digest"]))

    requests_of()
    expect("status of the DELETE", oras.call("DELETE", f"/v2/{NAME}/manifests/{subject}").status, 202)
    [login] = [each for each in control("GET", f"{REGISTRY}/_fake/requests")["requests"] if each["method"] == "GET"]
    scopes = [part for part in login["query"].split("&") if part.startswith("scope=")]
    expect(
        "scopes of the last login",
        scopes,
        ["scope=repository%3Aoras%2Fcopy%3Apull%2Cpush", "scope=repository%3Aoras%2Fnet%3Adelete%2Cpull%2Cpush"],
    )


def push(oras: BasicClient, data: bytes, media_type: str) -> dict[str, object]:
    """Upload a blob by POST and one PUT with the whole body; return its descriptor."""
    start = expect_status(oras.call("POST", f"/v2/{NAME}/blobs/uploads/"), 202)
    target = f"{start.header('Location')}&digest={lower_escaped(digest_of(data))}"
    finished = oras.call("PUT", target, body=data, Content_Type="application/octet-stream")
    expect("digest of the blob", expect_status(finished, 201).header("Docker-Content-Digest"), digest_of(data))
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}


def put_manifest(oras: BasicClient, data: bytes, reference: str = "") -> str:
    target = f"/v2/{NAME}/manifests/{reference or digest_of(data)}"
    answer = oras.call("PUT", target, body=data, Content_Type=OCI_MANIFEST)
    expect("digest of the manifest", expect_status(answer, 201).header("Docker-Content-Digest"), digest_of(data))
    return digest_of(data)


def check_tag(oras: BasicClient, digest: str, data: bytes) -> None:
    """A tag is put by getting the manifest and putting it again; it is resolved by HEAD."""
    manifest = oras.call("GET", f"/v2/{NAME}/manifests/{digest}", Accept=OCI_MANIFEST)
    put_manifest(oras, expect_status(manifest, 200).body, "1.0")

    found = expect_status(oras.call("HEAD", f"/v2/{NAME}/manifests/1.0", Accept=ACCEPT), 200)
    described = (found.header("Docker-Content-Digest"), found.header("Content-Length"), found.header("Content-Type"))
    expect("what the tag resolves to", described, (digest, str(len(data)), OCI_MANIFEST))


def check_referrers(oras: BasicClient, subject: str, image: dict[str, object]) -> None:
    described = {"mediaType": OCI_MANIFEST, "digest": subject, "size": len(encode(image))}
    sbom = put_manifest(oras, encode({**image, "artifactType": SBOM, "subject": described}))
    put_manifest(oras, encode({**image, "artifactType": "application/vnd.test.other", "subject": described}))

    target = f"/v2/{NAME}/referrers/{subject}?artifactType={lower_escaped(SBOM)}"
    found = json.loads(expect_status(oras.call("GET", target), 200).body)["manifests"]
    expect("referrers of this type", [each["digest"] for each in found], [sbom])


def check_mount(oras: BasicClient, digest: str) -> None:
    """The first parameter is empty."""
    target = f"/v2/oras/copy/blobs/uploads/?&mount={lower_escaped(digest)}&from={lower_escaped(NAME)}"
    mounted = expect_status(oras.call("POST", target), 201)
    expect("digest of the mounted blob", mounted.header("Docker-Content-Digest"), digest)
