"""`fake-registry serve` as processes, for tests of what only a process has: signals, limits, output."""

import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from fake_registry.cli import main

ROOT = Path(__file__).parents[2]
READY = re.compile(
    r"fake-registry ready url=(?P<url>\S+) name=(?P<name>\S+) auth=(?P<auth>\S+)"
    r"(?: entra=(?P<entra>\S+) tenant=(?P<tenant>\S+))?(?: control_token=(?P<token>\S+))?\n"
)
HANG_SECONDS = 60
"""For a process that starts or ends, on a busy machine."""


@dataclass(frozen=True)
class RunningCommand:
    """A server command that is ready."""

    process: subprocess.Popen[str]
    ready: re.Match[str]
    log: Path

    @property
    def url(self) -> str:
        return self.ready["url"]

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self.url.rpartition(":")[2])

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Send a signal and wait for the end of the process, which must have status 0.

        Clients of the tests stay as they are: a server that waits for one does not end.
        """
        self.process.send_signal(number)
        status = self.process.wait(HANG_SECONDS)
        assert (status, self.log.read_text()[-2_000:] if status else "") == (0, "")


Serve = Callable[..., RunningCommand]


@contextmanager
def commands(tmp_path: Path) -> Iterator[Serve]:
    """Yield a factory of servers on a free port. Those that still run at the end are stopped."""
    with ExitStack() as stack:

        def start(
            *arguments: str,
            environ: dict[str, str] | None = None,
            errors: int | None = None,
            limits: Callable[[], None] | None = None,
        ) -> RunningCommand:
            """`errors` is a descriptor for standard error; `limits` is called in the new process."""
            log = tmp_path / f"{len([*tmp_path.iterdir()])}.log"
            sink: IO[str] | int = stack.enter_context(log.open("w")) if errors is None else errors
            # Unbuffered output would hide what must be flushed, and what must not be buffered.
            strange = re.compile("FAKE_REGISTRY_.*|PYTHONUNBUFFERED")
            inherited = {name: value for name, value in os.environ.items() if not strange.fullmatch(name)}
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "fake_registry", "serve", *arguments],
                    env={**inherited, "FAKE_REGISTRY_PORT": "0", "PYTHONPATH": str(ROOT), **(environ or {})},
                    stdout=subprocess.PIPE,
                    stderr=sink,
                    text=True,
                    preexec_fn=limits,
                )
            )
            stack.callback(process.kill)
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], HANG_SECONDS)[0], "not ready"
            line = process.stdout.readline()
            ready = READY.fullmatch(line)
            assert ready is not None, (line, log.read_text() if errors is None else "")
            return RunningCommand(process, ready, log)

        yield start


def refusal_of(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the sentence with which the command ends; the status is 2."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", *arguments])
    out, err = capfd.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    return err
