"""Edge cases of pages: sizes, repeated parameters, hidden items, equal times, changes between
pages.

The meaning of each parameter is in `test_acr_paging`.
"""

from urllib.parse import quote

import pytest

from fake_registry import FakeRegistry
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from tests.support.http import IMAGE_DIGEST, OCI_INDEX, index_bytes, manifest_bytes, put_manifest, registry_of, send
from tests.support.lists import ACR_ROOT, LISTINGS, Listing, every_list, link_of, registry_with, timed_lists, walk

TAGS = LISTINGS["acr.tags.list"]
every_hiding_list = pytest.mark.parametrize(
    "listing", [one for name, one in LISTINGS.items() if name != "referrers.list"], ids=lambda one: one.path
)


def everything_in(registry: FakeRegistry, listing: Listing) -> list[str]:
    return listing.items(send(registry, "GET", listing.path))


def target_of(listing: Listing, item: str) -> str:
    """The metadata of an item."""
    roots = {"repositories": "/acr/v1", "tags": f"{ACR_ROOT}/_tags", "manifests": f"{ACR_ROOT}/_manifests"}
    return f"{roots[listing.key]}/{item}"


def hide(registry: FakeRegistry, listing: Listing, *items: str) -> None:
    for item in items:
        assert send(registry, "PATCH", target_of(listing, item), b'{"listEnabled":false}').status == 200


@pytest.mark.parametrize(("n", "size"), [("", 2), ("n=1", 1), ("n=3", 3), ("n=4", 3), ("n=99999999999999999999", 3)])
@every_list
def test_link_has_the_page_size_that_was_used(listing: Listing, n: str, size: int) -> None:
    """[I] if `n` is absent or above the maximum: each recorded Link follows a request whose `n` was
    served. All recorded Links have an `n`; a larger one would promise more items than a page has.
    """
    registry = registry_of(default_page_size=2, max_page_size=3)
    listing.fill(registry, 5)

    found = send(registry, "GET", f"{listing.path}?{n}")

    last = quote(listing.items(found)[-1], safe="")
    assert len(listing.items(found)) == size
    assert link_of(found) == f'<{listing.linked}?last={last}&n={size}&orderby=>; rel="next"'


@pytest.mark.parametrize("default", [None, 100])
@every_list
def test_maximum_page_size_applies_by_default(listing: Listing, default: int | None) -> None:
    registry = registry_of(default_page_size=default, max_page_size=3)
    listing.fill(registry, 5)

    assert [len(listing.items(page)) for page in walk(registry, listing.path)] == [3, 2]


@every_list
def test_default_page_size_is_100(listing: Listing) -> None:
    """acr-behaviour 4.2 [I]; exactly a hundred have no Link."""
    registry = registry_with(listing, 100)
    full = send(registry, "GET", listing.path)
    listing.fill(registry, 101)
    more = send(registry, "GET", listing.path)

    assert (len(listing.items(full)), link_of(full)) == (100, None)
    assert len(listing.items(more)) == 100
    assert "&n=100&" in str(link_of(more))


@pytest.mark.parametrize(
    ("repeated", "once"),
    [
        ("n=1&n=3", "n=1"),
        ("n=1&n=x", "n=1"),
        ("n=&n=1", ""),
        ("n=0&n=1", "n=0"),
        ("n=2&orderby=&orderby=size", "n=2"),
        ("last=zzz&last=", "last=zzz"),
        ("last=&last=zzz", ""),
    ],
)
@every_list
def test_first_value_of_a_repeated_parameter_counts(listing: Listing, repeated: str, once: str) -> None:
    """[I]: as Go's url.Values gives it to CNCF distribution."""
    registry = registry_with(listing, 3)

    assert send(registry, "GET", f"{listing.path}?{repeated}") == send(registry, "GET", f"{listing.path}?{once}")


@pytest.mark.parametrize("order", ["none", "timeasc", "timedesc"])
def test_catalog_is_always_ordered_by_name(order: str) -> None:
    """[I]: acr-behaviour 4.1 gives the route the parameter, but the document has no times. Links
    keep it."""
    listing = LISTINGS["acr.catalog"]
    registry = registry_of()
    for name in ("c", "a", "b"):
        put_manifest(registry, name, "v1", index_bytes(), OCI_INDEX)

    pages = list(walk(registry, f"{listing.path}?n=1&orderby={order}"))

    assert [listing.items(page) for page in pages] == [["a"], ["b"], ["c"]]
    assert link_of(pages[0]) == f'</acr/v1/_catalog?last=a&n=1&orderby={order}>; rel="next"'


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@every_hiding_list
def test_hidden_items_are_not_counted_in_pages(listing: Listing, size: int) -> None:
    """acr-behaviour 7.1: at the beginning, behind a page's end and at the list's end."""
    registry = registry_with(listing, 7)
    first, *kept, hidden, third, last = everything_in(registry, listing)
    hide(registry, listing, first, hidden, last)

    pages = [listing.items(page) for page in walk(registry, f"{listing.path}?n={size}")]

    assert [item for page in pages for item in page] == [*kept, third]
    assert [len(page) for page in pages] == [size] * (4 // size) + ([4 % size] if 4 % size else [])


@every_hiding_list
def test_list_of_hidden_items_is_null(listing: Listing) -> None:
    """As if there were none."""
    registry = registry_with(listing, 2)
    hide(registry, listing, *everything_in(registry, listing))

    found = send(registry, "GET", f"{listing.path}?n=1")

    assert (found.status, found.json[listing.key], link_of(found)) == (200, None, None)


@every_hiding_list
def test_page_can_start_after_a_hidden_item(listing: Listing) -> None:
    """An item that was hidden after it was listed still says where to go on [I]."""
    registry = registry_with(listing, 4)
    items = everything_in(registry, listing)
    hide(registry, listing, items[1])

    assert listing.items(send(registry, "GET", f"{listing.path}?last={items[1]}")) == items[2:]


def test_hidden_referrer_is_still_listed() -> None:
    """[I]: its parent is the repository, and that list is `_manifests`; nothing was seen
    (acr-behaviour 18.1)."""
    listing = LISTINGS["referrers.list"]
    registry = registry_with(listing, 2)
    items = everything_in(registry, listing)

    hide(registry, listing, items[0])

    assert everything_in(registry, listing) == items


@pytest.mark.parametrize("order", ["timeasc", "timedesc"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_tags_with_equal_times_are_ordered_by_name(order: str, size: int) -> None:
    """[I] for their order: in ACR's times, to 100 ns, two can be equal."""
    registry = registry_of()
    manifest = read_manifest(index_bytes(), OCI_INDEX)
    for names in ("b", "eca", "d"):
        registry.content.put_manifest(RepositoryName("samples/hello"), manifest, tags=[Tag(name) for name in names])

    pages = [TAGS.items(page) for page in walk(registry, f"{TAGS.path}?n={size}&orderby={order}")]

    oldest_first = ["b", "a", "c", "e", "d"]
    assert [tag for page in pages for tag in page] == (oldest_first if order == "timeasc" else oldest_first[::-1])


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
@pytest.mark.parametrize("order", ["timeasc", "timedesc"])
@timed_lists
def test_paging_by_time_shows_each_item_once_during_deletes(listing: Listing, order: str, kept: int) -> None:
    """acr-cli's `purge --keep` lists tags newest first, keeps the first few and deletes the others
    page by page. `last`, which is deleted by then, still bounds the next page: otherwise the
    kept tags would be listed again and deleted (acr-behaviour 4.2)."""
    registry = registry_with(listing, 7)
    everything = listing.items(send(registry, "GET", f"{listing.path}?orderby={order}"))
    delete = {"tags": f"{ACR_ROOT}/_tags/", "manifests": "/v2/samples/hello/manifests/"}[listing.key]

    seen: list[str] = []
    for page in walk(registry, f"{listing.path}?n=2&orderby={order}"):
        for item in listing.items(page):
            seen.append(item)
            if len(seen) > kept:
                assert send(registry, "DELETE", delete + item).status == 202

    assert seen == everything
    left = send(registry, "GET", f"{listing.path}?orderby={order}")
    assert left.status == (200 if kept or listing.key == "tags" else 404)
    assert kept == 0 or listing.items(left) == everything[:kept]


@pytest.mark.parametrize(
    ("order", "pages"),
    [("timeasc", [["t0", "t1"], ["t2", "t3"], ["t4", "t1"]]), ("timedesc", [["t4", "t3"], ["t2", "t1"], ["t0"]])],
)
def test_item_pushed_again_between_pages_hides_no_other(order: str, pages: list[list[str]]) -> None:
    """acr-behaviour 4.2: the next page begins where `last` stood when the client saw it; it comes twice
    itself if it has moved to where the client has not been."""
    registry = registry_with(TAGS, 5)

    seen = []
    for page in walk(registry, f"{TAGS.path}?n=2&orderby={order}"):
        seen.append(TAGS.items(page))
        if len(seen) == 1:
            put_manifest(registry, "samples/hello", seen[0][-1], manifest_bytes())

    assert seen == pages


@every_list
def test_item_added_between_pages_appears_on_the_next_page(listing: Listing) -> None:
    registry = registry_with(listing, 2)
    first = send(registry, "GET", f"{listing.path}?n=1")
    listing.fill(registry, 6)
    link = f"{listing.path}?n=100&last={listing.items(first)[0]}"

    everything = everything_in(registry, listing)
    assert listing.items(send(registry, "GET", link)) == everything[everything.index(listing.items(first)[0]) + 1 :]


class TestTagsOfOneManifest:
    """`digest`: ACR 2021-07-01, Tag - Get List."""

    @pytest.fixture
    def registry(self) -> FakeRegistry:
        """t0 to t4 on IMAGE, other between them on something else."""
        registry = registry_with(TAGS, 5)
        put_manifest(registry, "samples/hello", "t2-other", manifest_bytes())
        return registry

    @pytest.mark.parametrize("order", ["", "timeasc", "timedesc"])
    @pytest.mark.parametrize("digest", [IMAGE_DIGEST, IMAGE_DIGEST.replace(":", "%3A")])
    def test_repeated_filter_shows_each_tag_once(self, registry: FakeRegistry, digest: str, order: str) -> None:
        """As one might that knows the Link's three recorded keys: said twice, it is still one
        filter."""
        first = f"{TAGS.path}?n=2&orderby={order}&digest={digest}"

        pages = walk(registry, first, add=f"&digest={digest}")

        seen = [tag for page in pages for tag in TAGS.items(page)]
        expected = [f"t{number}" for number in range(5)]
        assert seen == (expected[::-1] if order == "timedesc" else expected)

    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            ("", [["t0", "t1"], ["t2", "t2-other"], ["t3", "t4"]]),
            ("timeasc", [["t0", "t1"], ["t2", "t3"], ["t4", "t2-other"]]),
            ("timedesc", [["t4", "t3"], ["t2", "t1"], ["t0"]]),
        ],
    )
    def test_link_of_acr_drops_the_digest_filter(
        self, registry: FakeRegistry, order: str, expected: list[list[str]]
    ) -> None:
        """acr-behaviour 4.2: a trap of the real service. Page 2 has other manifests' tags too."""
        pages = list(walk(registry, f"{TAGS.path}?n=2&orderby={order}&digest={IMAGE_DIGEST}"))

        assert [TAGS.items(page) for page in pages] == expected
        assert "digest" not in str(link_of(pages[0]))

    @pytest.mark.parametrize("order", ["", "timeasc", "timedesc"])
    def test_link_of_the_oci_profile_keeps_the_digest_filter(self, order: str) -> None:
        registry = registry_of("oci")
        TAGS.fill(registry, 5)
        put_manifest(registry, "samples/hello", "t2-other", manifest_bytes())

        pages = list(walk(registry, f"{TAGS.path}?n=3&orderby={order}&digest={IMAGE_DIGEST}"))

        expected = ["t0", "t1", "t2", "t3", "t4"]
        seen = [tag for page in pages for tag in TAGS.items(page)]
        assert seen == (expected[::-1] if order == "timedesc" else expected)
        digest = IMAGE_DIGEST.replace(":", "%3A")
        assert [str(link_of(page)).endswith(f'&digest={digest}>; rel="next"') for page in pages] == [True, False]

    @pytest.mark.parametrize("digest", [digest_of(b"nobody has it"), "sha512:" + "a" * 128])
    def test_manifest_without_tags_has_null(self, registry: FakeRegistry, digest: str) -> None:
        """[I] where there is no such manifest."""
        found = send(registry, "GET", f"{TAGS.path}?digest={digest}")

        assert (found.status, found.json["tags"], link_of(found)) == (200, None, None)

    def test_empty_filter_is_ignored(self, registry: FakeRegistry) -> None:
        """[I]."""
        assert send(registry, "GET", f"{TAGS.path}?digest=") == send(registry, "GET", TAGS.path)
