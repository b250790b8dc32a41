"""Effects on bodies: `Compress` and `NotJson`, and what finds no body to act on."""

import gzip
from collections.abc import Callable

import pytest

from fake_registry import Compress, Corrupt, FakeRegistry, Fault, NotJson, Stall, Truncate
from fake_registry.http.faults import Effect, When
from tests.support.http import (
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    LAYER_DIGEST,
    OCI_MANIFEST,
    HttpAnswer,
    begin,
    everything,
    pull_layer,
    put_manifest,
    send,
)

MANIFEST = "/v2/samples/hello/manifests/v1"
BLOB = f"/v2/samples/hello/blobs/{LAYER_DIGEST}"


def get_manifest(registry: FakeRegistry) -> HttpAnswer:
    return send(registry, "GET", MANIFEST, headers={"Accept": OCI_MANIFEST})


@pytest.fixture
def pushed(ready: FakeRegistry) -> FakeRegistry:
    """IMAGE is there, as v1."""
    put_manifest(ready, "samples/hello", "v1", IMAGE)
    return ready


class TestCompress:
    """gzip, unasked."""

    def test_manifest_is_gzip_and_its_headers_say_so(self, pushed: FakeRegistry) -> None:
        plain = get_manifest(pushed)
        pushed.faults.add(Fault("manifest.get", Compress(), times=1))

        found = get_manifest(pushed)

        assert gzip.decompress(found.body) == IMAGE
        assert found.header("Content-Encoding") == "gzip"
        assert found.header("Content-Length") == str(len(found.body))
        assert found.header("Docker-Content-Digest") == IMAGE_DIGEST
        assert get_manifest(pushed).body == plain.body == IMAGE

    def test_layer_of_a_range_is_gzip(self, ready: FakeRegistry, download: str) -> None:
        ready.faults.add(Fault(download, Compress()))

        found = pull_layer(ready, {"Range": "bytes=4-7", "Accept-Encoding": "identity"})

        assert (found.status, gzip.decompress(found.body)) == (206, LAYER[4:8])
        assert found.header("Content-Range") == "bytes 4-7/16"

    def test_second_compression_does_nothing(self, pushed: FakeRegistry) -> None:
        pushed.faults.add(Fault("manifest.get", Compress()))
        second = pushed.faults.add(Fault("manifest.get", Compress()))

        assert gzip.decompress(get_manifest(pushed).body) == IMAGE
        assert (second.problem() or "").endswith("the body of the response is compressed already")

    def test_other_headers_stay(self, pushed: FakeRegistry) -> None:
        names = {name for name, _ in get_manifest(pushed).headers}
        pushed.faults.add(Fault("manifest.get", Compress()))

        found = {name for name, _ in get_manifest(pushed).headers}

        assert found == names | {"Content-Encoding", "Vary"}

    def test_etag_is_weak_and_ranges_are_not_offered(self, ready: FakeRegistry, download: str) -> None:
        plain = pull_layer(ready)
        ready.faults.add(Fault(download, Compress()))

        found = dict(pull_layer(ready).headers)

        assert found.get("ETag", "W/").startswith("W/")
        assert "Accept-Ranges" not in found
        assert "Accept-Ranges" in dict(plain.headers)


class TestNotJson:
    """A page instead of JSON."""

    def test_manifest_is_a_page(self, pushed: FakeRegistry) -> None:
        pushed.faults.add(Fault("manifest.get", NotJson(), times=1))

        found = get_manifest(pushed)

        assert found.status == 200
        assert found.body.startswith(b"<!DOCTYPE html>")
        assert dict(found.headers) == {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(found.body)),
        }
        assert get_manifest(pushed).body == IMAGE

    @pytest.mark.parametrize("endpoint", ["blob.get", "manifest.head", "manifest.put", "upload.*", "storage.blob"])
    def test_endpoint_without_json_is_refused(self, endpoint: str) -> None:
        with pytest.raises(ValueError, match=rf"^NotJson cannot act at '{endpoint}'; it acts at base,"):
            Fault(endpoint, NotJson())

    def test_pattern_strikes_those_with_json_alone(self, pushed: FakeRegistry) -> None:
        fault = pushed.faults.add(Fault("*", NotJson()))

        assert send(pushed, "HEAD", BLOB).status == 200
        assert fault.hits == 0
        assert b"<html>" in send(pushed, "GET", "/v2/samples/hello/tags/list").body


HEAD_REASON = "the answer to HEAD has no body; the body is in manifest.get"
EMPTY_REASON = "the body of this GET is empty; with when='after' the fault acts on the response"
SHORT_REASON = "the body of the response has {size} bytes, and 10000 are needed"

IDLE: list[tuple[Effect, str, When, str]] = [
    (Truncate(0), "manifest.head", "after", HEAD_REASON),
    (Corrupt(), "manifest.head", "after", HEAD_REASON),
    (Compress(), "manifest.head", "after", HEAD_REASON),
    (Truncate(0), "manifest.get", "before", EMPTY_REASON),
    (Corrupt(), "manifest.get", "door", EMPTY_REASON),
    (Truncate(9_999), "manifest.get", "after", SHORT_REASON),
    (Corrupt(9_999), "manifest.get", "after", SHORT_REASON),
]


@pytest.mark.parametrize(("effect", "endpoint", "when", "reason"), IDLE)
def test_effect_without_a_body_to_act_on_says_so(
    pushed: FakeRegistry, effect: Effect, endpoint: str, when: When, reason: str
) -> None:
    method = "HEAD" if endpoint.endswith("head") else "GET"
    plain = send(pushed, method, MANIFEST, headers={"Accept": OCI_MANIFEST})
    fault = pushed.faults.add(Fault(endpoint, effect, when=when))

    assert send(pushed, method, MANIFEST, headers={"Accept": OCI_MANIFEST}) == plain
    expected = f"{fault.fault} struck 1 call without effect: {reason.format(size=len(IMAGE))}"
    assert fault.problem() == expected


def test_answer_of_204_has_no_body(oci: FakeRegistry) -> None:
    location = begin(oci, "samples/hello")
    fault = oci.faults.add(Fault("upload.status", Corrupt()))

    assert send(oci, "GET", location).status == 204
    assert (fault.problem() or "").endswith("an answer of status 204 has no body")


@pytest.mark.parametrize("make", [Truncate, Corrupt])
def test_chunked_upload_that_is_too_short_is_noted_at_its_end(
    either: FakeRegistry, make: Callable[[int], Effect]
) -> None:
    location = begin(either, "samples/hello")
    fault = either.faults.add(Fault("upload.chunk", make(16), when="before"))

    assert send(either, "PATCH", location, LAYER, chunked=True).status == 202
    reason = "the body of the request has 16 bytes, and 17 are needed"
    assert (fault.problem() or "").endswith(reason)


UNREAD = "the registry has not read so much of the request's body"


@pytest.mark.parametrize("effect", [Truncate(3), Corrupt(), Stall(3)], ids=repr)
@pytest.mark.parametrize("chunked", [False, True])
def test_body_that_is_not_read_is_noted(oci: FakeRegistry, effect: Effect, *, chunked: bool) -> None:
    unknown = f"{BLOB.rpartition('/')[0]}/uploads/unknown"
    plain = send(oci, "PATCH", unknown, LAYER, chunked=chunked)
    fault = oci.faults.add(Fault("upload.chunk", effect, when="before"))

    assert send(oci, "PATCH", unknown, LAYER, chunked=chunked) == plain
    assert (fault.hits, fault.idle_hits) == (1, 1)
    assert oci.requests[-1].faults == (f"{effect!r} without effect",)
    assert (fault.problem() or "").endswith(UNREAD)


def test_body_that_is_read_is_not(oci: FakeRegistry) -> None:
    fault = oci.faults.add(Fault("upload.chunk", Corrupt(), when="before"))
    send(oci, "PATCH", begin(oci, "samples/hello"), LAYER)

    assert (fault.hits, fault.idle_hits, fault.problem()) == (1, 0, None)
    assert oci.requests[-1].faults == (repr(Corrupt()),)


@pytest.mark.parametrize("effect", [Compress(), NotJson(), Corrupt()], ids=repr)
def test_stored_content_stays(pushed: FakeRegistry, effect: Effect) -> None:
    before = everything(pushed)
    fault = pushed.faults.add(Fault("manifest.get", effect, times=1))

    assert get_manifest(pushed).body != IMAGE
    assert get_manifest(pushed).body == IMAGE
    assert fault.problem() is None
    assert everything(pushed) == before
