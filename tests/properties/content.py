"""A few blobs, images and requests, from which properties build the content of a registry.

Documents and digests are written here by the standard library alone.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from fake_registry import FakeRegistry
from tests.support.http import HttpAnswer, send

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
INDEX: Final = "application/vnd.oci.image.index.v1+json"
SBOM: Final = "application/vnd.example.sbom"
CONFIG_TYPE: Final = "application/vnd.oci.image.config.v1+json"

REPOSITORIES: Final = ("samples/hello", "other")
TAGS: Final = ("v1", "v2")


def digest_by(content: bytes, algorithm: str = "sha256") -> str:
    """Return the digest of `content` (image-spec, Digests)."""
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def entry_of(content: bytes, media_type: str) -> dict[str, object]:
    """Return the descriptor of `content` (image-spec, Content Descriptors)."""
    return {"mediaType": media_type, "digest": digest_by(content), "size": len(content)}


def image_of(layer: bytes, **members: object) -> bytes:
    """Return an OCI image of CONFIG and a layer."""
    document = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": entry_of(CONFIG, CONFIG_TYPE),
        "layers": [entry_of(layer, "application/vnd.oci.image.layer.v1.tar")],
        **members,
    }
    return json.dumps(document).encode()


def index_of(*children: bytes, **members: object) -> bytes:
    """Return an OCI index of images."""
    entries = [entry_of(child, MANIFEST) for child in children]
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries, **members}
    return json.dumps(document).encode()


CONFIG: Final = b'{"architecture":"amd64","os":"linux"}'
BLOBS: Final = (CONFIG, b"first layer", b"second layer")

FIRST: Final = image_of(b"first layer")
SECOND: Final = image_of(b"second layer")
BOTH: Final = index_of(FIRST, SECOND)
REFERRER: Final = image_of(b"first layer", subject=entry_of(FIRST, MANIFEST), artifactType=SBOM)
SIGNATURE: Final = index_of(subject=entry_of(REFERRER, MANIFEST), annotations={"signed": "yes"})

TYPES: Final = {
    FIRST: MANIFEST,
    SECOND: MANIFEST,
    BOTH: INDEX,
    REFERRER: MANIFEST,
    SIGNATURE: INDEX,
}
"""Every manifest and its media type. Those that others need stand before them."""

DIGESTS: Final = tuple(map(digest_by, TYPES))


NO_UPLOAD: Final = f"/v2/{REPOSITORIES[0]}/blobs/uploads/none?_state=none"


@dataclass(frozen=True)
class RequestStep:
    """A request of a client. A target that begins with `upload` continues its last upload."""

    method: str
    target: str
    body: bytes = b""
    media_type: str = "application/octet-stream"


@dataclass
class Client:
    """Sends steps to a registry, and keeps the locations of its uploads."""

    registry: FakeRegistry
    locations: list[str] = field(default_factory=list)

    def send(self, step: RequestStep) -> HttpAnswer:
        """Return the answer to a step. Without an upload, NO_UPLOAD is continued."""
        target = step.target
        if target.startswith("upload"):
            target = (self.locations or [NO_UPLOAD])[-1] + target.removeprefix("upload")

        headers = {"Content-Type": step.media_type}
        found = send(self.registry, step.method, target, step.body, headers)
        stated = [value for name, value in found.headers if name == "Location"]
        self.locations += [location for location in stated if "/uploads/" in location]
        return found

    def send_all(self, steps: Sequence[RequestStep]) -> list[int]:
        """Send steps and return their statuses."""
        return [self.send(step).status for step in steps]


def push_of_blob(repository: str, content: bytes) -> RequestStep:
    return RequestStep("POST", f"/v2/{repository}/blobs/uploads/?digest={digest_by(content)}", content)


def push_of_manifest(repository: str, manifest: bytes, reference: str = "") -> RequestStep:
    target = f"/v2/{repository}/manifests/{reference or digest_by(manifest)}"
    return RequestStep("PUT", target, manifest, TYPES.get(manifest, MANIFEST))


def pushes_of_all(repository: str) -> list[RequestStep]:
    """Return the steps that push every blob and every manifest, and both tags."""
    return [
        *(push_of_blob(repository, content) for content in BLOBS),
        *(push_of_manifest(repository, manifest) for manifest in TYPES),
        push_of_manifest(repository, FIRST, "v1"),
        push_of_manifest(repository, BOTH, "v2"),
    ]


def lock_of(path: str, attribute: str, *, value: bool = False) -> RequestStep:
    """Return the step that switches an attribute of the item at `path` below `/acr/v1`."""
    body = json.dumps({attribute: value}).encode()
    return RequestStep("PATCH", f"/acr/v1/{path}", body, "application/json")


def every_step(repository: str) -> list[RequestStep]:
    """Return steps of every kind that change a repository, or would if it had what they name."""
    root, acr = f"/v2/{repository}", f"/acr/v1/{repository}"
    uploaded = digest_by(b"chunkchunk")
    items = [repository, f"{repository}/_tags/v1", f"{repository}/_manifests/{DIGESTS[0]}"]
    return [
        *pushes_of_all(repository),
        *(push_of_manifest(repository, SECOND, tag) for tag in TAGS),
        *(RequestStep("DELETE", f"{root}/blobs/{digest_by(content)}") for content in BLOBS),
        *(RequestStep("DELETE", f"{root}/manifests/{digest}") for digest in DIGESTS),
        *(RequestStep("DELETE", f"{acr}/_tags/{tag}") for tag in TAGS),
        RequestStep("DELETE", acr),
        *(lock_of(item, "deleteEnabled") for item in items),
        *(lock_of(item, "listEnabled") for item in items),
        *(lock_of(item, "deleteEnabled", value=True) for item in items),
        RequestStep("POST", f"{root}/blobs/uploads/?mount={digest_by(CONFIG)}&from={REPOSITORIES[1]}"),
        RequestStep("POST", f"{root}/blobs/uploads/"),
        RequestStep("PATCH", "upload", b"chunk"),
        RequestStep("PUT", f"upload&digest={uploaded}", b""),
        RequestStep("DELETE", "upload"),
    ]
