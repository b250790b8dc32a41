"""Runs the server command: loads, serves, prints the ready line, and ends on a signal."""

import os
import secrets
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from io import FileIO
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from fake_registry.cli.announcements import open_console, port_file, print_ready, write_hosts
from fake_registry.cli.entra_login import EntraFront, trusted_entra
from fake_registry.cli.loading import ReportFailure, loaded_content
from fake_registry.cli.log import ServerLog
from fake_registry.cli.serve_options import (
    OptionError,
    ServeOptions,
    explain_errors_of,
    explain_use_of_port,
)
from fake_registry.clock import Clock, ManualClock, SystemClock
from fake_registry.control import ControlApp, ControlChoice, load_handlers
from fake_registry.fake import FakeRegistry
from fake_registry.http.hosts import HostApp
from fake_registry.server import RegistryServer
from fake_registry.server.events import Note
from fake_registry.server.server import listen
from fake_registry.settings import Settings

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from fake_registry.entra import FakeEntra
    from fake_registry.persistence import Storage
    from fake_registry.server.tls import Certificates

STOP_SIGNALS: Final = tuple(
    signal.Signals[name]
    for name in ("SIGTERM", "SIGINT", "SIGBREAK")  # Windows has the third: Ctrl-Break
    if name in signal.Signals.__members__
)


def serve(options: ServeOptions, settings: Sequence[Settings]) -> None:
    """Serve until SIGTERM, Ctrl-C or Ctrl-Break, and answer the requests under way.

    There is a registry for each of `settings`; all have one clock.

    Raises OptionError before anything is served, and OSError if content cannot be stored at the end.
    """
    clock = ManualClock() if options.clock == "manual" else SystemClock()
    new_token = secrets.token_urlsafe(24) if options.needs_new_token else None
    with closing(ServerLog(_standard_error(), options.log_format, now=clock.now)) as log:
        registries = [FakeRegistry(one, clock=clock, on_exchange=log.exchange) for one in settings]
        entra = _entra_of(options, registries, clock)

        def report(failure: Exception) -> None:
            log.note(Note(text=str(failure)))

        # an error of either leaves the folder of --dir as it was
        certificates = _certificates(options, _names_of(registries, entra))
        if options.persist:
            _check_port(options)
        with loaded_content(options, registries, report) as storages:
            app = _app_of(registries, options, new_token)
            if storages:
                app = _persistent(app, storages, report)
            _run(options, registries, entra, app, certificates, log, new_token)


def _run(
    options: ServeOptions,
    registries: Sequence[FakeRegistry],
    entra: "FakeEntra | None",
    app: "WSGIApplication",
    certificates: "Certificates | None",
    log: ServerLog,
    new_token: str | None,
) -> None:
    """Serve `app` until a signal."""
    if entra is not None:
        app = EntraFront(entra, app)
    server = RegistryServer(
        app,
        host=options.host,
        port=options.port,
        certificates=certificates,
        log=log.note,
        on_answer=log.answer,
        idle_seconds=options.idle_seconds,
        head_seconds=options.head_seconds,
        drain_seconds=options.drain_seconds,
    )
    with _stop_socket() as stop, ExitStack() as running:
        with explain_use_of_port(options):
            running.enter_context(server)
        if options.write_ca is not None and certificates is not None:
            with explain_errors_of(f"--write-ca {options.write_ca}"):
                certificates.write_ca(options.write_ca)
        if options.hosts_file is not None:
            with explain_errors_of(f"--hosts-file {options.hosts_file}"):
                names = [*_names_of(registries, entra), *options.tls_name]
                write_hosts(options.hosts_file, server, names)
        if options.port_file is not None:
            with explain_errors_of(f"--port-file {options.port_file}"):
                running.enter_context(port_file(options.port_file, server.port))

        print_ready(server, [one.settings for one in registries], entra, new_token)
        if options.open:
            token = new_token if options.control_token is None else options.control_token
            open_console(server.url, token, lambda text: log.note(Note(text=text)))
        stop.recv(1)
        server.finish(within_seconds=options.stop_seconds)
        server.take_failures()  # each is in the log already


def _names_of(registries: Sequence[FakeRegistry], entra: "FakeEntra | None") -> list[str]:
    """Return the host names by which clients reach the registries and the Entra."""
    names = [host for registry in registries for host in registry.hosts]
    return names if entra is None else [*names, *entra.hosts]


def _check_port(options: ServeOptions) -> None:
    """Raise OptionError for a port that is taken, before a folder is changed."""
    with explain_use_of_port(options), listen(options.host, options.port):
        pass


def _persistent(
    app: "WSGIApplication",
    storages: "Sequence[Storage]",
    on_failure: ReportFailure,
) -> "WSGIApplication":
    # imported when used: it loads msgspec
    from fake_registry.persistence import PersistentApp

    return PersistentApp(app, storages, on_failure=on_failure)


def _app_of(
    registries: Sequence[FakeRegistry],
    options: ServeOptions,
    new_token: str | None,
) -> "WSGIApplication":
    if len(registries) == 1:
        app = registries[0].wsgi_app  # for any Host
    else:
        apps = {host: app for registry in registries for host, app in registry.hosts.items()}
        app = HostApp(apps)
    if not options.control:
        return app

    token = new_token if options.control_token is None else options.control_token
    hosts = [options.host, *options.control_host]
    load_handlers()  # before the registry has content, among which they would lie scattered in memory
    if len(registries) == 1:
        return ControlApp(registries[0], app, token=token, hosts=hosts)
    return ControlChoice(registries, app, token=token, hosts=hosts)


def _standard_error() -> FileIO:
    # A parent process may have closed standard error; descriptor 2 may then be any other file.
    if sys.stderr is None:
        return FileIO(os.devnull, "w")

    return FileIO(sys.stderr.fileno(), "w", closefd=False)


def _entra_of(
    options: ServeOptions,
    registries: Sequence[FakeRegistry],
    clock: Clock,
) -> "FakeEntra | None":
    principals = options.service_principal
    if principals and all(registry.settings.auth == "off" for registry in registries):
        raise OptionError("--service-principal requires --auth token or --auth anonymous-pull")
    try:
        return trusted_entra(principals, registries, clock)
    except ValueError as error:
        raise OptionError(f"--service-principal: {error}") from error


def _certificates(options: ServeOptions, names: Sequence[str]) -> "Certificates | None":
    cert, key = options.tls_cert, options.tls_key
    if cert is not None and key is not None:
        return _load_certificates(cert, key)
    if options.tls:
        return _generate_certificates([*names, options.host], options.tls_name)
    return None


def _load_certificates(cert: Path, key: Path) -> "Certificates":
    import ssl  # when it is used: it would make each start slower

    from fake_registry.server.tls import Certificates

    try:
        return Certificates.load(cert, key)
    except ssl.SSLError as error:
        expected = "expected a certificate and its unencrypted private key, both PEM"
        found = f"found other files: {error.reason or error}"
        raise OptionError(f"--tls-cert {cert} --tls-key {key}: {expected}, {found}") from error
    except OSError as error:
        raise OptionError(f"--tls-cert {cert} --tls-key {key}: {error}") from error


def _generate_certificates(names: Sequence[str], more: Sequence[str]) -> "Certificates":
    from fake_registry.server.tls import Certificates

    try:
        return Certificates.generate([*names, *more])
    except ValueError as error:
        flags = " ".join([f"--host {names[-1]}", *(f"--tls-name {name}" for name in more)])
        raise OptionError(f"{flags}: no certificate can have this name: {error}") from error


@contextmanager
def _stop_socket() -> Iterator[socket.socket]:
    """Yield a socket that receives a byte on each of STOP_SIGNALS.

    Handlers that raise are no alternative: they would raise anywhere, even while the server starts
    or stops.
    """
    receiving, sending = socket.socketpair()
    with receiving, sending:
        sending.settimeout(0)  # set_wakeup_fd requires it
        former_handlers = {number: signal.signal(number, _do_nothing) for number in STOP_SIGNALS}
        former_socket = signal.set_wakeup_fd(sending.fileno(), warn_on_full_buffer=False)
        try:
            yield receiving
        finally:
            signal.set_wakeup_fd(former_socket)
            for number, handler in former_handlers.items():
                signal.signal(number, handler)


def _do_nothing(number: int, frame: FrameType | None) -> None:
    """Handle a signal. Without a handler, the interpreter would not write to the wakeup socket."""
