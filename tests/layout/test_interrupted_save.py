"""A save that is interrupted or killed, at any moment, leaves the old layout or the new one, and every other file."""

import os
import random
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from fake_registry import atomic_file
from fake_registry.core.memory import MemoryRegistry
from fake_registry.layout import files, load_layout, save_layout, writer
from fake_registry.layout.files import is_temporary
from fake_registry.spec.attributes import AttributeChanges
from fake_registry.spec.errors import OperationDisallowed
from fake_registry.spec.names import digest_of
from tests.layout.saver import BOTH, NEW, registry_of
from tests.support.effort import repeated, rounds
from tests.support.images import HELLO, V2, push
from tests.support.interrupts import call_traced
from tests.support.layouts import content_of, empty_registry, file_of, files_in

ROOT = Path(__file__).parents[2]

WRITING = frozenset({atomic_file.__file__, files.__file__, writer.__file__})
"""The modules whose lines create, replace and remove files."""

FOREIGN_FILES = {"main.py": b"print()", "blobs/notes.txt": b"mine", "blobs/sha256/notes.txt": b"mine"}

LINK = b"link to "
"""Begins the text that stands for a symbolic link, with its target, among the contents of files."""

IN_PLACE_OF_BLOBS = {
    str(file_of(Path(), digest_of(b"new layer"))): b"damaged",
    str(file_of(Path(), NEW.digest)): LINK + b"../../main.py",
}
"""A damaged file and a link where the new layout has blobs, and the old one has none."""

ROUNDS = rounds(5)
"""Kills in each run of `test_kill_leaves_the_old_or_the_new_layout`."""

OnLine = Callable[[int], None]


def content_in(path: Path) -> dict[str, object]:
    with empty_registry() as registry:
        load_layout(registry, path)
        return content_of(registry)


def saved_files(path: Path, *, new: bool) -> dict[str, bytes]:
    """Return the files of a fresh layout, which is written to `path` and removed again."""
    with registry_of(new=new) as registry:
        save_layout(registry, path)
    saved = files_in(path)
    shutil.rmtree(path)
    return saved


def write_files(path: Path, contents: Mapping[str, bytes]) -> None:
    for name, content in contents.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if content.startswith(LINK):
            file.symlink_to(os.fsdecode(content.removeprefix(LINK)))
        else:
            file.write_bytes(content)


def files_and_links_in(path: Path) -> dict[str, bytes]:
    """Return every file below `path`, and every link as `LINK` with its target."""
    links = {
        str(file.relative_to(path)): LINK + os.fsencode(file.readlink())
        for file in path.rglob("*")
        if file.is_symlink()
    }
    return files_in(path) | links


def trace_writing(action: Callable[[], object], on_line: OnLine) -> None:
    """Run `action`, and `on_line` before each line of `WRITING`, with the line's number in this run."""
    numbers = count(1)

    def trace(frame: FrameType, event: str, _: Any) -> Any:  # Any: a trace function, as typeshed has it
        if frame.f_code.co_filename not in WRITING:
            return None
        if event == "line":
            on_line(next(numbers))
        return trace

    call_traced(action, trace)


def interrupted_saves(registry: MemoryRegistry, path: Path, before: Mapping[str, bytes]) -> Iterator[dict[str, bytes]]:
    """Save over `before`, interrupted before the first line, the second, ...: yield the files that each leaves."""
    for line in count(1):
        shutil.rmtree(path, ignore_errors=True)
        write_files(path, before)
        try:
            trace_writing(lambda: save_layout(registry, path), lambda number: interrupt_at(line, number))  # noqa: B023
        except KeyboardInterrupt:
            yield files_and_links_in(path)
        except OperationDisallowed:
            return
        else:
            return


def interrupt_at(line: int, number: int) -> None:
    if number == line:
        raise KeyboardInterrupt


# an interrupt between `open` and `with` leaves an open file to the garbage collector, which warns
ignore_open_files = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def before(tmp_path: Path) -> dict[str, bytes]:
    return saved_files(tmp_path / "before", new=False) | FOREIGN_FILES | IN_PLACE_OF_BLOBS


@pytest.fixture
def after(tmp_path: Path) -> dict[str, bytes]:
    return saved_files(tmp_path / "after", new=True) | FOREIGN_FILES


def test_files_in_the_place_of_blobs_are_replaced(
    tmp_path: Path, before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    write_files(tmp_path / "layout", before)
    with registry_of(new=True) as registry:
        save_layout(registry, tmp_path / "layout")
    assert files_and_links_in(tmp_path / "layout") == after


def test_reader_finds_a_valid_layout_before_every_line(tmp_path: Path, before: dict[str, bytes]) -> None:
    found = []
    write_files(tmp_path, before)
    with registry_of(new=False) as old, registry_of(new=True) as new:
        trace_writing(lambda: save_layout(new, tmp_path), lambda _: found.append(content_in(tmp_path)))
        switch = found.index(content_of(new))
        assert found == [content_of(old)] * switch + [content_of(new)] * (len(found) - switch)
    assert FOREIGN_FILES.items() <= files_in(tmp_path).items()


@pytest.mark.exhaustive
@ignore_open_files
def test_interrupt_before_any_line_leaves_the_old_or_the_new_layout(
    tmp_path: Path, before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    interrupts = 0
    with registry_of(new=True) as registry:
        for found in interrupted_saves(registry, tmp_path / "layout", before):
            interrupts += 1
            if found["index.json"] == before["index.json"]:
                assert found == before
            else:
                assert after.items() <= found.items() <= (before | after).items()
    assert interrupts > 100


@pytest.mark.exhaustive
@ignore_open_files
def test_interrupt_of_a_first_save_leaves_nothing_or_the_layout(tmp_path: Path) -> None:
    after = saved_files(tmp_path / "after", new=True)
    with registry_of(new=True) as registry:
        found = [*interrupted_saves(registry, tmp_path / "layout", {})]
    switch = found.index(after)
    assert found == [{}] * switch + [after] * (len(found) - switch)
    assert switch > 50


def test_folder_of_a_first_save_that_was_killed_before_any_line_can_be_saved_to(tmp_path: Path) -> None:
    left: list[dict[str, bytes]] = []

    def remember_files(_: int) -> None:
        found = files_in(tmp_path / "first")
        if found not in left:
            left.append(found)

    after = saved_files(tmp_path / "after", new=True)
    with registry_of(new=True) as registry:
        trace_writing(lambda: save_layout(registry, tmp_path / "first"), remember_files)
        for number, found in enumerate(left):
            write_files(tmp_path / str(number), found)
            assert files_in(save_layout(registry, tmp_path / str(number))) == after
    assert len(left) > 10


@pytest.mark.exhaustive
@ignore_open_files
def test_interrupt_while_a_failed_save_is_rolled_back_leaves_the_old_layout(
    tmp_path: Path, before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    path = tmp_path / "layout"
    with registry_of(new=True) as registry:
        push(registry, HELLO, BOTH, tags=[V2])
        registry.update_tag_attributes(HELLO, V2, AttributeChanges(read_enabled=False))
        for found in interrupted_saves(registry, path, before):
            left = {name: content for name, content in found.items() if not is_temporary(path / name)}
            assert before.items() <= left.items() <= (after | before).items()


@pytest.mark.skipif(sys.platform == "win32", reason="no fork and no SIGKILL")
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.exhaustive)])
@repeated
def test_kill_leaves_the_old_or_the_new_layout(
    tmp_path: Path, before: dict[str, bytes], after: dict[str, bytes], seed: int
) -> None:
    with registry_of(new=False) as old, registry_of(new=True) as new:
        contents = [content_of(old), content_of(new)]

    moments = random.Random(seed)
    write_files(tmp_path, before)
    with saver_of(tmp_path) as saver:
        for _ in range(ROUNDS):
            kill_one_save(saver, moments.uniform(0, 0.02))
            assert content_in(tmp_path) in contents

            found = files_in(tmp_path)
            assert FOREIGN_FILES.items() <= found.items()
            assert all(name in before | after or is_temporary(tmp_path / name) for name in found)


@contextmanager
def saver_of(path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start `saver`, which forks a process that saves to `path` for each line that it is sent."""
    command = [sys.executable, "-m", "tests.layout.saver", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as saver:
        yield saver
        assert saver.stdin is not None
        saver.stdin.close()
        assert saver.wait(timeout=30) == 0


def kill_one_save(saver: "subprocess.Popen[bytes]", after_seconds: float) -> None:
    """Start a process that saves again and again; kill it after some time, whatever it is doing then."""
    assert saver.stdin is not None
    assert saver.stdout is not None
    saver.stdin.write(b"\n")
    saver.stdin.flush()
    pid = int(saver.stdout.readline())

    # it prints nothing until it has ended: this waits for the time
    assert select.select([saver.stdout], [], [], after_seconds) == ([], [], [])
    os.kill(pid, signal.SIGKILL)
    assert saver.stdout.readline() == b"killed\n"
