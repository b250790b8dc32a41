"""One HTTP call to a WSGI application in this process: client and server of PEP 3333 in one.

Where an HTTP client's choice is visible to a server, `environ` and `framing` choose as requests
does. Where the wire limits what a client sees (no body after HEAD, none beyond Content-Length), so
does this module. It knows no class of azure-core or requests: see `in_process`, `responses` and
`requests_session`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain
from math import isinf
from typing import TYPE_CHECKING, Any, NamedTuple

from fake_registry.wsgi import ConnectionDropped, Pause
from pytest_acr.transports.bodies import PIECE_BYTES, Reader, ResponseBody, cut_to_length
from pytest_acr.transports.environ import PORT_TEXTS, environ_of
from pytest_acr.transports.framing import add_body
from pytest_acr.transports.pauses import EndlessPause, Patience, ReadTimedOut, Silence

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

Apps = Mapping[str, "WSGIApplication"]
"""Host name -> the application that serves it.

Names are in lower case, with the port if it is not the default of the scheme.
"""


class UnknownHost(Exception):
    """No application serves the host of a URL."""


class WsgiRequest(NamedTuple):
    """A request with its body in the environ, and the application it is for."""

    app: "WSGIApplication"
    environ: "WSGIEnvironment"


class WsgiResponse(NamedTuple):
    """A response: header fields in their order, repeated ones separate, and a body not read yet."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: ResponseBody


def request_of(
    apps: Apps,
    method: str,
    url: str,
    headers: Mapping[str, str | bytes],
    data: object,
    files: object = None,
    *,
    prepared: bool = False,
) -> WsgiRequest:
    """Return a request to the application for the host of `url`.

    `data` and `files` are of the kinds that requests takes under these names: bytes, str, a form as
    a mapping, a file object or an iterable of bytes. Streams are read when the application reads
    its input. requests has made a `prepared` URL. Raises `UnknownHost`.
    """
    environ = environ_of(method, url, headers, prepared=prepared)
    app = _app_for(apps, environ)
    add_body(environ, data, files)
    return WsgiRequest(app, environ)


def call(request: WsgiRequest, patience: Patience) -> WsgiResponse:
    """Send `request` and wait for its response.

    Raises `ReadTimedOut` or `EndlessPause` as `Silence` does, and what the application raises:
    `ConnectionDropped` means that the connection broke before the response began. A bug of the
    application replaces a timeout, and becomes the context of an interruption from outside, such
    as KeyboardInterrupt.
    """
    running = RunningCall(request)
    silence: Silence | None = None  # most responses come at once

    try:
        while (pause := running.advance()) is not None:
            silence = silence or Silence(patience)
            patience.clock.wait(silence.seconds_of(pause))
    except BaseException as ending:
        running.finish_after(ending)
        raise

    return running.respond(patience)


def _app_for(apps: Apps, environ: "WSGIEnvironment") -> "WSGIApplication":
    # Not HTTP_HOST: it may be the caller's own Host header.
    host, port = environ["SERVER_NAME"], environ["SERVER_PORT"]
    netloc = host if port == PORT_TEXTS[environ["wsgi.url_scheme"]] else f"{host}:{port}"
    if netloc in apps:
        return apps[netloc]

    known = ", ".join(sorted(apps)) or "none"
    reason = f"no registry serves host {netloc!r}, known: {known}"
    remedy = _remedy_for(netloc)
    raise UnknownHost(f"{reason}; no socket is opened in memory mode{remedy}")


def _remedy_for(host: str) -> str:
    from pytest_acr.remedies import settings_of_host  # an error alone needs the settings

    settings = settings_of_host(host)
    return "" if settings is None else f"; @pytest.mark.acr({settings}) makes a fake of this name"


class _Start:
    """The `start_response` of one call."""

    __slots__ = ("headers", "items", "sent", "status")

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.items: list[bytes | Pause] = []
        """Written, or yielded together with the start."""
        self.sent = False

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: "ExcInfo | None" = None, /
    ) -> Callable[[bytes], object]:
        if exc_info and exc_info[1] and self.sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if self.status and not exc_info:
            raise AssertionError("start_response was called twice without exc_info")

        self.status, self.headers = status, headers
        return self.items.append


class RunningCall:
    """An application at work on a request: call `advance` until it returns None, then `respond`."""

    __slots__ = ("_closed", "_endless", "_environ", "_items", "_release", "_response", "_start")

    def __init__(self, request: WsgiRequest) -> None:
        self._environ = request.environ
        self._start = _Start()
        response: Iterable[bytes | Pause] = request.app(request.environ, self._start)
        self._response = response
        self._release: Callable[[], object] | None = getattr(response, "close", None)
        self._items = iter(response)
        self._endless = False
        self._closed = False

    def advance(self) -> Pause | None:
        """Run the application on. Return the next pause before `start_response`, None after it."""
        while not self._start.status:
            item = self._next_item()
            if isinstance(item, Pause) and not self._start.status:
                self._endless = isinf(item.seconds)
                return item
            self._start.items.append(item)

        return None

    def respond(self, patience: Patience) -> WsgiResponse:
        """Return the response that has started, and use up the request's body before."""
        try:
            _drain(self._environ["wsgi.input"])
            code, _, reason = self._start.status.partition(" ")
            status, length = int(code), _content_length_of(self._start.headers)
        except BaseException:
            self.close()
            raise

        self._start.sent = True
        body = self._body(status, length, patience)
        return WsgiResponse(status, reason, self._start.headers, body)

    def finish(self) -> None:
        """Run the application up to `start_response` without waiting, then close it.

        So does a server whose client has hung up: it completes the work, and only then fails to
        send the response.
        """
        with suppress(ConnectionDropped):
            while not self._closed:
                if self._endless or self.advance() is None:
                    self.close()

    def finish_after(self, ending: BaseException) -> None:
        """Finish the application after `ending`, which the caller raises again.

        A bug of the application is raised instead of a client's timeout, which clients retry. It
        becomes the context of anything else, such as a cancellation.
        """
        if isinstance(ending, ReadTimedOut | EndlessPause):
            self.finish()
            return
        with errors_as_context_of(ending):
            self.finish()

    def close(self) -> None:
        """Close the application's response. A second call has no effect."""
        self._closed, release, self._release = True, self._release, None
        if release is not None:
            release()

    def _next_item(self) -> bytes | Pause:
        """Return the next item, an empty piece at the end of a response that has started."""
        try:
            item = next(self._items, None)
        except BaseException:
            self.close()
            raise

        if item is None and not self._start.status:
            self.close()
            raise AssertionError("the application ended without calling start_response")
        return b"" if item is None else item

    def _body(self, status: int, length: int | None, patience: Patience) -> ResponseBody:
        if self._environ["REQUEST_METHOD"] == "HEAD" or status in (204, 304) or status < 200:
            self.close()
            return ResponseBody((), None, patience)

        if not self._start.items and _is_complete(self._response, length):
            return ResponseBody(self._response, None, patience)

        items = chain(self._start.items, self._items)
        body = ResponseBody(cut_to_length(items, length), self._release, patience)
        if 200 <= status < 300:
            return body
        # azure-core leaves errors and redirects unread: nothing of the application stays open.
        return body.load()


def _is_complete(response: Iterable[object], length: int | None) -> bool:
    """Return whether a response is in memory, and is what a client sees under a Content-Length of
    `length`."""
    if type(response) is not tuple or len(response) != 1:
        return False

    [piece] = response
    return type(piece) is bytes and piece != b"" and length in (None, len(piece))


@contextmanager
def errors_as_context_of(ending: BaseException) -> Iterator[None]:
    """Make an error that is raised in the block the context of `ending`, and raise neither.

    A connection that the application drops is no error here: the client has hung up already.
    """
    try:
        yield
    except ConnectionDropped:
        pass
    except Exception as bug:  # noqa: BLE001  reported as the context
        bug.__context__, ending.__context__ = ending.__context__, bug


def _drain(stream: Any) -> None:  # Any: `BytesIO` or `Reader`
    """Use up a request's body: over a socket it is sent before the response is read."""
    if isinstance(stream, Reader):
        for _ in iter(partial(stream.read, PIECE_BYTES), b""):
            pass


def _content_length_of(headers: list[tuple[str, str]]) -> int | None:
    for name, value in headers:
        if len(name) == 14 and name.lower() == "content-length":  # most names need no `lower`
            return int(value)
    return None
