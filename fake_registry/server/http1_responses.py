"""Writes WSGI responses (PEP 3333) to a connection as HTTP/1.1 (RFC 9112)."""

import socket
import time
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from werkzeug.exceptions import ClientDisconnected

from fake_registry.wsgi import encode_date

if TYPE_CHECKING:
    from fake_registry.server.http1_requests import RequestHead

SERVER_NAME = "fake-registry"
"""The Server header of an app that sets none."""

SMALL_BYTES = 1 << 16
"""Up to this size the parts of a response are joined for one system call; copies cost more above."""

_SLICE_BYTES = 1 << 20
"""The most that one system call sends of a longer part. Each call has the connection's time limit
for itself, and ends once the client has read a part of what it is sent."""

_TLS_SLICE_BYTES = 1 << 18
"""Through TLS a call ends only when all of its bytes are sent."""

_BODILESS_STATUSES = ("204", "304")

_Raised: TypeAlias = tuple[type[BaseException], BaseException, TracebackType]
_ExcInfo: TypeAlias = _Raised | tuple[None, None, None]


class Response:
    """One response: takes the app's status, headers and pieces, frames them and sends them."""

    def __init__(
        self,
        connection: socket.socket,
        request: "RequestHead | None",
        *,
        reusable: Callable[[], bool],
    ) -> None:
        """`reusable` is called when the head is sent: it returns whether the connection may serve
        another request. `request` is None where none could be read."""
        self._connection = connection
        self._request = request
        self._reusable = reusable
        self._status: str | None = None
        self._headers: list[tuple[str, str]] = []
        self._chunked = False
        self._left: int | None = None  # bytes announced in Content-Length and not yet sent
        self.server_headers = _server_headers()
        """The headers that are added unless the app sets them. An app may empty it."""
        self.bodiless = self._head_only = request is not None and request.method == "HEAD"
        self.sent_bytes = 0
        """The bytes of the body that were sent."""
        self.head_sent = False
        self.keep_alive = False

    @property
    def started(self) -> bool:
        """Whether the app has called `start`."""
        return self._status is not None

    @property
    def status(self) -> int | None:
        """The status that was sent, None where the head was not."""
        return int(self._status[:3]) if self.head_sent and self._status is not None else None

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: _ExcInfo | None = None, /
    ) -> Callable[[bytes], None]:
        """PEP 3333's start_response."""
        if exc_info is None and self._status is not None:
            raise RuntimeError("the app called start_response twice")
        if exc_info is not None and exc_info[1] is not None and self.head_sent:
            raise exc_info[1].with_traceback(exc_info[2])
        self._status, self._headers = status, headers
        return self.write

    def write(self, piece: bytes) -> None:
        """Send a piece of the body, and before it the head if that is still to be sent. An empty
        piece has no effect."""
        if piece:
            self._send(piece)

    def flush(self) -> None:
        """Send the head, if the app has given one and it is still to be sent."""
        if self._status is not None and not self.head_sent:
            self._send(b"")

    def finish(self) -> None:
        """Send the rest of the framing. After a body shorter than its Content-Length the connection
        closes: nothing else shows the client that no more will come."""
        if not self.head_sent:
            self._send(b"")
        if self._chunked:
            _send_all(self._connection, b"0\r\n\r\n")
        if self._left:
            self.keep_alive = False

    def fail(self, status: int, text: str) -> None:
        """Answer with plain text unless the head has been sent; the connection closes anyway."""
        self.keep_alive = False
        if self.head_sent:
            return

        body = f"{text}\n".encode()
        self._reusable = lambda: False
        self._status = f"{status} {HTTPStatus(status).phrase}"
        self._headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
        ]
        self.server_headers = _server_headers()
        self._send(body)

    def invite(self) -> None:
        """Ask a client that waits with its body to send it; without effect once it has its answer
        (RFC 9110 §10.1.1)."""
        if not self.head_sent:
            _send_all(self._connection, b"HTTP/1.1 100 Continue\r\n\r\n")

    def _send(self, piece: bytes) -> None:
        head = b"" if self.head_sent else self._compose_head()

        if self.bodiless:
            piece = b""
        elif self._left is not None:
            excess = len(piece) - self._left
            if excess > 0:
                raise ValueError(f"the body is {excess} bytes longer than its Content-Length")
            self._left -= len(piece)

        self.head_sent = True
        if self._chunked and piece:
            _send_all(self._connection, head + b"%x\r\n" % len(piece), piece, b"\r\n")
        else:
            _send_all(self._connection, head, piece)
        self.sent_bytes += len(piece)

    def _compose_head(self) -> bytes:
        if self._status is None:
            raise RuntimeError("the app did not call start_response")
        headers = list(self._headers)
        given = {name.lower(): value for name, value in headers}
        if "transfer-encoding" in given:
            raise ValueError("an app may not set Transfer-Encoding (PEP 3333, Other HTTP Features)")

        self.bodiless = self._head_only or self._status.startswith(_BODILESS_STATUSES)
        self.keep_alive = self._reusable() and given.get("connection", "").lower() != "close"

        headers += [item for item in self.server_headers.items() if item[0].lower() not in given]
        if not self.bodiless:
            self._frame(headers, given.get("content-length"))
        if "connection" not in given:
            # HTTP/1.1 needs no keep-alive, but ACR and nginx send it (acr-behaviour 2.1)
            headers.append(("Connection", "keep-alive" if self.keep_alive else "close"))
        return self._encode_head(headers)

    def _encode_head(self, headers: list[tuple[str, str]]) -> bytes:
        lines = [f"HTTP/1.1 {self._status}", *(f"{name}: {value}" for name, value in headers)]
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("a status or header of the app contains a line break")
        return "\r\n".join([*lines, "\r\n"]).encode("latin-1")

    def _frame(self, headers: list[tuple[str, str]], length: str | None) -> None:
        self._left, self._chunked = None, False  # a head that could not be sent may have set them
        if length is not None:
            self._left = int(length)
        elif self._request is not None and self._request.version == "HTTP/1.1":
            self._chunked = True
            headers.append(("Transfer-Encoding", "chunked"))
        else:
            self.keep_alive = False  # HTTP/1.0: the body ends with the connection


def _server_headers() -> dict[str, str]:
    return {"Server": SERVER_NAME, "Date": encode_date(int(time.time()))}


def _send_all(connection: socket.socket, *parts: bytes) -> None:
    try:
        if sum(map(len, parts)) <= SMALL_BYTES:
            connection.sendall(b"".join(parts))
        else:
            for part in parts:
                _send_long(connection, part)
    except OSError as error:
        raise ClientDisconnected("the peer hung up before it had its response") from error


def _send_long(connection: socket.socket, part: bytes) -> None:
    most = _SLICE_BYTES if type(connection) is socket.socket else _TLS_SLICE_BYTES
    view = memoryview(part)
    start = 0
    while start < len(view):
        start += connection.send(view[start : start + most])
