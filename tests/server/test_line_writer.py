"""`cli.line_writer`: lines are written in their order, whether or not the reader is quick."""

import os
from collections.abc import Iterator
from functools import partial
from io import FileIO

import pytest

from fake_registry.cli.line_writer import MAX_UNMADE_LINES, LineWriter

SECONDS = 10


class Pipe:
    """A pipe whose reader is this test."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self.reader = FileIO(reading, "r")
        self.file = FileIO(writing, "w")

    def read_all(self) -> list[str]:
        """Return all lines; the writing end is to be closed."""
        return b"".join(iter(partial(self.reader.read, 65_536), b"")).decode().splitlines()

    def close(self) -> None:
        self.reader.close()
        self.file.close()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.close()


def dropped_line(count: int) -> str:
    return f"{count} dropped"


def test_lines_that_wait_are_written_in_their_order(pipe: Pipe) -> None:
    """More than are made later: the others are made by the callers of `write`."""
    numbers = range(3 * MAX_UNMADE_LINES)
    writer = LineWriter(pipe.file, dropped=dropped_line)
    writer.write(partial(str, "first"))
    assert pipe.reader.read(6) == b"first\n"  # written alone: those that follow are gathered

    for number in numbers:
        writer.write(partial(str, number))
    writer.close(within_seconds=SECONDS)
    pipe.file.close()

    assert pipe.read_all() == list(map(str, numbers))


def test_line_after_the_end_is_dropped(pipe: Pipe) -> None:
    writer = LineWriter(pipe.file, dropped=dropped_line)
    writer.write(partial(str, 1))
    writer.close(within_seconds=SECONDS)
    for _ in range(2 * MAX_UNMADE_LINES):
        writer.write(partial(str, 2))
    pipe.file.close()

    assert pipe.read_all() == ["1"]
