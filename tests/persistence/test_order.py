"""The order of lines in a state file is that of the changes, also where a thread is slow."""

import os
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from fake_registry.core.memory import MemoryRegistry
from fake_registry.spec.errors import RegistryError
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from tests.persistence.stored import everything_in, loaded_from, stored_in
from tests.support.effort import repeated, rounds
from tests.support.images import image, push
from tests.support.threads import run_together

ONE, TWO = RepositoryName("one"), RepositoryName("two")
V1 = Tag("v1")
ROUNDS = rounds(2)
HANG_SECONDS = 60
SLOW = b"slow".ljust(100_000)
"""Long content, which is a file before the line of its change."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "storage"


def test_line_of_a_slow_push_precedes_that_of_a_later_change(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The later change of the same tag has its files first."""
    slow_begun, slow_may_end = threading.Event(), threading.Event()
    write = os.write

    def write_slowly(descriptor: int, content: Any) -> int:  # Any: as of `os.write`
        if bytes(content[:4]) == b"slow":
            slow_begun.set()
            assert slow_may_end.wait(HANG_SECONDS)
        return write(descriptor, content)

    with stored_in(path) as stored:

        def push_and_store(layer: bytes) -> None:
            push(stored.registry.content, ONE, image(layer), tags=[V1])
            stored.storage.store()

        monkeypatch.setattr(os, "write", write_slowly)
        slow, fast = (threading.Thread(target=push_and_store, args=(layer,)) for layer in (SLOW, b"fast"))
        slow.start()
        assert slow_begun.wait(HANG_SECONDS)
        fast.start()
        fast.join(0.1)  # time for a line that does not wait for its turn
        slow_may_end.set()
        slow.join()
        fast.join()
        killed = stored.copy_to(path.with_name("killed"))
        live = everything_in(stored.registry)
    assert everything_in(loaded_from(killed)) == live
    assert loaded_from(killed).image("one:v1").digest == image(b"fast").digest


@repeated
def test_concurrent_writers_are_stored_in_their_order(path: Path, tmp_path: Path) -> None:
    """All change the same tags and blobs."""
    for number in range(ROUNDS):
        folder = path / str(number)
        with stored_in(folder) as stored:
            run_together(writer_of(stored.registry.content, stored.storage.store), threads=4)
            live = everything_in(stored.registry)
            killed = stored.copy_to(tmp_path / f"killed{number}")
        assert everything_in(loaded_from(killed)) == live
        assert everything_in(loaded_from(folder)) == live


def writer_of(content: MemoryRegistry, store: Callable[[], None]) -> Callable[[], None]:
    numbers = count()

    def write() -> None:
        for _ in range(25):
            number = next(numbers)
            tag = Tag(f"v{number % 3}")
            built = image(b"layer %d" % (number % 5))
            try:
                push(content, (ONE, TWO)[number % 2], built, tags=[tag])
                store()
                if number % 3 == 0:
                    content.delete_manifest(ONE, built.digest)
                if number % 7 == 0:
                    content.delete_blob(TWO, digest_of(b"layer %d" % (number % 5)))
            except RegistryError:  # another writer has deleted it
                continue
            finally:
                store()

    return write
