"""Handlers for blobs and uploads: distribution-spec v1.1.1, Pulling blobs and Pushing blobs."""

from collections.abc import Iterable, Iterator
from typing import Final

from fake_registry.core.registry import UploadStatus
from fake_registry.http import storage
from fake_registry.http.answers import Answer, empty, head_answer
from fake_registry.http.call import Backend, Call
from fake_registry.http.downloads import blob_answer
from fake_registry.http.upload_state import decode_upload_state, encode_upload_location
from fake_registry.spec.endpoints import EndpointName, endpoint_of
from fake_registry.spec.errors import BlobUploadRangeInvalid, DigestInvalid, SizeInvalid
from fake_registry.spec.manifest import Descriptor, size_of
from fake_registry.spec.media_types import OCTET_STREAM
from fake_registry.spec.names import (
    HEX_LENGTHS,
    Digest,
    RepositoryName,
    parse_digest,
    parse_repository_name,
)
from fake_registry.wire.ranges import encode_upload_range, parse_content_range

_BLOB_PATH: Final = endpoint_of(EndpointName.BLOB_GET).path


def get_blob(backend: Backend, call: Call) -> Answer:
    """200 or 206 with the bytes, or ACR's 307 to the storage account."""
    host = _storage_host(backend, call)
    if host is not None:
        blob = backend.registry.stat_blob(call.repository, call.digest)
        return storage.redirect(backend, call, blob, host)

    reader = backend.registry.get_blob(call.repository, call.digest)
    return blob_answer(backend, reader, call, {"Docker-Content-Digest": call.digest})


def head_blob(backend: Backend, call: Call) -> Answer:
    """200 with the full length; a Range is ignored.

    The headers are those of a GET that is not redirected. Where it would be redirected, they are
    those of ACR, without Accept-Ranges (acr-behaviour 8.3).
    """
    blob = backend.registry.stat_blob(call.repository, call.digest)
    headers: dict[str, str] = {"Docker-Content-Digest": blob.digest}
    if _storage_host(backend, call) is None:
        headers = {"Accept-Ranges": "bytes", **headers}
    return head_answer(size_of(blob), OCTET_STREAM, headers)


def _storage_host(backend: Backend, call: Call) -> str | None:
    """Return the host that a download is redirected to; None if it is sent directly."""
    return storage.host_of(backend, call) if backend.settings.blob_redirect else None


def delete_blob(backend: Backend, call: Call) -> Answer:
    """202."""
    backend.registry.delete_blob(call.repository, call.digest)
    return empty(202, {})


def start_upload(backend: Backend, call: Call) -> Answer:
    """202 with the location of a new upload; 201 for a mounted blob and for a blob in the body."""
    if "mount" in call.query:
        return _mount(backend, call)
    if "digest" in call.query:
        digest = parse_digest(call.query["digest"])
        return _answer_created(call, backend.registry.put_blob(call.repository, digest, call.body))

    call.body.drain()  # malformed, it must start no upload
    algorithm = call.query.get("digest-algorithm", "sha256")
    if algorithm not in HEX_LENGTHS:
        raise DigestInvalid(f"expected one of {', '.join(HEX_LENGTHS)}", algorithm=algorithm)
    return _answer_started(backend, backend.registry.start_upload(call.repository))


def _mount(backend: Backend, call: Call) -> Answer:
    call.body.drain()
    digest, source = mount_of(call)
    if source is None and not call.reads_all:
        return _answer_started(backend, backend.registry.start_upload(call.repository))

    mounted = backend.registry.mount_blob(call.repository, digest, source=source)
    if isinstance(mounted, Descriptor):
        return _answer_created(call, mounted)
    return _answer_started(backend, mounted)


def append_chunk(backend: Backend, call: Call) -> Answer:
    """202 with the next location."""
    if call.body.length == 0 and not call.request.header("Content-Length"):
        raise SizeInvalid("expected a Content-Length or a chunked body")

    offset, content = _offset_and_content(call)
    seen = _seen_offset(backend, call)
    status = backend.registry.append_chunk(
        call.repository,
        call.upload,
        content,
        offset=offset,
        seen=seen,
    )
    return empty(202, progress_headers(backend, status))


def finish_upload(backend: Backend, call: Call) -> Answer:
    """201 with the blob's location."""
    digest = parse_digest(call.query.get("digest", ""))
    offset, tail = _offset_and_content(call)
    seen = _seen_offset(backend, call)
    blob = backend.registry.finish_upload(
        call.repository,
        call.upload,
        digest,
        tail=tail,
        offset=offset,
        seen=seen,
    )
    return _answer_created(call, blob)


def upload_status(backend: Backend, call: Call) -> Answer:
    """204 with the current location."""
    _seen_offset(backend, call)
    status = backend.registry.upload_status(call.repository, call.upload)
    return empty(204, progress_headers(backend, status))


def cancel_upload(backend: Backend, call: Call) -> Answer:
    """204."""
    _seen_offset(backend, call)
    backend.registry.cancel_upload(call.repository, call.upload)
    return empty(204, {"Docker-Upload-Uuid": call.upload})


def mount_of(call: Call) -> tuple[Digest, RepositoryName | None]:
    """Return the blob that a mount is for, and the repository in its `from`, None without one.

    Raises DigestInvalid, NameInvalid.
    """
    source = call.query.get("from")
    digest = parse_digest(call.query["mount"])
    return digest, None if source is None else parse_repository_name(source)


def _seen_offset(backend: Backend, call: Call) -> int:
    state = call.query.get("_state")
    return decode_upload_state(state, call.repository, call.upload, key=backend.key)


def _offset_and_content(call: Call) -> tuple[int | None, Iterable[bytes]]:
    """Return the start in Content-Range, None without one, and the body, whose length it checks."""
    text = call.request.header("Content-Range")
    if text is None:
        return None, call.body
    start, stop = parse_content_range(text)
    return start, _check_size(stop - start, call.body, text)


def _check_size(size: int, pieces: Iterable[bytes], content_range: str) -> Iterator[bytes]:
    found = 0
    for piece in pieces:
        found += len(piece)
        yield piece

    if found != size:
        reason = f"expected {size} bytes, found {found}"
        raise BlobUploadRangeInvalid(reason, content_range=content_range, found=found)


def progress_headers(
    backend: Backend,
    status: UploadStatus,
    *,
    begun: bool = False,
) -> dict[str, str]:
    """Return the headers of answers about an upload; `begun` marks the first of them."""
    return {
        "Docker-Upload-Uuid": status.upload,
        "Location": encode_upload_location(status, key=backend.key, begun=begun),
        "Range": encode_upload_range(status.offset),
    }


def _answer_started(backend: Backend, status: UploadStatus) -> Answer:
    return empty(202, progress_headers(backend, status, begun=True))


def _answer_created(call: Call, blob: Descriptor) -> Answer:
    location = _BLOB_PATH.format(repository=call.repository, digest=blob.digest)
    return empty(201, {"Docker-Content-Digest": blob.digest, "Location": location})
