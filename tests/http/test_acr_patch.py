"""The body of a PATCH of `/acr/v1`: known and unknown keys, acr-behaviour 4.4 and 7.2.

Its answers are in `test_acr_changes`, bodies that are not JSON in `test_bad_bodies`.
"""

import json
from typing import Any

import pytest

from fake_registry import FakeRegistry
from tests.http.documents import OPEN, ROOT, SHUT, image_document, in_registry
from tests.support.http import (
    ABSENT,
    IMAGE,
    IMAGE_DIGEST,
    JSON_TYPE,
    HttpAnswer,
    answer,
    error_answer,
    everything,
    put_image,
    put_manifest,
    send,
)
from tests.support.products import cross

TAG = f"{ROOT}/_tags/v1"
MANIFEST = f"{ROOT}/_manifests/{IMAGE_DIGEST}"
every_target = pytest.mark.parametrize("path", [ROOT, TAG, MANIFEST], ids=["repository", "tag", "manifest"])
REPORT = (
    '{"state":"Scan Passed","link":"https://aka.ms/test","scanner":"Azure Security Monitoring-Qualys Scanner",'
    '"result":{"version":"2023-05-13T00:23:31.954Z","summary":[{"severity":"High","count":2}]}}'
)
"""What a scanner writes into quarantineDetails: JSON in a string (docs: container-registry-delete)."""


@pytest.fixture
def hello(azure: FakeRegistry) -> FakeRegistry:
    """IMAGE under v1 in samples/hello."""
    put_image(azure, "samples/hello", "v1")
    return azure


def attributes_of(found: HttpAnswer) -> dict[str, object]:
    """The attributes of whichever thing it is."""
    attributes: dict[str, object] = item_of(found)["changeableAttributes"]
    return attributes


def item_of(found: HttpAnswer) -> dict[str, Any]:  # Any: JSON
    document: dict[str, Any] = found.json
    return document.get("tag") or document.get("manifest") or document


UNKNOWN_KEYS = ["WriteEnabled", "writeenabled", "write_enabled", "canWrite", "teleportEnabled", "tags", "digest", ""]


class TestTheBody:
    """A JSON object with some of the four switches; nothing else about it matters [I]."""

    @pytest.mark.parametrize("switch", OPEN)
    @every_target
    def test_each_attribute_changes_independently(self, hello: FakeRegistry, path: str, switch: str) -> None:
        found = send(hello, "PATCH", path, json.dumps({switch: False}).encode())

        assert list(attributes_of(found).items()) == list({**OPEN, switch: False}.items())

    @cross({"key": UNKNOWN_KEYS, "value": ["false", "null", "1", '"x"', "[{}]", "{}"]})
    @every_target
    def test_unknown_key_is_ignored(self, hello: FakeRegistry, path: str, key: str, value: str) -> None:
        """[I], and in whatever letters: nothing was seen (acr-behaviour 18.6). Whatever it stands
        for is not read."""
        before = everything(hello)
        body = f'{{"{key}":{value},"readEnabled":true}}'

        assert send(hello, "PATCH", path, body.encode()) == send(hello, "GET", path)
        assert everything(hello) == before

    @pytest.mark.parametrize(
        ("value", "kind"),
        [
            ("null", "null"),
            ('"true"', "a string"),
            ("0", "an integer"),
            ("1.0", "a number"),
            ("[true]", "a list"),
            ('{"a":true}', "an object"),
        ],
    )
    @pytest.mark.parametrize("switch", OPEN)
    @every_target
    def test_attributes_are_booleans(self, hello: FakeRegistry, path: str, switch: str, value: str, kind: str) -> None:
        """[I]: status, code and words."""
        before = everything(hello)
        sound = "listEnabled" if switch == "deleteEnabled" else "deleteEnabled"

        found = send(hello, "PATCH", path, f'{{"{sound}":false,"{switch}":{value}}}'.encode())

        reason = f"expected {switch} to be a boolean, found {kind}"
        assert found == error_answer(400, "UNSUPPORTED", "invalid changeable attributes", detail=reason)
        assert everything(hello) == before

    @pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}])
    @pytest.mark.parametrize("chunked", [False, True])
    @pytest.mark.parametrize("query", ["", "?api-version=2021-07-01", "?api-version=2019-08-15-preview"])
    def test_content_type_and_framing_do_not_matter(
        self, hello: FakeRegistry, query: str, headers: dict[str, str], *, chunked: bool
    ) -> None:
        """[I] for a type that is not JSON's."""
        found = send(hello, "PATCH", TAG + query, b'{"writeEnabled":false}', headers, chunked=chunked)

        assert (found.status, attributes_of(found)) == (200, {**OPEN, "writeEnabled": False})

    def test_key_may_have_json_escapes(self, hello: FakeRegistry) -> None:
        found = send(hello, "PATCH", ROOT, b'{"\\u0077riteEnabled":false}')

        assert attributes_of(found) == {**OPEN, "writeEnabled": False}

    def test_body_over_64_kib_is_refused(self, hello: FakeRegistry) -> None:
        """The bound is ours [I]: a body is held in memory, so there must be one."""
        body = b'{"deleteEnabled":false}'
        before = everything(hello)

        long = send(hello, "PATCH", ROOT, body.ljust(65_537))
        unchanged = everything(hello) == before
        just = send(hello, "PATCH", ROOT, body.ljust(65_536))

        reason = "expected at most 65536 bytes"
        assert long == error_answer(400, "UNSUPPORTED", "invalid changeable attributes", detail=reason)
        assert unchanged
        assert attributes_of(just) == {**OPEN, "deleteEnabled": False}


class TestUnknown:
    """Recorded: Go UpdateRepositoryProperties, UpdateTagProperties,
    UpdateManifestProperties_wrongDigest."""

    @pytest.mark.parametrize("body", [b"{}", b'{"writeEnabled":false}'])
    def test_unknown_repository_is_404(self, hello: FakeRegistry, body: bytes) -> None:
        expected = error_answer(404, "NAME_UNKNOWN", 'repository "wrong-repository" is not found')

        assert send(hello, "PATCH", "/acr/v1/wrong-repository", body) == expected
        assert len(expected.body) == 94

    @pytest.mark.parametrize("repository", ["samples/hello", "wrong-repository"])
    def test_unknown_tag_is_404(self, hello: FakeRegistry, repository: str) -> None:
        """[I] for the unknown repository."""
        expected = error_answer(404, "TAG_UNKNOWN", "the specified tag does not exist")

        assert send(hello, "PATCH", f"/acr/v1/{repository}/_tags/wrong-tag", b'{"writeEnabled":false}') == expected
        assert len(expected.body) == 81

    def test_unknown_digest_is_404(self, hello: FakeRegistry) -> None:
        """[I]: as GET, which was recorded (acr-behaviour 6)."""
        expected = error_answer(404, "MANIFEST_UNKNOWN", "manifest unknown")

        assert send(hello, "PATCH", f"{ROOT}/_manifests/{ABSENT}", b'{"writeEnabled":false}') == expected

    @pytest.mark.parametrize("body", [b'{"writeEnabled":false}', b"[]"])
    def test_malformed_digest_is_a_router_miss(self, hello: FakeRegistry, body: bytes) -> None:
        found = send(hello, "PATCH", f"{ROOT}/_manifests/wrong-digest", body)

        assert found == answer(404, {"Content-Type": "text/plain; charset=utf-8"}, b"404 page not found\n")

    def test_update_of_missing_items_creates_nothing(self, hello: FakeRegistry) -> None:
        before = everything(hello)

        for path in (
            "/acr/v1/new",
            "/acr/v1/new/_tags/v1",
            f"/acr/v1/new/_manifests/{IMAGE_DIGEST}",
            f"{ROOT}/_tags/x",
        ):
            assert send(hello, "PATCH", path, b'{"writeEnabled":true}').status == 404

        assert everything(hello) == before


class TestQuarantine:
    """acr-behaviour 7.2: what a scanner says of a manifest. It hides nothing, the policy is not
    there."""

    @pytest.mark.parametrize(
        "said",
        [
            {"quarantineState": "Passed"},
            {"quarantineDetails": REPORT},
            {"quarantineDetails": REPORT, "quarantineState": "Failed"},
            {"quarantineDetails": "", "quarantineState": ""},
            {"quarantineState": "a word of one's own: <&> \u00e9"},
        ],
    )
    def test_only_the_given_quarantine_attributes_are_returned(self, hello: FakeRegistry, said: dict[str, str]) -> None:
        """Recorded: both stand behind the switches, details first (Go NewListManifestsPager, Jan
        2024)."""
        found = send(hello, "PATCH", MANIFEST, json.dumps(said).encode())

        assert found.status == 200
        assert list(attributes_of(found).items()) == list({**OPEN, **said}.items())
        assert send(hello, "GET", MANIFEST) == found

    def test_quarantine_attributes_have_the_recorded_form(self, hello: FakeRegistry) -> None:
        details = '{"state":"Scan Passed"}'

        found = send(
            hello, "PATCH", MANIFEST, json.dumps({"quarantineState": "P", "quarantineDetails": details}).encode()
        )

        document = in_registry(manifest=image_document(hello, tags=["v1"]))
        plain = json.dumps(document, separators=(",", ":"))
        shown = plain.replace(
            '"listEnabled":true',
            '"listEnabled":true,"quarantineDetails":"{\\"state\\":\\"Scan Passed\\"}","quarantineState":"P"',
        )
        assert found == answer(200, {"Content-Type": JSON_TYPE}, f"{shown}\n".encode())

    @pytest.mark.parametrize("value", ['"Passed"', "null", "1", "[]"])
    @pytest.mark.parametrize("key", ["quarantineState", "quarantineDetails"])
    @pytest.mark.parametrize("path", [ROOT, TAG])
    def test_repositories_and_tags_ignore_quarantine_attributes(
        self, hello: FakeRegistry, path: str, key: str, value: str
    ) -> None:
        """[I]: there it is a key like any other unknown one, so that its value is not looked at
        either."""
        before = everything(hello)

        assert send(hello, "PATCH", path, f'{{"{key}":{value}}}'.encode()) == send(hello, "GET", path)
        assert everything(hello) == before

    def test_quarantine_of_a_locked_manifest_can_be_updated(self, hello: FakeRegistry) -> None:
        """A scanner's role is not a pusher's (AcrQuarantineWriter); that no switch keeps it out is
        [I]."""
        send(hello, "PATCH", MANIFEST, json.dumps({**SHUT, "quarantineState": "Failed"}).encode())

        found = send(hello, "PATCH", MANIFEST, b'{"quarantineState":"Passed"}')

        assert attributes_of(found) == {**SHUT, "quarantineState": "Passed"}

    def test_quarantine_applies_to_its_manifest_only(self, hello: FakeRegistry) -> None:
        """[I]: neither another tag, nor the same bytes once more, nor another manifest has to do
        with it."""
        send(hello, "PATCH", MANIFEST, b'{"quarantineState":"Passed"}')

        put_manifest(hello, "samples/hello", "v2", IMAGE)
        put_image(hello, "samples/other", "v1")

        assert attributes_of(send(hello, "GET", MANIFEST)) == {**OPEN, "quarantineState": "Passed"}
        assert attributes_of(send(hello, "GET", f"{ROOT}/_tags/v2")) == OPEN
        assert attributes_of(send(hello, "GET", f"/acr/v1/samples/other/_manifests/{IMAGE_DIGEST}")) == OPEN

    def test_manifest_pushed_again_has_no_quarantine(self, hello: FakeRegistry) -> None:
        """[I]."""
        send(hello, "PATCH", MANIFEST, b'{"quarantineState":"Failed"}')
        assert send(hello, "DELETE", f"/v2/samples/hello/manifests/{IMAGE_DIGEST}").status == 202

        put_image(hello, "samples/hello", "v1")

        assert attributes_of(send(hello, "GET", MANIFEST)) == OPEN


@every_target
def test_update_changes_no_time(hello: FakeRegistry, path: str) -> None:
    """Recorded: Go UpdateRepositoryProperties and UpdateTagProperties (Aug 2024),
    UpdateManifestProperties (Dec 2022): hours after the push both times are still the push's."""
    before = item_of(send(hello, "GET", path))

    for body in (b'{"writeEnabled":false}', b'{"writeEnabled":true}', b"{}"):
        after = item_of(send(hello, "PATCH", path, body))
        assert (after["createdTime"], after["lastUpdateTime"]) == (before["createdTime"], before["lastUpdateTime"])
