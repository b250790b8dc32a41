"""Images, indexes and artifacts by symbolic name: the caller says what matters, digests and sizes are filled in.

Everything goes through the `Registry` Protocol, so one line seeds a registry in memory and one over HTTP alike. All is
checked before anything is pushed. Not here: content that is broken on purpose; push that with `put_manifest`.
"""

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from fake_registry.core.registry import Registry
from fake_registry.images.drafts import (
    Draft,
    Frame,
    check_grammar,
    default_config,
    default_layer,
    draft_image,
    index_entry,
    parse_platform,
    platform_in,
)
from fake_registry.spec import media_types
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import (
    Digest,
    Reference,
    RepositoryName,
    Tag,
    parse_reference,
    parse_repository_name,
    parse_tag,
)

DEFAULT_PLATFORM: Final = "linux/amd64"
DEFAULT_PLATFORMS: Final = ("linux/amd64", "linux/arm64")

_MAX_CONFIG_BYTES = 4 * 1024 * 1024
"""As much as registries take of a manifest; a config beyond that names no platform here."""

_IMAGE_TYPES: Final = {
    media_types.OCI_INDEX: media_types.OCI_MANIFEST,
    media_types.DOCKER_LIST: media_types.DOCKER_MANIFEST,
}
"""What a new index's images are."""


@dataclass(frozen=True, kw_only=True)
class ImageRef:
    """What was pushed and where. `children` are an index's manifests, in its order; `str()` is `repository@digest`."""

    repository: RepositoryName
    tag: Tag | None
    manifest: Manifest
    children: tuple["ImageRef", ...] = ()

    def __str__(self) -> str:
        return f"{self.repository}@{self.digest}"

    def __repr__(self) -> str:
        return f"<ImageRef {self}{f' tag {self.tag}' if self.tag else ''}>"

    def __hash__(self) -> int:  # by hand: a manifest holds mappings
        return hash((self.repository, self.tag, self.digest))

    @property
    def digest(self) -> Digest:
        """The manifest's digest."""
        return self.manifest.digest

    @property
    def reference(self) -> Reference:
        """What to pull it by: its tag, or its digest when it has none."""
        return self.tag or self.digest

    @property
    def media_type(self) -> str:
        """The manifest's media type."""
        return self.manifest.media_type

    @property
    def config(self) -> Descriptor | None:
        """An image's config; None for an index."""
        return self.manifest.facts.config

    @property
    def layers(self) -> tuple[Descriptor, ...]:
        """An image's layers, an artifact's blobs; none for an index."""
        return self.manifest.facts.layers


Subject = ImageRef | Descriptor | Digest | str
"""What a referrer refers to: text is a digest or tag that must be there. A manifest that is not there yet, which the
specification allows (distribution-spec v1.1.1, Pushing Manifests with Subject), is given as a Descriptor."""


def push_image(
    registry: Registry,
    name: str,
    *,
    layers: Iterable[bytes] | None = None,
    config: Mapping[str, Any] | bytes | None = None,  # Any: JSON
    platform: str = DEFAULT_PLATFORM,
    annotations: Mapping[str, str] | None = None,
    media_type: str = media_types.OCI_MANIFEST,
    config_media_type: str | None = None,
    layer_media_type: str | None = None,
    artifact_type: str | None = None,
    subject: Subject | None = None,
) -> ImageRef:
    """Push an image to `name`, `repository` or `repository:tag`.

    Without `layers` it gets one, a plain tar whose only file holds `name` and `platform`: the same bytes on every run,
    other bytes for every name. Without `config` it gets a valid one for `platform`; a given config is pushed as it is.
    `media_type` is OCI_MANIFEST or DOCKER_MANIFEST. Layer types follow from the first bytes (gzip, zstd, else tar).

    Raises NameInvalid, TagInvalid, DigestInvalid, ValueError or TypeError for a bad argument, ManifestInvalid for
    annotations that are no strings, ManifestUnknown for a subject that is not there, and what pushing raises.
    """
    repository, tag = parse_image_name(name)
    _check_media_type(media_type, media_types.IMAGES)
    parsed = parse_platform(platform)
    content = (default_layer(name, platform),) if layers is None else _checked_blobs(layers, "layers")
    draft = draft_image(
        _frame(registry, repository, media_type, artifact_type, subject, annotations),
        content,
        default_config(parsed, content) if config is None else config,
        config_media_type=config_media_type,
        layer_media_type=layer_media_type,
    )
    return _push(registry, repository, draft, tag)


def push_index(
    registry: Registry,
    name: str,
    *,
    platforms: Iterable[str] | None = None,
    manifests: Iterable[ImageRef] | None = None,
    annotations: Mapping[str, str] | None = None,
    media_type: str = media_types.OCI_INDEX,
    artifact_type: str | None = None,
    subject: Subject | None = None,
) -> ImageRef:
    """Push an index to `name`: of a new default image for each of `platforms`, or of `manifests` that are there.

    With neither it is of `DEFAULT_PLATFORMS`. `media_type` is OCI_INDEX or DOCKER_LIST; new images are of the same
    family. The new images are untagged and come first, then the index. Errors as for `push_image`.
    """
    repository, tag = parse_image_name(name)
    _check_media_type(media_type, media_types.INDEXES)
    if platforms is not None and manifests is not None:
        raise ValueError("expected platforms or manifests, found both")
    frame = _frame(registry, repository, media_type, artifact_type, subject, annotations)
    if manifests is None:
        drafts = _default_images(name, platforms, Frame(_IMAGE_TYPES[media_type]))
        index = frame.manifest_with(
            {"manifests": [index_entry(draft.manifest, platform) for platform, draft in drafts]}
        )
        children = tuple(_push(registry, repository, draft) for _, draft in drafts)
    else:
        children = tuple(_checked_child(child, repository) for child in manifests)
        entries = [index_entry(child.manifest, _platform_of(registry, child)) for child in children]
        index = frame.manifest_with({"manifests": entries})
    return _push(registry, repository, Draft(index, {}), tag, children)


def push_artifact(
    registry: Registry,
    name: str,
    *,
    artifact_type: str,
    subject: Subject | None = None,
    blobs: Iterable[bytes] = (),
    blob_media_type: str | None = None,
    annotations: Mapping[str, str] | None = None,
) -> ImageRef:
    """Push an artifact to `name`, a referrer of `subject` if one is given.

    It is an OCI image manifest with the empty config (image-spec v1.1, Guidelines for Artifact Usage). Blobs are of
    `blob_media_type`, else of the artifact's own type; without blobs its one layer is the empty descriptor's. Errors
    as for `push_image`.
    """
    repository, tag = parse_image_name(name)
    content = _checked_blobs(blobs, "blobs")
    draft = draft_image(
        _frame(registry, repository, media_types.OCI_MANIFEST, artifact_type, subject, annotations),
        content or (b"{}",),
        b"{}",
        config_media_type=media_types.OCI_EMPTY,
        layer_media_type=(blob_media_type or artifact_type) if content else media_types.OCI_EMPTY,
    )
    return _push(registry, repository, draft, tag)


def parse_image_name(name: str) -> tuple[RepositoryName, Tag | None]:
    """Return the repository and the tag, if any, that `repository[:tag]` names.

    Raises NameInvalid, TagInvalid, and ValueError for a digest, which is the content's and cannot be chosen.
    """
    if "@" in name:
        raise ValueError(f"expected repository or repository:tag, found a digest in {name!r}")
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:  # a colon before a slash is a port's: a host is no part of a name here
        return parse_repository_name(name), None
    return parse_repository_name(repository), parse_tag(tag)


def _frame(
    registry: Registry,
    repository: RepositoryName,
    media_type: str,
    artifact_type: str | None,
    subject: Subject | None,
    annotations: Mapping[str, str] | None,
) -> Frame:
    if media_type not in (media_types.OCI_MANIFEST, media_types.OCI_INDEX) and (artifact_type, subject) != (None, None):
        raise ValueError(f"artifactType and subject are keys of OCI manifests, not of {media_type}")
    if artifact_type is not None:
        check_grammar(artifact_type)
    match subject:
        case None | Descriptor():
            found = subject
        case ImageRef():
            found = subject.manifest.descriptor
        case _:
            found = registry.stat_manifest(repository, parse_reference(subject))
    return Frame(media_type, artifact_type, found, annotations)


def _default_images(name: str, platforms: Iterable[str] | None, frame: Frame) -> list[tuple[Mapping[str, str], Draft]]:
    if isinstance(platforms, str):
        raise TypeError(f"expected an iterable of platforms, found the text {platforms!r}")
    images = []
    for platform in DEFAULT_PLATFORMS if platforms is None else platforms:
        parsed, layers = parse_platform(platform), (default_layer(name, platform),)
        images.append((parsed, draft_image(frame, layers, default_config(parsed, layers))))
    return images


def _platform_of(registry: Registry, image: ImageRef) -> Mapping[str, str]:
    """Read the platform that the image's config in the registry names; none for an index or another config."""
    config = image.config
    if config is None or config.media_type not in media_types.IMAGE_CONFIGS:
        return {}
    with closing(registry.get_blob(image.repository, config.digest)) as reader:
        return platform_in(b"".join(reader.chunks(0, _MAX_CONFIG_BYTES)))


def _check_media_type(media_type: str, allowed: Iterable[str]) -> None:
    if media_type not in allowed:
        raise ValueError(f"expected media_type {' or '.join(sorted(allowed))}, found {media_type!r}")


def _checked_blobs(blobs: Iterable[bytes], argument: str) -> tuple[bytes, ...]:
    if isinstance(blobs, bytes | str):
        raise TypeError(f"expected {argument} to be an iterable of bytes, found {type(blobs).__name__}")
    checked = tuple(blobs)
    for blob in checked:
        if not isinstance(blob, bytes):
            raise TypeError(f"expected {argument} of bytes, found {type(blob).__name__}")
    return checked


def _checked_child(child: ImageRef, repository: RepositoryName) -> ImageRef:
    if child.repository != repository:
        raise ValueError(f"expected manifests of {repository}, found {child}")
    return child


def _push(
    registry: Registry,
    repository: RepositoryName,
    draft: Draft,
    tag: Tag | None = None,
    children: tuple[ImageRef, ...] = (),
) -> ImageRef:
    for digest, blob in draft.blobs.items():
        registry.put_blob(repository, digest, (blob,))
    registry.put_manifest(repository, draft.manifest, tags=() if tag is None else (tag,))
    return ImageRef(repository=repository, tag=tag, manifest=draft.manifest, children=children)
