"""Pushing images, indexes and artifacts. Everything that the caller leaves out is filled in.

The functions use the `Registry` Protocol alone, so they seed registries in memory and over HTTP.
Everything is checked before anything is pushed. Content that is broken on purpose is pushed with
`Registry.put_manifest`.
"""

from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any, Final, Protocol, runtime_checkable

from fake_registry.arguments import check_arguments, items_of
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
from fake_registry.images.ref import ImageRef, image_ref, parse_image_name
from fake_registry.spec import media_types
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import (
    Digest,
    RepositoryName,
    Tag,
    parse_reference,
)

DEFAULT_PLATFORM: Final = "linux/amd64"
DEFAULT_PLATFORMS: Final = ("linux/amd64", "linux/arm64")

_MAX_CONFIG_BYTES = 4 * 1024 * 1024
"""Registries accept manifests of this size. The platform in a larger config is ignored."""

_IMAGE_TYPES: Final = {
    media_types.OCI_INDEX: media_types.OCI_MANIFEST,
    media_types.DOCKER_LIST: media_types.DOCKER_MANIFEST,
}
"""The media type of the images in a new index."""


Subject = ImageRef | Descriptor | Digest | str
"""The subject of a referrer. Text is the digest or the tag of a manifest in the repository.

Use a Descriptor for a subject that does not exist yet, which the specification allows
(distribution-spec v1.1.1, Pushing Manifests with Subject).
"""


@check_arguments
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

    Without `layers` it has one layer, an uncompressed tar whose only file contains `name` and
    `platform`: the same bytes on every run, other bytes for every name. Without `config` it has a
    valid config for `platform`; a given config is pushed as it is. `media_type` is that of an OCI
    image or of a Docker image. The media types of layers follow from their first bytes (gzip, zstd,
    or tar).

    Raises NameInvalid, TagInvalid, DigestInvalid, ValueError or TypeError for a wrong argument,
    ManifestInvalid for annotations that are not strings, ManifestUnknown for a subject that is
    absent, and the errors of pushing.
    """
    repository, tag = parse_image_name(name)
    _check_media_type(media_type, media_types.IMAGES)
    parsed = parse_platform(platform)

    if layers is None:
        layers = (default_layer(name, platform),)
    content = items_of("layers", layers, bytes)
    draft = draft_image(
        _frame(registry, repository, media_type, artifact_type, subject, annotations),
        content,
        default_config(parsed, content) if config is None else config,
        config_media_type=config_media_type,
        layer_media_type=layer_media_type,
    )
    return _push(registry, repository, draft, tag)


@check_arguments
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
    """Push an index to `name`: of a new image for each of `platforms`, or of existing `manifests`.

    Without both, it has an image for linux/amd64 and one for linux/arm64. `media_type` is that of
    an OCI index or of a Docker manifest list; new images are of the same family. They have no tags,
    and are pushed before the index. Errors as for `push_image`.
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
        _check_locks(registry, repository, [index, *[draft.manifest for _, draft in drafts]], tag)
        children = tuple(_push(registry, repository, draft) for _, draft in drafts)
    else:
        children = items_of("manifests", manifests, ImageRef)
        _check_children(children, repository)
        entries = [index_entry(child.manifest, _platform_of(registry, child)) for child in children]
        index = frame.manifest_with({"manifests": entries})

    return _push(registry, repository, Draft(index, {}), tag, children)


@check_arguments
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
    """Push an artifact to `name`; with `subject` it is a referrer of that.

    It is an OCI image manifest with the empty config (image-spec v1.1, Guidelines for Artifact
    Usage). The media type of its blobs is `blob_media_type`, or `artifact_type`; without blobs it
    has the empty descriptor as its only layer. Errors as for `push_image`.
    """
    repository, tag = parse_image_name(name)
    content = items_of("blobs", blobs, bytes)

    draft = draft_image(
        _frame(registry, repository, media_types.OCI_MANIFEST, artifact_type, subject, annotations),
        content or (b"{}",),
        b"{}",
        config_media_type=media_types.OCI_EMPTY,
        layer_media_type=(blob_media_type or artifact_type) if content else media_types.OCI_EMPTY,
    )
    return _push(registry, repository, draft, tag)


def _frame(
    registry: Registry,
    repository: RepositoryName,
    media_type: str,
    artifact_type: str | None,
    subject: Subject | None,
    annotations: Mapping[str, str] | None,
) -> Frame:
    is_oci = media_type in (media_types.OCI_MANIFEST, media_types.OCI_INDEX)
    if not is_oci and (artifact_type, subject) != (None, None):
        expected = "expected an OCI media type with them, which has these keys"
        raise ValueError(f"artifact_type, subject: {expected}, found {media_type}")
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


def _default_images(
    name: str,
    platforms: Iterable[str] | None,
    frame: Frame,
) -> list[tuple[Mapping[str, str], Draft]]:
    if platforms is None:
        platforms = DEFAULT_PLATFORMS

    images = []
    for platform in items_of("platforms", platforms, str):
        parsed, layers = parse_platform(platform), (default_layer(name, platform),)
        images.append((parsed, draft_image(frame, layers, default_config(parsed, layers))))
    return images


def _platform_of(registry: Registry, image: ImageRef) -> Mapping[str, str]:
    """Return the platform in an image's config; none for an index or another type of config."""
    config = image.config
    if config is None or config.media_type not in media_types.IMAGE_CONFIGS:
        return {}

    with closing(registry.get_blob(image.repository, config.digest)) as reader:
        return platform_in(b"".join(reader.chunks(0, _MAX_CONFIG_BYTES)))


def _check_media_type(media_type: str, allowed: Iterable[str]) -> None:
    if media_type not in allowed:
        expected = " or ".join(sorted(allowed))
        raise ValueError(f"media_type: expected {expected}, found {media_type!r}")


def _check_children(children: Iterable[ImageRef], repository: RepositoryName) -> None:
    for child in children:
        if child.repository != repository:
            expected = f"expected manifests that {repository} has"
            raise ValueError(f"manifests: {expected}, found {child}: push it there first")


@runtime_checkable
class KnowsLocks(Protocol):
    """A registry that checks a push before anything is pushed: one in memory."""

    def check_push(
        self,
        repository: RepositoryName,
        manifests: Iterable[Manifest],
        tags: Iterable[Tag],
    ) -> None:
        """Raise OperationDisallowed if a lock forbids to push `manifests`, `tags` or blobs."""


def _check_locks(
    registry: Registry,
    repository: RepositoryName,
    manifests: Iterable[Manifest],
    tag: Tag | None,
) -> None:
    if isinstance(registry, KnowsLocks):
        registry.check_push(repository, manifests, () if tag is None else (tag,))


def _push(
    registry: Registry,
    repository: RepositoryName,
    draft: Draft,
    tag: Tag | None = None,
    children: tuple[ImageRef, ...] = (),
) -> ImageRef:
    _check_locks(registry, repository, [draft.manifest], tag)
    for digest, blob in draft.blobs.items():
        registry.put_blob(repository, digest, (blob,))
    registry.put_manifest(repository, draft.manifest, tags=() if tag is None else (tag,))

    sizes = {digest: len(blob) for digest, blob in draft.blobs.items()}
    return image_ref(repository, draft.manifest, tag=tag, blob_sizes=sizes, children=children)
