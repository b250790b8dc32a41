from io import BytesIO

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import AzureError

pytestmark = pytest.mark.acr_sweep(expect=(AzureError, UnicodeDecodeError))


def test_upload(acr_client: ContainerRegistryClient) -> None:
    acr_client.upload_blob("samples/hello", BytesIO(b"content"))
