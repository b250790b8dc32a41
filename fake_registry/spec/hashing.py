"""Hashing a body while it arrives."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    import hashlib

_MIN_BYTES_FOR_THREAD: Final = 256 * 1024
"""Smaller pieces are hashed faster than they are passed to a thread."""


class AsideHasher:
    """Hashes large pieces in a second thread while the next piece arrives. Use in a `with` block.

    Hashing and receiving take about the same time, and both release the interpreter's lock. The
    thread is started by the first large piece. It ends with the block, or after `leave` with the
    last piece.
    """

    def __init__(self, hasher: "hashlib._Hash") -> None:
        self.finished = hasher
        """The hash of all pieces, once the block has ended."""
        self._thread: ThreadPoolExecutor | None = None
        self._hashing: Future[None] | None = None

    def update(self, piece: bytes) -> None:
        """Hash `piece` after the pieces before it. Returns before a large piece is hashed."""
        self._wait()
        if len(piece) < _MIN_BYTES_FOR_THREAD:
            self.finished.update(piece)
            return

        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "fake-registry hashing")
        self._hashing = self._thread.submit(self.finished.update, piece)

    def leave(self) -> "hashlib._Hash | PendingHash":
        """End hashing without waiting for the last piece. Return the hash of all pieces."""
        thread, hashing = self._thread, self._hashing
        if thread is None or hashing is None:
            return self.finished

        self._thread = self._hashing = None
        thread.shutdown(wait=False)
        return PendingHash(self.finished, thread, hashing)

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


class PendingHash:
    """A hash whose last piece a thread may still be hashing. The methods wait for it.

    Safe to use from several threads.
    """

    def __init__(
        self,
        hasher: "hashlib._Hash",
        thread: ThreadPoolExecutor,
        hashing: Future[None],
    ) -> None:
        self._hasher = hasher
        self._thread = thread
        self._hashing = hashing

    def copy(self) -> "hashlib._Hash":
        """Return a hash to go on with, which leaves this one as it is."""
        return self._finish().copy()

    def hexdigest(self) -> str:
        """Return the hash in hexadecimal."""
        return self._finish().hexdigest()

    def _finish(self) -> "hashlib._Hash":
        self._thread.shutdown()
        self._hashing.result()
        return self._hasher
