"""Request bodies in an environ, framed as requests frames them: by Content-Length or in chunks."""

import io
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote_plus

from pytest_acr.transports.bodies import Reader, remaining_bytes_of, take_from

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

_UNRESERVED: Final = re.compile(r"[A-Za-z0-9_.~-]*")
"""Text without a character that a form escapes (RFC 3986 §2.3)."""


def add_body(environ: "WSGIEnvironment", data: object, files: object) -> None:
    """Add a body to `environ`, framed as `requests.PreparedRequest.prepare_body` does it.

    Streams are not read yet. Raises TypeError for data of another kind.
    """
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


def _add_stream(environ: "WSGIEnvironment", source: Any) -> None:  # Any: known by its methods
    if hasattr(source, "read"):
        length, take = remaining_bytes_of(source), source.read
    elif hasattr(source, "__iter__"):
        length, take = _announced_length(source), take_from(iter(source))
    else:
        found = type(source).__name__
        raise TypeError(f"expected bytes, str, a file or an iterable of bytes, found {found}")

    if length:
        environ["CONTENT_LENGTH"] = str(length)
    elif "CONTENT_LENGTH" not in environ:
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    environ["wsgi.input"] = Reader(take)


def _announced_length(source: Any) -> int | None:  # Any: as above
    """Return the length in bytes of a body class. That of a list or tuple counts pieces: None."""
    if not hasattr(source, "__len__") or isinstance(source, list | tuple):
        return None
    return len(source)


def _form(fields: Mapping[Any, Any]) -> bytes:
    pairs: list[str] = []
    for name, value in fields.items():
        quoted = _quote(name)
        pairs += [f"{quoted}={_quote(_encode(item))}" for item in _values_of(value) if item is not None]
    return "&".join(pairs).encode()


def _values_of(value: Any) -> Iterable[Any]:
    single = isinstance(value, str | bytes) or not isinstance(value, Iterable)
    return (value,) if single else value


def _encode(item: Any) -> Any:
    if isinstance(item, str) and type(item) is not str:
        return item.encode()  # the `str` of an Enum, as in the Azure SDK's forms, has its name too
    return item


def _quote(item: Any) -> str:
    """Return a name or a value as `urlencode` writes it."""
    if isinstance(item, bytes):
        return quote_plus(item)

    text = str(item)
    if _UNRESERVED.fullmatch(text):
        return text  # most of a form is tokens: to see that they stay is faster than to quote them
    return quote_plus(text)


def _multipart(environ: "WSGIEnvironment", data: object, files: object) -> bytes:
    from requests import PreparedRequest
    from requests.structures import CaseInsensitiveDict

    prepared = PreparedRequest()
    prepared.method = environ["REQUEST_METHOD"]
    prepared.headers = CaseInsensitiveDict()
    prepared.prepare_body(cast(Any, data), cast(Any, files))  # Any: requests checks them itself

    environ.setdefault("CONTENT_TYPE", prepared.headers["Content-Type"])
    return cast(bytes, prepared.body)  # a multipart body is always encoded in one piece
