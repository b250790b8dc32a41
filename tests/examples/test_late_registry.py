import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import IncompleteReadError, ServiceResponseTimeoutError

from fake_registry import Delay, FakeRegistry, Fault, Slow, Stall, Truncate


def test_late_answer_ends_with_the_time_out(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.push_image("samples/hello:1.0")
    acr.faults.add(Fault("acr.tag.get", Delay(seconds=60)))

    with pytest.raises(ServiceResponseTimeoutError):
        acr_client.get_tag_properties("samples/hello", "1.0", read_timeout=5, retry_total=0)


def test_silent_registry_is_asked_again(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.push_image("samples/hello:1.0")
    silent = acr.faults.add(Fault("acr.tag.get", Stall(), times=2))

    assert acr_client.get_tag_properties("samples/hello", "1.0").name == "1.0"
    assert silent.hits == 2


def test_layer_comes_slowly_then_not_at_all(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    layer = acr.push_image("samples/hello:1.0").layers[0].digest

    with acr.faults.add(Fault("blob.get", Slow(bytes_per_second=10))):
        b"".join(acr_client.download_blob("samples/hello", layer))

    with acr.faults.add(Fault("blob.get", Truncate(size=4))), pytest.raises(IncompleteReadError):
        b"".join(acr_client.download_blob("samples/hello", layer))
