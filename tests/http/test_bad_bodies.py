"""Bad bodies, in both profiles: malformed JSON, types that differ, sizes, digests."""

import json

import pytest

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from fake_registry.spec import media_types
from tests.http.refusals import assert_refused
from tests.support.http import (
    ABSENT,
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    LAYER_DIGEST,
    OCI_INDEX,
    OCI_MANIFEST,
    begin,
    entry,
    everything,
    index_bytes,
    manifest_bytes,
    put_image,
    registry_of,
    send,
)
from tests.support.products import cross

LIMIT = 4 * 1024 * 1024

NOT_JSON = {
    "word": b"nonsense",
    "empty": b"",
    "blank": b" ",
    "cut": IMAGE[:-1],
    "two": b"{}{}",
    "trailing comma": b'{"a":1,}',
    "single quotes": b"{'a':1}",
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "not UTF-8": b'{"a":"\xff"}',
    "overlong": b'{"a":"\xc0\xaf"}',
    "deep list": b"[" * 100_000,
    "deep object": b'{"a":' * 100_000,
    "deep and closed": b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "long number": b'{"a":' + b"9" * 10_000 + b"}",
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":-Infinity}',
    "duplicate key": b'{"a":1,"a":2}',
    "duplicate key by escape": b'{"a":1,"\\u0061":2}',
    "duplicate key inside": b'{"a":[{"b":1,"b":2}]}',
    "null": b"null",
    "list": b"[]",
    "string": b'"{}"',
    "number": b"1",
    "true": b"true",
    "NUL": b"\x00",
}


@pytest.fixture
def registry(profile: Profile) -> FakeRegistry:
    """IMAGE under v1 in samples/hello."""
    registry = registry_of(profile)
    put_image(registry, "samples/hello", "v1")
    return registry


@cross({"media_type": [OCI_MANIFEST, OCI_INDEX, media_types.ORAS_ARTIFACT], "body": NOT_JSON})
def test_manifest_that_is_not_json_is_refused(registry: FakeRegistry, media_type: str, body: bytes) -> None:
    before = everything(registry)

    found = send(registry, "PUT", "/v2/samples/hello/manifests/v1", body, {"Content-Type": media_type})

    assert_refused(found, profile=registry.settings.profile)
    assert (found.status, found.json["errors"][0]["code"]) == (400, "MANIFEST_INVALID")
    assert everything(registry) == before


@cross({"path": ["", "/_tags/v1", f"/_manifests/{IMAGE_DIGEST}"], "body": NOT_JSON})
def test_attributes_that_are_not_json_are_refused(registry: FakeRegistry, path: str, body: bytes) -> None:
    before = everything(registry)

    found = send(registry, "PATCH", f"/acr/v1/samples/hello{path}", body)

    assert_refused(found, profile=registry.settings.profile)
    assert found.status == 400
    assert everything(registry) == before


@pytest.mark.parametrize("value", ["null", '"false"', "0", "1.0", "[]", "{}", '"\\ud800"'])
@pytest.mark.parametrize("path", ["", "/_tags/v1", f"/_manifests/{IMAGE_DIGEST}"])
def test_attribute_that_is_not_a_boolean_is_refused(registry: FakeRegistry, path: str, value: str) -> None:
    before = everything(registry)

    body = f'{{"deleteEnabled":false,"writeEnabled":{value}}}'.encode()
    found = send(registry, "PATCH", f"/acr/v1/samples/hello{path}", body)

    assert_refused(found, profile=registry.settings.profile)
    assert everything(registry) == before


@pytest.mark.parametrize("chunked", [False, True])
def test_attributes_that_are_too_long_are_refused(registry: FakeRegistry, *, chunked: bool) -> None:
    before = everything(registry)

    body = b'{"deleteEnabled":false}' + b" " * 70_000
    found = send(registry, "PATCH", "/acr/v1/samples/hello", body, chunked=chunked)

    assert_refused(found, profile=registry.settings.profile)
    assert everything(registry) == before


def _with(**members: object) -> bytes:
    """IMAGE with members changed; None removes one."""
    document = {**json.loads(IMAGE), **members}
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


BAD_IMAGES = {
    "no schemaVersion": _with(schemaVersion=None),
    "schemaVersion 1": _with(schemaVersion=1),
    "schemaVersion true": _with(schemaVersion=True),
    "schemaVersion text": _with(schemaVersion="2"),
    "another mediaType": _with(mediaType=media_types.DOCKER_MANIFEST),
    "an index's mediaType": _with(mediaType=OCI_INDEX),
    "mediaType that is no text": _with(mediaType=1),
    "no config": _with(config=None),
    "config that is no object": _with(config="x"),
    "config without digest": _with(config={"mediaType": "x/y", "size": 1}),
    "config without mediaType": _with(config={"digest": LAYER_DIGEST, "size": 1}),
    "config with a bad digest": _with(config={"mediaType": "x/y", "digest": "sha256:x", "size": 1}),
    "no layers": _with(layers=None),
    "layers that are no list": _with(layers={}),
    "layer that is no object": _with(layers=["x"]),
    "layer with a negative size": _with(layers=[{**entry(LAYER, "x/y"), "size": -1}]),
    "layer with a size of text": _with(layers=[{**entry(LAYER, "x/y"), "size": "16"}]),
    "layer with a size of true": _with(layers=[{**entry(LAYER, "x/y"), "size": True}]),
    "layer with a broken size": _with(layers=[{**entry(LAYER, "x/y"), "size": 16.5}]),
    "layer with half a surrogate": _with(layers=[{**entry(LAYER, "x/y"), "mediaType": "\ud800"}]),
    "manifests beside layers": _with(manifests=[]),
    "subject that is no object": _with(subject="x"),
    "subject without digest": _with(subject={"mediaType": OCI_MANIFEST, "size": 1}),
    "annotations that are no object": _with(annotations=[]),
    "annotation that is no text": _with(annotations={"a": 1}),
    "annotation with half a surrogate": _with(annotations={"a": "\udfff"}),
    "key with half a surrogate": _with(**{"\ud800": 1}),
    "artifactType that is no text": _with(artifactType=1),
    "empty object": b"{}",
}


@cross({"reference": ["v1", "v2"], "body": BAD_IMAGES})
def test_invalid_image_manifest_is_refused(registry: FakeRegistry, reference: str, body: bytes) -> None:
    before = everything(registry)

    target = f"/v2/samples/hello/manifests/{reference}"
    found = send(registry, "PUT", target, body, {"Content-Type": OCI_MANIFEST})

    assert_refused(found, profile=registry.settings.profile)
    assert (found.status, found.json["errors"][0]["code"]) == (400, "MANIFEST_INVALID")
    assert everything(registry) == before


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (IMAGE, OCI_INDEX),
        (index_bytes(), OCI_MANIFEST),
        (IMAGE, media_types.DOCKER_MANIFEST),
        (_with(mediaType=None), media_types.DOCKER_MANIFEST),
        (_with(mediaType=media_types.DOCKER_MANIFEST), OCI_MANIFEST),
        (index_bytes(config=entry(LAYER, "x/y")), OCI_INDEX),
        (index_bytes(layers=[]), OCI_INDEX),
        (IMAGE, ""),
        (IMAGE, ";"),
    ],
)
def test_content_type_that_differs_from_the_body_is_refused(
    registry: FakeRegistry, body: bytes, media_type: str
) -> None:
    """acr-behaviour 9.2 and 15.3."""
    before = everything(registry)

    found = send(registry, "PUT", "/v2/samples/hello/manifests/v2", body, {"Content-Type": media_type})

    assert_refused(found, profile=registry.settings.profile)
    assert (found.status, found.json["errors"][0]["code"]) == (400, "MANIFEST_INVALID")
    assert everything(registry) == before


@pytest.mark.parametrize(
    "media_type", ["application/json", "text/plain", "junk", "\xe9/\xe9", f"{OCI_MANIFEST}x", "*/*"]
)
def test_unknown_manifest_type_is_refused(media_type: str) -> None:
    registry = registry_of("acr")
    put_image(registry, "samples/hello", "v1")
    before = everything(registry)

    found = send(registry, "PUT", "/v2/samples/hello/manifests/v2", _with(mediaType=None), {"Content-Type": media_type})

    assert_refused(found, profile="acr")
    assert everything(registry) == before


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [LIMIT + 1, 3 * LIMIT])
def test_too_large_manifest_is_refused(registry: FakeRegistry, size: int, *, chunked: bool) -> None:
    before = everything(registry)

    body = IMAGE + b" " * (size - len(IMAGE))
    target = "/v2/samples/hello/manifests/v2"
    found = send(registry, "PUT", target, body, {"Content-Type": OCI_MANIFEST}, chunked=chunked)

    assert_refused(found, profile=registry.settings.profile)
    assert found.status == {"acr": 400, "oci": 413}[registry.settings.profile]
    assert everything(registry) == before


def test_manifest_with_a_too_large_content_length_is_not_read(registry: FakeRegistry) -> None:
    target = "/v2/samples/hello/manifests/v2"
    found = send(registry, "PUT", target, b"", {"Content-Type": OCI_MANIFEST}, length=str(10**30))

    assert found.status == {"acr": 400, "oci": 413}[registry.settings.profile]
    assert registry.requests[-1].request_bytes == 0


@pytest.mark.parametrize("reference", [ABSENT, f"sha512:{'a' * 128}"])
def test_manifest_with_another_digest_is_refused(registry: FakeRegistry, reference: str) -> None:
    before = everything(registry)

    target = f"/v2/samples/hello/manifests/{reference}"
    found = send(registry, "PUT", target, IMAGE, {"Content-Type": OCI_MANIFEST})

    assert_refused(found, profile=registry.settings.profile)
    assert (found.status, found.json["errors"][0]["code"]) == (400, "DIGEST_INVALID")
    assert everything(registry) == before


@pytest.mark.parametrize(
    "content",
    [manifest_bytes(b"absent"), manifest_bytes(config=b"absent"), manifest_bytes(b"a", b"b", LAYER, config=b"c")],
)
def test_manifest_with_missing_blobs_is_refused(registry: FakeRegistry, content: bytes) -> None:
    before = everything(registry)

    found = send(registry, "PUT", "/v2/samples/hello/manifests/v1", content, {"Content-Type": OCI_MANIFEST})

    assert_refused(found, profile=registry.settings.profile)
    assert {one["code"] for one in found.json["errors"]} == {"MANIFEST_BLOB_UNKNOWN"}
    assert everything(registry) == before


@pytest.mark.parametrize("body", [LAYER + b"x", b"", LAYER[:-1], LAYER.upper()])
@pytest.mark.parametrize("chunked", [False, True])
def test_blob_with_another_digest_is_refused(registry: FakeRegistry, body: bytes, *, chunked: bool) -> None:
    empty = everything(registry)
    location = begin(registry, "samples/hello")
    begun = everything(registry)

    for method, target in [
        ("POST", f"/v2/samples/hello/blobs/uploads/?digest={LAYER_DIGEST}"),
        ("PUT", f"{location}&digest={LAYER_DIGEST}"),
    ]:
        found = send(registry, method, target, body, chunked=chunked)
        assert_refused(found, profile=registry.settings.profile)
        assert (found.status, found.json["errors"][0]["code"]) == (400, "DIGEST_INVALID")

    # ACR drops the upload (acr-behaviour 8.1 [I])
    assert everything(registry) == (begun if registry.settings.upload_survives_wrong_digest else empty)
