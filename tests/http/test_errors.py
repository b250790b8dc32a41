"""Errors through the whole app, byte for byte as ACR's: acr-behaviour 6 and 17."""

import gc

import pytest

from fake_registry import FakeRegistry
from fake_registry.http.passage import Passage
from tests.support.http import (
    ABSENT,
    IMAGE,
    IMAGE_DIGEST,
    OCI_INDEX,
    OCI_MANIFEST,
    begin,
    error_answer,
    put_image,
    put_manifest,
    registry_of,
    send,
    without_body,
)

ACCEPT = {"Accept": OCI_MANIFEST}

NAMED = error_answer(404, "NAME_UNKNOWN", 'repository "wrong-name" is not found')
TAG = error_answer(404, "TAG_UNKNOWN", "the specified tag does not exist")
BY_DIGEST = error_answer(404, "MANIFEST_UNKNOWN", f"manifest {ABSENT} is not found")
PULLED_BY_DIGEST = error_answer(
    404, "MANIFEST_UNKNOWN", f"manifest {ABSENT} is not found", detail={"Name": "a/hello", "Revision": ABSENT}
)
METADATA = error_answer(404, "MANIFEST_UNKNOWN", "manifest unknown")
BLOB = error_answer(404, "BLOB_UNKNOWN", "blob unknown to registry")


@pytest.mark.parametrize(
    ("method", "target", "expected", "length"),
    [
        ("GET", "/acr/v1/wrong-name", NAMED, 88),
        ("PATCH", "/acr/v1/wrong-name", NAMED, 88),
        ("GET", "/acr/v1/wrong-name/_tags", NAMED, 88),
        ("GET", "/acr/v1/wrong-name/_manifests", NAMED, 88),
        (
            "DELETE",
            "/acr/v1/does_not_exist",
            error_answer(
                404, "NAME_UNKNOWN", "repository name not known to registry", detail={"name": "does_not_exist"}
            ),
            122,
        ),
        ("GET", "/acr/v1/hello/_tags/wrong-tag", TAG, 81),
        ("PATCH", "/acr/v1/hello/_tags/wrong-tag", TAG, 81),
        ("DELETE", "/acr/v1/hello/_tags/wrong-tag", TAG, 81),
        ("GET", "/acr/v1/wrong-name/_tags/v1", TAG, 81),
        (
            "GET",
            "/v2/hello/manifests/wrong-tag",
            error_answer(
                404,
                "MANIFEST_UNKNOWN",
                'manifest tagged by "wrong-tag" is not found',
                detail={"Tag": "wrong-tag"},
            ),
            128,
        ),
        ("DELETE", f"/v2/hello/manifests/{ABSENT}", BY_DIGEST, 147),
        ("GET", f"/v2/a/hello/manifests/{ABSENT}", PULLED_BY_DIGEST, 260),
        ("GET", f"/acr/v1/hello/_manifests/{ABSENT}", METADATA, 70),
        ("PATCH", f"/acr/v1/hello/_manifests/{ABSENT}", METADATA, 70),
        (
            "DELETE",
            "/v2/hello/manifests/v1",
            error_answer(405, "UNSUPPORTED", "A manifest can only be deleted by digest."),
            90,
        ),
        ("GET", f"/v2/hello/blobs/{ABSENT}", BLOB, 74),
        ("DELETE", f"/v2/hello/blobs/{ABSENT}", BLOB, 74),
    ],
)
def test_missing_items_are_404_in_acrs_wording(
    azure: FakeRegistry, method: str, target: str, expected: object, length: int
) -> None:
    put_image(azure, "hello", "v1")

    found = send(azure, method, target, b"{}", ACCEPT)

    assert found == expected
    assert len(found.body) == length


@pytest.mark.parametrize(
    ("target", "length"),
    [
        ("/v2/hello/manifests/wrong-tag", 128),
        (f"/v2/a/hello/manifests/{ABSENT}", 260),
        (f"/v2/hello/blobs/{ABSENT}", 74),
    ],
)
def test_head_has_the_content_length_of_get(azure: FakeRegistry, target: str, length: int) -> None:
    put_image(azure, "hello", "v1")

    found = send(azure, "HEAD", target)

    assert found == without_body(send(azure, "GET", target))
    assert (found.body, found.header("Content-Length")) == (b"", str(length))


def test_accept_without_the_manifest_type_is_404(azure: FakeRegistry) -> None:
    put_image(azure, "hello", "v1")

    found = send(azure, "GET", "/v2/hello/manifests/v1", headers={"Accept": "*/*"})

    message = "OCI manifest found, but accept header does not support OCI manifests"
    assert found == error_answer(404, "MANIFEST_UNKNOWN", message)
    assert len(found.body) == 122


@pytest.mark.parametrize("digest", ["wrong", "", "sha256:", "sha256%3Aabc"])
def test_malformed_digest_is_answered_as_by_acr(azure: FakeRegistry, digest: str) -> None:
    found = send(azure, "PUT", f"{begin(azure, 'hello')}&digest={digest}", b"")

    message = "provided digest did not match uploaded content"
    assert found == error_answer(400, "DIGEST_INVALID", message, detail="digest parsing failed")
    assert len(found.body) == 131


def test_malformed_content_range_is_answered_as_by_acr(azure: FakeRegistry) -> None:
    """The length is that of the recorded `-1--1`."""
    found = send(azure, "PATCH", begin(azure, "hello"), b"four", {"Content-Range": "-1--1"})

    detail = {"Range": "-1--1", "Reason": "the Content-Range header format is invalid"}
    assert found == error_answer(416, "BLOB_UPLOAD_RANGE_INVALID", "blob upload range invalid", detail=detail)
    assert len(found.body) == 169


def test_content_range_with_a_unit_is_refused(azure: FakeRegistry) -> None:
    """acr-behaviour 1.13 and 6: `bytes 0-3/*` is refused."""
    found = send(azure, "PATCH", begin(azure, "hello"), b"four", {"Content-Range": "bytes 0-3/*"})

    detail = {"Range": "bytes 0-3/*", "Reason": "the Content-Range header format is invalid"}
    assert found == error_answer(416, "BLOB_UPLOAD_RANGE_INVALID", "blob upload range invalid", detail=detail)


def test_refusal_of_a_gap_repeats_the_content_range(azure: FakeRegistry) -> None:
    found = send(azure, "PATCH", begin(azure, "hello", b"four"), b"more", {"Content-Range": "5-8"})

    detail = {"Range": "5-8", "Reason": "the Content-Range does not start where the upload ends"}
    assert found == error_answer(416, "BLOB_UPLOAD_RANGE_INVALID", "blob upload range invalid", detail=detail)


def test_old_location_is_answered_as_by_acr(azure: FakeRegistry) -> None:
    old = begin(azure, "hello")
    send(azure, "PATCH", old, b"four")

    found = send(azure, "PATCH", old, b"four")

    assert found == error_answer(404, "BLOB_UPLOAD_INVALID", "blob upload invalid")
    assert len(found.body) == 76


@pytest.mark.parametrize(
    ("reference", "content", "media_type", "code", "message", "members"),
    [
        (ABSENT, IMAGE, OCI_MANIFEST, "DIGEST_INVALID", "provided digest did not match uploaded content", {}),
        (
            "v1",
            b"x" * (4 * 1024 * 1024 + 1),
            OCI_MANIFEST,
            "MANIFEST_INVALID",
            "manifest invalid",
            {"detail": "http: request body too large"},
        ),
        (
            "v1",
            IMAGE,
            OCI_INDEX,
            "MANIFEST_INVALID",
            "manifest invalid",
            {"detail": f"mediaType is {OCI_MANIFEST}, but Content-Type is {OCI_INDEX}"},
        ),
    ],
    ids=["digest", "size", "type"],
)
def test_invalid_manifest_is_answered_as_by_acr(
    azure: FakeRegistry,
    reference: str,
    content: bytes,
    media_type: str,
    code: str,
    message: str,
    members: dict[str, str],
) -> None:
    put_image(azure, "hello")

    assert put_manifest(azure, "hello", reference, content, media_type) == error_answer(
        400, code, message, None, **members
    )


def test_oci_profile_answers_413_to_a_large_manifest(oci: FakeRegistry) -> None:
    """distribution-spec, Pushing Manifests: 413."""
    found = put_manifest(oci, "hello", "v1", b"x" * (4 * 1024 * 1024 + 1))

    detail = {"reason": "expected at most 4194304 bytes", "limit": 4_194_304}
    assert found == error_answer(413, "MANIFEST_INVALID", "manifest too large", detail=detail)


def test_manifest_of_the_maximum_size_is_accepted(either: FakeRegistry) -> None:
    put_image(either, "hello")
    content = IMAGE + b" " * (4 * 1024 * 1024 - len(IMAGE))

    assert put_manifest(either, "hello", "v1", content).status == 201
    assert send(either, "GET", "/v2/hello/manifests/v1", headers=ACCEPT).body == content


def test_names_in_messages_are_escaped_as_go_does(oci: FakeRegistry) -> None:
    """acr-behaviour 16 [I]: angle brackets, ampersands and invalid UTF-8 are readable in the JSON."""
    found = send(oci, "GET", "/<&>/%FF/\u2028".replace("\u2028", "%E2%80%A8"))

    assert found.json["errors"][0]["detail"] == {"path": "/<&>/\ufffd/\u2028"}
    assert b"\\u003c\\u0026\\u003e" in found.body
    assert b"\\u2028" in found.body


def test_pushing_the_same_manifest_again_succeeds(azure: FakeRegistry) -> None:
    put_image(azure, "hello", "v1")

    assert put_manifest(azure, "hello", "v1", IMAGE).header("Docker-Content-Digest") == IMAGE_DIGEST


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer malformed"}, {"Authorization": "Basic eDp5"}])
def test_refused_request_is_freed_without_the_garbage_collector(headers: dict[str, str]) -> None:
    registry = registry_of(auth="token")
    gc.collect()
    gc.disable()
    try:
        answer = send(registry, "GET", "/v2/samples/hello/tags/list", headers=headers)
        kept = [found for found in gc.get_objects() if isinstance(found, Passage)]
    finally:
        gc.enable()

    assert (answer.status, kept) == (401, [])
