"""Routing from a path to an endpoint, and paths without one: acr-behaviour 2.3 and 2.4."""

from collections.abc import Iterator

import pytest

from fake_registry import Call, FakeRegistry, Fault, Refuse
from fake_registry.settings import Profile
from fake_registry.spec.endpoints import ENDPOINTS, Family
from tests.support.http import (
    ABSENT,
    IMAGE_DIGEST,
    answer,
    error_answer,
    everything,
    example_path_of,
    put_image,
    registry_of,
    send,
    without_body,
)
from tests.support.products import cross

NOT_FOUND = answer(404, {"Content-Type": "text/plain; charset=utf-8"}, b"404 page not found\n")
FRONT_END = answer(404, {"Content-Type": "application/octet-stream"}, b"Not found")


def test_parameters_of_a_call_cannot_be_changed(either: FakeRegistry) -> None:
    """Other calls with the same query share them."""
    refusals: list[str] = []

    def change(call: Call) -> bool:
        with pytest.raises(TypeError) as refused:
            call.query["n"] = "2"
        refusals.append(str(refused.value))
        return False

    either.faults.add(Fault("tags.list", Refuse(), where=change, optional=True))
    send(either, "GET", "/v2/a/tags/list?n=1")
    send(either, "GET", "/v2/a/tags/list")

    assert refusals == ["'ImmutableMultiDict' objects are immutable"] * 2


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_every_endpoint_is_routed(either: FakeRegistry, endpoint: object) -> None:
    row = next(one for one in ENDPOINTS if one is endpoint)

    send(either, row.method, example_path_of(row.path), b"")

    assert [exchange.endpoint for exchange in either.requests] == [row.name]


@pytest.mark.parametrize(
    ("target", "endpoint", "repository", "reference"),
    [
        ("/v2/a/tags/list/tags/list", "tags.list", "a/tags/list", None),
        ("/v2/tags/list/tags/list", "tags.list", "tags/list", None),
        ("/v2/manifests/manifests/manifests", "manifest.get", "manifests", "manifests"),
        (f"/v2/blobs/uploads/blobs/{ABSENT}", "blob.get", "blobs/uploads", ABSENT),
        ("/v2/a/blobs/uploads/u", "upload.status", "a", "u"),
        ("/v2/a%2Fb%2Fc/tags/list", "tags.list", "a/b/c", None),
        ("/acr/v1/a%2Fb/_tags/v1", "acr.tag.get", "a/b", "v1"),
        ("/acr/v1/v2/_tags", "acr.tags.list", "v2", None),
        ("/acr/v1/_catalog", "acr.catalog", None, None),
        ("/v2/_catalog", "catalog.list", None, None),
        ("/v2/oauth2/tags/list", "tags.list", "oauth2", None),
    ],
)
def test_repository_names_may_contain_words_of_paths(
    either: FakeRegistry, target: str, endpoint: str, repository: str | None, reference: str | None
) -> None:
    send(either, "GET", target)

    (exchange,) = either.requests
    assert (exchange.endpoint, exchange.repository, exchange.reference) == (endpoint, repository, reference)


UNROUTED = [
    "/acr/v1/hello-world/_manifests/wrong-digest",
    "/v2/alpine/blobs/wrong%20digest",
    "/v2/UPPER/tags/list",
    "/v2/a//b/tags/list",
    "/v2//tags/list",
    "/v2/a/",
    "/v2/a",
    "/v2/a/tags",
    "/v2/a/blobs/sha256:abc",
    f"/v2/a/blobs/md5:{'a' * 32}",
    f"/v2/a/blobs/{ABSENT.upper()}",
    f"/v2/a/manifests/{ABSENT}0",
    "/v2/a/manifests/sha256:",
    f"/v2/a/manifests/{'t' * 129}",
    "/v2/a/manifests/.hidden",
    "/v2/a/manifests/",
    "/v2/-a/tags/list",
    f"/v2/{'a' * 256}/tags/list",
    "/v2/../v2/tags/list",
    "/v2/a%00b/tags/list",
    "/v2/a%0A/tags/list",
    "/v2/%FF%FE/tags/list",
    "/v2/%C3%A9/tags/list",
    "/acr/v1/A",
    "/acr/v1/a/_tags/.t",
    "/acr/v1/a/_tags/v1%0A",
    "/acr/v1",
    "/acr",
    "/acr/v2/_catalog",
    "/acr/v1/_deleted/_catalog",
    "/helm/v1/repo/index.yaml",
]


@cross({"auth": ["token", "off"], "target": UNROUTED})
def test_router_miss_of_acr_is_plain_text_without_a_login(auth: str, target: str) -> None:
    """acr-behaviour 2.3: 19 bytes, no challenge."""
    assert send(registry_of(auth=auth), "GET", target) == NOT_FOUND


@cross(
    {
        "method": ["GET", "HEAD", "PUT"],
        "target": ["/oauth2", "/oauth2/", "/oauth2/nothing", "/oauth2/exchange", "/oauth2/exchange?a=b"],
    }
)
def test_router_miss_of_the_login_is_an_empty_404(method: str, target: str) -> None:
    """acr-behaviour 2.3: another method than POST is such a miss (Azure/acr#166); the body is [I]."""
    assert send(registry_of(auth="token"), method, target) == answer(404)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_method_that_the_token_endpoint_lacks_is_an_empty_404(method: str) -> None:
    """acr-behaviour 2.3: as at the exchange [I]."""
    assert send(registry_of(auth="token"), method, "/oauth2/token") == answer(404)


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/oauth2/exchange", "GET", ["POST"]),
        ("/oauth2/exchange", "PATCH", ["POST"]),
        ("/oauth2/token", "PUT", ["POST", "GET", "HEAD"]),
    ],
)
def test_method_that_the_login_lacks_is_405_in_the_oci_profile(
    path: str,
    method: str,
    allowed: list[str],
) -> None:
    """Its body has no newline, as all of the login (acr-behaviour 1.8)."""
    found = send(registry_of("oci", auth="token"), method, path)

    message = "the endpoint does not take this method"
    detail = {"method": method, "allowed": allowed}
    assert (found.status, found.header("Allow")) == (405, ", ".join(allowed))
    assert found.json == {"errors": [{"code": "UNSUPPORTED", "message": message, "detail": detail}]}
    assert found.body.endswith(b"]}")


@pytest.mark.parametrize(
    "target", ["/", "", "/wrong%20location", "/v3/", "/v2x/", "/V2/", "/index.html", "/%FF", "/_fake/health"]
)
def test_other_paths_are_answered_by_the_front_end_of_acr(target: str) -> None:
    """acr-behaviour 2.3: 9 bytes."""
    assert send(registry_of(auth="token"), "GET", target) == FRONT_END


@pytest.mark.parametrize(
    ("target", "code", "status"),
    [
        ("/v2/UPPER/tags/list", "NAME_INVALID", 400),
        ("/v2/a//b/tags/list", "NAME_INVALID", 400),
        (f"/v2/{'a' * 256}/tags/list", "NAME_INVALID", 400),
        ("/v2/%FF/tags/list", "NAME_INVALID", 400),
        ("/v2/a/blobs/sha256:abc", "DIGEST_INVALID", 400),
        ("/v2/a/manifests/sha256:", "DIGEST_INVALID", 400),
        ("/v2/a/manifests/.hidden", "MANIFEST_INVALID", 400),
        ("/v2/a/referrers/latest", "DIGEST_INVALID", 400),
        ("/v2/a/tags", "NAME_UNKNOWN", 404),
        ("/", "NAME_UNKNOWN", 404),
        ("/anything", "NAME_UNKNOWN", 404),
    ],
)
def test_router_miss_of_the_oci_profile_is_json(target: str, code: str, status: int) -> None:
    found = send(registry_of("oci", auth="token"), "GET", target)

    assert (found.status, [entry["code"] for entry in found.json["errors"]]) == (status, [code])


def test_answer_to_an_unknown_path(oci: FakeRegistry) -> None:
    expected = error_answer(404, "NAME_UNKNOWN", "no endpoint has this path", detail={"path": "/any/thing"})
    assert send(oci, "GET", "/any/thing") == expected


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
OF_THE_REGISTRY = [endpoint for endpoint in ENDPOINTS if endpoint.family in (Family.REGISTRY, Family.ACR)]
ALLOWED = {
    path: [endpoint.method for endpoint in OF_THE_REGISTRY if endpoint.path == path]
    for path in dict.fromkeys(endpoint.path for endpoint in OF_THE_REGISTRY)
}
"""Methods by path. Storage and the login answer other methods in their own forms."""


def missing_methods() -> Iterator[object]:
    """Yield a path's missing methods: by default all of the first path, and one of each other."""
    for number, (path, allowed) in enumerate(ALLOWED.items()):
        taken = {*allowed, "HEAD"} if "GET" in allowed else {*allowed}  # HEAD goes where GET goes
        missing = [method for method in METHODS if method not in taken]
        for place, method in enumerate(missing):
            marks = [pytest.mark.exhaustive] if number and place else []
            yield pytest.param(method, path, marks=marks)


@pytest.mark.parametrize(("method", "path"), [*missing_methods()])
def test_other_method_is_405_and_lists_the_allowed_ones(profile: Profile, method: str, path: str) -> None:
    """RFC 9110 §15.5.6 and §10.2.1."""
    registry = registry_of(profile)
    put_image(registry, "samples/hello", "v1")
    before = everything(registry)

    found = send(registry, method, example_path_of(path), b"")

    allowed = [*ALLOWED[path], *(["HEAD"] if "GET" in ALLOWED[path] and "HEAD" not in ALLOWED[path] else [])]
    allow = {"Allow": ", ".join(allowed)}
    if profile == "acr":
        expected = answer(405, {"Content-Type": "text/plain; charset=utf-8", **allow}, b"Method not allowed\n")
    else:
        detail = {"method": method, "allowed": allowed}
        expected = error_answer(405, "UNSUPPORTED", "the endpoint does not take this method", allow, detail=detail)
    assert found == (without_body(expected) if method == "HEAD" else expected)
    assert everything(registry) == before


@pytest.mark.parametrize(
    "method",
    [
        "POST",
        pytest.param("GET"),
        pytest.param("PUT"),
    ],
)
def test_malformed_name_is_a_router_miss_with_any_method(azure: FakeRegistry, method: str) -> None:
    """acr-behaviour 2.3 (MountBlob_fail): the grammar of names is part of the route."""
    assert send(azure, method, "/v2/wrong%20name/blobs/uploads/?from=samples/hello") == NOT_FOUND


def test_head_is_routed_like_get(either: FakeRegistry) -> None:
    put_image(either, "samples/hello", "v1")
    for target in ("/v2/", "/v2/_catalog", "/v2/samples/hello/tags/list", "/acr/v1/samples/hello"):
        whole, head = send(either, "GET", target), send(either, "HEAD", target)
        assert (head.status, head.headers, head.body) == (200, whole.headers, b"")


@pytest.mark.parametrize("query", ["x=1", "api-version=1999-01-01", "%FF=%FE", "&&&", "=", "n", "%", "a=b;c=d", "+"])
def test_unknown_query_keys_are_ignored(either: FakeRegistry, query: str) -> None:
    put_image(either, "samples/hello", "v1")

    for target in ("/v2/", "/v2/samples/hello/tags/list", f"/acr/v1/samples/hello/_manifests/{IMAGE_DIGEST}"):
        assert send(either, "GET", f"{target}?{query}") == send(either, "GET", target)
