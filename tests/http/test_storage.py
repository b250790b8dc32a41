"""The storage account behind a registry: signed URLs, and errors as Azure Storage answers them (acr-behaviour 8.3)."""

import re

import pytest

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from fake_registry.spec.names import digest_of
from tests.support.http import (
    LAYER,
    LAYER_DIGEST,
    START_NS,
    STORAGE_HOST,
    HttpAnswer,
    answer,
    everything,
    follow,
    put_blob,
    put_image,
    registry_of,
    send,
    time_text,
)

BLOB = f"/v2/samples/hello/blobs/{LAYER_DIGEST}"
HEX = LAYER_DIGEST.removeprefix("sha256:")

NOT_AUTHENTICATED = (
    "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly "
    "including the signature."
)
WRONG_SIGNATURE = "Signature did not match."

STAMP = re.compile(
    r"\nRequestId:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
    r"\nTime:(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z)</Message>"
)


def assert_error(
    found: HttpAnswer,
    status: int,
    code: str,
    message: str,
    headers: dict[str, str] | None = None,
    *,
    detail: str | None = None,
    version: str | None = "2018-03-28",
) -> None:
    """Assert that it is an error of Azure Storage, whose body and headers have the same request id."""
    stamp = STAMP.search(found.body.decode()) or pytest.fail(found.body.decode())
    more = "" if detail is None else f"<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail>"
    body = (
        '\ufeff<?xml version="1.0" encoding="utf-8"?>'
        f"<Error><Code>{code}</Code><Message>{message}{stamp[0]}{more}</Error>"
    ).encode()
    expected = {
        "Content-Type": "application/xml",
        "x-ms-error-code": code,
        "x-ms-request-id": stamp[1],
        **({} if version is None else {"x-ms-version": version}),
        **(headers or {}),
    }
    assert found == answer(status, expected, body)


def redirect_to(registry: FakeRegistry, content: bytes = LAYER) -> HttpAnswer:
    """Push a blob, and return the redirect to its signed URL."""
    put_blob(registry, "samples/hello", content)
    return send(registry, "GET", f"/v2/samples/hello/blobs/{digest_of(content)}")


def signed_target(registry: FakeRegistry) -> str:
    """Push a blob, and return the path and query of its signed URL."""
    return redirect_to(registry).header("Location").removeprefix(f"https://{STORAGE_HOST}")


@pytest.mark.parametrize("authorization", ["Bearer e30.e30.c2ln", "Basic dXNlcjpwYXNz", "x"])
def test_authorization_header_is_refused(azure: FakeRegistry, authorization: str) -> None:
    """Never with a 401, which the Azure SDK would take for a registry's challenge (acr-behaviour 15.2)."""
    found = follow(azure, redirect_to(azure), {"Authorization": authorization})

    message = "Authentication information is not given in the correct format. Check the value of Authorization header."
    assert_error(found, 400, "InvalidAuthenticationInfo", message, version=None)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("change", ["se", "sig", "regid"])
def test_changed_url_is_refused(azure: FakeRegistry, change: str, method: str) -> None:
    target = signed_target(azure)

    found = send(azure, method, target.replace(f"{change}=", f"{change}=0"), host=STORAGE_HOST)

    assert_error(found, 403, "AuthenticationFailed", NOT_AUTHENTICATED, detail=WRONG_SIGNATURE, version=None)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?sig=",
        "?se=&sig=&regid=",
        pytest.param("?sig=%C3%A9"),
        pytest.param("?sig=%FF"),
        "?sig=a&sig=b",
    ],
)
def test_malformed_signature_is_refused(azure: FakeRegistry, query: str) -> None:
    put_blob(azure, "samples/hello", LAYER)
    path = f"/fake//docker/registry/v2/blobs/sha256/{HEX[:2]}/{HEX}/data"

    found = send(azure, "GET", path + query, host=STORAGE_HOST)

    assert_error(found, 403, "AuthenticationFailed", NOT_AUTHENTICATED, detail=WRONG_SIGNATURE, version=None)


@pytest.mark.parametrize(
    ("signed", "changed"),
    [
        ("sp=r", "sp=rwd"),
        ("sp=r&", ""),
        ("spr=https", "spr=http"),
        ("sr=b", "sr=c"),
        ("sv=2018-03-28", "sv=2026-01-01"),
        ("regid=samples%2Fhello", "regid=other"),
        ("/fake/", "/other/"),
        (f"/{HEX[:2]}/", "/00/"),
    ],
)
def test_changed_part_of_a_signed_url_is_refused(azure: FakeRegistry, signed: str, changed: str) -> None:
    target = signed_target(azure)
    assert signed in target

    found = send(azure, "GET", target.replace(signed, changed), host=STORAGE_HOST)

    assert_error(found, 403, "AuthenticationFailed", NOT_AUTHENTICATED, detail=WRONG_SIGNATURE, version=None)


def test_further_parameter_of_a_signed_url_is_ignored(azure: FakeRegistry) -> None:
    target = signed_target(azure)

    assert send(azure, "GET", f"{target}&comp=x", host=STORAGE_HOST).body == LAYER


@pytest.mark.parametrize(("minutes", "status"), [(19, 200), (21, 403)])
def test_url_expires_after_twenty_minutes(minutes: int, status: int) -> None:
    registry = registry_of()
    redirect = redirect_to(registry)

    registry.clock.wait(minutes * 60)

    assert follow(registry, redirect).status == status


def test_refusal_of_an_expired_url_has_its_time_frame() -> None:
    """Recorded, with a start; our URLs have none [I]."""
    registry = registry_of()
    redirect = redirect_to(registry)
    registry.clock.wait(21 * 60)

    found = follow(registry, redirect)

    detail = (
        "Signature not valid in the specified time frame: "
        "Expiry [Mon, 21 Sep 2026 14:33:20 GMT] - Current [Mon, 21 Sep 2026 14:34:20 GMT]"
    )
    assert_error(found, 403, "AuthenticationFailed", NOT_AUTHENTICATED, detail=detail, version=None)


def test_url_contains_its_expiry(azure: FakeRegistry) -> None:
    url = redirect_to(azure).header("Location")

    moment = time_text(START_NS + 20 * 60 * 1_000_000_000)[:16].replace(":", "%3A")
    assert url.partition("?se=")[2].startswith(moment)


def test_blob_deleted_after_the_redirect_is_404(azure: FakeRegistry) -> None:
    redirect = redirect_to(azure)
    send(azure, "DELETE", BLOB)

    assert_error(follow(azure, redirect), 404, "BlobNotFound", "The specified blob does not exist.")


def test_head_of_a_deleted_blob_has_the_code_in_a_header(azure: FakeRegistry) -> None:
    target = signed_target(azure)
    send(azure, "DELETE", BLOB)

    found = send(azure, "HEAD", target, host=STORAGE_HOST)

    assert (found.status, found.body, found.header("x-ms-error-code")) == (404, b"", "BlobNotFound")


def test_head_of_a_blob_has_the_headers_of_get(azure: FakeRegistry) -> None:
    target = signed_target(azure)

    found, whole = (send(azure, method, target, host=STORAGE_HOST) for method in ("HEAD", "GET"))

    assert (found.status, found.headers, found.body) == (200, whole.headers, b"")


def test_signed_url_works_after_the_repository_is_locked(azure: FakeRegistry) -> None:
    """[I]. A signed URL is all that it knows; the registry gives no new one (acr-behaviour 7.1)."""
    put_image(azure, "samples/hello", "v1")
    redirect = send(azure, "GET", BLOB)
    assert send(azure, "PATCH", "/acr/v1/samples/hello", b'{"readEnabled":false}').status == 200

    assert follow(azure, redirect, {"Range": "bytes=10-"}).body == b"abcdef"
    assert follow(azure, redirect).body == LAYER
    assert send(azure, "GET", BLOB).status == 405


@pytest.mark.parametrize(("content", "requested"), [(LAYER, "bytes=16-"), (b"", "bytes=0-4194303"), (b"", "bytes=0-0")])
def test_range_past_the_end_is_416(azure: FakeRegistry, content: bytes, requested: str) -> None:
    """azure-sdk-for-net#10827, 249 bytes; among them the first range that the Azure SDK for Python requests of an empty
    blob (acr-behaviour 15.2)."""
    found = follow(azure, redirect_to(azure, content), {"Range": requested})

    message = "The range specified is invalid for the current size of the resource."
    assert_error(found, 416, "InvalidRange", message, {"Content-Range": f"bytes */{len(content)}"})
    assert len(found.body) == 249


@pytest.mark.parametrize("profile", ["acr", "oci"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_signed_url_permits_no_change(method: str, profile: Profile) -> None:
    """[I] for a registry's account; recorded for an account of its own, with 279 bytes."""
    registry = registry_of(profile, blob_redirect=True)
    target = signed_target(registry)
    before = everything(registry)

    found = send(registry, method, target, b"", host=STORAGE_HOST)

    message = "This request is not authorized to perform this operation using this permission."
    assert_error(found, 403, "AuthorizationPermissionMismatch", message)
    assert len(found.body) == 279
    assert everything(registry) == before


@pytest.mark.parametrize("profile", ["acr", "oci"])
@pytest.mark.parametrize("query", [True, False])
@pytest.mark.parametrize("method", ["POST", "PATCH", "OPTIONS", "TRACE", "MOVE"])
def test_method_that_no_blob_has_is_405(method: str, profile: Profile, *, query: bool) -> None:
    """[I] for a registry's account and for Allow; recorded for an account of its own, with 237 bytes."""
    registry = registry_of(profile, blob_redirect=True)
    target = signed_target(registry)

    found = send(registry, method, target if query else target.partition("?")[0], b"", host=STORAGE_HOST)

    message, allow = "The resource doesn't support specified Http Verb.", {"Allow": "GET, HEAD, PUT, DELETE"}
    assert_error(found, 405, "UnsupportedHttpVerb", message, allow, version=None)
    assert len(found.body) == 237


def test_refusals_change_nothing(azure: FakeRegistry) -> None:
    redirect, before = redirect_to(azure), everything(azure)

    assert follow(azure, redirect, {"Authorization": "x"}).status == 400
    assert everything(azure) == before


@pytest.mark.parametrize(
    ("requested", "server"),
    [
        ({"Range": "bytes=99-"}, "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0"),
        ({"Authorization": "x"}, "Microsoft-HTTPAPI/2.0"),
    ],
)
def test_error_has_one_request_id_and_the_server_of_its_part(requested: dict[str, str], server: str) -> None:
    """Recorded: what the front end of Azure Storage refuses does not reach its blob service."""
    registry = registry_of(service_headers=True)

    found = follow(registry, redirect_to(registry), requested)

    stamp = STAMP.search(found.body.decode()) or pytest.fail(found.body.decode())
    assert found.header("x-ms-request-id") == stamp[1]
    assert found.header("Server") == server
    assert stamp[2].startswith("2026-09-21T14:13:20.")
    assert found.header("Date") == "Mon, 21 Sep 2026 14:13:20 GMT"


def test_each_error_has_a_request_id_of_its_own(azure: FakeRegistry) -> None:
    redirect = redirect_to(azure)

    ids = {follow(azure, redirect, {"Authorization": "x"}).header("x-ms-request-id") for _ in range(3)}

    assert len(ids) == 3
