"""HEAD equals GET, header by header.

RFC 9110 §9.3.2: the server sends the header fields that it would have sent to a GET, and no
content. distribution-spec v1.1.1, Checking if content exists in the registry.
"""

from typing import Final

import pytest

from fake_registry import FakeRegistry, Fault, Refuse
from tests.properties.content import (
    BLOBS,
    BOTH,
    DIGESTS,
    FIRST,
    INDEX,
    MANIFEST,
    REPOSITORIES,
    Client,
    digest_by,
    lock_of,
    pushes_of_all,
)
from tests.properties.observing import UNKNOWN_HOST
from tests.support.http import HOST, STORAGE_HOST, HttpAnswer, registry_of, send
from tests.support.products import cross

HELLO: Final = REPOSITORIES[0]
V2: Final = f"/v2/{HELLO}"
ACR: Final = f"/acr/v1/{HELLO}"
LAYER: Final = digest_by(BLOBS[1])
ABSENT: Final = digest_by(b"never pushed")

ITEMS: Final = (
    f"{V2}/manifests/v1",
    f"{V2}/manifests/v2",
    f"{V2}/manifests/{digest_by(FIRST)}",
    f"{V2}/manifests/{digest_by(BOTH)}",
    f"{V2}/blobs/{LAYER}",
    f"{V2}/blobs/{digest_by(BLOBS[0])}",
)
ABSENT_ITEMS: Final = (
    f"{V2}/manifests/none",
    f"{V2}/manifests/{ABSENT}",
    f"{V2}/blobs/{ABSENT}",
    "/v2/nowhere/manifests/v1",
    f"/v2/nowhere/blobs/{LAYER}",
    f"/v2/{REPOSITORIES[1]}/blobs/{LAYER}",
    f"{V2}/manifests/sha256:0",
    f"{V2}/blobs/sha256:0",
    "/v2/UPPER/manifests/v1",
    f"/v2/UPPER/blobs/{LAYER}",
    "/nowhere",
)
LISTS: Final = (
    "/v2/",
    "/v2/_catalog?n=1",
    f"{V2}/tags/list?n=1",
    f"{V2}/referrers/{digest_by(FIRST)}",
    f"{V2}/referrers/{ABSENT}?artifactType=x",
    "/acr/v1/_catalog?n=1",
    ACR,
    f"{ACR}/_tags?n=1",
    f"{ACR}/_tags/v1",
    f"{ACR}/_manifests?n=1",
    f"{ACR}/_manifests/{digest_by(FIRST)}",
    f"{ACR}/_tags/none",
    "/acr/v1/nowhere",
)
"""Routes for which no document names HEAD: RFC 9110 §9.1 requires it of every server."""

ACCEPTS: Final = {
    "every type": f"{MANIFEST}, {INDEX}",
    "another type": "text/plain",
    "no type": "",
}
CONDITIONS: Final = {
    "none": {},
    "same ETag": {"If-None-Match": f'"{digest_by(FIRST)}"'},
    "any ETag": {"If-None-Match": "*"},
    "other ETag": {"If-None-Match": f'"{ABSENT}"'},
}


@pytest.fixture(params=["acr", "oci"])
def registry(request: pytest.FixtureRequest) -> FakeRegistry:
    """A registry of each profile with all of `content`."""
    client = Client(registry_of(request.param))
    client.send_all(pushes_of_all(HELLO))
    return client.registry


def both(
    registry: FakeRegistry,
    target: str,
    headers: dict[str, str],
    host: str = UNKNOWN_HOST,
) -> tuple[HttpAnswer, HttpAnswer]:
    """Return the answers to HEAD and to GET."""
    accept = {"Accept": f"{MANIFEST}, {INDEX}"}
    sent = accept | headers
    head = send(registry, "HEAD", target, headers=sent, host=host)
    return head, send(registry, "GET", target, headers=sent, host=host)


def assert_same(head: HttpAnswer, get: HttpAnswer) -> None:
    assert head == HttpAnswer(get.status, get.headers, b"")


@cross({"target": ITEMS, "condition": CONDITIONS.keys(), "accept": ACCEPTS})
def test_head_of_content_has_the_headers_of_get(
    registry: FakeRegistry, target: str, condition: str, accept: str
) -> None:
    assert_same(*both(registry, target, {**CONDITIONS[condition], "Accept": accept}))


@pytest.mark.parametrize("target", ABSENT_ITEMS)
def test_head_of_absent_content_has_the_headers_of_get(registry: FakeRegistry, target: str) -> None:
    head, get = both(registry, target, {})

    assert get.status in (400, 404)
    assert_same(head, get)


@pytest.mark.parametrize("target", LISTS)
def test_head_of_other_routes_has_the_headers_of_get(registry: FakeRegistry, target: str) -> None:
    assert_same(*both(registry, target, {}))


@cross({"target": ITEMS, "path": [HELLO, f"{HELLO}/_tags/v1", f"{HELLO}/_manifests/{DIGESTS[0]}"]})
def test_head_of_locked_content_has_the_headers_of_get(registry: FakeRegistry, target: str, path: str) -> None:
    """acr-behaviour 7.1: HEAD has the status without a body [I]."""
    assert Client(registry).send(lock_of(path, "readEnabled")).status == 200

    assert_same(*both(registry, target, {}))


@cross(
    {
        "target": [*ITEMS, *ABSENT_ITEMS[:4], *LISTS],
        "authorization": ["", "Bearer x.y.z", "Basic eDp5"],
    }
)
def test_head_without_permission_has_the_headers_of_get(target: str, authorization: str) -> None:
    """acr-behaviour 3.1: HEAD has the same headers, Content-Length included, and no body."""
    head, get = both(registry_of(auth="token"), target, {"Authorization": authorization})

    assert get.status == 401
    assert_same(head, get)


@cross({"target": ITEMS, "status": [429, 500, 503]})
def test_refused_head_has_the_headers_of_get(registry: FakeRegistry, target: str, status: int) -> None:
    registry.faults.add(Fault("*", Refuse(status, retry_after=3)))

    head, get = both(registry, target, {})

    assert get.status == status
    assert_same(head, get)


def test_head_of_a_blob_is_not_redirected() -> None:
    """acr-behaviour 8.3: ACR answers HEAD itself, 200 with the full length, and GET by a 307."""
    client = Client(registry_of("acr"))
    client.send_all(pushes_of_all(HELLO))

    head, get = both(client.registry, f"{V2}/blobs/{LAYER}", {"Range": "bytes=0-1"}, host=HOST)

    assert (head.status, get.status) == (200, 307)
    digest = ("Docker-Content-Digest", LAYER)
    assert digest in head.headers
    assert digest in get.headers
    assert head.header("Content-Length") == str(len(BLOBS[1]))
    assert head.header("Content-Type") == "application/octet-stream"
    assert "Location" not in dict(head.headers)


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=2-4"}, {"Authorization": "Bearer x"}])
def test_head_at_the_storage_account_has_the_headers_of_get(headers: dict[str, str]) -> None:
    """RFC 9110 §14.2: Range is for GET alone, so that HEAD has the headers of the whole."""
    client = Client(registry_of("acr"))
    client.send_all(pushes_of_all(HELLO))
    _, redirect = both(client.registry, f"{V2}/blobs/{LAYER}", {}, host=HOST)
    target = redirect.header("Location").partition(STORAGE_HOST)[2]

    head, _ = both(client.registry, target, headers, host=STORAGE_HOST)
    without_range = {name: value for name, value in headers.items() if name != "Range"}
    _, get = both(client.registry, target, without_range, host=STORAGE_HOST)

    assert without_length(head) == without_length(HttpAnswer(get.status, get.headers, b""))


def without_length(found: HttpAnswer) -> HttpAnswer:
    """Return an answer without its length, for errors that have a new id in their body."""
    varying = ("Content-Length", "x-ms-request-id")
    kept = tuple(pair for pair in found.headers if pair[0] not in varying)
    return HttpAnswer(found.status, kept, found.body)


def test_head_has_the_headers_of_the_service_as_get() -> None:
    """Their values may differ: each answer has an id of its own."""
    client = Client(registry_of("acr", service_headers=True))
    client.send_all(pushes_of_all(HELLO))
    for target in (*ITEMS[:4], *ABSENT_ITEMS, *LISTS):
        head, get = both(client.registry, target, {})
        assert [name for name, _ in head.headers] == [name for name, _ in get.headers], target
