import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ResourceNotFoundError

from fake_registry import FakeRegistry, Fault, Refuse


def count_tags(client: ContainerRegistryClient) -> dict[str, int]:
    """The code under test: a repository that is deleted during the run is left out."""
    counts: dict[str, int] = {}
    for name in client.list_repository_names():
        try:
            counts[name] = client.get_repository_properties(name).tag_count
        except ResourceNotFoundError:
            continue
    return counts


@pytest.mark.acr_image("a:1", "gone:1", "z:1")
def test_others_are_counted(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("acr.repository.get", Refuse(404, code="NAME_UNKNOWN"), repository="gone"))

    assert count_tags(acr_client) == {"a": 1, "z": 1}
    acr.requests.assert_count(1, endpoint="acr.repository.get", status=404)
