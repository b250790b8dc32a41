"""What the Azure SDK's clients make of answers with wrong headers and parts (azure-sdk-quirks)."""

import sys
from collections.abc import Iterator

import pytest
from azure.containerregistry import ContainerRegistryClient, DigestValidationError
from azure.core.exceptions import DeserializationError, HttpResponseError

from fake_registry import (
    DropHeader,
    FakeRegistry,
    Fault,
    IgnoreRange,
    SetHeader,
    ShortRange,
    WrongDigest,
    WrongType,
    ZeroChunk,
)
from tests.support.clients import CHUNK, HELLO, download, every_transport, image_manifest, some_bytes, upload

ROUNDS = 10
"""The empty parts that are sent before the fault ends."""


@pytest.fixture
def _low_stack() -> Iterator[None]:
    """End recursion earlier than usual."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(300)
    yield
    sys.setrecursionlimit(limit)


def ranges(acr: FakeRegistry) -> list[str | None]:
    """Return the Range of each request for a blob's bytes."""
    return [one.request_header("Range") for one in acr.requests.where(endpoint="storage.blob")]


@every_transport
@pytest.mark.parametrize("flavour", ["sync"])
def test_part_without_bytes_is_requested_again_and_again(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    content = some_bytes(CHUNK + 1)
    digest = upload(client, content)
    empty = acr.faults.add(Fault("blob.get", ZeroChunk(), skip=1, times=ROUNDS))

    assert download(client, digest) == content
    assert (empty.hits, empty.problem()) == (ROUNDS, None)
    assert ranges(acr)[1:] == [f"bytes={CHUNK}-{2 * CHUNK - 1}"] * (ROUNDS + 1)


@pytest.mark.usefixtures("_low_stack")
@pytest.mark.parametrize("flavour", ["sync"])
def test_parts_without_bytes_are_requested_until_the_stack_ends(
    acr: FakeRegistry, client: ContainerRegistryClient
) -> None:
    """azure-sdk-quirks: a 206 of length 0 in the middle, without an end."""
    digest = upload(client, b"hello")
    empty = acr.faults.add(Fault("blob.get", ZeroChunk()))

    with pytest.raises(RecursionError):
        download(client, digest)
    assert empty.hits > ROUNDS


@every_transport
@pytest.mark.parametrize("flavour", ["aio"])
def test_part_without_bytes_ends_an_async_download_early_and_unchecked(
    acr: FakeRegistry, client: ContainerRegistryClient
) -> None:
    """Its `__anext__` lets the end of the empty part through as the end of the blob."""
    content = some_bytes(CHUNK + 1)
    digest = upload(client, content)
    acr.faults.add(Fault("blob.get", ZeroChunk(), skip=1, times=1))

    assert download(client, digest) == content[:CHUNK]


@every_transport
def test_short_parts_are_continued(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    content = some_bytes(10)
    digest = upload(client, content)
    acr.faults.add(Fault("blob.get", ShortRange(4), times=2))

    assert download(client, digest) == content
    assert ranges(acr) == [f"bytes={start}-{start + CHUNK - 1}" for start in (0, 4, 8)]


@pytest.mark.parametrize("endpoint", ["blob.get", "storage.blob"])
def test_whole_blob_in_place_of_a_part_is_refused(
    acr: FakeRegistry, client: ContainerRegistryClient, endpoint: str
) -> None:
    """azure-sdk-quirks: only 206 with Content-Range is accepted."""
    digest = upload(client, b"hello")
    acr.faults.add(Fault(endpoint, IgnoreRange()))

    with pytest.raises(HttpResponseError) as caught:
        download(client, digest)
    assert caught.value.status_code == 200


@every_transport
def test_wrong_digest_of_a_pushed_manifest_is_noticed(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    manifest = image_manifest(client)
    acr.faults.add(Fault("manifest.put", WrongDigest()))

    with pytest.raises(DigestValidationError):
        client.set_manifest(HELLO, manifest, tag="v1")
    assert acr.tags(HELLO) == ("v1",)


def test_wrong_digest_of_an_upload_is_noticed(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("upload.finish", WrongDigest()))

    with pytest.raises(DigestValidationError):
        upload(client, b"hello")


def test_wrong_digest_of_a_manifest_is_noticed(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    image = acr.push_image(f"{HELLO}:v1")
    acr.faults.add(Fault("manifest.get", WrongDigest()))

    for reference in ("v1", image.digest):
        with pytest.raises(DigestValidationError):
            client.get_manifest(HELLO, reference)


def test_wrong_digest_of_a_blob_is_not_noticed(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    digest = upload(client, b"hello")
    acr.faults.add(Fault("blob.get", WrongDigest()))

    assert download(client, digest) == b"hello"


@pytest.mark.parametrize("name", ["Docker-Content-Digest", "Content-Length", "Content-Type"])
def test_manifest_without_a_header_is_a_bare_key_error(
    acr: FakeRegistry, client: ContainerRegistryClient, name: str
) -> None:
    """azure-sdk-quirks: Content-Length and Docker-Content-Digest are needed."""
    acr.push_image(f"{HELLO}:v1")
    acr.faults.add(Fault("manifest.get", DropHeader(name)))

    with pytest.raises(KeyError, match=name.lower()):
        client.get_manifest(HELLO, "v1")


def test_manifest_of_a_lying_length_is_refused(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    acr.push_image(f"{HELLO}:v1")
    acr.faults.add(Fault("manifest.get", SetHeader("Content-Length", str(CHUNK + 1))))

    with pytest.raises(ValueError, match="bigger than max allowed size"):
        client.get_manifest(HELLO, "v1")


@pytest.mark.parametrize(("name", "error"), [("Content-Range", ValueError), ("Content-Length", TypeError)])
def test_part_without_a_header_is_no_error_of_azure_core(
    acr: FakeRegistry, client: ContainerRegistryClient, name: str, error: type[Exception]
) -> None:
    digest = upload(client, b"hello")
    acr.faults.add(Fault("storage.blob", DropHeader(name)))

    with pytest.raises(error):
        download(client, digest)


@pytest.mark.parametrize("endpoint", ["oauth.exchange", "oauth.token"])
def test_token_of_another_type_is_not_read(acr: FakeRegistry, client: ContainerRegistryClient, endpoint: str) -> None:
    """azure-sdk-quirks: a token without the type of JSON."""
    acr.faults.add(Fault(endpoint, WrongType("text/plain")))

    with pytest.raises(DeserializationError):
        list(client.list_repository_names())


def test_manifest_of_another_type_is_returned_with_it(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    acr.push_image(f"{HELLO}:v1")
    acr.faults.add(Fault("manifest.get", WrongType("text/html")))

    assert client.get_manifest(HELLO, "v1").media_type == "text/html"
