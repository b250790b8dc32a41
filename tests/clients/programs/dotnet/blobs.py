"""Blobs of more than one chunk, and one without a byte."""

import random

from tests.clients.programs.dotnet.client import DotnetClient, digest_of
from tests.clients.programs.dotnet.content import expect
from tests.clients.programs.dotnet.control import requests_of
from tests.clients.programs.dotnet.pipeline import RequestFailedError

UPLOADED = 9_000_000
"""The size that version 1.4.0 was watched with: chunks of 4194304, 4194304 and 611392 bytes."""


def authorized(*calls: str) -> list[str]:
    """Return the requests of calls, each of which is `METHOD ENDPOINT STATUS`: without a token, the login, with one."""
    return [request for call in calls for request in (f"{call.rpartition(' ')[0]} 401", "POST oauth.token 200", call)]


def large_blob(client: DotnetClient) -> None:
    """9 MiB as in the other programs, by both ways of downloading. The client asks DownloadBlobTo's ranges one by one:
    CanDownloadBlobToStreamInUnequalChunks.json @519037f9."""
    data = random.Random(0).randbytes(9 << 20)
    digest = client.upload_blob("samples/blob", data)
    expect("digest of the blob", digest, digest_of(data))
    expect("same bytes", client.download_blob("samples/blob", digest) == data, True)

    requests_of()
    expect("same bytes in ranges", client.download_blob_to("samples/blob", digest) == data, True)
    one_range = [*authorized("GET blob.get 307"), "GET storage.blob 206"]
    expect("requests of the download in ranges", requests_of(), one_range * 3)


def upload_requests(client: DotnetClient) -> None:
    """The 15 requests of 9,000,000 bytes, while the refresh token is valid."""
    requests_of()
    client.upload_blob("samples/blob", random.Random(1).randbytes(UPLOADED))

    chunks = ["PATCH upload.chunk 202"] * 3
    expected = authorized("POST upload.start 202", *chunks, "PUT upload.finish 201")
    expect("requests of the upload", requests_of(), expected)
    expect("their number", len(expected), 15)


def empty_blob(client: DotnetClient) -> None:
    """An empty blob is uploaded by a PATCH of 0 bytes. It arrives, and then the client refuses it for its length."""
    requests_of()
    digest = client.upload_blob("samples/blob", b"")
    calls = ("POST upload.start 202", "PATCH upload.chunk 202", "PUT upload.finish 201")
    expect("requests of the upload", requests_of(), authorized(*calls))

    answer = client.get_blob("samples/blob", digest)
    expect("the download", (answer.status, answer.header("Content-Length"), answer.body), (200, "0", b""))
    try:
        client.download_blob("samples/blob", digest)
    except RequestFailedError as error:
        expect("the client's message", str(error), "Missing or invalid 'Content-Length' header in the response.")
    else:
        raise AssertionError("expected the client to refuse a length of 0")
