import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ResourceNotFoundError, ServiceResponseError

from fake_registry import Corrupt, Disconnect, FakeRegistry, Fault, Refuse


def test_fault_ends_with_its_block(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.push_image("samples/hello:1.0")

    with acr.faults.add(Fault("acr.tag.*", Refuse(404, code="TAG_UNKNOWN"), skip=1, repository="samples/hello")):
        acr_client.get_tag_properties("samples/hello", "1.0")  # the first call passes
        with pytest.raises(ResourceNotFoundError, match="TAG_UNKNOWN"):
            acr_client.get_tag_properties("samples/hello", "1.0")
    assert acr_client.get_tag_properties("samples/hello", "1.0").name == "1.0"


def test_only_release_tags_are_missing(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.push_image("samples/hello:1.0")
    acr.push_image("samples/hello:dev")
    acr.faults.add(Fault("manifest.get", Refuse(404), reference="1.*"))

    acr_client.get_manifest("samples/hello", "dev")
    with pytest.raises(ResourceNotFoundError):
        acr_client.get_manifest("samples/hello", "1.0")


def test_damaged_download_is_noticed(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    image = acr.push_image("samples/hello:1.0")
    acr.faults.add(Fault("blob.get", Corrupt(offset=3)))

    with pytest.raises(ValueError, match="digest"):
        b"".join(acr_client.download_blob("samples/hello", image.layers[0].digest))


def test_flaky_registry(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.push_image("samples/hello:1.0")
    acr.faults.add(Fault("acr.*", Refuse(503), probability=0.2, seed=3, optional=True))

    for _ in range(20):
        assert list(acr_client.list_repository_names()) == ["samples/hello"]


def test_outage(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.down()
    with pytest.raises(ServiceResponseError):
        acr_client.get_repository_properties("samples/hello")
    acr.up()

    assert list(acr_client.list_repository_names()) == []
    assert acr.requests.where(faults=(repr(Disconnect()),))
