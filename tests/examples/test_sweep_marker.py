from collections.abc import Callable

import pytest
from azure.core.exceptions import HttpResponseError

from pytest_acr import ContainerRegistryContentClient


def upload_twice(client: ContainerRegistryContentClient, content: bytes) -> str:
    """The code under test: it tries a second time if the registry refuses."""
    try:
        return client.upload_blob(content).digest
    except HttpResponseError:
        return client.upload_blob(content).digest


@pytest.mark.acr_sweep(endpoints="upload.*")
def test_upload(acr_content_client: Callable[[str], ContainerRegistryContentClient]) -> None:
    client = acr_content_client("samples/hello")
    digest = upload_twice(client, b"content")
    assert client.download_blob_content(digest).content == b"content"
