import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ServiceRequestError

from fake_registry import FakeRegistry, Fault, RedirectTo


class BlockedStorageError(Exception):
    """The registry answers, and the storage that it redirects to cannot be reached."""


def fetch_layer(client: ContainerRegistryClient, repository: str, digest: str) -> bytes:
    """The code under test: it names the likely cause, a firewall without the storage's host."""
    try:
        return b"".join(client.download_blob(repository, digest, retry_total=0))
    except ServiceRequestError as error:
        client.get_repository_properties(repository)  # fails as well if the registry is down
        raise BlockedStorageError("allow *.data.azurecr.io in the firewall") from error


def test_blocked_host_is_named(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    image = acr.push_image("samples/hello:1.0", layers=[b"a layer"])
    acr.faults.add(Fault("blob.get", RedirectTo("blocked.example")))

    with pytest.raises(BlockedStorageError, match="firewall"):
        fetch_layer(acr_client, "samples/hello", image.layers[0].digest)
    acr.requests.assert_count(1, endpoint="acr.repository.get", status=200)
    acr.requests.assert_none(endpoint="storage.blob")
