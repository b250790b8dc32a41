"""`WsgiTarget`: requests to a WSGI app in the same thread."""

import io
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

from fake_registry.wsgi import ConnectionDropped
from pytest_acr.harness.messages import RawRequest, RawResponse, TargetFailed
from pytest_acr.harness.redirects import MAX_REDIRECTS, redirect_of, without_authorization

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_HOST: Final = "localhost"
_WITHOUT_PREFIX: Final = ("CONTENT_TYPE", "CONTENT_LENGTH")
"""Headers that have a key of their own: PEP 3333, environ Variables."""


class WsgiTarget:
    """A WSGI app, called directly: the scheme is http and the host `localhost`."""

    def __init__(self, app: "WSGIApplication") -> None:
        """Send requests to `app`."""
        self._app = app

    def send(self, request: RawRequest) -> RawResponse:
        """Return the app's response, after redirects of GET and HEAD. TargetFailed.

        Other exceptions of the app are raised as they are.
        """
        host, path = _HOST, request.path
        for redirects in range(MAX_REDIRECTS):
            response = self._call(request, host, path)
            location = redirect_of(request, response)
            if location is None:
                return replace(response, redirected=True) if redirects else response
            url = _url_of(location)
            if url.netloc not in ("", host):
                request = without_authorization(request)
            host = url.netloc or host
            path = url.path + (f"?{url.query}" if url.query else "")
        raise TargetFailed(f"expected at most {MAX_REDIRECTS} redirects, found more")

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def _call(self, request: RawRequest, host: str, path: str) -> RawResponse:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str,
            headers: list[tuple[str, str]],
            _exc_info: object = None,
        ) -> Callable[[bytes], object]:
            started[:] = [(status, headers)]
            return _no_write

        try:
            body = _body_of(self._app(_environ_of(request, host, path), start_response))
        except ConnectionDropped as dropped:
            expected = "expected a whole response"
            raise TargetFailed(f"{expected}, found the end of the connection: {dropped}") from None

        (status, headers), *_ = started
        return RawResponse(int(status[:3]), tuple(headers), body)


def _body_of(pieces: Iterable[bytes]) -> bytes:
    try:
        return b"".join(pieces)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


def _environ_of(request: RawRequest, host: str, target: str) -> dict[str, Any]:  # Any: WSGI's values
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": target,
        "SERVER_NAME": _HOST,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        environ[key if key in _WITHOUT_PREFIX else f"HTTP_{key}"] = value
    return environ


def _no_write(_: bytes) -> object:
    raise TargetFailed("the app called write(), which PEP 3333 keeps for old frameworks")


def _url_of(location: str) -> SplitResult:
    """Return the parts of a redirect's URL. TargetFailed."""
    try:
        return urlsplit(location)
    except ValueError as error:
        raise TargetFailed(f"expected a redirect to a URL, found another: {error}") from None
