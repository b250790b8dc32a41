"""Flows of uploads: a blob in chunks, or taken over from another repository. As in `flows`, no I/O.

Left out on purpose, with its place kept: an upload that lost its connection would go on from `calls.upload_status`
where `_send_chunks` sends a chunk.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Literal

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
from pytest_acr.content.arguments import checked
from pytest_acr.content.commands import (
    DigestValidationError,
    Flow,
    ReadSource,
    RewindSource,
    Send,
    UnusableAnswer,
    check_stored,
    reading,
)
from pytest_acr.content.models import UploadBlobResult

CHUNK_BYTES: Final = 4 * 1024 * 1024
"""How much of a blob is sent at a time: what the Azure SDKs send."""

MAX_CHUNK_BYTES: Final = 64 * 1024 * 1024
"""How large a chunk a registry may ask for: two of them are held in memory."""


def upload_blob(
    repository: RepositoryName, *, skip_existing: bool | str = False, chunk_bytes: int = CHUNK_BYTES
) -> Flow[UploadBlobResult]:
    """Upload what the source has, in chunks. DigestValidationError if it has not the digest that `skip_existing` names,
    or if the registry says that it stored another."""
    if type(chunk_bytes) is not int or chunk_bytes < 1:
        raise ValueError(f"chunk_bytes: expected a number of at least 1, found {chunk_bytes}")
    expected = None if skip_existing is False else (yield from _digest_to_skip(skip_existing))
    if expected is not None:
        found: CallResponse = yield Send(calls.head_blob(repository, expected), expect=(200, 404))
        if found.status == 200:
            return UploadBlobResult(digest=expected, size_in_bytes=_size_in(found, repository, expected))
    chunk: bytes = yield ReadSource(chunk_bytes)  # before any request: a source that cannot be read leaves no trace
    begun: CallResponse = yield Send(calls.start_upload(repository), expect=(202,))
    upload = _Upload.begun(repository, begun)
    if (missing := _min_chunk_bytes(begun, repository) - chunk_bytes) > 0:
        chunk_bytes += missing
        chunk += yield ReadSource(missing)
    sending = _send_chunks(upload, chunk, chunk_bytes, expected)
    del chunk  # it would live as long as the upload
    try:
        return (yield from sending)
    except GeneratorExit:  # nobody is there to send any more
        raise
    except BaseException:  # a task that was cancelled too
        # whatever failed is what the caller is told; a registry that cannot cancel forgets the upload in its own time
        with suppress(Exception):
            yield Send(upload.cancel(), expect=(204, 404), once=True)
        raise


def _size_in(answer: CallResponse, repository: RepositoryName, digest: Digest) -> int:
    with reading(repository, digest):
        return answers.decode_blob(answer, digest).size or 0


def _digest_to_skip(skip_existing: Literal[True] | str) -> Flow[Digest]:
    """Return the digest of what will be uploaded: as it is named, or as the source has it, which is then read twice."""
    if skip_existing is not True:
        return checked(parse_digest, skip_existing, "skip_existing")
    yield RewindSource()  # before anything is read: a source that cannot is refused as it was
    hasher = hashlib.sha256()
    while piece := (yield ReadSource(CHUNK_BYTES)):
        hasher.update(piece)
    yield RewindSource()
    return Digest(f"sha256:{hasher.hexdigest()}")


def _send_chunks(upload: "_Upload", chunk: bytes, chunk_bytes: int, expected: Digest | None) -> Flow[UploadBlobResult]:
    """Send `chunk` and what the source has behind it. The last chunk travels with the request that closes the upload: a
    small blob is two requests."""
    algorithm = "sha256" if expected is None else algorithm_of(expected)
    with AsideHasher(hashlib.new(algorithm)) as hasher:
        while True:
            hasher.update(chunk)
            following: bytes = (yield ReadSource(chunk_bytes)) if len(chunk) == chunk_bytes else b""
            if not following:
                break
            taken: CallResponse = yield Send(upload.append(chunk), expect=(202,))
            upload.move(taken, len(chunk))
            chunk = following
    digest = Digest(f"{algorithm}:{hasher.finished.hexdigest()}")
    if expected not in (None, digest):
        raise DigestValidationError(f"blob for {upload.repository}: expected {expected}, found {digest}")
    try:
        stored: CallResponse = yield Send(upload.finish(digest, chunk), expect=(201,))
    except Exception:
        # sent once more after its answer was lost, the request finds no upload: it has done its work
        if not (yield from _is_there(upload.repository, digest)):
            raise
    else:
        check_stored(stored, upload.repository, digest)
    return UploadBlobResult(digest=digest, size_in_bytes=upload.offset + len(chunk))


def _is_there(repository: RepositoryName, digest: Digest) -> Flow[bool]:
    with suppress(Exception):
        found: CallResponse = yield Send(calls.head_blob(repository, digest), expect=(200, 404), once=True)
        return found.status == 200
    return False


@dataclass
class _Upload:
    """An upload, and where it goes on. A Location is opaque and another one after each step."""

    repository: RepositoryName
    id: UploadId
    location: str
    offset: int = 0

    @classmethod
    def begun(cls, repository: RepositoryName, answer: CallResponse) -> "_Upload":
        return cls(repository, answers.upload_of(answer), _location_in(answer, repository))

    def move(self, answer: CallResponse, sent: int) -> None:
        self.location = _location_in(answer, self.repository)
        self.offset += sent

    def append(self, chunk: bytes) -> CallRequest:
        call = calls.append_chunk(self.repository, self.id, self.location, offset=self.offset, length=len(chunk))
        return replace(call, body=chunk)

    def finish(self, digest: Digest, chunk: bytes) -> CallRequest:
        placed = {"offset": self.offset or None, "length": len(chunk)}
        return replace(calls.finish_upload(self.repository, self.id, self.location, digest, **placed), body=chunk)

    def cancel(self) -> CallRequest:
        return calls.cancel_upload(self.repository, self.id, self.location)


def _location_in(answer: CallResponse, repository: RepositoryName) -> str:
    """Return where an upload goes on: at the same origin, as the token goes there too."""
    with suppress(ValueError):  # what is no URL at all
        if (location := answer.location) is not None and same_origin(answer.url, location):
            return location
    stated = (answer.header("Location") or "none").partition("?")[0]
    raise UnusableAnswer(f"upload to {repository}: expected a Location at the registry itself, found {stated}")


def _min_chunk_bytes(answer: CallResponse, repository: RepositoryName) -> int:
    """Return how small a chunk may be; not more than is held in memory for it."""
    found = answers.min_chunk_bytes(answer)
    if found > MAX_CHUNK_BYTES:
        raise UnusableAnswer(f"upload to {repository}: expected chunks of at most {MAX_CHUNK_BYTES} bytes to be wanted")
    return found


def mount_blob(repository: RepositoryName, digest: str, *, source: str) -> Flow[bool]:
    """Take a blob over from another repository of the registry; False if it has to be uploaded instead."""
    wanted, place = checked(parse_digest, digest, "digest"), checked(parse_repository_name, source, "source")
    answer: CallResponse = yield Send(calls.mount_blob(repository, wanted, source=place), expect=(201, 202))
    if answer.status == 202:
        yield Send(_Upload.begun(repository, answer).cancel(), expect=(204, 404))
    return answer.status == 201
