"""`NamespaceGuard`: which requests of a live run are sent. No request is, in these tests."""

import pytest
import requests

from fake_registry.spec.text import printable
from pytest_acr import OutsideNamespace
from pytest_acr.connections.live_guard import GuardedAdapter, NamespaceGuard
from tests.support.products import cross

ENDPOINT = "https://live.azurecr.io"
NAMESPACE = "pytest-acr/0123456789ab/"
MINE = f"/v2/{NAMESPACE}hello"
DIGEST = "sha256:" + "0" * 64
CHANGES = ("DELETE", "PUT", "PATCH", "POST", "delete", "PROPFIND")

ELSEWHERE = [
    "/v2/prod/manifests/v1",
    f"/v2/prod/manifests/{DIGEST}",
    "/v2/prod/blobs/uploads/",
    f"/v2/pytest-acr/manifests/{DIGEST}",
    "/v2/pytest-acr/0123456789abc/hello/manifests/v1",
    "/acr/v1/prod",
    "/acr/v1/prod/_tags/v1",
    f"/acr/v1/prod%2Fapp/_manifests/{DIGEST}",
    "/v2/",
    "/",
    "/oauth2/other",
    "/unknown/path",
]

TRICKS = [
    f"{MINE}/%2e%2e/%2e%2e/prod/manifests/{DIGEST}",
    f"{MINE}/%2E%2E/%2E./prod/manifests/v1",
    f"{MINE}/../../../prod/manifests/v1",
    f"{MINE}/./manifests/v1",
    f"{MINE}/%2e/manifests/v1",
    f"{MINE}/%252e%252e/prod/manifests/v1",
    f"{MINE}/%25252e%25252e/prod/manifests/v1",
    f"{MINE}/..%2f..%2Fprod/manifests/v1",
    f"{MINE}/..%5cprod/manifests/v1",
    f"{MINE}/..\\prod/manifests/v1",
    f"{MINE}\\..\\prod/manifests/v1",
    f"{MINE}//prod/manifests/v1",
    f"{MINE}/%2Fprod/manifests/v1",
    f"/{MINE}/manifests/v1",
    f"{MINE}/..;/prod/manifests/v1",
    f"{MINE};/prod/manifests/v1",
    f"{MINE}/manifests/..",
    f"{MINE}/manifests/%2e%2e",
    f"{MINE}/manifests/..%2f..%2fprod",
    f"{MINE}/manifests/v1%00",
    f"{MINE}/manifests/v1%0d%0aX",
    f"{MINE}/manifests/v1\n",
    f"{MINE}/blobs/uploads/..%2f..%2f..%2f..%2fprod%2fmanifests%2fv1",
    f"/v2/{NAMESPACE}Upper/manifests/v1",
    f"/v2/{NAMESPACE}a b/manifests/v1",
    f"/v2/{NAMESPACE}h%C3%A9llo/manifests/v1",
    f"/v2/{NAMESPACE}h\u0435llo/manifests/v1",
    f"/v2/{NAMESPACE}\uff0e\uff0e/prod/manifests/v1",
    f"/acr/v1/{NAMESPACE}hello/%2e%2e/%2e%2e/prod",
    f"/acr/v1/{NAMESPACE}..%2F..%2Fprod/_tags/v1".replace("/", "%2F").replace("%2Facr%2Fv1%2F", "/acr/v1/"),
    "/oauth2/%2e%2e/v2/prod/manifests/v1",
    "/oauth2/token/../../v2/prod/manifests/v1",
]


@pytest.fixture
def guard() -> NamespaceGuard:
    return NamespaceGuard(ENDPOINT, NAMESPACE)


@cross({"method": CHANGES, "path": ELSEWHERE + TRICKS})
def test_change_elsewhere_is_refused_and_its_path_named(guard: NamespaceGuard, method: str, path: str) -> None:
    with pytest.raises(OutsideNamespace) as refused:
        guard.check_request(method, f"{ENDPOINT}{path}", b"{}")
    message = str(refused.value)
    assert printable(path) in message
    assert message.isprintable()
    assert guard.pushed == {}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ELSEWHERE)
def test_reading_elsewhere_is_allowed(guard: NamespaceGuard, method: str, path: str) -> None:
    guard.check_request(method, f"{ENDPOINT}{path}", None)
    assert guard.pushed == {}


MINE_ENCODED = NAMESPACE.replace("/", "%2F") + "hello"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", f"{MINE}/manifests/v1"),
        ("DELETE", f"{MINE}/manifests/{DIGEST}"),
        ("DELETE", f"{MINE}/manifests/{DIGEST.replace(':', '%3A')}"),
        ("POST", f"{MINE}/blobs/uploads/"),
        ("POST", f"{MINE}/blobs/uploads/?mount={DIGEST}&from=prod"),
        ("PATCH", f"{MINE}/blobs/uploads/1c2a-33?_state=a%2F..%2Fb"),
        ("PUT", f"{MINE}/blobs/uploads/1c2a-33?digest={DIGEST}"),
        ("DELETE", f"{MINE}/blobs/{DIGEST}"),
        ("DELETE", f"/v2/{MINE_ENCODED}/manifests/v1"),
        ("PATCH", f"/acr/v1/{MINE_ENCODED}"),
        ("DELETE", f"/acr/v1/{MINE_ENCODED}/_tags/v1"),
        ("PATCH", f"/acr/v1/{MINE_ENCODED}/_manifests/{DIGEST}"),
    ],
)
def test_change_in_the_namespace_is_allowed_and_recorded(guard: NamespaceGuard, method: str, path: str) -> None:
    guard.check_request(method, f"{ENDPOINT}{path}", b"{}")
    assert list(guard.pushed) == [f"{NAMESPACE}hello"]


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/exchange"])
def test_login_is_allowed_by_post_alone(guard: NamespaceGuard, path: str) -> None:
    guard.check_request("POST", f"{ENDPOINT}{path}", b"grant_type=refresh_token")
    with pytest.raises(OutsideNamespace):
        guard.check_request("DELETE", f"{ENDPOINT}{path}", None)


@pytest.mark.parametrize(
    "url",
    [
        f"https://other.azurecr.io{MINE}/manifests/v1",
        f"http://live.azurecr.io{MINE}/manifests/v1",
        f"https://live.azurecr.io:8443{MINE}/manifests/v1",
        f"https://live.azurecr.io@other.azurecr.io{MINE}/manifests/v1",
        f"https://live.azurecr.io\\@other.azurecr.io{MINE}/manifests/v1",
        f"//live.azurecr.io{MINE}/manifests/v1",
    ],
)
def test_change_at_another_origin_is_refused(guard: NamespaceGuard, url: str) -> None:
    with pytest.raises(OutsideNamespace):
        guard.check_request("DELETE", url, None)


@pytest.mark.parametrize(("host", "is_allowed"), [("LIVE.azurecr.io:443", True), ("other.azurecr.io", False)])
def test_host_header_must_be_that_of_the_registry(guard: NamespaceGuard, host: str, *, is_allowed: bool) -> None:
    """Registries of one region share their addresses: the Host header decides."""
    request = requests.Request("DELETE", f"{ENDPOINT}{MINE}/manifests/v1", headers={"Host": host}).prepare()
    if is_allowed:
        guard.check_request("DELETE", request.url or "", None, host=host)
        assert list(guard.pushed) == [f"{NAMESPACE}hello"]
        return
    with pytest.raises(OutsideNamespace):
        GuardedAdapter(guard).send(request)


def accepted(location: str) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url = 202, f"{ENDPOINT}{MINE}/blobs/uploads/"
    response.headers["Location"] = location
    return response


def test_upload_continues_where_the_registry_says(guard: NamespaceGuard) -> None:
    guard.record_response("POST", accepted("/artifacts-uploads/abc/1?state=x"))
    guard.check_request("PUT", f"{ENDPOINT}/artifacts-uploads/abc/1?state=y&digest={DIGEST}", b"")
    with pytest.raises(OutsideNamespace):
        guard.check_request("PUT", f"{ENDPOINT}/artifacts-uploads/abc/2", b"")


@pytest.mark.parametrize(
    "location",
    [
        "/v2/prod/manifests/v1",
        "/v2/prod/blobs/uploads/1",
        "/x/../v2/prod/manifests/v1",
        f"{MINE}/%2e%2e/x",
        "https://o/x",
    ],
)
def test_upload_does_not_continue_at_another_repository(guard: NamespaceGuard, location: str) -> None:
    response = accepted(location)
    guard.record_response("POST", response)
    url = location if location.startswith("https:") else f"{ENDPOINT}{location}"
    with pytest.raises(OutsideNamespace):
        guard.check_request("DELETE", url, None)


def test_answer_to_a_read_allows_no_change(guard: NamespaceGuard) -> None:
    guard.record_response("GET", accepted("/artifacts-uploads/abc/1"))
    with pytest.raises(OutsideNamespace):
        guard.check_request("DELETE", f"{ENDPOINT}/artifacts-uploads/abc/1", None)
