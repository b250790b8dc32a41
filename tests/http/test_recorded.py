"""The registry against recordings of the real one: the same request of each kind
(tests.http.recorded).

Repositories are named as in the recordings, or with as many letters, so that lengths can be
compared.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.spec import media_types
from fake_registry.spec.names import digest_of
from tests.http import recorded
from tests.http.recorded import RECORDED
from tests.support.http import ABSENT, HttpAnswer, entry, send
from tests.support.logins import bearer, entra_token

Ask = Callable[[FakeRegistry], HttpAnswer]

NAME = "azacrlivetest"
HOST = f"{NAME}.azurecr.io"
ANOTHER_CLOUD = "https://management.usgovcloudapi.net"
PUSHED_NS = 1_706_077_009_607_454_900
"""2024-01-24T06:16:49.6074549Z: as many digits as the recorded times have; a step of the clock
leaves the last one."""

BLOB = b'{"architecture":"amd64","os":"linux","padding":"'.ljust(415, b"x") + b'"}'
BLOB_DIGEST = digest_of(BLOB)
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": media_types.DOCKER_MANIFEST,
        "config": entry(BLOB, media_types.DOCKER_CONFIG),
        "layers": [],
    }
).encode()
MANIFEST_DIGEST = digest_of(MANIFEST)
IMAGES = {
    "alpine": "3.17.1",
    "hello-world": "latest",
    "testblobclient": "latest",
    "testclient": "latest",
    "testclient_update": "latest",
    "ubuntu": "20.04",
}


def recorded_registry() -> FakeRegistry:
    """Return a registry that requires a login, with the recorded repositories."""
    source = FakeRegistry(Settings(name=NAME, auth="off"), clock=ManualClock(PUSHED_NS))
    for name, tag in IMAGES.items():
        assert send(source, "POST", f"/v2/{name}/blobs/uploads/?digest={BLOB_DIGEST}", BLOB).status == 201
        kind = {"Content-Type": media_types.DOCKER_MANIFEST}
        assert send(source, "PUT", f"/v2/{name}/manifests/{tag}", MANIFEST, kind).status == 201
    registry = FakeRegistry(Settings(name=NAME, auth="token"), clock=ManualClock(PUSHED_NS + 10**9))
    registry.restore(source.snapshot())
    return registry


def post(registry: FakeRegistry, path: str, form: str) -> HttpAnswer:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return send(registry, "POST", f"{path}?api-version=2021-07-01", form.encode(), kind, host=HOST)


def exchange(registry: FakeRegistry, access_token: str = "") -> HttpAnswer:
    token = access_token or entra_token()
    return post(registry, "/oauth2/exchange", f"access_token={token}&grant_type=access_token&service={HOST}")


def token(registry: FakeRegistry, scope: str, refresh_token: str = "") -> HttpAnswer:
    refresh = refresh_token or exchange(registry).json["refresh_token"]
    form = f"grant_type=refresh_token&refresh_token={refresh}&scope={scope}&service={HOST}"
    return post(registry, "/oauth2/token", form)


def plain(method: str, target: str, **headers: str) -> Ask:
    """Send a request without a token, as every client does first."""
    return lambda registry: send(registry, method, target, b"", headers, host=HOST)


def request_with(scope: str, method: str, target: str, body: bytes = b"", **headers: str) -> Ask:
    """Send a request with a token of this scope."""

    def ask(registry: FakeRegistry) -> HttpAnswer:
        login = bearer(token(registry, scope).json["access_token"])
        fields = {"Accept": media_types.DOCKER_MANIFEST, **login, **headers}
        return send(registry, method, target, body, fields, host=HOST)

    return ask


def upload_request_of(
    method: str, query: str = "", body: bytes = b"", *, scope: str = "pull,push", **headers: str
) -> Ask:
    """Send a request to an upload in hello-world. With a `query`, BLOB is appended to it first."""

    def ask(registry: FakeRegistry) -> HttpAnswer:
        location = START(registry).header("Location")
        if query:
            location = request_with(PUSH, "PATCH", location, BLOB)(registry).header("Location")
        return request_with(f"repository:hello-world:{scope}", method, location + query, body, **headers)(registry)

    return ask


def storage_request_of(**headers: str) -> Ask:
    """Follow the 307 to storage, without the token."""

    def ask(registry: FakeRegistry) -> HttpAnswer:
        location = GET_BLOB(registry).header("Location")
        host, _, target = location.removeprefix("https://").partition("/")
        return send(registry, "GET", f"/{target}", headers=headers, host=host)

    return ask


def many(registry: FakeRegistry) -> HttpAnswer:
    """List so many manifests by time that the answer comes in chunks."""
    for number in range(8):
        content = MANIFEST + b" " * number
        kind = {"Content-Type": media_types.DOCKER_MANIFEST}
        request_with(PUSH, "PUT", f"/v2/hello-world/manifests/{digest_of(content)}", content, **kind)(registry)
    target = f"/acr/v1/hello-world/_manifests{VERSION}&orderby=timedesc"
    return request_with("repository:hello-world:metadata_read", "GET", target)(registry)


PUSH = "repository:hello-world:pull,push"
START = request_with(PUSH, "POST", "/v2/hello-world/blobs/uploads/")
GET_BLOB = request_with("repository:testblobclient:pull", "GET", f"/v2/testblobclient/blobs/{BLOB_DIGEST}")
UNKNOWN = "repository:wrong-name:metadata_read"
READ = "repository:testclient:metadata_read"
WRITE = "repository:testclient_update:metadata_write"
LOCK = b'{"writeEnabled":false}'
MOUNT = f"/v2/testblobclient_mountblob/blobs/uploads/?from=testblobclient&mount={BLOB_DIGEST}"
MOUNTING = "repository:testblobclient:pull repository:testblobclient_mountblob:pull,push"
VERSION = "?api-version=2021-07-01"

ASKED: dict[str, Ask] = {
    "challenge": plain("GET", "/v2/alpine/manifests/3.17.1"),
    "challenge of HEAD": plain("HEAD", f"/v2/testblobclient/blobs/{BLOB_DIGEST}", Range="bytes=0-299"),
    "challenge of a push": plain("POST", "/v2/hello-world/blobs/uploads/"),
    "challenge of a mount": plain("POST", MOUNT),
    "challenge of a change": plain("PATCH", f"/acr/v1/testclient_update/_tags/wrong-tag{VERSION}"),
    "challenge of a delete": plain("DELETE", f"/acr/v1/alpine/_tags/3.14.8{VERSION}"),
    "challenge of the root": plain("GET", "/v2/"),
    "challenge of the catalog": plain("GET", f"/acr/v1/_catalog{VERSION}"),
    "scope too small": request_with(
        "repository:ubuntu:metadata_read", "DELETE", f"/v2/ubuntu/manifests/{MANIFEST_DIGEST}"
    ),
    "exchange": exchange,
    "exchange refused": lambda registry: exchange(registry, entra_token(aud=ANOTHER_CLOUD)),
    "token": lambda registry: token(registry, "repository:testblobclient:pull"),
    # the recording does not show why: its token is blanked
    "token refused": lambda registry: token(registry, "registry:catalog:*", ".wrong."),
    "root": request_with("registry:catalog:*", "GET", "/v2/"),
    "catalog page": request_with("registry:catalog:*", "GET", f"/acr/v1/_catalog{VERSION}&n=1"),
    "catalog's last page": request_with(
        "registry:catalog:*", "GET", "/acr/v1/_catalog?last=testclient_update&n=1&orderby="
    ),
    "repository": request_with(READ, "GET", f"/acr/v1/testclient{VERSION}"),
    "repository unknown": request_with(UNKNOWN, "GET", f"/acr/v1/wrong-name{VERSION}"),
    "repository changed": request_with(WRITE, "PATCH", f"/acr/v1/testclient_update{VERSION}", LOCK),
    "repository to change unknown": request_with(
        "repository:wrong-repository:metadata_write", "PATCH", f"/acr/v1/wrong-repository{VERSION}", LOCK
    ),
    "repository deleted": request_with("repository:testclient:delete", "DELETE", f"/acr/v1/testclient{VERSION}"),
    "repository to delete unknown": request_with(
        "repository:does_not_exist:delete", "DELETE", f"/acr/v1/does_not_exist{VERSION}"
    ),
    "tags": request_with(READ, "GET", f"/acr/v1/testclient/_tags{VERSION}&n=1"),
    "tags of an unknown repository": request_with(UNKNOWN, "GET", f"/acr/v1/wrong-name/_tags{VERSION}"),
    "tag": request_with("repository:ubuntu:metadata_read", "GET", f"/acr/v1/ubuntu/_tags/20.04{VERSION}"),
    "tag changed": request_with(WRITE, "PATCH", f"/acr/v1/testclient_update/_tags/latest{VERSION}", LOCK),
    "tag to change unknown": request_with(WRITE, "PATCH", f"/acr/v1/testclient_update/_tags/wrong-tag{VERSION}", LOCK),
    "tag unknown": request_with(READ, "GET", f"/acr/v1/testclient/_tags/does_not_exist{VERSION}"),
    "tag deleted": request_with("repository:alpine:delete", "DELETE", f"/acr/v1/alpine/_tags/3.17.1{VERSION}"),
    "manifests": request_with(READ, "GET", f"/acr/v1/testclient/_manifests{VERSION}&n=1"),
    "manifests, many": many,
    "manifests of an unknown repository": request_with(UNKNOWN, "GET", f"/acr/v1/wrong-name/_manifests{VERSION}"),
    "manifest's properties changed": request_with(
        WRITE, "PATCH", f"/acr/v1/testclient_update/_manifests/{MANIFEST_DIGEST}{VERSION}", LOCK
    ),
    "manifest's properties": request_with(READ, "GET", f"/acr/v1/testclient/_manifests/{MANIFEST_DIGEST}{VERSION}"),
    "manifest's properties, malformed digest": plain("GET", f"/acr/v1/testclient/_manifests/wrong-digest{VERSION}"),
    "manifest": request_with("repository:alpine:pull", "GET", "/v2/alpine/manifests/3.17.1"),
    "manifest under an unknown tag": request_with("repository:alpine:pull", "GET", "/v2/alpine/manifests/wrong-tag"),
    "manifest pushed": request_with(
        PUSH, "PUT", "/v2/hello-world/manifests/test", MANIFEST, **{"Content-Type": media_types.DOCKER_MANIFEST}
    ),
    "manifest deleted": request_with("repository:ubuntu:delete", "DELETE", f"/v2/ubuntu/manifests/{MANIFEST_DIGEST}"),
    "manifest deleted by tag": request_with("repository:alpine:delete", "DELETE", "/v2/alpine/manifests/error-digest"),
    "manifest to delete unknown": request_with("repository:alpine:delete", "DELETE", f"/v2/alpine/manifests/{ABSENT}"),
    "manifest to delete, malformed digest": request_with(
        "repository:ubuntu:delete", "DELETE", f"/v2/hello-world/manifests/sha256:{MANIFEST_DIGEST}"
    ),
    "blob's size": request_with(
        "repository:testblobclient:pull", "HEAD", f"/v2/testblobclient/blobs/{BLOB_DIGEST}", Range="bytes=0-299"
    ),
    "blob's size, malformed digest": plain("HEAD", "/v2/testblobclient/blobs/wrong%20digest"),
    "blob": GET_BLOB,
    "blob stored": storage_request_of(),
    "blob stored, a range past the end": storage_request_of(Range="bytes=0-999"),
    "blob deleted": request_with("repository:alpine:delete", "DELETE", f"/v2/alpine/blobs/{BLOB_DIGEST}"),
    "blob to delete unknown": request_with("repository:wrong-name:delete", "DELETE", f"/v2/wrong-name/blobs/{ABSENT}"),
    "blob to delete, malformed digest": plain("DELETE", "/v2/testblobclient/blobs/wrong%20digest"),
    "upload started": START,
    "chunk appended": upload_request_of("PATCH", body=BLOB),
    "chunk refused": upload_request_of("PATCH", body=BLOB, **{"Content-Range": "-1--1"}),
    "upload finished": upload_request_of("PUT", f"&digest={BLOB_DIGEST}"),
    "upload finished, malformed digest": upload_request_of("PUT", "&digest=sha256%3A00000000"),
    "upload's status": upload_request_of("GET"),
    "upload cancelled": upload_request_of("DELETE", scope="delete"),
    "blob mounted": request_with(MOUNTING, "POST", MOUNT),
    "mount begins an upload": request_with(
        f"{PUSH} repository:alpine:pull", "POST", f"/v2/hello-world/blobs/uploads/?from=alpine&mount={ABSENT}"
    ),
    "front end": plain("GET", "/wrong%20location"),
}


def keys_of(document: Any, parent: str = "") -> Iterator[str]:  # Any: JSON
    """Yield the members' names in their order; of a list's items the first one's."""
    inner = document[0] if isinstance(document, list) and document else document
    if isinstance(inner, dict):
        for key, value in inner.items():
            yield f"{parent}{key}"
            yield from keys_of(value, f"{parent}{key}.")


def count_compared(names: Iterable[str], undecided: frozenset[str]) -> Counter[str]:
    """Count the names that the application sends and the recording decides."""
    written = (recorded.CASE_UNKNOWN.get(name, name) for name in names)
    return Counter(name for name in written if name not in undecided | recorded.HOP_BY_HOP)


def values_of(found: HttpAnswer, name: str) -> list[str]:
    return [value for key, value in found.headers if recorded.CASE_UNKNOWN.get(key, key) == name]


def test_every_recorded_exchange_is_replayed() -> None:
    assert sorted(ASKED) == sorted(RECORDED)


@pytest.mark.parametrize("kind", RECORDED)
def test_answer_is_as_recorded(kind: str) -> None:
    expected, found = RECORDED[kind], ASKED[kind](recorded_registry())

    sent = count_compared((name for name, _ in found.headers), expected.undecided)
    values = {name: values_of(found, name) for name in expected.values}
    keys = tuple(keys_of(found.json)) if expected.keys else ()

    assert (found.status, sent) == (expected.status, count_compared(expected.names, expected.undecided))
    assert (values, keys) == ({name: [value] for name, value in expected.values.items()}, expected.keys)
    if expected.content is not None:
        assert found.body == expected.content


@pytest.mark.parametrize("kind", RECORDED)
def test_values_that_never_change_are_as_recorded(kind: str) -> None:
    names, found = RECORDED[kind].names, ASKED[kind](recorded_registry())
    present = {name for name, _ in found.headers}
    constant = {name: value for name, value in recorded.CONSTANT.items() if name in present}
    exposed = recorded.EXPOSED if "Access-Control-Expose-Headers" in names else []

    assert {name: set(values_of(found, name)) for name in constant} == {name: {it} for name, it in constant.items()}
    assert values_of(found, "Access-Control-Expose-Headers") == exposed
    assert values_of(found, "Server") == (recorded.STORAGE_SERVER if "x-ms-blob-type" in names else recorded.SERVER)


@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("testclient_update", None),
        ("testclient_update/_tags/latest", "tag"),
        (f"testclient_update/_manifests/{MANIFEST_DIGEST}", "manifest"),
    ],
)
def test_change_of_attributes_leaves_the_time_of_the_last_update(path: str, member: str | None) -> None:
    """Go, August 2024, TestClient_Update: the second PATCH of each returns the time from before the
    first."""
    registry = recorded_registry()
    unlock = LOCK.replace(b"false", b"true")
    reading = WRITE.replace("metadata_write", "metadata_read")
    asked = [request_with(reading, "GET", f"/acr/v1/{path}")] + [
        request_with(WRITE, "PATCH", f"/acr/v1/{path}", body) for body in (LOCK, unlock)
    ]

    documents = [ask(registry).json for ask in asked]
    times = [(document if member is None else document[member])["lastUpdateTime"] for document in documents]

    assert times == times[:1] * 3
