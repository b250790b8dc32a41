import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from fake_registry import FakeRegistry, Fault, Refuse


def test_unknown_tag(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.push_image("samples/hello:1.0")

    with pytest.raises(ResourceNotFoundError, match="TAG_UNKNOWN"):
        acr_client.get_tag_properties("samples/hello", "2.0")


@pytest.mark.acr_image("samples/hello:1.0")
def test_locked_tag(acr_client: ContainerRegistryClient) -> None:
    acr_client.update_tag_properties("samples/hello", "1.0", can_delete=False)

    with pytest.raises(HttpResponseError, match="disallowed"):
        acr_client.delete_tag("samples/hello", "1.0")


@pytest.mark.acr_image("samples/hello:1.0")
def test_error_of_a_recording(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    refusal = Refuse(403, code="DENIED", message="client with IP '192.0.2.1' is not allowed access")
    acr.faults.add(Fault("acr.tag.get", refusal))

    with pytest.raises(HttpResponseError, match="not allowed access"):
        acr_client.get_tag_properties("samples/hello", "1.0")
