from collections.abc import Callable

import pytest
from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry, Fault, Refuse, Settings
from pytest_acr import ContainerRegistryContentClient
from pytest_acr.harness import test_case_for


@pytest.mark.acr_image("dev/web:1.0")  # seeding
def test_catalog_has_all_repositories(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.push_index("dev/tools:multi", platforms=["linux/amd64", "linux/arm64"])
    assert list(acr_client.list_repository_names()) == ["dev/tools", "dev/web"]


def test_throttled_client_tries_again(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    throttled = acr.faults.add(Fault("acr.catalog", Refuse(status=429, retry_after=60), times=2))
    assert list(acr_client.list_repository_names()) == []  # waits 2 x 60 s: only its clock moves
    assert throttled.hits == 2


def test_image_is_pulled_once(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.push_image("dev/web:1.0")
    acr_client.get_manifest("dev/web", "1.0")
    acr.requests.assert_pulled("dev/web:1.0", times=1)
    acr.requests.assert_not_pushed("dev/web")


@pytest.mark.acr_sweep  # runs the test again for each request and each way in which it can fail
def test_upload(acr_content_client: Callable[[str], ContainerRegistryContentClient]) -> None:
    client = acr_content_client("dev/web")
    digest = client.upload_blob(b"layer").digest
    assert client.download_blob_content(digest).content == b"layer"


# The harness sends sequences of requests, and compares the answers with a model. The lambda may return a URL.
TestMyRegistry = test_case_for(lambda: FakeRegistry(Settings(profile="oci", auth="off")).wsgi_app)
