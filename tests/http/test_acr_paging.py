"""Paging of every list, ACR's way: acr-behaviour 4.2 and 11; inferred rules are marked [I]."""

import pytest

from fake_registry.settings import Profile
from fake_registry.wire.acr_time import decode_time
from tests.support.http import HttpAnswer, error_answer, registry_of, send
from tests.support.lists import (
    ACR_ROOT,
    LISTINGS,
    Listing,
    every_list,
    link_of,
    position_of,
    registry_with,
    timed_lists,
    walk,
)


@pytest.mark.parametrize("count", [1, 2, 3])
@every_list
def test_last_page_has_no_link(listing: Listing, count: int) -> None:
    """Recorded: the service looks ahead, a page that ends exactly at the last item has no Link (17,
    run g)."""
    registry = registry_with(listing, count)
    everything = listing.items(send(registry, "GET", listing.path))

    pages = list(walk(registry, f"{listing.path}?n=1"))

    assert [listing.items(page) for page in pages] == [[item] for item in everything]
    assert len(everything) == count


@every_list
def test_link_has_three_keys_in_their_order(listing: Listing) -> None:
    registry = registry_with(listing, 3)

    found = send(registry, "GET", f"{listing.path}?n=2&api-version=2021-07-01&unknown=x")

    last = listing.items(found)[-1].replace("/", "%2F").replace(":", "%3A")
    assert link_of(found) == f'<{listing.linked}?last={last}&n=2&orderby=>; rel="next"'


@every_list
def test_last_may_name_a_missing_item_and_be_percent_encoded(listing: Listing) -> None:
    """[I] that it need not; percent-encoded letters are the same letters."""
    registry = registry_with(listing, 3)
    first, *rest = listing.items(send(registry, "GET", listing.path))
    encoded = "".join(f"%{ord(letter):02X}" for letter in first)

    between = send(registry, "GET", f"{listing.path}?last={first}-")
    same = send(registry, "GET", f"{listing.path}?last={encoded}")

    assert (listing.items(between), listing.items(same)) == (rest, rest)


@pytest.mark.parametrize("last", ["zzz", "%C3%BF", "%F0%9F%90%B3"])
@every_list
def test_last_past_the_end_is_an_empty_page(listing: Listing, last: str) -> None:
    """`null`, as every empty list [I for the repositories and manifests]; an index of referrers has
    `[]`."""
    found = send(registry_with(listing, 2), "GET", f"{listing.path}?last={last}")

    assert (found.status, found.json[listing.key], link_of(found)) == (200, listing.empty, None)


@pytest.mark.parametrize("query", ["last=", "n=", "orderby=", "last=&n=&orderby="])
@every_list
def test_empty_parameters_are_ignored(listing: Listing, query: str) -> None:
    """[I]: CNCF distribution's way; `orderby=` stands in ACR's own links."""
    registry = registry_with(listing, 3)

    assert send(registry, "GET", f"{listing.path}?{query}") == send(registry, "GET", listing.path)


@every_list
def test_n_of_zero_is_an_empty_page(listing: Listing) -> None:
    """[I]: distribution-spec, Listing Tags, says so; nothing was seen (acr-behaviour 18.5)."""
    found = send(registry_with(listing, 2), "GET", f"{listing.path}?n=0")

    assert (found.status, found.json[listing.key], link_of(found)) == (200, listing.empty, None)


@pytest.mark.parametrize("n", ["-1", "ten", "1.0", "0x10", "1,000", "%31%20"])
@every_list
def test_malformed_n_is_refused(listing: Listing, n: str) -> None:
    """[I]: CNCF distribution's code and words."""
    found = send(registry_with(listing, 2), "GET", f"{listing.path}?n={n}")

    text = n.replace("%31%20", "1 ")
    assert found == error_answer(
        400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested", detail={"n": text}
    )


@pytest.mark.parametrize("n", ["1000", "1001", "18446744073709551616"])
@every_list
def test_huge_n_is_the_maximum_page_size(listing: Listing, n: str) -> None:
    """Azure/acr#749: at most 1,000, and no error."""
    registry = registry_with(listing, 3)

    assert send(registry, "GET", f"{listing.path}?n={n}") == send(registry, "GET", listing.path)


@every_list
def test_unknown_order_is_refused_by_lists_with_an_order(listing: Listing) -> None:
    """[I]: nothing was seen; the lists below /v2 have one order and do not look."""
    found = send(registry_with(listing, 2), "GET", f"{listing.path}?orderby=size")

    if listing.ordered:
        message = "invalid number of results requested"
        assert found == error_answer(400, "PAGINATION_NUMBER_INVALID", message, detail={"orderby": "size"})
    else:
        assert found.status == 200


@pytest.mark.parametrize("order", ["timeasc", "timedesc"])
@timed_lists
def test_walk_by_time_gives_every_item_once(listing: Listing, order: str) -> None:
    """`orderby` stands in each link."""
    registry = registry_with(listing, 7)
    whole = listing.items(send(registry, "GET", f"{listing.path}?orderby={order}"))

    pages = list(walk(registry, f"{listing.path}?n=2&orderby={order}"))

    assert [item for page in pages for item in listing.items(page)] == whole
    assert sorted(whole) == listing.items(send(registry, "GET", listing.path))
    assert all((link_of(page) or f"&orderby={order}>").count(f"&orderby={order}>") == 1 for page in pages)


@pytest.mark.parametrize("profile", ["acr", "oci"])
@pytest.mark.parametrize("order", ["timeasc", "timedesc"])
@timed_lists
def test_link_by_time_has_the_time_and_the_name_of_the_last_item(
    listing: Listing, order: str, profile: Profile
) -> None:
    """acr-behaviour 4.2: recorded in January 2026."""
    registry = registry_of(profile)
    listing.fill(registry, 3)

    found = send(registry, "GET", f"{listing.path}?n=2&orderby={order}")

    last = position_of(updated_of(found, listing), listing.items(found)[-1])
    assert link_of(found) == f'<{listing.linked}?last={last}&n=2&orderby={order}>; rel="next"'


def updated_of(found: HttpAnswer, listing: Listing) -> int:
    """Return when the last item of a page was updated, in nanoseconds since the epoch."""
    return decode_time(found.json[listing.key][-1]["lastUpdateTime"])


@pytest.mark.parametrize("last", ["%26", "%26v2", "1%26", "x%26v2", "-1%26v2", "1.5%26v2", "1%26v2%26v3"])
@timed_lists
def test_malformed_position_is_refused(listing: Listing, last: str) -> None:
    """[I]: nothing was seen. In the order of names it is a name that no item has."""
    registry = registry_with(listing, 2)

    by_time = send(registry, "GET", f"{listing.path}?orderby=timeasc&last={last}")
    by_name = send(registry, "GET", f"{listing.path}?last={last}")

    message, detail = "invalid number of results requested", {"last": last.replace("%26", "&")}
    expected = {"code": "PAGINATION_NUMBER_INVALID", "message": message, "detail": detail}
    assert (by_time.status, by_time.json) == (400, {"errors": [expected]})
    assert by_name.status == 200


@pytest.mark.parametrize(("ticks", "oldest_first"), [("0", True), ("3155378975999999999", False)])
@pytest.mark.parametrize("name", ["v1", "no-such-item"])
@timed_lists
def test_position_may_be_before_or_after_all_items(
    listing: Listing, ticks: str, name: str, *, oldest_first: bool
) -> None:
    """.NET's first and last time."""
    registry = registry_with(listing, 3)
    pages = {
        order: listing.items(send(registry, "GET", f"{listing.path}?orderby={order}&last={ticks}%26{name}"))
        for order in ("timeasc", "timedesc")
    }

    assert [len(items) for items in pages.values()] == ([3, 0] if oldest_first else [0, 3])


@timed_lists
def test_descending_order_is_the_reverse_of_ascending(listing: Listing) -> None:
    registry = registry_with(listing, 5)

    oldest, newest = (
        listing.items(send(registry, "GET", f"{listing.path}?orderby={order}")) for order in ("timeasc", "timedesc")
    )

    assert oldest == newest[::-1]


@every_list
def test_delete_between_pages_hides_no_other_item(listing: Listing) -> None:
    """acr-cli's purge deletes what it has listed and asks for the next page behind it."""
    registry = registry_with(listing, 6)
    everything = listing.items(send(registry, "GET", listing.path))
    delete = {
        "repositories": "/acr/v1/{}",
        "tags": f"{ACR_ROOT}/_tags/{{}}",
        "manifests": "/v2/samples/hello/manifests/{}",
    }[listing.key]

    seen = []
    for page in walk(registry, f"{listing.path}?n=2"):
        for item in listing.items(page):
            seen.append(item)
            assert send(registry, "DELETE", delete.format(item)).status == 202

    assert seen == everything


@pytest.mark.parametrize("digest", ["wrong", "sha256:1", "sha256:" + "G" * 64])
def test_malformed_digest_filter_is_refused(digest: str) -> None:
    """[I]."""
    found = send(registry_with(LISTINGS["acr.tags.list"], 1), "GET", f"{ACR_ROOT}/_tags?digest={digest}")

    message = "provided digest did not match uploaded content"
    assert found == error_answer(400, "DIGEST_INVALID", message, detail="digest parsing failed")


@pytest.mark.parametrize(
    "version", ["", "?api-version=2021-07-01", "?api-version=2019-08-15-preview", "?api-version=x"]
)
@every_list
def test_api_version_does_not_change_the_list(listing: Listing, version: str) -> None:
    """acr-behaviour 4: it is optional everywhere; that an unknown one is not refused is [I]."""
    registry = registry_with(listing, 2)

    assert send(registry, "GET", f"{listing.path}?api-version={version}") == send(registry, "GET", listing.path)
