from collections.abc import Callable
from io import BytesIO

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ServiceResponseError

from fake_registry import FakeRegistry, Fault, MoveUpload
from pytest_acr import ContainerRegistryContentClient


def test_each_request_goes_to_the_last_location(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("upload.*", MoveUpload()))

    digest, _ = acr_client.upload_blob("samples/hello", BytesIO(b"layer"))

    assert acr.blob("samples/hello", digest) == b"layer"
    chunk = acr.requests.one(endpoint="upload.chunk", status=202)
    end = acr.requests.one(endpoint="upload.finish", status=201)
    assert chunk.reference != end.reference


def test_token_does_not_follow_a_location_at_another_host(
    acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient]
) -> None:
    acr.faults.add(Fault("upload.start", MoveUpload("mirror.example")))

    with pytest.raises(ServiceResponseError, match="expected a Location at the registry itself"):
        acr_content_client("samples/hello").upload_blob(b"layer")
    acr.requests.assert_none(host="mirror.example")
