"""Pushing and deleting manifests and tags: functions on `RepositoryState`, with the mutex held.

Each function checks everything before it changes anything. Blobs arrive in `uploads`, metadata is
in `catalog`, locks are in `locks`.
"""

from dataclasses import replace

from fake_registry.core import locks
from fake_registry.core.blobs import Blob
from fake_registry.core.index import Index, take
from fake_registry.core.state import (
    ManifestRecord,
    RepositoryState,
    TagRecord,
    find_manifest,
    find_tag,
    tags_of,
)
from fake_registry.spec.attributes import UNLOCKED, Page
from fake_registry.spec.errors import ManifestBlobUnknown
from fake_registry.spec.manifest import (
    Descriptor,
    Manifest,
    Platform,
    image_size,
    read_platform,
)
from fake_registry.spec.media_types import IMAGE_CONFIGS, OCTET_STREAM
from fake_registry.spec.names import Digest, Tag


def describe_blob(digest: Digest, blob: Blob) -> Descriptor:
    """Return a blob's descriptor. Its type is octet-stream: registries do not store blob types."""
    return Descriptor(media_type=OCTET_STREAM, digest=digest, size=blob.size)


def put_manifest(
    state: RepositoryState,
    manifest: Manifest,
    *,
    tags: tuple[Tag, ...],
    sparse: bool,
    now: int,
) -> None:
    """Store a manifest and point `tags` at it. OperationDisallowed, ManifestBlobUnknown.

    A child of an index may be a manifest or a blob (moby/buildkit#2251). A `sparse` registry accepts
    a manifest whose blobs or children are missing.
    """
    locks.guard_manifest_push(state, manifest, tags)
    if not sparse:
        _check_references(state, manifest)

    if not state.exists:
        state.created = now
    state.updated = now
    _store(state, manifest, now)
    for tag in tags:
        _point(state, tag, manifest.digest, now)


def _store(state: RepositoryState, manifest: Manifest, now: int) -> None:
    """Store a manifest, or replace it by itself: it keeps its times and its locks.

    Its lastUpdateTime is `now` only if it gets another media type [I]. One more tag changes no time
    of a manifest (acr-behaviour 4.3; by a push [I]).
    """
    created, updated, attributes = now, now, UNLOCKED
    before = state.manifests.get(manifest.digest)
    if before is not None:
        created, attributes = before.created, before.attributes
        if before.manifest.media_type == manifest.media_type:
            updated = before.updated
        _forget_subject(state, before.manifest)

    state.manifests[manifest.digest] = ManifestRecord(
        manifest=manifest,
        size=_size_of(state, manifest),
        platform=_platform_of(state, manifest),
        created=created,
        updated=updated,
        attributes=attributes,
    )
    state.manifest_index.put(manifest.digest, updated)

    subject = manifest.facts.subject
    if subject is not None:
        state.referrers.setdefault(subject.digest, Index()).put(manifest.digest, updated)


def _check_references(state: RepositoryState, manifest: Manifest) -> None:
    facts = manifest.facts
    missing = [blob.digest for blob in facts.blobs if blob.digest not in state.blobs]
    missing += [child.digest for child in facts.manifests if _find_child(state, child.digest) is None]

    if missing:
        entries = tuple(ManifestBlobUnknown(digest=digest) for digest in dict.fromkeys(missing))
        raise ManifestBlobUnknown(digest=missing[0], entries=entries)


def _find_child(state: RepositoryState, digest: Digest) -> ManifestRecord | Blob | None:
    return state.manifests.get(digest) or state.blobs.get(digest)


def _size_of(state: RepositoryState, manifest: Manifest) -> int:
    """Return ACR's imageSize of a manifest that is pushed now. See `image_size`."""

    def size_of_blob(digest: Digest) -> int:
        blob = state.blobs.get(digest)
        return 0 if blob is None else blob.size

    def size_of_child(digest: Digest) -> int:
        child = _find_child(state, digest)
        return 0 if child is None else child.size

    return image_size(manifest, size_of_blob=size_of_blob, size_of_child=size_of_child)


def _platform_of(state: RepositoryState, manifest: Manifest) -> Platform | None:
    """Return the platform in an image's config: ACR's architecture and os."""
    config = manifest.facts.config
    if config is None or config.media_type not in IMAGE_CONFIGS:
        return None

    blob = state.blobs.get(config.digest)
    if blob is None or blob.size > _MAX_CONFIG_BYTES:
        return None
    return read_platform(b"".join(blob.chunks()))


_MAX_CONFIG_BYTES = 1024 * 1024
"""A larger config is not read, because the mutex is held meanwhile. Real configs have kilobytes."""


def _forget_subject(state: RepositoryState, manifest: Manifest) -> None:
    subject = manifest.facts.subject
    if subject is not None:
        referrers = state.referrers[subject.digest]
        referrers.discard(manifest.digest)
        if not referrers:
            del state.referrers[subject.digest]


def _point(state: RepositoryState, tag: Tag, digest: Digest, now: int) -> None:
    """Point `tag` at `digest`. A tag that moves keeps its createdTime (acr-behaviour 4.3).

    A tag that is pushed again to the same manifest is updated as well [I].
    """
    before = state.tags.get(tag)
    if before is None:
        state.tags[tag] = TagRecord(digest=digest, created=now, updated=now)
    else:
        _drop_tag_from(state, before.digest, tag)
        state.tags[tag] = replace(before, digest=digest, updated=now)

    state.tag_index.put(tag, now)
    state.tags_of.setdefault(digest, Index()).put(tag, now)


def _drop_tag_from(state: RepositoryState, digest: Digest, tag: Tag) -> None:
    tags = state.tags_of[digest]
    tags.discard(tag)
    if not tags:
        del state.tags_of[digest]


def delete_manifest(state: RepositoryState, digest: Digest, *, cascade: bool, now: int) -> None:
    """Delete a manifest and its tags. ManifestUnknown, OperationDisallowed.

    With `cascade` its referrers are deleted, and their referrers, except those that are locked.
    """
    locks.guard_manifest_delete(state, find_manifest(state, digest))

    # the list grows while it is walked; a digest covers the subject, so there is no cycle
    waiting = [digest]
    for manifest in waiting:
        referrers = _referrers_of(state, manifest) if cascade else ()
        _remove_manifest(state, manifest)
        waiting += [one for one in referrers if locks.is_deletable(state, state.manifests[one])]

    state.updated = now
    if not state.exists:
        state.attributes = UNLOCKED  # a repository of the same name starts without locks


def _referrers_of(state: RepositoryState, subject: Digest) -> tuple[Digest, ...]:
    referrers = state.referrers.get(subject)
    return () if referrers is None else tuple(referrers.walk())


def _remove_manifest(state: RepositoryState, digest: Digest) -> None:
    for tag in tags_of(state, digest):
        del state.tags[tag]
        state.tag_index.discard(tag)
    state.tags_of.pop(digest, None)
    record = state.manifests.pop(digest)
    state.manifest_index.discard(digest)
    _forget_subject(state, record.manifest)


def lose_manifest(state: RepositoryState, digest: Digest) -> None:
    """Remove a manifest whatever its locks, and leave its tags. ManifestUnknown.

    A fault of a registry, which lists tags that it cannot serve.
    """
    record = find_manifest(state, digest)
    del state.manifests[digest]
    state.manifest_index.discard(digest)
    _forget_subject(state, record.manifest)


def delete_tag(state: RepositoryState, tag: Tag, now: int) -> Digest:
    """Remove a tag; return its manifest's digest. TagUnknown, OperationDisallowed."""
    record = find_tag(state, tag)
    locks.guard_tag_delete(state, tag, record)

    del state.tags[tag]
    state.tag_index.discard(tag)
    _drop_tag_from(state, record.digest, tag)
    state.updated = now
    return record.digest


def list_referrers(
    state: RepositoryState,
    subject: Digest,
    *,
    artifact_type: str | None,
    after: Digest | None,
    limit: int | None,
) -> Page[Descriptor]:
    """List the manifests whose subject is `subject`, by digest."""

    def is_listed(descriptor: Descriptor) -> bool:
        return artifact_type is None or descriptor.artifact_type == artifact_type

    index: Index[Digest] = state.referrers.get(subject, Index())
    digests = index.walk(after=after)
    descriptors = (state.manifests[digest].manifest.descriptor for digest in digests)
    page, more = take(descriptors, limit, is_listed)
    return Page(page, more)
