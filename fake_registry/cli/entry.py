"""The entry point of the command: it handles Ctrl-C from the first of its imports on."""

from collections.abc import Sequence
from typing import Final

_INTERRUPTED: Final = 130
"""The exit status of a process that SIGINT ended, as in a shell: 128 plus the signal's number."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status. `argv`, without the program's name, is by
    default sys.argv's.

    Raises SystemExit(2) for wrong arguments, as argparse does.
    """
    try:
        # imported here: Ctrl-C while the modules are loaded ends the command without a traceback
        from fake_registry.cli.command import run_command

        return run_command(argv)
    except KeyboardInterrupt:
        return _INTERRUPTED
