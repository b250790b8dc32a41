import io

import pytest
import requests
from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry

BASE = b"a base layer of two images"


def push_layers(client: ContainerRegistryClient, repository: str) -> None:
    """The code under test: it uploads the base layer with each image."""
    for layer in (BASE, b"layer of one", BASE, b"layer of two"):
        client.upload_blob(repository, io.BytesIO(layer))


@pytest.mark.xfail(reason="the base layer is uploaded twice", strict=True)
@pytest.mark.acr_strict(mode="fail", allow=["body-sent-again-after-401"])
def test_push(acr_client: ContainerRegistryClient) -> None:
    push_layers(acr_client, "dev/web")


def test_known_mistakes(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    push_layers(acr_client, "dev/web")

    found = {broken.rule.name for broken in acr.requests.mistakes()}
    assert "blob-uploaded-twice" in found


@pytest.mark.acr(auth="off")
def test_careful_code(acr: FakeRegistry, acr_session: requests.Session, acr_endpoint: str) -> None:
    assert acr_session.get(f"{acr_endpoint}/v2/").status_code == 200
    acr.requests.assert_no_mistakes()
