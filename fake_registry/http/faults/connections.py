"""Effects that break the connection."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, NoReturn

from fake_registry.arguments import check_fields
from fake_registry.http.answers import Answer, Piece
from fake_registry.http.call import Call
from fake_registry.http.faults.scene import Scene, When
from fake_registry.wsgi import ConnectionDropped, Pause


@dataclass(frozen=True)
class Disconnect:
    """The connection breaks without an answer."""

    default_when: ClassVar[When] = "before"
    breaks_connection: ClassVar[bool] = True

    def on_request(self, scene: Scene) -> NoReturn:
        raise ConnectionDropped("a fault dropped the request")

    def on_response(self, scene: Scene, answer: Answer) -> NoReturn:
        raise ConnectionDropped("a fault dropped the response")


@dataclass(frozen=True)
class Truncate:
    """The connection breaks after `size` bytes of the response, or of the request (`door`, `before`).

    A body that is not longer, such as that of a GET, passes unchanged and counts as a hit.
    """

    default_when: ClassVar[When] = "after"
    follows_redirects: ClassVar[bool] = True

    size: int

    def __post_init__(self) -> None:
        check_fields(self)
        if self.size < 0:
            raise ValueError(f"expected size of at least 0 bytes, found {self.size}")

    def on_request(self, scene: Scene) -> Call:
        return replace(scene.call, body=scene.call.body.alter(self._cut))

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        return answer.alter(self._cut)

    def _cut(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        left = self.size

        for piece in pieces:
            if isinstance(piece, Pause):
                yield piece
            elif len(piece) <= left:
                left -= len(piece)
                yield piece
            else:
                yield piece[:left]
                raise ConnectionDropped(f"a fault cut the body after {self.size} bytes")
