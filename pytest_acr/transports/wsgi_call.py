"""One HTTP call to a WSGI application in this process, without a socket: the environ, the call, the answer's body.

It is the client and the server of PEP 3333 in one. Where a real HTTP client decides something a server can see (how a
body is framed, how an odd URL is written), it decides as `requests` does; where a wire limits what a client can see
(no body after HEAD, nothing past Content-Length), it keeps to that. The classes of azure-core and of requests are not
here: see `transports`, `responses` and `session`.
"""

import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote_to_bytes, urlencode

from pytest_acr.transports.bodies import PIECE_BYTES, Body, Reader, measured, reading, remaining

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

Apps = Mapping[str, "WSGIApplication"]
"""Host name, in lower case and with the port if it is not the scheme's own -> the application that answers for it."""

_URL = re.compile(
    r"(https?)://(?:[^/?#@]*@)?([^/?#]*?)(?::([0-9]*))?(/[^?#]*)?(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL
)
_UNUSUAL = re.compile(r"[^A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]|/\.")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


class UnknownHost(Exception):
    """No application answers for the host of a URL."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the header fields in their order, repeated ones apart, and a body that is not read yet."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: Body


def call(apps: Apps, method: str, url: str, headers: Mapping[str, str], data: object, files: object = None) -> Answer:
    """Send one request to the application for its host.

    `data` and `files` are what `requests` takes under these names: bytes, str, a form as a mapping, a file object or an
    iterable of bytes; streams are read piece by piece as the application asks. Raises `UnknownHost`, and what the
    application raises: `ConnectionDropped` means that the connection broke before the answer began.
    """
    environ = environ_of(method, url, headers)
    app = _app_for(apps, environ)
    _add_body(environ, data, files)
    return _run(app, environ)


def environ_of(method: str, url: str, headers: Mapping[str, str]) -> "WSGIEnvironment":
    """Return the environ of a request that has no body yet (PEP 3333, environ Variables)."""
    if _UNUSUAL.search(url):
        url = _as_requests_writes(url)
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError(f"expected an http or https URL, got {url!r}")
    scheme, host, port, path, query = match[1].lower(), match[2].lower(), match[3], match[4] or "/", match[5] or ""
    default_port = _DEFAULT_PORTS[scheme]
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method.upper(),
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1") if "%" in path else path,
        "QUERY_STRING": query,
        "REQUEST_URI": f"{path}?{query}" if query else path,
        "SERVER_NAME": host,
        "SERVER_PORT": port or default_port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host if port in (None, "", default_port) else f"{host}:{port}",
        # Both requests and aiohttp send these two when the caller names none.
        "HTTP_ACCEPT": "*/*",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    for name, value in headers.items():
        environ[_environ_name(name)] = value
    return environ


def _as_requests_writes(url: str) -> str:
    """Return `url` with illegal characters encoded and dot segments resolved: rare enough to ask requests itself."""
    from requests import PreparedRequest

    prepared = PreparedRequest()
    prepared.prepare_url(url, None)
    return prepared.url or url


@lru_cache(maxsize=512)
def _environ_name(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"


def _app_for(apps: Apps, environ: "WSGIEnvironment") -> "WSGIApplication":
    # Not HTTP_HOST: a caller's own Host header may stand there.
    host, port = environ["SERVER_NAME"], environ["SERVER_PORT"]
    netloc = host if port == _DEFAULT_PORTS[environ["wsgi.url_scheme"]] else f"{host}:{port}"
    if netloc in apps:
        return apps[netloc]
    known = ", ".join(sorted(apps)) or "none"
    raise UnknownHost(f"nobody answers for host {netloc!r}, known: {known}; no socket is opened in memory mode")


def _add_body(environ: "WSGIEnvironment", data: object, files: object) -> None:
    """Put the body into `environ` with the framing that `requests.PreparedRequest.prepare_body` gives it."""
    if files:
        data = _multipart(environ, data, files)
    elif data and isinstance(data, Mapping):
        data = _form(data)
        environ.setdefault("CONTENT_TYPE", "application/x-www-form-urlencoded")
    if isinstance(data, str):
        data = data.encode()
    if not data:
        _add_bytes(environ, b"")
    elif isinstance(data, bytes | bytearray | memoryview):
        _add_bytes(environ, data)
    else:
        _add_stream(environ, data)


def _add_bytes(environ: "WSGIEnvironment", body: bytes | bytearray | memoryview) -> None:
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    elif environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        environ.setdefault("CONTENT_LENGTH", "0")
    environ["wsgi.input"] = io.BytesIO(body)


def _add_stream(environ: "WSGIEnvironment", source: Any) -> None:  # Any: a body is known by what it can do
    if hasattr(source, "read"):
        length, take = remaining(source), source.read
    elif hasattr(source, "__iter__"):
        # The length of a list counts pieces, that of a body class bytes.
        length = len(source) if hasattr(source, "__len__") and not isinstance(source, list | tuple) else None
        take = reading(iter(source))
    else:
        raise TypeError(f"expected a body of bytes, str, a file or an iterable of bytes, got {type(source).__name__}")
    if length:
        environ["CONTENT_LENGTH"] = str(length)
    elif "CONTENT_LENGTH" not in environ:
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    environ["wsgi.input"] = Reader(take)


def _form(fields: Mapping[Any, Any]) -> bytes:
    pairs = []
    for name, value in fields.items():
        values = [value] if isinstance(value, str | bytes) or not isinstance(value, Iterable) else value
        # encoded here: of a str that is an Enum too, as in the Azure SDK's forms, urlencode would take the name
        pairs += [(name, item.encode() if isinstance(item, str) else item) for item in values if item is not None]
    return urlencode(pairs).encode()


def _multipart(environ: "WSGIEnvironment", data: object, files: object) -> bytes:
    from requests import PreparedRequest
    from requests.structures import CaseInsensitiveDict

    prepared = PreparedRequest()
    prepared.method = environ["REQUEST_METHOD"]
    prepared.headers = CaseInsensitiveDict()
    prepared.prepare_body(cast(Any, data), cast(Any, files))  # Any: requests checks them itself
    environ.setdefault("CONTENT_TYPE", prepared.headers["Content-Type"])
    return cast(bytes, prepared.body)  # a multipart body is always encoded in one piece


class _Start:
    """The `start_response` of one call."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.written: list[bytes] = []
        self.sent = False

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: "ExcInfo | None" = None, /
    ) -> Callable[[bytes], object]:
        if exc_info and exc_info[1] and self.sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if self.status and not exc_info:
            raise AssertionError("start_response was called twice without exc_info")
        self.status, self.headers = status, headers
        return self.written.append


def _run(app: "WSGIApplication", environ: "WSGIEnvironment") -> Answer:
    start = _Start()
    iterable = app(environ, start)
    release = getattr(iterable, "close", None)
    try:
        chunks = _until_started(start, iter(iterable))
        _drain(environ["wsgi.input"])
        code, _, reason = start.status.partition(" ")
        status, length = int(code), _content_length(start.headers)
    except BaseException:
        if release is not None:
            release()
        raise
    start.sent = True
    if environ["REQUEST_METHOD"] == "HEAD" or status in (204, 304) or status < 200:
        Body(chunks, release).close()
        return Answer(status, reason, start.headers, Body(iter(()), None))
    body = Body(measured(chunks, length), release)
    # Clients drop error answers and redirects unread (azure-core does): nothing of the app may stay open for them.
    return Answer(status, reason, start.headers, body if 200 <= status < 300 else body.settled())


def _until_started(start: _Start, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Run a lazy application up to its `start_response`."""
    while not start.status:
        try:
            start.written.append(next(chunks))
        except StopIteration:
            raise AssertionError("the application ended without calling start_response") from None
    return _chained(start.written, chunks) if start.written else chunks


def _chained(first: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    yield from first
    yield from rest


def _drain(stream: Any) -> None:  # Any: `BytesIO` or `Reader`
    """Read what the application left of a stream: a client over a socket has sent it all before it reads the answer."""
    if isinstance(stream, Reader):
        for _ in iter(partial(stream.read, PIECE_BYTES), b""):
            pass


def _content_length(headers: list[tuple[str, str]]) -> int | None:
    return next((int(value) for name, value in headers if name.lower() == "content-length"), None)
