"""`MemoryRegistry`: the Registry and AcrCatalog Protocols over state in memory.

One mutex guards all metadata. It is never held while a body is read or hashed: an upload is extended aside and put in
place only if nobody else has moved it meanwhile. `now` is read once per call.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fake_registry.clock import Clock
from fake_registry.core import catalog, content, locks
from fake_registry.core.blobs import Blob, UploadSession
from fake_registry.core.index import Index, take
from fake_registry.core.registry import BlobReader, UploadStatus
from fake_registry.core.state import RepositoryState, find_blob, find_manifest, find_upload
from fake_registry.settings import Settings
from fake_registry.spec.attributes import (
    AttributeChanges,
    DeletedRepository,
    ManifestProperties,
    Order,
    Page,
    RepositoryProperties,
    TagProperties,
)
from fake_registry.spec.errors import BlobUploadInvalid, DigestInvalid
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import Digest, Reference, RepositoryName, Tag, UploadId


@dataclass(frozen=True)
class Snapshot:
    """All content of a registry at one time. Opaque; it shares its bytes with the registry."""

    repositories: tuple[RepositoryState, ...]


class MemoryRegistry:
    """A registry in memory. Safe to call from several threads.

    Reading raises OperationDisallowed, besides what the Protocols say, where an attribute forbids it.
    """

    def __init__(self, settings: Settings, *, clock: Clock, new_id: Callable[[], str]) -> None:
        self._settings = settings
        self._clock = clock
        self._new_id = new_id
        self._mutex = threading.Lock()
        self._repositories: dict[RepositoryName, RepositoryState] = {}
        self._index: Index[RepositoryName] = Index()

    # reader

    def get_blob(self, repository: RepositoryName, digest: Digest) -> BlobReader:
        return self._read_blob(repository, digest)

    def stored_blob(self, repository: RepositoryName, digest: Digest) -> BlobReader:
        """Open a blob whatever the repository's attributes say: for who holds storage's own permit. BlobUnknown."""
        with self._mutex:
            return find_blob(self._state(repository), digest)

    def stat_blob(self, repository: RepositoryName, digest: Digest) -> Descriptor:
        return content.describe_blob(digest, self._read_blob(repository, digest))

    def get_manifest(self, repository: RepositoryName, reference: Reference) -> Manifest:
        with self._mutex:
            state = self._state(repository)
            record = find_manifest(state, reference)
            locks.guard_pull(state, record, reference)
            return record.manifest

    def stat_manifest(self, repository: RepositoryName, reference: Reference) -> Descriptor:
        return self.get_manifest(repository, reference).descriptor

    # lister

    def list_repositories(
        self, *, after: RepositoryName | None = None, limit: int | None = None
    ) -> Page[RepositoryName]:
        with self._mutex:
            listed = self._repositories
            walk = self._index.walk(after=after)
            page, more = take(walk, limit, lambda name: listed[name].attributes.list_enabled)
            return Page(page, more)

    def list_tags(self, repository: RepositoryName, *, after: Tag | None = None, limit: int | None = None) -> Page[Tag]:
        with self._mutex:
            return catalog.list_tags(self._state(repository), after=after, limit=limit)

    def list_referrers(
        self,
        repository: RepositoryName,
        digest: Digest,
        *,
        artifact_type: str | None = None,
        after: Digest | None = None,
        limit: int | None = None,
    ) -> Page[Descriptor]:
        with self._mutex:
            state = self._state(repository)
            return content.referrers_of(state, digest, artifact_type=artifact_type, after=after, limit=limit)

    # writer

    def start_upload(self, repository: RepositoryName) -> UploadStatus:
        session = UploadSession(upload=UploadId(self._new_id()), started=self._clock.now())
        with self._mutex:
            state = self._state(repository)
            locks.guard_push(state)
            state.uploads[session.upload] = session
            self._keep(state)
        return _status(repository, session)

    def upload_status(self, repository: RepositoryName, upload: UploadId) -> UploadStatus:
        return _status(repository, self._session(repository, upload))

    def append_chunk(
        self,
        repository: RepositoryName,
        upload: UploadId,
        content: Iterable[bytes],
        *,
        offset: int | None = None,
        seen: int | None = None,
    ) -> UploadStatus:
        session = self._session(repository, upload)
        session.check_position(offset=offset, seen=seen)
        extended = session.extended(content)
        with self._mutex:
            self._placed(repository, session, offset).uploads[upload] = extended
        return _status(repository, extended)

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
        session = self._session(repository, upload)
        session.check_position(offset=offset, seen=seen)
        try:
            blob = session.extended(tail).content_of(digest, now=self._clock.now())
        except DigestInvalid:
            if not self._settings.upload_survives_wrong_digest:
                self._drop(repository, session)
            raise
        with self._mutex:
            state = self._placed(repository, session, offset)
            locks.guard_push(state)
            del state.uploads[upload]
            state.blobs.setdefault(digest, blob)
        return content.describe_blob(digest, blob)

    def cancel_upload(self, repository: RepositoryName, upload: UploadId) -> None:
        with self._mutex:
            state = self._state(repository)
            find_upload(state, upload)
            del state.uploads[upload]
            self._keep(state)

    def put_blob(self, repository: RepositoryName, digest: Digest, content: Iterable[bytes]) -> Descriptor:
        session = UploadSession(upload=UploadId(""), started=0)
        blob = session.extended(content).content_of(digest, now=self._clock.now())
        return self._store(repository, digest, blob)

    def mount_blob(
        self, repository: RepositoryName, digest: Digest, *, source: RepositoryName | None
    ) -> Descriptor | UploadStatus:
        blob = self._find_mountable(digest, source)
        return self.start_upload(repository) if blob is None else self._store(repository, digest, blob)

    def put_manifest(self, repository: RepositoryName, manifest: Manifest, *, tags: Iterable[Tag] = ()) -> Descriptor:
        tags = tuple(tags)  # the caller's iterator may take its time
        with self._mutex:
            state = self._state(repository)
            content.put_manifest(
                state,
                manifest,
                tags=tags,
                sparse=self._settings.sparse_manifests,
                now=self._clock.now(),
            )
            self._keep(state)
        return manifest.descriptor

    def check_push(self, repository: RepositoryName, manifests: Iterable[Manifest], tags: Iterable[Tag]) -> None:
        """Refuse now what locks would forbid of pushing `manifests`, `tags` and blobs. OperationDisallowed."""
        manifests, tags = tuple(manifests), tuple(tags)
        with self._mutex:
            state = self._state(repository)
            for manifest in manifests:
                locks.guard_manifest_push(state, manifest, tags)

    # deleter

    def delete_blob(self, repository: RepositoryName, digest: Digest) -> None:
        with self._mutex:
            state = self._state(repository)
            find_blob(state, digest)
            locks.guard_delete_in(state)
            del state.blobs[digest]
            self._keep(state)

    def delete_manifest(self, repository: RepositoryName, digest: Digest) -> None:
        with self._mutex:
            state = self._state(repository)
            cascade = self._settings.referrers_go_with_subject
            content.delete_manifest(state, digest, cascade=cascade, now=self._clock.now())
            self._keep(state)

    def delete_tag(self, repository: RepositoryName, tag: Tag) -> Digest:
        with self._mutex:
            return content.delete_tag(self._state(repository), tag, self._clock.now())

    # ACR's catalogue

    def repository_properties(self, repository: RepositoryName) -> RepositoryProperties:
        with self._mutex:
            return catalog.repository_properties(self._state(repository))

    def list_manifests(
        self,
        repository: RepositoryName,
        *,
        after: Digest | None = None,
        limit: int | None = None,
        order: Order = Order.NAME,
    ) -> Page[ManifestProperties]:
        with self._mutex:
            return catalog.list_manifests(self._state(repository), after=after, limit=limit, order=order)

    def manifest_properties(self, repository: RepositoryName, digest: Digest) -> ManifestProperties:
        with self._mutex:
            return catalog.manifest_properties(self._state(repository), digest)

    def list_tag_properties(
        self,
        repository: RepositoryName,
        *,
        digest: Digest | None = None,
        after: Tag | None = None,
        limit: int | None = None,
        order: Order = Order.NAME,
    ) -> Page[TagProperties]:
        with self._mutex:
            state = self._state(repository)
            return catalog.list_tag_properties(state, digest=digest, after=after, limit=limit, order=order)

    def tag_properties(self, repository: RepositoryName, tag: Tag) -> TagProperties:
        with self._mutex:
            return catalog.tag_properties(self._state(repository), tag)

    def update_repository_attributes(
        self, repository: RepositoryName, changes: AttributeChanges
    ) -> RepositoryProperties:
        with self._mutex:
            state = self._state(repository)
            catalog.update_repository_attributes(state, changes)
            return catalog.repository_properties(state)

    def update_manifest_attributes(
        self, repository: RepositoryName, digest: Digest, changes: AttributeChanges
    ) -> ManifestProperties:
        with self._mutex:
            state = self._state(repository)
            catalog.update_manifest_attributes(state, digest, changes)
            return catalog.manifest_properties(state, digest)

    def update_tag_attributes(self, repository: RepositoryName, tag: Tag, changes: AttributeChanges) -> TagProperties:
        with self._mutex:
            state = self._state(repository)
            catalog.update_tag_attributes(state, tag, changes)
            return catalog.tag_properties(state, tag)

    def delete_repository(self, repository: RepositoryName) -> DeletedRepository:
        with self._mutex:
            deleted = catalog.delete_repository(self._state(repository))
            del self._repositories[repository]
            self._index.discard(repository)
            return deleted

    # all of it

    def snapshot(self) -> Snapshot:
        """Return all content as it is now."""
        with self._mutex:
            return Snapshot(tuple(state.copy() for state in self._repositories.values()))

    def restore(self, snapshot: Snapshot) -> None:
        """Put everything back as it was; what came since is forgotten."""
        with self._mutex:
            self._repositories = {}
            self._index = Index()
            for state in snapshot.repositories:
                self._keep(state.copy())

    # inside

    def _state(self, repository: RepositoryName) -> RepositoryState:
        """The repository's state, or a new one that nobody knows until `_keep`."""
        return self._repositories.get(repository) or RepositoryState(name=repository)

    def _keep(self, state: RepositoryState) -> None:
        """Remember a state that has changed: list it while it exists, forget it when nothing is left."""
        if state.empty:
            self._repositories.pop(state.name, None)
        else:
            self._repositories[state.name] = state
        if state.exists:
            self._index.put(state.name, state.created)
        else:
            self._index.discard(state.name)

    def _session(self, repository: RepositoryName, upload: UploadId) -> UploadSession:
        with self._mutex:
            return find_upload(self._state(repository), upload)

    def _drop(self, repository: RepositoryName, session: UploadSession) -> None:
        """Forget an upload, unless somebody else has moved it meanwhile."""
        with self._mutex:
            state = self._state(repository)
            if state.uploads.get(session.upload) is session:
                del state.uploads[session.upload]
                self._keep(state)

    def _read_blob(self, repository: RepositoryName, digest: Digest) -> Blob:
        with self._mutex:
            state = self._state(repository)
            blob = find_blob(state, digest)
            locks.guard_pull(state)
            return blob

    def _store(self, repository: RepositoryName, digest: Digest, blob: Blob) -> Descriptor:
        with self._mutex:
            state = self._state(repository)
            locks.guard_push(state)
            state.blobs.setdefault(digest, blob)
            self._keep(state)
        return content.describe_blob(digest, blob)

    def _find_mountable(self, digest: Digest, source: RepositoryName | None) -> Blob | None:
        if source is None and not self._settings.mount_from_anywhere:
            return None
        with self._mutex:
            states = self._repositories.values() if source is None else (self._state(source),)
            blobs = (state.blobs.get(digest) for state in states if state.attributes.read_enabled)
            return next((blob for blob in blobs if blob is not None), None)

    def _placed(self, repository: RepositoryName, session: UploadSession, offset: int | None) -> RepositoryState:
        """The state in which `session` still is the upload's. Raises if somebody else has moved it meanwhile."""
        state = self._state(repository)
        current = find_upload(state, session.upload)
        if current is not session:
            current.check_position(offset=offset, seen=session.offset)
            raise BlobUploadInvalid("the upload has changed meanwhile", upload=session.upload)
        return state


def _status(repository: RepositoryName, session: UploadSession) -> UploadStatus:
    return UploadStatus(repository=repository, upload=session.upload, offset=session.offset, started=session.started)
