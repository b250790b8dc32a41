"""RegistryServer: any WSGI app behind a real socket on this machine, for code that cannot be handed a transport."""

import socket
import threading
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Self

from fake_registry.server.connections import Listener

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from fake_registry.server.tls import Certificates

STOP_SECONDS = 0.5
"""How long `stop` waits for threads that are busy in the app: the command promises to end within a second."""

_BACKLOG = 128

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  nothing is bound here
"""Where a server that listens everywhere is reached from this machine."""


class RegistryServer:
    """Serves `app` with a thread per connection: HTTP/1.1, keep-alive, streaming both ways; TLS with `certificates`.

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
        """Port 0 is any free port. `log` is called, from any thread, with a text for each refused request, lost
        connection and failure of the app; without it nothing is printed. Requests are the recorder's to log."""
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
        """The address that is listened on."""
        return self._host

    @property
    def port(self) -> int:
        """The port; where any free one was asked for, it is known from the first start on."""
        if self._port is None:
            raise RuntimeError("the port is known once the server has started")
        return self._port

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT` or `https://...`, without a slash at the end."""
        host = _LOOPBACK.get(self._host, self._host)
        return (
            f"{'http' if self._certificates is None else 'https'}://{f'[{host}]' if ':' in host else host}:{self.port}"
        )

    @property
    def ca_file(self) -> Path | None:
        """The PEM file for clients to trust, while the server runs; None on plain http."""
        return self._ca_file

    @property
    def failures(self) -> tuple[BaseException, ...]:
        """The exceptions that escaped from the app, with their tracebacks, oldest first. Each became a 500 or, where
        the response had begun, a cut connection."""
        return self._failures

    def take_failures(self) -> tuple[BaseException, ...]:
        """Return `failures` and forget them."""
        with self._mutex:
            taken, self._failures = self._failures, ()
        return taken

    def start(self) -> Self:
        """Listen; a client may connect from the moment this returns.

        Raises `OSError`, naming address and port, where they are taken or not this machine's.
        """
        if self._listener is not None:
            raise RuntimeError(f"the server runs already, at {self.url}")
        tls = None if self._certificates is None else self._certificates.server_context
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        with ExitStack() as undo:
            ca_file = None
            if self._certificates is not None:
                folder = undo.enter_context(TemporaryDirectory(prefix="fake-registry-"))
                ca_file = self._certificates.write_ca(Path(folder, "ca.pem"))
            listening = socket.create_server((self._host, self._asked_port), family=family, backlog=_BACKLOG)
            undo.callback(listening.close)
            listener = Listener(listening, self._app, tls=tls, keep=self._keep, note=self._note)
            undo.callback(listener.close)
            accepting = threading.Thread(
                target=listener.accept_connections, name=f"fake-registry on port {listener.port}", daemon=True
            )
            accepting.start()
            self._started = undo.pop_all()
        self._listener, self._accepting, self._port, self._ca_file = listener, accepting, listener.port, ca_file
        return self

    def stop(self) -> None:
        """Stop listening, cut every connection, end every thread. Without effect on a server that does not run."""
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
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop. What escaped from the app is raised here, unless the block raised something itself: who asked for a
        server in a test wants the registry's own failure to be the test's."""
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
