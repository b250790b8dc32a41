import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import DeserializationError

from fake_registry import FakeRegistry, Fault, NotJson


class NotARegistryError(Exception):
    """Something between the code and the registry has answered."""


def repositories(client: ContainerRegistryClient) -> list[str]:
    """The code under test: it turns an error about types into one that says where to look."""
    try:
        return list(client.list_repository_names())
    except DeserializationError as error:
        raise NotARegistryError("expected JSON: is there a proxy that asks for a login?") from error


@pytest.mark.parametrize("endpoint", ["acr.catalog", "oauth.exchange", "oauth.token"])
def test_page_of_a_proxy_is_named(acr: FakeRegistry, acr_client: ContainerRegistryClient, endpoint: str) -> None:
    acr.faults.add(Fault(endpoint, NotJson()))

    with pytest.raises(NotARegistryError, match="is there a proxy"):
        repositories(acr_client)
    assert acr.requests[-1].endpoint == endpoint
    assert acr.requests[-1].status == 200  # so that no client retries it
