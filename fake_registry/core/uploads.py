"""Uploads of blobs, in chunks or at once.

A chunk is read and hashed without any mutex: it makes a new session, which takes the place of the
session it was appended to only if no other request has replaced that session meanwhile.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

from fake_registry.clock import Clock
from fake_registry.core import content, locks
from fake_registry.core.blobs import Blob, UploadSession
from fake_registry.core.registry import UploadStatus
from fake_registry.core.repositories import Repositories
from fake_registry.core.running_hash import HashThread, RunningHash
from fake_registry.core.state import RepositoryState, find_upload
from fake_registry.core.unfinished import BYTES_OF_UPLOAD, Room, Unfinished
from fake_registry.settings import Settings
from fake_registry.spec.errors import BlobUploadInvalid, DigestInvalid
from fake_registry.spec.manifest import Descriptor
from fake_registry.spec.names import Digest, RepositoryName, UploadId


class Uploads:
    """The upload operations of `core.registry.Registry`, whose methods document them, and others."""

    def __init__(
        self,
        repositories: Repositories,
        settings: Settings,
        *,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._repositories = repositories
        self._settings = settings
        self._clock = clock
        self._new_id = new_id
        self._thread = HashThread()
        self._unfinished = Unfinished(
            max_bytes=settings.max_unfinished_bytes,
            lifetime_ns=settings.upload_lifetime // timedelta(microseconds=1) * 1_000,
        )

    def drop_expired(self) -> int:
        """Remove the uploads that have expired; return the time, in nanoseconds since the epoch."""
        now = self._clock.now()
        for repository, upload in self._unfinished.find_expired(now):
            with self._repositories.change(repository) as state:
                session = state.uploads.get(upload)
                # a chunk may have arrived since
                if session is not None and self._unfinished.has_expired(session.touched, now):
                    self._remove(repository, state, upload)
        return now

    def forget(self, repository: RepositoryName) -> None:
        """Stop counting uploads that were removed with their repository."""
        self._unfinished.remove_all(repository)

    def replace(self, uploads: Iterable[tuple[RepositoryName, UploadSession]]) -> None:
        """Count the uploads of a snapshot that was restored."""
        self._unfinished.replace(uploads)

    def end_hashing(self) -> None:
        """End the thread that hashes, once it has hashed all pieces; a later one may start."""
        self._thread.end()

    def start(self, repository: RepositoryName) -> UploadStatus:
        now = self.drop_expired()
        session = self._new_session(UploadId(self._new_id()), now=now)
        with self._unfinished.reserve() as room, self._repositories.change(repository) as state:
            locks.guard_push(state)
            room.take(BYTES_OF_UPLOAD)
            self._keep(repository, state, session, room)
        return _status_of(repository, session)

    def status(self, repository: RepositoryName, upload: UploadId) -> UploadStatus:
        self.drop_expired()
        return _status_of(repository, self._find(repository, upload))

    def append(
        self,
        repository: RepositoryName,
        upload: UploadId,
        content: Iterable[bytes],
        *,
        offset: int | None,
        seen: int | None,
    ) -> UploadStatus:
        now = self.drop_expired()
        session = self._find(repository, upload)
        session.check_position(offset=offset, seen=seen)

        with self._unfinished.reserve() as room:
            longer = session.append(room.count(content), now=now)
            with self._repositories.hold(repository) as state:
                _check_current(state, session, offset)
                self._keep(repository, state, longer, room)
        return _status_of(repository, longer)

    def finish(
        self,
        repository: RepositoryName,
        upload: UploadId,
        digest: Digest,
        *,
        tail: Iterable[bytes],
        offset: int | None,
        seen: int | None,
    ) -> Descriptor:
        now = self.drop_expired()
        session = self._find(repository, upload)
        session.check_position(offset=offset, seen=seen)

        with self._unfinished.reserve() as room:
            blob = self._close(repository, session, digest, room.count(tail), now=now)
            with self._repositories.hold(repository) as state:
                _check_current(state, session, offset)
                locks.guard_push(state)
                self._remove(repository, state, upload)
                state.blobs.setdefault(digest, blob)
        return content.describe_blob(digest, blob)

    def cancel(self, repository: RepositoryName, upload: UploadId) -> None:
        self.drop_expired()
        with self._repositories.change(repository) as state:
            find_upload(state, upload)
            self._remove(repository, state, upload)

    def move(self, repository: RepositoryName, upload: UploadId) -> UploadStatus:
        """Continue an upload under another id; the old one is unknown. BlobUploadUnknown."""
        now = self.drop_expired()
        with self._repositories.change(repository) as state:
            session = find_upload(state, upload)
            moved = replace(session, upload=UploadId(self._new_id()), touched=now)
            self._remove(repository, state, upload)
            state.uploads[moved.upload] = moved
            self._unfinished.put(repository, moved, taken=0)
        return _status_of(repository, moved)

    def offset_before(self, repository: RepositoryName, upload: UploadId) -> int:
        """Return the bytes before the last chunk that had content. BlobUploadUnknown."""
        self.drop_expired()
        return self._find(repository, upload).offset_before

    def put_blob(
        self,
        repository: RepositoryName,
        digest: Digest,
        content: Iterable[bytes],
    ) -> Descriptor:
        now = self.drop_expired()
        session = self._new_session(UploadId(""), now=now)
        with self._unfinished.reserve() as room:
            blob = session.append(room.count(content)).blob_of(digest, now=now)
            return self._store(repository, digest, blob)

    def mount_blob(
        self,
        repository: RepositoryName,
        digest: Digest,
        *,
        source: RepositoryName | None,
    ) -> Descriptor | UploadStatus:
        blob = self._find_mountable(digest, source)
        if blob is None:
            return self.start(repository)
        return self._store(repository, digest, blob)

    def _new_session(self, upload: UploadId, *, now: int) -> UploadSession:
        hasher = RunningHash(self._thread)
        return UploadSession(upload=upload, started=now, touched=now, hasher=hasher)

    def _find(self, repository: RepositoryName, upload: UploadId) -> UploadSession:
        with self._repositories.hold(repository) as state:
            return find_upload(state, upload)

    def _close(
        self,
        repository: RepositoryName,
        session: UploadSession,
        digest: Digest,
        tail: Iterable[bytes],
        *,
        now: int,
    ) -> Blob:
        """Return the blob that an upload has become. A wrong digest may end the upload."""
        try:
            return session.append(tail).blob_of(digest, now=now)
        except DigestInvalid:
            if not self._settings.upload_survives_wrong_digest:
                self._drop(repository, session)
            raise

    def _drop(self, repository: RepositoryName, session: UploadSession) -> None:
        """Remove an upload, unless another request has replaced its session meanwhile."""
        with self._repositories.change(repository) as state:
            if state.uploads.get(session.upload) is session:
                self._remove(repository, state, session.upload)

    def _keep(
        self,
        repository: RepositoryName,
        state: RepositoryState,
        session: UploadSession,
        room: Room,
    ) -> None:
        """Keep an upload, and count it in place of the room that its request took."""
        state.uploads[session.upload] = session
        room.leave(repository, session)

    def _remove(
        self,
        repository: RepositoryName,
        state: RepositoryState,
        upload: UploadId,
    ) -> None:
        del state.uploads[upload]
        self._unfinished.remove(repository, upload)

    def _store(self, repository: RepositoryName, digest: Digest, blob: Blob) -> Descriptor:
        with self._repositories.change(repository) as state:
            locks.guard_push(state)
            state.blobs.setdefault(digest, blob)
        return content.describe_blob(digest, blob)

    def _find_mountable(self, digest: Digest, source: RepositoryName | None) -> Blob | None:
        if source is None:
            anywhere = self._settings.mount_from_anywhere
            return self._repositories.find_blob(digest) if anywhere else None

        with self._repositories.hold(source) as state:
            return state.blobs.get(digest) if state.attributes.read_enabled else None


def _check_current(state: RepositoryState, session: UploadSession, offset: int | None) -> None:
    """Refuse to replace a session that another request has replaced meanwhile."""
    current = find_upload(state, session.upload)
    if current is not session:
        current.check_position(offset=offset, seen=session.offset)
        raise BlobUploadInvalid("the upload has changed meanwhile", upload=session.upload)


def _status_of(repository: RepositoryName, session: UploadSession) -> UploadStatus:
    return UploadStatus(
        repository=repository,
        upload=session.upload,
        offset=session.offset,
        started=session.started,
    )
