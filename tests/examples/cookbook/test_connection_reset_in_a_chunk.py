from io import BytesIO
from typing import BinaryIO, Literal

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ServiceRequestError, ServiceResponseError

from fake_registry import Disconnect, FakeRegistry, Fault

BROKEN = (ServiceRequestError, ServiceResponseError)


def push_layer(client: ContainerRegistryClient, repository: str, layer: BinaryIO) -> str:
    """The code under test: azure-core does not repeat a PATCH, so it starts the upload again."""
    try:
        return client.upload_blob(repository, layer)[0]
    except BROKEN:
        layer.seek(0)  # without it the client would upload an empty blob, and report success
        return client.upload_blob(repository, layer)[0]


@pytest.mark.parametrize("when", ["before", "after"])
def test_layer_is_pushed_in_a_second_upload(
    acr: FakeRegistry, acr_client: ContainerRegistryClient, when: Literal["before", "after"]
) -> None:
    acr.faults.add(Fault("upload.chunk", Disconnect(), when=when, times=1))

    digest = push_layer(acr_client, "samples/hello", BytesIO(b"layer"))

    assert acr.blob("samples/hello", digest) == b"layer"
    acr.requests.assert_count(2, endpoint="upload.start", status=202)


def test_lasting_breaks_are_reported(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("upload.chunk", Disconnect()))

    with pytest.raises(BROKEN):
        push_layer(acr_client, "samples/hello", BytesIO(b"layer"))
    acr.requests.assert_none(endpoint="upload.finish")
