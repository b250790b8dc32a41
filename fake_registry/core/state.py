"""The content of a repository, as passive data, and how to find an item of it.

Records are frozen and replaced, so a copy of the tables is a snapshot. A `RepositoryState` is
changed only with the mutex of `repositories` held.
"""

from dataclasses import dataclass, field, replace

from fake_registry.core.blobs import Blob, UploadSession
from fake_registry.core.index import Index
from fake_registry.spec.attributes import UNLOCKED, ChangeableAttributes
from fake_registry.spec.errors import (
    BlobUnknown,
    BlobUploadUnknown,
    ManifestUnknown,
    NameUnknown,
    TagUnknown,
)
from fake_registry.spec.manifest import Manifest, Platform
from fake_registry.spec.names import Digest, Reference, RepositoryName, Tag, UploadId, is_digest


@dataclass(frozen=True, kw_only=True)
class ManifestRecord:
    """A manifest in a repository. `size` is ACR's imageSize in bytes."""

    manifest: Manifest
    size: int
    platform: Platform | None
    created: int
    updated: int
    attributes: ChangeableAttributes = UNLOCKED


@dataclass(frozen=True, kw_only=True)
class TagRecord:
    """A tag in a repository."""

    digest: Digest
    created: int
    updated: int
    attributes: ChangeableAttributes = UNLOCKED


@dataclass(kw_only=True)
class RepositoryState:
    """The content of one repository.

    A repository exists while it has a manifest; blobs and uploads alone do not count (docs:
    container-registry-retention-policy: a repository is deleted with its last image). A tag whose
    manifest was lost counts as well: see `content.lose_manifest`.
    """

    name: RepositoryName
    created: int = 0
    updated: int = 0
    attributes: ChangeableAttributes = UNLOCKED
    blobs: dict[Digest, Blob] = field(default_factory=dict)
    uploads: dict[UploadId, UploadSession] = field(default_factory=dict)
    manifests: dict[Digest, ManifestRecord] = field(default_factory=dict)
    tags: dict[Tag, TagRecord] = field(default_factory=dict)
    manifest_index: Index[Digest] = field(default_factory=Index)
    tag_index: Index[Tag] = field(default_factory=Index)
    tags_of: dict[Digest, Index[Tag]] = field(default_factory=dict)
    """The tags of each manifest that has tags."""
    referrers: dict[Digest, Index[Digest]] = field(default_factory=dict)
    """The referrers of each subject that has referrers. The subject itself may be absent."""

    @property
    def exists(self) -> bool:
        """Whether lists have the repository."""
        return bool(self.manifests or self.tags)

    @property
    def empty(self) -> bool:
        """Whether the repository has neither manifests nor tags, nor blobs or uploads."""
        return not (self.manifests or self.tags or self.blobs or self.uploads)

    def has(self, digest: Digest) -> bool:
        """Return whether the repository has a blob or a manifest of this digest."""
        return digest in self.blobs or digest in self.manifests

    def clear(self) -> None:
        """Remove all content. Attributes and times stay until the state is dropped."""
        self.blobs.clear()
        self.uploads.clear()
        self.manifests.clear()
        self.manifest_index = Index()
        self.referrers.clear()
        self.tags.clear()
        self.tag_index = Index()
        self.tags_of.clear()

    def copy(self) -> "RepositoryState":
        """Return an independent state with the same records."""
        return replace(
            self,
            blobs=dict(self.blobs),
            uploads=dict(self.uploads),
            manifests=dict(self.manifests),
            tags=dict(self.tags),
            manifest_index=self.manifest_index.copy(),
            tag_index=self.tag_index.copy(),
            tags_of={digest: tags.copy() for digest, tags in self.tags_of.items()},
            referrers={subject: digests.copy() for subject, digests in self.referrers.items()},
        )


def check_exists(state: RepositoryState) -> None:
    """Refuse a repository without manifests. NameUnknown."""
    if not state.exists:
        raise NameUnknown(repository=state.name)


def find_blob(state: RepositoryState, digest: Digest) -> Blob:
    """Return the blob. BlobUnknown."""
    blob = state.blobs.get(digest)
    if blob is None:
        raise BlobUnknown(repository=state.name, digest=digest)
    return blob


def find_upload(state: RepositoryState, upload: UploadId) -> UploadSession:
    """Return the upload. BlobUploadUnknown."""
    session = state.uploads.get(upload)
    if session is None:
        raise BlobUploadUnknown(repository=state.name, upload=upload)
    return session


def find_manifest(state: RepositoryState, reference: Reference) -> ManifestRecord:
    """Return the manifest that a tag or a digest refers to. ManifestUnknown."""
    if is_digest(reference):
        record = state.manifests.get(reference)
        if record is None:
            raise ManifestUnknown(repository=state.name, digest=reference)
        return record

    tag = state.tags.get(Tag(reference))
    record = None if tag is None else state.manifests.get(tag.digest)
    if record is None:
        raise ManifestUnknown(repository=state.name, tag=reference)
    return record


def find_tag(state: RepositoryState, tag: Tag) -> TagRecord:
    """Return the tag. TagUnknown."""
    record = state.tags.get(tag)
    if record is None:
        raise TagUnknown(repository=state.name, tag=tag)
    return record


def tags_of(state: RepositoryState, digest: Digest) -> tuple[Tag, ...]:
    """Return the tags of a manifest, in the order of their names."""
    tags = state.tags_of.get(digest)
    return () if tags is None else tuple(tags.walk())
