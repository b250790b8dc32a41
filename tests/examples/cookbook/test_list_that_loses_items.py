import pytest
from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry, Fault, LoseItems


class IncompleteListError(Exception):
    """The list has not as many items as the repository."""


def delete_unlisted(client: ContainerRegistryClient, repository: str, deployed: set[str]) -> None:
    """The code under test: it deletes tags that are not deployed, and nothing if a list is short."""
    tags = [tag.name for tag in client.list_tag_properties(repository)]
    expected = client.get_repository_properties(repository).tag_count
    if len(tags) != expected:
        raise IncompleteListError(f"expected {expected} tags, found {len(tags)}")

    for tag in set(tags) - deployed:
        client.delete_tag(repository, tag)


def test_short_list_deletes_nothing(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    for tag in ("1.0", "2.0", "3.0"):
        acr.push_image(f"samples/hello:{tag}", layers=[tag.encode()])
    acr.faults.add(Fault("acr.tags.list", LoseItems(1)))

    with pytest.raises(IncompleteListError, match="expected 3 tags, found 2"):
        delete_unlisted(acr_client, "samples/hello", deployed={"3.0"})
    acr.requests.assert_none(endpoint="acr.tag.delete")
