import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ResourceNotFoundError

from fake_registry import Call, FakeRegistry, Fault, LoseItems, Refuse


def is_later_page(call: Call) -> bool:
    return "last" in call.query


@pytest.mark.acr_image("a:1", "b:1", "c:1", "d:1")
def test_second_page_loses_an_item(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("acr.catalog", LoseItems(1), where=is_later_page))

    assert list(acr_client.list_repository_names(results_per_page=2)) == ["a", "b", "d"]


@pytest.mark.acr_image("prod/web:1.0", "dev/web:1.0")
def test_images_of_production_are_missing(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("manifest.get", Refuse(404), where=lambda call: call.repository.startswith("prod/")))

    acr_client.get_manifest("dev/web", "1.0")
    with pytest.raises(ResourceNotFoundError):
        acr_client.get_manifest("prod/web", "1.0")
