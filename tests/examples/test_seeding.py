import pytest
from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry


@pytest.mark.acr_image("samples/hello:1.0", "samples/hello:2.0")
def test_clean_up_keeps_the_newest(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.push_index("samples/hello:multi", platforms=["linux/amd64", "linux/arm64"])

    acr_client.delete_tag("samples/hello", "1.0")

    assert [tag.name for tag in acr_client.list_tag_properties("samples/hello")] == ["2.0", "multi"]
    acr.requests.assert_count(1, endpoint="acr.tag.delete", status=202)
