import pytest
from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry, Fault, LoopLink


class EndlessListError(Exception):
    """A page of a list came a second time."""


def repositories(client: ContainerRegistryClient) -> list[str]:
    """The code under test: the names of a catalogue ascend, so a page that does not is a loop."""
    names: list[str] = []
    for name in client.list_repository_names(results_per_page=2):
        if names and name <= names[-1]:
            raise EndlessListError(f"{name} came after {names[-1]}")
        names.append(name)
    return names


@pytest.mark.acr_image("a:1", "b:1", "c:1")
def test_loop_ends_with_an_error(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("acr.catalog", LoopLink()))

    with pytest.raises(EndlessListError, match="a came after b"):
        repositories(acr_client)
    acr.requests.assert_count(2, endpoint="acr.catalog", status=200)


@pytest.mark.acr_image("a:1", "b:1", "c:1")
def test_page_that_comes_twice_is_an_error(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("acr.catalog", LoopLink(), times=1))

    with pytest.raises(EndlessListError):
        repositories(acr_client)
