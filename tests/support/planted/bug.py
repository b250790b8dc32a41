"""`PlantedBug`: a mistake in the fake registry, the part of the harness that must find it, and a proof.

A bug is small, shows for some inputs or sequences of calls alone, and makes no answer a 500. It is
planted before the registry is made, and the end of the monkeypatch removes it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pytest

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from tests.support.http import registry_of

Part = Literal[
    "machine",
    "authorization machine",
    "time machine",
    "fault machine",
    "linearizability",
    "ranges",
    "codec",
    "snapshots",
]
"""A part of the harness.

`ranges` and `codec` are `assert_range_parser` and `assert_manifest_codec`; `snapshots` are the
comparisons of a fake with itself: snapshots, resets and records.
"""

Plant = Callable[[pytest.MonkeyPatch], None]
"""Makes the mistake, until the monkeypatch is undone."""

Witness = Callable[[FakeRegistry], object]
"""Sends a few requests to a new registry, and returns a value that shows the bug."""

KINDS: Final = (
    "accept",
    "blobs of manifests",
    "catalogue: deleted repositories",
    "catalogue: empty repositories",
    "catalogue: hidden repositories",
    "children of manifests",
    "digests: last chunk",
    "digests: manifests",
    "digests: sha512",
    "digests: single POST",
    "expiry",
    "faults",
    "head headers",
    "links: lost parameters",
    "links: missing",
    "links: one too many",
    "links: unescaped last",
    "links: wrong last",
    "locks: level",
    "locks: operation",
    "locks: update",
    "lost updates",
    "media types",
    "mounts: other repositories",
    "mounts: permission",
    "mounts: source",
    "pages by time with equal times",
    "ranges: closed",
    "ranges: open",
    "ranges: past the end",
    "ranges: suffix",
    "ranges: totals",
    "recorder",
    "referrers: descriptors",
    "referrers: duplicates",
    "referrers: filter",
    "referrers: order",
    "referrers: snapshot",
    "scopes: catalogue",
    "scopes: prefix",
    "scopes: wildcard",
    "second tags",
    "snapshots",
    "storage permits",
    "tag order",
    "times",
    "token kinds",
    "untag and delete",
    "uploads: cancel",
    "uploads: offsets",
    "uploads: repeated chunks",
    "uploads: status",
)
"""The kinds of mistakes that a harness must find: issue 14, planted bugs."""


@dataclass(frozen=True, kw_only=True)
class PlantedBug:
    """One mistake, with a witness that returns `right` where it is not planted."""

    name: str
    """The wrong behaviour, in kebab case."""
    kind: str
    """One of `KINDS`."""
    part: Part = "machine"
    plant: Plant
    witness: Witness
    right: object
    profile: Profile = "oci"
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What the bug requires besides the profile. No login is required unless `auth` is here."""

    def registry(self) -> FakeRegistry:
        """Return a new registry in which the bug can show. Plant the bug before."""
        return registry_of(self.profile, **self.settings)
