"""`acr.diff(snapshot)`: what has changed, in the terms of a registry."""

import json
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from fake_registry import ChangedAttribute, FakeRegistry, MovedTag, RegistryDiff
from fake_registry.spec import media_types
from fake_registry.spec.attributes import AttributeChanges
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from fake_registry.spec.words import short_digest
from tests.support.http import begin, registry_of

WEB, V1 = RepositoryName("dev/web"), Tag("1.0")
LOCKED = AttributeChanges(write_enabled=False)


@pytest.fixture
def registry() -> FakeRegistry:
    registry = registry_of()
    registry.push_image("dev/web:1.0", layers=[b"old"], config=b"{}")
    return registry


def test_same_content_is_no_difference(registry: FakeRegistry) -> None:
    before = registry.snapshot()
    registry.push_image("dev/web:1.0", layers=[b"old"], config=b"{}")
    diff = registry.diff(before)

    assert (diff, bool(diff), str(diff)) == (RegistryDiff(), False, "no changes")


def test_first_push(registry: FakeRegistry) -> None:
    before = registry.snapshot()
    image = registry.push_image("dev/api:1.0", layers=[b"layer"], config=b"{}")
    assert image.config is not None
    blobs = sorted([image.config.digest, image.layers[0].digest])

    assert registry.diff(before) == RegistryDiff(
        repositories_added=("dev/api",),
        tags_added=("dev/api:1.0",),
        manifests_added=(f"dev/api@{image.digest}",),
        blobs_added=tuple(f"dev/api@{digest}" for digest in blobs),
    )


def test_deleted_repository() -> None:
    registry = registry_of()
    image = registry.push_image("dev/web:1.0", layers=[], config=b"{}")
    before = registry.snapshot()
    registry.content.delete_repository(WEB)
    assert image.config is not None

    assert registry.diff(before) == RegistryDiff(
        repositories_removed=("dev/web",),
        tags_removed=("dev/web:1.0",),
        manifests_removed=(f"dev/web@{image.digest}",),
        blobs_removed=(f"dev/web@{image.config.digest}",),
    )


def test_moved_tag(registry: FakeRegistry) -> None:
    old = registry.image("dev/web:1.0")
    before = registry.snapshot()
    new = registry.push_image("dev/web:1.0", layers=[b"old"], annotations={"new": "yes"})
    diff = registry.diff(before)

    assert diff.tags_moved == (MovedTag("dev/web:1.0", old.digest, new.digest),)
    assert (diff.tags_added, diff.tags_removed) == ((), ())
    moved = f"~ tag dev/web:1.0 moved from {short_digest(old.digest)} to {short_digest(new.digest)}"
    assert moved in str(diff).splitlines()


def test_removed_tag_leaves_its_manifest(registry: FakeRegistry) -> None:
    before = registry.snapshot()
    registry.content.delete_tag(WEB, V1)

    assert registry.diff(before) == RegistryDiff(tags_removed=("dev/web:1.0",))
    assert str(registry.diff(before)) == "- tag dev/web:1.0"


def test_blob_without_a_manifest(registry: FakeRegistry) -> None:
    before = registry.snapshot()
    digest = digest_of(b"blob")
    registry.content.put_blob(RepositoryName("lost"), digest, [b"blob"])

    assert registry.diff(before) == RegistryDiff(blobs_added=(f"lost@{digest}",))


def test_unfinished_upload_is_no_change(registry: FakeRegistry) -> None:
    before = registry.snapshot()
    begin(registry, "dev/web", b"four")

    assert not registry.diff(before)


def test_changed_attributes(registry: FakeRegistry) -> None:
    digest = registry.image("dev/web:1.0").digest
    before = registry.snapshot()
    registry.content.update_repository_attributes(WEB, AttributeChanges(delete_enabled=False))
    registry.content.update_tag_attributes(WEB, V1, LOCKED)
    scan = AttributeChanges(list_enabled=False, quarantine_state="Passed")
    registry.content.update_manifest_attributes(WEB, digest, scan)

    assert registry.diff(before).attributes_changed == (
        ChangedAttribute("dev/web", "deleteEnabled", True, False),
        ChangedAttribute("dev/web:1.0", "writeEnabled", True, False),
        ChangedAttribute(f"dev/web@{digest}", "listEnabled", True, False),
        ChangedAttribute(f"dev/web@{digest}", "quarantineState", None, "Passed"),
    )
    assert str(registry.diff(before)).splitlines() == [
        "~ deleteEnabled of dev/web changed from true to false",
        "~ writeEnabled of dev/web:1.0 changed from true to false",
        f"~ listEnabled of dev/web@{short_digest(digest)} changed from true to false",
        f'~ quarantineState of dev/web@{short_digest(digest)} changed from null to "Passed"',
    ]


def test_new_tag_that_is_locked(registry: FakeRegistry) -> None:
    before = registry.snapshot()
    image = registry.image("dev/web:1.0")
    registry.content.put_manifest(WEB, image.manifest, tags=[Tag("2.0")])
    registry.content.update_tag_attributes(WEB, Tag("2.0"), LOCKED)

    assert registry.diff(before) == RegistryDiff(
        tags_added=("dev/web:2.0",),
        attributes_changed=(ChangedAttribute("dev/web:2.0", "writeEnabled", True, False),),
    )


def test_other_media_type_of_the_same_bytes() -> None:
    registry = registry_of()
    content = json.dumps({"schemaVersion": 2, "manifests": []}).encode()
    types = (media_types.OCI_INDEX, "application/vnd.example+json")
    first, second = (read_manifest(content, one) for one in types)
    registry.content.put_manifest(WEB, first)
    before = registry.snapshot()
    registry.content.put_manifest(WEB, second)

    assert registry.diff(before) == RegistryDiff(
        attributes_changed=(ChangedAttribute(f"dev/web@{first.digest}", "mediaType", *types),)
    )


def test_locks_hide_nothing(registry: FakeRegistry) -> None:
    hidden = AttributeChanges(read_enabled=False, list_enabled=False)
    registry.content.update_repository_attributes(WEB, hidden)
    before = registry_of().snapshot()

    assert registry.diff(before).tags_added == ("dev/web:1.0",)
    assert len(registry.requests) == 0


def test_two_registries_are_compared(registry: FakeRegistry) -> None:
    twin = registry_of()
    twin.import_image(registry, "dev/web:1.0")

    assert not twin.diff(registry.snapshot())


def test_difference_is_frozen_and_hashable(registry: FakeRegistry) -> None:
    diff = registry.diff(registry_of().snapshot())
    name: Any = fields(diff)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(diff, name, ())

    assert {diff, registry.diff(registry_of().snapshot())} == {diff}


def test_snapshot_stays_as_it_was(registry: FakeRegistry) -> None:
    before = registry.snapshot()
    registry.push_image("dev/api:1.0")
    first = registry.diff(before)

    assert registry.diff(before) == first
    assert first


class TestText:
    def test_representation_is_one_line_with_the_first_changes(self) -> None:
        registry = registry_of()
        before = registry.snapshot()
        registry.push_index("dev/web:1.0")

        text = repr(registry.diff(before))
        start = "<RegistryDiff: + repository dev/web; + tag dev/web:1.0; + manifest dev/web@sha256:"
        assert text.startswith(start)
        assert text.endswith("; 6 more>")
        assert len(text) < 200

    def test_representation_of_no_change(self, registry: FakeRegistry) -> None:
        assert repr(registry.diff(registry.snapshot())) == "<RegistryDiff: no changes>"

    def test_many_changes_are_counted(self) -> None:
        registry = registry_of()
        before = registry.snapshot()
        for number in range(200):
            registry.push_image(f"dev/web:{number}", layers=[])

        lines = str(registry.diff(before)).splitlines()
        assert (len(lines), lines[-1]) == (41, "... 163 more")
