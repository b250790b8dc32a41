"""Properties and locks through the Azure SDK's clients: get_*_properties, update_*_properties."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.containerregistry import (
    ArtifactArchitecture,
    ArtifactManifestProperties,
    ArtifactOperatingSystem,
    ArtifactTagProperties,
    ContainerRegistryClient,
    RepositoryProperties,
)
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from fake_registry import FakeRegistry, ManualClock
from pytest_acr import Connection
from tests.support.clients import HELLO, NOWHERE, UNKNOWN_DIGEST, endpoints, every_transport, image_manifest, with_tls

START = datetime(2100, 1, 1, tzinfo=UTC)
UNLOCKED = {"can_delete": True, "can_list": True, "can_read": True, "can_write": True}
LOCKED = {"can_delete": False, "can_list": False, "can_read": False, "can_write": False}


@pytest.fixture
def clock(acr_clock: ManualClock) -> ManualClock:
    """The registry's clock, moved to `START`: its next reading is a microsecond later."""
    missing_ns = int(START.timestamp()) * 10**9 - acr_clock.now()
    acr_clock.advance(timedelta(microseconds=missing_ns // 1_000))
    return acr_clock


def public(properties: object) -> dict[str, Any]:
    """Return the values of a properties object by the names of its attributes."""
    return {name.lstrip("_"): value for name, value in vars(properties).items()}


@every_transport
def test_manifest_properties_are_complete(
    acr: FakeRegistry, clock: ManualClock, client: ContainerRegistryClient, connection: Connection
) -> None:
    image = acr.push_image(f"{HELLO}:v1", platform="linux/arm64", layers=[b"same"])
    clock.advance(timedelta(hours=1))
    acr.push_image(f"{HELLO}:v2", platform="linux/arm64", layers=[b"same"])
    found = client.get_manifest_properties(HELLO, image.digest)
    stored = acr.content.manifest_properties(image.repository, image.digest)

    assert public(found) == {
        "architecture": ArtifactArchitecture.ARM64,
        "operating_system": ArtifactOperatingSystem.LINUX,
        "created_on": START + timedelta(microseconds=stored.created // 1000 % 10**6),
        "last_updated_on": START + timedelta(microseconds=stored.updated // 1000 % 10**6),
        "digest": image.digest,
        "repository_name": HELLO,
        "registry": connection.endpoint,
        "size_in_bytes": stored.size,
        "tags": ["v1", "v2"],
        **UNLOCKED,
    }
    assert found.fully_qualified_reference.endswith(f"/{HELLO}@{image.digest.removeprefix('sha256:')}")
    assert [public(listed) for listed in client.list_manifest_properties(HELLO)] == [public(found)]


@every_transport
def test_tag_properties_are_complete(acr: FakeRegistry, clock: ManualClock, client: ContainerRegistryClient) -> None:
    acr.push_image(f"{HELLO}:v1", layers=[b"old"])
    clock.advance(timedelta(days=1))
    image = acr.push_image(f"{HELLO}:v1", layers=[b"new"])
    found = client.get_tag_properties(HELLO, "v1")
    stored = acr.content.tag_properties(image.repository, image.tag or pytest.fail("it has a tag"))

    assert public(found) == {
        "name": "v1",
        "digest": image.digest,
        "created_on": START + timedelta(microseconds=stored.created // 1000 % 10**6),
        "last_updated_on": START + timedelta(days=1, microseconds=stored.updated // 1000 % 10**6),
        "repository_name": None,  # the client looks for it under another name than it passes it by
        **UNLOCKED,
    }
    assert [public(listed) for listed in client.list_tag_properties(HELLO)] == [public(found)]


@every_transport
def test_repository_properties_are_complete(
    acr: FakeRegistry, clock: ManualClock, client: ContainerRegistryClient
) -> None:
    image = acr.push_image(f"{HELLO}:v1", layers=[b"one"])
    clock.advance(timedelta(days=1))
    acr.push_image(f"{HELLO}:v2", layers=[b"two"])
    acr.push_image(f"{HELLO}:v3", layers=[b"two"])
    stored = acr.content.repository_properties(image.repository)

    assert public(client.get_repository_properties(HELLO)) == {
        "name": HELLO,
        "manifest_count": 2,
        "tag_count": 3,
        "created_on": START + timedelta(microseconds=stored.created // 1000 % 10**6),
        "last_updated_on": START + timedelta(days=1, microseconds=stored.updated // 1000 % 10**6),
        **UNLOCKED,
    }


def test_manifest_properties_by_tag_take_two_requests(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.3: tag looked up first."""
    image = acr.push_image(f"{HELLO}:v1")
    assert client.get_manifest_properties(HELLO, "v1").digest == image.digest
    assert endpoints(acr, status=200) == ["acr.tag.get", "acr.manifest.get"]


def test_index_has_no_platform(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    index = acr.push_index(f"{HELLO}:multi", platforms=["linux/amd64", "windows/amd64"])
    found = {manifest.digest: manifest for manifest in client.list_manifest_properties(HELLO)}
    platform = public(found[index.digest])

    assert (platform["architecture"], platform["operating_system"]) == (None, None)

    children = [found[child.digest] for child in index.children]
    assert [child.operating_system for child in children] == ["linux", "windows"]
    assert [child.tags for child in children] == [None, None]


Update = Callable[..., RepositoryProperties | ArtifactManifestProperties | ArtifactTagProperties]


def levels(client: ContainerRegistryClient) -> dict[str, tuple[Update, Update, tuple[str, ...]]]:
    """Return how to update and get at each level, and the arguments that name the thing."""
    return {
        "repository": (client.update_repository_properties, client.get_repository_properties, (HELLO,)),
        "manifest": (client.update_manifest_properties, client.get_manifest_properties, (HELLO, "v1")),
        "tag": (client.update_tag_properties, client.get_tag_properties, (HELLO, "v1")),
    }


every_level = pytest.mark.parametrize("level", ["repository", "manifest", "tag"])


@with_tls
@every_level
def test_all_four_switches_can_be_set_and_reset(acr: FakeRegistry, client: ContainerRegistryClient, level: str) -> None:
    """acr-behaviour 15.3, test_update_*_properties: GET and PATCH work on a fully locked item."""
    acr.push_image(f"{HELLO}:v1")
    update, get, names = levels(client)[level]
    before = public(get(*names))

    assert public(update(*names, **LOCKED)) == before | LOCKED
    assert public(get(*names)) == before | LOCKED

    update(*names, **UNLOCKED)
    assert public(get(*names)) == before


@every_level
@pytest.mark.parametrize("switch", list(UNLOCKED))
def test_one_switch_can_be_changed_alone(
    acr: FakeRegistry, client: ContainerRegistryClient, level: str, switch: str
) -> None:
    acr.push_image(f"{HELLO}:v1")
    update, get, names = levels(client)[level]
    updated = update(*names, **{switch: False})
    switches = {name: getattr(updated, name) for name in UNLOCKED}

    assert switches == UNLOCKED | {switch: False}
    assert {name: getattr(get(*names), name) for name in UNLOCKED} == switches


@every_level
def test_properties_object_carries_the_changes(acr: FakeRegistry, client: ContainerRegistryClient, level: str) -> None:
    acr.push_image(f"{HELLO}:v1")
    update, get, names = levels(client)[level]
    properties = get(*names)
    properties.can_write = False
    update(*names, properties)

    assert get(*names).can_write is False


def test_metadata_of_a_write_locked_manifest_can_be_changed(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.3, CanSetManifestProperties: `can_write=False` does not lock the metadata."""
    acr.push_image(f"{HELLO}:v1")
    client.update_manifest_properties(HELLO, "v1", can_write=False)
    client.update_manifest_properties(HELLO, "v1", can_delete=False)
    found = client.get_manifest_properties(HELLO, "v1")

    assert (found.can_write, found.can_delete) == (False, False)


def push(client: ContainerRegistryClient) -> None:
    client.set_manifest(HELLO, image_manifest(client, layer=b"another"), tag="v1")


@pytest.mark.parametrize(
    ("level", "lock", "attempt"),
    [
        ("tag", "can_write", push),
        ("tag", "can_write", lambda client: client.delete_tag(HELLO, "v1")),
        ("tag", "can_delete", lambda client: client.delete_tag(HELLO, "v1")),
        ("tag", "can_read", lambda client: client.get_manifest(HELLO, "v1")),
        ("manifest", "can_delete", lambda client: client.delete_manifest(HELLO, "v1")),
        ("manifest", "can_write", lambda client: client.delete_manifest(HELLO, "v1")),
        ("manifest", "can_read", lambda client: client.get_manifest(HELLO, "v1")),
        ("repository", "can_write", push),
        ("repository", "can_delete", lambda client: client.delete_repository(HELLO)),
        ("repository", "can_read", lambda client: client.get_manifest(HELLO, "v1")),
        ("tag", "can_delete", lambda client: client.delete_repository(HELLO)),
    ],
)
def test_locked_is_405(
    acr: FakeRegistry,
    client: ContainerRegistryClient,
    level: str,
    lock: str,
    attempt: Callable[[ContainerRegistryClient], object],
) -> None:
    """acr-behaviour 7.1. The same attempt succeeds once the lock is open again."""
    acr.push_image(f"{HELLO}:v1")
    update, _, names = levels(client)[level]
    update(*names, **{lock: False})
    before = acr.snapshot()

    with pytest.raises(HttpResponseError) as caught:
        attempt(client)
    assert (caught.value.status_code, type(caught.value)) == (405, HttpResponseError)
    assert acr.requests.one(status=405).errors == ("REGISTRY_DISALLOWED_OPERATION",)

    acr.restore(before)
    update(*names, **{lock: True})
    attempt(client)
    assert len(acr.requests.where(status=405)) == 1


@every_level
def test_item_hidden_from_lists_can_be_read(acr: FakeRegistry, client: ContainerRegistryClient, level: str) -> None:
    """acr-behaviour 7.1, listEnabled: the item is only absent from lists."""
    acr.push_image(f"{HELLO}:v1")
    update, get, names = levels(client)[level]
    update(*names, can_list=False)
    listed = {
        "repository": len(list(client.list_repository_names())),
        "manifest": len(list(client.list_manifest_properties(HELLO))),
        "tag": len(list(client.list_tag_properties(HELLO))),
    }

    assert listed == {"repository": 1, "manifest": 1, "tag": 1} | {level: 0}
    assert get(*names).can_list is False


@every_transport
def test_unknown_is_not_found(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.3, test_get_manifest_properties_does_not_exist; codes: acr-behaviour 6."""
    acr.push_image(f"{HELLO}:v1")
    attempts: list[tuple[str, Callable[[], object]]] = [
        ("NAME_UNKNOWN", lambda: client.get_repository_properties(NOWHERE)),
        ("NAME_UNKNOWN", lambda: client.update_repository_properties(NOWHERE, can_read=False)),
        ("TAG_UNKNOWN", lambda: client.get_tag_properties(HELLO, "v9")),
        ("TAG_UNKNOWN", lambda: client.get_tag_properties(NOWHERE, "v1")),
        ("TAG_UNKNOWN", lambda: client.update_tag_properties(HELLO, "v9", can_read=False)),
        ("TAG_UNKNOWN", lambda: client.get_manifest_properties(HELLO, "v9")),
        ("TAG_UNKNOWN", lambda: client.get_manifest_properties(NOWHERE, "v1")),
        ("MANIFEST_UNKNOWN", lambda: client.get_manifest_properties(HELLO, UNKNOWN_DIGEST)),
        ("MANIFEST_UNKNOWN", lambda: client.update_manifest_properties(HELLO, UNKNOWN_DIGEST, can_read=False)),
        ("404 page not found", lambda: client.get_manifest_properties(HELLO, "sha256:wrong-digest")),
    ]

    for code, attempt in attempts:
        with pytest.raises(ResourceNotFoundError, match=code):
            attempt()
