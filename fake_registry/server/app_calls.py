"""Calls of a WSGI app (PEP 3333): environs of requests, and the sending of answers."""

import socket
import sys
from typing import TYPE_CHECKING

from fake_registry.server.http1_bodies import InputStream
from fake_registry.server.http1_requests import RequestHead
from fake_registry.server.http1_responses import SERVER_NAME, Response
from fake_registry.server.pauses import complete, wait_for_end
from fake_registry.server.serving import Serving
from fake_registry.wsgi import FINISHING, PAUSES, SERVER_HEADERS, ConnectionDropped, Pause

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import WSGIEnvironment


def environ_of(
    serving: Serving,
    head: RequestHead,
    body: InputStream,
    response: Response,
    *,
    client: tuple[object, ...],
) -> "WSGIEnvironment":
    """Return the environ of a request from the address `client`."""
    return {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http" if serving.tls is None else "https",
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "SERVER_SOFTWARE": SERVER_NAME,
        "SERVER_NAME": serving.host,
        "SERVER_PORT": str(serving.port),
        "SERVER_PROTOCOL": head.version,
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": client[1],
        "REQUEST_METHOD": head.method,
        "SCRIPT_NAME": "",
        **head.variables,
        PAUSES: True,
        FINISHING: serving.finishing.is_set,
        SERVER_HEADERS: response.server_headers,
    }


def run_app(
    serving: Serving,
    environ: "WSGIEnvironment",
    response: Response,
    connection: socket.socket,
) -> None:
    """Send the answer of the app. ConnectionDropped if the client hangs up during a pause."""
    pieces: Iterable[bytes | Pause] = serving.app(environ, response.start)
    try:
        items = iter(pieces)
        for piece in items:
            if isinstance(piece, Pause):
                response.flush()
                if not wait_for_end(piece, connection, serving.stopping):
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
