"""Registries that send without an end: servers on a raw socket whose answers a test scripts.

A server writes until its client closes the connection or the test ends.
"""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import repeat
from typing import Final

Pieces = Iterable[bytes]
Script = Callable[[str], Pieces]
"""Returns the bytes to send for a request line, in pieces; each piece is one write."""

BLOCK: Final = b" " * 65_536
_LOOK_SECONDS: Final = 0.02
"""A silent connection looks this often whether the test has ended."""
_HEAD_END: Final = b"\r\n\r\n"


@contextmanager
def serve_raw(script: Script, *, pause: float = 0.0) -> Iterator[str]:
    """Yield the URL of a server that answers each request with its own bytes.

    `pause` is the time between two pieces, in seconds.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = _RawServer(listening, script, pause)
        accepting = threading.Thread(target=server.accept)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.stop()
            accepting.join()


class _RawServer:
    def __init__(self, listening: socket.socket, script: Script, pause: float) -> None:
        self._listening = listening
        self._script = script
        self._pause = pause
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def accept(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            if self._stopped.is_set():
                connection.close()
                break
            thread = threading.Thread(target=self._serve, args=(connection,))
            thread.start()
            self._threads.append(thread)
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        self._stopped.set()
        socket.create_connection(self._listening.getsockname()).close()  # wakes `accept`

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(_LOOK_SECONDS)
        with connection:
            try:
                while (request := self._receive(connection)) is not None:
                    self._send(connection, self._script(request))
            except OSError:
                return  # the client has closed the connection

    def _receive(self, connection: socket.socket) -> str | None:
        """Return the next request line; None at the end. Bodies are dropped with their head."""
        received = b""
        while _HEAD_END not in received:
            if self._stopped.is_set():
                return None
            try:
                piece = connection.recv(65_536)
            except TimeoutError:
                continue
            if not piece:
                return None
            received += piece
        return received.partition(b"\r\n")[0].decode("latin-1")

    def _send(self, connection: socket.socket, pieces: Pieces) -> None:
        for piece in pieces:
            unsent = memoryview(piece)
            while unsent and not self._stopped.is_set():
                with suppress(TimeoutError):  # the client does not read now
                    unsent = unsent[connection.send(unsent) :]
            if self._stopped.wait(self._pause):
                return


def head(status: int, *fields: str) -> bytes:
    """Return the head of an answer."""
    lines = [f"HTTP/1.1 {status} Scripted", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def whole(status: int, body: bytes, *fields: str) -> list[bytes]:
    """Return an answer that ends."""
    return [head(status, f"Content-Length: {len(body)}", *fields) + body]


def endless(status: int, *fields: str, start: bytes = b"") -> Iterator[bytes]:
    """Yield an answer whose body has no end; it begins with `start`."""
    yield head(status, "Connection: close", *fields) + start
    yield from repeat(BLOCK)


def endless_chunks(status: int, *fields: str) -> Iterator[bytes]:
    """Yield a chunked answer without an end."""
    yield head(status, "Transfer-Encoding: chunked", *fields)
    yield from repeat(b"%x\r\n%b\r\n" % (len(BLOCK), BLOCK))


def dripping(answer: bytes) -> Iterator[bytes]:
    """Yield an answer byte by byte, and then spaces for ever."""
    for place in range(len(answer)):
        yield answer[place : place + 1]
    yield from repeat(b" ")
