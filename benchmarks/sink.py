"""The limit of an upload: a bare socket that receives, keeps and hashes aside.

`python -m benchmarks.sink PORT` speaks just enough HTTP for the client of `transfer`. A thread of its
own hashes the chunks while the next one arrives; the answer to the PUT waits for it.
"""

import hashlib
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

from benchmarks.raw_http import END_OF_HEAD, READ_BYTES, content_length_of
from benchmarks.subjects import HOST

LOCATION = "/v2/benchmark/transfer/blobs/uploads/1"


def serve(port: int) -> None:
    """Serve one connection after the other, until the process is ended."""
    with socket.create_server((HOST, port)) as listener, ThreadPoolExecutor(1) as hashing:
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                Sink(connection, hashing).answer_all()


class Sink:
    """One connection, and the blob that it sends."""

    def __init__(self, connection: socket.socket, hashing: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._hashing = hashing
        self._chunks: list[bytearray] = []
        self._digest = hashlib.sha256()

    def answer_all(self) -> None:
        while head := self._read_head():
            match head[: head.index(b" ")]:
                case b"POST":
                    self._chunks, self._digest = [], hashlib.sha256()
                    self._send("202 Accepted", location=True)
                case b"PATCH":
                    self._keep(content_length_of(head))
                    self._send("202 Accepted", location=True)
                case b"PUT":
                    self._check(head)
                    self._send("201 Created", location=True)
                case _:
                    self._send("200 OK", self._chunks)

    def _read_head(self) -> bytes:
        """Return a head; no body has arrived with it: the client sends that after its head."""
        self._rest = b""
        while END_OF_HEAD not in self._rest:
            if not (piece := self._connection.recv(READ_BYTES)):
                return b""
            self._rest += piece

        head, _, self._rest = self._rest.partition(END_OF_HEAD)
        return head

    def _keep(self, length: int) -> None:
        chunk = bytearray(length)
        view = memoryview(chunk)
        start = len(self._rest)
        view[:start] = self._rest
        while start < length:
            start += self._connection.recv_into(view[start:])

        self._chunks.append(chunk)
        self._hashing.submit(self._digest.update, chunk)

    def _check(self, head: bytes) -> None:
        digest = self._hashing.submit(self._digest.hexdigest).result()
        if digest.encode() not in head:
            raise ValueError(f"expected the digest {digest}, found {head[:300]!r}")

    def _send(
        self,
        status: str,
        body: list[bytearray] | None = None,
        *,
        location: bool = False,
    ) -> None:
        length = sum(map(len, body or []))
        field = f"Location: {LOCATION}\r\n" if location else ""
        head = f"HTTP/1.1 {status}\r\n{field}Content-Length: {length}\r\n\r\n"
        self._connection.sendall(head.encode())
        for chunk in body or []:
            self._connection.sendall(chunk)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
