"""`RemoteBlob`: an open blob over HTTP. Fewer bytes than announced are an error.

Its digest is not checked here: a reader may ask for a part of the blob.
"""

import threading
from collections.abc import Iterator
from typing import Final

import requests

from fake_registry.remote.driver import OpenAnswer, RequestsDriver, head_of
from fake_registry.spec.names import Digest, RepositoryName
from fake_registry.wire import answers, calls

PIECE_BYTES: Final = 1024 * 1024
"""How much is read at a time."""


class RemoteBlob:
    """A `BlobReader`. It owns `answer`, the one to a GET of the whole blob.

    That answer serves the first reader that starts at byte 0; every other reader requests a range.
    """

    def __init__(
        self,
        driver: RequestsDriver,
        repository: RepositoryName,
        digest: Digest,
        *,
        answer: OpenAnswer,
        size: int,
    ) -> None:
        self._driver = driver
        self._repository = repository
        self._digest = digest
        self._size = size
        self._mutex = threading.Lock()
        self._unread: OpenAnswer | None = answer
        self._open = {answer}

    @property
    def size(self) -> int:
        """The whole blob's size in bytes."""
        return self._size

    @property
    def stored(self) -> None:
        """Not known: hardly any registry sends the header that HTTP has for it."""
        return None

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of [start, stop).

        The exceptions of requests for a broken connection, DeadlineExceeded for a slow one.
        """
        stop = self._size if stop is None else min(stop, self._size)
        if start >= stop:
            return

        answer = self._answer_from(start, stop)
        try:
            first = answers.start_of(head_of(answer.response))
            yield from _read_exactly(answer, skip=start - first, size=stop - start)
        finally:
            self._finish(answer)

    def close(self) -> None:
        """Close every connection that is still being read from. Twice does no harm."""
        with self._mutex:
            self._unread, closing, self._open = None, self._open, set()
        for answer in closing:
            answer.close()

    def _answer_from(self, start: int, stop: int) -> OpenAnswer:
        with self._mutex:
            unread = self._unread
            if start == 0 and unread is not None:
                self._unread = None
                return unread

        is_whole = (start, stop) == (0, self._size)
        part = {} if is_whole else {"start": start, "stop": stop}
        answer = self._driver.open(calls.get_blob(self._repository, self._digest, **part))
        with self._mutex:
            self._open.add(answer)
        return answer

    def _finish(self, answer: OpenAnswer) -> None:
        with self._mutex:
            self._open.discard(answer)
        answer.close()


def _read_exactly(answer: OpenAnswer, *, skip: int, size: int) -> Iterator[bytes]:
    """Yield `size` bytes after the first `skip`, which a registry without ranges sends as well."""
    if skip < 0:
        raise requests.ConnectionError(f"expected an earlier start, found {-skip} bytes missing")

    found = -skip
    for piece in answer.pieces(PIECE_BYTES):
        part = piece[max(-found, 0) : size - found]
        found += len(piece)
        if part:
            yield part
        if found >= size:
            return

    found = max(found, 0)
    raise requests.ConnectionError(f"the blob broke off: expected {size} bytes, found {found}")
