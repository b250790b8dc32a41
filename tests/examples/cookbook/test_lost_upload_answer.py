from io import BytesIO

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ResourceNotFoundError

from fake_registry import Disconnect, FakeRegistry, Fault


def push_layer(client: ContainerRegistryClient, repository: str, content: bytes) -> str:
    """The code under test: it sends the layer once more, because it is cheaper than a wrong alarm."""
    try:
        return client.upload_blob(repository, BytesIO(content))[0]
    except ResourceNotFoundError:
        return client.upload_blob(repository, BytesIO(content))[0]


def test_stored_layer_is_reported_as_not_found(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("upload.finish", Disconnect(), when="after", times=1))

    with pytest.raises(ResourceNotFoundError, match="BLOB_UPLOAD_UNKNOWN"):
        acr_client.upload_blob("samples/hello", BytesIO(b"layer"))
    acr.requests.assert_count(1, endpoint="upload.start", status=202)


def test_layer_is_pushed_although_an_answer_was_lost(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("upload.finish", Disconnect(), when="after", times=1))

    digest = push_layer(acr_client, "samples/hello", b"layer")

    assert acr.blob("samples/hello", digest) == b"layer"
    acr.requests.assert_count(2, endpoint="upload.start", status=202)
