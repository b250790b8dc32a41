"""Mistakes of those who write effects: each raises an error that names the effect and the remedy."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NoReturn, get_args

import pytest

from fake_registry import FakeRegistry, Fault
from fake_registry.http.answers import Answer
from fake_registry.http.call import Call
from fake_registry.http.faults import Effect, Scene, When
from fake_registry.wsgi import Pause
from tests.support.effects import Fail
from tests.support.http import IMAGE, OCI_MANIFEST, send
from tests.support.runner import SteppedResponse

MOMENTS: tuple[When, ...] = get_args(When)


@dataclass(frozen=True)
class Return:
    """Returns a value of any type."""

    default_when: ClassVar[When] = "before"

    value: object
    seconds: float = 0

    def on_request(self, scene: Scene) -> Any:  # Any: a wrong type
        if self.seconds:
            scene.pause(self.seconds)
        return self.value

    def on_response(self, scene: Scene, answer: Answer) -> Any:  # Any: a wrong type
        return self.on_request(scene)


@dataclass(frozen=True)
class Stop:
    """Raises StopIteration, as `next` does at the end of an iterator."""

    default_when: ClassVar[When] = "before"

    seconds: float

    def on_request(self, scene: Scene) -> NoReturn:
        if self.seconds:
            scene.pause(self.seconds)
        raise StopIteration

    def on_response(self, scene: Scene, answer: Answer) -> NoReturn:
        self.on_request(scene)


@dataclass(frozen=True)
class PauseInBody:
    """Asks for a pause when the effect is done, and the body is sent."""

    default_when: ClassVar[When] = "after"

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        def change(pieces: Iterable[bytes | Pause]) -> Iterator[bytes | Pause]:
            scene.pause(5)
            yield from pieces

        return answer.alter(change)


@dataclass(frozen=True)
class PauseInUpload:
    """Asks for a pause at once, and for another when the body is read."""

    default_when: ClassVar[When] = "door"

    def on_request(self, scene: Scene) -> Call:
        def change(pieces: Iterable[bytes]) -> Iterator[bytes]:
            scene.pause(2)
            yield from pieces

        scene.pause(1)
        return replace(scene.call, body=scene.call.body.alter(change))


@dataclass(frozen=True)
class FailToClose:
    """The answer cannot be closed."""

    default_when: ClassVar[When] = "after"

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        def close() -> None:
            raise OSError("the disk is gone")

        return replace(answer, close=close)


def send_once(registry: FakeRegistry) -> None:
    send(registry, "GET", "/v2/")


def send_in_steps(registry: FakeRegistry) -> None:
    list(SteppedResponse(registry, "GET", "/v2/"))


SENDERS: list[tuple[Callable[[FakeRegistry], None], int]] = [(send_once, 0), (send_in_steps, 7)]

with_and_without_pause = pytest.mark.parametrize(
    ("send_request", "seconds"),
    SENDERS,
    ids=["at once", "after a pause"],
)


@with_and_without_pause
@pytest.mark.parametrize("value", [None, "x"], ids=["None", "str"])
@pytest.mark.parametrize("when", MOMENTS)
def test_result_of_a_wrong_type_is_an_error_with_the_right_types(
    azure: FakeRegistry,
    when: When,
    value: object,
    send_request: Callable[[FakeRegistry], None],
    seconds: float,
) -> None:
    effect: Effect = Return(value, seconds)
    azure.faults.add(Fault("base", effect, when=when))
    expected = "Answer" if when == "after" else "Call or Answer"

    with pytest.raises(TypeError) as caught:
        send_request(azure)

    found = type(value).__name__
    assert str(caught.value) == f"{effect!r} at base: expected {expected}, found {found}"
    assert [exchange.status for exchange in azure.requests] == [None]


@with_and_without_pause
@pytest.mark.parametrize("when", MOMENTS)
def test_stop_iteration_of_an_effect_is_an_error_that_names_it(
    azure: FakeRegistry,
    when: When,
    send_request: Callable[[FakeRegistry], None],
    seconds: float,
) -> None:
    effect = Stop(seconds)
    azure.faults.add(Fault("base", effect, when=when))

    with pytest.raises(RuntimeError) as caught:
        send_request(azure)

    remedy = "catch it, or give next() a default"
    assert str(caught.value) == f"{effect!r} at base raised StopIteration: {remedy}"
    assert [exchange.status for exchange in azure.requests] == [None]


def test_pause_that_is_asked_for_within_a_body_is_an_error(azure: FakeRegistry) -> None:
    azure.faults.add(Fault("base", PauseInBody()))

    with pytest.raises(RuntimeError, match=r"within a body: yield scene\.pause_of\(seconds\)"):
        send(azure, "GET", "/v2/")


def test_pause_that_is_asked_for_while_an_upload_is_read_follows_it(ready: FakeRegistry) -> None:
    ready.faults.add(Fault("manifest.put", PauseInUpload()))

    path = "/v2/samples/hello/manifests/v1"
    items = list(SteppedResponse(ready, "PUT", path, IMAGE, CONTENT_TYPE=OCI_MANIFEST))

    assert [item.seconds for item in items if isinstance(item, Pause)] == [1, 2]


@with_and_without_pause
def test_error_in_closing_an_answer_hides_no_earlier_one(
    azure: FakeRegistry,
    send_request: Callable[[FakeRegistry], None],
    seconds: float,
) -> None:
    azure.faults.add(Fault("base", FailToClose()))
    azure.faults.add(Fault("base", Fail(KeyError("first"), seconds), when="after"))

    with pytest.raises(KeyError, match="first") as caught:
        send_request(azure)

    assert str(caught.value.__context__) == "the disk is gone"
    assert [exchange.status for exchange in azure.requests] == [None]
