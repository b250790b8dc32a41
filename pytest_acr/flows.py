"""Every operation of the content client, once, as a generator of commands: what to send and what comes next, no I/O.

A driver performs each command and sends the result back in; `content_client` has the one that blocks, `aio` the one
that awaits. Requests are built and answers read by `fake_registry.wire`; a refused one is raised by the driver, in
azure-core's classes, and thrown into the flow, as is whatever else goes wrong with a command.

Left out on purpose, with its place kept: an upload that lost its connection would go on from `calls.upload_status`
where `upload_blob` sends a chunk; a download from `calls.get_blob(start=...)` where `download_blob` reads a piece.
"""

import hashlib
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from fake_registry.spec import media_types
from fake_registry.spec.errors import RegistryError
from fake_registry.spec.manifest import Manifest, ManifestFacts
from fake_registry.spec.names import (
    Digest,
    Reference,
    RepositoryName,
    Tag,
    algorithm_of,
    digest_of,
    is_digest,
    parse_digest,
)
from fake_registry.wire import answers, calls
from fake_registry.wire.answers import Answer
from fake_registry.wire.calls import CallRequest
from pytest_acr.models import GetManifestResult, OciImageManifest, SetManifestResult, UploadBlobResult

CHUNK_BYTES: Final = 4 * 1024 * 1024
"""How much of a blob is sent at a time: what the Azure SDKs send."""

MAX_MANIFEST_BYTES: Final = 4 * 1024 * 1024
"""distribution-spec, Pushing Manifests; ACR takes no more."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request; the result is the `Answer`. With `stream` its body is left, for `ReadBody`.

    A status that is not one of `expect` is the driver's to raise.
    """

    call: CallRequest
    expect: tuple[int, ...] = (200,)
    stream: bool = False


@dataclass(frozen=True, slots=True)
class ReadSource:
    """Read just so many bytes of what is uploaded; the result is fewer only at its end."""

    size: int


@dataclass(frozen=True, slots=True)
class ReadBody:
    """Read the next piece of the answer that is streamed; the result is empty at its end."""


@dataclass(frozen=True, slots=True)
class Write:
    """Hand a piece of a download on."""

    piece: bytes


Command = Send | ReadSource | ReadBody | Write
# Any: what a command gives, Answer or bytes, and what is thrown in; each flow says what it returns.
Flow = Generator[Command, Any, Any]


class DigestValidationError(ValueError):
    """Content is not what its digest says."""


def upload_blob(repository: RepositoryName, *, skip_existing: Digest | None = None) -> Flow:
    """Upload what the source has, in chunks; UploadBlobResult. With `skip_existing` nothing is sent if that blob is
    there. DigestValidationError if the registry says that it stored something else.

    The last chunk travels with the request that closes the upload: a small blob is two requests.
    """
    if skip_existing is not None:
        found: Answer = yield Send(calls.head_blob(repository, skip_existing), expect=(200, 404))
        if found.status == 200:
            return UploadBlobResult(digest=skip_existing, size_in_bytes=answers.length_of(found) or 0)
    begun: Answer = yield Send(calls.start_upload(repository), expect=(202,))
    upload, location = answers.upload_of(begun), _location_of(begun)
    hasher, size = hashlib.sha256(), 0
    try:
        chunk: bytes = yield ReadSource(CHUNK_BYTES)
        while True:
            hasher.update(chunk)
            following: bytes = (yield ReadSource(CHUNK_BYTES)) if len(chunk) == CHUNK_BYTES else b""
            if not following:
                break
            appending = calls.append_chunk(repository, upload, location, offset=size, length=len(chunk))
            taken: Answer = yield Send(replace(appending, body=chunk), expect=(202,))
            location = _location_of(taken)
            size += len(chunk)
            chunk = following
        digest = Digest(f"sha256:{hasher.hexdigest()}")
        closing = calls.finish_upload(repository, upload, location, digest, offset=size or None, length=len(chunk))
        stored: Answer = yield Send(replace(closing, body=chunk), expect=(201,))
    except Exception:
        # whatever failed is what the caller is told; a registry that cannot cancel forgets the upload in its own time
        with suppress(Exception):
            yield Send(calls.cancel_upload(repository, upload, location), expect=(204, 404))
        raise
    _check_stored(stored, digest)
    return UploadBlobResult(digest=digest, size_in_bytes=size + len(chunk))


def mount_blob(repository: RepositoryName, digest: Digest, source: RepositoryName) -> Flow:
    """Take a blob over from another repository of the registry; False if it has to be uploaded instead."""
    answer: Answer = yield Send(calls.mount_blob(repository, digest, source=source), expect=(201, 202))
    if answer.status == 201:
        return True
    yield Send(calls.cancel_upload(repository, answers.upload_of(answer), _location_of(answer)), expect=(204, 404))
    return False


def download_blob(repository: RepositoryName, digest: Digest) -> Flow:
    """Download a blob piece by piece; its size in bytes. DigestValidationError if the content is another, after the
    last piece: whoever has written it must not keep it."""
    yield Send(calls.get_blob(repository, digest), stream=True)
    hasher, size = hashlib.new(algorithm_of(digest)), 0
    while piece := (yield ReadBody()):
        hasher.update(piece)
        size += len(piece)
        yield Write(piece)
    found = f"{algorithm_of(digest)}:{hasher.hexdigest()}"
    if found != digest:
        raise DigestValidationError(f"blob of {repository}: expected {digest}, found {found} in {size} bytes")
    return size


def set_manifest(repository: RepositoryName, content: bytes, media_type: str, *, tag: Tag | None) -> Flow:
    """Push a manifest, under a tag or its digest; SetManifestResult."""
    digest = digest_of(content)
    manifest = Manifest(content=content, media_type=media_type, digest=digest, facts=ManifestFacts())
    stored: Answer = yield Send(calls.put_manifest(repository, manifest, reference=tag or digest), expect=(201,))
    _check_stored(stored, digest)
    return SetManifestResult(digest=digest)


def get_manifest(repository: RepositoryName, reference: Reference, *, accept: str | None = None) -> Flow:
    """Pull a manifest; GetManifestResult. DigestValidationError if its content is not what was asked for or what the
    registry calls it, ValueError if it is larger than 4 MiB."""
    call = calls.get_manifest(repository, reference)
    headers = call.headers if accept is None else {**call.headers, "Accept": accept}
    answer: Answer = yield Send(replace(call, headers=headers), stream=True)
    content = bytearray()
    while piece := (yield ReadBody()):
        content += piece
        if len(content) > MAX_MANIFEST_BYTES:
            raise ValueError(f"{repository}: manifest {reference} is larger than {MAX_MANIFEST_BYTES} bytes")
    digest = _checked_digest(answer, bytes(content), repository, reference)
    media_type = (answer.header("Content-Type") or "").partition(";")[0].strip()
    image = OciImageManifest.from_bytes(bytes(content)) if media_type == media_types.OCI_MANIFEST else None
    return GetManifestResult(digest=digest, media_type=media_type, content=bytes(content), manifest=image)


def _checked_digest(answer: Answer, content: bytes, repository: RepositoryName, reference: Reference) -> Digest:
    stated = answer.header("Docker-Content-Digest")
    expected = reference if is_digest(reference) else None if stated is None else parse_digest(stated)
    found = digest_of(content, "sha256" if expected is None else algorithm_of(expected))
    if expected not in (None, found):
        raise DigestValidationError(f"manifest {reference} of {repository}: expected {expected}, found {found}")
    return found


def delete_manifest(repository: RepositoryName, digest: Digest) -> Flow:
    """Delete a manifest and its tags."""
    yield Send(calls.delete_manifest(repository, digest), expect=(202,))


def delete_blob(repository: RepositoryName, digest: Digest) -> Flow:
    """Delete a blob."""
    yield Send(calls.delete_blob(repository, digest), expect=(202,))


def _location_of(answer: Answer) -> str:
    """Return where an upload goes on, at the same origin: the token goes there too. Raises ValueError."""
    location = answer.location
    if location is None or not calls.same_origin(answer.url, location):
        raise ValueError(f"expected a Location at the registry itself, found {location}")
    return location


def _check_stored(answer: Answer, digest: Digest) -> None:
    try:
        answers.check_digest(answer, digest)
    except RegistryError as error:
        raise DigestValidationError(f"expected the registry to store {digest}: {error}") from error
