import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ServiceResponseTimeoutError

from fake_registry import FakeRegistry, Fault, ManualClock, Stall


def fetch_layer(client: ContainerRegistryClient, repository: str, digest: str) -> bytes:
    """The code under test: without read_timeout it would wait for five minutes."""
    try:
        return b"".join(client.download_blob(repository, digest, read_timeout=10))
    except ServiceResponseTimeoutError:
        return b"".join(client.download_blob(repository, digest, read_timeout=10))


def test_stalled_download_is_repeated_after_ten_seconds(
    acr: FakeRegistry, acr_client: ContainerRegistryClient, acr_clock: ManualClock
) -> None:
    image = acr.push_image("samples/hello:1.0", layers=[b"a layer"])
    acr.faults.add(Fault("blob.get", Stall(after=3), times=1))
    start = acr_clock.now_utc()

    assert fetch_layer(acr_client, "samples/hello", image.layers[0].digest) == b"a layer"
    assert (acr_clock.now_utc() - start).total_seconds() == pytest.approx(10, abs=1)


def test_download_that_always_stalls_is_an_error(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    image = acr.push_image("samples/hello:1.0", layers=[b"a layer"])
    acr.faults.add(Fault("blob.get", Stall(after=3)))

    with pytest.raises(ServiceResponseTimeoutError, match="read timeout=10"):
        fetch_layer(acr_client, "samples/hello", image.layers[0].digest)
