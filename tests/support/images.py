"""Content that the contract and core tests push, with correct digests, and helpers that read a
registry.

It is built by hand from the specifications and not with `fake_registry.images`: a test of the core
must not depend on a package above the core.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from fake_registry.core.registry import Registry
from fake_registry.spec import media_types
from fake_registry.spec.attributes import Page
from fake_registry.spec.errors import BlobUnknown, ManifestUnknown, NameUnknown
from fake_registry.spec.manifest import Descriptor, Manifest, Platform, read_manifest
from fake_registry.spec.names import Digest, Reference, RepositoryName, Tag, UploadId, digest_of

Item = TypeVar("Item")
End = TypeVar("End")

MANY_PAGES = 50
"""More pages than any test has."""

HELLO = RepositoryName("samples/hello")
OTHER = RepositoryName("samples/other")
NOWHERE = RepositoryName("samples/nowhere")

V1, V2, V3 = Tag("v1"), Tag("v2"), Tag("v3")

ABSENT = digest_of(b"never pushed")
SBOM = "application/vnd.example.sbom.v1"
SIGNATURE = "application/vnd.example.signature.v1"

AMD64 = Platform(architecture="amd64", os="linux")
ARM64 = Platform(architecture="arm64", os="linux")


@dataclass(frozen=True, kw_only=True)
class Built:
    """A manifest and the blobs it refers to."""

    manifest: Manifest
    blobs: tuple[bytes, ...] = ()
    algorithm: str = "sha256"

    @property
    def digest(self) -> Digest:
        return self.manifest.digest


def blob_of(content: bytes, media_type: str = media_types.OCTET_STREAM, *, algorithm: str = "sha256") -> Descriptor:
    """Return the descriptor of `content`."""
    return Descriptor(media_type=media_type, digest=digest_of(content, algorithm), size=len(content))


def image(
    *layers: bytes,
    config: bytes = b'{"architecture":"amd64","os":"linux"}',
    media_type: str = media_types.OCI_MANIFEST,
    config_type: str = media_types.OCI_CONFIG,
    layer_type: str = media_types.OCI_LAYER_GZIP,
    subject: Descriptor | None = None,
    artifact_type: str | None = None,
    annotations: Mapping[str, str] | None = None,
    algorithm: str = "sha256",
    blob_algorithm: str = "sha256",
) -> Built:
    """Build an image manifest, of OCI or Docker.

    `algorithm` computes the digest of the manifest, `blob_algorithm` those of its blobs.
    """
    document = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "artifactType": artifact_type,
        "config": _entry(blob_of(config, config_type, algorithm=blob_algorithm)),
        "layers": [_entry(blob_of(layer, layer_type, algorithm=blob_algorithm)) for layer in layers],
        "subject": subject and _entry(subject),
        "annotations": annotations,
    }
    return Built(manifest=_manifest(document, media_type, algorithm), blobs=(config, *layers), algorithm=blob_algorithm)


def docker_image(*layers: bytes, config: bytes = b'{"architecture":"arm64","os":"linux"}') -> Built:
    """Build a Docker schema 2 image."""
    return image(
        *layers,
        config=config,
        media_type=media_types.DOCKER_MANIFEST,
        config_type=media_types.DOCKER_CONFIG,
        layer_type=media_types.DOCKER_LAYER_GZIP,
    )


def index(
    *children: Manifest,
    media_type: str = media_types.OCI_INDEX,
    platforms: Iterable[Platform] = (),
    subject: Descriptor | None = None,
    artifact_type: str | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Built:
    """Build an index or a Docker list; the first children have the given `platforms`."""
    beside: list[Platform | None] = [*platforms]
    beside += [None] * (len(children) - len(beside))
    entries = [
        replace(identity_of(child.descriptor), platform=platform)
        for child, platform in zip(children, beside, strict=True)
    ]
    document = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "artifactType": artifact_type,
        "manifests": [_entry(entry) for entry in entries],
        "subject": subject and _entry(subject),
        "annotations": annotations,
    }
    return Built(manifest=_manifest(document, media_type))


CACHE_CONFIG = "application/vnd.buildkit.cacheconfig.v0"
"""The type of the last child of an index in which BuildKit pushes a cache (moby/buildkit#2251)."""


def cache_index(*blobs: bytes, children: tuple[Manifest, ...] = (), media_type: str = media_types.OCI_INDEX) -> Built:
    """Build an index of `children` and of blobs: layers, and the config of a cache."""
    *layers, config = blobs
    beside = [blob_of(layer, media_types.OCI_LAYER_GZIP) for layer in layers] + [blob_of(config, CACHE_CONFIG)]
    entries = [*(identity_of(child.descriptor) for child in children), *beside]
    document = {"schemaVersion": 2, "mediaType": media_type, "manifests": [_entry(entry) for entry in entries]}
    return Built(manifest=_manifest(document, media_type), blobs=blobs)


def artifact(*blobs: bytes, media_type: str = media_types.ORAS_ARTIFACT, subject: Descriptor | None = None) -> Built:
    """Build an artifact manifest, of ORAS or the withdrawn one of OCI: blobs and no config."""
    document = {
        "mediaType": media_type,
        "artifactType": SBOM,
        "blobs": [_entry(blob_of(content, "text/spdx")) for content in blobs],
        "subject": subject and _entry(subject),
    }
    return Built(manifest=_manifest(document, media_type), blobs=blobs)


def every_kind() -> dict[str, tuple[Built, ...]]:
    """Return manifests of every media type, each after the manifests that it refers to."""
    plain, docker = image(b"layer"), docker_image(b"docker layer")
    return {
        "oci-image": (plain,),
        "docker-image": (docker,),
        "oci-index": (plain, index(plain.manifest, platforms=[AMD64])),
        "docker-list": (docker, index(docker.manifest, media_type=media_types.DOCKER_LIST, platforms=[ARM64])),
        "index-of-index": (plain, index(plain.manifest), index(index(plain.manifest).manifest)),
        "empty-index": (index(),),
        "index-of-blobs": (cache_index(b"layer", b'{"layers":[]}'),),
        "list-of-blobs": (cache_index(b"layer", b"{}", media_type=media_types.DOCKER_LIST),),
        "index-of-both": (plain, cache_index(b"cached", b"{}", children=(plain.manifest,))),
        "oras-artifact": (artifact(b"sbom"),),
        "oci-artifact": (artifact(b"sbom", media_type=media_types.OCI_ARTIFACT),),
        "own-types": (image(b"chart", config_type="application/vnd.acme.rocket.config", layer_type="text/x-rocket"),),
        "empty-config": (image(b"{}", config=b"{}", config_type=media_types.OCI_EMPTY, artifact_type=SBOM),),
        "no-layers": (image(),),
        "empty-layer": (image(b""),),
        "sha512-blobs": (image(b"layer", blob_algorithm="sha512"),),
        "sha512-manifest": (image(b"layer", algorithm="sha512"),),
        "annotated": (image(b"layer", annotations={"org.example.key": "välue"}),),
    }


def _entry(descriptor: Descriptor) -> dict[str, Any]:  # Any: JSON
    platform = descriptor.platform
    entry = {"mediaType": descriptor.media_type, "digest": descriptor.digest, "size": descriptor.size}
    return entry if platform is None else {**entry, "platform": vars(platform)}


def _manifest(document: Mapping[str, Any], media_type: str, algorithm: str = "sha256") -> Manifest:  # Any: JSON
    present = {name: value for name, value in document.items() if value is not None}
    return read_manifest(json.dumps(present, indent=3).encode(), media_type, algorithm=algorithm)


def push(registry: Registry, repository: RepositoryName, *built: Built, tags: Iterable[Tag] = ()) -> None:
    """Push manifests with their blobs; the last one gets the tags."""
    for one in built:
        for content in one.blobs:
            registry.put_blob(repository, digest_of(content, one.algorithm), [content])
    for one in built[:-1]:
        registry.put_manifest(repository, one.manifest)
    registry.put_manifest(repository, built[-1].manifest, tags=tags)


def push_tags(registry: Registry, repository: RepositoryName, tags: Iterable[str]) -> None:
    """Push one empty index, which needs no blob, under each of `tags`."""
    registry.put_manifest(repository, index().manifest, tags=[Tag(tag) for tag in tags])


def begin_upload(registry: Registry, *pieces: bytes) -> UploadId:
    """Start an upload in HELLO and append each of `pieces`."""
    upload = registry.start_upload(HELLO).upload
    for piece in pieces:
        registry.append_chunk(HELLO, upload, [piece])
    return upload


def pages_of(page: Callable[[End | None], Page[Item]], end_of: Callable[[Item], End]) -> list[Page[Item]]:
    """Return the pages from the first to the last; `page` receives the end of the page before."""
    pages = [page(None)]
    while pages[-1].more:
        assert len(pages) < MANY_PAGES, "the pages do not end"
        pages.append(page(end_of(pages[-1].items[-1])))
    return pages


def read_blob(registry: Registry, repository: RepositoryName, digest: Digest) -> bytes:
    """Return a blob's content."""
    with closing(registry.get_blob(repository, digest)) as reader:
        return b"".join(reader.chunks())


def identity_of(descriptor: Descriptor) -> Descriptor:
    """Keep only what a HEAD reports: type, digest and size.

    distribution-spec v1.1.1, Checking if content exists.
    """
    return Descriptor(media_type=descriptor.media_type, digest=descriptor.digest, size=descriptor.size)


@dataclass(frozen=True)
class ReadableContent:
    """The content of a registry that callers can read."""

    repositories: tuple[RepositoryName, ...]
    tags: Mapping[RepositoryName, Mapping[Tag, Digest]]
    present: frozenset[tuple[RepositoryName, Digest]]
    referrers: Mapping[tuple[RepositoryName, Digest], tuple[Digest, ...]]


def look(registry: Registry, *digests: Digest) -> ReadableContent:
    """Return the tags of the test repositories, and which of `digests` exist or have referrers."""
    places = (HELLO, OTHER, NOWHERE)
    pairs = [(place, digest) for place in places for digest in digests]
    return ReadableContent(
        repositories=tuple(registry.list_repositories().items),
        tags={place: _tags_in(registry, place) for place in places},
        present=frozenset(pair for pair in pairs if _has(registry, *pair)),
        referrers={pair: tuple(found.digest for found in registry.list_referrers(*pair).items) for pair in pairs},
    )


def _tags_in(registry: Registry, repository: RepositoryName) -> dict[Tag, Digest]:
    try:
        tags = registry.list_tags(repository).items
    except NameUnknown:
        return {}
    return {tag: registry.stat_manifest(repository, tag).digest for tag in tags}


def _has(registry: Registry, repository: RepositoryName, digest: Digest) -> bool:
    return has_blob(registry, repository, digest) or has_manifest(registry, repository, digest)


def has_blob(registry: Registry, repository: RepositoryName, digest: Digest) -> bool:
    """Return whether a blob exists."""
    try:
        registry.stat_blob(repository, digest)
    except BlobUnknown:
        return False
    return True


def has_manifest(registry: Registry, repository: RepositoryName, reference: Reference) -> bool:
    """Return whether a manifest exists."""
    try:
        registry.stat_manifest(repository, reference)
    except ManifestUnknown:
        return False
    return True
