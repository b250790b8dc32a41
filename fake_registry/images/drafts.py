"""Manifests and the blobs that they need, as values. Nothing is pushed here.

The defaults are the same bytes on every run and every Python, so a test can contain their digests.
"""

import gzip
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fake_registry.spec import media_types
from fake_registry.spec.json_object import decode_object
from fake_registry.spec.manifest import Descriptor, Manifest, read_manifest
from fake_registry.spec.names import Digest, digest_of

JsonDocument = dict[str, Any]  # Any: a JSON value on its way to json.dumps

_TYPE_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_MEDIA_TYPE = re.compile(f"{_TYPE_NAME}/{_TYPE_NAME}", re.ASCII)
"""RFC 6838 §4.2; image-spec v1.1, Descriptors, requires it of mediaType and artifactType."""

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
"""RFC 1952 §2.3.1; RFC 8878 §3.1.1."""

_PLATFORM = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+){1,2}", re.ASCII)


_CONFIG_TYPES: Final = {
    media_types.OCI_MANIFEST: media_types.OCI_CONFIG,
    media_types.DOCKER_MANIFEST: media_types.DOCKER_CONFIG,
}


@dataclass(frozen=True)
class Draft:
    """A manifest and the blobs that it needs, checked and not yet pushed."""

    manifest: Manifest
    blobs: Mapping[Digest, bytes]


@dataclass(frozen=True)
class Frame:
    """The parts of a manifest that are the same for images, indexes and artifacts."""

    media_type: str
    artifact_type: str | None = None
    subject: Descriptor | None = None
    annotations: Mapping[str, str] | None = None

    def manifest_with(self, body: JsonDocument) -> Manifest:
        """Return the manifest with the keys of `body`, ordered as in image-spec's examples."""
        document: JsonDocument = {"schemaVersion": 2, "mediaType": self.media_type}
        if self.artifact_type is not None:
            document["artifactType"] = self.artifact_type
        document |= body

        subject = self.subject
        if subject is not None:
            document["subject"] = _descriptor(subject.media_type, subject.digest, subject.size)
        if self.annotations is not None:
            document["annotations"] = dict(self.annotations)
        return read_manifest(_encode(document), self.media_type)


def draft_image(
    frame: Frame,
    layers: Sequence[bytes],
    config: Mapping[str, Any] | bytes,
    *,
    config_media_type: str | None = None,
    layer_media_type: str | None = None,
) -> Draft:
    """Return an image. Media types that are not given follow from the frame and the layers."""
    docker = frame.media_type == media_types.DOCKER_MANIFEST
    config_type = config_media_type or _CONFIG_TYPES[frame.media_type]
    check_grammar(config_type)
    if layer_media_type is not None:
        check_grammar(layer_media_type)

    encoded = config if isinstance(config, bytes) else _encode(config)
    types = [layer_media_type or _layer_type(layer, docker=docker) for layer in layers]
    entries = [_describe(layer, its_type) for layer, its_type in zip(layers, types, strict=True)]
    return Draft(
        frame.manifest_with({"config": _describe(encoded, config_type), "layers": entries}),
        {digest_of(blob): blob for blob in (encoded, *layers)},
    )


def default_layer(name: str, platform: str) -> bytes:
    """Return a tar whose one file holds `name` and `platform`."""
    # not compressed: the output of deflate differs between versions of zlib
    content = f"{name} for {platform}\n".encode()
    entry = tarfile.TarInfo("image-name")
    entry.size = len(content)

    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(entry, io.BytesIO(content))
    return layer.getvalue()


def default_config(platform: Mapping[str, str], layers: Iterable[bytes]) -> JsonDocument:
    """Return a config with the keys that image-spec v1.1, Image Configuration, requires."""
    rootfs = {"type": "layers", "diff_ids": [_diff_id(layer) for layer in layers]}
    return {**platform, "config": {}, "rootfs": rootfs}


def _diff_id(layer: bytes) -> Digest:
    """Return the digest of the tar in `layer`, of `layer` itself if it is zstd or a broken gzip."""
    if not layer.startswith(_GZIP):
        return digest_of(layer)
    try:
        with gzip.open(io.BytesIO(layer)) as unpacked:
            return digest_of(iter(lambda: unpacked.read(64 * 1024), b""))
    except (OSError, EOFError, zlib.error):
        return digest_of(layer)


def _layer_type(layer: bytes, *, docker: bool) -> str:
    if docker:
        return media_types.DOCKER_LAYER_GZIP  # the only one of schema 2

    if layer.startswith(_GZIP):
        return media_types.OCI_LAYER_GZIP
    return media_types.OCI_LAYER_ZSTD if layer.startswith(_ZSTD) else media_types.OCI_LAYER


def parse_platform(text: str) -> Mapping[str, str]:
    """Return the keys of `os/architecture` or `os/architecture/variant`.

    Source: image-spec v1.1, Image Index, platform.
    """
    if not _PLATFORM.fullmatch(text):
        raise ValueError(f"platform: expected os/architecture or os/architecture/variant, found {text!r}")

    os, architecture, *variant = text.split("/")
    return {"architecture": architecture, "os": os, **({"variant": variant[0]} if variant else {})}


def platform_in(config: bytes) -> Mapping[str, str]:
    """Return the platform's keys in an image's config; none if it is not a JSON object."""
    try:
        document = decode_object(config)
    except ValueError:
        return {}
    keys = ("architecture", "os", "variant")
    return {key: document[key] for key in keys if isinstance(document.get(key), str)}


def index_entry(manifest: Manifest, platform: Mapping[str, str]) -> JsonDocument:
    """Return the descriptor of `manifest` in an index. An incomplete platform is left out."""
    entry = _descriptor(manifest.media_type, manifest.digest, len(manifest.content))
    return entry | ({"platform": platform} if {"architecture", "os"} <= platform.keys() else {})


def _describe(content: bytes, media_type: str) -> JsonDocument:
    return _descriptor(media_type, digest_of(content), len(content))


def _descriptor(media_type: str, digest: Digest, size: int | None) -> JsonDocument:
    return {"mediaType": media_type, "digest": digest, **({} if size is None else {"size": size})}


def _encode(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def check_grammar(media_type: str) -> None:
    """Raise ValueError for a malformed media type."""
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise ValueError(f"expected a media type, type/subtype, found {media_type!r}")
