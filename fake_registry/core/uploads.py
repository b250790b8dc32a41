"""Uploads of blobs, in chunks or at once.

A chunk is read and hashed without any mutex: it makes a new session, which takes the place of the
session it was appended to only if no other request has replaced that session meanwhile.
"""

from collections.abc import Callable, Iterable

from fake_registry.clock import Clock
from fake_registry.core import content, locks
from fake_registry.core.blobs import Blob, UploadSession
from fake_registry.core.registry import UploadStatus
from fake_registry.core.repositories import Repositories
from fake_registry.core.state import RepositoryState, find_upload
from fake_registry.settings import Settings
from fake_registry.spec.errors import BlobUploadInvalid, DigestInvalid
from fake_registry.spec.manifest import Descriptor
from fake_registry.spec.names import Digest, RepositoryName, UploadId


class Uploads:
    """The upload operations of `core.registry.Registry`, whose methods document them."""

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

    def start(self, repository: RepositoryName) -> UploadStatus:
        session = UploadSession(upload=UploadId(self._new_id()), started=self._clock.now())
        with self._repositories.change(repository) as state:
            locks.guard_push(state)
            state.uploads[session.upload] = session
        return _status_of(repository, session)

    def status(self, repository: RepositoryName, upload: UploadId) -> UploadStatus:
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
        session = self._find(repository, upload)
        session.check_position(offset=offset, seen=seen)
        longer = session.append(content)

        with self._repositories.hold(repository) as state:
            _check_current(state, session, offset)
            state.uploads[upload] = longer
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
        session = self._find(repository, upload)
        session.check_position(offset=offset, seen=seen)
        blob = self._close(repository, session, digest, tail)

        with self._repositories.hold(repository) as state:
            _check_current(state, session, offset)
            locks.guard_push(state)
            del state.uploads[upload]
            state.blobs.setdefault(digest, blob)
        return content.describe_blob(digest, blob)

    def cancel(self, repository: RepositoryName, upload: UploadId) -> None:
        with self._repositories.change(repository) as state:
            find_upload(state, upload)
            del state.uploads[upload]

    def put_blob(
        self,
        repository: RepositoryName,
        digest: Digest,
        content: Iterable[bytes],
    ) -> Descriptor:
        session = UploadSession(upload=UploadId(""), started=0)
        blob = session.append(content).blob_of(digest, now=self._clock.now())
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

    def _find(self, repository: RepositoryName, upload: UploadId) -> UploadSession:
        with self._repositories.hold(repository) as state:
            return find_upload(state, upload)

    def _close(
        self,
        repository: RepositoryName,
        session: UploadSession,
        digest: Digest,
        tail: Iterable[bytes],
    ) -> Blob:
        """Return the blob that an upload has become. A wrong digest may end the upload."""
        try:
            return session.append(tail).blob_of(digest, now=self._clock.now())
        except DigestInvalid:
            if not self._settings.upload_survives_wrong_digest:
                self._drop(repository, session)
            raise

    def _drop(self, repository: RepositoryName, session: UploadSession) -> None:
        """Remove an upload, unless another request has replaced its session meanwhile."""
        with self._repositories.change(repository) as state:
            if state.uploads.get(session.upload) is session:
                del state.uploads[session.upload]

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
