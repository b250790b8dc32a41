"""A kill after any operation on a file leaves a folder that loads, with each acknowledged change.

The folder is copied after each operation of the process, as a kill at that moment leaves it; so no
code of the process runs after the kill, as it would after an exception.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from fake_registry import FakeRegistry, ManualClock
from fake_registry.layout.folder import LayoutFolder
from fake_registry.persistence.files import STATE_NAME
from fake_registry.persistence.reading import read_state
from fake_registry.spec.attributes import AttributeChanges
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from tests.persistence.stored import SETTINGS, everything_in, loaded_from, stored_in
from tests.support.images import image, index, push
from tests.support.layouts import content_of

ONE, TWO = RepositoryName("one"), RepositoryName("two")
V1, V2 = Tag("v1"), Tag("v2")

OPERATIONS: Final = ("open", "write", "replace", "unlink", "ftruncate", "mkdir")
"""What `os` does to files."""

CALLS: Final[tuple[Callable[[FakeRegistry], object], ...]] = (
    lambda registry: registry.content.put_blob(ONE, digest_of(b"blob"), [b"bl", b"ob"]),
    lambda registry: push(registry.content, ONE, image(b"first"), tags=[V1]),
    lambda registry: push(registry.content, ONE, image(b"second"), index(image(b"second").manifest), tags=[V1, V2]),
    lambda registry: registry.content.update_tag_attributes(ONE, V1, AttributeChanges(delete_enabled=False)),
    lambda registry: registry.content.mount_blob(TWO, digest_of(b"first"), source=ONE),
    lambda registry: registry.content.delete_manifest(ONE, image(b"first").digest),
    lambda registry: registry.content.delete_blob(ONE, digest_of(b"first")),
    lambda registry: registry.grant("principal", "AcrPull"),
    lambda registry: registry.content.delete_tag(ONE, V2),
    lambda registry: registry.restore(registry.snapshot()),
    lambda registry: registry.reset(),
    lambda registry: push(registry.content, TWO, image(b"first"), tags=[V1]),
)


@contextmanager
def after_each_operation(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` after each operation on a file in the block; not for its own operations.

    The operations of other threads wait meanwhile.
    """
    acting: list[bool] = []
    one_at_a_time = threading.RLock()

    def followed(operation: Callable[..., Any]) -> Callable[..., Any]:  # Any: of each operation
        def call(*args: Any, **kwargs: Any) -> Any:  # Any: as above
            with one_at_a_time:
                result = operation(*args, **kwargs)
                if not acting:
                    acting.append(True)
                    act()
                    acting.clear()
                return result

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in OPERATIONS:
            patch.setattr(os, name, followed(getattr(os, name)))
        yield


Killed = list[tuple[Path, int]]
"""The folders that kills leave, each with the number of states that were acknowledged before."""


@contextmanager
def killed_at_each_operation(path: Path, copies: Path, acknowledged: Sequence[object]) -> Iterator[Killed]:
    """Yield a list, which gets an entry for each operation on a file in the block."""
    killed: Killed = []

    def kill() -> None:
        copy = copies / f"killed{len(killed)}"
        shutil.copytree(path, copy)
        killed.append((copy, len(acknowledged)))

    with after_each_operation(kill):
        yield killed


def kills_during_all_calls(path: Path, copies: Path) -> tuple[Killed, list[object]]:
    """Perform all calls. Return what kills leave, and the states that were acknowledged."""
    states: list[object] = []
    with killed_at_each_operation(path, copies, states) as killed, stored_in(path) as stored:
        states.append(everything_in(stored.registry))
        for call in CALLS:
            call(stored.registry)
            after = everything_in(stored.registry)
            stored.storage.store()
            states.append(after)
            stored.storage.tidy()
    return killed, states


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "storage"
    folder.mkdir()
    return folder


def names_in(folder: Path) -> set[str]:
    return {file.name for file in folder.rglob("*") if file.is_file()}


def test_kill_keeps_what_was_acknowledged(path: Path, tmp_path: Path) -> None:
    """The change that was under way at the kill is there as a whole, or not at all."""
    killed, states = kills_during_all_calls(path, tmp_path)
    for copy, acknowledged in killed:
        last = max(acknowledged - 1, 0)
        assert everything_in(loaded_from(copy)) in states[last : last + 2]
    assert len(killed) > 5 * len(CALLS)


def test_index_after_a_kill_has_its_files(path: Path, tmp_path: Path) -> None:
    """So other programs can read the layout at any time."""
    for copy, _ in kills_during_all_calls(path, tmp_path)[0]:
        if (copy / STATE_NAME).exists():
            folder = LayoutFolder(copy)
            assert [entry.digest for entry in folder.entries if not folder.is_intact(entry.digest)] == []


def test_next_start_removes_what_a_kill_left(path: Path, tmp_path: Path) -> None:
    for copy, _ in kills_during_all_calls(path, tmp_path)[0]:
        with stored_in(copy) as stored:
            states = stored.registry.content.snapshot().repositories
        needed = {digest for state in states for digest in (*state.blobs, *state.manifests)}
        assert names_in(copy / "blobs") == {digest.partition(":")[2] for digest in needed}
        assert list(copy.rglob("*.part")) == []


def test_kill_of_the_next_start_keeps_everything(path: Path, tmp_path: Path) -> None:
    with stored_in(path) as stored:
        push(stored.registry.content, ONE, image(b"first"), tags=[V1])
        stored.registry.grant("principal", "AcrPull")
        before = everything_in(stored.registry)
    (path / "blobs" / "sha256" / ("0" * 64)).write_bytes(b"of a kill")

    with killed_at_each_operation(path, tmp_path, ()) as killed, stored_in(path):
        pass
    assert [everything_in(loaded_from(copy)) == before for copy, _ in killed] == [True] * len(killed)
    assert len(killed) > 5


def test_kill_of_the_first_start_keeps_the_layout(path: Path, tmp_path: Path) -> None:
    source = FakeRegistry(SETTINGS, clock=ManualClock(0))
    push(source.content, ONE, image(b"first"), index(image(b"first").manifest), tags=[V1])
    source.save_layout(path)
    before = content_of(loaded_from(path).content)

    with killed_at_each_operation(path, tmp_path, ()) as killed, stored_in(path):
        pass
    assert [content_of(loaded_from(copy).content) == before for copy, _ in killed] == [True] * len(killed)
    assert len(killed) > 5


def test_line_that_was_cut_is_ignored(path: Path) -> None:
    """A kill can end a write in the middle."""
    with stored_in(path) as stored:
        stored.registry.push_image("one:v1")
        stored.storage.store()
        before = everything_in(stored.registry)
        whole = (path / STATE_NAME).read_bytes()
        stored.registry.push_image("one:v2")
        stored.storage.store()
        after = everything_in(stored.registry)
        longer = (path / STATE_NAME).read_bytes()

    for length in range(len(whole), len(longer)):
        (path / STATE_NAME).write_bytes(longer[:length])
        assert read_state(path / STATE_NAME).repositories["one"].tags.keys() == {"v1"}
    assert everything_in(loaded_from(path)) == before

    (path / STATE_NAME).write_bytes(longer)
    assert everything_in(loaded_from(path)) == after
