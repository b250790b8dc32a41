"""Layouts have every feature that their docstrings promise, and our reader agrees."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from hypothesis import given

from fake_registry.layout import LayoutError, load_layout
from fake_registry.spec import media_types
from fake_registry.spec.names import RepositoryName, digest_of
from pytest_acr.strategies import BrokenLayoutFiles, LayoutFiles, broken_layouts, layouts
from tests.support.effort import examples, features_not_drawn, flaws_not_drawn
from tests.support.layouts import content_of, empty_registry, tags_of

HELLO: Final = RepositoryName("samples/hello")


def entries_of(layout: LayoutFiles) -> list[dict[str, Any]]:  # Any: JSON
    entries: list[dict[str, Any]] = json.loads(layout.files["index.json"])["manifests"]
    return entries


def nameless_digests(layout: LayoutFiles) -> set[str]:
    return {entry["digest"] for entry in entries_of(layout) if "annotations" not in entry}


def children_in(layout: LayoutFiles) -> set[str]:
    return {child.digest for one in layout.graph.manifests for child in one.facts.manifests}


def has_nested_index(layout: LayoutFiles) -> bool:
    indexes = [one for one in layout.graph.manifests if one.media_type in media_types.INDEXES]
    return any(index.digest in children_in(layout) for index in indexes)


def has_nameless_referrer(layout: LayoutFiles) -> bool:
    referrers = [one for one in layout.graph.manifests if one.facts.subject is not None]
    return any(referrer.digest in nameless_digests(layout) for referrer in referrers)


def has_manifest_without_entry(layout: LayoutFiles) -> bool:
    listed = {entry["digest"] for entry in entries_of(layout)}
    return any(manifest.digest not in listed for manifest in layout.graph.manifests)


def has_unused_blob(layout: LayoutFiles) -> bool:
    used = {blob.digest for one in layout.graph.manifests for blob in one.facts.blobs}
    return any(digest_of(blob) not in used for blob in layout.graph.blobs)


FEATURES: Final[Mapping[str, Callable[[LayoutFiles], bool]]] = {
    "name with a tag alone": lambda layout: any(":" not in name for name in layout.names),
    "name with a repository": lambda layout: any(":" in name for name in layout.names),
    "no name": lambda layout: not layout.names,
    "two names of one manifest": lambda layout: max(Counter(layout.names.values()).values(), default=0) > 1,
    "nested index": has_nested_index,
    "referrer without a name": has_nameless_referrer,
    "child with an entry": lambda layout: bool(children_in(layout) & nameless_digests(layout)),
    "child without an entry": has_manifest_without_entry,
    "blob of no manifest": has_unused_blob,
    "other member of oci-layout": lambda layout: b"un known" in layout.files["oci-layout"],
    "other member of index.json": lambda layout: b"un known" in layout.files["index.json"],
    "media type of index.json": lambda layout: "mediaType" in json.loads(layout.files["index.json"]),
}


FLAWS: Final = (
    *("no oci-layout", "no index.json", "malformed oci-layout", "wrong version"),
    *("malformed index.json", "missing manifest", "missing blob", "other content"),
    *("longer blob", "folder for a blob", "name twice", "digest that is a path"),
    *(f"index.json: {name}" for name in ("schemaVersion", "mediaType", "manifests")),
    *(f"entry: {name}" for name in ("mediaType", "digest", "size", "annotations", "platform")),
)


def test_every_feature_is_drawn() -> None:
    assert features_not_drawn(layouts(), FEATURES) == []


def test_every_flaw_is_drawn() -> None:
    assert flaws_not_drawn(broken_layouts(), FLAWS) == []


@given(layout=layouts())
@examples(10)  # files are written and read
def test_every_manifest_of_a_layout_is_loaded(layout: LayoutFiles) -> None:
    with TemporaryDirectory() as folder, empty_registry() as registry:
        layout.write_to(Path(folder))
        load_layout(registry, folder, repository=HELLO)
        manifests = [one.digest for one in registry.list_manifests(HELLO).items]
        tags = tags_of(registry, HELLO)

    assert sorted(manifests) == sorted({one.digest for one in layout.graph.manifests})
    assert tags == {name.rpartition(":")[2]: digest for name, digest in layout.names.items()}
    assert tags == dict(layout.graph.tags)


@given(layout=broken_layouts())
@examples(60)  # three for each flaw
def test_broken_layout_is_refused_as_a_whole(layout: BrokenLayoutFiles) -> None:
    assert layout.flaw in FLAWS
    with TemporaryDirectory() as folder, empty_registry() as registry:
        layout.write_to(Path(folder))
        with pytest.raises(LayoutError):
            load_layout(registry, folder, repository=HELLO)
        assert content_of(registry) == {}
