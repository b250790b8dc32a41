from io import BytesIO

import pytest
from azure.containerregistry import ContainerRegistryClient
from publisher import publish


@pytest.mark.acr_sweep(endpoints="upload.*")
def test_published_file_can_be_downloaded(acr_client: ContainerRegistryClient) -> None:
    digest = publish(acr_client, "samples/hello", BytesIO(b"hello"))

    downloaded = b"".join(acr_client.download_blob("samples/hello", digest))
    assert downloaded == b"hello"
