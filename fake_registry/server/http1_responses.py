"""HTTP/1.1 responses onto the wire (RFC 9112), out of WSGI's terms (PEP 3333)."""

import time
from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from werkzeug.exceptions import ClientDisconnected

if TYPE_CHECKING:
    import socket

    from fake_registry.server.http1_requests import RequestHead

SERVER_NAME = "fake-registry"
"""The Server header of an app that sets none."""

SMALL_BYTES = 1 << 16
"""Up to here the parts of a response are joined and leave in one system call; above, the copy costs more."""

_BODILESS_STATUSES = ("204", "304")

_ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class Response:
    """One response on its way out: takes the app's status, headers and pieces, and frames them."""

    def __init__(
        self, connection: "socket.socket", request: "RequestHead | None", *, reusable: Callable[[], bool]
    ) -> None:
        """`reusable` is asked when the head leaves: whether the connection may serve another request after this.

        `request` is None where none could be read."""
        self._connection = connection
        self._request = request
        self._reusable = reusable
        self._status: str | None = None
        self._headers: list[tuple[str, str]] = []
        self._chunked = False
        self._left: int | None = None  # bytes announced in Content-Length and not yet sent
        self.bodiless = self._head_only = request is not None and request.method == "HEAD"
        self.head_sent = False
        self.keep_alive = False

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
        """Send a piece of the body, after the head if that has not left yet. Without bytes nothing happens."""
        if piece:
            self._send(piece)

    def flush(self) -> None:
        """Send the head, if the app has given one and it has not left yet."""
        if self._status is not None and not self.head_sent:
            self._send(b"")

    def finish(self) -> None:
        """Send what is still due. A body shorter than its Content-Length costs the connection: nothing else tells the
        client that there is no more to come, and a fault that truncates a response wants just that."""
        if not self.head_sent:
            self._send(b"")
        if self._chunked:
            _send_all(self._connection, b"0\r\n\r\n")
        if self._left:
            self.keep_alive = False

    def fail(self, status: int, text: str) -> None:
        """Answer with plain text where nothing has left yet; the connection closes either way."""
        self.keep_alive = False
        if self.head_sent:
            return
        self._reusable = lambda: False
        self._status = f"{status} {HTTPStatus(status).phrase}"
        body = f"{text}\n".encode()
        self._headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        self._send(body)

    def invite(self) -> None:
        """Tell a client that waits with its body to send it; too late once it has its answer (RFC 9110 §10.1.1)."""
        if not self.head_sent:
            _send_all(self._connection, b"HTTP/1.1 100 Continue\r\n\r\n")

    def _send(self, piece: bytes) -> None:
        head = b"" if self.head_sent else self._compose_head()
        if self.bodiless:
            piece = b""
        elif self._left is not None:
            if len(piece) > self._left:
                raise ValueError(f"the body is {len(piece) - self._left} bytes longer than its Content-Length so far")
            self._left -= len(piece)
        self.head_sent = True
        if self._chunked and piece:
            _send_all(self._connection, head + b"%x\r\n" % len(piece), piece, b"\r\n")
        else:
            _send_all(self._connection, head, piece)

    def _compose_head(self) -> bytes:
        if self._status is None:
            raise RuntimeError("the app did not call start_response")
        self.bodiless = self._head_only or self._status.startswith(_BODILESS_STATUSES)
        headers = list(self._headers)
        given = {name.lower(): value for name, value in headers}
        if "transfer-encoding" in given:
            raise ValueError("Transfer-Encoding is the server's to choose (PEP 3333, Other HTTP Features)")
        if "server" not in given:
            headers.append(("Server", SERVER_NAME))
        if "date" not in given:
            headers.append(("Date", _date_of(int(time.time()))))
        self.keep_alive = self._reusable() and given.get("connection", "").lower() != "close"
        if not self.bodiless:
            self._frame(headers, given.get("content-length"))
        if "connection" not in given:
            # HTTP/1.1 needs no keep-alive; ACR and nginx say it all the same (acr-behaviour 2.1)
            headers.append(("Connection", "keep-alive" if self.keep_alive else "close"))
        lines = [f"HTTP/1.1 {self._status}", *(f"{name}: {value}" for name, value in headers)]
        if any("\r" in line or "\n" in line for line in lines):
            raise ValueError("a status or header of the app contains a line break")
        return "\r\n".join([*lines, "\r\n"]).encode("latin-1")

    def _frame(self, headers: list[tuple[str, str]], length: str | None) -> None:
        self._left, self._chunked = None, False  # a head that failed to leave may have set them
        if length is not None:
            self._left = int(length)
        elif self._request is not None and self._request.version == "HTTP/1.1":
            self._chunked = True
            headers.append(("Transfer-Encoding", "chunked"))
        else:
            self.keep_alive = False  # HTTP/1.0: the end of the connection is the end of the body


@lru_cache(maxsize=2)
def _date_of(second: int) -> str:
    """RFC 9110 §5.6.7; many responses leave in one second."""
    return formatdate(second, usegmt=True)


def _send_all(connection: "socket.socket", *parts: bytes) -> None:
    try:
        if sum(map(len, parts)) <= SMALL_BYTES:
            connection.sendall(b"".join(parts))
        else:
            for part in parts:
                connection.sendall(part)
    except OSError as error:
        raise ClientDisconnected("the peer hung up before it had its response") from error
