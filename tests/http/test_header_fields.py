"""Header fields that are too long for ACR's front end: acr-behaviour 2.3."""

import pytest

from fake_registry import FakeRegistry
from tests.support.http import HOST, LAYER, LAYER_DIGEST, answer, follow, put_blob, registry_of, send
from tests.support.logins import basic

PAGE = (
    b"<html>\r\n<head><title>400 Request Header Or Cookie Too Large</title></head>\r\n<body>\r\n"
    b"<center><h1>400 Bad Request</h1></center>\r\n"
    b"<center>Request Header Or Cookie Too Large</center>\r\n"
    b"<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
TOO_LARGE = answer(400, {"Content-Type": "text/html"}, PAGE)

TOKEN_USER = "00000000-0000-0000-0000-000000000000"
LIMIT = 8_192


def field_of(name: str, size: int) -> dict[str, str]:
    """Return a field whose line has `size` bytes, with the colon, a blank and the line's end."""
    return {name: "x" * (size - len(f"{name}: \r\n"))}


@pytest.fixture
def registry() -> FakeRegistry:
    return registry_of(auth="token")


@pytest.mark.parametrize(("characters", "status"), [(6_089, 401), (6_090, 400)])
@pytest.mark.parametrize("target", [f"/oauth2/token?service={HOST}", "/v2/"])
def test_password_of_an_entra_token_s_size_is_refused(
    registry: FakeRegistry,
    target: str,
    characters: int,
    status: int,
) -> None:
    """Azure/acr#797 names both numbers of characters."""
    found = send(registry, "GET", target, headers=basic(TOKEN_USER, "x" * characters))

    assert found.status == status
    assert (found == TOO_LARGE) is (status == 400)


@pytest.mark.parametrize("name", ["Authorization", "Cookie", "X-Any", "Content-Type", "X" * 5_000])
@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/v2/_catalog"),
        ("PUT", "/v2/a/manifests/v1"),
        ("POST", "/oauth2/exchange"),
        ("GET", "/acr/v1/_catalog"),
        ("GET", "/v2/UPPER/tags/list"),
        ("GET", "/wrong"),
    ],
)
def test_long_field_of_any_name_and_path_is_answered_by_the_front_end(
    registry: FakeRegistry,
    method: str,
    target: str,
    name: str,
) -> None:
    """Before the route and the login; a field of exactly 8 KB passes [I]."""
    fits = send(registry, method, target, headers=field_of(name, LIMIT))
    found = send(registry, method, target, headers=field_of(name, LIMIT + 1))

    assert fits != TOO_LARGE
    assert found == TOO_LARGE


def test_refusal_is_recorded_without_the_field(registry: FakeRegistry) -> None:
    send(registry, "GET", "/v2/", headers=field_of("X-Any", 9_000))

    recorded = registry.requests[-1]
    expected = "expected header fields of at most 8192 bytes, found one of 9000"
    assert (recorded.endpoint, recorded.status, recorded.failure) == (None, 400, expected)


def test_several_fields_may_be_longer_together(registry: FakeRegistry) -> None:
    fields = field_of("X-One", 5_000) | field_of("X-Two", 5_000)

    assert send(registry, "GET", "/v2/", headers=fields).status == 401


def test_long_query_is_no_field(registry: FakeRegistry) -> None:
    assert send(registry, "GET", f"/v2/?{'x' * 9_000}").status == 401


def test_oci_profile_has_no_limit() -> None:
    found = send(registry_of("oci"), "GET", "/v2/", headers=field_of("X-Any", 100_000))

    assert found.status == 200


def test_limit_is_a_setting() -> None:
    registry = registry_of("oci", max_header_field_bytes=100)

    found = send(registry, "GET", "/v2/", headers=field_of("X-Any", 101))

    error = found.json["errors"][0]
    assert (found.status, error["code"]) == (400, "UNSUPPORTED")
    assert error["detail"]["reason"] == "expected header fields of at most 100 bytes, found one of 101"
    assert send(registry, "GET", "/v2/", headers=field_of("X-Any", 100)).status == 200


def test_storage_has_no_such_limit() -> None:
    registry = registry_of()
    put_blob(registry, "samples/hello", LAYER)
    redirect = send(registry, "GET", f"/v2/samples/hello/blobs/{LAYER_DIGEST}")

    found = follow(registry, redirect, field_of("X-Any", 9_000))

    assert (found.status, found.body) == (200, LAYER)
