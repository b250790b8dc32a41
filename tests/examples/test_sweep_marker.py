from collections.abc import Callable

import pytest
from azure.core.exceptions import AzureError

from pytest_acr import ContainerRegistryContentClient


def upload(client: ContainerRegistryContentClient, content: bytes) -> str:
    """The code under test: it tries a second time."""
    try:
        return client.upload_blob(content).digest
    except AzureError:
        return client.upload_blob(content).digest


@pytest.mark.acr_sweep(endpoints=["upload.*", "blob.*"])
def test_upload(acr_content_client: Callable[[str], ContainerRegistryContentClient]) -> None:
    client = acr_content_client("samples/hello")
    digest = upload(client, b"content")
    assert client.download_blob_content(digest).content == b"content"
