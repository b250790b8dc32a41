"""The entry point of registry-check: it handles Ctrl-C from the first of its imports on."""

import io
import sys
from collections.abc import Sequence
from typing import Final

_INTERRUPTED: Final = 130
"""The exit status of a process that SIGINT ended, as in a shell: 128 plus the signal's number."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status. `argv` is by default sys.argv's.

    Raises SystemExit(2) for wrong arguments, as argparse does.
    """
    _replace_closed_streams()
    try:
        # imported here: Ctrl-C while the modules are loaded ends the command without a traceback
        from pytest_acr.harness.check.command import run_command

        return run_command(argv)
    except KeyboardInterrupt:
        return _INTERRUPTED


class DroppedOutput(io.TextIOBase):
    """A stream whose text goes nowhere."""

    def write(self, text: str) -> int:
        """Return the number of characters."""
        return len(text)


def _replace_closed_streams() -> None:
    """Replace streams that were closed before the start: Python has None for them."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, DroppedOutput())
