"""`ServeOptions`: the options of `fake-registry serve`, and the rules between them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EADDRINUSE
from pathlib import Path
from typing import Final, Literal

from fake_registry.cli.log import LogFormat
from fake_registry.control.access import check_token, is_loopback
from fake_registry.http.hosts import host_in
from fake_registry.server.timeouts import DRAIN_SECONDS, HEAD_SECONDS, IDLE_SECONDS

ClockKind = Literal["system", "manual"]


STOP_SECONDS: Final = 5.0
"""The time for the requests under way once the server is to end. `docker stop` kills after 10 s."""


class OptionError(ValueError):
    """The value of an option cannot be used. The message names the option or the file."""


@contextmanager
def explain_errors_of(option: str) -> Iterator[None]:
    """Turn an OSError of the block into an OptionError that names the option and its value."""
    try:
        yield
    except OSError as error:
        raise OptionError(f"{option}: {error.strerror or error}") from error


@contextmanager
def explain_use_of_port(options: "ServeOptions") -> Iterator[None]:
    """Turn an OSError of the block, which listens, into an OptionError."""
    try:
        yield
    except OSError as error:
        advice = "; --port 0 picks a free port" if error.errno == EADDRINUSE else ""
        where = f"--host {options.host} --port {options.port}"
        # `socket.create_server` adds the address, which `where` has
        reason = str(error.strerror or error).partition(" (while attempting to bind")[0]
        raise OptionError(f"{where}: {reason}{advice}") from error


@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """The options of `fake-registry serve`, with their defaults."""

    host: str = "127.0.0.1"
    port: int = 5000
    port_file: Path | None = None
    tls: bool = False
    """Serve https with a generated certificate. `tls_cert` and `tls_key` are for the user's own."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    service_principal: Sequence[tuple[str, str]] = ()
    """Client ids and secrets of the fake Entra. Without any there is no Entra."""
    tls_name: Sequence[str] = ()
    hosts_file: Path | None = None
    write_ca: Path | None = None
    dir: Path | None = None
    dir_repository: str | None = None
    persist: bool = False
    """Store the content in `dir`, and load it from there."""
    clock: ClockKind = "system"
    control: bool = True
    control_token: str | None = None
    """The caller's own token for the control API. Without it a new one is made, unless `host` is a
    loopback address."""
    control_host: Sequence[str] = ()
    open: bool = False
    """Open the console in a browser of this machine."""
    log_format: LogFormat = "text"
    idle_seconds: float = IDLE_SECONDS
    head_seconds: float = HEAD_SECONDS
    drain_seconds: float = DRAIN_SECONDS
    stop_seconds: float = STOP_SECONDS

    def __post_init__(self) -> None:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise OptionError("--tls-cert and --tls-key require each other")
        if self.tls and self.tls_cert is not None:
            raise OptionError("expected --tls or --tls-cert, not both")
        if self.write_ca is not None and not (self.tls or self.tls_cert):
            raise OptionError("--write-ca requires --tls, or --tls-cert and --tls-key")
        if self.service_principal and not (self.tls or self.tls_cert):
            raise OptionError("--service-principal requires --tls: clients log in over https only")
        if self.tls_name and not self.tls:
            raise OptionError("--tls-name requires --tls")
        if self.dir_repository is not None and self.dir is None:
            raise OptionError("--dir-repository requires --dir")
        if self.persist and self.dir is None:
            raise OptionError("--persist requires --dir")
        self._check_control()

    def _check_control(self) -> None:
        of_control = {
            "--control-token": self.control_token,
            "--control-host": self.control_host,
            "--open": self.open,
        }
        for flag, value in of_control.items():
            if value and not self.control:
                raise OptionError(f"expected --no-control or {flag}, not both")
        try:
            check_token(self.control_token)
        except ValueError as error:
            raise OptionError(str(error)) from error

    @property
    def needs_new_token(self) -> bool:
        """Whether the control API would be open to other machines."""
        is_open = self.control and self.control_token is None
        return is_open and not is_loopback(host_in(self.host))
