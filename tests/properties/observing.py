"""Everything that clients can see of a registry, read over HTTP alone."""

from collections.abc import Iterable, Iterator
from typing import Final

from fake_registry import FakeRegistry
from tests.properties.content import BLOBS, DIGESTS, INDEX, MANIFEST, REPOSITORIES, TAGS, digest_by
from tests.support.http import HttpAnswer, send
from tests.support.lists import walk

UNKNOWN_HOST: Final = "registry.example"
"""A name for which the registry serves blobs itself: its redirects have a time in them."""

BLOB_DIGESTS: Final = tuple(map(digest_by, (*BLOBS, b"chunkchunk", b"chunk", b"")))

_ORDERS: Final = ("", "orderby=timeasc", "orderby=timedesc")

Observation = dict[str, list[HttpAnswer]]
"""The answers by request: the pages of a list, the one answer of any other request."""


def observe(registry: FakeRegistry, locations: Iterable[str] = ()) -> Observation:
    """Return the answers to every question about the content of `tests.properties.content`.

    That is each list in each order, whole and in pages of one, each item, each byte of content, and
    the uploads at `locations`.
    """
    seen = {target: pages_of(registry, target) for target in _lists()}
    for method, target in (*_items(), *(("GET", location) for location in locations)):
        seen[f"{method} {target}"] = [get(registry, target, method)]
    return seen


def pages_of(registry: FakeRegistry, target: str) -> list[HttpAnswer]:
    """Return the pages from `target` on."""
    return list(walk(registry, target))


def get(registry: FakeRegistry, target: str, method: str = "GET") -> HttpAnswer:
    """Return an answer, for a client that accepts every manifest of `content`."""
    accept = {"Accept": f"{MANIFEST}, {INDEX}"}
    return send(registry, method, target, headers=accept, host=UNKNOWN_HOST)


def _lists() -> Iterator[str]:
    for size in ("", "&n=1"):
        yield f"/v2/_catalog?{size}"
        yield f"/acr/v1/_catalog?{size}"
        for repository in REPOSITORIES:
            yield f"/v2/{repository}/tags/list?{size}"
            yield from (f"/v2/{repository}/referrers/{digest}?{size}" for digest in DIGESTS)
            for kind in ("_tags", "_manifests"):
                yield from (f"/acr/v1/{repository}/{kind}?{order}{size}" for order in _ORDERS)


def _items() -> Iterator[tuple[str, str]]:
    for repository in REPOSITORIES:
        yield "GET", f"/acr/v1/{repository}"
        for tag in TAGS:
            yield "GET", f"/acr/v1/{repository}/_tags/{tag}"
            yield "GET", f"/v2/{repository}/manifests/{tag}"
        for digest in DIGESTS:
            yield "GET", f"/acr/v1/{repository}/_manifests/{digest}"
            yield "GET", f"/v2/{repository}/manifests/{digest}"
            yield "HEAD", f"/v2/{repository}/manifests/{digest}"
        for digest in BLOB_DIGESTS:
            yield "GET", f"/v2/{repository}/blobs/{digest}"
            yield "HEAD", f"/v2/{repository}/blobs/{digest}"
