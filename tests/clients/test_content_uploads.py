"""The content client, sync and async: uploads of blobs."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Literal

import pytest
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError, ServiceResponseError
from hypothesis import given
from hypothesis import strategies as st

from fake_registry import Disconnect, FakeRegistry, Fault, ManualClock, Refuse, Settings
from fake_registry.http.faults import Effect, When
from pytest_acr import Connection, ContainerRegistryContentClient, DigestValidationError, connect
from tests.clients.content import AioDribble, Alter, Dribble, exchanges_at, pieces_of, trickle
from tests.support.clients import (
    CHUNK,
    HELLO,
    MIB,
    OCI_INDEX,
    UNKNOWN_DIGEST,
    NewContentClient,
    digest_of,
    some_bytes,
    stored_bytes,
)
from tests.support.products import cross


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5])
def test_blob_of_any_size_is_stored_whole(content_client: ContainerRegistryContentClient, size: int) -> None:
    """Empty ones too, which the official client cannot read (azure-sdk-quirks)."""
    content = some_bytes(size)
    stored = content_client.upload_blob(content)
    assert (stored.digest, stored.size_in_bytes) == (digest_of(content), size)
    assert content_client.download_blob_content(stored.digest).content == content


def test_each_chunk_is_sent_once_and_filled_from_short_reads(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    content = some_bytes(2 * CHUNK + MIB)
    assert content_client.upload_blob(Dribble(content, 100_000)).digest == digest_of(content)
    assert [one.request_bytes for one in exchanges_at(acr, "upload.chunk")] == [CHUNK, CHUNK]
    assert [one.request_bytes for one in exchanges_at(acr, "upload.finish")] == [MIB]


CONTENT = some_bytes(1000)

Source = Callable[[Path], object]

SOURCES: dict[str, Source] = {
    "bytes": lambda _: CONTENT,
    "bytearray": lambda _: bytearray(CONTENT),
    "memoryview of items": lambda _: memoryview(CONTENT).cast("I"),
    "path": lambda path: path,
    "file": lambda path: path.open("rb"),
    "unbuffered file": lambda path: path.open("rb", buffering=0),
    "stream": lambda _: io.BytesIO(CONTENT),
    "stream that cannot seek": lambda _: Dribble(CONTENT, 7),
    "list": lambda _: list(pieces_of(CONTENT, 30)),
    "generator": lambda _: pieces_of(CONTENT, 30),
    "generator of nothing, too": lambda _: iter([b"", CONTENT[:5], b"", CONTENT[5:], b""]),
}


@cross({"chunk_bytes": [333, 3, 1000, 5000], "source": SOURCES})
def test_every_kind_of_source_is_uploaded_in_chunks(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, tmp_path: Path, source: Source, chunk_bytes: int
) -> None:
    path = tmp_path / "content"
    path.write_bytes(CONTENT)
    data = source(path)
    stored = content_client.upload_blob(data, chunk_bytes=chunk_bytes)  # type: ignore[arg-type]  # any kind
    if close := getattr(data, "close", None):
        assert not getattr(data, "closed", False), "a caller's stream stays open"
        close()
    assert stored_bytes(acr, HELLO, stored.digest) == CONTENT
    sizes = [one.request_bytes for one in (*exchanges_at(acr, "upload.chunk"), *exchanges_at(acr, "upload.finish"))]
    assert sizes == [len(piece) for piece in pieces_of(CONTENT, chunk_bytes)]


def test_stream_is_read_from_its_position(content_client: ContainerRegistryContentClient) -> None:
    stream = io.BytesIO(b"header" + CONTENT)
    stream.seek(6)
    assert content_client.upload_blob(stream).digest == digest_of(CONTENT)


@pytest.mark.parametrize("flavour", ["aio"])
@pytest.mark.parametrize("step", [1, 300, 2000])
def test_every_kind_of_async_source_is_uploaded(content_client: ContainerRegistryContentClient, step: int) -> None:
    """What only the async client takes."""
    iterable = trickle(b"", *pieces_of(CONTENT, step))
    assert content_client.upload_blob(iterable, chunk_bytes=400).digest == digest_of(CONTENT)  # type: ignore[arg-type]
    stream = AioDribble(CONTENT, step)
    assert content_client.upload_blob(stream, chunk_bytes=400).digest == digest_of(CONTENT)  # type: ignore[arg-type]


def test_registry_can_require_larger_chunks(acr: FakeRegistry, content_client: ContainerRegistryContentClient) -> None:
    """distribution-spec v1.1.1, Pushing a blob in chunks: chunks SHOULD be no smaller than OCI-Chunk-Min-Length."""
    acr.faults.add(Fault("upload.start", Alter({"OCI-Chunk-Min-Length": "300"})))
    content_client.upload_blob(CONTENT, chunk_bytes=100)
    assert [one.request_bytes for one in exchanges_at(acr, "upload.chunk")] == [300, 300, 300]


@pytest.mark.parametrize("known", [True, digest_of(b"hello")])
def test_existing_blob_is_skipped(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, known: Literal[True] | str
) -> None:
    first = content_client.upload_blob(b"hello", skip_existing=known)
    acr.forget_requests()
    assert content_client.upload_blob(b"hello", skip_existing=known) == first
    assert [one.endpoint for one in acr.requests] == ["blob.head"]


def test_existing_blob_is_skipped_for_every_source(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, tmp_path: Path
) -> None:
    path = tmp_path / "content"
    path.write_bytes(CONTENT)
    stream = io.BytesIO(b"header" + CONTENT)
    stream.seek(6)
    for data in (path, stream, list(pieces_of(CONTENT, 100))):
        assert content_client.upload_blob(data, skip_existing=True).size_in_bytes == 1000
    assert len(exchanges_at(acr, "upload.finish")) == 1
    assert stored_bytes(acr, HELLO, digest_of(CONTENT)) == CONTENT


@pytest.mark.parametrize("data", [lambda: Dribble(CONTENT, 7), lambda: pieces_of(CONTENT, 7), lambda: trickle(CONTENT)])
def test_skip_existing_requires_a_source_that_can_be_read_twice(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, data: Callable[[], object]
) -> None:
    given = data()
    with pytest.raises((ValueError, TypeError), match=r"can seek|for the async client"):
        content_client.upload_blob(given, skip_existing=True)  # type: ignore[arg-type]  # any kind
    assert len(acr.requests) == 0


def test_sha512_is_used_if_the_caller_names_it(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    import hashlib

    digest = f"sha512:{hashlib.sha512(CONTENT).hexdigest()}"
    assert content_client.upload_blob(CONTENT, skip_existing=digest).digest == digest
    assert content_client.download_blob_content(digest).content == CONTENT


def test_content_with_another_digest_than_named_is_not_stored(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    with pytest.raises(DigestValidationError, match=f"{HELLO}: expected {UNKNOWN_DIGEST}, found {digest_of(CONTENT)}"):
        content_client.upload_blob(CONTENT, skip_existing=UNKNOWN_DIGEST)
    assert acr.content.snapshot().repositories == ()


def test_mount_reports_whether_the_blob_was_found(acr: FakeRegistry, new_content_client: NewContentClient) -> None:
    here, there = new_content_client(HELLO), new_content_client("samples/there")
    digest = here.upload_blob(b"hello").digest
    assert [there.mount_blob(digest, source=HELLO), there.mount_blob(UNKNOWN_DIGEST, source=HELLO)] == [True, False]
    assert there.download_blob_content(digest).content == b"hello"
    assert len(exchanges_at(acr, "upload.cancel")) == 1, "the upload that the registry starts instead is cancelled"


@pytest.mark.parametrize("effect", [Refuse(400), Disconnect()])
def test_failed_upload_is_cancelled(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, effect: Refuse | Disconnect
) -> None:
    acr.faults.add(Fault("upload.chunk", effect))
    asked = f"PATCH of repository {HELLO}, upload "
    with pytest.raises((HttpResponseError, ServiceResponseError, ServiceRequestError), match=asked):
        content_client.upload_blob(CONTENT, chunk_bytes=999)
    assert acr.content.snapshot().repositories == ()


def test_failed_cancel_does_not_hide_the_error(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    acr.faults.add(Fault("upload.chunk", Refuse(400, code="BLOB_UPLOAD_INVALID")))
    acr.faults.add(Fault("upload.cancel", Refuse(400, code="UNSUPPORTED")))
    with pytest.raises(HttpResponseError, match="BLOB_UPLOAD_INVALID"):
        content_client.upload_blob(CONTENT, chunk_bytes=999)


def test_error_of_the_source_is_raised_and_cancels_the_upload(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    def broken() -> object:
        yield CONTENT
        yield CONTENT
        raise ConnectionResetError("the caller's own")

    with pytest.raises(ConnectionResetError, match="the caller's own"):
        content_client.upload_blob(broken(), chunk_bytes=1000)  # type: ignore[arg-type]  # a generator of bytes
    assert len(exchanges_at(acr, "upload.chunk")) == 1
    assert acr.content.snapshot().repositories == ()


@pytest.mark.parametrize("endpoint", ["upload.start", "upload.chunk"])
@pytest.mark.parametrize(
    "location",
    [
        None,
        "https://evil.example/v2/samples/hello/blobs/uploads/1?_state=secret",
        "http://fake.azurecr.io/v2/",
        "//evil.example/",
        "https://evil.example\\@fake.azurecr.io/v2/",
        "https://fake.azurecr.io:99999/v2/",
        "https://[bad/v2/",
    ],
)
def test_location_outside_the_registry_is_refused(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, endpoint: str, location: str | None
) -> None:
    """No token is sent to another host or over plain http."""
    acr.faults.add(Fault(endpoint, Alter({"Location": location})))
    with pytest.raises(ServiceResponseError, match=f"{HELLO}: expected a Location at the registry itself") as raised:
        content_client.upload_blob(CONTENT, chunk_bytes=999)
    assert "secret" not in str(raised.value)
    assert not exchanges_at(acr, "upload.finish")


CHANGES: dict[str, Callable[[ContainerRegistryContentClient], object]] = {
    "upload.start": lambda client: client.upload_blob(CONTENT),
    "upload.chunk": lambda client: client.upload_blob(CONTENT, chunk_bytes=999),
    "manifest.put": lambda client: client.set_manifest({"schemaVersion": 2, "manifests": []}, media_type=OCI_INDEX),
    "blob.delete": lambda client: client.delete_blob(digest_of(b"{}")),
}


@pytest.mark.parametrize("endpoint", CHANGES)
def test_changes_follow_no_redirect(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, endpoint: str
) -> None:
    """Content is not sent to the target of a redirect."""
    content_client.upload_blob(b"{}")
    acr.faults.add(Fault(endpoint, Alter({"Location": "https://fake.eastus.data.azurecr.io/x"}, status=307)))
    with pytest.raises(HttpResponseError, match="status 307"):
        CHANGES[endpoint](content_client)
    assert {one.host for one in acr.requests} == {"fake.azurecr.io"}


@pytest.mark.parametrize("effect", [Disconnect(), Refuse(503)])
def test_lost_answer_to_the_last_request_does_not_fail_the_upload(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, effect: Disconnect | Refuse
) -> None:
    """The retried request finds no upload, but the blob exists."""
    acr.faults.add(Fault("upload.finish", effect, when="after", times=1))
    assert content_client.upload_blob(CONTENT).digest == digest_of(CONTENT)
    assert stored_bytes(acr, HELLO, digest_of(CONTENT)) == CONTENT


def test_cancelled_task_cancels_its_upload(acr: FakeRegistry, connection: Connection) -> None:
    async def one_chunk_and_no_more() -> AsyncIterator[bytes]:
        yield CONTENT
        yield CONTENT
        begun.set()
        await asyncio.Event().wait()

    async def upload() -> None:
        client = connection.aio_content_client(HELLO)
        task = asyncio.ensure_future(client.upload_blob(one_chunk_and_no_more(), chunk_bytes=1000))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    begun = asyncio.Event()
    asyncio.run(upload())
    assert acr.content.snapshot().repositories == ()
    assert [one.endpoint for one in acr.requests][-2:] == ["oauth.token", "upload.cancel"]


@pytest.mark.parametrize("wanted", [str(65 * MIB), "1" * 18])
def test_required_chunk_above_the_supported_size_is_an_error(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, wanted: str
) -> None:
    acr.faults.add(Fault("upload.start", Alter({"OCI-Chunk-Min-Length": wanted})))
    with pytest.raises(
        ServiceResponseError, match=f"{HELLO}: .* at least {wanted} bytes; at most 67108864 are supported"
    ):
        content_client.upload_blob(CONTENT)

    acr.requests.assert_count(1, endpoint="upload.cancel", status=204)


def test_source_that_fails_in_a_larger_chunk_leaves_no_upload(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    """The registry requires the larger chunk when it starts the upload."""

    def broken() -> object:
        yield b"0123456789"
        raise OSError("the disk is gone")

    acr.faults.add(Fault("upload.start", Alter({"OCI-Chunk-Min-Length": "20"})))
    with pytest.raises(OSError, match="the disk is gone"):
        content_client.upload_blob(broken(), chunk_bytes=10)  # type: ignore[arg-type]  # a generator of bytes

    acr.requests.assert_count(1, endpoint="upload.cancel", status=204)


@pytest.mark.parametrize("wanted", ["", "many", "-1", "9" * 5000])
def test_malformed_chunk_length_is_ignored(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, wanted: str
) -> None:
    acr.faults.add(Fault("upload.start", Alter({"OCI-Chunk-Min-Length": wanted})))
    assert content_client.upload_blob(CONTENT).size_in_bytes == 1000


@pytest.mark.parametrize("stated", [UNKNOWN_DIGEST, "sha256:nonsense"])
def test_other_digest_reported_by_the_registry_is_an_error(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, stated: str
) -> None:
    acr.faults.add(Fault("upload.finish", Alter({"Docker-Content-Digest": stated})))
    with pytest.raises(
        DigestValidationError, match=f"^{HELLO}: expected the registry to store {digest_of(CONTENT)}, found {stated}$"
    ):
        content_client.upload_blob(CONTENT)


def test_throttled_client_waits_on_the_clock(acr: FakeRegistry, content_client: ContainerRegistryContentClient) -> None:
    throttled = acr.faults.add(Fault("upload.*", Refuse(429, retry_after=60), times=2))
    assert content_client.upload_blob(CONTENT, chunk_bytes=999).digest == digest_of(CONTENT)
    assert throttled.hits == 2
    assert stored_bytes(acr, HELLO, digest_of(CONTENT)) == CONTENT


@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(1, 7), st.integers(1, 50))
def test_blob_in_pieces_of_any_size_is_stored_whole(parts: list[bytes], step: int, chunk_bytes: int) -> None:
    content = b"".join(parts)
    with connect(FakeRegistry(Settings(auth="off"), clock=ManualClock())) as connection:
        client = connection.content_client(HELLO)
        sources = (content, iter(parts), Dribble(content, step))
        stored = {client.upload_blob(source, chunk_bytes=chunk_bytes).digest for source in sources}
        assert stored == {digest_of(content)}
        assert client.download_blob_content(digest_of(content)).content == content


def chunks_of(acr: FakeRegistry) -> list[tuple[str | None, str]]:
    """Return the place of each chunk that was sent, and the path that it was sent to."""
    return [(one.request_header("Content-Range"), one.target) for one in exchanges_at(acr, "upload.chunk")]


@cross(
    {
        "effect": [Disconnect(), Disconnect("close"), Refuse(502), Refuse(400)],
        "when": ["before", "door", "after"],
    }
)
def test_failed_chunk_is_not_sent_again(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, effect: Effect, when: When
) -> None:
    """A PATCH is not idempotent (RFC 9110 §9.2.2): the registry may have appended the chunk."""
    acr.faults.add(Fault("upload.chunk", effect, when=when, skip=1, times=1))
    with pytest.raises(AzureError):
        content_client.upload_blob(CONTENT, chunk_bytes=300)

    assert [place for place, _ in chunks_of(acr)] == ["0-299", "300-599"]


@pytest.mark.parametrize("when", ["door", "before"])
@pytest.mark.parametrize("effect", [Refuse(503), Refuse(500), Refuse(429, retry_after=1)])
def test_chunk_that_is_refused_for_now_is_sent_again_to_the_same_place(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, effect: Effect, when: When
) -> None:
    """azure-core repeats a PATCH after 500, 503, 504 and a Retry-After. Place and `_state` detect a
    chunk that was appended nevertheless, the exception of RFC 9110 §9.2.2."""
    acr.faults.add(Fault("upload.chunk", effect, when=when, skip=1, times=1))
    assert content_client.upload_blob(CONTENT, chunk_bytes=300).digest == digest_of(CONTENT)

    first, failed, again, last = chunks_of(acr)
    assert [first[0], failed[0], last[0]] == ["0-299", "300-599", "600-899"]
    assert again == failed
    assert stored_bytes(acr, HELLO, digest_of(CONTENT)) == CONTENT


@pytest.mark.parametrize("effect", [Refuse(503), Refuse(429, retry_after=1)])
def test_chunk_is_not_appended_twice(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, effect: Effect
) -> None:
    """The answer to a chunk that was appended is lost: the registry refuses its repetition."""
    acr.faults.add(Fault("upload.chunk", effect, when="after", skip=1, times=1))
    with pytest.raises(HttpResponseError, match="status 416, BLOB_UPLOAD_RANGE_INVALID"):
        content_client.upload_blob(CONTENT, chunk_bytes=300)

    assert [one.status for one in exchanges_at(acr, "upload.chunk")][2:] == [416]
    assert acr.content.snapshot().repositories == ()
