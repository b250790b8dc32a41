"""Servers on a socket of this machine, to compare calls in memory with."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.types import WSGIApplication

from werkzeug.serving import WSGIRequestHandler, make_server


class QuietHandler(WSGIRequestHandler):
    """werkzeug's handler without its log."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - the name is werkzeug's
        pass


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def serve_app(app: WSGIApplication) -> Iterator[str]:
    """Serve `app`; return its netloc."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    with serving(server):
        yield f"127.0.0.1:{server.port}"


@contextmanager
def hanging_up(payload: bytes) -> Iterator[str]:
    """Return the URL of a server that reads a request's head, writes `payload` and closes."""

    class HangUpHandler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(payload)

    # aiohttp itself tries once more without a response: the server takes several connections
    server = socketserver.TCPServer(("127.0.0.1", 0), HangUpHandler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_address[1]}/"


class ServerOfSilence(socketserver.ThreadingTCPServer):
    """A server whose connections end when their clients close them."""

    daemon_threads = True


@contextmanager
def silent(payload: bytes) -> Iterator[str]:
    """Return the URL of a server that reads a request's head, writes `payload` and no more."""

    class SilentHandler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(payload)
            self.rfile.read()

    server = ServerOfSilence(("127.0.0.1", 0), SilentHandler)
    with serving(server):
        yield f"http://127.0.0.1:{server.server_address[1]}/"
