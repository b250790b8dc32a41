"""The times of repository, manifests and tags after each operation: which move, which stay.

acr-behaviour 4.3, the table of `lastUpdateTime`. It says nothing of the repository's time, nor of a
push of what is there: those cells are what the fake does [I].
"""

from typing import Final

import pytest

from fake_registry import FakeRegistry, ManualClock
from fake_registry.settings import Profile
from tests.properties.content import (
    BLOBS,
    BOTH,
    FIRST,
    MANIFEST,
    REFERRER,
    REPOSITORIES,
    SECOND,
    Client,
    RequestStep,
    digest_by,
    lock_of,
    push_of_blob,
    push_of_manifest,
)
from tests.properties.observing import get
from tests.support.http import registry_of, time_text

HELLO, OTHER = REPOSITORIES
V2: Final = f"/v2/{HELLO}"
ACR: Final = f"/acr/v1/{HELLO}"

ITEMS: Final = {
    "repository": HELLO,
    "FIRST": f"{HELLO}/_manifests/{digest_by(FIRST)}",
    "SECOND": f"{HELLO}/_manifests/{digest_by(SECOND)}",
    "v1": f"{HELLO}/_tags/v1",
    "v2": f"{HELLO}/_tags/v2",
}
"""The paths of the items below `/acr/v1`."""

STAYS, MOVES, NEW, GONE = "stays", "moves", "new", "gone"
"""Both times stay; lastUpdateTime moves and createdTime stays; both are new; the item is gone."""

Times = tuple[str, str]
"""createdTime and lastUpdateTime."""

OPERATIONS: Final[dict[str, tuple[list[RequestStep], tuple[str, str, str, str, str]]]] = {
    #                         repository, FIRST, SECOND, v1, v2
    "tag moved": (
        [push_of_manifest(HELLO, SECOND, "v1")],
        (MOVES, STAYS, STAYS, MOVES, STAYS),
    ),
    "same manifest under the same tag": (
        [push_of_manifest(HELLO, FIRST, "v1")],
        (MOVES, STAYS, STAYS, MOVES, STAYS),
    ),
    "same manifest by digest": (
        [push_of_manifest(HELLO, FIRST)],
        (MOVES, STAYS, STAYS, STAYS, STAYS),
    ),
    "one more tag": (
        [push_of_manifest(HELLO, FIRST, "v3")],
        (MOVES, STAYS, STAYS, STAYS, STAYS),
    ),
    "referrer": (
        [push_of_manifest(HELLO, REFERRER)],
        (MOVES, STAYS, STAYS, STAYS, STAYS),
    ),
    "index over both": (
        [push_of_manifest(HELLO, BOTH)],
        (MOVES, STAYS, STAYS, STAYS, STAYS),
    ),
    "tag deleted": (
        [RequestStep("DELETE", f"{ACR}/_tags/v1")],
        (MOVES, STAYS, STAYS, GONE, STAYS),
    ),
    "tag deleted and pushed again": (
        [RequestStep("DELETE", f"{ACR}/_tags/v1"), push_of_manifest(HELLO, FIRST, "v1")],
        (MOVES, STAYS, STAYS, NEW, STAYS),
    ),
    "manifest deleted": (
        [RequestStep("DELETE", f"{V2}/manifests/{digest_by(FIRST)}")],
        (MOVES, GONE, STAYS, GONE, STAYS),
    ),
    "manifest deleted and pushed again": (
        [
            RequestStep("DELETE", f"{V2}/manifests/{digest_by(FIRST)}"),
            push_of_manifest(HELLO, FIRST, "v1"),
        ],
        (MOVES, NEW, STAYS, NEW, STAYS),
    ),
    "repository deleted": (
        [RequestStep("DELETE", ACR)],
        (GONE, GONE, GONE, GONE, GONE),
    ),
    "repository deleted and pushed again": (
        [
            RequestStep("DELETE", ACR),
            *(push_of_blob(HELLO, content) for content in BLOBS),
            push_of_manifest(HELLO, FIRST, "v1"),
        ],
        (NEW, NEW, GONE, NEW, GONE),
    ),
}
"""Steps, and what they do to the times of the items, in the order of ITEMS."""

WITHOUT_EFFECT: Final = {
    "pull": [RequestStep("GET", f"{V2}/blobs/{digest_by(BLOBS[1])}")],
    "lists": [RequestStep("GET", f"{V2}/tags/list"), RequestStep("GET", f"{ACR}/_manifests")],
    "blob": [push_of_blob(HELLO, b"more")],
    "blob deleted": [RequestStep("DELETE", f"{V2}/blobs/{digest_by(BLOBS[1])}")],
    "mount": [RequestStep("POST", f"{V2}/blobs/uploads/?mount={digest_by(BLOBS[1])}&from={OTHER}")],
    "upload": [
        RequestStep("POST", f"{V2}/blobs/uploads/"),
        RequestStep("PATCH", "upload", b"chunk"),
        RequestStep("PUT", f"upload&digest={digest_by(b'chunk')}"),
    ],
    "upload cancelled": [RequestStep("POST", f"{V2}/blobs/uploads/"), RequestStep("DELETE", "upload")],
    "repository locked": [lock_of(HELLO, "deleteEnabled")],
    "manifest locked": [lock_of(ITEMS["FIRST"], "writeEnabled")],
    "tag locked": [lock_of(ITEMS["v1"], "readEnabled")],
    "other repository": [push_of_blob(OTHER, BLOBS[0]), push_of_manifest(OTHER, FIRST, "v1")],
    "refused push": [RequestStep("PUT", f"{V2}/manifests/v1", b"{}", MANIFEST)],
    "unknown tag deleted": [RequestStep("DELETE", f"{ACR}/_tags/none")],
}
"""Steps after which all times stay (4.3 for PATCH; for the others [I])."""


def filled(profile: Profile) -> Client:
    """Return a client of a registry with FIRST under v1 and SECOND under v2."""
    client = Client(registry_of(profile))
    client.send_all([push_of_blob(HELLO, content) for content in BLOBS])
    client.send_all([push_of_blob(OTHER, content) for content in BLOBS])
    client.send(push_of_manifest(HELLO, FIRST, "v1"))
    client.send(push_of_manifest(HELLO, SECOND, "v2"))
    return client


def advance(registry: FakeRegistry) -> str:
    """Let an hour pass; return the hour that has begun, as times are written."""
    clock = registry.clock
    assert isinstance(clock, ManualClock)
    clock.advance(3_600)
    return time_text(clock.now())[:13]


def times_of(registry: FakeRegistry) -> dict[str, Times | None]:
    """Return the times of each item, None if it is gone. Lists have the same as the items."""
    found = {name: _times_at(registry, path) for name, path in ITEMS.items()}

    listed = _listed_times(registry)
    assert all(times == listed.get(name) for name, times in found.items() if name != "repository")
    return found


def _times_at(registry: FakeRegistry, path: str) -> Times | None:
    answer = get(registry, f"/acr/v1/{path}")
    if answer.status == 404:
        return None
    item = answer.json.get("tag") or answer.json.get("manifest") or answer.json
    return item["createdTime"], item["lastUpdateTime"]


def _listed_times(registry: FakeRegistry) -> dict[str, Times]:
    names = {digest_by(FIRST): "FIRST", digest_by(SECOND): "SECOND"}
    found = {}
    for kind in ("tags", "manifests"):
        answer = get(registry, f"{ACR}/_{kind}")
        for item in (answer.json[kind] or []) if answer.status == 200 else ():
            name = item.get("name") or names.get(item["digest"], item["digest"])
            found[name] = item["createdTime"], item["lastUpdateTime"]
    return found


def change_of(before: Times | None, after: Times | None, hour: str) -> str:
    """Return what an operation in `hour` did to an item's times; both if it is no known change."""
    if after is None:
        return GONE
    if after == before:
        return STAYS

    is_now = [time[:13] == hour for time in after]
    if before is not None and after[0] == before[0] and is_now == [False, True]:
        return MOVES
    return NEW if is_now == [True, True] and after[0] == after[1] else f"{before} -> {after}"


def changes_by(steps: list[RequestStep], profile: Profile) -> tuple[str, ...]:
    """Return what `steps` do to the times of each item."""
    client = filled(profile)
    before, hour = times_of(client.registry), advance(client.registry)

    client.send_all(steps)

    after = times_of(client.registry)
    return tuple(change_of(before[name], after[name], hour) for name in ITEMS)


@pytest.mark.parametrize("profile", ["acr", "oci"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_moves_the_times_of_the_table(name: str, profile: Profile) -> None:
    steps, expected = OPERATIONS[name]
    assert changes_by(steps, profile) == expected


@pytest.mark.parametrize("profile", ["acr", "oci"])
@pytest.mark.parametrize("name", WITHOUT_EFFECT)
def test_other_operations_move_no_time(name: str, profile: Profile) -> None:
    assert changes_by(WITHOUT_EFFECT[name], profile) == (STAYS,) * len(ITEMS)
