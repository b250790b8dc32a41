"""Reads the heads of HTTP/1.1 requests (RFC 9112) as WSGI variables (PEP 3333).

Strict: a request that the grammar does not allow is refused. Bodies are in `http1_bodies`,
connections in `connections`. The standard library's `http.server` is no help: it reads header
fields with the e-mail parser, which takes longer than the rest of a small request, and it merges
the slashes at the start of `//docker/registry/...`.
"""

import io
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    HTTPVersionNotSupported,
    RequestHeaderFieldsTooLarge,
    RequestURITooLarge,
)
from werkzeug.exceptions import NotImplemented as NotSupported

from fake_registry.spec.text_cache import TextCache

MAX_LINE_BYTES = 65_536
"""The longest request line and header line. This and the next are the limits of `http.client`."""

MAX_FIELDS = 100
"""The most header fields of a request."""

_TLS_HANDSHAKE = 0x16
"""RFC 8446 §5.1: the first byte of a client that speaks TLS."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_REQUEST_LINE = re.compile(rf"({_TOKEN.pattern}) ([^\x00-\x20\x7f]+) HTTP/([0-9])\.([0-9])")
_ABSOLUTE_TARGET = re.compile(r"(?i:https?)://([^/?#]+)(.*)")


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A request line and its header fields, checked."""

    method: str
    target: str
    """In origin-form, absolute-form or `*`, not decoded."""
    version: str
    """`HTTP/1.1` or `HTTP/1.0`."""
    variables: dict[str, str]
    """WSGI's variables for the target and the fields: PATH_INFO, CONTENT_TYPE, HTTP_HOST, ..."""
    body_bytes: int | None
    """The length of the body, None if it is chunked."""
    keep_alive: bool
    expects_continue: bool


def read_head(source: io.BufferedReader) -> RequestHead | None:
    """Return one request's head; None when the peer hung up between two requests.

    Raises the werkzeug HTTPException that answers a head that is malformed, too long or not
    supported.
    """
    first = source.peek(1)
    if not first:
        return None
    if first[0] == _TLS_HANDSHAKE:
        raise BadRequest("a TLS handshake came to a plain http port")

    method, target, version = _read_request_line(source)
    variables = _read_variables(source, target, version)
    newest = version == "HTTP/1.1"

    options = variables.get("HTTP_CONNECTION", "").split(",")
    closes = "close" in {option.strip().lower() for option in options}
    expects_continue = variables.get("HTTP_EXPECT", "").lower() == "100-continue"
    return RequestHead(
        method,
        target,
        version,
        variables,
        body_bytes=_body_bytes(version, variables),
        keep_alive=newest and not closes,
        # RFC 9110 §10.1.1: the expectation of an HTTP/1.0 client is ignored
        expects_continue=newest and expects_continue,
    )


def _read_request_line(source: io.BufferedReader) -> tuple[str, str, str]:
    """Return method, target and version."""
    # An empty line before the request line is skipped: RFC 9112 §2.2
    line = _read_line(source, RequestURITooLarge) or _read_line(source, RequestURITooLarge)
    request_line = _REQUEST_LINE.fullmatch(line)
    if request_line is None:
        raise BadRequest("the request line is not METHOD TARGET HTTP/1.1")

    method, target, major, minor = request_line.groups()
    if major != "1":
        raise HTTPVersionNotSupported(f"expected HTTP/1.1, found HTTP/{major}.{minor}")
    return method, target, "HTTP/1.0" if minor == "0" else "HTTP/1.1"


def _read_variables(source: io.BufferedReader, target: str, version: str) -> dict[str, str]:
    """Return WSGI's variables for the target and the header fields, which are read."""
    authority, variables = _split_target(target)
    variables |= _read_fields(source)

    if version == "HTTP/1.1" and "HTTP_HOST" not in variables:
        raise BadRequest("an HTTP/1.1 request has a Host header (RFC 9112 §3.2)")
    if authority is not None:
        variables["HTTP_HOST"] = authority  # RFC 9112 §3.2.2: the Host header is ignored
    return variables


TooLong = type[RequestURITooLarge | RequestHeaderFieldsTooLarge]


def _read_line(source: io.BufferedReader, too_long: TooLong) -> str:
    line = source.readline(MAX_LINE_BYTES + 2)
    if line.endswith(b"\r\n"):
        return line[:-2].decode("latin-1")
    if len(line) > MAX_LINE_BYTES:
        raise too_long(f"a line is longer than {MAX_LINE_BYTES} bytes")
    if not line.endswith(b"\n"):
        raise ClientDisconnected("the peer hung up in the head of a request")
    raise BadRequest("a line of the head ends in LF without CR")


def _split_target(target: str) -> tuple[str | None, dict[str, str]]:
    """Return the authority of an absolute-form target, and the variables of any target."""
    authority, rest = None, target
    if absolute := _ABSOLUTE_TARGET.fullmatch(target):
        authority, rest = absolute.groups()
        rest = rest if rest.startswith("/") else f"/{rest}"
    elif not target.startswith("/") and target != "*":
        raise BadRequest("the request target is neither a path nor an http URL")

    path, _, query = rest.partition("?")
    if "%" in path:  # decoded bytes as latin-1: PEP 3333, Unicode Issues
        path = unquote_to_bytes(path.encode("latin-1")).decode("latin-1")
    raw = {"REQUEST_URI": target, "RAW_URI": target}
    return authority, {"PATH_INFO": path, "QUERY_STRING": query, **raw}


def _read_fields(source: io.BufferedReader) -> dict[str, str]:
    variables: dict[str, str] = {}
    for _ in range(MAX_FIELDS + 1):
        line = _read_line(source, RequestHeaderFieldsTooLarge)
        if not line:
            return variables

        name, colon, value = line.partition(":")
        variable = _VARIABLES[name]
        if variable is None or not colon or _CONTROL.search(value):
            raise BadRequest("a header line is not NAME: VALUE")
        if variable:
            _add_field(variables, variable, value.strip(" \t"))

    raise RequestHeaderFieldsTooLarge(f"there are more than {MAX_FIELDS} header fields")


def _add_field(variables: dict[str, str], variable: str, value: str) -> None:
    """Add a header field; lines of one name are joined."""
    if variable not in variables:
        variables[variable] = value
        return

    if variable == "HTTP_HOST":
        raise BadRequest("a request has one Host header (RFC 9112 §3.2)")
    variables[variable] += f",{value}"


def _variable_of(name: str) -> str | None:
    """Return WSGI's variable for a header: empty for a header to skip, None for a malformed name.

    A folded line and a space before the colon are malformed as well (RFC 9112 §5.1 and §5.2).
    """
    if not _TOKEN.fullmatch(name):
        return None
    if "_" in name:
        return ""  # else `Content_Length` could pass for `Content-Length`
    variable = name.upper().replace("-", "_")
    return variable if variable in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{variable}"


_VARIABLES: Final = TextCache(_variable_of, entries=512)
"""Clients send the same few names again and again."""


def _body_bytes(version: str, variables: dict[str, str]) -> int | None:
    """Return the length of the body, or None for a chunked one (RFC 9112 §6)."""
    coding, length = variables.get("HTTP_TRANSFER_ENCODING"), variables.get("CONTENT_LENGTH")
    if coding is None:
        return 0 if length is None else _announced_bytes(length)

    if length is not None:
        raise BadRequest("a request has Transfer-Encoding or Content-Length, not both")
    if version == "HTTP/1.0":
        raise BadRequest("HTTP/1.0 has no Transfer-Encoding")
    if coding.lower() != "chunked":
        raise NotSupported(f"expected Transfer-Encoding to be chunked, found {coding}")
    return None


def _announced_bytes(length: str) -> int:
    if not re.fullmatch("[0-9]{1,18}", length):
        raise BadRequest("Content-Length is not one decimal number")
    return int(length)
