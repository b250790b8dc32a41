"""Effects defined outside of the packages, as a test author can define them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, NoReturn

from fake_registry.http.answers import Answer
from fake_registry.http.call import Call
from fake_registry.http.faults import Scene, When
from fake_registry.spec.errors import RegistryError
from fake_registry.wsgi import Pause


@dataclass(frozen=True)
class Wait:
    """The call pauses, then continues."""

    default_when: ClassVar[When] = "before"

    seconds: float

    def on_request(self, scene: Scene) -> Call:
        scene.pause(self.seconds)
        return scene.call

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        scene.pause(self.seconds)
        return answer


@dataclass(frozen=True)
class Fail:
    """The call pauses, then fails with an error; an error of the registry is answered as usual."""

    default_when: ClassVar[When] = "before"

    error: Exception
    seconds: float = 0

    def on_request(self, scene: Scene) -> NoReturn:
        self._fail(scene)

    def on_response(self, scene: Scene, answer: Answer) -> NoReturn:
        self._fail(scene)

    def _fail(self, scene: Scene) -> NoReturn:
        if self.seconds:
            scene.pause(self.seconds)
        raise self.error


@dataclass(frozen=True)
class Reword:
    """The registry's answer to an error, without one header and with another."""

    default_when: ClassVar[When] = "after"

    error: RegistryError

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        return scene.answer_for(self.error).adding(("X-Reworded", "yes"))


@dataclass(frozen=True)
class SetHeaders:
    """The response has these values for the headers that it has, matched in any case."""

    default_when: ClassVar[When] = "after"

    values: Mapping[str, str]
    """Each with the name as it is sent."""

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        changed = {name.lower(): (name, value) for name, value in self.values.items()}
        lines = [changed.get(header[0].lower(), header) for header in answer.headers]
        return replace(answer, headers=tuple(lines))


@dataclass(frozen=True)
class ByteByByte:
    """The response's body comes byte by byte, with a pause after each."""

    default_when: ClassVar[When] = "after"

    seconds: float

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        def single_bytes(pieces: Iterable[bytes | Pause]) -> Iterator[bytes | Pause]:
            for piece in pieces:
                for byte in piece if isinstance(piece, bytes) else ():
                    yield bytes([byte])
                    yield scene.pause_of(self.seconds)

        return answer.alter(single_bytes)
