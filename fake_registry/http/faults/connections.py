"""Effects that break connections, or make them wait."""

import math
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import ClassVar, Final, Literal, NoReturn

from fake_registry.arguments import check_fields
from fake_registry.http.answers import Answer, Piece, Pieces
from fake_registry.http.call import Call
from fake_registry.http.faults.lengths import alter_request, is_short_request, is_short_response, note_short
from fake_registry.http.faults.scene import Scene, When
from fake_registry.wsgi import ConnectionClosed, ConnectionDropped, Pause

_PIECES_PER_SECOND: Final = 10
"""How often `Slow` sends something, where its speed allows it."""


@dataclass(frozen=True)
class Delay:
    """The call waits for `seconds`, and for up to `jitter` seconds more, drawn with `seed`.

    At `door` and `before` nothing has been done during the wait, at `after` everything has.
    """

    default_when: ClassVar[When] = "before"

    seconds: float
    jitter: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_fields(self)
        for name, value in (("seconds", self.seconds), ("jitter", self.jitter)):
            if not (math.isfinite(value) and value >= 0):
                remedy = "; Stall() waits for ever" if value == math.inf else ""
                raise ValueError(f"{name}: expected a finite number of at least 0, found {value}{remedy}")
        if self.seconds + self.jitter == 0:
            raise ValueError("seconds: expected more than 0 where jitter is 0, found 0")

    def on_request(self, scene: Scene) -> Call:
        scene.pause(self._draw(scene))
        return scene.call

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        scene.pause(self._draw(scene))
        return answer

    def _draw(self, scene: Scene) -> float:
        random = scene.keep(lambda: Random(self.seed))  # noqa: S311  no secret
        return self.seconds + self.jitter * random.random()


@dataclass(frozen=True)
class Disconnect:
    """The connection breaks without an answer: with a `reset` (RST) or a `close` (FIN)."""

    default_when: ClassVar[When] = "before"
    breaks_connection: ClassVar[bool] = True

    how: Literal["reset", "close"] = "reset"

    def __post_init__(self) -> None:
        check_fields(self)

    def on_request(self, scene: Scene) -> NoReturn:
        self._break("request")

    def on_response(self, scene: Scene, answer: Answer) -> NoReturn:
        self._break("response")

    def _break(self, lost: str) -> NoReturn:
        if self.how == "close":
            raise ConnectionClosed(f"a fault closed the connection before the {lost}")
        raise ConnectionDropped(f"a fault dropped the {lost}")


@dataclass(frozen=True)
class Truncate:
    """The connection ends (FIN) after `size` bytes of the response, or of the request (`door`, `before`).

    Content-Length stays. A body that is not longer passes unchanged.
    """

    default_when: ClassVar[When] = "after"
    follows_redirects: ClassVar[bool] = True

    size: int

    def __post_init__(self) -> None:
        check_fields(self)
        if self.size < 0:
            raise ValueError(f"expected size of at least 0 bytes, found {self.size}")

    def on_request(self, scene: Scene) -> Call:
        if is_short_request(scene, self.size + 1):
            return scene.call
        return alter_request(scene, lambda pieces: self._cut(pieces, scene, "request"))

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        if is_short_response(scene, answer, self.size + 1):
            return answer
        return answer.alter(lambda pieces: self._cut(pieces, scene, "response"))

    def _cut(self, pieces: Iterable[Piece], scene: Scene, message: str) -> Iterator[Piece]:
        total = yield from _first_bytes(pieces, self.size)
        if total is None:
            scene.note_effect()
            raise ConnectionClosed(f"a fault cut the body after {self.size} bytes")
        note_short(scene, message, total, self.size + 1)


@dataclass(frozen=True)
class Stall:
    """Nothing comes after `after` bytes of the response's body, or instead of the response (0).

    At `door` and `before` the call is never done: it ends after `after` bytes of the request. A
    client with a read timeout gets its own error; over memory at once, on a clock set by hand. One
    without gets an error that names the fault; over a socket it waits until the server stops.
    """

    default_when: ClassVar[When] = "after"
    follows_redirects: ClassVar[bool] = True

    after: int = 0

    def __post_init__(self) -> None:
        check_fields(self)
        if self.after < 0:
            raise ValueError(f"expected after of at least 0 bytes, found {self.after}")

    def on_request(self, scene: Scene) -> Call:
        if self.after == 0:
            scene.pause(math.inf)
            return scene.call
        if is_short_request(scene, self.after + 1):
            return scene.call
        return alter_request(scene, lambda pieces: self._stop_reading(pieces, scene))

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        if self.after == 0:
            scene.pause(math.inf)
            return answer
        if is_short_response(scene, answer, self.after + 1):
            return answer
        return answer.alter(lambda pieces: self._stop_sending(pieces, scene))

    def _stop_reading(self, pieces: Iterable[bytes], scene: Scene) -> Iterator[bytes]:
        total = yield from _first_bytes(pieces, self.after)
        if total is None:
            scene.note_effect()
            scene.pause(math.inf)  # the runner ends the call there
            raise ConnectionDropped(f"a fault stalled the body after {self.after} bytes")
        note_short(scene, "request", total, self.after + 1)

    def _stop_sending(self, pieces: Pieces, scene: Scene) -> Iterator[bytes | Pause]:
        total = yield from _first_bytes(pieces, self.after)
        if total is None:
            yield scene.pause_of(math.inf)
        else:
            note_short(scene, "response", total, self.after + 1)


@dataclass(frozen=True)
class Slow:
    """The response's body comes at this speed, in small pieces with pauses before them."""

    default_when: ClassVar[When] = "after"
    follows_redirects: ClassVar[bool] = True

    bytes_per_second: float

    def __post_init__(self) -> None:
        check_fields(self)
        speed = self.bytes_per_second
        if not (math.isfinite(speed) and speed > 0):
            raise ValueError(f"bytes_per_second: expected a finite number above 0, found {speed}")

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        if is_short_response(scene, answer, 1):
            return answer
        return answer.alter(lambda pieces: self._send_slowly(pieces, scene))

    def _send_slowly(self, pieces: Pieces, scene: Scene) -> Iterator[bytes | Pause]:
        size = max(1, int(self.bytes_per_second / _PIECES_PER_SECOND))
        is_empty = True

        for piece in pieces:
            if isinstance(piece, Pause):
                yield piece
                continue
            for start in range(0, len(piece), size):
                part = piece[start : start + size]
                yield scene.pause_of(len(part) / self.bytes_per_second)
                yield part
                is_empty = False

        if is_empty:
            note_short(scene, "response", 0, 1)


def _first_bytes(pieces: Iterable[Piece], size: int) -> Generator[Piece, None, int | None]:
    """Yield the first `size` bytes, with their pauses.

    Return how many bytes there were in all, None if there were more.
    """
    left = size

    for piece in pieces:
        if isinstance(piece, Pause):
            yield piece
        elif len(piece) <= left:
            left -= len(piece)
            yield piece
        else:
            yield piece[:left]
            return None

    return size - left
