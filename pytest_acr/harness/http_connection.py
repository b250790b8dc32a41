"""A kept-alive connection to one origin, for one request at a time."""

import socket
import ssl
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fake_registry.version import package_version
from pytest_acr.harness.messages import RawRequest, RawResponse, TargetFailed
from pytest_acr.harness.response_reader import ClosedBeforeResponse, ReceivedBytes, read_response

if TYPE_CHECKING:
    from fake_registry.client.registry_url import Origin

_MAX_IDLE_SECONDS: Final = 1.0
"""Servers close a connection after some idle seconds. A request that must not be sent twice opens
a new connection then."""

_PIECE_BYTES: Final = 65_536
_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
_METHODS_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_PROGRAM: Final = "pytest-acr-harness"


class TimeLimit:
    """The time in which a response has to be complete. It runs from now on."""

    def __init__(self, seconds: float, now: Callable[[], float]) -> None:
        self.seconds = seconds
        self._now = now
        self._end = now() + seconds

    def left(self) -> float:
        """Return the seconds that are left, more than 0. Raises TimeoutError."""
        left = self._end - self._now()
        if left <= 0:
            raise TimeoutError
        return left


class HttpConnection:
    """Sends requests to one origin over one connection, which it opens when it needs it.

    Not for several threads at a time.
    """

    def __init__(
        self,
        origin: "Origin",
        tls: ssl.SSLContext | None,
        *,
        max_body_bytes: int,
    ) -> None:
        """`tls` is for an https origin."""
        self._origin = origin
        self._tls = tls
        self._max_body_bytes = max_body_bytes
        self._socket: socket.socket | None = None
        self._used_at = 0.0

    def close(self) -> None:
        """Close the connection. The next request opens another one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def exchange(
        self,
        request: RawRequest,
        authorization: str | None,
        limit: TimeLimit,
    ) -> RawResponse:
        """Send a request and return its response. TargetFailed.

        A request is sent twice only if it is GET or HEAD, and the server has closed a connection
        in use before the first byte of a response. ValueError for a line end in the request.
        """
        sent = encode_request(request, self._origin.authority, authorization)
        is_safe = request.method in _SAFE_METHODS
        if self._socket is not None:
            self._close_unless_idle(is_safe=is_safe)

        in_use = self._socket is not None
        try:
            return self._exchange(sent, request, limit)
        except ClosedBeforeResponse:
            if not (in_use and is_safe):
                raise
        return self._exchange(sent, request, limit)

    def _exchange(self, sent: bytes, request: RawRequest, limit: TimeLimit) -> RawResponse:
        if self._socket is None:
            self._socket = self._connect(limit)
        connected = self._socket
        keeps_open = False
        try:
            _send(connected, sent, limit)
            if _breaks_off(request):
                _end_sending(connected)
            received = ReceivedBytes(lambda: _receive(connected, limit), limit.seconds)
            response, keeps_open = read_response(received, request.method, self._max_body_bytes)
        except ssl.SSLError as error:
            raise TargetFailed(f"expected a response over TLS, found {error.reason}") from None
        finally:
            if not keeps_open:
                self.close()

        self._used_at = time.monotonic()
        return response

    def _close_unless_idle(self, *, is_safe: bool) -> None:
        """Close the connection if the server has closed it, or may do so at any time.

        TargetFailed for bytes that came after the end of the last response.
        """
        assert self._socket is not None, "the caller has looked"
        if not is_safe and time.monotonic() - self._used_at > _MAX_IDLE_SECONDS:
            self.close()
            return

        found = _received_while_idle(self._socket)
        if found is None:
            return
        self.close()
        if found and not found.startswith(b"HTTP/1.1 408 "):  # a server's word that it closes
            raise TargetFailed(
                f"expected no bytes after the end of the previous response, found {len(found)} on the idle connection"
            )

    def _connect(self, limit: TimeLimit) -> socket.socket:
        host = self._origin.host.strip("[]")
        try:
            connected = socket.create_connection((host, self._origin.port), timeout=limit.left())
        except OSError as error:
            raise TargetFailed(_explain_no_connection(error, self._origin, limit)) from None

        try:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                connected.settimeout(limit.left())
                connected = self._tls.wrap_socket(connected, server_hostname=host)
        except OSError as error:
            connected.close()
            raise TargetFailed(_explain_no_tls(error, self._origin, limit)) from None
        return connected


def encode_request(request: RawRequest, authority: str, authorization: str | None) -> bytes:
    """Return a request as it is sent: path and headers as they are, and those that HTTP requires.

    ValueError for a line end or NUL in the path or a header.
    """
    given = {name.lower() for name, _ in request.headers}
    lines = [f"{request.method} {request.path} HTTP/1.1"]
    if "host" not in given:
        lines.append(f"Host: {authority}")
    if "user-agent" not in given:
        lines.append(f"User-Agent: {_PROGRAM}/{package_version()}")
    lines += [f"{name}: {value}" for name, value in request.headers]

    if authorization is not None and "authorization" not in given:
        lines.append(f"Authorization: {authorization}")
    has_body = bool(request.body) or request.method in _METHODS_WITH_BODY
    if has_body and given.isdisjoint(("content-length", "transfer-encoding")):
        lines.append(f"Content-Length: {len(request.body)}")

    _check_lines(lines)
    start, *fields = lines
    head = [start.encode(), *(field.encode("latin-1") for field in fields), b"", request.body]
    return b"\r\n".join(head)


def _check_lines(lines: list[str]) -> None:
    text = "".join(lines)
    if "\r" in text or "\n" in text or "\0" in text:
        raise ValueError("expected a path and headers without line ends and NUL, found one")


def tls_context(ca_file: str | None, *, insecure: bool) -> ssl.SSLContext:
    """Return a context that trusts the CAs in `ca_file`, or those of the system, or everything.

    The environment is not read: OpenSSL alone would follow SSL_CERT_FILE. OSError for a `ca_file`
    that cannot be read, and its subclass `ssl.SSLError` for one without a certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_file is not None:
        Path(ca_file).open("rb").close()  # for an error that names the file: ssl's has no name
        context.load_verify_locations(ca_file)
    elif sys.platform == "win32":
        context.load_default_certs()
    else:
        _trust_system(context)
    return context


def _trust_system(context: ssl.SSLContext) -> None:
    paths = ssl.get_default_verify_paths()
    if Path(paths.openssl_cafile).is_file():
        context.load_verify_locations(cafile=paths.openssl_cafile)
    if Path(paths.openssl_capath).is_dir():
        context.load_verify_locations(capath=paths.openssl_capath)


def _send(connected: socket.socket, content: bytes, limit: TimeLimit) -> None:
    """Send all bytes, or those before the server closes the connection. TargetFailed, if it waits.

    A server that closes early may have sent a response.
    """
    unsent = memoryview(content)
    try:
        while unsent:
            connected.settimeout(limit.left())
            unsent = unsent[connected.send(unsent) :]
    except TimeoutError:
        found = f"{len(unsent)} of {len(content)} bytes unread after {limit.seconds:g} s"
        raise TargetFailed(f"expected the registry to read the request, found {found}") from None
    except ConnectionError:
        return  # the end of the connection follows the response, if there is any


def _breaks_off(request: RawRequest) -> bool:
    """Return whether a request promises more bytes than it has."""
    promised = [value for name, value in request.headers if name.lower() == "content-length"]
    return any(value.isdecimal() and int(value) > len(request.body) for value in promised)


def _end_sending(connected: socket.socket) -> None:
    """Close one direction, so that the server does not wait for the rest of a request."""
    with suppress(OSError):  # the server may have closed the connection
        connected.shutdown(socket.SHUT_WR)


def _receive(connected: socket.socket, limit: TimeLimit) -> bytes:
    connected.settimeout(limit.left())
    return connected.recv(_PIECE_BYTES)


def _received_while_idle(connected: socket.socket) -> bytes | None:
    """Return the bytes that have come since the last response; empty at the end of the connection.

    None if the connection is idle.
    """
    connected.settimeout(0)
    try:
        return connected.recv(_PIECE_BYTES)
    except (BlockingIOError, ssl.SSLWantReadError):
        return None
    except OSError:
        return b""


def _explain_no_connection(error: OSError, origin: "Origin", limit: TimeLimit) -> str:
    if isinstance(error, socket.gaierror):
        found = "a host name without an address"
    elif isinstance(error, ConnectionRefusedError):
        found = "a refused connection: no server listens there"
    elif isinstance(error, TimeoutError):
        found = f"none after {limit.seconds:g} s"
    else:
        found = error.strerror or type(error).__name__
    return f"expected a connection to {origin}, found {found}"


def _explain_no_tls(error: OSError, origin: "Origin", limit: TimeLimit) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        expected = f"expected a certificate of {origin} by a known CA"
        remedy = "name the file of its CA, or allow any certificate (insecure)"
        return f"{expected}, found: {error.verify_message}; {remedy}"
    if isinstance(error, ssl.SSLError):
        found = f"an answer without TLS ({error.reason}); a registry without TLS has an http URL"
    elif isinstance(error, TimeoutError):
        found = f"none after {limit.seconds:g} s"
    else:
        found = "the end of the connection"
    return f"expected a TLS handshake with {origin}, found {found}"
