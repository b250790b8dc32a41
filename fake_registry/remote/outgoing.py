"""`OutgoingBody`: a request's body in the form that requests sends."""

from collections.abc import Iterable, Iterator


class OutgoingBody:
    """A body in one or several pieces. `length` is None for pieces that can be read only once."""

    def __init__(self, content: bytes | Iterable[bytes]) -> None:
        self._pieces: Iterable[bytes] = (content,) if isinstance(content, bytes) else content
        self.length = _length_of(self._pieces)
        self.sent = 0
        """How many bytes have been handed over."""
        self.failure: Exception | None = None
        """The exception that the caller's own iterable raised."""

    @property
    def replayable(self) -> bool:
        """Whether the body can be sent once more."""
        return self.length is not None

    @property
    def data(self) -> "bytes | Iterable[bytes]":
        """The body for requests: with Content-Length if the length is known, chunked otherwise."""
        if self.length is None:
            return iter(self)
        if self.length == 0:
            return b""
        return _SizedBody(self, self.length)

    def __iter__(self) -> Iterator[bytes]:
        self.sent = 0
        try:
            for piece in self._pieces:
                self.sent += len(piece)
                if piece:  # an empty chunk would end a chunked body
                    yield piece
        except Exception as error:
            self.failure = error
            raise


class _SizedBody:
    """The form in which requests takes a body of known length in several pieces."""

    def __init__(self, body: OutgoingBody, length: int) -> None:
        self._body = body
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)


def _length_of(pieces: Iterable[bytes]) -> int | None:
    if not isinstance(pieces, tuple | list):
        return None
    return sum(map(len, pieces))
