"""Changing attributes and deleting: ACR 2021-07-01; acr-behaviour 4.4, 5 and 7.1."""

import json

import pytest

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from fake_registry.spec.names import digest_of
from tests.http.documents import (
    OPEN,
    ROOT,
    SHUT,
    image_document,
    in_registry,
    repository_document,
    tag_document,
)
from tests.support.http import (
    ABSENT,
    CONFIG,
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    OCI_INDEX,
    OCI_MANIFEST,
    answer,
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
)


class TestUpdate:
    """acr-behaviour 4.4: any subset of the four, the whole object back."""

    def test_update_of_a_repository_returns_its_properties(self, seeded: FakeRegistry) -> None:
        found = send(seeded, "PATCH", ROOT, b'{"writeEnabled":false}')

        assert found == json_answer(repository_document(seeded, {**OPEN, "writeEnabled": False}))
        assert send(seeded, "GET", ROOT) == found

    def test_update_of_a_tag_returns_its_properties(self, seeded: FakeRegistry) -> None:
        found = send(seeded, "PATCH", f"{ROOT}/_tags/v1", b'{"deleteEnabled":false,"readEnabled":true}')

        tag = tag_document(seeded, "v1", {**OPEN, "deleteEnabled": False})
        assert found == json_answer(in_registry(tag=tag))
        assert send(seeded, "GET", f"{ROOT}/_tags/v1") == found

    def test_update_of_a_manifest_returns_its_properties(self, seeded: FakeRegistry) -> None:
        found = send(seeded, "PATCH", f"{ROOT}/_manifests/{IMAGE_DIGEST}", b'{"listEnabled":false}')

        image = image_document(seeded, {**OPEN, "listEnabled": False}, tags=["v1", "v2"])
        assert found == json_answer(in_registry(manifest=image))
        assert send(seeded, "GET", f"{ROOT}/_manifests/{IMAGE_DIGEST}") == found

    @pytest.mark.parametrize("path", [ROOT, f"{ROOT}/_tags/v1", f"{ROOT}/_manifests/{IMAGE_DIGEST}"])
    def test_locked_item_can_be_read_and_unlocked(self, seeded: FakeRegistry, path: str) -> None:
        before = send(seeded, "GET", path)
        shut = send(seeded, "PATCH", path, json.dumps(SHUT).encode())

        assert send(seeded, "GET", path) == shut
        assert send(seeded, "PATCH", path, json.dumps(OPEN).encode()) == before

    @pytest.mark.parametrize("body", [b"{}", b'{"teleportEnabled":true}', b'{"quarantineState":"Passed"}'])
    def test_unknown_attributes_change_nothing(self, seeded: FakeRegistry, body: bytes) -> None:
        before = everything(seeded)

        assert send(seeded, "PATCH", ROOT, body) == json_answer(repository_document(seeded))
        assert everything(seeded) == before

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"", "expected JSON: Expecting value at character 0"),
            (b"[]", "expected the document to be an object, found a list"),
            (b'{"writeEnabled":"false"}', "expected writeEnabled to be a boolean, found a string"),
            (b'{"writeEnabled":null}', "expected writeEnabled to be a boolean, found null"),
            (b'{"writeEnabled":true,"writeEnabled":false}', "expected each key once, found one again"),
        ],
    )
    @pytest.mark.parametrize("path", [ROOT, f"{ROOT}/_tags/v1", f"{ROOT}/_manifests/{IMAGE_DIGEST}"])
    def test_invalid_attributes_are_refused_and_change_nothing(
        self, azure: FakeRegistry, path: str, body: bytes, reason: str
    ) -> None:
        """[I], status, code and words: nothing was seen (acr-behaviour 18.6)."""
        put_image(azure, "samples/hello", "v1")
        before = everything(azure)

        found = send(azure, "PATCH", path, body)

        assert found == error_answer(400, "UNSUPPORTED", "invalid changeable attributes", detail=reason)
        assert everything(azure) == before

    @pytest.mark.parametrize(
        ("path", "code"),
        [
            ("/acr/v1/nowhere", "NAME_UNKNOWN"),
            (f"{ROOT}/_tags/v9", "TAG_UNKNOWN"),
            (f"{ROOT}/_manifests/{ABSENT}", "MANIFEST_UNKNOWN"),
        ],
    )
    def test_body_is_checked_before_existence(self, azure: FakeRegistry, path: str, code: str) -> None:
        """[I]: a body that does not do is 400 wherever it is sent; one that does is then 404."""
        put_image(azure, "samples/hello", "v1")

        bad, good = send(azure, "PATCH", path, b"[]"), send(azure, "PATCH", path, b"{}")

        assert (bad.status, good.status, good.json["errors"][0]["code"]) == (400, 404, code)

    def test_quarantine_attributes_of_a_manifest_are_returned(self, seeded: FakeRegistry) -> None:
        """Azure/acr preview/quarantine; behind the switches, details first: Azure SDK for Go, NewListManifestsPager of
        January 2024. A later PATCH leaves it."""
        path = f"{ROOT}/_manifests/{IMAGE_DIGEST}"
        report = '{"state":"Scan Passed","link":"https://aka.ms/test"}'
        body = {"quarantineDetails": report, "quarantineState": "Passed"}

        found = send(seeded, "PATCH", path, json.dumps(body).encode())

        image = image_document(seeded, {**OPEN, **body}, tags=["v1", "v2"])
        assert found == json_answer(in_registry(manifest=image))
        assert send(seeded, "PATCH", path, b'{"writeEnabled":true}') == found
        assert send(seeded, "GET", f"{ROOT}/_manifests").json["manifests"] == [image]

    @pytest.mark.parametrize("value", ["null", "true", "1", "[]", "{}"])
    @pytest.mark.parametrize("key", ["quarantineState", "quarantineDetails"])
    def test_quarantine_attributes_are_strings(self, seeded: FakeRegistry, key: str, value: str) -> None:
        """[I]: details are JSON in a string, not JSON."""
        before = everything(seeded)

        found = send(seeded, "PATCH", f"{ROOT}/_manifests/{IMAGE_DIGEST}", f'{{"{key}":{value}}}'.encode())

        assert (found.status, found.json["errors"][0]["code"]) == (400, "UNSUPPORTED")
        assert everything(seeded) == before

    def test_hidden_items_are_not_listed(self, seeded: FakeRegistry) -> None:
        for path in (f"{ROOT}/_tags/v1", f"{ROOT}/_manifests/{IMAGE_DIGEST}"):
            send(seeded, "PATCH", path, b'{"listEnabled":false}')

        assert [tag["name"] for tag in send(seeded, "GET", f"{ROOT}/_tags").json["tags"]] == ["v2"]
        assert not send(seeded, "GET", f"{ROOT}/_manifests").json["manifests"]


class TestDelete:
    """acr-behaviour 5."""

    def test_delete_of_a_repository_lists_the_removed_items(self, seeded: FakeRegistry) -> None:
        content = index_bytes(IMAGE)
        put_manifest(seeded, "samples/hello", digest_of(content), content, OCI_INDEX)

        found = send(seeded, "DELETE", ROOT)

        document = {"manifestsDeleted": sorted([IMAGE_DIGEST, digest_of(content)]), "tagsDeleted": ["v1", "v2"]}
        assert found == json_answer(document, status=202)
        assert everything(seeded) == everything(registry_of(seeded.settings.profile))

    def test_delete_of_a_repository_without_tags(self, profile: Profile) -> None:
        registry = registry_of(profile)
        put_image(registry, "samples/hello")

        document = {"manifestsDeleted": [IMAGE_DIGEST], "tagsDeleted": {"acr": None, "oci": []}[profile]}
        assert send(registry, "DELETE", ROOT) == json_answer(document, status=202)

    def test_repository_with_only_blobs_is_404(self, either: FakeRegistry) -> None:
        """acr-behaviour 15.3."""
        put_blob(either, "samples/hello", LAYER)
        before = everything(either)

        assert send(either, "DELETE", ROOT).status == 404
        assert everything(either) == before

    def test_answer_with_seventeen_digests_is_1306_bytes(self, azure: FakeRegistry) -> None:
        """acr-behaviour 17."""
        put_blob(azure, "samples/hello", CONFIG)
        for number in range(17):
            content = manifest_bytes(number=number)
            put_manifest(azure, "samples/hello", digest_of(content), content)
        put_manifest(azure, "samples/hello", "latest", manifest_bytes(number=0))

        assert send(azure, "DELETE", ROOT).header("Content-Length") == "1306"

    def test_delete_of_a_tag_keeps_the_manifest(self, seeded: FakeRegistry) -> None:
        found = send(seeded, "DELETE", f"{ROOT}/_tags/v1")

        assert found == answer(202, {"X-Ms-Int-Docker-Content-Digest": IMAGE_DIGEST})
        assert send(seeded, "GET", f"{ROOT}/_manifests/{IMAGE_DIGEST}").json["manifest"]["tags"] == ["v2"]

    @pytest.mark.parametrize("lock", ["writeEnabled", "deleteEnabled"])
    @pytest.mark.parametrize(
        ("locked", "path"),
        [
            (ROOT, ROOT),
            (f"{ROOT}/_tags/v1", f"{ROOT}/_tags/v1"),
            (f"{ROOT}/_tags/v1", f"/v2/samples/hello/manifests/{IMAGE_DIGEST}"),
            (f"{ROOT}/_tags/v1", ROOT),
            (f"{ROOT}/_manifests/{IMAGE_DIGEST}", f"/v2/samples/hello/manifests/{IMAGE_DIGEST}"),
        ],
    )
    def test_locked_item_is_not_deleted(self, lock: str, locked: str, path: str) -> None:
        """acr-behaviour 7.1, and 17: 264 bytes."""
        registry = registry_of("acr")
        put_image(registry, "samples/hello", "v1")
        send(registry, "PATCH", locked, json.dumps({lock: False}).encode())
        before = everything(registry)

        found = send(registry, "DELETE", path)

        message = (
            "The operation is disallowed on this registry, repository or image. View troubleshooting steps at "
            "https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation-"
        )
        assert found == error_answer(405, "REGISTRY_DISALLOWED_OPERATION", message, detail={})
        assert len(found.body) == 264
        assert everything(registry) == before


def test_locked_tag_is_not_moved_or_pulled(azure: FakeRegistry) -> None:
    put_image(azure, "samples/hello", "v1")
    send(azure, "PATCH", f"{ROOT}/_tags/v1", b'{"writeEnabled":false,"readEnabled":false}')
    before = everything(azure)

    assert put_manifest(azure, "samples/hello", "v1", manifest_bytes()).status == 405
    assert send(azure, "GET", "/v2/samples/hello/manifests/v1", headers={"Accept": OCI_MANIFEST}).status == 405
    assert everything(azure) == before
