"""The routes that return lists: how to fill each, and how to follow its pages."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from urllib.parse import quote

import pytest

from fake_registry import FakeRegistry
from fake_registry.spec.names import digest_of
from tests.support.http import IMAGE_DIGEST, OCI_MANIFEST, HttpAnswer, put_image, put_manifest, registry_of, send
from tests.support.http import manifest_bytes as manifest_of

MANY_PAGES: Final = 100
"""More pages than any list of these tests has."""


class Listing(NamedTuple):
    """One list route: how to fill it with `count` items, its path as asked and as its Link has it, and its items."""

    fill: Callable[[FakeRegistry, int], None]
    path: str
    linked: str
    key: str
    ordered: bool
    """Whether it knows `orderby`."""
    empty: list[str] | None = None
    """What it has for no items."""

    def items(self, found: HttpAnswer) -> list[str]:
        """By name or digest; null is none."""
        items = found.json[self.key] or []
        return [item if isinstance(item, str) else item.get("name") or item["digest"] for item in items]


def fill_repositories(registry: FakeRegistry, count: int) -> None:
    for number in range(count):
        put_image(registry, f"samples/r{number}", "v1")


def fill_tags(registry: FakeRegistry, count: int) -> None:
    put_image(registry, "samples/hello", *(f"t{number}" for number in range(count)))


def fill_manifests(registry: FakeRegistry, count: int) -> None:
    put_image(registry, "samples/hello")
    for number in range(1, count):
        content = manifest_of(number=number)
        put_manifest(registry, "samples/hello", digest_of(content), content)


def fill_referrers(registry: FakeRegistry, count: int) -> None:
    put_image(registry, "samples/hello")
    subject = {"mediaType": OCI_MANIFEST, "digest": IMAGE_DIGEST, "size": 1}
    for number in range(count):
        content = manifest_of(number=number, subject=subject)
        put_manifest(registry, "samples/hello", digest_of(content), content)


ACR_ROOT = "/acr/v1/samples/hello"
REFERRERS = f"/v2/samples/hello/referrers/{IMAGE_DIGEST}"
ACR_LINKED = "/acr/v1/samples%2Fhello"
LISTINGS = {
    "acr.catalog": Listing(fill_repositories, "/acr/v1/_catalog", "/acr/v1/_catalog", "repositories", ordered=True),
    "catalog.list": Listing(fill_repositories, "/v2/_catalog", "/v2/_catalog", "repositories", ordered=False),
    "acr.tags.list": Listing(fill_tags, f"{ACR_ROOT}/_tags", f"{ACR_LINKED}/_tags", "tags", ordered=True),
    "tags.list": Listing(
        fill_tags, "/v2/samples/hello/tags/list", "/v2/samples/hello/tags/list", "tags", ordered=False
    ),
    "acr.manifests.list": Listing(
        fill_manifests, f"{ACR_ROOT}/_manifests", f"{ACR_LINKED}/_manifests", "manifests", ordered=True
    ),
    # pages of referrers are the specification's (end-12a); that ACR's have its Link is [I]
    "referrers.list": Listing(fill_referrers, REFERRERS, REFERRERS, "manifests", ordered=False, empty=[]),
}
every_list = pytest.mark.parametrize("listing", LISTINGS.values(), ids=LISTINGS)
timed_lists = pytest.mark.parametrize("listing", [LISTINGS["acr.tags.list"], LISTINGS["acr.manifests.list"]])


def registry_with(listing: Listing, count: int) -> FakeRegistry:
    registry = registry_of()
    listing.fill(registry, count)
    return registry


def link_of(found: HttpAnswer) -> str | None:
    return next((value for name, value in found.headers if name == "Link"), None)


def position_of(updated: int, name: str) -> str:
    """Return `last` of a page by time whose last item is `name`, in its encoded form.

    acr-behaviour 4.2: .NET ticks of its lastUpdateTime, an ampersand, and its name.
    """
    ticks = updated // 100 + 621_355_968_000_000_000
    return f"{ticks}%26{quote(name, safe='')}"


def walk(registry: FakeRegistry, target: str, *, add: str = "") -> Iterator[HttpAnswer]:
    """Yield the pages that Link leads to. `add` is added to the query of each Link.

    AssertionError after MANY_PAGES.
    """
    next_target: str | None = target
    for _ in range(MANY_PAGES):
        if next_target is None:
            return
        found = send(registry, "GET", next_target)
        yield found
        link = link_of(found)
        next_target = None if link is None else f"{link[1:].partition('>')[0]}{add}"

    if next_target is not None:
        raise AssertionError(f"the list does not end: {MANY_PAGES} pages of {target}, then {next_target}")
