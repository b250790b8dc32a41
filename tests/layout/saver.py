"""Run as a program: for each line on standard input, fork a process that saves to a folder until it is killed."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

from fake_registry.core.memory import MemoryRegistry
from fake_registry.layout import save_layout
from tests.support.images import HELLO, OTHER, V1, image, push
from tests.support.layouts import empty_registry

OLD, BOTH, NEW = image(b"old layer"), image(b"layer of both"), image(b"new layer")


@contextmanager
def registry_of(*, new: bool) -> Iterator[MemoryRegistry]:
    """Open a registry with the old content or with the new content, which share an image."""
    with empty_registry() as registry:
        push(registry, HELLO, NEW if new else OLD, tags=[V1])
        push(registry, OTHER, BOTH, tags=[V1])
        yield registry


def save_until_killed(path: Path) -> None:
    with registry_of(new=False) as old, registry_of(new=True) as new:
        for registry in cycle((new, old)):
            save_layout(registry, path)


def main(path: Path) -> None:
    os.fsync = lambda fd: None  # a kill loses nothing that is written, and a disk can take 20 ms for it
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            save_until_killed(path)

        write_line(f"{pid}")
        _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            write_line("killed")
        else:
            write_line(f"ended with status {status}")


def write_line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
