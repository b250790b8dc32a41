"""Manifests: distribution-spec v1.1.1, end-3, end-7, end-9; acr-behaviour 5 and 9."""

import json

import pytest

from fake_registry import FakeRegistry
from fake_registry.spec import media_types
from fake_registry.spec.names import digest_of
from tests.support.http import (
    ABSENT,
    CONFIG,
    CONFIG_DIGEST,
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    LAYER_DIGEST,
    OCI_INDEX,
    OCI_MANIFEST,
    answer,
    entry,
    error_answer,
    everything,
    index_bytes,
    json_answer,
    manifest_bytes,
    put_blob,
    put_image,
    put_manifest,
    registry_of,
    send,
    without_body,
)

HELLO = "/v2/samples/hello/manifests"
ACCEPT = {"Accept": OCI_MANIFEST}
IDENTITY = {"Docker-Content-Digest": IMAGE_DIGEST, "ETag": f'"{IMAGE_DIGEST}"'}
WHOLE = answer(200, {**IDENTITY, "Content-Type": OCI_MANIFEST}, IMAGE)


def smallest_manifest(media_type: str) -> bytes:
    """Return a manifest of this type without layers, blobs or children."""
    members: dict[str, object] = {"mediaType": media_type}
    if media_type not in media_types.ARTIFACTS:
        members |= {"schemaVersion": 2}
    if media_type in media_types.INDEXES:
        members |= {"manifests": []}
    if media_type in media_types.IMAGES:
        members |= {"config": entry(CONFIG, "x/y"), "layers": []}
    return json.dumps(members).encode()


@pytest.mark.parametrize("reference", ["v1", IMAGE_DIGEST, IMAGE_DIGEST.replace(":", "%3A")])
def test_manifest_is_returned_byte_for_byte(either: FakeRegistry, reference: str) -> None:
    put_image(either, "samples/hello", "v1")

    assert send(either, "GET", f"{HELLO}/{reference}", headers=ACCEPT) == WHOLE
    assert send(either, "HEAD", f"{HELLO}/{reference}", headers=ACCEPT) == without_body(WHOLE)


@pytest.mark.parametrize("known", [f'"{IMAGE_DIGEST}"', f'W/"{IMAGE_DIGEST}"', "*", f'"x", "{IMAGE_DIGEST}"'])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_matching_if_none_match_is_304(either: FakeRegistry, method: str, known: str) -> None:
    """RFC 9110 §13.1.2."""
    put_image(either, "samples/hello", "v1")

    found = send(either, method, f"{HELLO}/v1", headers={**ACCEPT, "If-None-Match": known})

    assert found == answer(304, IDENTITY)


@pytest.mark.parametrize("known", ["", IMAGE_DIGEST, f'"{ABSENT}"', "**"])
def test_other_if_none_match_is_200(either: FakeRegistry, known: str) -> None:
    put_image(either, "samples/hello", "v1")

    assert send(either, "GET", f"{HELLO}/v1", headers={**ACCEPT, "If-None-Match": known}) == WHOLE


class TestAccept:
    """acr-behaviour 9.1: in ACR the type itself must stand in Accept."""

    @pytest.mark.parametrize(
        "accept",
        [
            OCI_MANIFEST,
            f"*/*, {OCI_MANIFEST}",
            f"{OCI_INDEX},{OCI_MANIFEST};q=0.1",
            f"text/html ,  {OCI_MANIFEST} ;v=1",
            OCI_MANIFEST.title(),  # RFC 9110 §8.3.1: names of types have no case
        ],
    )
    def test_accept_may_list_other_types(self, either: FakeRegistry, accept: str) -> None:
        put_image(either, "samples/hello", "v1")

        assert send(either, "GET", f"{HELLO}/v1", headers={"Accept": accept}) == WHOLE

    @pytest.mark.parametrize("accept", ["", "*/*", "application/json", f"{OCI_MANIFEST}x", OCI_INDEX])
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_accept_without_the_type_is_refused_by_acr_only(
        self, either: FakeRegistry, accept: str, method: str
    ) -> None:
        put_image(either, "samples/hello", "v1")
        message = "OCI manifest found, but accept header does not support OCI manifests"
        expected = error_answer(404, "MANIFEST_UNKNOWN", message) if either.settings.profile == "acr" else WHOLE

        found = send(either, method, f"{HELLO}/v1", headers={"Accept": accept})

        assert found == (expected if method == "GET" else without_body(expected))

    def test_refusal_of_an_index_has_its_own_wording(self, azure: FakeRegistry) -> None:
        put_manifest(azure, "samples/hello", "all", index_bytes(), OCI_INDEX)

        found = send(azure, "GET", f"{HELLO}/all", headers=ACCEPT)

        message = "OCI index found, but accept header does not support OCI indexes"
        assert found == error_answer(404, "MANIFEST_UNKNOWN", message)

    @pytest.mark.parametrize(
        ("media_type", "by_tag", "by_digest"),
        [
            (media_types.OCI_MANIFEST, 404, 404),
            (media_types.OCI_INDEX, 404, 404),
            (media_types.DOCKER_MANIFEST, 404, 200),
            (media_types.DOCKER_LIST, 404, 200),
            (media_types.OCI_ARTIFACT, 200, 200),
            (media_types.ORAS_ARTIFACT, 200, 200),
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    @pytest.mark.parametrize("accept", ["", "*/*", "application/json"])
    def test_accept_holds_back_oci_images_and_indexes_and_docker_manifests_by_tag(
        self, either: FakeRegistry, media_type: str, by_tag: int, by_digest: int, method: str, accept: str
    ) -> None:
        """A recording of 2026 has an artifact manifest, for an Accept without its type; Docker by tag is [I]."""
        content = smallest_manifest(media_type)
        put_blob(either, "samples/hello", CONFIG)
        assert put_manifest(either, "samples/hello", "v1", content, media_type).status == 201

        found = [
            send(either, method, f"{HELLO}/{reference}", headers={"Accept": accept}).status
            for reference in ("v1", digest_of(content))
        ]

        assert found == ([by_tag, by_digest] if either.settings.profile == "acr" else [200, 200])


@pytest.mark.parametrize("reference", ["v1", IMAGE_DIGEST])
def test_push_returns_a_location_with_the_digest(either: FakeRegistry, reference: str) -> None:
    put_image(either, "samples/hello")

    found = put_manifest(either, "samples/hello", reference, IMAGE)

    assert found == answer(201, {"Docker-Content-Digest": IMAGE_DIGEST, "Location": f"{HELLO}/{IMAGE_DIGEST}"})


def test_manifest_may_be_chunked_and_its_type_have_parameters(either: FakeRegistry) -> None:
    put_image(either, "samples/hello")

    found = send(either, "PUT", f"{HELLO}/v1", IMAGE, {"Content-Type": f"{OCI_MANIFEST}; charset=utf-8"}, chunked=True)

    assert found.status == 201
    assert send(either, "GET", f"{HELLO}/v1", headers=ACCEPT) == WHOLE


def test_oci_subject_is_sent_for_a_missing_subject_too(either: FakeRegistry) -> None:
    """distribution-spec, Pushing Manifests with Subject: OCI-Subject MUST be set."""
    put_image(either, "samples/hello")
    content = manifest_bytes(subject={"mediaType": OCI_MANIFEST, "digest": ABSENT, "size": 1})

    found = put_manifest(either, "samples/hello", "sbom", content)

    digest = digest_of(content)
    headers = {"Docker-Content-Digest": digest, "Location": f"{HELLO}/{digest}", "OCI-Subject": ABSENT}
    assert found == answer(201, headers)


def test_each_tag_parameter_is_answered_with_a_header(oci: FakeRegistry) -> None:
    put_image(oci, "samples/hello")

    found = put_manifest(oci, "samples/hello", f"{IMAGE_DIGEST}?tag=b&tag=a&tag=b", IMAGE)

    assert [value for name, value in found.headers if name == "OCI-Tag"] == ["a", "b"]
    assert send(oci, "GET", "/v2/samples/hello/tags/list").json["tags"] == ["a", "b"]


def test_acr_ignores_tag_parameters(azure: FakeRegistry) -> None:
    put_image(azure, "samples/hello")

    found = put_manifest(azure, "samples/hello", f"{IMAGE_DIGEST}?tag=a", IMAGE)

    assert found == answer(201, {"Docker-Content-Digest": IMAGE_DIGEST, "Location": f"{HELLO}/{IMAGE_DIGEST}"})
    assert send(azure, "GET", "/v2/samples/hello/tags/list").json["tags"] is None


def test_pushing_an_existing_tag_moves_it(either: FakeRegistry) -> None:
    put_image(either, "samples/hello", "v1")
    other = manifest_bytes()

    assert put_manifest(either, "samples/hello", "v1", other).status == 201

    assert send(either, "GET", f"{HELLO}/v1", headers=ACCEPT).body == other
    assert send(either, "GET", f"{HELLO}/{IMAGE_DIGEST}", headers=ACCEPT) == WHOLE


@pytest.mark.parametrize("media_type", sorted(media_types.MANIFESTS))
def test_every_manifest_type_is_accepted(either: FakeRegistry, media_type: str) -> None:
    put_image(either, "samples/hello")
    content = smallest_manifest(media_type)

    assert put_manifest(either, "samples/hello", "v1", content, media_type).status == 201

    found = send(either, "GET", f"{HELLO}/v1", headers={"Accept": media_type})
    assert (found.status, found.header("Content-Type"), found.body) == (200, media_type, content)


@pytest.mark.parametrize("media_type", [media_types.OCI_INDEX, media_types.DOCKER_LIST])
def test_children_of_an_index_may_be_blobs(either: FakeRegistry, media_type: str) -> None:
    """moby/buildkit#2251: BuildKit's cache. A child that is a blob is pulled as a blob alone."""
    put_blob(either, "samples/hello", LAYER, CONFIG)
    children = [entry(LAYER, media_types.OCI_LAYER_GZIP), entry(CONFIG, "application/vnd.buildkit.cacheconfig.v0")]
    content = json.dumps({"schemaVersion": 2, "mediaType": media_type, "manifests": children}).encode()

    pushed = put_manifest(either, "samples/hello", "cache", content, media_type)

    assert pushed.status == 201
    assert send(either, "GET", f"{HELLO}/cache", headers={"Accept": media_type}).body == content
    assert send(either, "GET", f"{HELLO}/{LAYER_DIGEST}", headers={"Accept": "*/*"}).status == 404
    assert send(either, "HEAD", f"/v2/samples/hello/blobs/{LAYER_DIGEST}").status == 200
    document = send(either, "GET", f"/acr/v1/samples/hello/_manifests/{digest_of(content)}").json["manifest"]
    assert document["imageSize"] == len(content) + len(LAYER) + len(CONFIG)
    assert document["references"] == [{"digest": LAYER_DIGEST}, {"digest": CONFIG_DIGEST}]


def test_custom_manifest_type_is_accepted_in_the_oci_profile_only(either: FakeRegistry) -> None:
    found = put_manifest(either, "samples/hello", "v1", b'{"any":"thing"}', "application/vnd.example.v1+json")

    assert found.status == {"acr": 400, "oci": 201}[either.settings.profile]


def test_manifest_may_be_pushed_by_sha512_digest(either: FakeRegistry) -> None:
    put_image(either, "samples/hello")
    digest = digest_of(IMAGE, "sha512")

    found = put_manifest(either, "samples/hello", digest, IMAGE)

    assert found == answer(201, {"Docker-Content-Digest": digest, "Location": f"{HELLO}/{digest}"})


def test_each_missing_blob_is_one_error(either: FakeRegistry) -> None:
    found = put_manifest(either, "samples/hello", "v1", IMAGE)

    if either.settings.profile == "acr":
        status, message = 400, "blob unknown to registry"
        details: list[object] = [CONFIG_DIGEST, LAYER_DIGEST]
    else:
        status, message = 404, "manifest references a manifest or blob unknown to registry"
        details = [{"digest": CONFIG_DIGEST}, {"digest": LAYER_DIGEST}]
    entries = [{"code": "MANIFEST_BLOB_UNKNOWN", "message": message, "detail": detail} for detail in details]
    assert found == json_answer({"errors": entries}, status=status)
    assert everything(either) == everything(registry_of(either.settings.profile))


class TestDelete:
    """acr-behaviour 5; distribution-spec, Deleting tags and Deleting Manifests (end-9)."""

    def test_delete_by_digest_removes_the_tags(self, either: FakeRegistry) -> None:
        put_image(either, "samples/hello", "v1", "v2")

        assert send(either, "DELETE", f"{HELLO}/{IMAGE_DIGEST}") == answer(202)

        assert send(either, "HEAD", f"{HELLO}/v1", headers=ACCEPT).status == 404
        assert send(either, "GET", "/v2/_catalog").json["repositories"] == (
            None if either.settings.profile == "acr" else []
        )

    def test_acr_refuses_to_delete_by_tag(self, azure: FakeRegistry) -> None:
        put_image(azure, "samples/hello", "v1")
        before = everything(azure)

        found = send(azure, "DELETE", f"{HELLO}/v1")

        assert found == error_answer(405, "UNSUPPORTED", "A manifest can only be deleted by digest.")
        assert everything(azure) == before

    def test_oci_profile_deletes_only_the_tag(self, oci: FakeRegistry) -> None:
        put_image(oci, "samples/hello", "v1", "v2")

        assert send(oci, "DELETE", f"{HELLO}/v1") == answer(202)

        assert send(oci, "GET", "/v2/samples/hello/tags/list").json["tags"] == ["v2"]
        assert send(oci, "HEAD", f"{HELLO}/{IMAGE_DIGEST}").status == 200

    def test_delete_of_an_unknown_digest_is_404(self, either: FakeRegistry) -> None:
        assert send(either, "DELETE", f"{HELLO}/{ABSENT}").json["errors"][0]["code"] == "MANIFEST_UNKNOWN"
        assert send(either, "DELETE", f"{HELLO}/{ABSENT}").status == 404
