"""Blobs through the Azure SDK's clients: upload_blob, download_blob, delete_blob."""

import io
from typing import IO, cast

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from fake_registry import FakeRegistry
from tests.support.clients import (
    CHUNK,
    HELLO,
    MIB,
    NOWHERE,
    UNKNOWN_DIGEST,
    digest_of,
    download,
    endpoints,
    every_transport,
    repositories,
    some_bytes,
    stored_bytes,
    upload,
    with_tls,
)


class Pipe(io.RawIOBase):
    """A stream that cannot seek and returns at most `step` bytes per read."""

    def __init__(self, content: bytes, step: int) -> None:
        self._rest = io.BytesIO(content)
        self._step = step

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._rest.read(min(size, self._step) if size >= 0 else self._step)


@pytest.mark.parametrize(
    ("size", "chunks"), [(1, 1), (CHUNK - 1, 1), (CHUNK, 1), (CHUNK + 1, 2), (9 * MIB, 3)], ids=lambda value: str(value)
)
def test_blob_of_any_size_is_returned_whole(
    acr: FakeRegistry, client: ContainerRegistryClient, size: int, chunks: int
) -> None:
    content = some_bytes(size)
    digest = upload(client, content)

    assert stored_bytes(acr, HELLO, digest) == content
    assert download(client, digest) == content
    assert len(acr.requests.where(endpoint="upload.chunk", status=202)) == chunks
    assert len(acr.requests.where(endpoint="storage.blob", status=206)) == chunks


@with_tls
def test_blob_of_two_chunks_over_every_transport(client: ContainerRegistryClient) -> None:
    content = some_bytes(CHUNK + 1)
    assert download(client, upload(client, content)) == content


@every_transport
def test_small_blob_is_two_redirected_requests(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 8.3: the registry redirects to storage, where the client must not show its token."""
    digest = upload(client, b"hello")

    assert download(client, digest) == b"hello"

    redirect, stored = acr.requests.one(endpoint="blob.get", status=307), acr.requests.one(endpoint="storage.blob")
    assert (stored.status, stored.request_header("Authorization")) == (206, None)
    assert (stored.request_header("Range"), stored.response_header("Content-Range")) == (
        "bytes=0-4194303",
        "bytes 0-4/5",
    )
    assert redirect.response_header("Docker-Content-Digest") == digest
    assert redirect.host != stored.host


def test_every_request_of_an_upload_is_first_refused(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: the client keeps no access token, so each request goes out twice, with its body."""
    upload(client, b"hello")
    steps = ["upload.start", "upload.chunk", "upload.finish"]

    assert endpoints(acr) == [step for step in steps for _ in range(2)]
    assert endpoints(acr, status=401) == steps
    assert [chunk.request_bytes for chunk in acr.requests.where(endpoint="upload.chunk")] == [5, 5]


def test_empty_blob_is_uploaded_without_a_chunk(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    digest = upload(client, b"")
    assert stored_bytes(acr, HELLO, digest) == b""
    acr.requests.assert_none(endpoint="upload.chunk")


@every_transport
def test_empty_blob_cannot_be_downloaded(client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: the client asks for a range, and no range of nothing can be satisfied (RFC 9110 §15.5.17)."""
    digest = upload(client, b"")

    with pytest.raises(HttpResponseError) as caught:
        download(client, digest)
    assert caught.value.status_code == 416


def test_stream_at_its_end_uploads_an_empty_blob(client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: the client does not rewind what it is given, and reports success."""
    stream = io.BytesIO(b"hello")
    stream.seek(0, io.SEEK_END)
    assert client.upload_blob(HELLO, stream) == (digest_of(b""), 0)


def test_stream_that_cannot_seek_is_uploaded_read_by_read(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: one PATCH for each short read. The client sends copies of what it read: it need not seek."""
    content = some_bytes(10)

    assert client.upload_blob(HELLO, cast(IO[bytes], Pipe(content, step=4))) == (digest_of(content), 10)

    chunks = acr.requests.where(endpoint="upload.chunk", status=202)
    assert [chunk.request_bytes for chunk in chunks] == [4, 4, 2]
    assert stored_bytes(acr, HELLO, digest_of(content)) == content


@every_transport
@pytest.mark.parametrize("repository", [HELLO, NOWHERE])
def test_unknown_blob_is_not_found(acr: FakeRegistry, client: ContainerRegistryClient, repository: str) -> None:
    upload(client, b"hello")

    with pytest.raises(ResourceNotFoundError) as caught:
        download(client, UNKNOWN_DIGEST, repository)
    assert caught.value.status_code == 404
    assert acr.requests.one(endpoint="blob.get", status=404).errors == ("BLOB_UNKNOWN",)


def test_malformed_digest_is_the_404_of_an_unknown_path(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.3, CanCatchDownloadFailure: `404 page not found`, as text and before any login."""
    with pytest.raises(ResourceNotFoundError):
        download(client, "BadDigest")

    refused = acr.requests.one()
    assert (refused.status, refused.response_header("Content-Type")) == (404, "text/plain; charset=utf-8")
    assert refused.response_bytes == len("404 page not found\n")


@every_transport
def test_deleted_blob_is_not_found(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    digest, other = upload(client, b"hello"), upload(client, b"other")
    client.delete_blob(HELLO, digest)

    with pytest.raises(ResourceNotFoundError):
        download(client, digest)
    assert download(client, other) == b"other"
    acr.requests.one(endpoint="blob.delete", status=202)


def test_deleting_an_absent_blob_succeeds(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.3, test_delete_blob_does_not_exist: 404 in a repository that never was.

    azure-sdk-quirks: a silent success.
    """
    client.delete_blob(NOWHERE, UNKNOWN_DIGEST)
    assert acr.requests.one(endpoint="blob.delete", status=404).errors == ("BLOB_UNKNOWN",)


def test_repository_of_blobs_alone_is_in_no_list(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.3, test_upload_blob: DELETE of it answers 404, which the client calls a success."""
    upload(client, b"hello")

    assert (repositories(acr), list(client.list_repository_names())) == ([], [])

    client.delete_repository(HELLO)
    assert acr.requests.one(endpoint="acr.repository.delete", status=404).errors == ("NAME_UNKNOWN",)


@pytest.mark.parametrize("missing", ["repository", "data"])
def test_none_is_a_value_error(client: ContainerRegistryClient, missing: str) -> None:
    arguments = {"repository": HELLO, "data": io.BytesIO(b"hello")} | {missing: None}
    with pytest.raises(ValueError, match="The parameter repository and data cannot be None"):
        client.upload_blob(**arguments)  # type: ignore[arg-type]


@pytest.mark.acr(auth="off")
def test_without_authentication_each_request_is_sent_once(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    assert download(client, upload(client, b"hello")) == b"hello"
    steps = ["upload.start", "upload.chunk", "upload.finish", "blob.get", "storage.blob"]
    assert [exchange.endpoint for exchange in acr.requests] == steps
