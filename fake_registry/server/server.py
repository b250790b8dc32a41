"""`RegistryServer`: any WSGI app behind a real socket on this machine."""

import socket
import threading
import traceback
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from fake_registry.arguments import check_type
from fake_registry.server.connections import Listener

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from fake_registry.server.tls import Certificates

STOP_SECONDS = 0.5
"""The time for which `stop` waits for threads that are busy in the app."""

_BACKLOG = 128

_MAX_PORT: Final = 65_535

_LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  nothing is bound here
"""The address of this machine for a server that listens on all of them."""


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
        log: Callable[[str], None] | None = None,
    ) -> None:
        """Port 0 is any free port. `log` is called, from any thread, with a text for each refused
        request, lost connection and failure of the app; without it nothing is printed. Requests
        themselves are logged by the recorder. Raises TypeError for an argument of another type,
        ValueError for a port that does not exist."""
        check_type("app", app, Callable)
        check_type("host", host, str)
        _check_port(port)
        _check_certificates(certificates)
        check_type("log", log, Callable | None)

        self._app = app
        self._host = host
        self._asked_port = port
        self._certificates = certificates
        self._log = log
        self._mutex = threading.Lock()
        self._failures: tuple[BaseException, ...] = ()
        self._port: int | None = port or None
        self._listener: Listener | None = None
        self._accepting: threading.Thread | None = None
        self._started = ExitStack()
        self._ca_file: Path | None = None

    @property
    def host(self) -> str:
        """The address that the server listens on."""
        return self._host

    @property
    def port(self) -> int:
        """The port. RuntimeError before the first start of a server with port 0."""
        if self._port is None:
            raise RuntimeError("the port is known once the server has started")
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
        return self._ca_file

    @property
    def failures(self) -> tuple[BaseException, ...]:
        """The exceptions that the app raised, with their tracebacks, oldest first. Each was
        answered with a 500 or, if the response had begun, with a cut connection."""
        return self._failures

    def take_failures(self) -> tuple[BaseException, ...]:
        """Return `failures`, and clear them."""
        with self._mutex:
            taken, self._failures = self._failures, ()
        return taken

    def start(self) -> Self:
        """Listen; clients can connect once this returns.

        Raises `OSError`, naming address and port, if they are in use or not of this machine.
        """
        if self._listener is not None:
            raise RuntimeError(f"the server runs already, at {self.url}")

        with ExitStack() as undo:
            ca_file = self._write_ca(undo)
            listener = self._listen(undo)
            accepting = threading.Thread(
                target=listener.accept_connections,
                name=f"fake-registry on port {listener.port}",
                daemon=True,
            )
            accepting.start()
            self._started = undo.pop_all()

        self._listener, self._accepting = listener, accepting
        self._port, self._ca_file = listener.port, ca_file
        return self

    def _write_ca(self, undo: ExitStack) -> Path | None:
        if self._certificates is None:
            return None

        folder = undo.enter_context(TemporaryDirectory(prefix="fake-registry-"))
        return self._certificates.write_ca(Path(folder, "ca.pem"))

    def _listen(self, undo: ExitStack) -> Listener:
        address = (self._host, self._asked_port)
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listening = socket.create_server(address, family=family, backlog=_BACKLOG)
        undo.callback(listening.close)

        tls = None if self._certificates is None else self._certificates.server_context
        listener = Listener(listening, self._app, tls=tls, keep=self._keep, note=self._note)
        undo.callback(listener.close)
        return listener

    def stop(self) -> None:
        """Stop listening, cut every connection and end every thread, also those that wait for a
        pause.

        Without effect on a server that does not run.
        """
        if self._listener is None or self._accepting is None:
            return

        self._listener.wake()
        self._accepting.join()
        self._listener.cut(within_seconds=STOP_SECONDS)
        self._started.close()
        self._listener = self._accepting = self._ca_file = None

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

    def _keep(self, error: BaseException) -> None:
        with self._mutex:
            self._failures += (error,)
        self._note("".join(traceback.format_exception(error)).rstrip())

    def _note(self, text: str) -> None:
        if self._log is not None:
            self._log(text)


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
