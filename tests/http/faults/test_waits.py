"""Effects that make a client wait: `Delay`, `Stall` and `Slow`."""

import json
import math
from typing import get_args

import pytest

from fake_registry import Delay, FakeRegistry, Fault, NullList, Slow, Stall
from fake_registry.http.faults import When
from fake_registry.wsgi import Pause
from tests.support.http import (
    IMAGE,
    LAYER,
    LAYER_DIGEST,
    OCI_MANIFEST,
    begin,
    everything,
    follow,
    pull_layer,
    send,
)
from tests.support.runner import SteppedResponse

MOMENTS: tuple[When, ...] = get_args(When)
MANIFEST = "/v2/samples/hello/manifests/v1"
BLOB = f"/v2/samples/hello/blobs/{LAYER_DIGEST}"
FOREVER = math.inf


def put(registry: FakeRegistry) -> SteppedResponse:
    """Start to push IMAGE."""
    return SteppedResponse(registry, "PUT", MANIFEST, IMAGE, CONTENT_TYPE=OCI_MANIFEST)


def pull(registry: FakeRegistry, endpoint: str) -> SteppedResponse:
    """Start to pull LAYER from the endpoint where its bytes are."""
    if endpoint == "blob.get":
        return SteppedResponse(registry, "GET", BLOB)
    answer = send(registry, "GET", BLOB)
    host, _, target = answer.header("Location").partition("://")[2].partition("/")
    return SteppedResponse(registry, "GET", f"/{target}", HTTP_HOST=host)


def seconds_of(items: object) -> list[float]:
    return [item.seconds for item in items if isinstance(item, Pause)]  # type: ignore[attr-defined]


def bytes_of(items: list[bytes | Pause]) -> bytes:
    return b"".join([item for item in items if isinstance(item, bytes)])


class TestDelay:
    """The call waits."""

    @pytest.mark.parametrize("when", MOMENTS)
    def test_call_is_done_before_the_wait_only_at_after(self, ready: FakeRegistry, when: When) -> None:
        before = everything(ready)
        ready.faults.add(Fault("manifest.put", Delay(7), when=when))

        response = put(ready)
        pause, during = next(response), everything(ready)
        list(response)

        reason = "Delay(seconds=7, jitter=0.0, seed=0) at manifest.put"
        assert pause == Pause(7, reason)
        assert (during != before) is (when == "after")
        assert response.started == 201

    def test_jitter_is_drawn_with_the_seed(self, oci: FakeRegistry) -> None:
        def waits(seed: int) -> list[float]:
            with oci.faults.add(Fault("base", Delay(2, jitter=1, seed=seed))):
                responses = [SteppedResponse(oci, "GET", "/v2/") for _ in range(5)]
                return [seconds for response in responses for seconds in seconds_of(response)]

        first = waits(1)

        assert len(set(first)) == 5
        assert all(2 <= seconds <= 3 for seconds in first)
        assert waits(1) == first
        assert waits(2) != first

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"seconds": -1}, "seconds: expected a finite number of at least 0, found -1"),
            ({"seconds": FOREVER}, r"seconds: .*, found inf; Stall\(\) waits for ever"),
            ({"seconds": math.nan}, "seconds: .*, found nan"),
            ({"seconds": 1, "jitter": -1}, "jitter: expected .*, found -1"),
            ({"seconds": 0}, "seconds: expected more than 0 where jitter is 0, found 0"),
        ],
    )
    def test_impossible_time_is_refused(self, arguments: dict[str, float], message: str) -> None:
        with pytest.raises(ValueError, match=f"^{message}$"):
            Delay(**arguments)  # type: ignore[arg-type]


class TestStall:
    """Nothing more comes."""

    @pytest.mark.parametrize("when", MOMENTS)
    def test_response_never_begins(self, ready: FakeRegistry, when: When) -> None:
        before = everything(ready)
        ready.faults.add(Fault("manifest.put", Stall(), when=when))

        response = put(ready)
        pause = next(response)
        response.close()

        assert pause == Pause(FOREVER, "Stall(after=0) at manifest.put")
        assert response.started is None
        assert (everything(ready) != before) is (when == "after")

    @pytest.mark.parametrize("after", [1, 15])
    def test_body_stops(self, ready: FakeRegistry, download: str, after: int) -> None:
        ready.faults.add(Fault(download, Stall(after)))

        items = list(pull(ready, download))

        assert bytes_of(items) == LAYER[:after]
        assert items[-1] == Pause(FOREVER, f"Stall(after={after}) at {download}")

    def test_upload_that_stops_changes_nothing(self, either: FakeRegistry) -> None:
        location = begin(either, "samples/hello")
        before = everything(either)
        either.faults.add(Fault("upload.chunk", Stall(4), when="before", times=1))

        response = SteppedResponse(either, "PATCH", location, LAYER)
        pause = next(response)
        response.close()

        assert (pause, response.started) == (Pause(FOREVER, "Stall(after=4) at upload.chunk"), None)
        assert everything(either) == before
        assert send(either, "PATCH", location, LAYER).status == 202

    @pytest.mark.parametrize("after", [16, 99])
    def test_body_that_has_ended_by_then_comes_whole(self, ready: FakeRegistry, download: str, after: int) -> None:
        whole = pull_layer(ready)
        fault = ready.faults.add(Fault(download, Stall(after)))

        assert pull_layer(ready) == whole
        needed = f"the body of the response has 16 bytes, and {after + 1} are needed"
        assert fault.problem() == f"Stall(after={after}) at {download} struck 1 call without effect: {needed}"

    def test_negative_size_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^expected after of at least 0 bytes, found -1$"):
            Stall(-1)


class TestSlow:
    """The body comes in small pieces."""

    @pytest.mark.parametrize(
        ("speed", "pieces"),
        [(1, [1] * 16), (40, [4, 4, 4, 4]), (100, [10, 6]), (1e9, [16])],
    )
    def test_body_comes_at_the_speed(self, ready: FakeRegistry, download: str, speed: float, pieces: list[int]) -> None:
        ready.faults.add(Fault(download, Slow(speed)))

        items = list(pull(ready, download))

        assert [len(item) for item in items if isinstance(item, bytes)] == pieces
        assert seconds_of(items) == pytest.approx([size / speed for size in pieces])
        assert sum(seconds_of(items)) == pytest.approx(16 / speed)
        assert bytes_of(items) == LAYER

    def test_pauses_stay_where_a_later_effect_changes_the_body(self, ready: FakeRegistry) -> None:
        list(put(ready))
        tags = "/v2/samples/hello/tags/list"
        size = len(send(ready, "GET", tags).body)
        ready.faults.add(Fault("tags.list", Slow(1000)))
        ready.faults.add(Fault("tags.list", NullList()))

        items = list(SteppedResponse(ready, "GET", tags))

        assert sum(seconds_of(items)) == pytest.approx(size / 1000)
        assert json.loads(bytes_of(items))["tags"] is None

    def test_head_has_no_body_to_slow_down(self, ready: FakeRegistry) -> None:
        fault = ready.faults.add(Fault("blob.head", Slow(1)))

        response = SteppedResponse(ready, "HEAD", BLOB)

        assert seconds_of(response) == []
        reason = "the answer to HEAD has no body; the body is in blob.get"
        assert (fault.problem() or "").endswith(reason)

    @pytest.mark.parametrize("speed", [0, -1, FOREVER, math.nan])
    def test_impossible_speed_is_refused(self, speed: float) -> None:
        expected = "bytes_per_second: expected a finite number above 0, found"
        with pytest.raises(ValueError, match=f"^{expected} {speed}$"):
            Slow(speed)


def test_wait_at_a_redirect_is_where_the_body_is(azure: FakeRegistry) -> None:
    location = begin(azure, "samples/hello", LAYER)
    send(azure, "PUT", f"{location}&digest={LAYER_DIGEST}", b"")
    fault = azure.faults.add(Fault("blob.get", Slow(1000), times=1))

    redirect = send(azure, "GET", BLOB)
    answer = follow(azure, redirect)

    assert (redirect.status, answer.body) == (307, LAYER)
    assert fault.problem() is None
    assert azure.requests[-1].endpoint == "storage.blob"
    assert azure.requests[-1].faults == ("Slow(bytes_per_second=1000)",)
