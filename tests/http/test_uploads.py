"""Pushing blobs: distribution-spec v1.1.1, end-4, end-5, end-6, end-11, end-13, end-14;
acr-behaviour 8.1 and 8.2."""

import base64
import hashlib
import json
import re
from urllib.parse import unquote

import pytest

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.settings import Profile
from fake_registry.spec.names import digest_of
from tests.support.http import (
    ABSENT,
    LAYER,
    LAYER_DIGEST,
    START_NS,
    HttpAnswer,
    answer,
    begin,
    error_answer,
    everything,
    put_blob,
    registry_of,
    send,
)

UPLOADS = "/v2/samples/hello/blobs/uploads/"
STORED = answer(201, {"Docker-Content-Digest": LAYER_DIGEST, "Location": f"/v2/samples/hello/blobs/{LAYER_DIGEST}"})
LOCATION = re.compile(r"/v2/samples/hello/blobs/uploads/([0-9a-f-]{36})\?_nouploadcache=false&_state=([A-Za-z0-9_%-]+)")


def _upload_of(found: HttpAnswer) -> str:
    match = LOCATION.fullmatch(found.header("Location"))
    assert match is not None
    return match[1]


def _finish(location: str, content: bytes = LAYER) -> str:
    return f"{location}&digest={digest_of(content).replace(':', '%3A')}"


def _is_stored(registry: FakeRegistry, content: bytes = LAYER) -> bool:
    return send(registry, "HEAD", f"/v2/samples/hello/blobs/{digest_of(content)}").status == 200


def test_start_returns_the_location_of_the_upload(either: FakeRegistry) -> None:
    found = send(either, "POST", UPLOADS, b"")

    upload = _upload_of(found)
    expected = {"Docker-Upload-Uuid": upload, "Location": found.header("Location"), "Range": "0-0"}
    assert found == answer(202, expected)


def test_start_works_without_the_slash_at_the_end(either: FakeRegistry) -> None:
    assert send(either, "POST", UPLOADS.rstrip("/"), b"").status == 202


def test_location_is_relative_and_not_percent_encoded(either: FakeRegistry) -> None:
    """acr-behaviour 1.5 and 2.4: it begins with a slash, and the name in it is not encoded."""
    found = send(either, "POST", "/v2/samples%2Fhello/blobs/uploads/", b"")

    assert LOCATION.fullmatch(found.header("Location"))


def test_state_in_a_location_has_the_recorded_form(azure: FakeRegistry) -> None:
    """acr-behaviour 8.1: 32 bytes of signature, then JSON, in base64url whose padding is %3D."""
    found = send(azure, "PATCH", begin(azure, "samples/hello"), b"four")

    match = LOCATION.fullmatch(found.header("Location"))
    assert match is not None
    state = base64.urlsafe_b64decode(unquote(match[2]))
    document = json.loads(state[32:])
    assert list(document) == ["Name", "UUID", "Offset", "StartedAt"]
    assert (document["Name"], document["UUID"], document["Offset"]) == ("samples/hello", match[1], 4)


@pytest.mark.parametrize("repository", ["a", "ab", "abc", "samples/hello"])
def test_state_in_a_location_has_the_recorded_bytes(repository: str) -> None:
    """acr-behaviour 8.1, decoded: nanoseconds of StartedAt right after the start, whole seconds
    ever after (Azure SDK for Go, GetUploadStatus: also while nothing has come)."""
    registry = registry_of()
    begun = begin(registry, repository)
    asked = send(registry, "GET", begun).header("Location")
    moved = send(registry, "PATCH", asked, b"four").header("Location")

    upload = "00000000-0000-4000-8000-000000000003"
    assert [_state_of(begun), _state_of(asked), _state_of(moved)] == [
        f'{{"Name":"{repository}","UUID":"{upload}","Offset":0,"StartedAt":"2026-09-21T14:13:20.000003Z"}}'.encode(),
        f'{{"Name":"{repository}","UUID":"{upload}","Offset":0,"StartedAt":"2026-09-21T14:13:20Z"}}'.encode(),
        f'{{"Name":"{repository}","UUID":"{upload}","Offset":4,"StartedAt":"2026-09-21T14:13:20Z"}}'.encode(),
    ]


@pytest.mark.parametrize("query", ["", "?_state=", "?_nouploadcache=false"])
def test_failure_says_that_the_state_is_absent(azure: FakeRegistry, query: str) -> None:
    path = begin(azure, "samples/hello").partition("?")[0]

    assert send(azure, "PATCH", path + query, b"four").status == 404

    expected = "expected the location as it was sent, found no _state in it"
    assert azure.requests[-1].failure == expected


@pytest.mark.parametrize(("content", "arrived"), [(b"x", "0-0"), (b"four", "0-3"), (b"x" * 417, "0-416"), (b"", "0-0")])
def test_chunk_returns_the_received_range_and_a_new_location(
    either: FakeRegistry, content: bytes, arrived: str
) -> None:
    location = begin(either, "samples/hello")

    found = send(either, "PATCH", location, content)

    expected = {"Docker-Upload-Uuid": _upload_of(found), "Location": found.header("Location"), "Range": arrived}
    assert found == answer(202, expected)
    assert found.header("Location") != location


def test_status_answers_204_without_a_length(either: FakeRegistry) -> None:
    location = begin(either, "samples/hello", b"four")

    found = send(either, "GET", location)

    assert found == answer(204, {"Docker-Upload-Uuid": _upload_of(found), "Location": location, "Range": "0-3"})


def test_status_accepts_a_location_with_a_digest(either: FakeRegistry) -> None:
    """The conformance suite asks so."""
    assert send(either, "GET", _finish(begin(either, "samples/hello", b"four"))).status == 204


def test_cancel_removes_the_upload(either: FakeRegistry) -> None:
    location = begin(either, "samples/hello", b"four")
    upload = _upload_of(send(either, "GET", location))

    assert send(either, "DELETE", location) == answer(204, {"Docker-Upload-Uuid": upload})

    assert send(either, "GET", location).status == 404
    assert everything(either) == everything(registry_of(either.settings.profile))


@pytest.mark.parametrize("chunks", [(LAYER,), (LAYER[:4], LAYER[4:]), tuple(LAYER[i : i + 1] for i in range(16))])
def test_chunks_and_an_empty_put_store_the_blob(either: FakeRegistry, chunks: tuple[bytes, ...]) -> None:
    location = begin(either, "samples/hello", *chunks)

    assert send(either, "PUT", _finish(location), b"") == STORED
    assert _is_stored(either)


def test_put_may_carry_the_last_chunk(either: FakeRegistry) -> None:
    location = begin(either, "samples/hello", LAYER[:4])

    assert send(either, "PUT", _finish(location), LAYER[4:], {"Content-Range": "4-15"}) == STORED
    assert _is_stored(either)


def test_put_may_carry_the_whole_blob(either: FakeRegistry) -> None:
    assert send(either, "PUT", _finish(begin(either, "samples/hello")), LAYER) == STORED


def test_chunked_body_is_accepted(either: FakeRegistry) -> None:
    location = begin(either, "samples/hello")

    found = send(either, "PATCH", location, LAYER, chunked=True)

    assert (found.status, found.header("Range")) == (202, "0-15")
    assert send(either, "PUT", _finish(found.header("Location")), b"", chunked=True) == STORED


def test_empty_blob_can_be_uploaded(either: FakeRegistry) -> None:
    """POST, then PUT with the digest of nothing: what the Azure SDKs send for it (acr-behaviour
    15.2)."""
    location = begin(either, "samples/hello")

    assert send(either, "PUT", _finish(location, b""), b"").status == 201
    assert _is_stored(either, b"")


def test_sha512_may_be_named_only_at_the_end(either: FakeRegistry) -> None:
    location = begin(either, "samples/hello", LAYER[:4])
    digest = f"sha512:{hashlib.sha512(LAYER).hexdigest()}"

    found = send(either, "PUT", f"{location}&digest={digest}", LAYER[4:])

    assert found == answer(201, {"Docker-Content-Digest": digest, "Location": f"/v2/samples/hello/blobs/{digest}"})


def test_unknown_digest_algorithm_is_refused_at_the_start(either: FakeRegistry) -> None:
    """end-4c; "if the client provided digest is invalid or uses an unsupported algorithm ... 400"
    (Pushing blobs)."""
    assert send(either, "POST", f"{UPLOADS}?digest-algorithm=sha512", b"").status == 202
    assert send(either, "POST", f"{UPLOADS}?digest-algorithm=md5", b"").status == 400


def test_post_with_a_digest_stores_the_blob(either: FakeRegistry) -> None:
    assert send(either, "POST", f"{UPLOADS}?digest={LAYER_DIGEST}", LAYER) == STORED
    assert _is_stored(either)


@pytest.mark.parametrize("spelling", ["0-3", "00-03"])
def test_chunk_may_have_a_content_range(either: FakeRegistry, spelling: str) -> None:
    location = begin(either, "samples/hello")

    assert send(either, "PATCH", location, b"four", {"Content-Range": spelling}).header("Range") == "0-3"


def test_location_stays_valid_after_a_wrong_range(either: FakeRegistry) -> None:
    """acr-behaviour 8.1 (FailOver): 416, and the same location works again."""
    location = begin(either, "samples/hello", LAYER[:4])
    before = everything(either)

    for place in ("5-15", "0-11", "bytes 4-15/*", "-1--1", "4-15x"):
        assert send(either, "PATCH", location, LAYER[4:], {"Content-Range": place}).status == 416

    assert everything(either) == before
    assert send(either, "PUT", _finish(location), LAYER[4:], {"Content-Range": "4-15"}) == STORED


def test_wrong_digest_leaves_the_upload_unchanged(oci: FakeRegistry) -> None:
    location = begin(oci, "samples/hello", LAYER[:4])
    before = everything(oci)

    refusal = send(oci, "PUT", f"{location}&digest={ABSENT}", LAYER[4:])

    assert (refusal.status, refusal.json["errors"][0]["code"]) == (400, "DIGEST_INVALID")
    assert everything(oci) == before
    assert send(oci, "PUT", _finish(location), LAYER[4:]) == STORED


def test_acr_removes_an_upload_with_a_wrong_digest(azure: FakeRegistry) -> None:
    """acr-behaviour 8.1 [I]; one that does not parse is refused before the upload is
    looked up."""
    empty = everything(azure)
    location = begin(azure, "samples/hello", LAYER[:4])
    begun = everything(azure)

    unparsable = send(azure, "PUT", f"{location}&digest=sha256:1", LAYER[4:])
    after_unparsable = everything(azure)
    wrong = send(azure, "PUT", f"{location}&digest={ABSENT}", LAYER[4:])

    message = "provided digest did not match uploaded content"
    assert unparsable == error_answer(400, "DIGEST_INVALID", message, detail="digest parsing failed")
    assert after_unparsable == begun
    assert wrong == error_answer(400, "DIGEST_INVALID", message)
    assert everything(azure) == empty
    assert send(azure, "PUT", _finish(location), LAYER[4:]).json["errors"][0]["code"] == "BLOB_UPLOAD_UNKNOWN"


def test_old_location_is_refused(either: FakeRegistry) -> None:
    """acr-behaviour 8.1: the state makes an old Location useless."""
    old = begin(either, "samples/hello")
    new = send(either, "PATCH", old, LAYER).header("Location")
    before = everything(either)

    again = send(either, "PATCH", old, LAYER)

    assert (again.status, again.json["errors"][0]["code"]) == (404, "BLOB_UPLOAD_INVALID")
    assert everything(either) == before
    assert send(either, "PUT", _finish(new), b"") == STORED


class TestMount:
    """acr-behaviour 8.2; distribution-spec, Mounting a blob from another repository (end-11)."""

    def test_existing_blob_is_mounted(self, either: FakeRegistry) -> None:
        put_blob(either, "samples/source", LAYER)

        assert send(either, "POST", f"{UPLOADS}?from=samples/source&mount={LAYER_DIGEST}", b"") == STORED
        assert _is_stored(either)

    def test_names_in_a_mount_may_be_percent_encoded(self, either: FakeRegistry) -> None:
        put_blob(either, "samples/source", LAYER)
        mount = LAYER_DIGEST.replace(":", "%3A")

        assert send(either, "POST", f"{UPLOADS}?mount={mount}&from=samples%2Fsource", b"") == STORED

    @pytest.mark.parametrize("source", ["samples/source", "samples/nowhere"])
    def test_mount_of_a_missing_blob_starts_an_upload(self, either: FakeRegistry, source: str) -> None:
        put_blob(either, "samples/source", b"another")

        found = send(either, "POST", f"{UPLOADS}?from={source}&mount={LAYER_DIGEST}", b"")

        assert (found.status, found.header("Range")) == (202, "0-0")
        assert send(either, "PUT", _finish(found.header("Location")), LAYER) == STORED

    def test_mount_without_a_source_works_in_the_oci_profile_only(self, either: FakeRegistry) -> None:
        put_blob(either, "samples/source", LAYER)

        found = send(either, "POST", f"{UPLOADS}?mount={LAYER_DIGEST}", b"")

        assert found.status == {"acr": 202, "oci": 201}[either.settings.profile]


def test_expired_upload_is_unknown_to_clients(either: FakeRegistry) -> None:
    """[I]: CNCF distribution removes uploads of a week (acr-behaviour 8.1)."""
    location = begin(either, "samples/hello", b"four")
    either.clock.wait(7 * 24 * 3600)

    found = send(either, "PATCH", location, b"more")
    assert (found.status, found.json["errors"][0]["code"]) == (404, "BLOB_UPLOAD_UNKNOWN")


@pytest.mark.parametrize(
    ("profile", "code"),
    [("acr", "REGISTRY_DISALLOWED_OPERATION"), ("oci", "DENIED")],
)
def test_upload_beyond_the_limit_is_refused_and_others_continue(profile: Profile, code: str) -> None:
    """The error of ACR's storage limit (acr-behaviour 12.3)."""
    registry = registry_of(profile, max_unfinished_bytes=20_000)
    first, second = begin(registry, "samples/hello", LAYER), begin(registry, "samples/hello")

    refused = send(registry, "PATCH", second, b"x" * 20_000)

    assert (refused.status, refused.json["errors"][0]["code"]) == (405, code)
    assert registry.requests[-1].failure == ("expected at most 20000 bytes of unfinished uploads, found more")
    assert send(registry, "PUT", _finish(first), b"").status == 201
    assert send(registry, "PUT", _finish(second), LAYER).status == 201


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("repository", ["samples/other", "nowhere"])
def test_upload_is_unknown_in_other_repositories(either: FakeRegistry, repository: str, method: str) -> None:
    """Endpoints (end-5, end-6, end-13, end-14): 404 for an id without an upload in this repository.

    With its own `_state`, which names the repository, and with that of an upload over there.
    """
    put_blob(either, "samples/other", LAYER)
    location = begin(either, "samples/hello", b"four")
    path = location.partition("?")[0].replace("/samples/hello/", f"/{repository}/")
    states = [begin(either, place, b"four").partition("?")[2] for place in (repository, "samples/hello")]

    for state in (location.partition("?")[2], *states):
        before = everything(either)
        found = send(either, method, f"{path}?{state}&digest={digest_of(b'fourmore')}", b"more")

        assert (found.status, everything(either)) == (404, before)

    assert send(either, "GET", location).header("Range") == "0-3"
    finished = send(either, "PUT", f"{location}&digest={digest_of(b'fourmore')}", b"more")
    assert finished.status == 201


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_state_of_another_repository_is_invalid_also_for_the_same_id(method: str) -> None:
    """The ids of uploads are random; here both are the same, so that the state alone differs."""
    registry = FakeRegistry(Settings(auth="off"), clock=ManualClock(START_NS), entropy=bytes)
    theirs, ours = begin(registry, "samples/other", b"four"), begin(registry, "samples/hello", b"four")
    assert theirs.partition("?")[0] == ours.partition("?")[0].replace("hello", "other")
    before = everything(registry)

    mixed = f"{ours.partition('?')[0]}?{theirs.partition('?')[2]}&digest={digest_of(b'fourmore')}"
    found = send(registry, method, mixed, b"more")

    assert (found.status, found.json["errors"][0]["code"]) == (404, "BLOB_UPLOAD_INVALID")
    assert everything(registry) == before


def test_unknown_upload_is_answered_as_by_acr(azure: FakeRegistry) -> None:
    location = begin(azure, "samples/hello", b"four")
    send(azure, "DELETE", location)

    found = send(azure, "PATCH", location, b"more")

    assert found == error_answer(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", detail={})


def _state_of(location: str) -> bytes:
    """Return the signed state in a Location, which follows 32 bytes of signature."""
    return base64.urlsafe_b64decode(unquote(location.rpartition("_state=")[2]))[32:]
