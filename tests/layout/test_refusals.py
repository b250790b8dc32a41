"""Broken and hostile layouts: the error names the file, and nothing is pushed."""

import base64
import copy
import json
import os
import pickle
import tarfile
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
from tests.support.products import cross

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


NUMBER_OF_BYTES = "a number of bytes, 0 to 2^63 - 1"
MEDIA_TYPE = "a media type such as application/vnd.oci.image.manifest.v1+json"
WRONG_ANYWHERE: list[tuple[dict[str, object], str, str, str]] = [
    ({"size": None}, "size", NUMBER_OF_BYTES, "null"),
    ({"size": True}, "size", NUMBER_OF_BYTES, "true"),
    ({"size": 5.0}, "size", NUMBER_OF_BYTES, "5.0"),
    ({"size": "5"}, "size", NUMBER_OF_BYTES, "'5'"),
    ({"size": -1}, "size", NUMBER_OF_BYTES, "-1"),
    ({"size": 2**63}, "size", NUMBER_OF_BYTES, "9223372036854775808"),
    ({"size": 10**100}, "size", NUMBER_OF_BYTES, "a number of 333 bits"),
    ({"size": [5]}, "size", NUMBER_OF_BYTES, "a list"),
    ({"digest": None}, "digest", "a string", "null"),
    ({"digest": 7}, "digest", "a string", "7"),
    ({"mediaType": None}, "mediaType", "a string", "null"),
    ({"mediaType": ["a/b"]}, "mediaType", "a string", "a list"),
    ({"urls": None}, "urls", "a list of strings", "null"),
    ({"urls": "https://h"}, "urls", "a list of strings", "'https://h'"),
    ({"urls": ["https://h", 7]}, "urls[1]", "a string", "7"),
    ({"annotations": None}, "annotations", "an object of strings", "null"),
    ({"annotations": ["a"]}, "annotations", "an object of strings", "a list"),
    ({"annotations": {"a": 1}}, "annotations['a']", "a string", "1"),
    ({"annotations": {"\x1b[2J": None}}, "annotations['\\x1b[2J']", "a string", "null"),
    ({"artifactType": None}, "artifactType", "a string", "null"),
    ({"artifactType": False}, "artifactType", "a string", "false"),
    ({"platform": None}, "platform", "an object", "null"),
    ({"platform": "linux"}, "platform", "an object", "'linux'"),
    ({"platform": {"architecture": 64, "os": "linux"}}, "platform.architecture", "a string", "64"),
    ({"platform": {"architecture": "arm", "os": None}}, "platform.os", "a string", "null"),
    (
        {"platform": {"architecture": "arm", "os": "a", "os.features": "b"}},
        "platform.os.features",
        "a list of strings",
        "'b'",
    ),
    ({"data": None}, "data", "a string", "null"),
    ({"data": "%"}, "data", "base64", "other text"),
]
"""Members of a descriptor that are wrong wherever it stands: the members, the place, expected, found."""

WRONG_IN_AN_INDEX: list[tuple[dict[str, object], str, str, str]] = [
    ({"mediaType": ""}, "mediaType", MEDIA_TYPE, "''"),
    ({"mediaType": "text"}, "mediaType", MEDIA_TYPE, "'text'"),
    ({"mediaType": "a/b\n"}, "mediaType", MEDIA_TYPE, "'a/b\\n'"),
    ({"platform": {"os": "linux"}}, "platform.architecture", "a string", "none"),
    ({"platform": {"architecture": "arm"}}, "platform.os", "a string", "none"),
]


def without(entry: dict[str, object], member: str) -> dict[str, object]:
    return {key: value for key, value in entry.items() if key != member}


@pytest.mark.parametrize(("members", "place", "expected", "found"), WRONG_ANYWHERE + WRONG_IN_AN_INDEX)
def test_malformed_member_of_an_entry_is_refused(
    layout: Path, members: dict[str, object], place: str, expected: str, found: str
) -> None:
    sound = entry_of(image(b"sound").manifest.descriptor, "a:sound")
    write_index(layout, [sound, entry_of(WHOLE.manifest.descriptor, "a:1", **members)])
    error = refuse(layout)
    assert (error.file, error.expected, error.found) == (f"index.json, manifests[1].{place}", expected, found)


@cross(
    {
        "where": ["config", "layers[0]", "subject"],
        "members, place, expected, found": {f"{number}-{case[1]}": case for number, case in enumerate(WRONG_ANYWHERE)},
    }
)
def test_malformed_member_of_a_descriptor_in_a_manifest_is_refused(
    layout: Path, where: str, members: dict[str, object], place: str, expected: str, found: str
) -> None:
    document = json.loads(IMAGE.manifest.content)
    document["subject"] = entry_of(IMAGE.manifest.descriptor)
    key = where.partition("[")[0]
    descriptor = document[key][0] if key == "layers" else document[key]
    descriptor.update(members)
    error = refuse_manifest(layout, document, media_types.OCI_MANIFEST)
    assert (error.file.partition(", ")[2], error.expected, error.found) == (f"{where}.{place}", expected, found)


@pytest.mark.parametrize(
    ("media_type", "key"), [(media_types.OCI_INDEX, "manifests"), (media_types.ORAS_ARTIFACT, "blobs")]
)
def test_malformed_member_of_a_child_is_refused(layout: Path, media_type: str, key: str) -> None:
    document = {"schemaVersion": 2, "mediaType": media_type, key: [entry_of(IMAGE.manifest.descriptor, size=None)]}
    error = refuse_manifest(layout, document, media_type)
    assert error.file.endswith(f", {key}[0].size")


def refuse_manifest(layout: Path, document: object, media_type: str) -> LayoutError:
    """Load the layout with one more manifest, which must be refused with nothing pushed."""
    content = json.dumps(document).encode()
    write_blob(layout, content)
    entry = {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}
    write_index(layout, [entry_of(image(b"sound").manifest.descriptor, "a:sound"), entry])
    return refuse(layout)


@pytest.mark.parametrize("member", ["mediaType", "digest", "size"])
def test_entry_without_a_required_member_is_refused(layout: Path, member: str) -> None:
    """image-spec v1.1, Content Descriptors: all three are required."""
    write_index(layout, [without(entry_of(WHOLE.manifest.descriptor, "a:1"), member)])
    error = refuse(layout)
    assert (error.file, error.found) == (f"index.json, manifests[0].{member}", "none")


@pytest.mark.parametrize("member", ["mediaType", "digest"])
def test_layer_without_a_type_or_a_digest_is_refused(layout: Path, member: str) -> None:
    document = json.loads(IMAGE.manifest.content)
    del document["layers"][0][member]
    assert refuse_manifest(layout, document, media_types.OCI_MANIFEST).file.endswith(f", layers[0].{member}")


def test_embedded_content_of_another_digest_is_refused(layout: Path) -> None:
    """image-spec v1.1, Embedded Content."""
    data = base64.b64encode(LAYER).decode()
    write_index(layout, [entry_of(WHOLE.manifest.descriptor, "a:1", data=data)])
    error = refuse(layout)
    assert (error.file, error.found) == ("index.json, manifests[0].data", f"content of {digest_of(LAYER)}")


def test_embedded_content_and_urls_are_accepted(layout: Path) -> None:
    data = base64.b64encode(WHOLE.manifest.content).decode()
    write_index(layout, [entry_of(WHOLE.manifest.descriptor, "a:1", data=data, urls=["https://h/x"])])
    with empty_registry() as registry:
        assert [one.digest for one in load_layout(registry, layout)] == [WHOLE.digest]


@pytest.mark.parametrize(
    ("member", "value", "place"),
    [
        ("manifests", {}, "manifests"),
        ("manifests", "", "manifests"),
        ("manifests", [None], "manifests[0]"),
        ("manifests", [[]], "manifests[0]"),
        ("annotations", None, "annotations"),
        ("annotations", {"a": []}, "annotations['a']"),
        ("artifactType", 7, "artifactType"),
        ("mediaType", None, "mediaType"),
        ("subject", None, "subject"),
        ("subject", {"mediaType": "a/b", "digest": ABSENT, "size": None}, "subject.size"),
    ],
)
def test_malformed_member_of_the_index_is_refused(layout: Path, member: str, value: object, place: str) -> None:
    document = json.loads((layout / "index.json").read_bytes())
    (layout / "index.json").write_text(json.dumps({**document, member: value}))
    assert refuse(layout).file == f"index.json, {place}"


@pytest.mark.parametrize("version", [None, True, 1, 1.0, "", "1.0", "1.0.0\n", ["1.0.0"], {}])
def test_other_version_is_refused(layout: Path, version: object) -> None:
    (layout / "oci-layout").write_text(json.dumps({"imageLayoutVersion": version}))
    error = refuse(layout)
    assert (error.file, error.expected) == ("oci-layout, imageLayoutVersion", "'1.0.0'")


@pytest.mark.parametrize("name", ["oci-layout", "index.json"])
@pytest.mark.parametrize("content", ["null", "[]", '"1.0.0"', "true", "", '{"a":1,"a":2}', "{}{}", "\ufeff{}"])
def test_document_that_is_not_one_object_is_refused(layout: Path, name: str, content: str) -> None:
    (layout / name).write_text(content, encoding="utf-8")
    assert refuse(layout).file == name


def test_archive_is_refused(layout: Path) -> None:
    archive = layout.parent / "layout.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(layout, ".")
    error = refuse(archive)
    expected = "a folder with an OCI image layout"
    assert (error.file, error.expected, error.found) == (str(archive), expected, "a file")


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
        (
            lambda path: (path / "oci-layout").unlink(),
            "expected an OCI image layout, found a folder without the file oci-layout",
        ),
        (_write("oci-layout", "1.0.0"), "oci-layout: expected a layout's header"),
        (_write("oci-layout", "{}"), "oci-layout, imageLayoutVersion: expected '1.0.0', found none"),
        (_write("oci-layout", '{"imageLayoutVersion":"2.0.0"}'), "found '2.0.0'"),
        (lambda path: (path / "index.json").unlink(), "index.json: expected a file"),
        (_write("index.json", b"\xff"), "index.json: expected an image index, found other content"),
        (_write("index.json", "[" * 100_000), "index.json: expected an image index"),
        (_write("index.json", "{}"), "schemaVersion"),
        (_write("index.json", '{"schemaVersion":2,"manifests":[{"digest":7}]}'), "manifests[0].mediaType"),
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
    error = refuse(tmp_path / "nowhere")
    assert (error.file, error.found) == (str(tmp_path / "nowhere"), "none")


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
    assert error.file == "index.json, manifests[0].digest"
    assert error.found.startswith(repr(digest)[:90])


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


def test_longest_path_to_a_manifest_counts_for_the_limit(tmp_path: Path) -> None:
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


def test_error_is_shown_escaped() -> None:
    error = LayoutError("a\x1b[2J", "b\n", "c\u202e")
    assert str(error) == "a\\x1b[2J: expected b\\n, found c\\u202e"
