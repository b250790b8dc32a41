"""A repository's state from its tables alone: the indexes beside them follow from the records."""

from collections.abc import Mapping

from fake_registry.core.blobs import Blob
from fake_registry.core.index import Index
from fake_registry.core.state import ManifestRecord, RepositoryState, TagRecord
from fake_registry.spec.attributes import ChangeableAttributes
from fake_registry.spec.names import Digest, RepositoryName, Tag


def rebuild_state(
    name: RepositoryName,
    *,
    created: int,
    updated: int,
    attributes: ChangeableAttributes,
    blobs: Mapping[Digest, Blob],
    manifests: Mapping[Digest, ManifestRecord],
    tags: Mapping[Tag, TagRecord],
) -> RepositoryState:
    """Return a state without uploads. It is equal to the one that the tables are copied from."""
    state = RepositoryState(
        name=name,
        created=created,
        updated=updated,
        attributes=attributes,
        blobs=dict(blobs),
        manifests=dict(manifests),
        tags=dict(tags),
    )
    for digest, manifest in manifests.items():
        state.manifest_index.put(digest, manifest.updated)
        subject = manifest.manifest.facts.subject
        if subject is not None:
            state.referrers.setdefault(subject.digest, Index()).put(digest, manifest.updated)
    for tag, record in tags.items():
        state.tag_index.put(tag, record.updated)
        state.tags_of.setdefault(record.digest, Index()).put(tag, record.updated)
    return state
