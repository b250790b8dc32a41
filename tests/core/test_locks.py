"""The calls that each changeable attribute forbids: every cell of the table of acr-behaviour 7.1.

docs container-registry-image-lock; Azure/acr-cli#70. Where the table is silent the cell is what it implies [I].
"""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.registry import UploadStatus
from fake_registry.settings import Settings
from fake_registry.spec import media_types
from fake_registry.spec.attributes import UNLOCKED, AttributeChanges
from fake_registry.spec.errors import BlobUnknown, ManifestBlobUnknown, ManifestUnknown, OperationDisallowed
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.names import Digest, Tag, digest_of
from tests.support.images import ABSENT, HELLO, OTHER, V1, V2, V3, Built, blob_of, image, push
from tests.support.memory import MakeRegistry, content_of

LOCKED, ASIDE, FRESH = image(b"locked"), image(b"aside"), image(b"locked", annotations={"org.example": "fresh"})
"""In `HELLO` are LOCKED, with the tags v1 (which gets the lock) and v2, and ASIDE, untagged. FRESH can be pushed."""

LAYER = digest_of(b"locked")

Action = Callable[[MemoryRegistry], object]


def switch(*attributes: str, on: bool) -> AttributeChanges:
    values: dict[str, Any] = dict.fromkeys(attributes, on)  # Any: switches by name
    return AttributeChanges(**values)


def pull_blob(registry: MemoryRegistry, digest: Digest) -> bytes:
    with closing(registry.get_blob(HELLO, digest)) as reader:
        return b"".join(reader.chunks())


def push_manifest(built: Built, *tags: str) -> Action:
    return lambda registry: registry.put_manifest(HELLO, built.manifest, tags=[V for V in (V1, V2, V3) if V in tags])


ACTIONS: dict[str, Action] = {
    "pull by the tag": lambda registry: registry.get_manifest(HELLO, V1),
    "stat by the tag": lambda registry: registry.stat_manifest(HELLO, V1),
    "pull by another tag": lambda registry: registry.get_manifest(HELLO, V2),
    "pull by digest": lambda registry: registry.get_manifest(HELLO, LOCKED.digest),
    "pull another manifest": lambda registry: registry.get_manifest(HELLO, ASIDE.digest),
    "pull a blob": lambda registry: pull_blob(registry, LAYER),
    "stat a blob": lambda registry: registry.stat_blob(HELLO, LAYER),
    "push over the tag": push_manifest(FRESH, "v1"),
    "push the same under the tag": push_manifest(LOCKED, "v1"),
    "push over both tags": push_manifest(FRESH, "v2", "v1"),
    "push over another tag": push_manifest(FRESH, "v2"),
    "push the same under a new tag": push_manifest(LOCKED, "v3"),
    "push the same by digest": push_manifest(LOCKED),
    "push a new manifest": push_manifest(FRESH),
    "push a blob": lambda registry: registry.put_blob(HELLO, digest_of(b"new"), [b"new"]),
    "start an upload": lambda registry: registry.start_upload(HELLO),
    "mount a blob": lambda registry: registry.mount_blob(HELLO, digest_of(b"other"), source=OTHER),
    "mount what is not there": lambda registry: registry.mount_blob(HELLO, ABSENT, source=OTHER),
    "delete the tag": lambda registry: registry.delete_tag(HELLO, V1),
    "delete another tag": lambda registry: registry.delete_tag(HELLO, V2),
    "delete the manifest": lambda registry: registry.delete_manifest(HELLO, LOCKED.digest),
    "delete another manifest": lambda registry: registry.delete_manifest(HELLO, ASIDE.digest),
    "delete a blob": lambda registry: registry.delete_blob(HELLO, LAYER),
    "delete the repository": lambda registry: registry.delete_repository(HELLO),
    "list tags": lambda registry: registry.list_tags(HELLO),
    "list tag properties": lambda registry: registry.list_tag_properties(HELLO),
    "list manifests": lambda registry: registry.list_manifests(HELLO),
    "list referrers": lambda registry: registry.list_referrers(HELLO, LOCKED.digest),
    "describe the repository": lambda registry: registry.repository_properties(HELLO),
    "describe the manifest": lambda registry: registry.manifest_properties(HELLO, LOCKED.digest),
    "describe the tag": lambda registry: registry.tag_properties(HELLO, V1),
}

PULLS = {name for name in ACTIONS if name.startswith(("pull", "stat"))}
PUSHES = {name for name in ACTIONS if name.startswith(("push", "start", "mount"))}
DELETES = {name for name in ACTIONS if name.startswith("delete")}
OF_THE_TAG = {"delete the tag", "delete the manifest", "delete the repository"}
"""A manifest takes its tags along: a locked tag protects it [I]."""
OF_THE_MANIFEST = {"delete the manifest", "delete the repository"}

REFUSED: dict[tuple[str, str], set[str]] = {
    ("repository", "write_enabled"): PUSHES | DELETES,
    ("repository", "delete_enabled"): {"delete the repository"},
    ("repository", "read_enabled"): PULLS,
    ("repository", "list_enabled"): set(),
    ("manifest", "write_enabled"): OF_THE_MANIFEST,
    ("manifest", "delete_enabled"): OF_THE_MANIFEST,
    ("manifest", "read_enabled"): {"pull by the tag", "stat by the tag", "pull by another tag", "pull by digest"},
    ("manifest", "list_enabled"): set(),
    ("tag", "write_enabled"): OF_THE_TAG | {"push over the tag", "push the same under the tag", "push over both tags"},
    ("tag", "delete_enabled"): OF_THE_TAG,
    ("tag", "read_enabled"): {"pull by the tag", "stat by the tag"},
    ("tag", "list_enabled"): set(),
}


def lock(registry: MemoryRegistry, level: str, changes: AttributeChanges) -> None:
    """Change the attributes of the repository, of LOCKED or of v1."""
    match level:
        case "repository":
            registry.update_repository_attributes(HELLO, changes)
        case "manifest":
            registry.update_manifest_attributes(HELLO, LOCKED.digest, changes)
        case "tag":
            registry.update_tag_attributes(HELLO, V1, changes)


@pytest.fixture
def filled(registry: MemoryRegistry) -> MemoryRegistry:
    """A registry with something of each kind."""
    push(registry, HELLO, ASIDE, LOCKED, tags=[V1, V2])
    push(registry, HELLO, FRESH)
    registry.delete_manifest(HELLO, FRESH.digest)
    registry.put_blob(OTHER, digest_of(b"other"), [b"other"])
    return registry


@pytest.mark.parametrize(("level", "attribute"), REFUSED)
def test_attribute_forbids_exactly_the_calls_of_the_table(filled: MemoryRegistry, level: str, attribute: str) -> None:
    lock(filled, level, switch(attribute, on=False))
    locked = filled.snapshot()
    refused: set[str] = set()
    for name, action in ACTIONS.items():
        before = content_of(filled)
        try:
            action(filled)
        except OperationDisallowed:
            refused.add(name)
            assert content_of(filled) == before, name
        filled.restore(locked)
    assert refused == REFUSED[level, attribute]


@pytest.mark.parametrize("level", ["repository", "manifest", "tag"])
def test_unlocking_leaves_no_trace_of_the_lock(filled: MemoryRegistry, level: str) -> None:
    """acr-behaviour 4.4: PATCH works on a fully locked item."""
    everything = ("delete_enabled", "write_enabled", "read_enabled", "list_enabled")
    before = content_of(filled)
    lock(filled, level, switch(*everything, on=False))
    locked = content_of(filled)
    lock(filled, level, switch(*everything, on=True))
    assert (content_of(filled), locked == before) == (before, False)


@pytest.mark.parametrize(
    ("level", "attribute", "action", "facts"),
    [
        ("repository", "write_enabled", "push a blob", {"attribute": "writeEnabled", "reference": None}),
        ("repository", "read_enabled", "pull a blob", {"attribute": "readEnabled", "reference": None}),
        ("repository", "delete_enabled", "delete the repository", {"attribute": "deleteEnabled", "reference": None}),
        (
            "manifest",
            "delete_enabled",
            "delete the manifest",
            {"attribute": "deleteEnabled", "reference": LOCKED.digest},
        ),
        ("manifest", "read_enabled", "pull by the tag", {"attribute": "readEnabled", "reference": LOCKED.digest}),
        ("tag", "write_enabled", "push over both tags", {"attribute": "writeEnabled", "reference": V1}),
        ("tag", "read_enabled", "pull by the tag", {"attribute": "readEnabled", "reference": V1}),
        ("tag", "delete_enabled", "delete the manifest", {"attribute": "deleteEnabled", "reference": V1}),
    ],
)
def test_error_names_the_attribute_and_its_level(
    filled: MemoryRegistry, level: str, attribute: str, action: str, facts: dict[str, object]
) -> None:
    lock(filled, level, switch(attribute, on=False))
    with pytest.raises(OperationDisallowed) as refused:
        ACTIONS[action](filled)
    assert refused.value.facts == {"repository": HELLO, **facts}


def test_existence_is_checked_before_locks(filled: MemoryRegistry) -> None:
    """acr-behaviour 5, order of checks: route, token, existence, lock [I]."""
    lock(filled, "repository", AttributeChanges(write_enabled=False, read_enabled=False))
    for action in (filled.get_manifest, filled.delete_manifest):
        with pytest.raises(ManifestUnknown) as refused:
            action(HELLO, ABSENT)
        assert refused.value.facts == {"repository": HELLO, "digest": ABSENT}


def test_upload_started_before_a_lock_cannot_be_finished(filled: MemoryRegistry) -> None:
    """acr-behaviour 7.1: writeEnabled=false, pushes into the repository are refused; the upload survives."""
    upload = filled.start_upload(HELLO).upload
    lock(filled, "repository", AttributeChanges(write_enabled=False))
    with pytest.raises(OperationDisallowed):
        filled.finish_upload(HELLO, upload, digest_of(b"new"), tail=[b"new"])
    lock(filled, "repository", AttributeChanges(write_enabled=True))
    assert filled.finish_upload(HELLO, upload, digest_of(b"new"), tail=[b"new"]) == blob_of(b"new")


@pytest.mark.parametrize("from_anywhere", [True, False])
def test_blob_of_an_unreadable_repository_is_not_mounted(filled: MemoryRegistry, *, from_anywhere: bool) -> None:
    """readEnabled=false forbids blobs through the repository [I]; a mount then begins an upload."""
    lock(filled, "repository", AttributeChanges(read_enabled=False))
    mounted = filled.mount_blob(OTHER, LAYER, source=None if from_anywhere else HELLO)
    assert isinstance(mounted, UploadStatus)


def test_stored_blob_ignores_locks(filled: MemoryRegistry) -> None:
    """Storage serves it behind a signed URL: acr-behaviour 8.3."""
    lock(filled, "repository", AttributeChanges(read_enabled=False))
    assert b"".join(filled.stored_blob(HELLO, LAYER).chunks()) == b"locked"
    with pytest.raises(BlobUnknown):
        filled.stored_blob(HELLO, ABSENT)


def test_locks_are_checked_before_references(filled: MemoryRegistry) -> None:
    """A guard is the first line of every mutating function (architecture, Side concerns)."""
    lock(filled, "tag", AttributeChanges(write_enabled=False))
    with pytest.raises(OperationDisallowed):
        filled.put_manifest(HELLO, image(b"never pushed").manifest, tags=[V1])
    with pytest.raises(ManifestBlobUnknown):
        filled.put_manifest(HELLO, image(b"never pushed").manifest, tags=[V2])


def test_moved_tag_keeps_its_attributes_and_pushed_manifest_its_own(filled: MemoryRegistry) -> None:
    """acr-behaviour 7.1: tag and manifest flags are separate."""
    kept = AttributeChanges(delete_enabled=False)
    lock(filled, "tag", kept)
    lock(filled, "manifest", kept)
    filled.put_manifest(HELLO, ASIDE.manifest, tags=[V1])
    filled.put_manifest(HELLO, LOCKED.manifest, tags=[V3])
    assert [
        filled.tag_properties(HELLO, V1).attributes,
        filled.manifest_properties(HELLO, ASIDE.digest).attributes,
        filled.manifest_properties(HELLO, LOCKED.digest).attributes,
        filled.tag_properties(HELLO, V3).attributes,
    ] == [kept.applied_to(UNLOCKED), UNLOCKED, kept.applied_to(UNLOCKED), UNLOCKED]


def test_locked_manifest_does_not_change_its_type(registry: MemoryRegistry) -> None:
    """acr-behaviour 7.1: the same bytes under another media type are a push over the manifest."""
    content = b'{"schemaVersion":2,"manifests":[]}'
    as_index = read_manifest(content, media_types.OCI_INDEX)
    as_artifact = read_manifest(content, media_types.OCI_ARTIFACT)
    registry.put_manifest(HELLO, as_index)
    registry.update_manifest_attributes(HELLO, as_index.digest, AttributeChanges(write_enabled=False))
    with pytest.raises(OperationDisallowed):
        registry.put_manifest(HELLO, as_artifact)
    registry.put_manifest(HELLO, as_index, tags=[V1])  # a further tag changes nothing in it
    assert registry.get_manifest(HELLO, V1).media_type == media_types.OCI_INDEX


@pytest.mark.parametrize("tags", [[], [V2], [V3]], ids=["by-digest", "under-a-free-tag", "under-a-new-tag"])
def test_manifest_under_a_locked_tag_does_not_change_its_type(registry: MemoryRegistry, tags: list[Tag]) -> None:
    """A locked tag goes on answering what it did, its Content-Type included (acr-behaviour 7.1: no push over it)."""
    content = b'{"schemaVersion":2,"manifests":[]}'
    as_index = read_manifest(content, media_types.OCI_INDEX)
    as_artifact = read_manifest(content, media_types.OCI_ARTIFACT)
    registry.put_manifest(HELLO, as_index, tags=[V1, V2])
    registry.update_tag_attributes(HELLO, V1, AttributeChanges(write_enabled=False))
    with pytest.raises(OperationDisallowed) as refused:
        registry.put_manifest(HELLO, as_artifact, tags=tags)
    assert refused.value.facts == {"repository": HELLO, "attribute": "writeEnabled", "reference": V1}
    registry.put_manifest(HELLO, as_index, tags=tags)  # a further tag changes nothing in it
    assert registry.get_manifest(HELLO, V1).media_type == media_types.OCI_INDEX


@pytest.mark.parametrize("level", ["manifest", "tag"])
@pytest.mark.parametrize("changes", [AttributeChanges(delete_enabled=False), AttributeChanges(write_enabled=False)])
def test_locked_referrer_remains_after_its_subject_is_deleted(
    make_registry: MakeRegistry, level: str, changes: AttributeChanges
) -> None:
    """acr-behaviour 5 and 7.1 [I]: an item locked against deletion stays, and so do its referrers."""
    registry = make_registry(Settings(profile="acr"))
    subject = image(b"subject")
    sbom = image(b"sbom", subject=subject.manifest.descriptor)
    signature = image(b"signature", subject=sbom.manifest.descriptor)
    free = image(b"free", subject=subject.manifest.descriptor)
    push(registry, HELLO, subject, signature, free)
    push(registry, HELLO, sbom, tags=[V1])
    if level == "tag":
        registry.update_tag_attributes(HELLO, V1, changes)
    else:
        registry.update_manifest_attributes(HELLO, sbom.digest, changes)

    registry.delete_manifest(HELLO, subject.digest)

    left = [one.digest for one in registry.list_manifests(HELLO).items]
    assert left == sorted([sbom.digest, signature.digest])
    assert registry.list_tags(HELLO).items == [V1]
