from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import HttpResponseError

from fake_registry import FakeRegistry, Fault, RedirectTo


def fetch_layer(client: ContainerRegistryClient, repository: str, digest: str) -> bytes:
    """The code under test: a second request to the registry gets a new URL of the storage."""
    try:
        return b"".join(client.download_blob(repository, digest))
    except HttpResponseError as error:
        if error.status_code != 403:
            raise
        return b"".join(client.download_blob(repository, digest))


def test_layer_is_fetched_by_a_new_url(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    image = acr.push_image("samples/hello:1.0", layers=[b"a layer"])
    expired = RedirectTo(acr.settings.storage_host, expires=0)
    acr.faults.add(Fault("blob.get", expired, times=1))

    assert fetch_layer(acr_client, "samples/hello", image.layers[0].digest) == b"a layer"
    assert [one.status for one in acr.requests.where(endpoint="storage.blob")] == [403, 206]
