"""Hashing a body while it arrives."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    import hashlib

MIN_BYTES_FOR_THREAD: Final = 256 * 1024
"""Smaller pieces are hashed faster than they are passed to a thread."""


class AsideHasher:
    """Hashes large pieces in a second thread while the next piece arrives. Use in a `with` block.

    Hashing and receiving take about the same time, and both release the interpreter's lock. The
    thread is started by the first large piece, and ends with the block.
    """

    def __init__(self, hasher: "hashlib._Hash") -> None:
        self.finished = hasher
        """The hash of all pieces, once the block has ended."""
        self._thread: ThreadPoolExecutor | None = None
        self._hashing: Future[None] | None = None

    def update(self, piece: bytes) -> None:
        """Hash `piece` after the pieces before it. Returns before a large piece is hashed."""
        self._wait()
        if len(piece) < MIN_BYTES_FOR_THREAD:
            self.finished.update(piece)
            return

        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "fake-registry hashing")
        self._hashing = self._thread.submit(self.finished.update, piece)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._thread is not None:
            self._thread.shutdown()
        self._wait()

    def _wait(self) -> None:
        if self._hashing is not None:
            self._hashing.result()
            self._hashing = None
