import pytest
from azure.containerregistry import ContainerRegistryClient, DigestValidationError

from fake_registry import Corrupt, FakeRegistry, Fault


def fetch_layer(client: ContainerRegistryClient, repository: str, digest: str) -> bytes:
    """The code under test: a second download may take another way. The bytes are never used."""
    try:
        return b"".join(client.download_blob(repository, digest))
    except DigestValidationError:
        return b"".join(client.download_blob(repository, digest))


def test_layer_is_downloaded_again(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    image = acr.push_image("samples/hello:1.0", layers=[b"a layer"])
    acr.faults.add(Fault("blob.get", Corrupt(offset=3), times=1))

    assert fetch_layer(acr_client, "samples/hello", image.layers[0].digest) == b"a layer"
    acr.requests.assert_count(2, endpoint="storage.blob", status=206)


def test_layer_that_stays_corrupt_is_an_error(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    image = acr.push_image("samples/hello:1.0", layers=[b"a layer"])
    acr.faults.add(Fault("blob.get", Corrupt(offset=3)))

    with pytest.raises(DigestValidationError):
        fetch_layer(acr_client, "samples/hello", image.layers[0].digest)
