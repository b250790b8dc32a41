import os
from collections.abc import Callable

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from pytest_acr import ContainerRegistryContentClient


@pytest.fixture(scope="session")
def acr_live_credential() -> AzureNamedKeyCredential:
    """In your `conftest.py`: the credential of all tests in a run with `--acr-live-endpoint`."""
    return AzureNamedKeyCredential("pipeline", os.environ["PIPELINE_PASSWORD"])


def test_upload(acr_content_client: Callable[[str], ContainerRegistryContentClient]) -> None:
    client = acr_content_client("samples/hello")
    stored = client.upload_blob(b"hello")
    assert client.download_blob_content(stored.digest).content == b"hello"
