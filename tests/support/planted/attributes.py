"""Planted bugs in changes of attributes, and in what keeps them (acr-behaviour 7)."""

from typing import Final

from fake_registry import FakeRegistry
from tests.support.http import send
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.locks import FIRST, MANIFEST, SECOND, TAG
from tests.support.planted.steps import (
    ACR,
    artifact,
    json_of,
    lock,
    manifest_target,
    put_index,
    status_of,
)


def lock_twice(registry: FakeRegistry) -> object:
    """Change two attributes of a tag, one after the other, and return the tag's attributes."""
    put_index(registry, FIRST, "v1")
    lock(registry, TAG, delete=False)
    lock(registry, TAG, list=False)
    return attributes_at(registry, TAG, "tag")


def lock_and_unlock(registry: FakeRegistry) -> object:
    return lock_twice(registry), lock(registry, TAG, delete=True), attributes_at(registry, TAG, "tag")


def attributes_at(registry: FakeRegistry, target: str, level: str) -> list[str]:
    """Return the names of the attributes that are false."""
    found = json_of(registry, target)[level]["changeableAttributes"]
    return sorted(name for name, value in found.items() if value is False)


def move_a_hidden_tag(registry: FakeRegistry) -> object:
    put_index(registry, FIRST, "v1")
    lock(registry, TAG, list=False)
    put_index(registry, SECOND, "v1")
    return attributes_at(registry, TAG, "tag")


def push_a_locked_manifest_again(registry: FakeRegistry) -> object:
    put_index(registry, FIRST)
    lock(registry, MANIFEST, write=False)
    put_index(registry, FIRST, "v1")
    return attributes_at(registry, MANIFEST, "manifest")


def delete_the_subject_of_a_locked_referrer(registry: FakeRegistry) -> object:
    referrer = artifact(3, subject=FIRST)
    put_index(registry, FIRST)
    digest = put_index(registry, referrer)
    lock(registry, f"{ACR}/_manifests/{digest}", delete=False)
    deleted = status_of(registry, "DELETE", manifest_target(FIRST))
    return deleted, send(registry, "GET", f"{ACR}/_manifests/{digest}").status


ATTRIBUTES: Final = (
    PlantedBug(
        name="change-of-one-attribute-resets-the-others",
        kind="locks: update",
        profile="acr",
        plant=edit(
            "spec.attributes:AttributeChanges.applied_to",
            "replace(attributes, **changes)",
            "replace(UNLOCKED, **changes)",
        ),
        witness=lock_twice,
        right=["deleteEnabled", "listEnabled"],
    ),
    PlantedBug(
        name="attribute-cannot-be-set-to-false-again",
        kind="locks: update",
        profile="acr",
        plant=edit(
            "spec.attributes:AttributeChanges.applied_to",
            "if value is not None",
            "if value or getattr(attributes, name)",
        ),
        witness=lock_and_unlock,
        right=(["deleteEnabled", "listEnabled"], 200, ["listEnabled"]),
    ),
    PlantedBug(
        name="tag-that-moves-loses-its-locks",
        kind="locks: update",
        profile="acr",
        plant=edit(
            "core.content:_point",
            "replace(before, digest=digest, updated=now)",
            "TagRecord(digest=digest, created=before.created, updated=now)",
        ),
        witness=move_a_hidden_tag,
        right=["listEnabled"],
    ),
    PlantedBug(
        name="manifest-that-is-pushed-again-loses-its-locks",
        kind="locks: update",
        profile="acr",
        plant=edit(
            "core.content:_store", "created, attributes = before.created, before.attributes", "created = before.created"
        ),
        witness=push_a_locked_manifest_again,
        right=["writeEnabled"],
    ),
    PlantedBug(
        name="locked-referrer-goes-with-its-subject",
        kind="locks: operation",
        profile="acr",
        plant=edit(
            "core.content:delete_manifest",
            "if locks.is_deletable(state, state.manifests[one])",
            "if one in state.manifests",
        ),
        witness=delete_the_subject_of_a_locked_referrer,
        right=(202, 200),
    ),
)
