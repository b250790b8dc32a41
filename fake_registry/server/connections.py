"""The threaded server: `ConnectionHandler` serves one connection, `Listener` accepts and ends all of them.

Both are werkzeug's, made fit for a registry. Werkzeug 3.1 closes the connection after each
response, does TLS handshakes in the accepting thread, calls `sys.exit` on a taken port, prints
tracebacks, and polls for a stop.
"""

import io
import selectors
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import ClientDisconnected, HTTPException
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from fake_registry.server.http1_bodies import PIECE_BYTES, InputStream, MalformedBody
from fake_registry.server.http1_requests import read_head
from fake_registry.server.http1_responses import SERVER_NAME, Response
from fake_registry.server.pauses import complete, wait_for_end
from fake_registry.wsgi import PAUSES, SERVER_HEADERS, ConnectionDropped, Pause

if TYPE_CHECKING:
    import ssl
    from wsgiref.types import WSGIApplication, WSGIEnvironment

MAX_DRAINED_BYTES = 64 << 20
"""The most that is read of a body that the app left unread, so that the connection can be kept.

The Azure SDK sends each request first without a token, 4 MiB at a time; others send whole layers.
On loopback 64 MiB take less than 0.1 s, and a client that sends more can connect again."""

HANDSHAKE_SECONDS = 5.0
"""The time for a TLS handshake, which blocks only the thread of its connection."""

LINGER_SECONDS = 1.0
"""The time for which a connection is read after the last answer: see `ConnectionHandler._linger`."""


class ConnectionHandler(WSGIRequestHandler):
    """One connection: request after request, in a thread of its own."""

    server: "Listener"
    connection: socket.socket
    rfile: io.BufferedReader
    disable_nagle_algorithm = True
    rbufsize = 1 << 16

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request.settimeout(HANDSHAKE_SECONDS)
            self.request.do_handshake()
            self.request.settimeout(None)
        super().setup()

    def handle_one_request(self) -> None:
        self.close_connection = True
        try:
            head = read_head(self.rfile)
        except HTTPException as refusal:
            self.server.note(f"refused a request: {refusal.code} {refusal.description}")
            with suppress(ClientDisconnected):
                Response(self.connection, None, reusable=lambda: False).fail(
                    refusal.code or 400, str(refusal.description)
                )
            self._linger()
            return
        if head is not None:
            self.request_head = head
            self.run_wsgi()

    def run_wsgi(self) -> None:
        head = self.request_head

        def is_reusable() -> bool:
            return head.keep_alive and body.drainable(MAX_DRAINED_BYTES)

        response = Response(self.connection, head, reusable=is_reusable)
        invite = response.invite if head.expects_continue else None
        body = InputStream(self.rfile, head.body_bytes, invite=invite)

        try:
            self._run_app(self._environ_of(body, response), response)
        except ConnectionDropped:
            # A TLS client that is still writing would get another error than one that reads.
            body.drain(MAX_DRAINED_BYTES)
            with suppress(ClientDisconnected):
                response.flush()  # where the app has begun to answer, the body breaks off
            self._reset()
            return
        except (ClientDisconnected, MalformedBody) as error:
            with suppress(ClientDisconnected):
                response.fail(error.code, str(error.description))
        except BaseException as error:  # noqa: BLE001  kept for the test; pytest.fail() is one too
            self.server.keep(error)
            with suppress(ClientDisconnected):
                response.fail(500, f"{type(error).__name__} in the app")
        self.close_connection = not (response.keep_alive and body.drain(MAX_DRAINED_BYTES))
        if not body.finished:
            self._linger()

    def _environ_of(self, body: InputStream, response: Response) -> "WSGIEnvironment":
        return {
            **self.make_environ(),
            "wsgi.input": body,
            PAUSES: True,
            SERVER_HEADERS: response.server_headers,
        }

    def _run_app(self, environ: "WSGIEnvironment", response: Response) -> None:
        pieces: Iterable[bytes | Pause] = self.server.app(environ, response.start)
        try:
            items = iter(pieces)
            for piece in items:
                if isinstance(piece, Pause):
                    response.flush()
                    if not self.server.wait(piece, self.connection):
                        complete(items, piece, lambda: response.started)
                        raise ConnectionDropped("the client hung up during a pause")
                    continue
                response.write(piece)
                if response.bodiless:
                    break
            response.finish()
        finally:
            if hasattr(pieces, "close"):
                pieces.close()

    def make_environ(self) -> "WSGIEnvironment":
        host, port = self.server.server_address[:2]
        return {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http" if self.server.tls is None else "https",
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "SERVER_SOFTWARE": SERVER_NAME,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_head.version,
            "REMOTE_ADDR": self.client_address[0],
            "REMOTE_PORT": self.client_address[1],
            "REQUEST_METHOD": self.request_head.method,
            "SCRIPT_NAME": "",
            **self.request_head.variables,
        }

    def _linger(self) -> None:
        """Half-close the connection, and read on for a while.

        Closing a socket with unread bytes makes TCP reset the connection, which can destroy the
        answer before the client has read it (RFC 9112 §9.6).
        """
        with suppress(OSError):
            self.server.half_close(self.connection)
            self.connection.settimeout(LINGER_SECONDS)
            left = MAX_DRAINED_BYTES
            # Not through TLS, which is closed: these bytes are discarded.
            while left > 0 and (piece := socket.socket.recv(self.connection, PIECE_BYTES)):
                left -= len(piece)

    def _reset(self) -> None:
        """Break the connection with a reset: to linger for zero seconds sends RST (socket(7))."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()  # the file shares the descriptor, which closes with the last of the two
        self.server.close_request(self.connection)


class Listener(ThreadedWSGIServer):
    """The listening socket, the loop of the accepting thread, and every open connection."""

    def __init__(
        self,
        listening: socket.socket,
        app: "WSGIApplication",
        *,
        tls: "ssl.SSLContext | None",
        keep: Callable[[BaseException], None],
        note: Callable[[str], None],
    ) -> None:
        """Owns `listening`. `keep` gets each exception of the app, `note` a line on other failures."""
        host, port = listening.getsockname()[:2]
        listening.settimeout(0)  # a client can be gone again between select and accept
        super().__init__(host, port, app, ConnectionHandler, fd=listening.fileno())
        listening.close()
        self.tls = tls
        self.keep = keep
        self.note = note
        self._wake, self._woken = socket.socketpair()
        self._closing = threading.Lock()
        self._stopping = threading.Event()
        # Written by the accepting thread alone, and read by the stopping one after that has ended.
        self._live: dict[threading.Thread, socket.socket] = {}

    def accept_connections(self) -> None:
        """Serve until `wake` is called: `serve_forever` without polling."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while all(key.fileobj is self.socket for key, _ in selector.select()):
                try:
                    self.process_request(*self.get_request())
                except OSError as error:  # the client is gone, or there is no descriptor left
                    self.note(f"lost a connection before its first request: {error}")

    def close(self) -> None:
        """Close the listener's own sockets; without effect on closed ones."""
        self.server_close()
        self._wake.close()
        self._woken.close()

    def wake(self) -> None:
        """Make `accept_connections` return. Pauses end now, or with `cut` at the latest."""
        self._stopping.set()
        self._wake.close()

    def wait(self, pause: Pause, connection: socket.socket) -> bool:
        """Wait in the calling thread as `wait_for_end` does. `wake` and `cut` end the wait."""
        return wait_for_end(pause, connection, self._stopping)

    def cut(self, *, within_seconds: float) -> None:
        """Stop listening, cut every connection and wait for their threads.

        To be called after `accept_connections` has returned. A thread that is busy in the app for
        longer than that is left behind; it is a daemon.
        """
        self.close()
        deadline = time.monotonic() + within_seconds
        for connection in self._live.values():
            with self._closing, suppress(OSError):  # closed already
                _shutdown(connection, socket.SHUT_RDWR)
        for thread in self._live:
            thread.join(max(0.0, deadline - time.monotonic()))

    def get_request(self) -> tuple[Any, Any]:  # Any: as in typeshed
        connection, address = super().get_request()
        connection.settimeout(None)  # some systems hand the listening socket's mode down
        if self.tls is not None:  # no I/O yet: the handshake is done in the handler's thread
            wrap = partial(self.tls.wrap_socket, server_side=True, do_handshake_on_connect=False)
            connection = wrap(connection)
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:
        self._live = {one: socket for one, socket in self._live.items() if one.is_alive()}
        thread = threading.Thread(
            target=self.process_request_thread,
            args=(request, client_address),
            name=f"{SERVER_NAME} connection from port {client_address[1]}",
            daemon=True,
        )
        try:
            thread.start()
        except RuntimeError as error:  # no thread could be started: this connection is lost
            self.keep(error)
            self.shutdown_request(request)
            return
        self._live[thread] = request

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  inherited
        """Note a failure of the peer or the network (`OSError`); keep any other, a bug."""
        error = sys.exception()
        if isinstance(error, OSError):
            self.note(f"lost a connection: {error}")
        elif error is not None:
            self.keep(error)

    def shutdown_request(self, request: Any) -> None:
        with suppress(OSError):
            self.half_close(request)
        self.close_request(request)

    def close_request(self, request: Any) -> None:
        with self._closing:
            request.close()

    def half_close(self, connection: socket.socket) -> None:
        """Announce that nothing more will be sent: first in TLS (RFC 8446 §6.1), then in TCP."""
        if self.tls is not None:
            connection.settimeout(0)  # or unwrap would wait for the peer's announcement
            # the peer's half is missing, or no handshake took place
            with suppress(OSError, ValueError):
                connection.unwrap()  # type: ignore[attr-defined]  # an SSLSocket, not imported here
        _shutdown(connection, socket.SHUT_WR)


def _shutdown(connection: socket.socket, how: int) -> None:
    # Not `connection.shutdown`: an SSLSocket's drops its TLS state while another thread reads.
    socket.socket.shutdown(connection, how)
