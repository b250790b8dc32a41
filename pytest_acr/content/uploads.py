"""Flows that upload a blob in chunks, or mount it from another repository. They do no I/O.

An upload fails when its connection is lost. To continue it instead, `_send_chunks` would request
the offset by `calls.upload_status`, and send the rest from there.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Literal

from fake_registry.arguments import check_type
from fake_registry.spec.hashing import AsideHasher
from fake_registry.spec.names import (
    Digest,
    RepositoryName,
    UploadId,
    algorithm_of,
    parse_digest,
    parse_repository_name,
)
from fake_registry.wire import answers, calls
from fake_registry.wire.messages import CallRequest, CallResponse
from fake_registry.wire.origins import same_origin
from pytest_acr.content.arguments import parse_argument
from pytest_acr.content.commands import (
    DigestValidationError,
    Flow,
    ReadSource,
    RewindSource,
    Send,
    UnusableAnswer,
    check_stored,
    explain_unusable,
)
from pytest_acr.content.models import UploadBlobResult

CHUNK_BYTES: Final = 4 * 1024 * 1024
"""The default size of a chunk, which is that of the Azure SDKs."""

MAX_CHUNK_BYTES: Final = 64 * 1024 * 1024
"""The largest minimum that a registry may require: two chunks are held in memory."""


def upload_blob(
    repository: RepositoryName,
    *,
    skip_existing: bool | str = False,
    chunk_bytes: int = CHUNK_BYTES,
) -> Flow[UploadBlobResult]:
    """Upload the source in chunks.

    DigestValidationError if its digest is not the one in `skip_existing`, or if the registry
    reports that it stored another.
    """
    check_type("chunk_bytes", chunk_bytes, int)
    if chunk_bytes < 1:
        raise ValueError(f"chunk_bytes: expected a number of at least 1, found {chunk_bytes}")

    expected = None if skip_existing is False else (yield from _digest_to_skip(skip_existing))
    if expected is not None:
        found: CallResponse = yield Send(calls.head_blob(repository, expected), expect=(200, 404))
        if found.status == 200:
            return UploadBlobResult(digest=expected, size_in_bytes=_size_of(found, repository, expected))

    # Read before any request: a source that cannot be read leaves no upload behind.
    chunk: bytes = yield ReadSource(chunk_bytes)
    started: CallResponse = yield Send(calls.start_upload(repository), expect=(202,))
    upload = _ChunkedUpload.start(repository, started)
    min_chunk_bytes = answers.min_chunk_bytes(started)
    sending = _send_source(upload, chunk, chunk_bytes, min_chunk_bytes, expected)
    del chunk  # or it would be held as long as the upload lasts
    return (yield from _cancel_on_error(sending, upload))


def _cancel_on_error(
    sending: Flow[UploadBlobResult],
    upload: "_ChunkedUpload",
) -> Flow[UploadBlobResult]:
    try:
        return (yield from sending)
    except GeneratorExit:  # the driver is closed and sends nothing more
        raise
    except BaseException:  # the cancellation of a task included
        # The caller receives the first error. A registry that cannot cancel an upload drops it later.
        with suppress(Exception):
            yield Send(upload.cancel(), expect=(204, 404), once=True)
        raise


def _size_of(answer: CallResponse, repository: RepositoryName, digest: Digest) -> int:
    with explain_unusable(repository, digest):
        return answers.decode_blob(answer, digest).size or 0


def _digest_to_skip(skip_existing: Literal[True] | str) -> Flow[Digest]:
    """Return the digest that is named, or that of the source, which is then read twice."""
    if skip_existing is not True:
        return parse_argument(parse_digest, skip_existing, "skip_existing")

    yield RewindSource()  # before anything is read: a source that cannot seek is left as it was
    hasher = hashlib.sha256()
    while piece := (yield ReadSource(CHUNK_BYTES)):
        hasher.update(piece)
    yield RewindSource()
    return Digest(f"sha256:{hasher.hexdigest()}")


def _send_source(
    upload: "_ChunkedUpload",
    chunk: bytes,
    chunk_bytes: int,
    min_chunk_bytes: int,
    expected: Digest | None,
) -> Flow[UploadBlobResult]:
    """Send `chunk` and the rest of the source, in chunks that the registry accepts."""
    _check_min_chunk(min_chunk_bytes, upload.repository)
    missing = min_chunk_bytes - chunk_bytes
    if missing > 0:
        chunk_bytes += missing
        chunk += yield ReadSource(missing)

    sending = _send_chunks(upload, chunk, chunk_bytes, expected)
    del chunk  # as above
    return (yield from sending)


def _send_chunks(
    upload: "_ChunkedUpload",
    chunk: bytes,
    chunk_bytes: int,
    expected: Digest | None,
) -> Flow[UploadBlobResult]:
    """Send `chunk` and the rest of the source.

    The last chunk goes with the request that closes the upload: a small blob takes two requests.
    """
    algorithm = "sha256" if expected is None else algorithm_of(expected)
    with AsideHasher(hashlib.new(algorithm)) as hasher:
        while True:
            hasher.update(chunk)
            is_full = len(chunk) == chunk_bytes
            following: bytes = (yield ReadSource(chunk_bytes)) if is_full else b""
            if not following:
                break
            accepted: CallResponse = yield Send(upload.append(chunk), expect=(202,))
            upload.move(accepted, len(chunk))
            chunk = following

    digest = Digest(f"{algorithm}:{hasher.finished.hexdigest()}")
    if expected not in (None, digest):
        mismatch = f"expected {expected}, found {digest}"
        raise DigestValidationError(f"blob for {upload.repository}: {mismatch}")
    yield from _finish(upload, digest, chunk)
    return UploadBlobResult(digest=digest, size_in_bytes=upload.offset + len(chunk))


def _finish(upload: "_ChunkedUpload", digest: Digest, chunk: bytes) -> Flow[None]:
    try:
        stored: CallResponse = yield Send(upload.finish(digest, chunk), expect=(201,))
    except Exception:
        # Repeated after its answer was lost, the request finds no upload: it has succeeded before.
        if not (yield from _has_blob(upload.repository, digest)):
            raise
    else:
        check_stored(stored, upload.repository, digest)


def _has_blob(repository: RepositoryName, digest: Digest) -> Flow[bool]:
    call = calls.head_blob(repository, digest)
    with suppress(Exception):
        found: CallResponse = yield Send(call, expect=(200, 404), once=True)
        return found.status == 200
    return False


@dataclass
class _ChunkedUpload:
    """An upload, its size and its location. A Location is opaque and changes after each step."""

    repository: RepositoryName
    id: UploadId
    location: str
    offset: int = 0

    @classmethod
    def start(cls, repository: RepositoryName, answer: CallResponse) -> "_ChunkedUpload":
        return cls(repository, answers.upload_of(answer), _location_of(answer, repository))

    def move(self, answer: CallResponse, sent: int) -> None:
        self.location = _location_of(answer, self.repository)
        self.offset += sent

    def append(self, chunk: bytes) -> CallRequest:
        place = {"offset": self.offset, "length": len(chunk)}
        call = calls.append_chunk(self.repository, self.id, self.location, **place)
        return replace(call, body=chunk)

    def finish(self, digest: Digest, chunk: bytes) -> CallRequest:
        place = {"offset": self.offset or None, "length": len(chunk)}
        call = calls.finish_upload(self.repository, self.id, self.location, digest, **place)
        return replace(call, body=chunk)

    def cancel(self) -> CallRequest:
        return calls.cancel_upload(self.repository, self.id, self.location)


def _location_of(answer: CallResponse, repository: RepositoryName) -> str:
    """Return the location of an upload: at the registry's origin, as the token goes there too."""
    with suppress(ValueError):  # for a malformed URL
        location = answer.location
        if location is not None and same_origin(answer.url, location):
            return location

    stated = (answer.header("Location") or "none").partition("?")[0]
    expected = "expected a Location at the registry itself"
    raise UnusableAnswer(f"upload to {repository}: {expected}, found {stated}")


def _check_min_chunk(found: int, repository: RepositoryName) -> None:
    """Raise UnusableAnswer if the registry requires larger chunks than are supported."""
    if found > MAX_CHUNK_BYTES:
        supported = f"at most {MAX_CHUNK_BYTES} are supported"
        required = f"the registry requires chunks of at least {found} bytes"
        raise UnusableAnswer(f"upload to {repository}: {required}; {supported}")


def mount_blob(repository: RepositoryName, digest: str, *, source: str) -> Flow[bool]:
    """Mount a blob of another repository; False if the registry requires an upload instead."""
    mounted = parse_argument(parse_digest, digest, "digest")
    origin = parse_argument(parse_repository_name, source, "source")
    call = calls.mount_blob(repository, mounted, source=origin)
    answer: CallResponse = yield Send(call, expect=(201, 202))
    if answer.status == 201:
        return True

    yield Send(_ChunkedUpload.start(repository, answer).cancel(), expect=(204, 404))
    return False
