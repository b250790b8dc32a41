"""The server command's process: from its options to the ready line, and on until a signal ends it."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final, Literal

from fake_registry.cli.log import LogFormat, ServerLog
from fake_registry.clock import ManualClock, SystemClock
from fake_registry.control import ControlApp
from fake_registry.fake import FakeRegistry
from fake_registry.layout import LayoutError
from fake_registry.server import RegistryServer
from fake_registry.settings import Settings
from fake_registry.spec.errors import RegistryError

if TYPE_CHECKING:
    from fake_registry.server.tls import Certificates

ClockKind = Literal["system", "manual"]


class OptionError(ValueError):
    """An option's value turned out not to be usable. The message names the option, or the file."""


@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """What `fake-registry serve` is told, with its defaults."""

    host: str = "127.0.0.1"
    port: int = 5000
    port_file: Path | None = None
    tls: bool = False
    """With a certificate made on the spot; `tls_cert` and `tls_key` are the user's own instead."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    write_ca: Path | None = None
    dir: Path | None = None
    dir_repository: str | None = None
    clock: ClockKind = "system"
    control_token: str | None = None
    log_format: LogFormat = "text"

    def __post_init__(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise OptionError("--tls-cert and --tls-key go together")
        if self.tls and self.tls_cert is not None:
            raise OptionError("--tls makes a certificate, --tls-cert brings one: not both")
        if self.write_ca is not None and not (self.tls or self.tls_cert):
            raise OptionError("--write-ca needs --tls, or --tls-cert and --tls-key")


STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


def serve(options: ServeOptions, settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises OptionError before anything is served, OSError for a port or a file that cannot be had.
    """
    log = ServerLog(_standard_error(), options.log_format)
    clock = ManualClock() if options.clock == "manual" else SystemClock()
    registry = FakeRegistry(settings, clock=clock, on_exchange=log.exchange)
    _load(options, registry)
    certificates = _certificates(options, registry)
    server = RegistryServer(
        ControlApp(registry, registry.wsgi_app, token=options.control_token),
        host=options.host,
        port=options.port,
        certificates=certificates,
        log=log.note,
    )
    with _stop_asked() as stop_asked, server:
        if options.write_ca is not None and certificates is not None:
            certificates.write_ca(options.write_ca)
        with nullcontext() if options.port_file is None else _written(options.port_file, f"{server.port}\n"):
            ready = f"fake-registry ready url={server.url} name={settings.login_server} auth={settings.auth}"
            print(ready, flush=True)  # noqa: T201  it bears a standard output that is closed
            stop_asked.recv(1)
        server.take_failures()  # each stands in the log


def _standard_error() -> FileIO:
    # Whoever starts a process may close its standard error; descriptor 2 is then anything.
    return FileIO(os.devnull if sys.stderr is None else sys.stderr.fileno(), "w", closefd=sys.stderr is None)


def _load(options: ServeOptions, registry: FakeRegistry) -> None:
    if options.dir is None:
        return
    try:
        registry.load_layout(options.dir, repository=options.dir_repository)
    except (LayoutError, RegistryError) as error:
        raise OptionError(f"--dir {options.dir}: {error}") from error


def _certificates(options: ServeOptions, registry: FakeRegistry) -> "Certificates | None":
    if not (options.tls or options.tls_cert):
        return None
    from fake_registry.server.tls import Certificates  # costs 100 ms, for TLS only

    if options.tls_cert is None or options.tls_key is None:
        try:
            return Certificates.generate([*registry.hosts, options.host])
        except ValueError as error:
            raise OptionError(f"--host {options.host}: a name that no certificate can have: {error}") from error
    try:
        return Certificates.load(options.tls_cert, options.tls_key)
    except OSError as error:
        raise OptionError(f"--tls-cert {options.tls_cert} --tls-key {options.tls_key}: {error}") from error


@contextmanager
def _stop_asked() -> Iterator[socket.socket]:
    """Give a socket that has a byte as soon as one of STOP_SIGNALS has come.

    A handler that raised would do so anywhere, also while the server starts or stops.
    """
    asked, asking = socket.socketpair()
    with asked, asking:
        asking.settimeout(0)  # what set_wakeup_fd asks for
        former_handlers = {number: signal.signal(number, _leave_to_the_socket) for number in STOP_SIGNALS}
        former_socket = signal.set_wakeup_fd(asking.fileno(), warn_on_full_buffer=False)
        try:
            yield asked
        finally:
            signal.set_wakeup_fd(former_socket)
            for number, handler in former_handlers.items():
                signal.signal(number, handler)


def _leave_to_the_socket(number: int, frame: FrameType | None) -> None:
    """The interpreter writes to the wakeup socket only for a signal that has a handler."""


@contextmanager
def _written(path: Path, text: str) -> Iterator[None]:
    """Have a file for as long as the block runs. It appears whole: who waits for it may read it at once."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="ascii")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
