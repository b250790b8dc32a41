"""The Azure SDK's clients behind a proxy that compresses bodies, or answers with a page of its own."""

import json
from collections.abc import Callable

import pytest
from azure.containerregistry import ContainerRegistryClient, DigestValidationError
from azure.core.exceptions import DeserializationError

from fake_registry import Compress, FakeRegistry, Fault, NotJson
from tests.support.clients import HELLO, download, every_transport, upload

Read = Callable[[ContainerRegistryClient], object]


def manifest(client: ContainerRegistryClient) -> object:
    return client.get_manifest(HELLO, "v1").digest


def tags(client: ContainerRegistryClient) -> object:
    return [tag.name for tag in client.list_tag_properties(HELLO)]


def repositories(client: ContainerRegistryClient) -> object:
    return list(client.list_repository_names())


@every_transport
@pytest.mark.parametrize(
    ("endpoint", "read"),
    [("manifest.get", manifest), ("acr.tags.list", tags), ("acr.catalog", repositories)],
)
def test_compressed_document_is_read(
    acr: FakeRegistry, client: ContainerRegistryClient, endpoint: str, read: Read
) -> None:
    acr.push_image(f"{HELLO}:v1")
    plain = read(client)
    fault = acr.faults.add(Fault(endpoint, Compress()))

    assert read(client) == plain
    assert (fault.hits, fault.problem()) == (1, None)


@every_transport
def test_compressed_layer_is_read_in_overlapping_parts(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: it takes the Content-Length, of the gzip, for the length of what it has read: it
    requests the bytes behind that once more, until the digest of all of them is wrong."""
    digest = upload(client, b"hello" * 20)
    acr.faults.add(Fault("storage.blob", Compress()))

    with pytest.raises(DigestValidationError):
        download(client, digest)
    assert len(acr.requests.where(endpoint="storage.blob")) > 1


@every_transport
@pytest.mark.parametrize(
    ("endpoint", "read", "error"),
    [
        ("manifest.get", manifest, json.JSONDecodeError),
        ("acr.tags.list", tags, DeserializationError),
        ("acr.catalog", repositories, DeserializationError),
        ("oauth.exchange", tags, DeserializationError),
        ("oauth.token", tags, DeserializationError),
    ],
)
def test_page_instead_of_json_is_an_error_and_not_retried(
    acr: FakeRegistry,
    client: ContainerRegistryClient,
    endpoint: str,
    read: Read,
    error: type[Exception],
) -> None:
    """azure-sdk-quirks: an answer of another type is a DeserializationError, whatever its status.
    The error of a manifest is that of Python's JSON, which azure-core's errors do not include."""
    acr.push_image(f"{HELLO}:v1")
    fault = acr.faults.add(Fault(endpoint, NotJson(), times=1))

    with pytest.raises(error):
        read(client)

    assert fault.hits == 1
    assert read(client)
