"""Planted bugs in locks: the level, the operation and the attribute (acr-behaviour 7)."""

from typing import Final

from fake_registry import FakeRegistry
from fake_registry.spec.names import digest_of
from tests.support.http import LAYER, begin, put_blob, put_image, put_manifest
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.steps import (
    ACR,
    INDEX,
    A,
    artifact,
    blob_target,
    lock,
    manifest_target,
    pages_of,
    put_index,
    status_of,
    tags_in,
)

FIRST: Final = artifact(1)
SECOND: Final = artifact(2)
MANIFEST: Final = f"{ACR}/_manifests/{digest_of(FIRST)}"
TAG: Final = f"{ACR}/_tags/v1"


def move_a_tag(registry: FakeRegistry, **attributes: bool) -> int:
    """Set attributes of a tag, move it, and return the status."""
    put_index(registry, FIRST, "v1")
    lock(registry, TAG, **attributes)
    return put_manifest(registry, A, "v1", SECOND, INDEX).status


def delete_a_manifest(registry: FakeRegistry, target: str, **attributes: bool) -> int:
    """Set attributes at `target`, delete the manifest, and return the status."""
    put_index(registry, FIRST, "v1")
    lock(registry, target, **attributes)
    return status_of(registry, "DELETE", manifest_target(FIRST))


def read_a_manifest(registry: FakeRegistry) -> object:
    """Forbid to read a manifest; read it by tag and by digest."""
    put_index(registry, FIRST, "v1")
    lock(registry, MANIFEST, read=False)
    targets = (manifest_target("v1"), manifest_target(FIRST))
    return [status_of(registry, "GET", target, headers={"Accept": INDEX}) for target in targets]


def read_a_tag(registry: FakeRegistry) -> object:
    """Forbid to read a tag; read its manifest by tag and by digest."""
    put_index(registry, FIRST, "v1")
    lock(registry, TAG, read=False)
    targets = (manifest_target("v1"), manifest_target(FIRST))
    return [status_of(registry, "GET", target, headers={"Accept": INDEX}) for target in targets]


def list_a_hidden_tag(registry: FakeRegistry) -> object:
    put_index(registry, FIRST, "v1", "v2")
    lock(registry, TAG, list=False)
    return tags_in(registry), pages_of(registry, f"{ACR}/_tags", "tags")


def list_a_hidden_manifest(registry: FakeRegistry) -> object:
    put_index(registry, FIRST)
    put_index(registry, SECOND)
    lock(registry, MANIFEST, list=False)
    return pages_of(registry, f"{ACR}/_manifests?n=1", "manifests") == [[digest_of(SECOND)]]


def push_a_blob_to_a_locked_repository(registry: FakeRegistry) -> object:
    put_index(registry, FIRST)
    lock(registry, write=False)
    return status_of(registry, "POST", f"/v2/{A}/blobs/uploads/?digest={digest_of(b'four')}", b"four")


def close_an_upload_in_a_locked_repository(registry: FakeRegistry) -> object:
    """Lock a repository between the start of an upload and its end."""
    put_index(registry, FIRST)
    closing = f"{begin(registry, A)}&digest={digest_of(b'four')}"
    lock(registry, write=False)
    return status_of(registry, "PUT", closing, b"four")


def delete_a_blob_of_a_locked_repository(registry: FakeRegistry) -> object:
    put_index(registry, FIRST)
    put_blob(registry, A, b"four")
    lock(registry, write=False)
    return status_of(registry, "DELETE", blob_target(b"four"))


def read_a_blob_of_a_locked_repository(registry: FakeRegistry) -> object:
    put_image(registry, A, "v1")
    lock(registry, read=False)
    return status_of(registry, "HEAD", blob_target(LAYER))


def delete_a_repository_with_a_lock(registry: FakeRegistry) -> object:
    put_index(registry, FIRST)
    lock(registry, MANIFEST, delete=False)
    return status_of(registry, "DELETE", ACR)


LOCKS: Final = (
    PlantedBug(
        name="write-lock-of-a-tag-is-not-looked-at-when-it-moves",
        kind="locks: operation",
        profile="acr",
        plant=edit(
            "core.locks:guard_push",
            "_refuse_unless(record.attributes.write_enabled",
            "_refuse_unless(record.attributes.delete_enabled",
        ),
        witness=lambda registry: move_a_tag(registry, write=False),
        right=405,
    ),
    PlantedBug(
        name="tag-with-a-read-lock-cannot-be-moved",
        kind="locks: operation",
        profile="acr",
        plant=edit(
            "core.locks:guard_push",
            "_refuse_unless(record.attributes.write_enabled, state",
            "_refuse_unless(record.attributes.write_enabled and record.attributes.read_enabled, state",
        ),
        witness=lambda registry: move_a_tag(registry, read=False),
        right=201,
    ),
    PlantedBug(
        name="manifest-of-a-locked-tag-can-be-deleted",
        kind="locks: level",
        profile="acr",
        plant=edit(
            "core.locks:guard_manifest_delete", "for tag in tags_of(state, record.manifest.digest):", "for tag in ():"
        ),
        witness=lambda registry: delete_a_manifest(registry, TAG, delete=False),
        right=405,
    ),
    PlantedBug(
        name="write-lock-does-not-forbid-to-delete",
        kind="locks: operation",
        profile="acr",
        plant=edit(
            "core.locks:_guard_deletable",
            '_refuse_unless(attributes.write_enabled, state, "writeEnabled", reference)',
            "pass",
        ),
        witness=lambda registry: delete_a_manifest(registry, MANIFEST, write=False),
        right=405,
    ),
    PlantedBug(
        name="delete-lock-of-a-repository-locks-its-manifests",
        kind="locks: level",
        profile="acr",
        plant=edit(
            "core.locks:guard_delete_in",
            '_refuse_unless(state.attributes.write_enabled, state, "writeEnabled")',
            "_guard_deletable(state, state.attributes)",
        ),
        witness=lambda registry: delete_a_manifest(registry, ACR, delete=False),
        right=202,
    ),
    PlantedBug(
        name="read-lock-of-a-manifest-holds-by-tag-alone",
        kind="locks: level",
        profile="acr",
        plant=edit(
            "core.locks:guard_pull", "if record is not None:", "if record is not None and reference in state.tags:"
        ),
        witness=read_a_manifest,
        right=[405, 405],
    ),
    PlantedBug(
        name="read-lock-of-a-tag-does-not-hold",
        kind="locks: level",
        profile="acr",
        plant=edit(
            "core.locks:guard_pull", "if reference is not None and", "if record is None and reference is not None and"
        ),
        witness=read_a_tag,
        right=[405, 200],
    ),
    PlantedBug(
        name="hidden-tag-is-in-the-list-of-the-specification",
        kind="locks: operation",
        profile="acr",
        plant=edit("core.catalog:list_tags", "tags[tag].attributes.list_enabled", "tag in tags"),
        witness=list_a_hidden_tag,
        right=(["v2"], [["v2"]]),
    ),
    PlantedBug(
        name="hidden-manifest-is-listed",
        kind="locks: operation",
        profile="acr",
        plant=edit(
            "core.catalog:list_manifests",
            "manifests[digest].attributes.list_enabled",
            "digest in manifests",
        ),
        witness=list_a_hidden_manifest,
        right=True,
    ),
    PlantedBug(
        name="locked-repository-accepts-a-blob-in-one-request",
        kind="locks: level",
        profile="acr",
        plant=edit("core.uploads:Uploads._store", "locks.guard_push(state)", "pass"),
        witness=push_a_blob_to_a_locked_repository,
        right=405,
    ),
    PlantedBug(
        name="upload-that-began-before-the-lock-can-be-closed",
        kind="locks: operation",
        profile="acr",
        plant=edit("core.uploads:Uploads.finish", "locks.guard_push(state)", "pass"),
        witness=close_an_upload_in_a_locked_repository,
        right=405,
    ),
    PlantedBug(
        name="blob-of-a-locked-repository-can-be-deleted",
        kind="locks: level",
        profile="acr",
        plant=edit(
            "core.memory:MemoryRegistry.delete_blob",
            "locks.guard_delete_in(state)",
            "pass",
        ),
        witness=delete_a_blob_of_a_locked_repository,
        right=405,
    ),
    PlantedBug(
        name="blob-of-a-repository-with-a-read-lock-can-be-read",
        kind="locks: level",
        profile="acr",
        plant=edit("core.memory:MemoryRegistry._read_blob", "locks.guard_pull(state)", "pass"),
        witness=read_a_blob_of_a_locked_repository,
        right=405,
    ),
    PlantedBug(
        name="repository-with-a-locked-manifest-can-be-deleted",
        kind="locks: level",
        profile="acr",
        plant=edit(
            "core.locks:guard_repository_delete",
            "guard_manifest_delete(state, record)",
            "pass",
        ),
        witness=delete_a_repository_with_a_lock,
        right=405,
    ),
)
