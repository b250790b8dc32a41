"""Broken and hostile layouts: the error names the file, and nothing is pushed."""

import copy
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from fake_registry.layout import LayoutError, load_layout
from fake_registry.layout.folder import MAX_DOCUMENT_BYTES
from fake_registry.layout.plan import MAX_NESTING
from fake_registry.spec import media_types
from fake_registry.spec.names import digest_of
from tests.support.images import ABSENT, Built, cache_index, image, index
from tests.support.layouts import content_of, empty_registry, entry_of, file_of, write_blob, write_built, write_index

LAYER = b"layer"
IMAGE = image(LAYER)
WHOLE = index(IMAGE.manifest)

Damage = Callable[[Path], object]


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    """A layout of two tags: an image, and an index of another image, which the tests damage."""
    path = tmp_path / "layout"
    sound = image(b"sound")
    write_built(path, sound, IMAGE, WHOLE)
    write_index(path, [entry_of(sound.manifest.descriptor, "a:sound"), entry_of(WHOLE.manifest.descriptor, "a:1")])
    return path


def refuse(path: Path) -> LayoutError:
    """Load `path`, which must be refused with nothing pushed."""
    with empty_registry() as registry:
        with pytest.raises(LayoutError) as refused:
            load_layout(registry, path, repository="samples/hello")
        assert content_of(registry) == {}
    return refused.value


def name_of(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _write(name: str, content: bytes | str) -> Damage:
    return lambda path: (path / name).write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize("digest", [digest_of(LAYER), IMAGE.digest, WHOLE.digest], ids=["layer", "image", "index"])
def test_missing_file_is_refused(layout: Path, digest: str) -> None:
    file_of(layout, digest).unlink()
    error = refuse(layout)
    assert (error.file, error.found) == (name_of(digest), "none")


@pytest.mark.parametrize("digest", [digest_of(LAYER), IMAGE.digest, WHOLE.digest], ids=["layer", "image", "index"])
def test_content_of_another_digest_is_refused(layout: Path, digest: str) -> None:
    file = file_of(layout, digest)
    spoilt = file.read_bytes().swapcase()
    file.write_bytes(spoilt)
    error = refuse(layout)
    assert (error.file, error.expected, error.found) == (name_of(digest), digest, digest_of(spoilt))


@pytest.mark.parametrize("digest", [digest_of(LAYER), IMAGE.digest, WHOLE.digest], ids=["layer", "image", "index"])
def test_content_of_another_size_is_refused(layout: Path, digest: str) -> None:
    file = file_of(layout, digest)
    size = len(file.read_bytes())
    file.write_bytes(file.read_bytes() + b" ")
    error = refuse(layout)
    assert (error.file, error.expected, error.found) == (name_of(digest), f"{size} bytes", f"{size + 1} bytes")


def test_second_descriptor_with_another_size_is_refused(layout: Path) -> None:
    descriptor = WHOLE.manifest.descriptor
    write_index(layout, [entry_of(descriptor, "a:1"), entry_of(descriptor, "a:2", size=1)])
    error = refuse(layout)
    assert (error.file, error.expected) == (name_of(WHOLE.digest), "1 bytes")


@pytest.mark.parametrize("size", [{}, {"size": None}], ids=["absent", "null"])
def test_entry_without_a_size_is_refused(layout: Path, size: dict[str, None]) -> None:
    """image-spec v1.1, Content Descriptors: size is required."""
    write_index(layout, [{"mediaType": WHOLE.manifest.media_type, "digest": WHOLE.digest, **size}])
    error = refuse(layout)
    assert (error.file, error.expected, error.found) == ("index.json, manifests[0]", "a size in bytes", "none")


def test_descriptor_of_another_type_than_its_manifest_is_refused(layout: Path) -> None:
    write_index(layout, [entry_of(IMAGE.manifest.descriptor, "a:1", mediaType=media_types.DOCKER_MANIFEST)])
    assert refuse(layout).file == name_of(IMAGE.digest)


def test_manifest_described_as_two_types_is_refused(tmp_path: Path) -> None:
    content = b"{}"
    write_blob(tmp_path, content)
    types = ("application/vnd.acme.one+json", "application/vnd.acme.two+json")
    entries = [{"mediaType": one, "digest": digest_of(content), "size": 2} for one in types]
    named = [
        {**entry, "annotations": {"org.opencontainers.image.ref.name": f"a:{n}"}} for n, entry in enumerate(entries)
    ]
    write_index(tmp_path, named)
    error = refuse(tmp_path)
    assert (error.expected, error.found) == types


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"other")], ids=["missing", "changed"])
def test_child_that_is_a_blob_is_checked(tmp_path: Path, damage: Damage) -> None:
    cache = cache_index(b"cached", b"config")
    write_built(tmp_path, cache)
    write_index(tmp_path, [entry_of(cache.manifest.descriptor, "a:1")])
    damage(tmp_path / name_of(digest_of(b"cached")))
    assert refuse(tmp_path).file == name_of(digest_of(b"cached"))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: (path / "oci-layout").unlink(), "oci-layout: expected a file"),
        (_write("oci-layout", "1.0.0"), "oci-layout: expected a layout's header"),
        (_write("oci-layout", "{}"), "oci-layout: expected imageLayoutVersion '1.0.0', found None"),
        (_write("oci-layout", '{"imageLayoutVersion":"2.0.0"}'), "found '2.0.0'"),
        (lambda path: (path / "index.json").unlink(), "index.json: expected a file"),
        (_write("index.json", b"\xff"), "index.json: expected an image index, found other content"),
        (_write("index.json", "[" * 100_000), "index.json: expected an image index"),
        (_write("index.json", "{}"), "schemaVersion"),
        (_write("index.json", '{"schemaVersion":2,"manifests":[{"digest":7}]}'), "digest"),
    ],
)
def test_folder_that_is_not_a_valid_layout_is_refused(layout: Path, damage: Damage, reason: str) -> None:
    damage(layout)
    assert reason in str(refuse(layout))


def test_document_that_is_too_large_is_refused_unread(layout: Path) -> None:
    with (layout / "index.json").open("r+b") as index_json:
        index_json.truncate(MAX_DOCUMENT_BYTES + 1)  # sparse: it takes no room
    assert refuse(layout).found == f"{MAX_DOCUMENT_BYTES + 1} bytes"


def test_absent_folder_is_refused(tmp_path: Path) -> None:
    assert refuse(tmp_path / "nowhere").file == "oci-layout"


@pytest.mark.parametrize(
    "digest",
    [
        "sha256:../../../secret",
        "sha256:" + "../" * 21 + "x",
        "../..:" + "a" * 64,
        "sha256/" + "a" * 64,
        "md5:" + "a" * 32,
    ],
)
def test_malformed_digest_is_not_used_as_a_path(layout: Path, digest: str) -> None:
    (layout.parent / "secret").write_bytes(IMAGE.manifest.content)
    write_index(layout, [entry_of(IMAGE.manifest.descriptor, "a:1", digest=digest)])
    error = refuse(layout)
    assert (error.file, "expected a digest at manifests[0]" in error.found) == ("index.json", True)


@pytest.mark.parametrize(
    "name", [name_of(digest_of(LAYER)), name_of(IMAGE.digest), "index.json", "blobs/sha256", "blobs"]
)
def test_link_that_leads_out_of_the_folder_is_refused(layout: Path, name: str) -> None:
    outside = layout.parent / "outside"
    (layout / name).rename(outside)
    (layout / name).symlink_to(outside)
    assert refuse(layout).found == "a link that leads out of it"


@pytest.mark.parametrize("target", ["itself", "nowhere"])
def test_link_that_leads_nowhere_is_refused(layout: Path, target: str) -> None:
    file = file_of(layout, digest_of(LAYER))
    file.unlink()
    file.symlink_to(file if target == "itself" else layout / "nowhere")
    error = refuse(layout)
    assert (error.file, error.found) == (name_of(digest_of(LAYER)), "none")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_folder_or_pipe_in_place_of_a_blob_is_refused(layout: Path, make: Callable[[Path], None]) -> None:
    """Reading a pipe would wait for ever."""
    file = file_of(layout, digest_of(LAYER))
    file.unlink()
    make(file)
    error = refuse(layout)
    assert (error.file, error.found) == (name_of(digest_of(LAYER)), "something else")


def test_cycle_of_indexes_is_refused(tmp_path: Path) -> None:
    """Content cannot have its own digest in it, so a digest in a cycle is wrong."""
    cycle = index(image(b"stands in").manifest).manifest.content.replace(
        image(b"stands in").digest.encode(), ABSENT.encode()
    )
    file_of(tmp_path, ABSENT).parent.mkdir(parents=True)
    file_of(tmp_path, ABSENT).write_bytes(cycle)
    write_index(tmp_path, [{"mediaType": media_types.OCI_INDEX, "digest": ABSENT, "size": len(cycle)}])
    error = refuse(tmp_path)
    assert (error.file, error.expected) == (name_of(ABSENT), ABSENT)


def test_indexes_nested_beyond_the_limit_are_refused(tmp_path: Path) -> None:
    nested = nest(IMAGE, MAX_NESTING)
    write_built(tmp_path, *nested)
    write_index(tmp_path, [entry_of(nested[-1].manifest.descriptor, "a:1")])
    assert refuse(tmp_path).expected == f"at most {MAX_NESTING} indexes within each other"


def test_longest_way_to_a_manifest_counts_for_the_limit(tmp_path: Path) -> None:
    nested = nest(IMAGE, MAX_NESTING)
    shortcut = index(*(built.manifest for built in nested))
    write_built(tmp_path, *nested, shortcut)
    write_index(tmp_path, [entry_of(shortcut.manifest.descriptor, "a:1")])
    assert refuse(tmp_path).expected == f"at most {MAX_NESTING} indexes within each other"


def test_indexes_nested_to_the_limit_are_loaded(tmp_path: Path) -> None:
    nested = nest(IMAGE, MAX_NESTING - 1)
    write_built(tmp_path, *nested)
    write_index(tmp_path, [entry_of(nested[-1].manifest.descriptor, "a:1")])
    with empty_registry() as registry:
        assert [one.digest for one in load_layout(registry, tmp_path)] == [nested[-1].digest]


def test_index_that_doubles_at_every_level_is_loaded_in_one_pass(tmp_path: Path) -> None:
    """2^60 paths, 61 manifests."""
    nested = nest(IMAGE, 60, width=2)
    write_built(tmp_path, *nested)
    write_index(tmp_path, [entry_of(nested[-1].manifest.descriptor, "a:1")])
    with empty_registry() as registry:
        (loaded,) = load_layout(registry, tmp_path)
        assert len(loaded.children) == 2
        assert len(registry.list_manifests(loaded.repository).items) == 61


def nest(core: Built, depth: int, width: int = 1) -> list[Built]:
    """Build `depth` indexes around `core`, each of `width` times the one before."""
    built = [core]
    for _ in range(depth):
        built.append(index(*[built[-1].manifest] * width))
    return built


def test_error_survives_a_copy_and_a_pickle() -> None:
    error = LayoutError("index.json", "a list", "a number")
    copies = [copy.copy(error), pickle.loads(pickle.dumps(error))]

    assert [str(each) for each in copies] == ["index.json: expected a list, found a number"] * 2
    assert [vars(each) for each in copies] == [vars(error)] * 2
