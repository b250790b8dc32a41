"""Reads the heads of HTTP/1.1 requests (RFC 9112) as WSGI variables (PEP 3333).

Strict: a request that the grammar does not allow is refused. Bodies are in `http1_bodies`,
connections in `connections`. The standard library's `http.server` is no help: it reads header
fields with the e-mail parser, which takes longer than the rest of a small request, and it merges
the slashes at the start of `//docker/registry/...`.
"""

import io
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    HTTPVersionNotSupported,
    RequestHeaderFieldsTooLarge,
    RequestURITooLarge,
)
from werkzeug.exceptions import NotImplemented as NotSupported

from fake_registry.server.http1_fields import TOKEN, is_authority, split_field

MAX_LINE_BYTES = 65_536
"""The longest request line and header line. This and MAX_FIELDS are the limits of `http.client`."""

MAX_HEAD_BYTES = 131_072
"""The longest head as a whole."""

MAX_FIELDS = 100
"""The most header fields of a request."""

_TLS_HANDSHAKE = b"\x16"
"""RFC 8446 §5.1: the first byte of a client that speaks TLS."""

_REQUEST_LINE = re.compile(rf"({TOKEN}) ([^\x00-\x20\x7f]+) HTTP/([0-9])\.([0-9])")
_ABSOLUTE_TARGET = re.compile(r"(?i:https?)://([^/?#]*)(.*)")


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


def read_head(source: io.BufferedReader) -> RequestHead:
    """Return one request's head.

    Raises the werkzeug HTTPException that answers a head that is malformed, too long or not
    supported.
    """
    if source.peek(1)[:1] == _TLS_HANDSHAKE:
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
    variables |= _read_fields(source, MAX_HEAD_BYTES - len(target))

    host = variables.get("HTTP_HOST")
    if host is None and version == "HTTP/1.1":
        raise BadRequest("an HTTP/1.1 request has a Host header (RFC 9112 §3.2)")
    if host is not None and not is_authority(host):
        raise BadRequest("the Host header is not HOST or HOST:PORT (RFC 9112 §3.2)")
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
        _check_authority(authority)
        rest = rest if rest.startswith("/") else f"/{rest}"
    elif not target.startswith("/") and target != "*":
        raise BadRequest("the request target is neither a path nor an http URL")

    path, _, query = rest.partition("?")
    if "%" in path:  # decoded bytes as latin-1: PEP 3333, Unicode Issues
        path = unquote_to_bytes(path.encode("latin-1")).decode("latin-1")
    raw = {"REQUEST_URI": target, "RAW_URI": target}
    return authority, {"PATH_INFO": path, "QUERY_STRING": query, **raw}


def _check_authority(authority: str) -> None:
    """Refuse the malformed authority of a target, without a word of it: it may hold a password."""
    if "@" in authority:
        raise BadRequest("the request target has a user name (RFC 9110 §4.2.4)")
    if not is_authority(authority):
        raise BadRequest("the host of the request target is not HOST or HOST:PORT")


def _read_fields(source: io.BufferedReader, left: int) -> dict[str, str]:
    """Return WSGI's variables for the header fields, which take at most `left` bytes."""
    variables: dict[str, str] = {}
    for _ in range(MAX_FIELDS + 1):
        line = _read_line(source, RequestHeaderFieldsTooLarge)
        if not line:
            return variables

        left -= len(line)
        if left < 0:
            raise RequestHeaderFieldsTooLarge(f"the head is longer than {MAX_HEAD_BYTES} bytes")
        field = split_field(line)
        if field is None:
            raise BadRequest("a header line is not NAME: VALUE")
        _add_field(variables, *field)

    raise RequestHeaderFieldsTooLarge(f"there are more than {MAX_FIELDS} header fields")


def _add_field(variables: dict[str, str], variable: str, value: str) -> None:
    """Add a header field, unless it is to be skipped; lines of one name are joined."""
    if variable not in variables:
        if variable:
            variables[variable] = value
        return

    if variable == "HTTP_HOST":
        raise BadRequest("a request has one Host header (RFC 9112 §3.2)")
    variables[variable] += f",{value}"


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
