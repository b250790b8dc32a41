"""What pushes, pulls and deletes do to one repository: functions on `RepositoryState`, called under the mutex.

Each checks everything before it changes anything. Properties are `catalog`'s, locks are `locks`'.
"""

from dataclasses import replace

from fake_registry.core import locks
from fake_registry.core.blobs import Blob
from fake_registry.core.index import Index, take
from fake_registry.core.state import ManifestRecord, RepositoryState, TagRecord, find_manifest, find_tag, tags_of
from fake_registry.spec.attributes import UNLOCKED, Page
from fake_registry.spec.errors import ManifestBlobUnknown
from fake_registry.spec.manifest import Descriptor, Manifest, Platform, read_platform
from fake_registry.spec.media_types import IMAGE_CONFIGS, OCTET_STREAM
from fake_registry.spec.names import Digest, Tag


def describe_blob(digest: Digest, blob: Blob) -> Descriptor:
    """Return what there is to say of a blob: a registry does not know its type."""
    return Descriptor(media_type=OCTET_STREAM, digest=digest, size=blob.size)


def put_manifest(
    state: RepositoryState,
    manifest: Manifest,
    *,
    tags: tuple[Tag, ...],
    sparse: bool,
    now: int,
) -> None:
    """Store a manifest and point `tags` at it. OperationDisallowed, ManifestBlobUnknown."""
    locks.guard_manifest_push(state, manifest, tags)
    before = state.manifests.get(manifest.digest)
    if not sparse:
        _check_references(state, manifest)
    if not state.exists:
        state.created = now
    state.updated = now
    if before is not None:
        _forget_subject(state, before.manifest)
    state.manifests[manifest.digest] = ManifestRecord(
        manifest=manifest,
        size=_size_of(state, manifest),
        platform=_platform_of(state, manifest),
        created=now if before is None else before.created,
        updated=now,
        attributes=UNLOCKED if before is None else before.attributes,
    )
    state.manifest_index.put(manifest.digest, now)
    if manifest.facts.subject is not None:
        subject = manifest.facts.subject.digest
        state.referrers.setdefault(subject, Index()).put(manifest.digest, now)
    for tag in tags:
        _point(state, tag, manifest.digest, now)


def _check_references(state: RepositoryState, manifest: Manifest) -> None:
    facts = manifest.facts
    missing = [blob.digest for blob in facts.blobs if blob.digest not in state.blobs]
    missing += [child.digest for child in facts.manifests if child.digest not in state.manifests]
    if missing:
        entries = tuple(ManifestBlobUnknown(digest=digest) for digest in dict.fromkeys(missing))
        raise ManifestBlobUnknown(digest=missing[0], entries=entries)


def _size_of(state: RepositoryState, manifest: Manifest) -> int:
    """ACR's imageSize since 2023: manifest, config and layers; an index: itself and its children's."""
    facts = manifest.facts
    blobs = (state.blobs[blob.digest].size for blob in facts.blobs if blob.digest in state.blobs)
    children = (state.manifests[child.digest].size for child in facts.manifests if child.digest in state.manifests)
    return len(manifest.content) + sum(blobs) + sum(children)


def _platform_of(state: RepositoryState, manifest: Manifest) -> Platform | None:
    """What an image's config says it runs on: ACR's architecture and os."""
    config = manifest.facts.config
    if config is None or config.media_type not in IMAGE_CONFIGS:
        return None
    blob = state.blobs.get(config.digest)
    if blob is None or blob.size > _MAX_CONFIG_BYTES:
        return None
    return read_platform(b"".join(blob.chunks()))


_MAX_CONFIG_BYTES = 1024 * 1024
"""Real configs have kilobytes. What claims to be one and is larger is not read: the mutex is held meanwhile."""


def _forget_subject(state: RepositoryState, manifest: Manifest) -> None:
    subject = manifest.facts.subject
    if subject is not None:
        referrers = state.referrers[subject.digest]
        referrers.discard(manifest.digest)
        if not referrers:
            del state.referrers[subject.digest]


def _point(state: RepositoryState, tag: Tag, digest: Digest, now: int) -> None:
    """Let `tag` point at `digest`; what it pointed at loses it. A moved tag keeps its createdTime [I]."""
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
    """Remove a manifest and all tags that point at it; with `cascade` those that refer to it go as well, and those that
    refer to them, but for what is locked. ManifestUnknown, OperationDisallowed."""
    locks.guard_manifest_delete(state, find_manifest(state, digest))
    doomed = [digest]
    for gone in doomed:  # it grows while it is walked; it has no cycle, for a digest covers the subject
        referrers = tuple(state.referrers.get(gone, Index[Digest]()).walk()) if cascade else ()
        _remove_manifest(state, gone)
        doomed += [one for one in referrers if locks.is_deletable(state, state.manifests[one])]
    state.updated = now
    if not state.exists:
        state.attributes = UNLOCKED  # its locks go with the repository


def _remove_manifest(state: RepositoryState, digest: Digest) -> None:
    for tag in tags_of(state, digest):
        del state.tags[tag]
        state.tag_index.discard(tag)
    state.tags_of.pop(digest, None)
    record = state.manifests.pop(digest)
    state.manifest_index.discard(digest)
    _forget_subject(state, record.manifest)


def delete_tag(state: RepositoryState, tag: Tag, now: int) -> Digest:
    """Untag; the manifest stays. TagUnknown, OperationDisallowed."""
    record = find_tag(state, tag)
    locks.guard_tag_delete(state, tag, record)
    del state.tags[tag]
    state.tag_index.discard(tag)
    _drop_tag_from(state, record.digest, tag)
    state.updated = now
    return record.digest


def referrers_of(
    state: RepositoryState, subject: Digest, *, artifact_type: str | None, after: Digest | None, limit: int | None
) -> Page[Descriptor]:
    """List those that refer to `subject`, by digest."""
    digests: Index[Digest] = state.referrers.get(subject, Index())
    descriptors = (state.manifests[digest].manifest.descriptor for digest in digests.walk(after=after))
    page, more = take(descriptors, limit, lambda d: artifact_type is None or d.artifact_type == artifact_type)
    return Page(page, more)
