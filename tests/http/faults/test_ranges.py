"""Effects on downloads of a part of a blob, from the registry and from storage."""

import pytest

from fake_registry import FakeRegistry, Fault, IgnoreRange, ShortRange, ZeroChunk
from fake_registry.http.faults import Effect
from tests.support.http import LAYER, LAYER_DIGEST, HttpAnswer, begin, everything, pull_layer, send

EFFECTS = [IgnoreRange(), ShortRange(2), ZeroChunk()]
MIDDLE = {"Range": "bytes=4-7"}


@pytest.fixture(params=["blob.get", "where the bytes are"])
def endpoint(request: pytest.FixtureRequest, download: str) -> str:
    """The endpoint that redirects to the bytes, and the one that sends them."""
    return "blob.get" if request.param == "blob.get" else download


def _pull(registry: FakeRegistry, endpoint: str, effect: Effect, headers: dict[str, str]) -> HttpAnswer:
    """Pull a part of LAYER under a fault that acts."""
    before = everything(registry)
    active = registry.faults.add(Fault(endpoint, effect, times=1))

    found = pull_layer(registry, headers)

    assert active.problem() is None
    assert everything(registry) == before
    return found


@pytest.mark.parametrize("text", ["bytes=4-7", "bytes=-3", "bytes=0-", "bytes=0-1,4-5"])
def test_ignored_range_is_answered_as_a_request_for_all(ready: FakeRegistry, endpoint: str, text: str) -> None:
    whole = pull_layer(ready)
    part = pull_layer(ready, {"Range": text})

    assert _pull(ready, endpoint, IgnoreRange(), {"Range": text}) == whole
    assert pull_layer(ready, {"Range": text}).status == part.status == 206


@pytest.mark.parametrize(
    ("text", "size", "received", "content_range"),
    [
        ("bytes=4-7", 1, b"4", "bytes 4-4/16"),
        ("bytes=4-7", 3, b"456", "bytes 4-6/16"),
        ("bytes=-3", 2, b"de", "bytes 13-14/16"),
        ("bytes=0-4194303", 15, LAYER[:15], "bytes 0-14/16"),
    ],
)
def test_short_range_states_the_bytes_that_it_has(
    ready: FakeRegistry, endpoint: str, text: str, size: int, received: bytes, content_range: str
) -> None:
    found = _pull(ready, endpoint, ShortRange(size), {"Range": text})

    assert (found.status, found.body) == (206, received)
    assert (found.header("Content-Range"), found.header("Content-Length")) == (content_range, str(size))
    assert len(pull_layer(ready, {"Range": text}).body) > size


def test_part_of_a_blob_in_pieces_is_shortened(either: FakeRegistry, endpoint: str) -> None:
    """A blob is kept in the pieces in which it arrived."""
    location = begin(either, "samples/hello", LAYER[:4], LAYER[4:8], LAYER[8:])
    assert send(either, "PUT", f"{location}&digest={LAYER_DIGEST}", b"").status == 201

    found = _pull(either, endpoint, ShortRange(5), {"Range": "bytes=1-14"})
    assert (found.body, found.header("Content-Range")) == (LAYER[1:6], "bytes 1-5/16")


def test_zero_chunk_has_no_bytes_and_the_requested_range(ready: FakeRegistry, endpoint: str) -> None:
    plain = pull_layer(ready, MIDDLE)

    found = _pull(ready, endpoint, ZeroChunk(), MIDDLE)

    changed = {**dict(plain.headers), "Content-Length": "0"}
    assert found == HttpAnswer(206, tuple(sorted(changed.items())), b"")
    assert pull_layer(ready, MIDDLE) == plain


@pytest.mark.parametrize("effect", EFFECTS, ids=repr)
class TestIdle:
    """What an effect reports that has no part to act on. The answer is unchanged."""

    def _problem(self, registry: FakeRegistry, endpoint: str, effect: Effect, headers: dict[str, str]) -> str:
        plain = pull_layer(registry, headers)
        active = registry.faults.add(Fault(endpoint, effect))
        found = pull_layer(registry, headers)
        assert (found.status, len(found.body)) == (plain.status, len(plain.body))  # errors have ids
        return str(active.problem()).partition("without effect: ")[2]

    def test_request_for_all(self, ready: FakeRegistry, endpoint: str, effect: Effect) -> None:
        problem = self._problem(ready, endpoint, effect, {})
        assert problem == "the request has no Range, and the answer is 200, not 206"

    @pytest.mark.parametrize(("text", "status"), [("bytes=16-", 416), ("lines=1-2", 200)])
    def test_range_without_a_part(
        self, ready: FakeRegistry, endpoint: str, effect: Effect, text: str, status: int
    ) -> None:
        problem = self._problem(ready, endpoint, effect, {"Range": text})
        assert problem == f"the answer to Range: {text} is {status}, not 206"

    def test_absent_blob(self, either: FakeRegistry, effect: Effect) -> None:
        active = either.faults.add(Fault("blob.get", effect))
        assert pull_layer(either, MIDDLE).status == 404
        assert str(active.problem()).endswith("the answer to Range: bytes=4-7 is 404, not 206")

    def test_other_endpoint_is_refused(self, effect: Effect) -> None:
        expected = f"{type(effect).__name__} cannot act at 'manifest.get'; it acts at blob.get, storage.blob"
        with pytest.raises(ValueError, match=f"^{expected}$"):
            Fault("manifest.get", effect)


@pytest.mark.parametrize("size", [4, 5, 1000])
def test_part_that_is_not_longer_is_reported(ready: FakeRegistry, endpoint: str, size: int) -> None:
    plain = pull_layer(ready, MIDDLE)
    active = ready.faults.add(Fault(endpoint, ShortRange(size)))

    assert pull_layer(ready, MIDDLE) == plain
    assert str(active.problem()).endswith("the part has 4 bytes, which are not more than size")


def test_several_parts_are_not_shortened(ready: FakeRegistry, endpoint: str) -> None:
    active = ready.faults.add(Fault(endpoint, ShortRange(2)))

    assert pull_layer(ready, {"Range": "bytes=0-1,4-5"}).header("Content-Type").startswith("multipart/")
    assert str(active.problem()).endswith("the answer has several parts: it acts on requests for one")


@pytest.mark.parametrize("size", [0, -1])
def test_short_range_of_no_bytes_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=rf"^expected size of at least 1 byte, found {size}$"):
        ShortRange(size)


def test_range_effects_add_up(ready: FakeRegistry, download: str) -> None:
    """The second shortens the answer of the first."""
    ready.faults.add(Fault(download, ShortRange(3)))
    ready.faults.add(Fault(download, ShortRange(2)))

    assert pull_layer(ready, MIDDLE).body == b"45"
