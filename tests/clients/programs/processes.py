"""Runs a program in a copy of its folder, with a time limit."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests.clients.programs.servers import program_environment
from tests.clients.programs.verdict import ProgramResult

INSTALL_SECONDS: Final = 600
RUN_SECONDS: Final = 180
LAST_LINES: Final = 20
PATH_IN_TREE: Final = "tests/clients/programs"
LEFTOVERS: Final = ("build", "node_modules", "target")
"""What a program that was run by hand may have left in its folder."""


def names_of_programs(folder: Path) -> list[str]:
    """Return the names of the folders that have an executable `run`."""
    return sorted(path.parent.name for path in folder.glob("*/run") if os.access(path, os.X_OK))


def run_program(folder: Path) -> ProgramResult:
    """Install the program of a folder, serve its registries and run it.

    That happens in a copy, so that nothing is left in the tree. The copy has the same path below
    the scratch folder, so that modules in Python can import each other by their full names.
    """
    begin = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as scratch:
        copy = shutil.copytree(
            folder,
            Path(scratch) / PATH_IN_TREE / folder.name,
            ignore=shutil.ignore_patterns(*LEFTOVERS),
        )
        status, output = install(copy)
        if status == 0:
            with program_environment(Path(scratch)) as variables:
                status, printed = execute(copy / "run", variables, RUN_SECONDS)
            output += printed
        requests = "".join(last_lines(log) for log in sorted(Path(scratch).glob("*.log")))
    return ProgramResult(folder.name, status, output, (datetime.now(UTC) - begin).total_seconds(), requests)


def last_lines(log: Path) -> str:
    return "".join(log.read_text(encoding="utf-8").splitlines(keepends=True)[-LAST_LINES:])


def install(folder: Path) -> tuple[int | None, str]:
    """Run `install` if the folder has one, with the CA certificates of this machine."""
    path = folder / "install"
    return execute(path, {}, INSTALL_SECONDS) if path.exists() else (0, "")


def execute(path: Path, variables: Mapping[str, str], limit: float) -> tuple[int | None, str]:
    """Return the exit status and the output of an executable; no status if it was cut at the limit."""
    process = subprocess.Popen(
        [path],
        cwd=path.parent,
        env={**os.environ, "PYTHON": sys.executable, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    with process:
        try:
            output, _ = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            return None, output
        return process.returncode, output
