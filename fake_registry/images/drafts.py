"""What `images` is about to push, as values: a manifest and the blobs that it needs. Pure; nothing is pushed here.

The defaults are the same bytes on every run and every Python, so that a test may write a digest down.
"""

import gzip
import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fake_registry.spec import media_types
from fake_registry.spec.json_object import decode_object
from fake_registry.spec.manifest import Descriptor, Manifest, read_manifest
from fake_registry.spec.names import Digest, digest_of

JsonDocument = dict[str, Any]  # Any: a JSON value on its way to json.dumps

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}", re.ASCII)
"""RFC 6838 §4.2, to which image-spec v1.1, Descriptors, holds mediaType and artifactType."""

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
"""RFC 1952 §2.3.1; RFC 8878 §3.1.1."""

_PLATFORM = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+){1,2}", re.ASCII)


@dataclass(frozen=True)
class Draft:
    """A manifest and the blobs it needs, checked and not yet pushed."""

    manifest: Manifest
    blobs: Mapping[Digest, bytes]


@dataclass(frozen=True)
class Frame:
    """What any manifest has around the keys of its kind."""

    media_type: str
    artifact_type: str | None = None
    subject: Descriptor | None = None
    annotations: Mapping[str, str] | None = None

    def manifest_with(self, body: JsonDocument) -> Manifest:
        """Return the manifest with `body` in its place, keys in the order of image-spec's examples."""
        document: JsonDocument = {"schemaVersion": 2, "mediaType": self.media_type}
        if self.artifact_type is not None:
            document["artifactType"] = self.artifact_type
        document |= body
        if self.subject is not None:
            document["subject"] = _descriptor(self.subject.media_type, self.subject.digest, self.subject.size)
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
    """Return the image of `config` and `layers`; the types that are not given follow from the frame and the bytes."""
    docker = frame.media_type == media_types.DOCKER_MANIFEST
    config_type = config_media_type or (media_types.DOCKER_CONFIG if docker else media_types.OCI_CONFIG)
    check_grammar(config_type)
    if layer_media_type is not None:
        check_grammar(layer_media_type)
    encoded = config if isinstance(config, bytes) else _encode(config)
    entries = [_describe(layer, layer_media_type or _layer_type(layer, docker=docker)) for layer in layers]
    return Draft(
        frame.manifest_with({"config": _describe(encoded, config_type), "layers": entries}),
        {digest_of(blob): blob for blob in (encoded, *layers)},
    )


def default_layer(name: str, platform: str) -> bytes:
    """Return a tar whose one file holds `name` and `platform`."""
    # plain and not gzip: what deflate makes of the same bytes differs between versions of zlib
    content = f"{name} for {platform}\n".encode()
    entry = tarfile.TarInfo("image-name")
    entry.size = len(content)
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(entry, io.BytesIO(content))
    return layer.getvalue()


def default_config(platform: Mapping[str, str], layers: Iterable[bytes]) -> JsonDocument:
    """Return what image-spec v1.1, Image Configuration, requires of a config, for these layers."""
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
    """Return the keys of `os/architecture` or `os/architecture/variant` (image-spec v1.1, Image Index, platform)."""
    if not _PLATFORM.fullmatch(text):
        raise ValueError(f"expected os/architecture or os/architecture/variant, found {text!r}")
    os, architecture, *variant = text.split("/")
    return {"architecture": architecture, "os": os, **({"variant": variant[0]} if variant else {})}


def platform_in(config: bytes) -> Mapping[str, str]:
    """Return the keys of the platform that an image's config names; none if it is no JSON object."""
    try:
        document = decode_object(config)
    except ValueError:
        return {}
    return {key: document[key] for key in ("architecture", "os", "variant") if isinstance(document.get(key), str)}


def index_entry(manifest: Manifest, platform: Mapping[str, str]) -> JsonDocument:
    """Return the descriptor under which an index lists `manifest`; half a platform is left out."""
    entry = _descriptor(manifest.media_type, manifest.digest, len(manifest.content))
    return entry | ({"platform": platform} if {"architecture", "os"} <= platform.keys() else {})


def _describe(content: bytes, media_type: str) -> JsonDocument:
    return _descriptor(media_type, digest_of(content), len(content))


def _descriptor(media_type: str, digest: Digest, size: int | None) -> JsonDocument:
    return {"mediaType": media_type, "digest": digest, **({} if size is None else {"size": size})}


def _encode(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def check_grammar(media_type: str) -> None:
    """Refuse what is no media type, by a ValueError."""
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise ValueError(f"expected a media type, type/subtype, found {media_type!r}")
