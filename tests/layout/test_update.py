"""Saving into a folder that has files already: a layout is updated in place, and no other file is touched."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fake_registry.atomic_file import replacement_of
from fake_registry.core.memory import MemoryRegistry
from fake_registry.layout import LayoutError, load_layout, save_layout
from fake_registry.layout.writer import update_layout
from fake_registry.spec.attributes import AttributeChanges
from fake_registry.spec.errors import OperationDisallowed
from fake_registry.spec.names import digest_of
from tests.support.images import HELLO, V1, V2, image, index, push
from tests.support.layouts import content_of, empty_registry, file_of, files_in, write_blob, write_index

OLD = image(b"old layer")
NEW = image(b"new layer")
SHARED_CONFIG = OLD.blobs[0]

FOREIGN_FILES = {
    "main.py": b"print()",
    ".git/config": b"[core]",
    "blobs/notes.txt": b"mine",
    "blobs/sha256/notes.txt": b"mine",
    f"blobs/{digest_of(b'unrelated').replace(':', '/')}": b"unrelated",
    "blobs/sha256/.fake-registry-mine.part": b"mine",
    ".fake-registry-0123.part": b"mine",
}


@pytest.fixture
def registry() -> Iterator[MemoryRegistry]:
    with empty_registry() as opened:
        yield opened


@pytest.fixture
def layout(registry: MemoryRegistry, tmp_path: Path) -> Path:
    """A saved layout whose tag `v1` is OLD; in the registry the tag has moved to NEW since, and OLD is deleted."""
    push(registry, HELLO, OLD, tags=[V1])
    path = save_layout(registry, tmp_path / "layout")

    push(registry, HELLO, NEW, tags=[V1])
    registry.delete_manifest(HELLO, OLD.digest)
    return path


def write_foreign_files(path: Path) -> None:
    for name, content in FOREIGN_FILES.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)


def loaded_content_of(path: Path) -> dict[str, object]:
    with empty_registry() as registry:
        load_layout(registry, path)
        return content_of(registry)


def test_layout_is_replaced_by_the_new_content(registry: MemoryRegistry, layout: Path, tmp_path: Path) -> None:
    save_layout(registry, layout)
    assert files_in(layout) == files_in(save_layout(registry, tmp_path / "fresh"))


def test_files_beside_the_layout_are_left_alone(registry: MemoryRegistry, layout: Path, tmp_path: Path) -> None:
    write_foreign_files(layout)
    save_layout(registry, layout)
    assert files_in(layout) == files_in(save_layout(registry, tmp_path / "fresh")) | FOREIGN_FILES


def test_saving_again_changes_no_blob(registry: MemoryRegistry, layout: Path) -> None:
    save_layout(registry, layout)
    before = {path: path.stat().st_ino for path in (layout / "blobs").rglob("*")}
    save_layout(registry, layout)
    assert {path: path.stat().st_ino for path in (layout / "blobs").rglob("*")} == before


def test_manifests_below_an_index_are_removed_with_it(registry: MemoryRegistry, tmp_path: Path) -> None:
    inner = index(OLD.manifest)
    outer = index(inner.manifest)
    push(registry, HELLO, OLD, inner, outer, tags=[V1])
    path = save_layout(registry, tmp_path / "layout")

    registry.delete_repository(HELLO)
    save_layout(registry, path)
    assert files_in(path).keys() == {"oci-layout", "index.json"}


def test_layer_that_only_the_layout_has_is_kept_while_a_manifest_refers_to_it(
    registry: MemoryRegistry, tmp_path: Path
) -> None:
    push(registry, HELLO, OLD, index(OLD.manifest), tags=[V1])
    path = save_layout(registry, tmp_path / "layout")
    before = files_in(path)

    registry.delete_manifest(HELLO, OLD.digest)
    registry.delete_blob(HELLO, digest_of(b"old layer"))
    save_layout(registry, path)
    assert files_in(path) == before


@pytest.mark.parametrize("content", [None, b"broken", NEW.manifest.content], ids=["missing", "broken", "another"])
def test_old_manifest_that_cannot_be_read_leaves_its_layers(
    registry: MemoryRegistry, layout: Path, content: bytes | None
) -> None:
    file_of(layout, OLD.digest).unlink()
    if content is not None:
        write_blob(layout, content)
        file_of(layout, digest_of(content)).rename(file_of(layout, OLD.digest))

    save_layout(registry, layout)
    assert not file_of(layout, OLD.digest).exists()
    assert file_of(layout, digest_of(b"old layer")).read_bytes() == b"old layer"


def test_old_entry_that_is_not_a_manifest_is_removed(registry: MemoryRegistry, layout: Path) -> None:
    write_blob(layout, b"<component/>")
    digest = digest_of(b"<component/>")
    write_index(layout, [{"mediaType": "application/xml", "digest": digest, "size": 12}])
    save_layout(registry, layout)
    assert not file_of(layout, digest).exists()
    assert loaded_content_of(layout) == content_of(registry)


@pytest.mark.parametrize("damaged", [NEW.digest, digest_of(b"new layer"), digest_of(SHARED_CONFIG)])
def test_file_with_other_content_is_replaced(registry: MemoryRegistry, layout: Path, damaged: str) -> None:
    file_of(layout, damaged).write_bytes(b"damaged")
    save_layout(registry, layout)
    assert loaded_content_of(layout) == content_of(registry)


@pytest.mark.parametrize("target", ["outside", "nowhere", "itself"])
def test_link_in_place_of_a_blob_is_replaced_and_its_target_is_left_alone(
    registry: MemoryRegistry, layout: Path, target: str
) -> None:
    outside = layout.parent / "outside"
    outside.write_bytes(b"new layer")
    link = file_of(layout, digest_of(b"new layer"))
    link.symlink_to(link if target == "itself" else layout.parent / target)

    save_layout(registry, layout)
    assert not link.is_symlink()
    assert link.read_bytes() == outside.read_bytes() == b"new layer"
    assert not (layout.parent / "nowhere").exists()


def test_link_to_the_right_content_in_the_folder_is_left_alone(registry: MemoryRegistry, layout: Path) -> None:
    (layout / "cache").write_bytes(b"new layer")
    link = file_of(layout, digest_of(b"new layer"))
    link.symlink_to(layout / "cache")
    save_layout(registry, layout)
    assert link.is_symlink()


def test_link_that_only_the_old_index_refers_to_is_removed_and_its_target_is_left_alone(
    registry: MemoryRegistry, layout: Path
) -> None:
    link = file_of(layout, digest_of(b"old layer"))
    link.rename(layout / "cache")
    link.symlink_to(layout / "cache")
    save_layout(registry, layout)
    assert not link.is_symlink()
    assert (layout / "cache").read_bytes() == b"old layer"


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_folder_or_pipe_in_place_of_a_new_blob_is_refused(
    registry: MemoryRegistry, layout: Path, make: Callable[[Path], None]
) -> None:
    before = files_in(layout)
    obstacle = file_of(layout, digest_of(b"new layer"))
    make(obstacle)

    with pytest.raises(LayoutError, match="expected a file, found something else") as refused:
        save_layout(registry, layout)
    assert refused.value.file == str(obstacle.relative_to(layout))
    assert (files_in(layout), obstacle.exists()) == (before, True)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_folder_or_pipe_in_place_of_an_old_blob_is_left_alone(
    registry: MemoryRegistry, layout: Path, make: Callable[[Path], None]
) -> None:
    obstacle = file_of(layout, digest_of(b"old layer"))
    obstacle.unlink()
    make(obstacle)
    save_layout(registry, layout)
    assert obstacle.exists()


@pytest.mark.parametrize("name", ["blobs", "blobs/sha256"])
def test_link_out_of_the_folder_is_not_followed(registry: MemoryRegistry, layout: Path, name: str) -> None:
    outside = layout.parent / "outside"
    (layout / name).rename(outside)
    (layout / name).symlink_to(outside)
    before = files_in(layout.parent)

    with pytest.raises(LayoutError, match=f"{name}: expected a folder in .*, found a link that leads out of it"):
        save_layout(registry, layout)
    assert files_in(layout.parent) == before


def test_link_inside_the_folder_is_followed(registry: MemoryRegistry, layout: Path) -> None:
    (layout / "blobs" / "sha256").rename(layout / "elsewhere")
    (layout / "blobs" / "sha256").symlink_to(layout / "elsewhere")
    save_layout(registry, layout)
    assert (layout / "blobs" / "sha256").is_symlink()
    assert loaded_content_of(layout) == content_of(registry)


def test_file_in_place_of_blobs_is_refused(registry: MemoryRegistry, tmp_path: Path) -> None:
    write_index(tmp_path, [])
    (tmp_path / "blobs").rmdir()
    (tmp_path / "blobs").write_text("mine")
    with pytest.raises(LayoutError, match="blobs: expected a folder, found a file"):
        save_layout(registry, tmp_path)
    assert (tmp_path / "blobs").read_text() == "mine"


def test_empty_folder_and_a_link_to_one_are_filled(registry: MemoryRegistry, tmp_path: Path) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    push(registry, HELLO, NEW, tags=[V1])
    save_layout(registry, link)
    assert link.is_symlink()
    assert loaded_content_of(folder) == content_of(registry)


def _no_header(folder: Path) -> None:
    (folder / "index.json").write_text('{"schemaVersion":2,"manifests":[]}')


def _broken_header(folder: Path) -> None:
    (folder / "oci-layout").write_text("garbage")


def _another_version(folder: Path) -> None:
    write_index(folder, [])
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"2.0.0"}')


def _no_index(folder: Path) -> None:
    write_index(folder, [])
    (folder / "index.json").unlink()


def _broken_index(folder: Path) -> None:
    write_index(folder, [])
    (folder / "index.json").write_text("{}")


def _link_to_header(folder: Path) -> None:
    write_index(folder, [])
    (folder / "oci-layout").rename(folder.parent / "header")
    (folder / "oci-layout").symlink_to(folder.parent / "header")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda folder: None, "found a folder with other files and without the file oci-layout"),
        (_no_header, "found a folder with other files and without the file oci-layout"),
        (_broken_header, "oci-layout: expected a layout's header"),
        (_another_version, "found '2.0.0'"),
        (_no_index, "index.json: expected a file"),
        (_broken_index, "index.json: expected an image index"),
        (_link_to_header, "a link that leads out of it"),
    ],
)
def test_folder_with_files_that_is_not_a_valid_layout_is_refused(
    registry: MemoryRegistry, tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    folder = tmp_path / "precious"
    folder.mkdir()
    write_foreign_files(folder)
    make(folder)
    before = files_in(tmp_path)

    with pytest.raises(LayoutError, match="precious: expected an empty folder or a valid layout, found a folder with"):
        save_layout(registry, folder)
    with pytest.raises(LayoutError) as refused:
        save_layout(registry, folder)
    assert reason in str(refused.value)
    assert files_in(tmp_path) == before


def test_broken_header_alone_is_refused(registry: MemoryRegistry, tmp_path: Path) -> None:
    (tmp_path / "oci-layout").write_text("garbage")
    with pytest.raises(LayoutError, match="expected an empty folder or a valid layout"):
        save_layout(registry, tmp_path)
    assert files_in(tmp_path) == {"oci-layout": b"garbage"}


def test_file_is_refused(registry: MemoryRegistry, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("content")
    with pytest.raises(LayoutError, match="expected a folder, found a file"):
        save_layout(registry, file)
    assert file.read_text() == "content"


def test_leftovers_of_a_killed_save_are_removed(registry: MemoryRegistry, layout: Path) -> None:
    name = f".fake-registry-{'0123456789abcdef' * 2}.part"
    folders = (layout, layout / "blobs", layout / "blobs" / "sha256")
    for folder in folders:
        (folder / name).write_bytes(b"half")
    (layout / "main.part").write_bytes(b"mine")

    save_layout(registry, layout)
    assert [(folder / name).exists() for folder in folders] == [False, False, False]
    assert (layout / "main.part").exists()


def test_link_that_a_killed_save_set_aside_is_removed_and_its_target_is_left_alone(
    registry: MemoryRegistry, layout: Path
) -> None:
    link = layout / "blobs" / f".fake-registry-{'0' * 32}.part"
    (layout / "main.py").write_bytes(b"mine")
    link.symlink_to(layout / "main.py")

    save_layout(registry, layout)
    assert not link.is_symlink()
    assert (layout / "main.py").read_bytes() == b"mine"


def test_folder_that_a_killed_first_save_left_is_filled(registry: MemoryRegistry, layout: Path, tmp_path: Path) -> None:
    folder = tmp_path / "started"
    folder.mkdir()
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}\n')
    (folder / f".fake-registry-{'0' * 32}.part").write_bytes(b"half")
    assert files_in(save_layout(registry, folder)) == files_in(save_layout(registry, tmp_path / "fresh"))


def test_error_leaves_the_layout_as_it_was(registry: MemoryRegistry, layout: Path) -> None:
    write_foreign_files(layout)
    before = files_in(layout)
    push(registry, HELLO, image(b"another"), tags=[V2])
    registry.update_tag_attributes(HELLO, V2, AttributeChanges(read_enabled=False))

    with pytest.raises(OperationDisallowed):
        save_layout(registry, layout)
    assert files_in(layout.parent) == {f"layout/{name}": content for name, content in before.items()}


class BlobThatBreaksOff:
    """A `BlobReader` whose connection is lost after the first piece."""

    size = len(b"new layer")

    def chunks(self) -> Iterator[bytes]:
        yield b"new "
        raise ConnectionError("the connection was closed")

    def close(self) -> None:
        pass


def test_error_in_the_middle_of_a_blob_leaves_the_layout_as_it_was(
    registry: MemoryRegistry, layout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_in(layout)
    monkeypatch.setattr(registry, "get_blob", lambda *_: BlobThatBreaksOff())
    with pytest.raises(ConnectionError):
        save_layout(registry, layout)
    assert files_in(layout) == before


def test_error_removes_only_the_folders_that_were_made_for_it(registry: MemoryRegistry, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    push(registry, HELLO, NEW, tags=[V1])
    registry.update_tag_attributes(HELLO, V1, AttributeChanges(read_enabled=False))

    with pytest.raises(OperationDisallowed):
        save_layout(registry, tmp_path / "there" / "not" / "yet")
    assert [*tmp_path.rglob("*")] == [tmp_path / "there"]


def test_replacement_that_fails_leaves_the_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    with pytest.raises(TypeError), replacement_of(file) as replacement:
        replacement.writelines([b"new", "text"])  # type: ignore[list-item]
    assert files_in(tmp_path) == {"file": b"old"}


def test_files_that_another_program_wrote_survive_a_failed_save(registry: MemoryRegistry, tmp_path: Path) -> None:
    push(registry, HELLO, OLD, tags=[V1])
    foreign = {"index.json": b'{"schemaVersion":2,"manifests":[]}', "oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}

    def write_and_fail(path: Path) -> None:
        with update_layout(path):
            for name, content in foreign.items():
                (path / name).write_bytes(content)
            raise ConnectionError

    with pytest.raises(ConnectionError):
        write_and_fail(tmp_path / "layout")

    assert files_in(tmp_path / "layout") == foreign


def test_second_save_is_refused_while_the_first_one_is_at_work(registry: MemoryRegistry, tmp_path: Path) -> None:
    push(registry, HELLO, OLD, tags=[V1])
    path = tmp_path / "layout"

    with update_layout(path) as first:
        before = files_in(path)
        with pytest.raises(LayoutError, match="expected a folder that no other save uses, found one in use"):
            save_layout(registry, path)
        assert files_in(path) == before
        first.publish([])

    save_layout(registry, path)
    assert files_in(path) == files_in(save_layout(registry, tmp_path / "fresh"))


def test_index_that_could_not_be_read_again_is_not_written(
    registry: MemoryRegistry, layout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_in(layout)
    monkeypatch.setattr("fake_registry.layout.writer.MAX_DOCUMENT_BYTES", 100)

    with pytest.raises(LayoutError, match=r"index\.json: expected at most 100 bytes of JSON"):
        save_layout(registry, layout)

    assert files_in(layout) == before


def test_index_keeps_its_permissions(registry: MemoryRegistry, layout: Path) -> None:
    (layout / "index.json").chmod(0o600)
    save_layout(registry, layout)
    assert (layout / "index.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("use", [save_layout, load_layout])
def test_loop_of_links_is_no_layout(
    registry: MemoryRegistry, tmp_path: Path, use: Callable[[MemoryRegistry, Path], object]
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(LayoutError, match="found a symbolic link that leads to itself"):
        use(registry, tmp_path / "loop")


def test_blobs_that_link_to_nothing_are_refused(registry: MemoryRegistry, layout: Path) -> None:
    (layout / "blobs").rename(layout / "elsewhere")
    (layout / "blobs").symlink_to("nowhere")
    with pytest.raises(LayoutError, match="blobs: expected a folder, found a link that leads nowhere"):
        save_layout(registry, layout)


def test_empty_path_is_refused_and_nothing_written(
    registry: MemoryRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="found an empty text"):
        save_layout(registry, "")
    with pytest.raises(ValueError, match="found an empty text"):
        load_layout(registry, "")
    assert list(tmp_path.iterdir()) == []
