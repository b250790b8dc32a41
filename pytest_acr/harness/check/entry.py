"""The entry point of registry-check: it handles Ctrl-C from the first of its imports on."""

from collections.abc import Sequence
from typing import Final

_INTERRUPTED: Final = 130
"""The exit status of a process that SIGINT ended, as in a shell: 128 plus the signal's number."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status. `argv` is by default sys.argv's.

    Raises SystemExit(2) for wrong arguments, as argparse does.
    """
    try:
        # imported here: Ctrl-C while the modules are loaded ends the command without a traceback
        from pytest_acr.harness.check.command import run_command

        return run_command(argv)
    except KeyboardInterrupt:
        return _INTERRUPTED
