"""Upload scripts have every feature that their docstrings promise, and our registry agrees."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from hypothesis import given

from fake_registry import FakeRegistry
from pytest_acr.strategies import (
    BrokenUploadScript,
    UploadScript,
    UploadStep,
    broken_upload_scripts,
    upload_scripts,
)
from tests.support.effort import examples, features_not_drawn, flaws_not_drawn
from tests.support.http import HttpAnswer, registry_of, send

UPLOADS: Final = "/v2/samples/hello/blobs/uploads/"

METHODS: Final = {
    "chunk": "PATCH",
    "stream": "PATCH",
    "status": "GET",
    "finish": "PUT",
    "cancel": "DELETE",
}
EXPECTED: Final = {
    "post": 201,
    "start": 202,
    "chunk": 202,
    "stream": 202,
    "status": 204,
    "finish": 201,
    "cancel": 204,
}


class Driver:
    """Sends steps to a registry."""

    def __init__(self, registry: FakeRegistry) -> None:
        self._registry = registry
        self._locations: dict[int, str] = {}

    def play(self, step: UploadStep) -> HttpAnswer:
        if step.kind == "post":
            return self._send("POST", f"{UPLOADS}?digest={step.digest}", step)
        if step.kind == "start":
            return self._follow(step, self._send("POST", UPLOADS, step))

        location = self._locations[step.session]
        if step.kind == "finish" and step.digest:
            location += f"&digest={step.digest}"
        return self._follow(step, self._send(METHODS[step.kind], location, step))

    def _send(self, method: str, target: str, step: UploadStep) -> HttpAnswer:
        ranged = {} if step.content_range is None else {"Content-Range": step.content_range}
        chunked = step.kind == "stream"
        return send(self._registry, method, target, step.data, ranged, chunked=chunked)

    def _follow(self, step: UploadStep, answer: HttpAnswer) -> HttpAnswer:
        if answer.status in (202, 204) and step.kind != "cancel":
            self._locations[step.session] = answer.header("Location")
        return answer


def sessions_of(steps: Iterable[UploadStep]) -> list[list[UploadStep]]:
    found: dict[int, list[UploadStep]] = {}
    for step in steps:
        found.setdefault(step.session, []).append(step)
    return list(found.values())


def kinds_of(script: UploadScript) -> Iterator[list[str]]:
    """Yield the kinds of the steps of each session, without status queries."""
    for steps in sessions_of(script.steps):
        yield [step.kind for step in steps if step.kind != "status"]


def count_patches(kinds: Sequence[str]) -> int:
    return kinds.count("chunk") + kinds.count("stream")


def has_kinds(*kinds: str) -> Callable[[UploadScript], bool]:
    return lambda script: list(kinds) in kinds_of(script)


def has_step(**members: object) -> Callable[[UploadScript], bool]:
    return lambda script: any(members.items() <= vars(step).items() for step in script.steps)


def is_interleaved(script: UploadScript) -> bool:
    """Whether a session sends a step between two steps of another."""
    numbers = [step.session for step in script.steps]
    return any(one == last != between for one, between, last in zip(numbers, numbers[1:], numbers[2:], strict=False))


def has_tail(*, ranged: bool) -> Callable[[UploadScript], bool]:
    def has_feature(script: UploadScript) -> bool:
        return any(
            step.kind == "finish" and step.data and step.offset and bool(step.content_range) == ranged
            for step in script.steps
        )

    return has_feature


def pushes_equal_content_twice(script: UploadScript) -> bool:
    ends = [step for step in script.steps if step.kind in ("post", "finish")]
    digests = [step.digest for step in ends]
    return len(set(digests)) < len(digests)


FEATURES: Final[Mapping[str, Callable[[UploadScript], bool]]] = {
    "one session": lambda script: len(sessions_of(script.steps)) == 1,
    "three sessions": lambda script: len(sessions_of(script.steps)) == 3,
    "interleaved": is_interleaved,
    "single POST": has_kinds("post"),
    "POST and PUT": has_kinds("start", "finish"),
    "one chunk": has_kinds("start", "chunk", "finish"),
    "four PATCHes": lambda script: 4 in map(count_patches, kinds_of(script)),
    "one stream": has_kinds("start", "stream", "finish"),
    "streams and chunks": lambda script: any({"stream", "chunk"} <= set(kinds) for kinds in kinds_of(script)),
    "last bytes with the PUT": has_tail(ranged=False),
    "last bytes with the PUT and a range": has_tail(ranged=True),
    "cancelled": has_step(kind="cancel"),
    "cancelled after data": lambda script: any(step.kind == "cancel" and step.offset for step in script.steps),
    "status before data": has_step(kind="status", offset=0),
    "status after data": lambda script: any(step.kind == "status" and step.offset for step in script.steps),
    "equal content twice": pushes_equal_content_twice,
    "no content": lambda script: b"" in script.stored.values(),
    "sha256": lambda script: any(digest.startswith("sha256:") for digest in script.stored),
    "sha512": lambda script: any(digest.startswith("sha512:") for digest in script.stored),
}

FLAWS: Final = (
    *("gap", "overlap", "malformed Content-Range", "no digest"),
    *("Content-Range longer than the data", "Content-Range shorter than the data"),
    *("malformed digest", "digest of other content"),
    "step after the end",
)


def test_every_feature_is_drawn() -> None:
    assert features_not_drawn(upload_scripts(), FEATURES) == []


def test_every_flaw_is_drawn() -> None:
    assert flaws_not_drawn(broken_upload_scripts(), FLAWS) == []


@given(script=broken_upload_scripts())
def test_flaws_are_those_of_the_list(script: BrokenUploadScript) -> None:
    assert script.flaw in FLAWS


@given(script=upload_scripts())
def test_registry_accepts_every_step(script: UploadScript) -> None:
    with registry_of("oci") as registry:
        driver = Driver(registry)
        found = [driver.play(step).status for step in script.steps]
        stored = {digest: send(registry, "GET", f"/v2/samples/hello/blobs/{digest}").body for digest in script.stored}

    assert found == [EXPECTED[step.kind] for step in script.steps]
    assert stored == script.stored


@given(script=broken_upload_scripts())
@examples(60)  # several for each flaw
def test_registry_refuses_the_last_step_alone(script: BrokenUploadScript) -> None:
    *valid, broken = script.steps
    with registry_of("oci") as registry:
        driver = Driver(registry)
        found = [driver.play(step).status for step in valid]
        refused = driver.play(broken).status

    assert found == [EXPECTED[step.kind] for step in valid]
    assert 400 <= refused < 500
