"""Effects on uploads: a session that is forgotten, moved, or reported as it was before."""

import pytest

from fake_registry import FakeRegistry, Fault, ForgetUpload, MoveUpload, StaleRange
from fake_registry.http.faults import Effect, When
from fake_registry.spec.names import digest_of
from tests.support.http import HttpAnswer, begin, everything, registry_of, send

HELLO = "samples/hello"
UPLOADS = f"/v2/{HELLO}/blobs/uploads/"
FOUR_MORE = digest_of(b"fourmore")


def _start(registry: FakeRegistry) -> HttpAnswer:
    return send(registry, "POST", UPLOADS, b"")


def _append(registry: FakeRegistry, location: str, chunk: bytes) -> HttpAnswer:
    return send(registry, "PATCH", location, chunk)


def _finish(registry: FakeRegistry, location: str, content: bytes) -> HttpAnswer:
    return send(registry, "PUT", f"{location}&digest={digest_of(content)}", b"")


def _code_of(found: HttpAnswer) -> object:
    return found.status, found.json["errors"][0]["code"]


UNKNOWN = (404, "BLOB_UPLOAD_UNKNOWN")


class TestForgetUpload:
    """The session is gone, and its content."""

    @pytest.mark.parametrize("when", ["door", "before"])
    @pytest.mark.parametrize(
        ("endpoint", "method", "query"),
        [
            ("upload.chunk", "PATCH", ""),
            ("upload.finish", "PUT", f"&digest={FOUR_MORE}"),
            ("upload.status", "GET", ""),
            ("upload.cancel", "DELETE", ""),
        ],
    )
    def test_this_request_and_those_that_follow_are_refused(
        self, either: FakeRegistry, when: When, endpoint: str, method: str, query: str
    ) -> None:
        location = begin(either, HELLO, b"four")
        fault = either.faults.add(Fault(endpoint, ForgetUpload(), when=when, times=1))

        assert _code_of(send(either, method, location + query, b"more")) == UNKNOWN
        assert _code_of(send(either, "GET", location)) == UNKNOWN
        assert fault.problem() is None

    @pytest.mark.parametrize(("endpoint", "method"), [("upload.chunk", "PATCH"), ("upload.status", "GET")])
    def test_after_a_request_the_next_one_is_refused(self, either: FakeRegistry, endpoint: str, method: str) -> None:
        location = begin(either, HELLO)
        fault = either.faults.add(Fault(endpoint, ForgetUpload(), when="after", times=1))

        found = send(either, method, location, b"four")

        assert found.status < 300
        assert _code_of(_append(either, found.header("Location"), b"more")) == UNKNOWN
        assert fault.problem() is None

    def test_pattern_leaves_the_start_alone(self, either: FakeRegistry) -> None:
        either.faults.add(Fault("upload.*", ForgetUpload(), times=1))

        started = _start(either)
        assert started.status == 202
        assert _code_of(_append(either, started.header("Location"), b"four")) == UNKNOWN

    def test_other_uploads_and_a_second_try_are_unharmed(self, either: FakeRegistry) -> None:
        other = begin(either, HELLO, b"four")
        location = begin(either, HELLO)
        either.faults.add(Fault("upload.chunk", ForgetUpload(), times=1))
        _append(either, location, b"x")

        assert _finish(either, _append(either, other, b"more").header("Location"), b"fourmore").status == 201
        assert _finish(either, begin(either, HELLO, b"x"), b"x").status == 201

    @pytest.mark.parametrize("endpoint", ["upload.finish", "upload.cancel"])
    def test_upload_that_has_ended_cannot_be_forgotten(self, either: FakeRegistry, endpoint: str) -> None:
        location = begin(either, HELLO, b"four")
        fault = either.faults.add(Fault(endpoint, ForgetUpload(), when="after"))
        if endpoint == "upload.finish":
            assert _finish(either, location, b"four").status == 201
        else:
            send(either, "DELETE", location)

        assert str(fault.problem()).endswith("the upload has ended, or there was none of this id")

    def test_start_is_refused_as_an_endpoint(self) -> None:
        with pytest.raises(ValueError, match=r"^ForgetUpload cannot act at 'upload\.start'; it acts at upload\.chunk"):
            Fault("upload.start", ForgetUpload())


class TestMoveUpload:
    """The session goes on elsewhere."""

    @pytest.mark.parametrize(
        ("endpoint", "moves"), [("upload.start", 1), ("upload.chunk", 2), ("upload.status", 1), ("upload.*", 4)]
    )
    def test_client_that_follows_locations_is_unharmed(self, either: FakeRegistry, endpoint: str, moves: int) -> None:
        fault = either.faults.add(Fault(endpoint, MoveUpload()))
        location = _start(either).header("Location")

        for chunk in (b"four", b"more"):
            location = _append(either, location, chunk).header("Location")
        location = send(either, "GET", location).header("Location")

        assert _finish(either, location, b"fourmore").status == 201
        assert (fault.hits, fault.idle_hits) == (moves, 0)

    @pytest.mark.parametrize("host", [None, "other.example", "[::1]:5000"])
    def test_answer_changes_in_location_and_id_alone(self, either: FakeRegistry, host: str | None) -> None:
        location = begin(either, HELLO)
        either.faults.add(Fault("upload.chunk", MoveUpload(host)))

        found = _append(either, location, b"four")

        upload = found.header("Docker-Upload-Uuid")
        start = "" if host is None else f"https://{host}"
        assert found.header("Location").startswith(f"{start}{UPLOADS}{upload}?")
        assert upload not in location
        assert (found.status, found.header("Range")) == (202, "0-3")

    def test_old_location_is_unknown(self, either: FakeRegistry) -> None:
        first = begin(either, HELLO)
        either.faults.add(Fault("upload.chunk", MoveUpload()))
        _append(either, first, b"four")

        assert _code_of(_append(either, first, b"more")) == UNKNOWN

    def test_url_of_the_first_id_and_the_new_state_is_refused(self, either: FakeRegistry) -> None:
        """A client that builds URLs itself."""
        first = begin(either, HELLO)
        either.faults.add(Fault("upload.chunk", MoveUpload()))
        second = _append(either, first, b"four").header("Location")

        rebuilt = f"{first.partition('?')[0]}?{second.partition('?')[2]}"
        assert _code_of(_append(either, rebuilt, b"more")) == (404, "BLOB_UPLOAD_INVALID")

    def test_moved_upload_counts_once_and_expires(self) -> None:
        registry = registry_of(max_unfinished_bytes=5_000)
        registry.faults.add(Fault("upload.*", MoveUpload()))
        location = begin(registry, HELLO, *[b"x"] * 5)

        registry.clock.wait(8 * 24 * 3600)
        assert _code_of(_append(registry, location, b"x")) == UNKNOWN
        assert begin(registry, HELLO, b"x")

    def test_refused_request_has_no_upload_to_move(self, either: FakeRegistry) -> None:
        location = begin(either, HELLO)
        send(either, "DELETE", location)
        fault = either.faults.add(Fault("upload.chunk", MoveUpload()))

        assert _code_of(_append(either, location, b"x")) == UNKNOWN
        assert str(fault.problem()).endswith("the answer is 404, and there is no upload of this id")

    @pytest.mark.parametrize(
        "host", ["", "a/b", "https://a", "user@a", "a:99999", "a:", "a b", "a\r\nb", "\u00e4.example", "a?b", "[::1"]
    )
    def test_malformed_host_is_refused(self, host: str) -> None:
        with pytest.raises(ValueError, match=r"^host: expected a host with or without a port, found "):
            MoveUpload(host)


class TestStaleRange:
    """The Range from before the last chunk."""

    def test_chunks_are_reported_late(self, either: FakeRegistry) -> None:
        location = begin(either, HELLO)
        either.faults.add(Fault("upload.chunk", StaleRange()))

        ranges = []
        for chunk in (b"four", b"more", b"x"):
            found = _append(either, location, chunk)
            location = found.header("Location")
            ranges.append(found.header("Range"))

        assert ranges == ["0-0", "0-3", "0-7"]
        assert _finish(either, location, b"fourmorex").status == 201

    def test_status_is_that_before_the_last_chunk(self, either: FakeRegistry) -> None:
        """The client asks after it has lost the answer to a chunk."""
        location = begin(either, HELLO, b"four", b"more")
        fault = either.faults.add(Fault("upload.status", StaleRange(), times=1))

        plain = send(either, "GET", location)
        assert (plain.status, plain.header("Range")) == (204, "0-3")
        assert send(either, "GET", location).header("Range") == "0-7"
        assert fault.problem() is None

    def test_client_that_continues_there_is_refused(self, either: FakeRegistry) -> None:
        location = begin(either, HELLO, b"four", b"more")
        either.faults.add(Fault("upload.status", StaleRange()))
        location = send(either, "GET", location).header("Location")

        again = send(either, "PATCH", location, b"more", {"Content-Range": "4-7"})
        assert (again.status, again.json["errors"][0]["code"]) in [
            (416, "BLOB_UPLOAD_INVALID"),
            (416, "BLOB_UPLOAD_RANGE_INVALID"),
        ]

    def test_moved_upload_keeps_its_history(self, either: FakeRegistry) -> None:
        either.faults.add(Fault("upload.chunk", MoveUpload()))
        either.faults.add(Fault("upload.chunk", StaleRange(), skip=1))

        location = _append(either, begin(either, HELLO, b"four"), b"more")
        assert location.header("Range") == "0-3"

    @pytest.mark.parametrize("chunks", [(), (b"x",)])
    def test_range_that_is_the_same_is_reported(self, either: FakeRegistry, chunks: tuple[bytes, ...]) -> None:
        """0-0 stands for no byte and for one."""
        location = begin(either, HELLO, *chunks)
        fault = either.faults.add(Fault("upload.status", StaleRange()))

        assert send(either, "GET", location).header("Range") == "0-0"
        assert str(fault.problem()).endswith("the Range is 0-0 before and after the last chunk")

    def test_refused_chunk_has_no_range(self, either: FakeRegistry) -> None:
        location = begin(either, HELLO)
        send(either, "DELETE", location)
        fault = either.faults.add(Fault("upload.chunk", StaleRange()))

        assert _append(either, location, b"x").status == 404
        assert str(fault.problem()).endswith("the answer, of status 404, has no Range")


@pytest.mark.parametrize("effect", [ForgetUpload(), MoveUpload(), StaleRange()], ids=repr)
def test_stored_content_is_unharmed(ready: FakeRegistry, effect: Effect) -> None:
    location = begin(ready, HELLO, b"four")
    send(ready, "DELETE", location)
    before = everything(ready)
    location = begin(ready, HELLO, b"four")
    fault = ready.faults.add(Fault("upload.status", effect))
    found = send(ready, "GET", location)
    fault.remove()
    send(ready, "DELETE", found.header("Location") if found.status == 204 else location)

    assert everything(ready) == before
