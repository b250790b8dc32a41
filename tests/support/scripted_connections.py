"""A server on a raw socket that answers the requests of each connection as a test scripts it."""

import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

Answers = Sequence[bytes]
"""The bytes to send for each request of a connection; the connection is closed after the last."""

RESET: Final = b"reset"
"""In place of an answer: the connection is reset."""

_LINGER_NOT: Final = struct.pack("ii", 1, 0)
_HEAD_END: Final = b"\r\n\r\n"


class ScriptedServer:
    """A server's URL, and the requests that it has received."""

    def __init__(self, listening: socket.socket, connections: Sequence[Answers]) -> None:
        self._listening = listening
        self._connections = connections
        self._accepted: list[socket.socket] = []
        self._closed = threading.Semaphore(0)
        self.requests: list[bytes] = []
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"

    def serve(self) -> None:
        for answers in self._connections:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return  # the test has ended
            self._accepted.append(connection)
            with connection, suppress(OSError):
                self._answer(connection, answers)
            self._closed.release()

    def wait_for_closed(self, count: int) -> None:
        """Wait until the server has closed so many connections."""
        for _ in range(count):
            assert self._closed.acquire(timeout=10), "expected the server to close a connection"

    def stop(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        for connection in self._accepted:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, connection: socket.socket, answers: Answers) -> None:
        for answer in answers:
            request = _receive_request(connection)
            if not request:
                return
            self.requests.append(request)
            if answer == RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
                return
            connection.sendall(answer)


@contextmanager
def serve_connections(*connections: Answers) -> Iterator[ScriptedServer]:
    """Yield a server that accepts these connections one after the other, and no more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = ScriptedServer(listening, connections)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield server
        finally:
            server.stop()
            thread.join()


def _receive_request(connection: socket.socket) -> bytes:
    """Return the next request with its body; empty at the end of the connection."""
    received = b""
    while _HEAD_END not in received:
        piece = connection.recv(65_536)
        if not piece:
            return b""
        received += piece

    head, _, body = received.partition(_HEAD_END)
    missing = _length_in(head) - len(body)
    while missing > 0:
        piece = connection.recv(missing)
        if not piece:
            break
        received += piece
        missing -= len(piece)
    return received


def _length_in(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
