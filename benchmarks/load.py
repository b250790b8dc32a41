"""Where a run was made, and whether other work on the machine spoils its figures."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

MOST_LOAD_PER_CORE = 1.5


@dataclass
class Load:
    """The load average of a minute per core, at the start and at the end of a run.

    The benchmarks themselves keep at most one runnable thread per core: a client and its server on
    two cores. That is the share of the load at the end that is subtracted.
    """

    at_start: float
    at_end: float = 0.0

    @property
    def is_busy(self) -> bool:
        return self.at_start > MOST_LOAD_PER_CORE or self.of_others_at_end > MOST_LOAD_PER_CORE

    @property
    def of_others_at_end(self) -> float:
        own_share = 1.0
        return max(0.0, self.at_end - own_share)

    def __str__(self) -> str:
        return f"{self.at_start:.2f} per core at the start, {self.at_end:.2f} at the end"


@contextmanager
def load_of_run() -> Iterator[Load]:
    """Look at the load before and after the block."""
    load = Load(at_start=load_per_core())
    yield load
    load.at_end = load_per_core()


def load_per_core() -> float:
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def facts_of_run() -> str:
    """Return a sentence with the date, the commit, Python's version and the number of cores."""
    day = datetime.now(UTC).date().isoformat()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{day}, {_commit()}{python} on {os.cpu_count()} cores ({platform.machine()})."


def _commit() -> str:
    """Return the commit of this tree; nothing outside of a repository, or without git."""
    program = shutil.which("git")
    if program is None:
        return ""

    git = [program, "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    done = subprocess.run(git, capture_output=True, text=True, check=False)
    return f"commit {done.stdout.strip()}, " if done.returncode == 0 else ""
