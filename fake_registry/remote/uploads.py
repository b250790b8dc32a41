"""`RemoteUploads`: the open uploads of one `RemoteRegistry`, and the location of each.

A Location is opaque and changes with each step (distribution-spec v1.1.1, Pushing blobs): an upload
without a kept Location is unknown.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

from fake_registry.core.registry import UploadStatus, check_position
from fake_registry.remote.driver import RequestsDriver
from fake_registry.remote.outgoing import OutgoingBody
from fake_registry.spec.errors import BlobUploadUnknown
from fake_registry.spec.manifest import Descriptor
from fake_registry.spec.media_types import OCTET_STREAM
from fake_registry.spec.names import Digest, RepositoryName, UploadId
from fake_registry.wire import answers, calls
from fake_registry.wire.messages import CallResponse


@dataclass(frozen=True, kw_only=True)
class _OpenUpload:
    """The location at which an upload continues, and its status in the registry's last answer."""

    location: str
    status: UploadStatus

    def check_position(self, *, offset: int | None, seen: int | None) -> None:
        """Check that the caller expects the upload where it is.

        BlobUploadRangeInvalid, BlobUploadInvalid. Not every registry checks this itself: CNCF
        distribution 2 appends any chunk.
        """
        check_position(self.status.upload, self.status.offset, offset=offset, seen=seen)


class RemoteUploads:
    """The upload operations of the `Registry` Protocol. Safe to use from several threads.

    No mutex is held while a request is sent: of two chunks at a time, the registry refuses one.
    """

    def __init__(self, driver: RequestsDriver) -> None:
        self._driver = driver
        self._mutex = threading.Lock()
        self._uploads: dict[tuple[RepositoryName, UploadId], _OpenUpload] = {}

    def start(self, repository: RepositoryName) -> UploadStatus:
        return self.open(repository, self._driver.call(calls.start_upload(repository)))

    def open(self, repository: RepositoryName, answer: CallResponse) -> UploadStatus:
        """Keep the upload that `answer` has started. ValueError for an answer without Location."""
        if answer.location is None:
            raise ValueError("expected a Location to upload to, found none")

        status = UploadStatus(
            repository=repository,
            upload=answers.upload_of(answer),
            offset=answers.offset_of(answer, expected=0),
            started=time.time_ns(),
        )
        return self._keep(_OpenUpload(location=answer.location, status=status))

    def status(self, repository: RepositoryName, upload: UploadId) -> UploadStatus:
        held = self._find(repository, upload)
        answer = self._driver.call(calls.upload_status(repository, upload, held.location))
        return self._move(held, answer, expected=held.status.offset)

    def append(
        self,
        repository: RepositoryName,
        upload: UploadId,
        content: Iterable[bytes],
        *,
        offset: int | None = None,
        seen: int | None = None,
    ) -> UploadStatus:
        held = self._find(repository, upload)
        held.check_position(offset=offset, seen=seen)

        body = OutgoingBody(content)
        place = {"offset": offset, "length": body.length}
        call = calls.append_chunk(repository, upload, held.location, **place)
        answer = self._driver.call(call, body)
        return self._move(held, answer, expected=held.status.offset + body.sent)

    def finish(
        self,
        repository: RepositoryName,
        upload: UploadId,
        digest: Digest,
        *,
        tail: Iterable[bytes] = (),
        offset: int | None = None,
        seen: int | None = None,
    ) -> Descriptor:
        held = self._find(repository, upload)
        held.check_position(offset=offset, seen=seen)

        body = OutgoingBody(tail)
        place = {"offset": offset, "length": body.length}
        call = calls.finish_upload(repository, upload, held.location, digest, **place)
        answer = self._driver.call(call, body)
        self._forget(repository, upload)
        answers.check_digest(answer, digest)

        size = held.status.offset + body.sent
        return Descriptor(media_type=OCTET_STREAM, digest=digest, size=size)

    def cancel(self, repository: RepositoryName, upload: UploadId) -> None:
        held = self._find(repository, upload)
        self._driver.call(calls.cancel_upload(repository, upload, held.location))
        self._forget(repository, upload)

    def _find(self, repository: RepositoryName, upload: UploadId) -> _OpenUpload:
        with self._mutex:
            held = self._uploads.get((repository, upload))
        if held is None:
            raise BlobUploadUnknown(repository=repository, upload=upload)
        return held

    def _move(self, held: _OpenUpload, answer: CallResponse, *, expected: int) -> UploadStatus:
        """Keep the location and the offset that `answer` reports."""
        status = UploadStatus(
            repository=held.status.repository,
            upload=held.status.upload,
            offset=answers.offset_of(answer, expected=expected),
            started=held.status.started,
        )
        location = answer.location or held.location
        return self._keep(_OpenUpload(location=location, status=status))

    def _keep(self, upload: _OpenUpload) -> UploadStatus:
        key = (upload.status.repository, upload.status.upload)
        with self._mutex:
            self._uploads[key] = upload
        return upload.status

    def _forget(self, repository: RepositoryName, upload: UploadId) -> None:
        with self._mutex:
            self._uploads.pop((repository, upload), None)
