"""`LineWriter`: writes lines in a thread of its own, so that no client waits for a log's reader."""

import threading
import time
from collections import deque
from collections.abc import Callable
from io import FileIO
from typing import Final

MAX_QUEUED_BYTES: Final = 1 << 20
"""The most bytes of lines that wait for the reader, some thousand lines."""

MAX_UNMADE_LINES: Final = 256
"""The most lines that are not yet made into text. What they are made of may be 128 KiB each."""

GATHER_SECONDS: Final = 0.02
"""The time after a write in which lines are gathered for the next one. To wake a thread for each
line, and to make it while the caches hold other things, takes a third of the server's time."""

_BATCH_BYTES: Final = 1 << 16
"""Lines are written together up to this size, as much as a pipe holds on Linux."""

_RETRY_SECONDS: Final = 0.05
"""The time between two attempts to write to a full pipe that does not block."""

Line = Callable[[], str]
"""Returns a line, or several, without the line break at the end. It raises nothing, and is called
in any thread."""


class LineWriter:
    """Writes lines to `file`, from any thread; `write` never waits for the file.

    Lines that come while too many wait are dropped, and so are those that cannot be written. The
    line `dropped(COUNT)` then stands in their place.

    The file must be unbuffered: a thread whose write blocks would hold the lock of a buffer, and
    the interpreter could not end without it.
    """

    def __init__(self, file: FileIO, *, dropped: Callable[[int], str]) -> None:
        self._file = file
        self._dropped_line = dropped
        self._unmade: deque[Line] = deque()
        self._changed = threading.Condition()
        self._lines: deque[bytes] = deque()
        self._queued_bytes = 0
        self._dropped = 0
        self._sleeps = False  # the thread waits for a line, however long that takes
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake-registry log", daemon=True)
        self._thread.start()

    def write(self, line: Line) -> None:
        """Write a line soon: at once, or together with others within `GATHER_SECONDS`."""
        self._unmade.append(line)
        if self._sleeps or len(self._unmade) > MAX_UNMADE_LINES:
            with self._changed:
                self._make_lines()
                self._changed.notify()

    def close(self, *, within_seconds: float) -> None:
        """Write the lines that wait, if that takes no longer; later lines are dropped."""
        with self._changed:
            self._make_lines()
            self._report_dropped()
            self._closing.set()
            self._changed.notify()
        self._thread.join(within_seconds)

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                self._write_all(b"".join(batch))
            except OSError:  # the reader is gone, or the disk is full
                self._count_dropped(len(batch))
            else:
                self._report_when_read()
            batch.clear()  # the next one may be long in coming
            self._closing.wait(GATHER_SECONDS)

    def _next_batch(self) -> list[bytes]:
        """Wait for lines, and return some; none at the end."""
        with self._changed:
            self._sleeps = True  # before the lines are looked at, as `write` does it the other way
            self._make_lines()
            while not self._lines and not self._closing.is_set():
                self._changed.wait()
            self._sleeps = False

            batch: list[bytes] = []
            size = 0
            while self._lines and (not batch or size + len(self._lines[0]) <= _BATCH_BYTES):
                line = self._lines.popleft()
                batch.append(line)
                size += len(line)
            self._queued_bytes -= size
            return batch

    def _make_lines(self) -> None:
        """Queue the lines that are not yet made; drop those for which there is no room."""
        while self._unmade:
            line = _encode(self._unmade.popleft()())
            if self._queued_bytes + len(line) > MAX_QUEUED_BYTES or self._closing.is_set():
                self._dropped += 1
            else:
                self._report_dropped()
                self._append(line)

    def _write_all(self, content: bytes) -> None:
        left = memoryview(content)
        while left:
            written = self._file.write(left)
            if written is None:  # a pipe that is full, and that another process made non-blocking
                time.sleep(_RETRY_SECONDS)
                continue
            left = left[written:]

    def _count_dropped(self, count: int) -> None:
        with self._changed:
            self._dropped += count

    def _report_when_read(self) -> None:
        """Report dropped lines once the reader has read the lines before them."""
        with self._changed:
            if not self._lines:
                self._report_dropped()

    def _report_dropped(self) -> None:
        count, self._dropped = self._dropped, 0
        if count:
            self._append(_encode(self._dropped_line(count)))

    def _append(self, line: bytes) -> None:
        self._lines.append(line)
        self._queued_bytes += len(line)


def _encode(text: str) -> bytes:
    return f"{text}\n".encode("utf-8", "backslashreplace")
