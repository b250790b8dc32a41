"""`RemoteBlob`: a blob's bytes over HTTP, opened. Fewer bytes than announced are an error, never a quiet end.

Their digest is the reader's to check, who may want only some of them.
"""

import threading
from collections.abc import Iterator
from typing import Final

import requests

from fake_registry.remote.driver import RequestsDriver, head_of
from fake_registry.spec.names import Digest, RepositoryName
from fake_registry.wire import answers, calls

PIECE_BYTES: Final = 1024 * 1024
"""How much is read at a time."""


class RemoteBlob:
    """A `BlobReader`. It takes over `response`, the answer to a GET of the whole blob, which serves the first reader
    that begins at the beginning; every other one asks for its range."""

    def __init__(
        self,
        driver: RequestsDriver,
        repository: RepositoryName,
        digest: Digest,
        *,
        response: requests.Response,
        size: int,
    ) -> None:
        self._driver = driver
        self._repository = repository
        self._digest = digest
        self._size = size
        self._mutex = threading.Lock()
        self._unread: requests.Response | None = response
        self._open = {response}

    @property
    def size(self) -> int:
        """The whole blob's size in bytes."""
        return self._size

    @property
    def stored(self) -> None:
        """HTTP has a header for it that hardly any registry sends."""
        return None

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of [start, stop). Raises requests' exceptions where the connection breaks."""
        stop = self._size if stop is None else min(stop, self._size)
        if start >= stop:
            return
        response = self._response_from(start, stop)
        try:
            came_from = answers.start_of(head_of(response))
            yield from _exactly(response, skip=start - came_from, size=stop - start)
        finally:
            self._finish(response)

    def close(self) -> None:
        """Close every connection that is still read from. Twice does no harm."""
        with self._mutex:
            self._unread, closing, self._open = None, self._open, set()
        for response in closing:
            response.close()

    def _response_from(self, start: int, stop: int) -> requests.Response:
        with self._mutex:
            unread = self._unread
            if start == 0 and unread is not None:
                self._unread = None
                return unread
        asked = {} if (start, stop) == (0, self._size) else {"start": start, "stop": stop}
        response = self._driver.open(calls.get_blob(self._repository, self._digest, **asked))
        with self._mutex:
            self._open.add(response)
        return response

    def _finish(self, response: requests.Response) -> None:
        with self._mutex:
            self._open.discard(response)
        response.close()


def _exactly(response: requests.Response, *, skip: int, size: int) -> Iterator[bytes]:
    """Yield `size` bytes behind the first `skip`, which a registry sends that knows no ranges."""
    if skip < 0:
        raise requests.ConnectionError(f"expected bytes from an earlier one on, found {-skip} missing")
    found = -skip
    for piece in response.iter_content(PIECE_BYTES):
        wanted = piece[max(-found, 0) : size - found]
        found += len(piece)
        if wanted:
            yield wanted
        if found >= size:
            return
    raise requests.ConnectionError(f"the blob broke off: expected {size} bytes, found {max(found, 0)}")
