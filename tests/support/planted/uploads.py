"""Planted bugs in uploads: offsets, repeated chunks, status, cancel and close."""

from typing import Final

from fake_registry import FakeRegistry
from fake_registry.spec.names import digest_of
from tests.support.http import begin, send
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.steps import A, blob_target, has_blob, status_of


def send_chunk(registry: FakeRegistry, location: str, content: bytes, content_range: str) -> int:
    return status_of(registry, "PATCH", location, content, {"Content-Range": content_range})


def leave_a_gap(registry: FakeRegistry) -> object:
    return send_chunk(registry, begin(registry, A, b"four"), b"more", "5-8")


def repeat_a_chunk_at_its_offset(registry: FakeRegistry) -> object:
    """Send the second chunk again, to the newest location."""
    location = begin(registry, A, b"four", b"more")
    again = send_chunk(registry, location, b"more", "4-7")
    return again, send(registry, "GET", location).header("Range")


def repeat_a_chunk_at_its_location(registry: FakeRegistry) -> object:
    """Send the second chunk again, to the location that it was sent to."""
    location = begin(registry, A, b"four")
    first = status_of(registry, "PATCH", location, b"more")
    return first, status_of(registry, "PATCH", location, b"more")


def close_at_another_offset(registry: FakeRegistry) -> object:
    closing = f"{begin(registry, A, b'four')}&digest={digest_of(b'fourmore')}"
    return status_of(registry, "PUT", closing, b"more", {"Content-Range": "0-3"})


def send_less_than_announced(registry: FakeRegistry) -> object:
    return send_chunk(registry, begin(registry, A), b"four", "0-7")


def ranges_of_an_upload(registry: FakeRegistry) -> object:
    """Return the Range after a chunk and after another, as the answers and the status have it."""
    location = begin(registry, A)
    first = send(registry, "PATCH", location, b"four")
    second = send(registry, "PATCH", first.header("Location"), b"more")
    status = send(registry, "GET", second.header("Location"))
    return first.header("Range"), second.header("Range"), status.header("Range")


def cancel_after_a_chunk(registry: FakeRegistry) -> object:
    location = begin(registry, A, b"four")
    return status_of(registry, "DELETE", location), status_of(registry, "GET", location)


def cancel_twice(registry: FakeRegistry) -> object:
    location = begin(registry, A)
    return status_of(registry, "DELETE", location), status_of(registry, "DELETE", location)


def cancel_the_second_of_two(registry: FakeRegistry) -> object:
    first, second = begin(registry, A, b"four"), begin(registry, A)
    return status_of(registry, "DELETE", second), status_of(registry, "GET", first)


def close_twice(registry: FakeRegistry) -> object:
    location = begin(registry, A)
    closing = f"{location}&digest={digest_of(b'four')}"
    return status_of(registry, "PUT", closing, b"four"), status_of(registry, "GET", location)


def read_status_twice(registry: FakeRegistry) -> object:
    """Ask for the status, and send the next chunk to the location in its answer."""
    status = send(registry, "GET", begin(registry, A, b"four", b"more"))
    return status_of(registry, "PATCH", status.header("Location"), b"!")


def push_the_empty_blob(registry: FakeRegistry) -> object:
    closing = f"{begin(registry, A)}&digest={digest_of(b'')}"
    return status_of(registry, "PUT", closing, b""), has_blob(registry, b"")


def push_a_blob_again(registry: FakeRegistry) -> object:
    """Push a blob in one chunk, then in two, and read it."""
    for chunks in ((b"fourmore",), (b"four", b"more")):
        closing = f"{begin(registry, A, *chunks)}&digest={digest_of(b'fourmore')}"
        assert status_of(registry, "PUT", closing, b"") == 201
    return send(registry, "GET", blob_target(b"fourmore")).body


UPLOADS: Final = (
    PlantedBug(
        name="gap-between-chunks-is-accepted",
        kind="uploads: offsets",
        plant=edit("core.registry:check_position", "offset != found", "offset < found"),
        witness=leave_a_gap,
        right=416,
    ),
    PlantedBug(
        name="chunk-before-the-offset-is-appended",
        kind="uploads: repeated chunks",
        plant=edit("core.registry:check_position", "offset != found", "offset > found"),
        witness=repeat_a_chunk_at_its_offset,
        right=(416, "0-7"),
    ),
    PlantedBug(
        name="chunk-to-an-old-location-is-appended-again",
        kind="uploads: repeated chunks",
        profile="acr",  # the specification leaves the old Location open
        plant=edit("core.registry:check_position", "seen != found:", "seen > found:"),
        witness=repeat_a_chunk_at_its_location,
        right=(202, 404),
    ),
    PlantedBug(
        name="content-range-of-the-closing-put-is-ignored",
        kind="uploads: offsets",
        plant=edit("http.blobs:finish_upload", "offset=offset", "offset=None"),
        witness=close_at_another_offset,
        right=416,
    ),
    PlantedBug(
        name="chunk-shorter-than-its-content-range-is-kept",
        kind="uploads: offsets",
        plant=edit("http.blobs:_check_size", "if found != size:", "if found > size:"),
        witness=send_less_than_announced,
        right=416,
    ),
    PlantedBug(
        name="range-of-an-upload-counts-one-byte-too-many",
        kind="uploads: offsets",
        plant=edit("wire.ranges:encode_upload_range", "max(offset - 1, 0)", "offset"),
        witness=ranges_of_an_upload,
        right=("0-3", "0-7", "0-7"),
    ),
    PlantedBug(
        name="range-of-an-upload-is-that-of-the-last-chunk",
        kind="uploads: offsets",
        plant=edit(
            "http.blobs:append_chunk",
            "return empty(202, progress_headers(backend, status))",
            """
headers = progress_headers(backend, status)
return empty(202, headers | {"Range": encode_upload_range(call.body.received)})
""",
        ),
        witness=ranges_of_an_upload,
        right=("0-3", "0-7", "0-7"),
    ),
    PlantedBug(
        name="status-lacks-the-last-chunk",
        kind="uploads: status",
        plant=edit(
            "core.uploads:Uploads.status",
            "return _status_of(repository, self._find(repository, upload))",
            """
session = self._find(repository, upload)
return _status_of(repository, replace(session, offset=session.offset_before))
""",
        ),
        witness=ranges_of_an_upload,
        right=("0-3", "0-7", "0-7"),
    ),
    PlantedBug(
        name="location-in-a-status-is-that-of-the-first-chunk",
        kind="uploads: status",
        plant=edit(
            "http.blobs:upload_status",
            "return empty(204, progress_headers(backend, status))",
            """
headers = progress_headers(backend, status)
return empty(204, headers | {"Location": encode_upload_location(
    UploadStatus(repository=status.repository, upload=status.upload, offset=0, started=status.started),
    key=backend.key,
)})
""",
        ),
        witness=read_status_twice,
        right=202,
    ),
    PlantedBug(
        name="cancelled-upload-with-content-goes-on",
        kind="uploads: cancel",
        plant=edit(
            "core.uploads:Uploads.cancel",
            "find_upload(state, upload)",
            """
if find_upload(state, upload).offset:
    return
""",
        ),
        witness=cancel_after_a_chunk,
        right=(204, 404),
    ),
    PlantedBug(
        name="second-cancel-succeeds",
        kind="uploads: cancel",
        plant=edit(
            "core.uploads:Uploads.cancel",
            "find_upload(state, upload)",
            """
if upload not in state.uploads:
    return
""",
        ),
        witness=cancel_twice,
        right=(204, 404),
    ),
    PlantedBug(
        name="cancel-ends-all-uploads-of-the-repository",
        kind="uploads: cancel",
        plant=edit(
            "core.uploads:Uploads.cancel",
            "self._remove(repository, state, upload)",
            """
for one in tuple(state.uploads):
    self._remove(repository, state, one)
""",
        ),
        witness=cancel_the_second_of_two,
        right=(204, 204),
    ),
    PlantedBug(
        name="upload-that-was-closed-in-one-request-goes-on",
        kind="uploads: status",
        plant=edit(
            "core.uploads:Uploads.finish",
            "self._remove(repository, state, upload)",
            """
if session.offset:
    self._remove(repository, state, upload)
""",
        ),
        witness=close_twice,
        right=(201, 404),
    ),
    PlantedBug(
        name="empty-blob-is-unknown",
        kind="blobs of manifests",
        plant=edit("core.state:find_blob", "if blob is None:", "if blob is None or not blob.size:"),
        witness=push_the_empty_blob,
        right=(201, True),
    ),
    PlantedBug(
        name="blob-that-is-pushed-again-keeps-its-first-piece-alone",
        kind="digests: last chunk",
        plant=edit(
            "core.uploads:Uploads.finish",
            "state.blobs.setdefault(digest, blob)",
            """
known = digest in state.blobs
state.blobs[digest] = Blob(blob.pieces[:1], stored=now) if known else blob
""",
        ),
        witness=push_a_blob_again,
        right=b"fourmore",
    ),
)
