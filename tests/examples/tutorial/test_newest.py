import pytest
from azure.containerregistry import ContainerRegistryClient
from newest import newest_tag

from fake_registry import FakeRegistry, Fault, Refuse


@pytest.mark.acr_image("samples/hello:1.0", "samples/hello:1.1")
def test_newest_tag(acr_client: ContainerRegistryClient) -> None:
    assert newest_tag(acr_client, "samples/hello") == "1.1"


def test_order_is_that_of_the_pushes(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.push_image("samples/hello:2.0")
    acr.push_image("samples/hello:1.2")

    assert newest_tag(acr_client, "samples/hello") == "1.2"


@pytest.mark.acr_image("samples/hello:1.0")
def test_throttled_client_tries_again(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("acr.tags.list", Refuse(429, retry_after=60), times=2))

    assert newest_tag(acr_client, "samples/hello") == "1.0"
    acr.requests.assert_count(2, endpoint="acr.tags.list", status=429)
