"""`RegistryServer`: any WSGI app behind a real socket on this machine."""

import socket
import threading
import traceback
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from fake_registry.arguments import check_type, kind_of
from fake_registry.server.events import Answered, Note
from fake_registry.server.listener import Listener, accept_in_thread
from fake_registry.server.serving import Serving
from fake_registry.server.timeouts import (
    DRAIN_SECONDS,
    HEAD_SECONDS,
    IDLE_SECONDS,
    TimeLimits,
)
from fake_registry.server.whole import WholeStart

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from fake_registry.server.tls import Certificates

STOP_SECONDS = 0.5
"""The time for which `stop` waits for threads that are busy in the app."""

MAX_FAILURES: Final = 100
"""The most failures that are kept; each has its traceback, and so the request."""

_BACKLOG: Final = 65_535
"""The connections that may wait to be accepted. The system lowers it to its own limit, such as
/proc/sys/net/core/somaxconn."""

_MAX_PORT: Final = 65_535

_LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  nothing is bound here
"""The address of this machine for a server that listens on all of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Started:
    """The port, files and threads of a started server."""

    port: int
    ca_file: Path | None
    listener: Listener
    accepting: threading.Thread


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens. OSError, which names address and port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


class RegistryServer:
    """Serves `app` over HTTP/1.1 with a thread per connection, over TLS with `certificates`.

    Connections are kept alive, and bodies are streamed in both directions.

    >>> with RegistryServer(app) as server:  # doctest: +SKIP
    ...     requests.get(f"{server.url}/v2/")

    A stopped server may be started again; with port 0 it then has another port.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        certificates: "Certificates | None" = None,
        log: Callable[[Note], None] | None = None,
        on_answer: Callable[[Answered], None] | None = None,
        idle_seconds: float = IDLE_SECONDS,
        head_seconds: float = HEAD_SECONDS,
        drain_seconds: float = DRAIN_SECONDS,
    ) -> None:
        """Port 0 is any free port. TypeError for an argument of another type, ValueError for a
        port that does not exist.

        `log` is called with each refused request, lost connection and failure of the app, and
        `on_answer` with each answer of the app after its last byte. Both are called from any
        thread, and hold up its client until they return; without them nothing is reported.

        A client that sends nothing, or reads nothing, for `idle_seconds` is disconnected; a body
        may take any time in total. A TLS handshake, and a request's head from its first byte, must
        arrive within `head_seconds`. `drain_seconds` is the time for which the server reads on,
        after its last answer, from a client that is still sending. `math.inf` is no limit.
        """
        if not callable(app):
            found = kind_of(app)
            raise TypeError(f"app: expected a WSGI app such as registry.wsgi_app, found {found}")
        check_type("host", host, str)
        _check_port(port)
        _check_certificates(certificates)
        check_type("log", log, Callable | None)
        check_type("on_answer", on_answer, Callable | None)

        self._app = app
        self._host = host
        self._asked_port = port
        self._certificates = certificates
        self._log = log
        self._on_answer = on_answer
        self._limits = TimeLimits(idle=idle_seconds, head=head_seconds, drain=drain_seconds)

        self._mutex = threading.Lock()
        self._failures: tuple[BaseException, ...] = ()
        self._port: int | None = port or None
        self._start: WholeStart[_Started] | None = None
        self._started: _Started | None = None

    def __repr__(self) -> str:
        scheme = "http" if self._certificates is None else "https"
        port = "any port" if self._port is None else f"port {self._port}"
        state = "stopped" if self._start is None else "running"
        return f"<RegistryServer, {scheme} on {self._host}, {port}, {state}>"

    @property
    def host(self) -> str:
        """The address that the server listens on."""
        return self._host

    @property
    def port(self) -> int:
        """The port. RuntimeError before the first start of a server with port 0."""
        if self._port is None:
            remedy = "`with server:` starts it, and chooses its port"
            raise RuntimeError(f"expected a started server, found one that was not: {remedy}")
        return self._port

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT` or `https://...`, without a slash at the end."""
        scheme = "http" if self._certificates is None else "https"
        host = _LOOPBACK.get(self._host, self._host)
        authority = f"[{host}]" if ":" in host else host
        return f"{scheme}://{authority}:{self.port}"

    @property
    def ca_file(self) -> Path | None:
        """The PEM file of the CA, while the server runs; None on plain http."""
        return None if self._started is None else self._started.ca_file

    @property
    def failures(self) -> tuple[BaseException, ...]:
        """The exceptions that the app raised, with their tracebacks, oldest first, the first 100.
        Each was answered with a 500 or, if the response had begun, with a cut connection."""
        return self._failures

    def take_failures(self) -> tuple[BaseException, ...]:
        """Return `failures`, and clear them."""
        with self._mutex:
            taken, self._failures = self._failures, ()
        return taken

    def start(self) -> Self:
        """Listen; clients can connect once this returns.

        An exception that interrupts it, such as KeyboardInterrupt, leaves the server stopped.
        Raises `OSError`, naming address and port, if they are in use or not of this machine.
        """
        if self._start is not None:
            raise RuntimeError(f"expected a stopped server, found one that runs at {self.url}")

        former_port = self._port
        start = WholeStart(self._begin)
        try:
            started = start.run()
            self._port = started.port
            self._started, self._start = started, start
            return self  # inside: until here an interrupt undoes everything
        except BaseException:
            start.undo()
            self._port = former_port
            self._start = self._started = None
            raise

    def _begin(self, undo: ExitStack) -> _Started:
        ca_file = self._write_ca(undo)
        listening = self._listen(undo)
        host, port = listening.getsockname()[:2]

        serving = Serving(
            app=self._app,
            tls=None if self._certificates is None else self._certificates.server_context,
            limits=self._limits,
            host=host,
            port=port,
            keep=self._keep,
            note=self._note,
            answered=self._on_answer,
            finishing=threading.Event(),
            stopping=threading.Event(),
        )
        listener = Listener(listening, serving)
        undo.callback(listener.cut, within_seconds=STOP_SECONDS)

        accepting = accept_in_thread(listener, f"fake-registry on port {port}")
        undo.callback(accepting.join)
        undo.callback(listener.wake)
        return _Started(port=port, ca_file=ca_file, listener=listener, accepting=accepting)

    def _write_ca(self, undo: ExitStack) -> Path | None:
        if self._certificates is None:
            return None

        folder = undo.enter_context(TemporaryDirectory(prefix="fake-registry-"))
        return self._certificates.write_ca(Path(folder, "ca.pem"))

    def _listen(self, undo: ExitStack) -> socket.socket:
        return undo.enter_context(listen(self._host, self._asked_port))

    def finish(self, *, within_seconds: float) -> None:
        """Accept no more connections, and wait until the requests under way are answered, for
        `within_seconds` at most. `stop` must follow. Without effect on a stopped server."""
        if self._started is not None:
            started = self._started
            started.listener.finish(started.accepting, within_seconds=within_seconds)

    def stop(self) -> None:
        """Stop listening, cut every connection and end every thread, also those that wait for a
        pause.

        Without effect on a server that does not run.
        """
        if self._start is None:
            return

        self._start.undo()
        self._start = self._started = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop. Raises the failures of the app, unless the block raised an exception itself: a bug
        of the registry must fail the test."""
        self.stop()

        failures = self.take_failures() if error is None else ()
        if failures:
            raise BaseExceptionGroup("the app failed while it answered a request", failures)

    def _keep(self, error: BaseException, peer: str, status: int | None) -> None:
        with self._mutex:
            if len(self._failures) < MAX_FAILURES:
                self._failures += (error,)
        text = "".join(traceback.format_exception(error)).rstrip()
        self._note(Note(text=text, peer=peer, status=status))

    def _note(self, note: Note) -> None:
        if self._log is not None:
            self._log(note)


def _check_port(port: object) -> None:
    check_type("port", port, int)
    if port not in range(_MAX_PORT + 1):
        raise ValueError(f"port: expected a number from 0 to {_MAX_PORT}, found {port}")


def _check_certificates(certificates: object) -> None:
    if certificates is None:
        return

    from fake_registry.server.tls import Certificates  # not needed for plain http

    check_type("certificates", certificates, Certificates)


def choose_certificates(
    tls: "bool | Certificates",
    names: Iterable[str],
) -> "Certificates | None":
    """Return the certificates of a server: none, those of the caller, or new ones for `names`."""
    if tls is False:
        return None

    from fake_registry.server.tls import Certificates

    check_type("tls", tls, bool | Certificates)
    return Certificates.generate(names) if tls is True else tls
