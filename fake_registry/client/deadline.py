"""`Deadline`: the time in which an answer must arrive, however slowly its bytes come.

A read timeout limits the silence between two bytes: a registry that sends one byte each second
never meets it. So an answer has a deadline in all: one for its head, and as long again for each MiB
of its body. A large blob over a slow line arrives, and a single byte each second does not count as
progress.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from fake_registry.client.bounds import MIB, DeadlineExceeded

DEADLINE_SECONDS: Final = 300.0
"""The default. It is azure-core's read timeout, so that no silence that it accepts is cut."""


class Deadline:
    """The time left for one answer, in seconds. Only time between `start` and `stop` counts.

    Not for several threads at a time: each request has its own.
    """

    def __init__(self, seconds: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._now = now
        self._left = seconds
        self._since: float | None = None
        self._has_head = False
        self._received = 0
        self._arrived = 0

    def renew(self) -> None:
        """Begin a new answer, with the whole time."""
        self._has_head = False
        self._received = self._arrived = 0
        self.extend()

    def begin_body(self) -> None:
        """Note that the head of the answer has come. The time runs on."""
        self._has_head = True

    def note_arrived(self, size: int) -> None:
        """Note the bytes of the body that have come, read or not: for `error` alone."""
        self._arrived = size

    def extend(self) -> None:
        """Restore the whole time for the same answer."""
        self._left = self.seconds
        if self._since is not None:
            self._since = self._now()

    def start(self) -> None:
        """Let the time run, because the client waits for the registry."""
        if self._since is None:
            self._since = self._now()

    def stop(self) -> None:
        """Stop the time, because the registry waits for the client."""
        if self._since is not None:
            self._left -= self._now() - self._since
            self._since = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the time run in a block."""
        self.start()
        try:
            yield
        finally:
            self.stop()

    @property
    def runs(self) -> bool:
        """Whether the client waits for the registry."""
        return self._since is not None

    @property
    def left(self) -> float:
        """The seconds that are left; 0 or less after the end."""
        if self._since is None:
            return self._left
        return self._left - (self._now() - self._since)

    def next_of(self, pieces: Iterator[bytes]) -> bytes:
        """Return the next piece of a body; empty at its end. The time runs while it is awaited.

        DeadlineExceeded, and what `pieces` raises.
        """
        self.start()  # not `running`, which costs more: a body has many pieces
        try:
            piece = next(pieces, b"")
        finally:
            self.stop()

        self.count(len(piece))
        return piece

    def count(self, size: int) -> None:
        """Count `size` bytes of a body. Each full MiB renews the time. Raises DeadlineExceeded."""
        left = self._left if self._since is None else self.left
        if left <= 0:
            raise self.error()

        received = self._received + size
        if received // MIB > self._received // MIB:
            self.extend()
        self._received = received

    def error(self) -> DeadlineExceeded:
        """Return the error that names the deadline, and what came by then."""
        within = f"within {self.seconds:g} s"
        if not self._has_head:
            return DeadlineExceeded(f"expected the head of an answer {within}, found none")

        found = max(self._received, self._arrived)
        expected = f"expected each MiB of an answer's body, or its end, {within}"
        return DeadlineExceeded(f"{expected}, found {found} bytes of it")


_CURRENT: Final[ContextVar[Deadline | None]] = ContextVar("deadline", default=None)


@contextmanager
def answer_within(deadline: Deadline) -> Iterator[None]:
    """Apply a deadline to the requests in a block, over sessions that `sessions` has limited.

    The time runs in the block.
    """
    token = _CURRENT.set(deadline)
    try:
        with deadline.running():
            yield
    finally:
        _CURRENT.reset(token)


def current_deadline() -> Deadline | None:
    """Return the deadline of the block that the caller is in."""
    return _CURRENT.get()


def parse_seconds(name: str, seconds: float) -> float:
    """Return the argument `name`, a number of seconds above 0. ValueError, TypeError."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        found = type(seconds).__name__
        raise TypeError(f"{name}: expected a number of seconds, found {found}")
    if not (math.isfinite(seconds) and seconds > 0):
        raise ValueError(f"{name}: expected a number of seconds above 0, found {seconds}")
    return float(seconds)
