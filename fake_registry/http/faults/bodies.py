"""Effects that change bodies."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from fake_registry.arguments import check_fields
from fake_registry.http.answers import Answer, Piece
from fake_registry.http.call import Call
from fake_registry.http.faults.lengths import is_short_request, is_short_response, note_short
from fake_registry.http.faults.scene import Scene, When
from fake_registry.wsgi import Pause


@dataclass(frozen=True)
class Corrupt:
    """The byte at `offset` of the response, or of the request (`door`, `before`), has all bits inverted.

    A body that ends before that byte passes unchanged.
    """

    default_when: ClassVar[When] = "after"
    follows_redirects: ClassVar[bool] = True

    offset: int = 0

    def __post_init__(self) -> None:
        check_fields(self)
        if self.offset < 0:
            raise ValueError(f"expected offset of at least 0 bytes, found {self.offset}")

    def on_request(self, scene: Scene) -> Call:
        if is_short_request(scene, self.offset + 1):
            return scene.call
        body = scene.call.body.alter(lambda pieces: self._flip(pieces, scene, "request"))
        return replace(scene.call, body=body)

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        if is_short_response(scene, answer, self.offset + 1):
            return answer
        return answer.alter(lambda pieces: self._flip(pieces, scene, "response"))

    def _flip(self, pieces: Iterable[Piece], scene: Scene, message: str) -> Iterator[Piece]:
        start = 0

        for piece in pieces:
            if isinstance(piece, Pause):
                yield piece
                continue
            place = self.offset - start
            start += len(piece)
            yield _flip_byte(piece, place) if 0 <= place < len(piece) else piece

        if start <= self.offset:
            note_short(scene, message, start, self.offset + 1)


def _flip_byte(piece: bytes, place: int) -> bytes:
    flipped = piece[place] ^ 0xFF
    return b"".join((piece[:place], bytes((flipped,)), piece[place + 1 :]))
