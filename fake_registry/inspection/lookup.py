"""Repositories, tags, images and blobs by name, as `FakeRegistry` returns them to a test.

Everything is found, also where a lock or an attribute hides it from clients. The errors are those
of the registry, and name what it has instead.
"""

from dataclasses import replace
from typing import Final

from fake_registry.arguments import check_arguments
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.state import RepositoryState
from fake_registry.images import ImageRef, parse_image_name, refs_of_children
from fake_registry.inspection.nearest import MOST_NAMES, nearest_text
from fake_registry.spec.errors import BlobUnknown, ManifestUnknown, NameUnknown
from fake_registry.spec.graph import walk
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import (
    Digest,
    Reference,
    RepositoryName,
    Tag,
    is_digest,
    parse_digest,
    parse_repository_name,
)
from fake_registry.spec.words import names_text


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
def find_image(registry: MemoryRegistry, name: str) -> ImageRef:
    """Return the image, index or artifact `repository:tag` or `repository@digest`.

    Raises NameUnknown or ManifestUnknown, with the nearest names; NameInvalid, TagInvalid or
    DigestInvalid for a malformed name, and ValueError for the name of a repository alone.
    """
    repository, reference = _parse_name(name)
    if reference is None:
        raise ValueError(f"expected repository:tag or repository@digest, found {name!r}")

    with registry.repositories.hold(repository) as state:
        digest = _find(state, reference)
        if digest is not None:
            return _describe(state, digest, reference)
        tags, exists = tuple(state.tag_index.walk()), state.exists
        is_blob = reference in state.blobs

    if not exists:
        raise _unknown_repository(registry, repository)
    if is_digest(reference):
        reason = _IS_BLOB if is_blob else _holders_text(registry, reference)
        raise ManifestUnknown(reason, repository=repository, digest=reference)
    nearest = nearest_text(reference, tags, "tags")
    raise ManifestUnknown(f"the repository has {nearest}", repository=repository, tag=reference)


@check_arguments
def has_image(registry: MemoryRegistry, name: str) -> bool:
    """Return whether there is `repository`, `repository:tag` or `repository@digest`.

    Raises NameInvalid, TagInvalid or DigestInvalid for a malformed name, and TypeError for any
    other value than a text.
    """
    repository, reference = _parse_name(name)
    with registry.repositories.hold(repository) as state:
        if reference is None:
            return state.exists
        return _find(state, reference) is not None


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


def _parse_name(name: str) -> tuple[RepositoryName, Reference | None]:
    """Return repository and reference of `repository`, `repository:tag` or `repository@digest`."""
    place, at, digest = name.partition("@")
    repository, tag = parse_image_name(place)
    if not at:
        return repository, tag

    if tag is not None:
        raise ValueError(f"expected a tag or a digest, found both in {name!r}")
    return repository, parse_digest(digest)


def _find(state: RepositoryState, reference: Reference) -> Digest | None:
    if is_digest(reference):
        return reference if reference in state.manifests else None

    record = state.tags.get(Tag(reference))
    return None if record is None else record.digest


def _describe(state: RepositoryState, digest: Digest, reference: Reference) -> ImageRef:
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
    return refs[digest] if is_digest(reference) else replace(refs[digest], tag=Tag(reference))


def _unknown_repository(registry: MemoryRegistry, name: RepositoryName) -> NameUnknown:
    nearest = nearest_text(name, registry.repositories.all_names(), "repositories")
    return NameUnknown(f"the registry has {nearest}", repository=name)


def _holders_text(registry: MemoryRegistry, digest: Digest) -> str:
    """Return in words which repositories have the content of this digest."""
    holders = registry.repositories.holders_of(digest)
    if not holders:
        return "no repository has it"
    return f"there is one in {names_text(holders, most=MOST_NAMES)}"
