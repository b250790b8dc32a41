from collections.abc import Callable
from io import BytesIO

import pytest
from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry
from pytest_acr import ContainerRegistryContentClient

NewClient = Callable[[str], ContainerRegistryContentClient]

BASE = b"the base layer of two images"


@pytest.mark.acr_strict
def test_blob_is_uploaded_unless_it_is_there(acr_content_client: NewClient) -> None:
    client = acr_content_client("dev/web")
    digest = client.upload_blob(BASE).digest
    client.upload_blob(BASE, skip_existing=digest)


@pytest.mark.acr_strict(allow=["blob-uploaded-twice"])
def test_blob_is_uploaded_in_any_case(acr_content_client: NewClient) -> None:
    client = acr_content_client("dev/web")
    for _ in range(2):
        client.upload_blob(BASE)


def test_base_layer_is_uploaded_with_each_image(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    for layer in (BASE, b"layer of one", BASE, b"layer of two"):
        acr_client.upload_blob("dev/web", BytesIO(layer))

    with pytest.raises(AssertionError, match="blob-uploaded-twice"):
        acr.requests.assert_no_mistakes(allow=["body-sent-again-after-401"])
