from azure.containerregistry import ArtifactTagOrder, ContainerRegistryClient

from fake_registry import DuplicatePage, FakeRegistry, Fault, Reorder

NEWEST_FIRST = ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING


def keep_newest(client: ContainerRegistryClient, repository: str, count: int) -> None:
    """The code under test: it sorts by time itself, and counts each tag once."""
    listed = client.list_tag_properties(repository, order_by=NEWEST_FIRST)
    updated = {tag.name: tag.last_updated_on for tag in listed}
    newest_first = sorted(updated, key=lambda name: updated[name], reverse=True)

    for name in newest_first[count:]:
        client.delete_tag(repository, name)


def push_three(acr: FakeRegistry) -> None:
    for tag in ("old", "middle", "new"):
        acr.push_image(f"samples/hello:{tag}", layers=[tag.encode()])


def test_newest_tag_stays_in_a_list_out_of_order(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    push_three(acr)
    disorder = acr.faults.add(Fault("acr.tags.list", Reorder()))

    keep_newest(acr_client, "samples/hello", 1)

    assert acr.tags("samples/hello") == ("new",)
    assert disorder.hits == 1


def test_tag_that_is_listed_twice_counts_once(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    push_three(acr)
    twice = acr.faults.add(Fault("acr.tags.list", DuplicatePage()))

    keep_newest(acr_client, "samples/hello", 2)

    assert acr.tags("samples/hello") == ("middle", "new")
    assert twice.hits == 2
