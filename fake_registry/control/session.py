"""`run_console`: shows a registry in the console until the user goes on, as a debugger does."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, TextIO

from fake_registry.control.app import ControlApp
from fake_registry.control.paths import PAGE_PATH
from fake_registry.control.registry import ControlledRegistry
from fake_registry.server import RegistryServer

_INPUT: Final = "CONIN$" if sys.platform == "win32" else "/dev/tty"
_OUTPUT: Final = "CONOUT$" if sys.platform == "win32" else "/dev/tty"
"""The terminal of the process. pytest captures standard input and output."""


def run_console(registry: ControlledRegistry) -> None:
    """Serve a registry and its console on a free port, print the URL, and wait for Enter or Ctrl-C.

    Raises RuntimeError in a process without a terminal, which could not end the wait.
    """
    app = ControlApp(registry, registry.wsgi_app)
    with _terminal() as (reading, writing), RegistryServer(app) as server:
        writing.write(f"\nfake-registry console {server.url}{PAGE_PATH}\nEnter or Ctrl-C goes on.\n")
        writing.flush()
        try:
            reading.readline()
        except KeyboardInterrupt:
            writing.write("\n")


@contextmanager
def _terminal() -> Iterator[tuple[TextIO, TextIO]]:
    with ExitStack() as files:
        try:
            reading = files.enter_context(Path(_INPUT).open(encoding="utf-8", errors="replace"))
            writing = files.enter_context(Path(_OUTPUT).open("w", encoding="utf-8"))
        except OSError as error:
            problem = "expected a terminal, to wait for Enter, found none"
            remedy = "`fake-registry serve` has a console without one"
            raise RuntimeError(f"console: {problem}; {remedy}") from error
        yield reading, writing
