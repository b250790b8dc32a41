"""Every operation of the content clients, once, as a generator of commands: what to send and what comes next, no I/O.

A driver performs each command and sends the result back in; `content_client` has the one that blocks, `aio` the one
that awaits. Requests are built and answers read by `fake_registry.wire`; a refused one is raised by the driver, in
azure-core's classes, and thrown into the flow, as is whatever else goes wrong with a command. Arguments are the
callers' own: ValueError and TypeError come before the first command.

Left out on purpose, with its place kept: an upload that lost its connection would go on from `calls.upload_status`
where `_send_chunks` sends one; a download from `calls.get_blob(start=...)` where `download_blob` reads a piece. Several
flows at once, a whole image, are several drivers; progress is what `ReadSource` and `Deliver` have seen.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final, Literal

from fake_registry.core.blobs import AsideHasher
from fake_registry.spec import media_types
from fake_registry.spec.errors import RegistryError
from fake_registry.spec.manifest import Manifest, ManifestFacts
from fake_registry.spec.names import (
    Digest,
    Reference,
    RepositoryName,
    UploadId,
    algorithm_of,
    digest_of,
    is_digest,
    parse_digest,
    parse_reference,
    parse_repository_name,
    parse_tag,
)
from fake_registry.wire import answers, calls
from fake_registry.wire.answers import Answer
from fake_registry.wire.calls import CallRequest
from pytest_acr.arguments import checked
from pytest_acr.commands import (
    Deliver,
    DigestValidationError,
    Flow,
    ReadBody,
    ReadSource,
    RewindSource,
    Send,
    UnusableAnswer,
)
from pytest_acr.models import GetManifestResult, OciImageManifest, SetManifestResult, UploadBlobResult, media_type_in

CHUNK_BYTES: Final = 4 * 1024 * 1024
"""How much of a blob is sent at a time: what the Azure SDKs send."""

MAX_MANIFEST_BYTES: Final = 4 * 1024 * 1024
"""distribution-spec, Pushing Manifests; ACR takes no more."""


# blobs


def upload_blob(
    repository: RepositoryName, *, skip_existing: bool | str = False, chunk_bytes: int = CHUNK_BYTES
) -> Flow[UploadBlobResult]:
    """Upload what the source has, in chunks. DigestValidationError if it has not the digest that `skip_existing` names,
    or if the registry says that it stored another."""
    if chunk_bytes < 1:
        raise ValueError(f"chunk_bytes: expected at least 1, found {chunk_bytes}")
    expected = (yield from _digest_to_skip(skip_existing)) if skip_existing else None
    if expected is not None:
        found: Answer = yield Send(calls.head_blob(repository, expected), expect=(200, 404))
        if found.status == 200:
            return UploadBlobResult(digest=expected, size_in_bytes=_size_in(found, repository, expected))
    chunk: bytes = yield ReadSource(chunk_bytes)  # before any request: a source that cannot be read leaves no trace
    begun: Answer = yield Send(calls.start_upload(repository), expect=(202,))
    upload = _Upload.begun(repository, begun)
    if (missing := answers.min_chunk_bytes(begun) - chunk_bytes) > 0:
        chunk_bytes += missing
        chunk += yield ReadSource(missing)
    sending = _send_chunks(upload, chunk, chunk_bytes, expected)
    del chunk  # it would live as long as the upload
    try:
        return (yield from sending)
    except Exception:
        # whatever failed is what the caller is told; a registry that cannot cancel forgets the upload in its own time
        with suppress(Exception):
            yield Send(upload.cancel(), expect=(204, 404))
        raise


def _size_in(answer: Answer, repository: RepositoryName, digest: Digest) -> int:
    with _reading(repository, digest):
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
            taken: Answer = yield Send(upload.append(chunk), expect=(202,))
            upload.move(taken, len(chunk))
            chunk = following
    digest = Digest(f"{algorithm}:{hasher.finished.hexdigest()}")
    if expected not in (None, digest):
        raise DigestValidationError(f"blob for {upload.repository}: expected {expected}, found {digest}")
    stored: Answer = yield Send(upload.finish(digest, chunk), expect=(201,))
    _check_stored(stored, upload.repository, digest)
    return UploadBlobResult(digest=digest, size_in_bytes=upload.offset + len(chunk))


@dataclass
class _Upload:
    """An upload, and where it goes on. A Location is opaque and another one after each step."""

    repository: RepositoryName
    id: UploadId
    location: str
    offset: int = 0

    @classmethod
    def begun(cls, repository: RepositoryName, answer: Answer) -> "_Upload":
        return cls(repository, answers.upload_of(answer), _location_in(answer, repository))

    def move(self, answer: Answer, sent: int) -> None:
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


def _location_in(answer: Answer, repository: RepositoryName) -> str:
    """Return where an upload goes on: at the same origin, as the token goes there too."""
    location = answer.location
    if location is None or not calls.same_origin(answer.url, location):
        raise UnusableAnswer(f"upload to {repository}: expected a Location at the registry itself, found {location}")
    return location


def mount_blob(repository: RepositoryName, digest: str, *, source: str) -> Flow[bool]:
    """Take a blob over from another repository of the registry; False if it has to be uploaded instead."""
    wanted, place = checked(parse_digest, digest, "digest"), checked(parse_repository_name, source, "source")
    answer: Answer = yield Send(calls.mount_blob(repository, wanted, source=place), expect=(201, 202))
    if answer.status == 202:
        yield Send(_Upload.begun(repository, answer).cancel(), expect=(204, 404))
    return answer.status == 201


def download_blob(repository: RepositoryName, digest: str) -> Flow[int]:
    """Deliver a blob piece by piece; its size in bytes. DigestValidationError if the content is another, after the last
    piece: whoever has written it must not keep it."""
    wanted = checked(parse_digest, digest, "digest")
    yield Send(_as_stored(calls.get_blob(repository, wanted)), stream=True)
    size = 0
    with AsideHasher(hashlib.new(algorithm_of(wanted))) as hasher:
        while piece := (yield ReadBody()):
            hasher.update(piece)
            size += len(piece)
            yield Deliver(piece)
    found = f"{algorithm_of(wanted)}:{hasher.finished.hexdigest()}"
    if found != wanted:
        raise DigestValidationError(f"blob of {repository}: expected {wanted}, found {found} in {size} bytes")
    return size


def delete_blob(repository: RepositoryName, digest: str) -> Flow[None]:
    """Delete a blob."""
    yield Send(calls.delete_blob(repository, checked(parse_digest, digest, "digest")), expect=(202,))


# manifests


def set_manifest(repository: RepositoryName, *, tag: str | None, media_type: str | None) -> Flow[SetManifestResult]:
    """Push the manifest that the source has, under a tag or its digest. Without `media_type` it is what the manifest
    says of itself, or else an OCI image; ValueError if the two differ, or for more than 4 MiB."""
    named = None if tag is None else checked(parse_tag, tag, "tag")
    content: bytes = yield ReadSource(MAX_MANIFEST_BYTES + 1)
    if len(content) > MAX_MANIFEST_BYTES:
        raise ValueError(f"manifest: expected at most {MAX_MANIFEST_BYTES} bytes, found more")
    stated = media_type_in(content)
    if media_type is not None and stated not in (None, media_type):
        raise ValueError(f"media_type: expected {stated}, which the manifest says it is, found {media_type}")
    digest = digest_of(content)
    sent_as = str(media_type or stated or media_types.OCI_MANIFEST)
    manifest = Manifest(content=content, media_type=sent_as, digest=digest, facts=ManifestFacts())
    stored: Answer = yield Send(calls.put_manifest(repository, manifest, reference=named or digest), expect=(201,))
    _check_stored(stored, repository, digest)
    return SetManifestResult(digest=digest)


def get_manifest(
    repository: RepositoryName, tag_or_digest: str, *, accept: str | None = None
) -> Flow[GetManifestResult]:
    """Pull a manifest. DigestValidationError if its content is not what was asked for or what the registry calls it."""
    reference = checked(parse_reference, tag_or_digest, "tag_or_digest")
    call = _as_stored(calls.get_manifest(repository, reference))
    headers = call.headers if accept is None else {**call.headers, "Accept": accept}
    answer: Answer = yield Send(replace(call, headers=headers), stream=True)
    pieces = bytearray()
    while piece := (yield ReadBody()):
        pieces += piece
        if len(pieces) > MAX_MANIFEST_BYTES:
            limit = f"expected a manifest of at most {MAX_MANIFEST_BYTES} bytes, found more"
            raise UnusableAnswer(f"manifest {reference} of {repository}: {limit}")
    content = bytes(pieces)
    digest = _checked_digest(answer, content, repository, reference)
    media_type = answers.manifest_type(answer) or media_type_in(content) or answer.header("Content-Type") or ""
    with _reading(repository, reference):
        image = OciImageManifest.from_bytes(content) if media_type == media_types.OCI_MANIFEST else None
    return GetManifestResult(digest=digest, media_type=media_type, content=content, manifest=image)


def delete_manifest(repository: RepositoryName, digest: str) -> Flow[None]:
    """Delete a manifest and its tags."""
    yield Send(calls.delete_manifest(repository, checked(parse_digest, digest, "digest")), expect=(202,))


# what they have in common


def _as_stored(call: CallRequest) -> CallRequest:
    """Ask for the very bytes: of compressed ones neither length nor digest mean anything."""
    return replace(call, headers={**call.headers, "Accept-Encoding": "identity"})


def _checked_digest(answer: Answer, content: bytes, repository: RepositoryName, reference: Reference) -> Digest:
    stated = answer.header("Docker-Content-Digest")
    with _reading(repository, reference):
        expected = reference if is_digest(reference) else None if stated is None else parse_digest(stated)
    found = digest_of(content, "sha256" if expected is None else algorithm_of(expected))
    if expected not in (None, found):
        raise DigestValidationError(f"manifest {reference} of {repository}: expected {expected}, found {found}")
    return found


def _check_stored(answer: Answer, repository: RepositoryName, digest: Digest) -> None:
    try:
        answers.check_digest(answer, digest)
    except RegistryError as error:
        raise DigestValidationError(f"{repository}: expected the registry to store {digest}: {error}") from error


@contextmanager
def _reading(repository: RepositoryName, reference: Reference) -> Iterator[None]:
    """Say of which answer it is that something is wrong with it."""
    try:
        yield
    except (ValueError, RegistryError) as error:
        raise UnusableAnswer(f"{reference} of {repository}: {error}") from error
