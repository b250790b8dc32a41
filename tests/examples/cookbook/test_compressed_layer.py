from collections.abc import Callable

import pytest
from azure.containerregistry import ContainerRegistryClient, DigestValidationError

from fake_registry import Compress, EncodingRefused, FakeRegistry, Fault
from pytest_acr import ContainerRegistryContentClient

LAYER = b"a layer " * 40


def test_azure_sdk_reports_a_wrong_digest(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    image = acr.push_image("samples/hello:1.0", layers=[LAYER])
    acr.faults.add(Fault("blob.get", Compress()))

    with pytest.raises(DigestValidationError):
        b"".join(acr_client.download_blob("samples/hello", image.layers[0].digest))
    assert len(acr.requests.where(endpoint="storage.blob")) > 1  # it takes the short length for a part


def test_content_client_names_the_encoding(
    acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient]
) -> None:
    image = acr.push_image("samples/hello:1.0", layers=[LAYER])
    acr.faults.add(Fault("blob.get", Compress()))

    with pytest.raises(EncodingRefused, match="found Content-Encoding 'gzip'"):
        acr_content_client("samples/hello").download_blob_content(image.layers[0].digest)
    acr.requests.assert_count(1, endpoint="storage.blob")
