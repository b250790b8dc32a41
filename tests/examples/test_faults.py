from io import BytesIO

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ServiceResponseError

from fake_registry import Disconnect, FakeRegistry, Fault, Refuse


def test_throttled_client_waits_and_succeeds(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.push_image("samples/hello:1.0")
    throttled = acr.faults.add(Fault("acr.catalog", Refuse(status=429, retry_after=60), times=2))

    # two retries after 60 seconds each, on the clock of the registry: the test does not wait
    assert list(acr_client.list_repository_names()) == ["samples/hello"]
    assert throttled.hits == 2


def test_lost_answer_leaves_the_upload_moved(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    lost = acr.faults.add(Fault("upload.chunk", Disconnect(), when="after", times=1))

    with pytest.raises(ServiceResponseError):
        acr_client.upload_blob("samples/hello", BytesIO(b"hello"))
    assert lost.hits == 1
