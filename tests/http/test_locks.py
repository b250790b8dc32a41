"""Locks over HTTP: every operation that an attribute forbids, in ACR's own 405; acr-behaviour 6 and
7.1.

The table of locks is tested in `tests/core/test_locks`; here are the answers, and that nothing
changes.
"""

import json
from collections.abc import Callable

import pytest

from fake_registry import FakeRegistry
from fake_registry.spec.names import digest_of
from tests.support.http import (
    ABSENT,
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    LAYER_DIGEST,
    OCI_MANIFEST,
    HttpAnswer,
    begin,
    everything,
    manifest_bytes,
    put_blob,
    put_image,
    put_manifest,
    registry_of,
    send,
)

ROOT = "/acr/v1/samples/hello"
V2 = "/v2/samples/hello"
TAG = f"{ROOT}/_tags/v1"
MANIFEST = f"{ROOT}/_manifests/{IMAGE_DIGEST}"
EVERY = ("deleteEnabled", "writeEnabled", "readEnabled", "listEnabled")

DISALLOWED = (
    b'{"errors":[{"code":"REGISTRY_DISALLOWED_OPERATION","message":"The operation is disallowed on this registry, '
    b"repository or image. View troubleshooting steps at "
    b'https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation-","detail":{}}]}\n'
)
"""264 bytes since 2026; 263 before, without the last hyphen."""

Operation = Callable[[FakeRegistry], HttpAnswer]


def request_of(method: str, target: str, body: bytes = b"") -> Operation:
    return lambda registry: send(registry, method, target, body, {"Accept": OCI_MANIFEST, "Content-Type": OCI_MANIFEST})


PULLS = {
    "manifest.get": request_of("GET", f"{V2}/manifests/v1"),
    "manifest.head": request_of("HEAD", f"{V2}/manifests/v1"),
}
BY_DIGEST = {"manifest.get by digest": request_of("GET", f"{V2}/manifests/{IMAGE_DIGEST}")}
BLOB_PULLS = {
    "blob.get": request_of("GET", f"{V2}/blobs/{LAYER_DIGEST}"),
    "blob.head": request_of("HEAD", f"{V2}/blobs/{LAYER_DIGEST}"),
}
TAG_PUSH = {"manifest.put over the tag": request_of("PUT", f"{V2}/manifests/v1", manifest_bytes())}
PUSHES = {
    "manifest.put of a new tag": request_of("PUT", f"{V2}/manifests/new", IMAGE),
    "manifest.put by digest": request_of("PUT", f"{V2}/manifests/{digest_of(manifest_bytes())}", manifest_bytes()),
    "upload.start": request_of("POST", f"{V2}/blobs/uploads/"),
    "upload.start, whole": request_of("POST", f"{V2}/blobs/uploads/?digest={digest_of(b'new')}", b"new"),
    "upload.start, mount": request_of("POST", f"{V2}/blobs/uploads/?mount={LAYER_DIGEST}&from=other"),
}
TAG_DELETE = {"acr.tag.delete": request_of("DELETE", TAG)}
MANIFEST_DELETE = {"manifest.delete": request_of("DELETE", f"{V2}/manifests/{IMAGE_DIGEST}")}
BLOB_DELETE = {"blob.delete": request_of("DELETE", f"{V2}/blobs/{LAYER_DIGEST}")}
REPOSITORY_DELETE = {"acr.repository.delete": request_of("DELETE", ROOT)}

FORBIDDEN: dict[tuple[str, str], dict[str, Operation]] = {
    (ROOT, "readEnabled"): {**PULLS, **BY_DIGEST, **BLOB_PULLS},  # blobs through the repository: [I]
    (ROOT, "writeEnabled"): {
        **TAG_PUSH,
        **PUSHES,
        **TAG_DELETE,
        **MANIFEST_DELETE,
        **BLOB_DELETE,  # [I]
        **REPOSITORY_DELETE,
    },
    (ROOT, "deleteEnabled"): REPOSITORY_DELETE,
    (MANIFEST, "readEnabled"): {**PULLS, **BY_DIGEST},
    (MANIFEST, "writeEnabled"): {**MANIFEST_DELETE, **REPOSITORY_DELETE},  # the repository: [I]
    (MANIFEST, "deleteEnabled"): {**MANIFEST_DELETE, **REPOSITORY_DELETE},
    (TAG, "readEnabled"): PULLS,
    (TAG, "writeEnabled"): {**TAG_PUSH, **TAG_DELETE, **MANIFEST_DELETE, **REPOSITORY_DELETE},  # by digest: [I]
    (TAG, "deleteEnabled"): {**TAG_DELETE, **MANIFEST_DELETE, **REPOSITORY_DELETE},
}
"""The refused operations by locked item and attribute. All others succeed; `listEnabled` refuses
none."""

OPERATIONS = {
    **PULLS,
    **BY_DIGEST,
    **BLOB_PULLS,
    **TAG_PUSH,
    **PUSHES,
    **TAG_DELETE,
    **MANIFEST_DELETE,
    **BLOB_DELETE,
    **REPOSITORY_DELETE,
}


def make_registry() -> FakeRegistry:
    """IMAGE under v1 in samples/hello, its blobs in another repository as well."""
    registry = registry_of()
    put_image(registry, "samples/hello", "v1")
    put_blob(registry, "other", LAYER)
    return registry


def lock(registry: FakeRegistry, path: str, *attributes: str) -> None:
    assert send(registry, "PATCH", path, json.dumps(dict.fromkeys(attributes, False)).encode()).status == 200


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("attribute", EVERY)
@pytest.mark.parametrize("path", [ROOT, MANIFEST, TAG], ids=["repository", "manifest", "tag"])
def test_lock_refuses_exactly_the_documented_operations(path: str, attribute: str, operation: str) -> None:
    registry = make_registry()
    lock(registry, path, attribute)
    before = everything(registry)

    found = OPERATIONS[operation](registry)

    if operation in FORBIDDEN.get((path, attribute), {}):
        head = operation.endswith(".head")  # the status without a body [I]
        assert (found.status, found.body) == (405, b"" if head else DISALLOWED)
        assert found.header("Content-Length") == "264"
        assert everything(registry) == before
    else:
        assert found.status in (200, 201, 202, 307)


@pytest.mark.parametrize("path", [ROOT, MANIFEST, TAG], ids=["repository", "manifest", "tag"])
def test_locked_item_can_be_read_and_unlocked(path: str) -> None:
    """acr-behaviour 4.4 and 15.3 (test_update_*_properties): metadata is not locked."""
    registry = make_registry()
    open_before = send(registry, "GET", path)
    lock(registry, path, *EVERY)

    shut = send(registry, "GET", path)

    item = shut.json.get("tag") or shut.json.get("manifest") or shut.json
    assert item["changeableAttributes"] == dict.fromkeys(EVERY, False)
    assert send(registry, "PATCH", path, json.dumps(dict.fromkeys(EVERY, True)).encode()) == open_before


@pytest.mark.parametrize("attribute", ["deleteEnabled", "writeEnabled"])
@pytest.mark.parametrize("kind", ["_tags", "_manifests"])
def test_one_locked_item_keeps_the_whole_repository(attribute: str, kind: str) -> None:
    """acr-behaviour 7.1 [I]: all or nothing. The locked one has others before and behind it, in
    every order."""
    registry = make_registry()
    for number in range(5):
        content = manifest_bytes(number=number)
        put_manifest(registry, "samples/hello", f"t{number}", content)
    names = sorted(item.get("name", item["digest"]) for item in send(registry, "GET", f"{ROOT}/{kind}").json[kind[1:]])
    lock(registry, f"{ROOT}/{kind}/{names[2]}", attribute)
    before = everything(registry)

    found = send(registry, "DELETE", ROOT)

    assert (found.status, found.body) == (405, DISALLOWED)
    assert everything(registry) == before


def test_missing_item_is_404_in_a_locked_repository() -> None:
    """acr-behaviour 5 [I]: route, token, existence, lock."""
    registry = make_registry()
    lock(registry, ROOT, *EVERY)

    gone = [
        send(registry, "DELETE", f"{V2}/manifests/{ABSENT}"),
        send(registry, "DELETE", f"{ROOT}/_tags/gone"),
        send(registry, "DELETE", f"{V2}/blobs/{ABSENT}"),
        send(registry, "GET", f"{V2}/manifests/gone"),
    ]

    assert [one.status for one in gone] == [404] * 4


def test_upload_cannot_be_finished_after_a_lock() -> None:
    """acr-behaviour 7.1: a push into the repository."""
    registry = make_registry()
    location = begin(registry, "samples/hello", b"new")
    lock(registry, ROOT, "writeEnabled")

    found = send(registry, "PUT", f"{location}&digest={digest_of(b'new')}", b"")

    assert (found.status, found.body) == (405, DISALLOWED)


@pytest.mark.parametrize(("path", "parent"), [(TAG, "_tags"), (MANIFEST, "_manifests"), (ROOT, "_catalog")])
def test_hidden_item_is_missing_only_in_the_list_of_its_parent(path: str, parent: str) -> None:
    """acr-behaviour 7.1: listEnabled refuses nothing."""
    registry = make_registry()
    lock(registry, path, "listEnabled")
    lists = {
        "_catalog": ["/acr/v1/_catalog", "/v2/_catalog"],
        "_tags": [f"{ROOT}/_tags", f"{V2}/tags/list"],
        "_manifests": [f"{ROOT}/_manifests"],
    }

    def items(target: str) -> object:
        return next(value for value in send(registry, "GET", target).json.values() if not isinstance(value, str))

    shown = {name: [items(target) for target in targets] for name, targets in lists.items()}

    assert {name: {value is None for value in values} for name, values in shown.items()} == {
        name: {name == parent} for name in lists
    }
    assert send(registry, "GET", path).status == 200


OF_UPLOADS = {
    "upload.chunk": ("PATCH", "", b"more"),
    "upload.finish": ("PUT", f"&digest={digest_of(b'fourmore')}", b"more"),
    "upload.status": ("GET", "", b""),
    "upload.cancel": ("DELETE", "", b""),
}
"""Requests to an upload that began before the lock: method, more query, and body."""

READS = (
    *("/v2/_catalog", "/acr/v1/_catalog", f"{V2}/tags/list", f"{V2}/referrers/{IMAGE_DIGEST}"),
    *(ROOT, f"{ROOT}/_tags", f"{ROOT}/_manifests", TAG, MANIFEST),
)
"""Lists and metadata, which no attribute refuses (acr-behaviour 7.1)."""


@pytest.mark.parametrize("operation", OF_UPLOADS)
@pytest.mark.parametrize("attribute", EVERY)
@pytest.mark.parametrize("path", [ROOT, MANIFEST, TAG], ids=["repository", "manifest", "tag"])
def test_lock_refuses_only_the_end_of_an_upload(path: str, attribute: str, operation: str) -> None:
    """acr-behaviour 7.1: `writeEnabled` of the repository refuses pushes into it; a chunk is none yet [I]."""
    registry = make_registry()
    location = begin(registry, "samples/hello", b"four")
    lock(registry, path, attribute)
    before = everything(registry)

    method, query, body = OF_UPLOADS[operation]
    found = send(registry, method, location + query, body)

    if (path, attribute, operation) == (ROOT, "writeEnabled", "upload.finish"):
        assert (found.status, found.body) == (405, DISALLOWED)
        assert everything(registry) == before
    else:
        assert found.status in (201, 202, 204)


@pytest.mark.parametrize("attribute", EVERY)
@pytest.mark.parametrize("path", [ROOT, MANIFEST, TAG], ids=["repository", "manifest", "tag"])
def test_no_lock_refuses_lists_and_metadata(path: str, attribute: str) -> None:
    registry = make_registry()
    lock(registry, path, attribute)

    found = {target: send(registry, "GET", target).status for target in READS}

    assert found == dict.fromkeys(READS, 200)


@pytest.mark.parametrize("attribute", EVERY)
@pytest.mark.parametrize("locked", [ROOT, MANIFEST, TAG], ids=["repository", "manifest", "tag"])
@pytest.mark.parametrize("path", [ROOT, MANIFEST, TAG], ids=["repository", "manifest", "tag"])
def test_no_lock_refuses_a_change_of_attributes(path: str, locked: str, attribute: str) -> None:
    """acr-behaviour 4.4: also of the items above and below the locked one."""
    registry = make_registry()
    lock(registry, locked, attribute)

    found = send(registry, "PATCH", path, b'{"deleteEnabled":false}')

    item = found.json.get("tag") or found.json.get("manifest") or found.json
    assert (found.status, item["changeableAttributes"]["deleteEnabled"]) == (200, False)
