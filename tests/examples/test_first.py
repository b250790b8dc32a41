import pytest
from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry


@pytest.mark.acr_image("dev/web:1.0", "dev/web:2.0")
def test_clean_up_keeps_the_newest(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    for tag in acr_client.list_tag_properties("dev/web"):  # the code under test
        if tag.name != "2.0":
            acr_client.delete_tag("dev/web", tag.name)

    assert acr.tags("dev/web") == ("2.0",)
