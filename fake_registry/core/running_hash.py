"""The hash of an upload. Large pieces are hashed in another thread while the next ones arrive."""

import hashlib
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from fake_registry.spec.hashing import MIN_BYTES_FOR_THREAD

if TYPE_CHECKING:
    from collections.abc import Callable


class HashThread:
    """A thread that hashes, one piece after the other. Safe to use from several threads.

    It is started by the first piece, and ends with `end`, or once the object is gone. With more
    than one, a second would only wait for the piece that the first one hashes.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._executor: ThreadPoolExecutor | None = None
        self._process = os.getpid()

    def submit(self, work: "Callable[[], hashlib._Hash]") -> "Future[hashlib._Hash]":
        """Let the thread do `work` after the work submitted before. When the interpreter ends no
        thread can be started: then the calling thread does it."""
        with self._mutex:
            # a forked process has the executor, but not its thread
            if self._executor is None or self._process != os.getpid():
                self._process = os.getpid()
                self._executor = ThreadPoolExecutor(1, "fake-registry hashing")
            with suppress(RuntimeError):
                return self._executor.submit(work)

        done: Future[hashlib._Hash] = Future()
        done.set_result(work())
        return done

    def end(self) -> None:
        """End the thread, without waiting, once it has done its work. `submit` starts another."""
        with self._mutex:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=False)


class RunningHash:
    """The SHA-256 hash of some pieces. It never changes: with another piece it is another hash."""

    __slots__ = ("_hasher", "_thread")

    def __init__(
        self,
        thread: HashThread,
        hasher: "hashlib._Hash | Future[hashlib._Hash] | None" = None,
    ) -> None:
        """`thread` hashes large pieces. By default it is the hash of no pieces; it owns `hasher`."""
        self._thread = thread
        self._hasher = hashlib.sha256() if hasher is None else hasher

    def extend(self, piece: bytes) -> "RunningHash":
        """Return the hash with another piece. A large one may be hashed after this returns."""
        if len(piece) < MIN_BYTES_FOR_THREAD:
            return RunningHash(self._thread, self._copy_with(piece))
        return RunningHash(self._thread, self._thread.submit(partial(self._copy_with, piece)))

    def hexdigest(self) -> str:
        """Return the hash in hexadecimal. Waits until all pieces are hashed."""
        return self._finish().hexdigest()

    def _copy_with(self, piece: bytes) -> "hashlib._Hash":
        hasher = self._finish().copy()
        hasher.update(piece)
        return hasher

    def _finish(self) -> "hashlib._Hash":
        return self._hasher.result() if isinstance(self._hasher, Future) else self._hasher
