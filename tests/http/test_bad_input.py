"""Bad input to every route, in both profiles: a 4xx in the profile's form, and nothing has changed.

Names, digests, ranges, states, lengths and queries are here; bodies are in `test_bad_bodies`.
"""

import base64
import json
from urllib.parse import quote

import pytest

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from tests.http.refusals import assert_refused
from tests.support.http import (
    ABSENT,
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    LAYER_DIGEST,
    OCI_MANIFEST,
    begin,
    everything,
    put_image,
    registry_of,
    send,
)
from tests.support.products import cross


@pytest.fixture
def registry(profile: Profile) -> FakeRegistry:
    """IMAGE under v1 in samples/hello, and an upload under way."""
    registry = registry_of(profile)
    put_image(registry, "samples/hello", "v1")
    begin(registry, "samples/hello", b"four")
    return registry


BAD_NAMES = [
    "UPPER", "a//b", "-a", "a-", "a..b", "a___b", "a/-b", ".", "..", "a/..", "a%20b", "%00", "a%0A", "%FF", "%C3%A9",
    "a:b", "a@b", "a%3Fb", "a%23b", "%25", "a%5Cb", "a" * 256, "a/" * 200 + "a", "_a", "a_", "%F0%9F%90%B3", "a%2F",
]  # fmt: skip
ON_NAMES = [
    ("GET", "/v2/{}/tags/list"),
    ("GET", "/v2/{}/manifests/v1"),
    ("PUT", "/v2/{}/manifests/v1"),
    ("POST", "/v2/{}/blobs/uploads/"),
    ("DELETE", f"/v2/{{}}/blobs/{LAYER_DIGEST}"),
    ("GET", f"/v2/{{}}/referrers/{IMAGE_DIGEST}"),
    ("GET", "/acr/v1/{}"),
    ("DELETE", "/acr/v1/{}"),
    ("GET", "/acr/v1/{}/_tags"),
    ("PATCH", "/acr/v1/{}/_tags/v1"),
]


@cross({"method, target": ON_NAMES, "name": BAD_NAMES})
def test_malformed_repository_name_is_refused(registry: FakeRegistry, method: str, target: str, name: str) -> None:
    before = everything(registry)

    found = send(registry, method, target.format(name), IMAGE, {"Content-Type": OCI_MANIFEST})

    assert_refused(found, profile=registry.settings.profile)
    assert everything(registry) == before


BAD_TAGS = [".v1", "-v1", "v 1", "v%2F1", "v%001", "v1%0A", "%FF", "%C3%A9", "v*", "v" * 129, "v%2B1", "%E2%80%A8"]


ON_TAGS = [
    ("GET", "/v2/samples/hello/manifests/{}"),
    ("PUT", "/v2/samples/hello/manifests/{}"),
    ("DELETE", "/v2/samples/hello/manifests/{}"),
    ("GET", "/acr/v1/samples/hello/_tags/{}"),
    ("PATCH", "/acr/v1/samples/hello/_tags/{}"),
    ("DELETE", "/acr/v1/samples/hello/_tags/{}"),
]


@cross({"method, target": ON_TAGS, "tag": BAD_TAGS})
def test_malformed_tag_is_refused(registry: FakeRegistry, method: str, target: str, tag: str) -> None:
    before = everything(registry)

    found = send(registry, method, target.format(tag), IMAGE, {"Content-Type": OCI_MANIFEST})

    assert_refused(found, profile=registry.settings.profile)
    assert everything(registry) == before


def test_malformed_tag_parameter_is_refused() -> None:
    registry = registry_of("oci")
    put_image(registry, "samples/hello")
    before = everything(registry)

    for query in ("tag=", "tag=.x", "tag=good&tag=%20", "tag=%FF"):
        found = send(
            registry,
            "PUT",
            f"/v2/samples/hello/manifests/{IMAGE_DIGEST}?{query}",
            IMAGE,
            {"Content-Type": OCI_MANIFEST},
        )
        assert_refused(found, profile="oci")

    assert everything(registry) == before


BAD_DIGESTS = [
    "sha256:", "sha256", ":", "sha256:abc", f"{ABSENT}0", ABSENT.upper(), f"md5:{'a' * 32}", f"sha384:{'a' * 96}",
    f"sha512:{'a' * 64}", f"sha256:{'g' * 64}", "sha256:" + "%C3%A9" * 64, "sha256:" + "%D9%A1" * 64, "%FF:%FF",
    f"sha256::{'a' * 64}", f"sha256:{'a' * 64}%0A", f"sha256:{'a' * 63}%00", "a" * 5_000, "sha256:" + "a" * 5_000,
]  # fmt: skip


ON_DIGESTS = [
    ("GET", "/v2/samples/hello/blobs/{}"),
    ("DELETE", "/v2/samples/hello/blobs/{}"),
    ("GET", "/v2/samples/hello/manifests/{}"),
    ("PUT", "/v2/samples/hello/manifests/{}"),
    ("DELETE", "/v2/samples/hello/manifests/{}"),
    ("GET", "/v2/samples/hello/referrers/{}"),
    ("GET", "/acr/v1/samples/hello/_manifests/{}"),
    ("PATCH", "/acr/v1/samples/hello/_manifests/{}"),
    ("POST", "/v2/samples/hello/blobs/uploads/?digest={}"),
    ("POST", "/v2/samples/hello/blobs/uploads/?from=samples/hello&mount={}"),
    ("GET", "/acr/v1/samples/hello/_tags?digest={}"),
]


@cross({"method, target": ON_DIGESTS, "digest": BAD_DIGESTS})
def test_malformed_digest_is_refused(registry: FakeRegistry, method: str, target: str, digest: str) -> None:
    before = everything(registry)

    # what holds no colon is a tag behind /manifests/: that one is simply not there, and nothing is pushed under it
    found = send(registry, method, target.format(digest), b"", {"Content-Type": OCI_MANIFEST})

    assert_refused(found, profile=registry.settings.profile)
    assert everything(registry) == before


@pytest.mark.parametrize("source", BAD_NAMES)
def test_mount_from_a_malformed_name_is_refused(registry: FakeRegistry, source: str) -> None:
    before = everything(registry)

    found = send(registry, "POST", f"/v2/samples/hello/blobs/uploads/?mount={LAYER_DIGEST}&from={source}", b"")

    assert_refused(found, profile=registry.settings.profile)
    assert everything(registry) == before


BAD_PLACES = [
    "5-8", "", "4", "4-", "-7", "4-7/16", "bytes 4-7/16", "bytes 4-7/*", "bytes=4-7", "7-4", "a-b", "4--7", "+4-7",
    "4-+7", "4 - 7", " 4-7x", "\xb2-\xb3", "9" * 5_000 + "-7", "4-" + "9" * 5_000, "0x4-0x7", "4-7,8-9", "\xe9",
    "0-3", "3-6", "4-6", "4-8", "4-4", "4-99999999999999999999",
]  # fmt: skip


@cross({"chunked": [False, True], "method": ["PATCH", "PUT"], "place": BAD_PLACES})
def test_content_range_that_does_not_fit_is_416(profile: Profile, method: str, place: str, *, chunked: bool) -> None:
    """The upload is at 4 and the body has 4 bytes: only `4-7` fits."""
    registry = registry_of(profile)
    location = begin(registry, "samples/hello", b"four")
    before = everything(registry)

    found = send(registry, method, f"{location}&digest={ABSENT}", b"more", {"Content-Range": place}, chunked=chunked)

    assert found.status == 416
    assert_refused(found, profile=profile)
    assert everything(registry) == before


def _forgeries_of(location: str) -> list[str]:
    """Return what stands for the state of `location` in a bad request."""
    good = location.rpartition("_state=")[2]
    document = {"Name": "samples/hello", "UUID": location[len("/v2/samples/hello/blobs/uploads/") :][:36], "Offset": 4}
    unsigned = base64.urlsafe_b64encode(bytes(32) + json.dumps(document).encode()).decode()
    flipped = ("A" if good[0] != "A" else "B") + good[1:]
    return ["", "x", "xx", "xxx", "====", "%FF", "%C3%A9", "A" * 44, quote(unsigned), flipped, good[:-8], "A" * 10_000]


@cross({"method": ["PATCH", "PUT", "GET", "DELETE"], "which": range(13)})
def test_forged_upload_state_is_refused(profile: Profile, method: str, which: int) -> None:
    registry = registry_of(profile)
    location = begin(registry, "samples/hello", b"four")
    path, _, _ = location.partition("?")
    before = everything(registry)
    states = [f"?_state={state}" for state in _forgeries_of(location)] + [""]

    target = path + states[which]
    found = send(registry, method, f"{target}{'&' if '?' in target else '?'}digest={ABSENT}", b"more")

    assert_refused(found, profile=profile)
    assert found.json["errors"][0]["code"] == "BLOB_UPLOAD_INVALID"
    assert everything(registry) == before


@pytest.mark.parametrize("method", ["PATCH", "PUT", "GET", "DELETE"])
def test_state_of_another_upload_is_refused(profile: Profile, method: str) -> None:
    registry = registry_of(profile)
    first, second = begin(registry, "samples/hello", b"four"), begin(registry, "samples/hello", b"four")
    before = everything(registry)

    mixed = f"{first.partition('?')[0]}?{second.partition('?')[2]}&digest={ABSENT}"

    assert_refused(send(registry, method, mixed, b"more"), profile=profile)
    assert everything(registry) == before


@pytest.mark.parametrize("method", ["PATCH", "PUT", "GET", "DELETE"])
def test_upload_that_has_ended_is_unknown(profile: Profile, method: str) -> None:
    registry = registry_of(profile)
    finished, cancelled = begin(registry, "samples/hello", LAYER), begin(registry, "samples/hello", b"four")
    assert send(registry, "PUT", f"{finished}&digest={LAYER_DIGEST}", b"").status == 201
    assert send(registry, "DELETE", cancelled).status == 204
    before = everything(registry)

    for location in (finished, cancelled):
        found = send(registry, method, f"{location}&digest={LAYER_DIGEST}", b"more")
        assert_refused(found, profile=profile)
        assert (found.status, found.json["errors"][0]["code"]) == (404, "BLOB_UPLOAD_UNKNOWN")

    assert everything(registry) == before


LISTS = [
    "/v2/_catalog",
    "/acr/v1/_catalog",
    "/v2/samples/hello/tags/list",
    f"/v2/samples/hello/referrers/{IMAGE_DIGEST}",
    "/acr/v1/samples/hello/_tags",
    "/acr/v1/samples/hello/_manifests",
]
BAD_PAGES = ["n=-1", "n=x", "n=1.0", "n=%D9%A1", "n=%C2%B2", "n=%00", "n=1e3", "n=" + "9" * 5_000]


@cross({"path": LISTS, "query": BAD_PAGES})
def test_malformed_page_size_is_refused(registry: FakeRegistry, path: str, query: str) -> None:
    assert_refused(send(registry, "GET", f"{path}?{query}"), profile=registry.settings.profile)


@pytest.mark.parametrize("order", ["size", "TIMEDESC", "timedesc%20", "%FF", "none,none"])
@pytest.mark.parametrize("path", ["/acr/v1/samples/hello/_tags", "/acr/v1/samples/hello/_manifests"])
def test_unknown_order_is_refused(registry: FakeRegistry, path: str, order: str) -> None:
    assert_refused(send(registry, "GET", f"{path}?orderby={order}"), profile=registry.settings.profile)
