"""`Storage`: its index, its files, and folders that other programs have written."""

import errno
import json
import os
import shutil
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from fake_registry import FakeRegistry, ManualClock
from fake_registry.layout import save_layout
from fake_registry.persistence import OpenFolder, StorageError
from fake_registry.persistence.files import STATE_NAME
from fake_registry.spec.attributes import AttributeChanges
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from tests.persistence.stored import SETTINGS, everything_in, loaded_from, stored_in
from tests.support.images import Built, every_kind, image, push
from tests.support.layouts import entry_of, file_of, files_in, write_blob, write_built, write_index

ONE, TWO = RepositoryName("one"), RepositoryName("two")
V1 = Tag("v1")
SKOPEO = shutil.which("skopeo")
HANG_SECONDS = 60


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.mark.parametrize("kind", every_kind())
def test_folder_is_the_layout_that_a_save_writes(path: Path, tmp_path: Path, kind: str) -> None:
    with stored_in(path) as stored:
        push(stored.registry.content, ONE, *every_kind()[kind], tags=[V1, Tag("v2")])
        push(stored.registry.content, TWO, image(b"untagged"))
        save_layout(stored.registry.content, tmp_path / "saved", catalog=stored.registry.content)
    found = files_in(path)
    del found[STATE_NAME]
    assert found == files_in(tmp_path / "saved")


def test_hidden_and_unreadable_items_are_in_the_index(path: Path) -> None:
    """A storage has them: `save_layout` leaves out the first, and refuses the second."""
    with stored_in(path) as stored:
        push(stored.registry.content, ONE, image(b"layer"), tags=[V1])
        changes = AttributeChanges(list_enabled=False, read_enabled=False)
        stored.registry.content.update_tag_attributes(ONE, V1, changes)
    assert names_in_index(path) == ["one:v1"]


def names_in_index(path: Path) -> list[str]:
    entries = json.loads((path / "index.json").read_bytes())["manifests"]
    return [entry["annotations"]["org.opencontainers.image.ref.name"] for entry in entries]


def test_index_follows_soon_without_the_end_of_the_process(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced, replace = threading.Event(), os.replace

    def report(source: str, target: str) -> None:
        replace(source, target)
        if target.endswith("index.json"):
            replaced.set()

    with stored_in(path) as stored:
        monkeypatch.setattr(os, "replace", report)
        push(stored.registry.content, ONE, image(b"layer"), tags=[V1])
        stored.storage.store()
        assert replaced.wait(HANG_SECONDS)
        assert names_in_index(path) == ["one:v1"]


def test_index_that_cannot_be_written_is_reported_once_and_written_at_the_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[str] = []
    reported = threading.Event()

    def report(failure: StorageError) -> None:
        failures.append(str(failure))
        reported.set()

    replace = os.replace

    def refuse(source: str, target: str) -> None:
        if target.endswith("index.json") and not reported.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    registry = FakeRegistry(SETTINGS, clock=ManualClock(0))
    with OpenFolder(path) as folder:
        storage = folder.store(registry, on_failure=report)
        monkeypatch.setattr(os, "replace", refuse)
        push(registry.content, ONE, image(b"layer"), tags=[V1])
        storage.store()
        assert reported.wait(HANG_SECONDS)
        storage.close()
    assert failures == [f"cannot write to {path}: No space left on device"]
    assert names_in_index(path) == ["one:v1"]
    assert list(path.glob("*.part")) == []


def test_blob_that_is_needed_no_longer_loses_its_file(path: Path) -> None:
    with stored_in(path) as stored:
        content = stored.registry.content
        for repository in (ONE, TWO):
            content.put_blob(repository, digest_of(b"blob"), [b"blob"])
        content.delete_blob(ONE, digest_of(b"blob"))
        stored.storage.store()
        stored.storage.tidy()
        kept = file_of(path, digest_of(b"blob")).exists()
        content.delete_blob(TWO, digest_of(b"blob"))
        stored.storage.store()
        stored.storage.tidy()
        assert (kept, file_of(path, digest_of(b"blob")).exists()) == (True, False)


def test_state_file_is_private(path: Path) -> None:
    """It has the passwords of tokens."""
    with stored_in(path) as stored:
        stored.registry.add_token("ci", "_repositories_pull", password="secret")
    assert b"secret" in (path / STATE_NAME).read_bytes()
    assert os.name != "posix" or stat.S_IMODE((path / STATE_NAME).stat().st_mode) == 0o600


def test_state_file_is_compact_after_a_start(path: Path) -> None:
    with stored_in(path) as stored:
        push(stored.registry.content, ONE, image(b"layer"), tags=[V1])
        stored.storage.store()
        once = (path / STATE_NAME).stat().st_size
        for _ in range(100):
            push(stored.registry.content, ONE, image(b"layer"), tags=[V1])
            stored.storage.store()
        often = (path / STATE_NAME).stat().st_size
    with stored_in(path):
        pass
    compact = (path / STATE_NAME).stat().st_size
    assert often > 10 * once > 5 * compact


def test_state_file_that_grows_is_written_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_registry.persistence.storage._MOST_STATE_BYTES", 10_000)
    # the thread of the storage, which waits, might do so before the file has all lines
    with stored_in(path) as stored, stored.storage._tidying:
        for number in range(100):
            push(stored.registry.content, ONE, image(b"layer"), tags=[Tag(f"v{number % 2}")])
            stored.storage.store()
        stored.storage._write_index()
        assert len((path / STATE_NAME).read_bytes().splitlines()) == 2
        push(stored.registry.content, ONE, image(b"other"), tags=[V1])
        stored.storage.store()
        live = everything_in(stored.registry)
        killed = shutil.copytree(path, path.with_name("killed"))
    assert everything_in(loaded_from(killed)) == live


def test_all_content_that_the_index_refers_to_has_a_file(path: Path) -> None:
    """Also of an image that is pushed after the files of short content were written, and before the
    index is: the file of its long manifest is there already, that of its short layer is not."""
    pushed = image(b"layer", annotations={"long": "x" * 100_000})
    with stored_in(path) as stored, stored.storage._tidying:
        push(stored.registry.content, ONE, pushed, tags=[V1])
        stored.storage.store()
        stored.storage._write_index()
        needed = (pushed.digest, digest_of(b"layer"))
        found = [file_of(path, digest).exists() for digest in needed]
        assert (names_in_index(path), found) == (["one:v1"], [True, True])


def test_state_file_that_is_written_anew_has_no_content(path: Path) -> None:
    """So each content has a file before; a file of long content is there before the line."""
    with stored_in(path) as stored, stored.storage._tidying:
        push(stored.registry.content, ONE, image(b"layer", bytes(100_000)), tags=[V1])
        stored.storage.store()
        before = [file.stat().st_size for file in (path / "blobs").rglob("*") if file.is_file()]
        stored.storage._compact()
        live = everything_in(stored.registry)
        killed = shutil.copytree(path, path.with_name("killed"))
    assert before == [100_000]
    assert b'"contents"' not in (killed / STATE_NAME).read_bytes()
    assert everything_in(loaded_from(killed)) == live


def write_skopeo_layout(path: Path, built: Built) -> None:
    write_built(path, built)
    write_index(path, [entry_of(built.manifest.descriptor, "1.0")])


def test_layout_of_another_program_becomes_the_storage(path: Path) -> None:
    write_skopeo_layout(path, image(b"layer"))
    registry = FakeRegistry(SETTINGS, clock=ManualClock(0))
    with OpenFolder(path) as folder:
        folder.load(registry, repository="mine/app")
        folder.store(registry, on_failure=print).close()
    assert names_in_index(path) == ["mine/app:1.0"]
    assert loaded_from(path).repositories() == ("mine/app",)


def test_layout_with_content_that_would_be_lost_is_refused(path: Path) -> None:
    """An entry whose type is not that of a manifest is not loaded (image-spec, Image Layout, index.json)."""
    built = image(b"layer")
    write_built(path, built)
    write_blob(path, b"notes")
    notes = {"mediaType": "text/plain", "digest": digest_of(b"notes"), "size": 5}
    write_index(path, [entry_of(built.manifest.descriptor, "mine/app:1.0"), notes])
    before = files_in(path)
    with OpenFolder(path) as folder, pytest.raises(StorageError, match=f"found {notes['digest']} of type text/plain"):
        folder.load(FakeRegistry(SETTINGS))
    assert files_in(path) == before


def test_stray_file_with_other_content_is_replaced_when_its_digest_is_pushed(path: Path) -> None:
    """It was not compared with its digest when the folder was loaded. A kill before the next
    `index.json` leaves the new content."""
    write_skopeo_layout(path, image(b"layer"))
    write_blob(path, b"stray")
    file_of(path, digest_of(b"stray")).write_bytes(b"damaged")
    registry = FakeRegistry(SETTINGS, clock=ManualClock(0))
    with OpenFolder(path) as folder:
        folder.load(registry, repository="app")
        storage = folder.store(registry, on_failure=print)
        with storage._tidying:
            registry.content.put_blob(ONE, digest_of(b"stray"), [b"stray"])
            storage.store()
            killed = shutil.copytree(path, path.with_name("killed"))
        storage.close()
    assert file_of(path, digest_of(b"stray")).read_bytes() == b"stray"
    assert loaded_from(killed).blob(ONE, digest_of(b"stray")) == b"stray"


def test_folder_in_use_is_refused(path: Path) -> None:
    with stored_in(path):
        with pytest.raises(StorageError, match="a folder that no other process uses, found one in use: stop"):
            OpenFolder(path)
        with pytest.raises(ValueError, match="a folder that no other save uses"):
            save_layout(FakeRegistry(SETTINGS).content, path)
    OpenFolder(path).close()


@pytest.mark.skipif(SKOPEO is None, reason="skopeo is not installed (Debian: apt-get install skopeo)")
def test_skopeo_reads_the_folder_of_a_running_server(path: Path, tmp_path: Path) -> None:
    with stored_in(path) as stored:
        pushed = stored.registry.push_image("samples/hello:v1")
        stored.storage.store()
        stored.storage.tidy()
        source = f"oci:{path}:samples/hello:v1"
        seen = json.loads(subprocess.check_output([str(SKOPEO), "inspect", source], text=True))
        copy = ["copy", "--insecure-policy", "--preserve-digests", source, f"oci:{tmp_path / 'copy'}:v1"]
        subprocess.run([str(SKOPEO), *copy], check=True, capture_output=True)
    assert seen["Digest"] == pushed.digest
    assert file_of(tmp_path / "copy", pushed.digest).exists()
