"""`ServedConnection`: serves one client, request after request, in a thread of its own."""

import io
import selectors
import socket
import struct
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from werkzeug.exceptions import ClientDisconnected, HTTPException

from fake_registry.server.app_calls import environ_of, run_app
from fake_registry.server.events import Answered, Note, peer_text
from fake_registry.server.http1_bodies import PIECE_BYTES, InputStream, MalformedBody
from fake_registry.server.http1_requests import RequestHead, read_head
from fake_registry.server.http1_responses import Response
from fake_registry.server.serving import Serving
from fake_registry.server.timeouts import ConnectionInput, limit_waits
from fake_registry.wsgi import ConnectionClosed, ConnectionDropped

if TYPE_CHECKING:
    import ssl
    from wsgiref.types import WSGIEnvironment

MAX_DRAINED_BYTES = 64 << 20
"""The most that is read of a body that the app left unread, so that the connection can be kept.

The Azure SDK sends each request first without a token, 4 MiB at a time; others send whole layers.
On loopback 64 MiB take less than 0.1 s, and a client that sends more can connect again."""

_BUFFER_BYTES: Final = 1 << 16

_SEND_BUFFER_BYTES: Final = 3 << 17
"""The kernel's buffer for what the client has not read yet. Left alone it grows beyond the caches of
the processor: with this size a large blob arrives up to 1.7 times as fast over loopback."""

_PLAIN_HTTP: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\r\n"
"""The first bytes of clients that speak plain http, with a method or an empty line."""


class ServedConnection:
    """One connection. It belongs to the thread that calls `serve`, except for `cut` and `finish`."""

    def __init__(
        self,
        accepted: socket.socket,
        address: tuple[object, ...],
        serving: Serving,
    ) -> None:
        """Owns `accepted`, which `serve` and `close` close."""
        self._socket = accepted
        self._secured = False
        self._serving = serving
        self._address = address
        self._peer = peer_text(address)
        self._closing = threading.Lock()
        self._keeps_open = True
        self._under_way = False
        self._began = time.monotonic()

    def serve(self) -> None:
        """Answer requests until the connection ends; close it. Raises nothing."""
        try:
            self._serve_requests()
        except OSError as error:
            self._note(f"lost a connection: {error}")
        except BaseException as error:  # noqa: BLE001  a bug of the server, kept for the test
            self._serving.keep(error, self._peer, None)
        finally:
            self._half_close()
            self.close()

    def cut(self) -> None:
        """Shut the connection down, from another thread; without effect on a closed one."""
        with self._closing, suppress(OSError):
            _shutdown(self._socket, socket.SHUT_RDWR)

    def finish(self) -> None:
        """End the connection, from another thread, unless a request is under way.

        To be called once `finishing` is set: `serve` then returns after the request. Without effect
        while there are bytes to read, which may be a request, and on a closed connection.
        """
        with self._closing, suppress(OSError, ValueError):  # a closed socket cannot be selected
            if not self._under_way and not _is_readable(self._socket):
                _shutdown(self._socket, socket.SHUT_RD)

    def close(self) -> None:
        """Close the socket; without effect on a closed one."""
        with self._closing:
            self._socket.close()

    def _serve_requests(self) -> None:
        # a small packet leaves at once, and does not wait until the last one is acknowledged
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)  # noqa: FBT003
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        if self._serving.tls is not None and not self._begin_tls(self._serving.tls):
            return

        self._input = ConnectionInput(self._socket, self._serving.limits.idle)
        # typeshed's parameter of a BufferedReader is its raw stream, which readers do not see
        self._source = cast(io.BufferedReader, io.BufferedReader(self._input, _BUFFER_BYTES))
        while self._keeps_open and self._find_request():
            self._keeps_open = False
            self._under_way = True
            self._serve_request()
            self._under_way = False
            # read after the line above: `finish` reads the two in the other order
            self._keeps_open = self._keeps_open and not self._serving.finishing.is_set()

    def _begin_tls(self, context: "ssl.SSLContext") -> bool:
        """Take the client's handshake. Return False after a refusal of plain http."""
        deadline = self._began + self._serving.limits.head
        limit_waits(self._socket, self._serving.limits.head)
        first = self._socket.recv(1, socket.MSG_PEEK)
        if first and first in _PLAIN_HTTP:
            self._refuse(400, "a plain http request came to an https port: use https://")
            return False

        with self._closing:
            self._socket = context.wrap_socket(
                self._socket,
                server_side=True,
                do_handshake_on_connect=False,
            )
            self._secured = True
        # the time-out of a handshake is for all of it
        limit_waits(self._socket, deadline - time.monotonic())
        self._socket.do_handshake()
        return True

    def _find_request(self) -> bool:
        """Wait for a request's first byte. Return False if the client hangs up or stays silent."""
        try:
            return bool(self._source.peek(1))
        except TimeoutError:
            return False

    def _serve_request(self) -> None:
        self._began = time.monotonic()
        self._input.begin_deadline(self._serving.limits.head)
        try:
            head = read_head(self._source)
        except TimeoutError:
            limit = self._serving.limits.head
            self._refuse(408, f"the head of a request took longer than {limit:g} s")
        except HTTPException as refusal:
            self._refuse(refusal.code or 400, str(refusal.description))
        else:
            self._input.end_deadline()
            self._answer(head)

    def _refuse(self, status: int, text: str) -> None:
        """Answer a request that the app cannot be called with; the connection ends."""
        self._note(f"refused a request: {status} {text}", status)
        limit_waits(self._socket, self._serving.limits.idle)
        with suppress(ClientDisconnected):
            Response(self._socket, None, reusable=lambda: False).fail(status, text)
        self._linger()

    def _answer(self, head: RequestHead) -> None:
        def is_reusable() -> bool:
            if self._serving.finishing.is_set():
                return False
            return head.keep_alive and body.drainable(MAX_DRAINED_BYTES)

        response = Response(self._socket, head, reusable=is_reusable)
        invite = response.invite if head.expects_continue else None
        body = InputStream(self._source, head.body_bytes, invite=invite)
        environ = environ_of(self._serving, head, body, response, client=self._address)
        try:
            problem = self._call_app(environ, response)
        except ConnectionDropped as dropped:
            self._break_off(response, body, dropped)
            return

        self._report(response, problem)
        self._keeps_open = response.keep_alive and body.drain(MAX_DRAINED_BYTES)
        if not body.finished:
            self._linger()

    def _break_off(
        self,
        response: Response,
        body: InputStream,
        dropped: ConnectionDropped,
    ) -> None:
        """End the connection as the app asks, after the part of its answer that it has given."""
        # A TLS client that is still writing would get another error than one that reads.
        body.drain(MAX_DRAINED_BYTES)
        with suppress(ClientDisconnected):
            response.flush()

        if not isinstance(dropped, ConnectionClosed):
            self._reset()
        elif not body.finished:
            self._linger()
        self._report(response, str(dropped))

    def _call_app(self, environ: "WSGIEnvironment", response: Response) -> str:
        """Send the app's answer. Return the reason if it is not whole, else an empty text."""
        try:
            run_app(self._serving, environ, response, self._socket)
        except ConnectionDropped:
            raise
        except (ClientDisconnected, MalformedBody) as error:
            with suppress(ClientDisconnected):
                response.fail(error.code, str(error.description))
            return str(error.description)
        except BaseException as error:  # noqa: BLE001  kept for the test; pytest.fail() is one too
            text = f"{type(error).__name__} in the app"
            self._serving.keep(error, self._peer, response.status or 500)
            with suppress(ClientDisconnected):
                response.fail(500, text)
            return text
        return ""

    def _report(self, response: Response, problem: str) -> None:
        if self._serving.answered is None:
            return

        self._serving.answered(
            Answered(
                peer=self._peer,
                status=response.status,
                sent_bytes=response.sent_bytes,
                seconds=time.monotonic() - self._began,
                problem=problem,
            )
        )

    def _note(self, text: str, status: int | None = None) -> None:
        seconds = time.monotonic() - self._began
        self._serving.note(Note(text=text, peer=self._peer, status=status, seconds=seconds))

    def _linger(self) -> None:
        """Half-close the connection, and read on for a while.

        Closing a socket with unread bytes makes TCP reset the connection, which can destroy the
        answer before the client has read it (RFC 9112 §9.6).
        """
        self._half_close()
        deadline = time.monotonic() + self._serving.limits.drain
        left = MAX_DRAINED_BYTES
        with suppress(OSError):
            while left > 0 and (seconds := deadline - time.monotonic()) > 0:
                limit_waits(self._socket, seconds)
                # Not through TLS, which is closed: these bytes are discarded.
                piece = socket.socket.recv(self._socket, PIECE_BYTES)
                left -= len(piece) or left

    def _half_close(self) -> None:
        """Announce that nothing more will be sent: first in TLS (RFC 8446 §6.1), then in TCP."""
        with suppress(OSError):
            if self._secured:
                self._socket.settimeout(0)  # or unwrap would wait for the peer's announcement
                # the peer's half is missing, or no handshake took place
                with suppress(OSError, ValueError):
                    self._socket.unwrap()  # type: ignore[attr-defined]  # SSLSocket, as above
            _shutdown(self._socket, socket.SHUT_WR)

    def _reset(self) -> None:
        """Break the connection with a reset: to linger for zero seconds sends RST (socket(7))."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()


def _is_readable(connection: socket.socket) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        return bool(selector.select(0))


def _shutdown(connection: socket.socket, how: int) -> None:
    # Not `connection.shutdown`: an SSLSocket's drops its TLS state while another thread reads.
    socket.socket.shutdown(connection, how)
