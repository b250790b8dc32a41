"""ACR's metadata of one repository: functions on `RepositoryState`, called with the mutex held.

Lists leave out items that are not `list_enabled`. Attributes can be updated whatever their values
are; otherwise a lock could not be removed.
"""

from dataclasses import replace

from fake_registry.core import locks
from fake_registry.core.index import Index, take
from fake_registry.core.state import (
    ManifestRecord,
    RepositoryState,
    TagRecord,
    check_exists,
    find_manifest,
    find_tag,
    tags_of,
)
from fake_registry.spec.attributes import (
    After,
    AttributeChanges,
    DeletedRepository,
    ManifestProperties,
    ManifestReference,
    Order,
    Page,
    RepositoryProperties,
    TagProperties,
)
from fake_registry.spec.manifest import Descriptor
from fake_registry.spec.names import Digest, Tag


def repository_properties(state: RepositoryState) -> RepositoryProperties:
    """Describe the repository. NameUnknown."""
    check_exists(state)
    return RepositoryProperties(
        name=state.name,
        created=state.created,
        updated=state.updated,
        manifest_count=len(state.manifests),
        tag_count=len(state.tags),
        attributes=state.attributes,
    )


def manifest_properties(state: RepositoryState, digest: Digest) -> ManifestProperties:
    """Describe a manifest, and the children of an index. NameUnknown, ManifestUnknown."""
    check_exists(state)
    record = find_manifest(state, digest)
    references = tuple(map(_reference_to, record.manifest.facts.manifests))
    return replace(_manifest_properties(state, record), references=references)


def _reference_to(child: Descriptor) -> ManifestReference:
    return ManifestReference(digest=child.digest, platform=child.platform)


def tag_properties(state: RepositoryState, tag: Tag) -> TagProperties:
    """Describe a tag. TagUnknown."""
    return _tag_properties(state, tag, find_tag(state, tag))


def _manifest_properties(state: RepositoryState, record: ManifestRecord) -> ManifestProperties:
    manifest = record.manifest
    config = manifest.facts.config
    return ManifestProperties(
        repository=state.name,
        digest=manifest.digest,
        media_type=manifest.media_type,
        size=record.size,
        created=record.created,
        updated=record.updated,
        platform=record.platform,
        config_media_type=None if config is None else config.media_type,
        tags=tags_of(state, manifest.digest),
        attributes=record.attributes,
    )


def _tag_properties(state: RepositoryState, tag: Tag, record: TagRecord) -> TagProperties:
    return TagProperties(
        repository=state.name,
        tag=tag,
        digest=record.digest,
        created=record.created,
        updated=record.updated,
        attributes=record.attributes,
    )


def list_tags(state: RepositoryState, *, after: Tag | None, limit: int | None) -> Page[Tag]:
    """List tag names in ASCII order. NameUnknown."""
    check_exists(state)
    tags = state.tags
    names = state.tag_index.walk(after=after)
    page, more = take(names, limit, lambda tag: tags[tag].attributes.list_enabled)
    return Page(page, more)


def list_tag_properties(
    state: RepositoryState,
    *,
    digest: Digest | None,
    after: After[Tag] | None,
    limit: int | None,
    order: Order,
) -> Page[TagProperties]:
    """List all tags, or the tags of one manifest. NameUnknown."""
    check_exists(state)
    tags = state.tags
    index = state.tag_index if digest is None else state.tags_of.get(digest, Index())

    names = index.walk(after=after, order=order)
    page, more = take(names, limit, lambda tag: tags[tag].attributes.list_enabled)
    return Page([_tag_properties(state, tag, tags[tag]) for tag in page], more)


def list_manifests(
    state: RepositoryState, *, after: After[Digest] | None, limit: int | None, order: Order
) -> Page[ManifestProperties]:
    """List manifests, without the children of an index. NameUnknown."""
    check_exists(state)
    manifests = state.manifests

    digests = state.manifest_index.walk(after=after, order=order)
    page, more = take(digests, limit, lambda digest: manifests[digest].attributes.list_enabled)
    return Page([_manifest_properties(state, manifests[digest]) for digest in page], more)


def update_repository_attributes(state: RepositoryState, changes: AttributeChanges) -> None:
    """Lock or unlock the repository. NameUnknown."""
    check_exists(state)
    state.attributes = changes.applied_to(state.attributes)


def update_manifest_attributes(
    state: RepositoryState,
    digest: Digest,
    changes: AttributeChanges,
) -> None:
    """Lock or unlock a manifest. NameUnknown, ManifestUnknown."""
    check_exists(state)
    record = find_manifest(state, digest)
    state.manifests[digest] = replace(record, attributes=changes.applied_to(record.attributes))


def update_tag_attributes(state: RepositoryState, tag: Tag, changes: AttributeChanges) -> None:
    """Lock or unlock a tag. TagUnknown."""
    record = find_tag(state, tag)
    state.tags[tag] = replace(record, attributes=changes.applied_to(record.attributes))


def delete_repository(state: RepositoryState) -> DeletedRepository:
    """Delete all content; return its digests and tags. NameUnknown, OperationDisallowed."""
    check_exists(state)
    locks.guard_repository_delete(state)

    deleted = DeletedRepository(
        manifests=tuple(sorted(state.manifests)),
        tags=tuple(sorted(state.tags)),
    )
    state.clear()
    return deleted
