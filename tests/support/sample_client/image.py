"""`SampleImage`: the images that the sample client pushes and pulls."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fake_registry.spec.media_types import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST
from fake_registry.spec.names import digest_of
from tests.support.sample_client.errors import SampleError


@dataclass(frozen=True)
class SampleImage:
    """A config and layers."""

    config: bytes
    layers: tuple[bytes, ...]
    media_type: str = OCI_MANIFEST

    @property
    def blobs(self) -> tuple[bytes, ...]:
        return self.config, *self.layers

    @cached_property
    def manifest(self) -> bytes:
        """The manifest as it is pushed."""
        document = {
            "schemaVersion": 2,
            "mediaType": self.media_type,
            "config": descriptor_of(self.config, OCI_CONFIG),
            "layers": [descriptor_of(layer, OCI_LAYER) for layer in self.layers],
        }
        return json.dumps(document).encode()

    @property
    def digest(self) -> str:
        """The digest of the manifest."""
        return digest_of(self.manifest)


def descriptor_of(content: bytes, media_type: str) -> dict[str, Any]:  # Any: JSON
    """Return the descriptor of a blob."""
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def blobs_of(manifest: bytes) -> list[str]:
    """Return the digests of an image's config and layers. SampleError for another manifest."""
    document = read_image(manifest)
    return [entry["digest"] for entry in (document["config"], *document["layers"])]


def type_of(manifest: bytes) -> str:
    """Return the media type of an image's manifest, OCI's by default. SampleError as above."""
    media_type: str = read_image(manifest).get("mediaType", OCI_MANIFEST)
    return media_type


def read_image(manifest: bytes) -> dict[str, Any]:  # Any: JSON
    """Return the manifest of an image. SampleError for another manifest."""
    try:
        document: dict[str, Any] = json.loads(manifest)
        digests = [entry["digest"] for entry in (document["config"], *document["layers"])]
    except (ValueError, KeyError, TypeError) as error:
        raise SampleError("expected the manifest of an image") from error

    if not all(isinstance(digest, str) for digest in digests):
        raise SampleError("expected digests in the manifest of an image")
    return document
