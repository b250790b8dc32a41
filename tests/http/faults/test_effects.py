"""Every effect at every moment, and the state of the registry afterwards."""

from typing import get_args

import pytest

from fake_registry import FakeRegistry
from fake_registry.http.faults import Corrupt, Disconnect, Fault, Refuse, Truncate, When
from fake_registry.wsgi import ConnectionDropped
from tests.support.http import (
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    LAYER_DIGEST,
    OCI_MANIFEST,
    HttpAnswer,
    begin,
    error_answer,
    everything,
    pull_layer,
    send,
)

UNAVAILABLE = error_answer(503, "UNAVAILABLE", "service unavailable")
MOMENTS: tuple[When, ...] = get_args(When)


def _put(registry: FakeRegistry, reference: str = "v1") -> HttpAnswer:
    return send(registry, "PUT", f"/v2/samples/hello/manifests/{reference}", IMAGE, {"Content-Type": OCI_MANIFEST})


class TestRefuse:
    """An error status instead of an answer."""

    def test_by_default_503_before_anything_is_done(self, ready: FakeRegistry) -> None:
        before = everything(ready)
        ready.faults.add(Fault("manifest.put", Refuse()))

        assert _put(ready) == UNAVAILABLE
        assert everything(ready) == before

    def test_with_status_words_and_when_to_come_back(self, ready: FakeRegistry) -> None:
        effect = Refuse(status=429, code="TOOMANYREQUESTS", message="too many requests", retry_after=7)
        ready.faults.add(Fault("manifest.put", effect))

        assert _put(ready) == error_answer(429, "TOOMANYREQUESTS", "too many requests", {"Retry-After": "7"})

    @pytest.mark.parametrize(
        "when",
        [
            "door",
            "before",
            pytest.param("after"),
        ],
    )
    def test_only_after_has_the_state_changed(self, ready: FakeRegistry, when: When) -> None:
        before = everything(ready)
        ready.faults.add(Fault("manifest.put", Refuse(), when=when))

        assert _put(ready) == UNAVAILABLE
        assert (everything(ready) != before) is (when == "after")

    def test_a_head_is_refused_as_a_get_is(self, ready: FakeRegistry) -> None:
        ready.faults.add(Fault("manifest.*", Refuse()))

        found = send(ready, "HEAD", "/v2/samples/hello/manifests/v1")

        assert found == HttpAnswer(503, UNAVAILABLE.headers, b"")

    def test_a_status_has_the_words_that_registries_use(self, ready: FakeRegistry) -> None:
        ready.faults.add(Fault("manifest.put", Refuse(status=429)))

        assert _put(ready) == error_answer(429, "TOOMANYREQUESTS", "too many requests")

    def test_text_has_the_arguments_that_were_given(self) -> None:
        assert str(Refuse()) == "Refuse(503)"
        assert str(Refuse(429, code="SLOW", retry_after=0)) == "Refuse(429, code='SLOW', retry_after=0)"

    @pytest.mark.parametrize("status", [399, 200, 600, 0, -1])
    def test_status_of_another_class_is_refused(self, status: int) -> None:
        with pytest.raises(ValueError, match=f"^expected status from 400 to 599, found {status}$"):
            Refuse(status=status)


class TestDisconnect:
    """No answer at all."""

    @pytest.mark.parametrize("when", MOMENTS)
    def test_only_after_has_the_state_changed(self, ready: FakeRegistry, when: When) -> None:
        before = everything(ready)
        ready.faults.add(Fault("manifest.put", Disconnect(), when=when))

        with pytest.raises(ConnectionDropped):
            _put(ready)

        assert (everything(ready) != before) is (when == "after")

    def test_upload_continues_after_a_lost_request(self, either: FakeRegistry) -> None:
        location = begin(either, "samples/hello")
        either.faults.add(Fault("upload.chunk", Disconnect(), times=1))

        with pytest.raises(ConnectionDropped):
            send(either, "PATCH", location, LAYER)

        assert send(either, "PATCH", location, LAYER).header("Range") == "0-15"

    def test_the_location_is_stale_when_the_response_was_lost(self, either: FakeRegistry) -> None:
        """acr-behaviour 6: the second try of a chunk that got through is BLOB_UPLOAD_INVALID."""
        location = begin(either, "samples/hello")
        either.faults.add(Fault("upload.chunk", Disconnect(), when="after", times=1))

        with pytest.raises(ConnectionDropped):
            send(either, "PATCH", location, LAYER)

        again = send(either, "PATCH", location, LAYER)
        assert (again.status, again.json["errors"][0]["code"]) == (404, "BLOB_UPLOAD_INVALID")


class TestTruncate:
    """The body breaks off; Content-Length stays."""

    @pytest.mark.parametrize("size", [0, 1, 15])
    def test_a_response(self, ready: FakeRegistry, download: str, size: int) -> None:
        fault = ready.faults.add(Fault(download, Truncate(size)))

        with pytest.raises(ConnectionDropped, match=f"^a fault cut the body after {size} bytes$"):
            pull_layer(ready)
        assert fault.hits == 1

    @pytest.mark.parametrize("size", [16, 17])
    def test_a_response_that_is_shorter_comes_whole(self, ready: FakeRegistry, download: str, size: int) -> None:
        whole = pull_layer(ready)
        ready.faults.add(Fault(download, Truncate(size)))

        assert pull_layer(ready) == whole

    def test_a_range_is_cut_after_its_own_bytes(self, ready: FakeRegistry, download: str) -> None:
        ready.faults.add(Fault(download, Truncate(4)))

        assert pull_layer(ready, {"Range": "bytes=8-11"}).body == LAYER[8:12]
        with pytest.raises(ConnectionDropped):
            pull_layer(ready, {"Range": "bytes=8-12"})

    @pytest.mark.parametrize("when", ["door", "before"])
    def test_a_request(self, either: FakeRegistry, when: When) -> None:
        location = begin(either, "samples/hello")
        before = everything(either)
        either.faults.add(Fault("upload.chunk", Truncate(4), when=when))

        with pytest.raises(ConnectionDropped):
            send(either, "PATCH", location, LAYER)

        assert everything(either) == before

    def test_answers_without_a_body_stay_as_they_are(self, either: FakeRegistry) -> None:
        """RFC 9110 §8.6: no Content-Length in a 204."""
        location = begin(either, "samples/hello")
        plain = send(either, "GET", location)
        either.faults.add(Fault("upload.status", Truncate(0)))

        assert send(either, "GET", location) == plain


class TestCorrupt:
    """One byte is another."""

    @pytest.mark.parametrize("offset", [0, 7, 15])
    def test_a_response(self, ready: FakeRegistry, download: str, offset: int) -> None:
        whole = pull_layer(ready)
        ready.faults.add(Fault(download, Corrupt(offset)))

        flipped = LAYER[:offset] + bytes([LAYER[offset] ^ 0xFF]) + LAYER[offset + 1 :]
        assert pull_layer(ready) == HttpAnswer(whole.status, whole.headers, flipped)

    def test_past_the_end_nothing_happens(self, ready: FakeRegistry, download: str) -> None:
        whole = pull_layer(ready)
        ready.faults.add(Fault(download, Corrupt(16)))

        assert pull_layer(ready) == whole

    def test_a_manifest_keeps_its_headers(self, ready: FakeRegistry) -> None:
        _put(ready)
        fetch = ("GET", "/v2/samples/hello/manifests/v1", None, {"Accept": OCI_MANIFEST})
        whole = send(ready, *fetch)
        ready.faults.add(Fault("manifest.get", Corrupt()))

        assert send(ready, *fetch) == HttpAnswer(200, whole.headers, bytes([IMAGE[0] ^ 0xFF]) + IMAGE[1:])

    @pytest.mark.parametrize("when", ["door", "before"])
    def test_corrupt_blob_of_a_request_is_refused(self, either: FakeRegistry, when: When) -> None:
        before = everything(either)
        either.faults.add(Fault("upload.start", Corrupt(3), when=when))

        found = send(either, "POST", f"/v2/samples/hello/blobs/uploads/?digest={LAYER_DIGEST}", LAYER)

        assert (found.status, found.json["errors"][0]["code"]) == (400, "DIGEST_INVALID")
        assert everything(either) == before

    def test_corrupt_chunk_is_refused_at_the_end_of_the_upload(self, either: FakeRegistry) -> None:
        either.faults.add(Fault("upload.chunk", Corrupt(3), when="before"))
        location = begin(either, "samples/hello", LAYER)

        found = send(either, "PUT", f"{location}&digest={LAYER_DIGEST}", b"")

        assert found.json["errors"][0]["code"] == "DIGEST_INVALID"
        assert send(either, "HEAD", f"/v2/samples/hello/blobs/{LAYER_DIGEST}").status == 404

    def test_corrupt_manifest_of_a_request_is_refused(self, ready: FakeRegistry) -> None:
        before = everything(ready)
        ready.faults.add(Fault("manifest.put", Corrupt(0), when="before"))

        assert _put(ready, IMAGE_DIGEST).status == 400
        assert everything(ready) == before
