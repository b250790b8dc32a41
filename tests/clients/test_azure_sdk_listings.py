"""Listings through the Azure SDK's clients: order, and requests of pages."""

from itertools import pairwise

import pytest
from azure.containerregistry import ArtifactManifestOrder, ArtifactTagOrder, ContainerRegistryClient
from azure.core.exceptions import ResourceNotFoundError

from fake_registry import FakeRegistry
from fake_registry.spec.names import parse_tag
from tests.support.clients import HELLO, NOWHERE, every_transport, with_tls

NAMES = ["a", "b/c", "library/d-e", "library/f", "z"]


def push_tags(registry: FakeRegistry, *tags: str) -> None:
    for tag in tags:
        registry.push_image(f"{HELLO}:{tag}")


@pytest.mark.parametrize("size", [None, 1, 2, 3, 5, 9])
def test_repositories_are_listed_in_order_in_pages(
    acr: FakeRegistry, client: ContainerRegistryClient, size: int | None
) -> None:
    for name in reversed(NAMES):
        acr.push_image(f"{name}:v1")
    listed = list(client.list_repository_names(results_per_page=size))

    assert listed == NAMES

    pages = -(-len(NAMES) // (size or 100))
    acr.requests.assert_count(pages, endpoint="acr.catalog", status=200)


def test_empty_registry_has_no_repositories(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    assert list(client.list_repository_names()) == []
    acr.requests.one(endpoint="acr.catalog", status=200)


def test_pages_have_the_requested_size(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    push_tags(acr, "a", "b", "c", "d", "e")
    pages = client.list_tag_properties(HELLO, results_per_page=2).by_page()
    assert [[tag.name for tag in page] for page in pages] == [["a", "b"], ["c", "d"], ["e"]]


def test_full_last_page_is_not_followed_by_an_empty_one(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 4.2: a page that ends at the last item has no Link."""
    push_tags(acr, "a", "b", "c", "d")

    assert len(list(client.list_tag_properties(HELLO, results_per_page=2))) == 4

    queries = [exchange.query for exchange in acr.requests.where(endpoint="acr.tags.list", status=200)]
    assert queries == ["n=2", "last=b&n=2&orderby="]


@with_tls
def test_250_tags_are_three_pages_of_100(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    tags = [f"v{number:03}" for number in range(250)]
    image = acr.push_image(f"{HELLO}:{tags[0]}", layers=[b"same"])
    for tag in tags[1:]:
        acr.push_image(f"{HELLO}:{tag}", layers=[b"same"])
    listed = list(client.list_tag_properties(HELLO))

    assert [tag.name for tag in listed] == tags
    assert {tag.digest for tag in listed} == {image.digest}
    acr.requests.assert_count(3, endpoint="acr.tags.list", status=200)


def test_page_size_is_limited_by_the_settings(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 4.2: at most 1,000 items in a page whatever `n` says."""
    tags = [f"v{number:04}" for number in range(1_001)]
    for tag in tags:
        acr.push_image(f"{HELLO}:{tag}", layers=[b"same"])

    assert [tag.name for tag in client.list_tag_properties(HELLO, results_per_page=5_000)] == tags
    acr.requests.assert_count(2, endpoint="acr.tags.list", status=200)


@pytest.mark.parametrize("size", [None, 1, 2])
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (None, ["a", "b", "c"]),
        (ArtifactTagOrder.LAST_UPDATED_ON_ASCENDING, ["b", "c", "a"]),
        (ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING, ["a", "c", "b"]),
        ("timedesc", ["a", "c", "b"]),
    ],
)
def test_tags_are_ordered_by_name_or_time(
    acr: FakeRegistry,
    client: ContainerRegistryClient,
    order: ArtifactTagOrder | str | None,
    expected: list[str],
    size: int | None,
) -> None:
    push_tags(acr, "b", "c", "a")
    listed = list(client.list_tag_properties(HELLO, order_by=order, results_per_page=size))
    assert [tag.name for tag in listed] == expected


@pytest.mark.parametrize("size", [None, 1, 2])
@pytest.mark.parametrize("newest_first", [False, True])
def test_manifests_are_ordered_by_digest_or_time(
    acr: FakeRegistry,
    client: ContainerRegistryClient,
    size: int | None,
    newest_first: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    pushed = [acr.push_image(f"{HELLO}:{tag}").digest for tag in ("b", "c", "a")]
    order = (
        ArtifactManifestOrder.LAST_UPDATED_ON_DESCENDING
        if newest_first
        else ArtifactManifestOrder.LAST_UPDATED_ON_ASCENDING
    )
    by_time = list(client.list_manifest_properties(HELLO, order_by=order, results_per_page=size))

    assert [manifest.digest for manifest in by_time] == (pushed[::-1] if newest_first else pushed)

    by_digest = list(client.list_manifest_properties(HELLO, results_per_page=size))
    assert [manifest.digest for manifest in by_digest] == sorted(pushed)


def test_tags_pushed_together_have_different_times(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.3, test_list_tag_properties_order_*: the live tests compare with < and >."""
    push_tags(acr, "a", "b", "c")
    listed = list(client.list_tag_properties(HELLO, order_by="timeasc"))
    assert all(earlier.last_updated_on < later.last_updated_on for earlier, later in pairwise(listed))


def test_tags_can_be_listed_by_manifest(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 4.2: `_tags?digest=` keeps the tags of that manifest. The client passes `digest` on."""
    push_tags(acr, "a", "b")
    image = acr.push_image(f"{HELLO}:c")
    assert [tag.name for tag in client.list_tag_properties(HELLO, digest=image.digest)] == ["c"]


@pytest.mark.parametrize("order", [None, "timeasc"])
def test_pages_of_tags_by_manifest_have_other_tags_from_the_second_on(
    acr: FakeRegistry, client: ContainerRegistryClient, order: str | None
) -> None:
    """acr-behaviour 4.2: the Link lacks `digest`, and the client follows the Link alone."""
    image = acr.push_image(f"{HELLO}:a")
    acr.push_image(f"{HELLO}:b", layers=[b"other"])
    acr.content.put_manifest(image.repository, image.manifest, tags=[parse_tag("c")])

    listed = client.list_tag_properties(HELLO, digest=image.digest, results_per_page=1, order_by=order)

    assert [tag.name for tag in listed] == ["a", "b", "c"]


@pytest.mark.parametrize(("last", "expected"), [("v1", ["v2", "v3"]), ("v0", ["v1", "v2", "v3"]), ("v3", [])])
def test_list_starts_after_the_item_named_last(
    acr: FakeRegistry, client: ContainerRegistryClient, last: str, expected: list[str]
) -> None:
    """acr-behaviour 15.3, CanGetTagsStartingMidCollection: `_tags?last=v1&n=1` starts after `v1`."""
    push_tags(acr, "v1", "v2", "v3")
    assert [tag.name for tag in client.list_tag_properties(HELLO, last=last, results_per_page=1)] == expected


def test_link_is_relative_and_has_the_slash_encoded(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 4.2: verbatim from recordings of the Python client."""
    push_tags(acr, "a", "b")
    list(client.list_tag_properties(HELLO, results_per_page=1))
    first = acr.requests.where(endpoint="acr.tags.list", status=200)[0]

    assert first.response_header("Link") == '</acr/v1/samples%2Fhello/_tags?last=a&n=1&orderby=>; rel="next"'


@every_transport
def test_lists_of_an_unknown_repository_are_not_found(client: ContainerRegistryClient) -> None:
    with pytest.raises(ResourceNotFoundError, match="NAME_UNKNOWN"):
        list(client.list_tag_properties(NOWHERE))
    with pytest.raises(ResourceNotFoundError, match="NAME_UNKNOWN"):
        list(client.list_manifest_properties(NOWHERE))
