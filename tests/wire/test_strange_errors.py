"""Errors as other registries write them, or do not: codes, statuses, odd bodies."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.settings import Profile
from fake_registry.spec import errors as e
from fake_registry.spec.errors import ABSENT, RegistryError
from fake_registry.wire.error_rows import ANY
from fake_registry.wire.error_tables import TABLES
from fake_registry.wire.errors import decode_error, encode_error
from tests.wire.values import endpoint_named


@pytest.mark.parametrize(
    ("status", "endpoint", "kind"),
    [
        (400, "manifest.put", e.ManifestInvalid),
        (400, "upload.finish", e.DigestInvalid),
        (400, "oauth.token", e.Unsupported),
        (400, "tags.list", e.PageInvalid),
        (400, "acr.tag.update", e.AttributesInvalid),
        (401, "base", e.Unauthorized),
        (403, "blob.head", e.Denied),
        (404, "manifest.head", e.ManifestUnknown),
        (404, "manifest.get", e.ManifestUnknown),
        (404, "blob.head", e.BlobUnknown),
        (404, "upload.chunk", e.BlobUploadUnknown),
        (404, "upload.start", e.NameUnknown),
        (404, "tags.list", e.NameUnknown),
        (404, "acr.tag.delete", e.TagUnknown),
        (404, "acr.repository.get", e.NameUnknown),
        (404, "referrers.list", e.RouteUnknown),
        (404, None, e.RouteUnknown),
        (405, "manifest.delete", e.MethodUnsupported),
        (405, "manifest.head", e.OperationDisallowed),
        (406, "manifest.head", e.ManifestNotAcceptable),
        (411, "upload.chunk", e.SizeInvalid),
        (413, "manifest.put", e.ManifestTooLarge),
        (413, "upload.chunk", e.SizeInvalid),
        (415, "manifest.put", e.ManifestInvalid),
        (416, "upload.chunk", e.BlobUploadRangeInvalid),
        (416, "blob.get", e.RangeUnsatisfiable),
        (429, "blob.get", e.TooManyRequests),
        (503, "blob.get", e.TooManyRequests),
        (500, "blob.get", e.Unsupported),
    ],
)
def test_without_a_body_status_and_endpoint_decide(
    status: int, endpoint: str | None, kind: type[RegistryError]
) -> None:
    assert type(decode_error(status, b"", endpoint=endpoint_named(endpoint))) is kind


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b"{}",
        b'{"errors":null}',
        b'{"errors":[]}',
        b'{"errors":[1]}',
        b'{"errors":{"code":"DENIED"}}',
        b'{"errors":[{"code":"NEVER_HEARD_OF"}]}',
        b'{"errors":[{"code":["DENIED"]}]}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_without_a_known_code_status_and_endpoint_decide(body: bytes) -> None:
    assert type(decode_error(404, body, endpoint=endpoint_named("manifest.get"))) is e.ManifestUnknown


@pytest.mark.parametrize(
    ("status", "code", "endpoint", "kind"),
    [
        (404, "NAME_UNKNOWN", "manifest.get", e.NameUnknown),
        (404, "MANIFEST_UNKNOWN", "manifest.delete", e.ManifestUnknown),
        (400, "BLOB_UPLOAD_INVALID", "upload.chunk", e.BlobUploadInvalid),
        (416, "RANGE_INVALID", "upload.chunk", e.BlobUploadRangeInvalid),
        (416, "BLOB_UPLOAD_INVALID", "upload.finish", e.BlobUploadRangeInvalid),
        (416, "UNSUPPORTED", "blob.get", e.RangeUnsatisfiable),
        (413, "MANIFEST_INVALID", "manifest.put", e.ManifestTooLarge),
        (401, "DENIED", "upload.start", e.Denied),
        (400, "UNSUPPORTED", "manifest.delete", e.Unsupported),
        (405, "UNSUPPORTED", "blob.delete", e.Unsupported),
        (404, "BLOB_UNKNOWN", "upload.start", e.BlobUnknown),
        (403, "REGISTRY_DISALLOWED_OPERATION", "manifest.put", e.OperationDisallowed),
        (400, "TAG_INVALID", "manifest.put", e.TagInvalid),
    ],
)
def test_codes_of_other_registries_decide_before_the_endpoint(
    status: int, code: str, endpoint: str, kind: type[RegistryError]
) -> None:
    body = json.dumps({"errors": [{"code": code, "message": "in words of its own", "detail": None}]}).encode()
    error = decode_error(status, body, endpoint=endpoint_named(endpoint))
    assert type(error) is kind
    assert (error.reason, error.detail) == ("in words of its own", None)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "message", "detail"]), inner),
    max_leaves=8,
)


@given(
    st.integers(400, 599),
    st.binary(max_size=20) | json_values.map(lambda value: json.dumps({"errors": value}).encode()),
)
def test_any_response_is_read_as_an_error(status: int, body: bytes) -> None:
    assert isinstance(decode_error(status, body, endpoint=endpoint_named("manifest.get")), RegistryError)


@given(
    st.sampled_from([kind for kind, endpoint in TABLES["oci"] if endpoint == ANY]),
    st.sampled_from(sorted(TABLES)),
    st.text(max_size=20),
    json_values | st.just(ABSENT),
)
def test_any_reason_and_detail_read_back_as_the_class(
    kind: type[RegistryError], profile: Profile, reason: str, detail: object
) -> None:
    # The detail alone identifies ACR's 400 for a manifest that is too large.
    if kind is e.ManifestTooLarge:
        detail = ABSENT
    answer = encode_error(kind(reason, detail=detail), profile=profile)
    assert type(decode_error(answer.status, answer.body)) is kind
