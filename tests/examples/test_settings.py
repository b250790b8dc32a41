import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import HttpResponseError

from fake_registry import FakeRegistry


@pytest.mark.acr(auth="anonymous-pull", default_page_size=2)
@pytest.mark.acr_image("a:1", "b:1", "c:1")
def test_anonymous_client_reads_and_cannot_write(
    acr: FakeRegistry, acr_anonymous_client: ContainerRegistryClient
) -> None:
    assert list(acr_anonymous_client.list_repository_names()) == ["a", "b", "c"]
    acr.requests.assert_count(2, endpoint="acr.catalog", status=200)  # two pages

    with pytest.raises(HttpResponseError):
        acr_anonymous_client.delete_repository("a")
