"""`MemoryRegistry`: the Protocols Registry and AcrCatalog over state in memory.

The Protocols in `core.registry` document the methods. `now` is read once per call.
"""

from collections.abc import Callable, Iterable

from fake_registry.clock import Clock
from fake_registry.core import catalog, content, locks
from fake_registry.core.blobs import Blob
from fake_registry.core.registry import BlobReader, UploadStatus
from fake_registry.core.repositories import ContentSnapshot, Repositories
from fake_registry.core.state import find_blob, find_manifest
from fake_registry.core.uploads import Uploads
from fake_registry.settings import Settings
from fake_registry.spec.attributes import (
    TICK_NS,
    After,
    AttributeChanges,
    DeletedRepository,
    ManifestProperties,
    Order,
    Page,
    RepositoryProperties,
    TagProperties,
)
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import Digest, Reference, RepositoryName, Tag, UploadId


class MemoryRegistry:
    """A registry in memory. Safe to call from several threads.

    In addition to the errors in the Protocols, reading raises OperationDisallowed where an
    attribute forbids it.
    """

    def __init__(self, settings: Settings, *, clock: Clock, new_id: Callable[[], str]) -> None:
        self._settings = settings
        self._clock = clock
        self.repositories = self._repositories = Repositories()
        """The states themselves, to look at them whatever their attributes say."""
        self.uploads = Uploads(self._repositories, settings, clock=clock, new_id=new_id)

    # reader

    def get_blob(self, repository: RepositoryName, digest: Digest) -> BlobReader:
        return self._read_blob(repository, digest)

    def stored_blob(self, repository: RepositoryName, digest: Digest) -> BlobReader:
        """Open a blob without checking attributes, for a caller with a storage URL. BlobUnknown."""
        with self._repositories.hold(repository) as state:
            return find_blob(state, digest)

    def stat_blob(self, repository: RepositoryName, digest: Digest) -> Descriptor:
        return content.describe_blob(digest, self._read_blob(repository, digest))

    def _read_blob(self, repository: RepositoryName, digest: Digest) -> Blob:
        with self._repositories.hold(repository) as state:
            blob = find_blob(state, digest)
            locks.guard_pull(state)
            return blob

    def get_manifest(self, repository: RepositoryName, reference: Reference) -> Manifest:
        with self._repositories.hold(repository) as state:
            record = find_manifest(state, reference)
            locks.guard_pull(state, record, reference)
            return record.manifest

    def stat_manifest(self, repository: RepositoryName, reference: Reference) -> Descriptor:
        return self.get_manifest(repository, reference).descriptor

    # lister

    def list_repositories(
        self,
        *,
        after: RepositoryName | None = None,
        limit: int | None = None,
    ) -> Page[RepositoryName]:
        return self._repositories.list_names(after=after, limit=limit)

    def list_tags(
        self,
        repository: RepositoryName,
        *,
        after: Tag | None = None,
        limit: int | None = None,
    ) -> Page[Tag]:
        with self._repositories.hold(repository) as state:
            return catalog.list_tags(state, after=after, limit=limit)

    def list_referrers(
        self,
        repository: RepositoryName,
        digest: Digest,
        *,
        artifact_type: str | None = None,
        after: Digest | None = None,
        limit: int | None = None,
    ) -> Page[Descriptor]:
        with self._repositories.hold(repository) as state:
            return content.list_referrers(
                state,
                digest,
                artifact_type=artifact_type,
                after=after,
                limit=limit,
            )

    # writer

    def start_upload(self, repository: RepositoryName) -> UploadStatus:
        return self.uploads.start(repository)

    def upload_status(self, repository: RepositoryName, upload: UploadId) -> UploadStatus:
        return self.uploads.status(repository, upload)

    def append_chunk(
        self,
        repository: RepositoryName,
        upload: UploadId,
        content: Iterable[bytes],
        *,
        offset: int | None = None,
        seen: int | None = None,
    ) -> UploadStatus:
        return self.uploads.append(repository, upload, content, offset=offset, seen=seen)

    def finish_upload(
        self,
        repository: RepositoryName,
        upload: UploadId,
        digest: Digest,
        *,
        tail: Iterable[bytes] = (),
        offset: int | None = None,
        seen: int | None = None,
    ) -> Descriptor:
        return self.uploads.finish(repository, upload, digest, tail=tail, offset=offset, seen=seen)

    def cancel_upload(self, repository: RepositoryName, upload: UploadId) -> None:
        self.uploads.cancel(repository, upload)

    def put_blob(
        self,
        repository: RepositoryName,
        digest: Digest,
        content: Iterable[bytes],
    ) -> Descriptor:
        return self.uploads.put_blob(repository, digest, content)

    def mount_blob(
        self,
        repository: RepositoryName,
        digest: Digest,
        *,
        source: RepositoryName | None,
    ) -> Descriptor | UploadStatus:
        return self.uploads.mount_blob(repository, digest, source=source)

    def put_manifest(
        self,
        repository: RepositoryName,
        manifest: Manifest,
        *,
        tags: Iterable[Tag] = (),
    ) -> Descriptor:
        tags = tuple(tags)  # iterated here: the mutex is not held while the caller's code runs
        with self._repositories.change(repository) as state:
            content.put_manifest(
                state,
                manifest,
                tags=tags,
                sparse=self._settings.sparse_manifests,
                now=self._now(),
            )
        return manifest.descriptor

    def check_push(
        self,
        repository: RepositoryName,
        manifests: Iterable[Manifest],
        tags: Iterable[Tag],
    ) -> None:
        """Raise OperationDisallowed if a lock forbids to push `manifests`, `tags` or blobs."""
        manifests, tags = tuple(manifests), tuple(tags)
        with self._repositories.hold(repository) as state:
            for manifest in manifests:
                locks.guard_manifest_push(state, manifest, tags)

    # deleter

    def delete_blob(self, repository: RepositoryName, digest: Digest) -> None:
        with self._repositories.change(repository) as state:
            find_blob(state, digest)
            locks.guard_delete_in(state)
            del state.blobs[digest]

    def delete_manifest(self, repository: RepositoryName, digest: Digest) -> None:
        with self._repositories.change(repository) as state:
            cascade = self._settings.referrers_go_with_subject
            content.delete_manifest(state, digest, cascade=cascade, now=self._now())

    def delete_tag(self, repository: RepositoryName, tag: Tag) -> Digest:
        with self._repositories.change(repository) as state:
            return content.delete_tag(state, tag, self._now())

    # ACR's catalog

    def repository_properties(self, repository: RepositoryName) -> RepositoryProperties:
        with self._repositories.hold(repository) as state:
            return catalog.repository_properties(state)

    def list_manifests(
        self,
        repository: RepositoryName,
        *,
        after: After[Digest] | None = None,
        limit: int | None = None,
        order: Order = Order.NAME,
    ) -> Page[ManifestProperties]:
        with self._repositories.hold(repository) as state:
            return catalog.list_manifests(state, after=after, limit=limit, order=order)

    def manifest_properties(self, repository: RepositoryName, digest: Digest) -> ManifestProperties:
        with self._repositories.hold(repository) as state:
            return catalog.manifest_properties(state, digest)

    def list_tag_properties(
        self,
        repository: RepositoryName,
        *,
        digest: Digest | None = None,
        after: After[Tag] | None = None,
        limit: int | None = None,
        order: Order = Order.NAME,
    ) -> Page[TagProperties]:
        with self._repositories.hold(repository) as state:
            return catalog.list_tag_properties(
                state,
                digest=digest,
                after=after,
                limit=limit,
                order=order,
            )

    def tag_properties(self, repository: RepositoryName, tag: Tag) -> TagProperties:
        with self._repositories.hold(repository) as state:
            return catalog.tag_properties(state, tag)

    def update_repository_attributes(
        self,
        repository: RepositoryName,
        changes: AttributeChanges,
    ) -> RepositoryProperties:
        with self._repositories.change(repository) as state:
            catalog.update_repository_attributes(state, changes)
            return catalog.repository_properties(state)

    def update_manifest_attributes(
        self,
        repository: RepositoryName,
        digest: Digest,
        changes: AttributeChanges,
    ) -> ManifestProperties:
        with self._repositories.hold(repository) as state:
            catalog.update_manifest_attributes(state, digest, changes)
            return catalog.manifest_properties(state, digest)

    def update_tag_attributes(
        self,
        repository: RepositoryName,
        tag: Tag,
        changes: AttributeChanges,
    ) -> TagProperties:
        with self._repositories.hold(repository) as state:
            catalog.update_tag_attributes(state, tag, changes)
            return catalog.tag_properties(state, tag)

    def delete_repository(self, repository: RepositoryName) -> DeletedRepository:
        with self._repositories.change(repository) as state:
            deleted = catalog.delete_repository(state)
            self.uploads.forget(repository)
            return deleted

    def _now(self) -> int:
        """Return the time in whole ticks: a page by time ends with such a time."""
        return self._clock.now() // TICK_NS * TICK_NS

    # all content

    def snapshot(self) -> ContentSnapshot:
        """Return all content, without uploads that have expired."""
        self.uploads.drop_expired()
        return self._repositories.snapshot()

    def restore(self, snapshot: ContentSnapshot) -> None:
        """Replace all content by that of the snapshot."""
        self._repositories.restore(snapshot, self.uploads.replace)
