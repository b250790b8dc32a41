"""Folders that another program changes, before they are opened and while they are a storage."""

import os
import shutil
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from werkzeug.test import Client

from fake_registry.control import ControlApp
from fake_registry.persistence import PersistentApp, StorageError
from fake_registry.persistence.files import STATE_NAME
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from tests.persistence.stored import loaded_from, stored_in
from tests.support.images import image, push
from tests.support.layouts import file_of, files_in

ONE = RepositoryName("one")
HANG_SECONDS = 60


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "storage"


def remove_folder(path: Path) -> None:
    shutil.rmtree(path)


def replace_folder_by_an_empty_one(path: Path) -> None:
    shutil.rmtree(path)
    path.mkdir()


def move_folder(path: Path) -> None:
    path.rename(path.with_name("moved"))


def remove_state(path: Path) -> None:
    (path / STATE_NAME).unlink()


def replace_state_by_a_copy(path: Path) -> None:
    shutil.copy(path / STATE_NAME, path / "copy")
    (path / "copy").replace(path / STATE_NAME)


def empty_state(path: Path) -> None:
    (path / STATE_NAME).write_bytes(b"")


def append_to_state(path: Path) -> None:
    with (path / STATE_NAME).open("ab") as file:
        file.write(b"{}\n")


CHANGES = (
    remove_folder,
    replace_folder_by_an_empty_one,
    move_folder,
    remove_state,
    replace_state_by_a_copy,
    empty_state,
    append_to_state,
)


def ignore(_: StorageError) -> None:
    """Take the report of an index that cannot be written."""


@pytest.mark.parametrize("change", CHANGES)
def test_storage_that_another_program_has_changed_takes_no_more_changes(
    path: Path, change: Callable[[Path], None]
) -> None:
    """A change written to a file that has no name any more would be acknowledged and lost."""
    refusal = f"cannot write to {path}: another program has removed or changed {STATE_NAME}"
    with ExitStack() as end:
        stored = end.enter_context(stored_in(path, on_failure=ignore))
        push(stored.registry.content, ONE, image(b"layer"), tags=[Tag("v1")])
        stored.storage.store()
        stored.storage.tidy()
        change(path)
        left = files_in(path) if path.exists() else None

        stored.registry.content.put_blob(ONE, digest_of(b"blob"), [b"blob"])
        with pytest.raises(StorageError, match=refusal):
            stored.storage.store()
        with pytest.raises(StorageError, match=refusal):
            end.close()
    assert (files_in(path) if path.exists() else None) == left


def test_long_content_without_its_folder_is_refused(path: Path) -> None:
    """Its folder is not made anew: the content that was in it is lost, which the next start must say."""
    content = bytes(100_000)
    with ExitStack() as end:
        stored = end.enter_context(stored_in(path, on_failure=ignore))
        shutil.rmtree(path / "blobs")
        stored.registry.content.put_blob(ONE, digest_of(content), [content])
        for write in (stored.storage.store, end.close):
            with pytest.raises(StorageError, match=f"cannot write to {path}: No such file"):
                write()
    assert not (path / "blobs").exists()


def test_folder_that_is_gone_keeps_no_other_registry_from_its_own(tmp_path: Path) -> None:
    """Its client has 503: the app does not know which registry a request has changed."""
    left, right = tmp_path / "left", tmp_path / "right"
    with ExitStack() as end:
        with_left = end.enter_context(stored_in(left, on_failure=ignore))
        with_right = end.enter_context(stored_in(right))
        with_left.registry.push_image("hello:v1")
        shutil.rmtree(left)
        app = PersistentApp(
            ControlApp(with_right.registry, with_right.registry.wsgi_app),
            [with_left.storage, with_right.storage],
            on_failure=ignore,
        )
        assert Client(app).post("/_fake/images", json={"name": "hello:v1"}).status_code == 503
        killed = with_right.copy_to(tmp_path / "killed")
        with pytest.raises(StorageError, match=f"cannot write to {left}"):
            end.close()
    assert loaded_from(killed).repositories() == ("hello",)


def replace_by_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["a blob", "a manifest", STATE_NAME, "oci-layout"])
def test_pipe_in_place_of_a_file_is_refused(path: Path, name: str) -> None:
    """To read from it would take forever."""
    built = image(b"layer")
    with stored_in(path) as stored:
        push(stored.registry.content, ONE, built, tags=[Tag("v1")])
    files = {"a blob": file_of(path, digest_of(b"layer")), "a manifest": file_of(path, built.digest)}
    replace_by_pipe(files.get(name, path / name))

    refusals: list[str] = []

    def load() -> None:
        with pytest.raises(StorageError) as refusal:
            loaded_from(path)
        refusals.append(str(refusal.value))

    loading = threading.Thread(target=load, daemon=True)
    loading.start()
    loading.join(HANG_SECONDS)
    assert [refusal.endswith("expected a file, found a pipe or a device") for refusal in refusals] == [True]
