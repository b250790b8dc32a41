"""Repositories, tags, images and blobs by name, as `FakeRegistry` returns them to a test.

Everything is found, also where a lock or an attribute hides it from clients. The errors are those
of the registry, and name what it has instead.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from fake_registry.arguments import check_arguments
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.state import RepositoryState
from fake_registry.images import ImageRef, refs_of_children
from fake_registry.inspection.nearest import MOST_NAMES, nearest_text
from fake_registry.spec.errors import BlobUnknown, ManifestUnknown, NameUnknown
from fake_registry.spec.graph import walk
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import (
    Digest,
    ImageName,
    RepositoryName,
    Tag,
    check_no_host,
    parse_digest,
    parse_repository_name,
    split_image_name,
)
from fake_registry.spec.words import first_names_text


def list_repositories(registry: MemoryRegistry) -> tuple[str, ...]:
    """Return the names of all repositories, in ASCII order.

    A repository exists while it has a manifest.
    """
    return registry.repositories.all_names()


@check_arguments
def list_tags(registry: MemoryRegistry, repository: str) -> tuple[str, ...]:
    """Return all tags of a repository, in ASCII order.

    Raises NameUnknown, with the nearest names, or NameInvalid for a malformed name.
    """
    name = parse_repository_name(repository)
    with registry.repositories.hold(name) as state:
        tags, exists = tuple(state.tag_index.walk()), state.exists

    if not exists:
        raise _unknown_repository(registry, name)
    return tags


@check_arguments
def list_digests(registry: MemoryRegistry, repository: str) -> tuple[str, ...]:
    """Return the digests of all manifests of a repository, in ASCII order.

    Also of those without a tag, such as the children of an index. Errors as for `tags`.
    """
    name = parse_repository_name(repository)
    with registry.repositories.hold(name) as state:
        digests, exists = tuple(sorted(state.manifests)), state.exists

    if not exists:
        raise _unknown_repository(registry, name)
    return digests


@check_arguments
def find_image(registry: MemoryRegistry, name: str) -> ImageRef:
    """Return the image, index or artifact `repository:tag`, `repository@digest` or
    `repository:tag@digest`. With both, the tag must have this digest.

    Raises NameUnknown or ManifestUnknown, with the nearest names; NameInvalid, TagInvalid or
    DigestInvalid for a malformed name, and ValueError for the name of a repository alone.
    """
    wanted = split_image_name(name)
    if wanted.tag is None and wanted.digest is None:
        raise ValueError(f"expected repository:tag or repository@digest, found {name!r}")

    with registry.repositories.hold(wanted.repository) as state:
        digest = _find(state, wanted)
        if digest is not None:
            return _describe(state, digest, wanted.tag)
        exists, is_blob = state.exists, wanted.digest in state.blobs
        tags: dict[str, Digest] = {tag: state.tags[tag].digest for tag in state.tag_index.walk()}

    if not exists:
        raise _unknown_repository(registry, wanted.repository)
    if wanted.tag is None and wanted.digest is not None:
        reason = _IS_BLOB if is_blob else _holders_text(registry, wanted.digest)
        raise ManifestUnknown(reason, repository=wanted.repository, digest=wanted.digest)
    raise _unknown_tag(wanted, tags)


@check_arguments
def has_image(registry: MemoryRegistry, name: str) -> bool:
    """Return whether there is `repository`, `repository:tag`, `repository@digest` or
    `repository:tag@digest`. With both, the tag must have this digest.

    Raises NameInvalid, TagInvalid or DigestInvalid for a malformed name, ValueError for an absent
    one with the registry's host, and TypeError for any other value than a text.
    """
    wanted = split_image_name(name)
    with registry.repositories.hold(wanted.repository) as state:
        exists, found = state.exists, _find(state, wanted)

    if not exists:
        check_no_host(name)
    is_whole = wanted.tag is None and wanted.digest is None
    return exists if is_whole else found is not None


@check_arguments
def read_blob(registry: MemoryRegistry, repository: str, digest: str) -> bytes:
    """Return the bytes of a blob: a config, or a layer.

    Raises BlobUnknown, with the repositories that have it, or NameUnknown, with the nearest names;
    NameInvalid or DigestInvalid for a malformed argument.
    """
    name, wanted = parse_repository_name(repository), parse_digest(digest)
    with registry.repositories.hold(name) as state:
        blob, is_manifest, is_empty = state.blobs.get(wanted), wanted in state.manifests, state.empty

    if blob is not None:
        return b"".join(blob.chunks())
    if is_empty:
        raise _unknown_repository(registry, name)
    reason = _IS_MANIFEST if is_manifest else _holders_text(registry, wanted)
    raise BlobUnknown(reason, repository=name, digest=wanted)


_IS_MANIFEST: Final = "it is a manifest: see `image(...).content`"
_IS_BLOB: Final = "it is a blob, such as a config: see `blob(...)`"


def _find(state: RepositoryState, wanted: ImageName) -> Digest | None:
    """Return the digest of the manifest that has both tag and digest of the name, or one of them."""
    if wanted.tag is None:
        return wanted.digest if wanted.digest in state.manifests else None

    record = state.tags.get(wanted.tag)
    if record is None or wanted.digest not in (None, record.digest):
        return None
    return record.digest if record.digest in state.manifests else None


def _describe(state: RepositoryState, digest: Digest, tag: Tag | None) -> ImageRef:
    def read(descriptor: Descriptor) -> Manifest | None:
        record = state.manifests.get(descriptor.digest)
        return None if record is None else record.manifest

    refs: dict[Digest, ImageRef] = {}
    for manifest in walk([state.manifests[digest].manifest.descriptor], read):
        refs[manifest.digest] = ImageRef(
            repository=state.name,
            tag=None,
            manifest=manifest,
            size=state.manifests[manifest.digest].size,
            children=refs_of_children(manifest, refs),
        )
    return replace(refs[digest], tag=tag)


def _unknown_repository(registry: MemoryRegistry, name: RepositoryName) -> NameUnknown:
    nearest = nearest_text(name, registry.repositories.all_names(), "repositories")
    return NameUnknown(f"the registry has {nearest}", repository=name)


def _unknown_tag(wanted: ImageName, tags: Mapping[str, Digest]) -> ManifestUnknown:
    tag = str(wanted.tag)
    if tag in tags:
        reason = f"the tag has the digest {tags[tag]}"
        return ManifestUnknown(reason, repository=wanted.repository, tag=tag, digest=wanted.digest)

    reason = f"the repository has {nearest_text(tag, tuple(tags), 'tags')}"
    return ManifestUnknown(reason, repository=wanted.repository, tag=tag)


def _holders_text(registry: MemoryRegistry, digest: Digest) -> str:
    """Return in words which repositories have the content of this digest."""
    holders = registry.repositories.holders_of(digest)
    if not holders:
        return "no repository has it"
    return f"there is one in {first_names_text(holders, most=MOST_NAMES)}"
