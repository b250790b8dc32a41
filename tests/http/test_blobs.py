"""Pulling and deleting blobs: distribution-spec v1.1.1, end-2 and end-10; acr-behaviour 8.3."""

from urllib.parse import urlsplit
from uuid import UUID

import pytest

from fake_registry import FakeRegistry
from fake_registry.spec.names import digest_of
from tests.support.http import (
    ABSENT,
    HOST,
    LAYER,
    LAYER_DIGEST,
    OCTETS,
    STORAGE_HOST,
    answer,
    error_answer,
    follow,
    put_blob,
    put_image,
    send,
    without_body,
)

BLOB = f"/v2/samples/hello/blobs/{LAYER_DIGEST}"
HEX = LAYER_DIGEST.removeprefix("sha256:")
UPLOAD = UUID(HEX[32:], version=4)
UPLOADED = f"/fake//docker/registry/v2/repositories/samples/hello/_uploads/{UPLOAD}/data"
STORED = {
    "Accept-Ranges": "bytes",
    "Content-Type": OCTETS,
    "ETag": '"0x8DF17EA7D30401E"',
    "Last-Modified": "Mon, 21 Sep 2026 14:13:20 GMT",
    "x-ms-blob-committed-block-count": "1",
    "x-ms-blob-type": "AppendBlob",
    "x-ms-copy-completion-time": "Mon, 21 Sep 2026 14:13:20 GMT",
    "x-ms-copy-id": f"{UUID(HEX[:32], version=4)}",
    "x-ms-copy-progress": f"{len(LAYER)}/{len(LAYER)}",
    "x-ms-copy-source": f"https://{STORAGE_HOST}{UPLOADED}",
    "x-ms-copy-status": "success",
    "x-ms-creation-time": "Mon, 21 Sep 2026 14:13:20 GMT",
    "x-ms-lease-state": "available",
    "x-ms-lease-status": "unlocked",
    "x-ms-server-encrypted": "true",
    "x-ms-version": "2018-03-28",
}
"""Of a blob stored in the second at which `registry_of` begins; the ETag is that time in .NET's
ticks."""


def test_oci_profile_sends_the_blob_without_a_redirect(oci: FakeRegistry) -> None:
    put_blob(oci, "samples/hello", LAYER)

    expected = {"Accept-Ranges": "bytes", "Content-Type": OCTETS, "Docker-Content-Digest": LAYER_DIGEST}
    assert send(oci, "GET", BLOB) == answer(200, expected, LAYER)


def test_acr_redirects_to_a_signed_url_on_another_host(azure: FakeRegistry) -> None:
    """acr-behaviour 8.3: absolute Location, double slash, digest on the 307, Go's one-line body."""
    put_blob(azure, "samples/hello", LAYER)

    found = send(azure, "GET", BLOB)

    url = found.header("Location")
    path, _, query = url.partition("?")
    assert path == f"https://{STORAGE_HOST}/fake//docker/registry/v2/blobs/sha256/{HEX[:2]}/{HEX}/data"
    assert [part.partition("=")[0] for part in query.split("&")] == ["se", "sig", "sp", "spr", "sr", "sv", "regid"]
    body = f'<a href="{url.replace("&", "&amp;")}">Temporary Redirect</a>.\n\n'.encode()
    headers = {"Content-Type": "text/html; charset=utf-8", "Docker-Content-Digest": LAYER_DIGEST, "Location": url}
    assert found == answer(307, headers, body)


@pytest.mark.parametrize("host", ["registry.internal:5000", "192.0.2.1:5000", "[::1]:5000", "fake.azurecr.io:5000"])
def test_unknown_host_name_gets_the_blob_without_a_redirect(azure: FakeRegistry, host: str) -> None:
    """There is no second name that leads here from where that client is: `serve --host 0.0.0.0`, a
    compose service."""
    put_blob(azure, "samples/hello", LAYER)

    found = send(azure, "GET", BLOB, host=host)

    assert (found.status, found.body) == (200, LAYER)


@pytest.mark.parametrize(
    ("host", "other"),
    [("localhost:5000", "127.0.0.1:5000"), ("127.0.0.1:5000", "localhost:5000"), (HOST, "fake.eastus.data.azurecr.io")],
)
def test_redirect_leads_to_another_host(azure: FakeRegistry, host: str, other: str) -> None:
    """So that a client drops its Authorization header (Azure/acr#217)."""
    put_blob(azure, "samples/hello", LAYER)

    found = send(azure, "GET", BLOB, host=host)

    assert urlsplit(found.header("Location")).netloc == other


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("FAKE.azurecr.io", STORAGE_HOST),
        ("fake.AzureCR.io:443", STORAGE_HOST),
        ("fake.azurecr.io:", STORAGE_HOST),
        ("LOCALHOST:5000", "127.0.0.1:5000"),
        ("Localhost", "127.0.0.1"),
        ("fake.azurecr.io:444", None),
        ("fake.azurecr.io:80", None),
        ("fake.azurecr.io.", None),
        ("other.azurecr.io:443", None),
    ],
)
def test_host_is_compared_without_case_and_default_port(azure: FakeRegistry, host: str, target: str | None) -> None:
    """RFC 9110 §4.2.3: the scheme and host have no case, and https has port 443 where none is named
    or it is empty."""
    put_blob(azure, "samples/hello", LAYER)

    found = send(azure, "GET", BLOB, headers={"Host": host})

    assert found.status == (200 if target is None else 307)
    assert target is None or urlsplit(found.header("Location")).netloc == target


def test_range_does_not_change_the_redirect(azure: FakeRegistry) -> None:
    put_blob(azure, "samples/hello", LAYER)

    assert send(azure, "GET", BLOB, headers={"Range": "bytes=0-3"}).status == 307


def test_storage_sends_the_blob_without_a_digest_header(azure: FakeRegistry) -> None:
    put_blob(azure, "samples/hello", LAYER)

    assert follow(azure, send(azure, "GET", BLOB)) == answer(200, STORED, LAYER)


def test_storage_answers_a_range_with_206(azure: FakeRegistry) -> None:
    put_blob(azure, "samples/hello", LAYER)

    found = follow(azure, send(azure, "GET", BLOB), {"Range": "bytes=10-99"})

    assert found == answer(206, {**STORED, "Content-Range": "bytes 10-15/16"}, b"abcdef")


def test_head_reports_the_full_length_and_ignores_a_range(either: FakeRegistry) -> None:
    """acr-behaviour 1.7: 200, never 206 or 307; 8.3: without Accept-Ranges where GET is redirected."""
    put_blob(either, "samples/hello", LAYER)

    expected = {"Content-Type": OCTETS, "Docker-Content-Digest": LAYER_DIGEST}
    if either.settings.profile == "oci":
        expected["Accept-Ranges"] = "bytes"
    assert send(either, "HEAD", BLOB, headers={"Range": "bytes=0-3"}) == answer(200, expected, length=16)


def test_colon_of_a_digest_may_be_percent_encoded(either: FakeRegistry) -> None:
    """The Azure SDK for .NET sends %3A (acr-behaviour 2.4)."""
    put_blob(either, "samples/hello", LAYER)

    assert send(either, "HEAD", BLOB.replace(":", "%3A")) == send(either, "HEAD", BLOB)
    assert send(either, "HEAD", BLOB).status == 200


@pytest.mark.parametrize("content", [b"", b"x", bytes(range(256)) * 300], ids=["empty", "one", "76 kB"])
def test_every_size_comes_back_byte_for_byte(either: FakeRegistry, content: bytes) -> None:
    put_blob(either, "samples/hello", content)

    found = send(either, "GET", f"/v2/samples/hello/blobs/{digest_of(content)}")

    whole = found if found.status == 200 else follow(either, found)
    assert (whole.status, whole.body, whole.header("Content-Length")) == (200, content, str(len(content)))


def test_sha512_is_served_under_its_own_name(either: FakeRegistry) -> None:
    digest = digest_of(LAYER, "sha512")
    assert send(either, "POST", f"/v2/samples/hello/blobs/uploads/?digest={digest}", LAYER).status == 201

    found = send(either, "GET", f"/v2/samples/hello/blobs/{digest}")

    assert found.header("Docker-Content-Digest") == digest
    assert (found if found.status == 200 else follow(either, found)).body == LAYER


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_unknown_blob_is_404(either: FakeRegistry, method: str) -> None:
    put_image(either, "samples/hello", "v1")
    members = {} if either.settings.profile == "acr" else {"detail": {"repository": "samples/hello", "digest": ABSENT}}
    expected = error_answer(404, "BLOB_UNKNOWN", "blob unknown to registry", **members)

    found = send(either, method, f"/v2/samples/hello/blobs/{ABSENT}")

    assert found == (without_body(expected) if method == "HEAD" else expected)


def test_blob_exists_only_in_its_repository(either: FakeRegistry) -> None:
    put_blob(either, "samples/hello", LAYER)

    assert send(either, "HEAD", f"/v2/samples/other/blobs/{LAYER_DIGEST}").status == 404


def test_blob_can_be_deleted_while_a_manifest_refers_to_it(either: FakeRegistry) -> None:
    """acr-behaviour 15.3: 202, and the manifest is still read."""
    put_image(either, "samples/hello", "v1")

    assert send(either, "DELETE", BLOB) == answer(202)

    assert send(either, "HEAD", BLOB).status == 404
    assert send(either, "HEAD", "/v2/samples/hello/manifests/v1", headers={"Accept": _any_manifest()}).status == 200


def _any_manifest() -> str:
    return "application/vnd.oci.image.manifest.v1+json"
