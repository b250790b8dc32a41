from collections.abc import Callable
from io import BytesIO

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ClientAuthenticationError

from fake_registry import ExpireToken, FakeRegistry, Fault
from pytest_acr import ContainerRegistryContentClient

LAYER = b"a layer in chunks"


def test_azure_sdk_has_to_start_again(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("upload.chunk", ExpireToken(), times=1))

    with pytest.raises(ClientAuthenticationError):
        acr_client.upload_blob("samples/hello", BytesIO(LAYER))
    digest, _ = acr_client.upload_blob("samples/hello", BytesIO(LAYER))

    assert acr.blob("samples/hello", digest) == LAYER
    acr.requests.assert_count(2, endpoint="upload.start", status=202)


def test_content_client_goes_on_with_a_new_token(
    acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient]
) -> None:
    acr.faults.add(Fault("upload.chunk", ExpireToken(), skip=1, times=1))

    digest = acr_content_client("samples/hello").upload_blob(LAYER, chunk_bytes=4).digest

    assert acr.blob("samples/hello", digest) == LAYER
    acr.requests.assert_count(1, endpoint="upload.start", status=202)
    acr.requests.assert_count(2, endpoint="oauth.token", status=200)
