"""Loading layouts of other tools: the name of an entry decides where it goes."""

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from fake_registry.core.memory import MemoryRegistry
from fake_registry.layout import LayoutError, load_layout
from fake_registry.spec.attributes import AttributeChanges
from fake_registry.spec.errors import NameInvalid
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from tests.support.images import (
    HELLO,
    OTHER,
    V1,
    Built,
    cache_index,
    docker_image,
    has_manifest,
    image,
    index,
    push,
    read_blob,
)
from tests.support.layouts import (
    CONTAINERD_NAME,
    REF_NAME,
    empty_registry,
    entry_of,
    tags_of,
    write_blob,
    write_built,
    write_index,
)

IMAGE = image(b"layer")
SIGNATURE = image(b"signature", subject=IMAGE.manifest.descriptor)
COUNTERSIGNATURE = image(b"countersignature", subject=SIGNATURE.manifest.descriptor)
FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"


@pytest.fixture
def registry() -> Iterator[MemoryRegistry]:
    with empty_registry() as opened:
        yield opened


@pytest.mark.parametrize(
    ("annotations", "repository", "place"),
    [
        ({REF_NAME: "1.0"}, "samples/hello", "samples/hello:1.0"),
        ({REF_NAME: "a/b:1.0"}, None, "a/b:1.0"),
        ({REF_NAME: "a/b:1.0"}, "samples/hello", "a/b:1.0"),
        ({REF_NAME: "docker.io/library/alpine:3"}, None, "docker.io/library/alpine:3"),
        ({REF_NAME: "a/b"}, None, "a/b"),
        ({REF_NAME: f"a/b@{IMAGE.digest}"}, None, "a/b"),
        ({REF_NAME: f"a/b:1.0@{IMAGE.digest}"}, None, "a/b:1.0"),
        ({REF_NAME: "1.0", CONTAINERD_NAME: "docker.io/library/app:2.0"}, None, "library/app:2.0"),
        ({REF_NAME: "1.0", CONTAINERD_NAME: "docker.io/library/app:2.0"}, "samples/hello", "samples/hello:1.0"),
        ({CONTAINERD_NAME: "localhost:5000/app:2.0"}, "samples/hello", "app:2.0"),
        ({CONTAINERD_NAME: "localhost/app:2.0"}, None, "app:2.0"),
        ({CONTAINERD_NAME: "library/app:2.0"}, None, "library/app:2.0"),
        ({CONTAINERD_NAME: "app:2.0"}, None, "app:2.0"),
        ({REF_NAME: ""}, "samples/hello", "samples/hello"),
        ({}, "samples/hello", "samples/hello"),
    ],
)
def test_entry_is_loaded_into_the_repository_of_its_name(
    registry: MemoryRegistry, tmp_path: Path, annotations: dict[str, str], repository: str | None, place: str
) -> None:
    write_built(tmp_path, IMAGE)
    write_index(tmp_path, [entry_of(IMAGE.manifest.descriptor, annotations=annotations)])
    (loaded,) = load_layout(registry, tmp_path, repository=repository)
    name, _, tag = place.partition(":")
    assert (loaded.repository, loaded.tag, loaded.manifest) == (name, tag or None, IMAGE.manifest)
    assert tags_of(registry, RepositoryName(name)) == ({tag: IMAGE.digest} if tag else {})
    assert registry.list_repositories().items == [name]
    assert read_blob(registry, loaded.repository, digest_of(b"layer")) == b"layer"


@pytest.mark.parametrize("name", [None, "1.0"])
def test_entry_without_a_repository_is_refused(registry: MemoryRegistry, tmp_path: Path, name: str | None) -> None:
    write_built(tmp_path, IMAGE)
    write_index(tmp_path, [entry_of(IMAGE.manifest.descriptor, name)])
    with pytest.raises(LayoutError, match=r"index.json, manifests\[0\]: expected a name with a repository in it"):
        load_layout(registry, tmp_path)


@pytest.mark.parametrize("name", ["A/b:1", "a/b:", "a/b:-", "/", f"a/b@{digest_of(b'another')}", "a@b", "-"])
def test_malformed_name_is_refused(registry: MemoryRegistry, tmp_path: Path, name: str) -> None:
    write_built(tmp_path, IMAGE)
    write_index(tmp_path, [entry_of(IMAGE.manifest.descriptor, name)])
    with pytest.raises(LayoutError, match=r"index.json, manifests\[0\]: expected repository:tag, repository@digest or"):
        load_layout(registry, tmp_path, repository="samples/hello")


def test_malformed_repository_is_refused(registry: MemoryRegistry, tmp_path: Path) -> None:
    write_index(tmp_path, [])
    with pytest.raises(NameInvalid):
        load_layout(registry, tmp_path, repository="Samples/Hello")


def test_two_manifests_with_one_name_are_refused(registry: MemoryRegistry, tmp_path: Path) -> None:
    write_built(tmp_path, IMAGE, SIGNATURE)
    write_index(tmp_path, [entry_of(one.manifest.descriptor, "a:1") for one in (IMAGE, IMAGE, SIGNATURE)])
    with pytest.raises(
        LayoutError, match=rf"manifests\[2\]: expected a:1 to be {IMAGE.digest}, found {SIGNATURE.digest}"
    ):
        load_layout(registry, tmp_path)


def test_manifest_with_two_names_gets_both_tags(registry: MemoryRegistry, tmp_path: Path) -> None:
    write_built(tmp_path, IMAGE)
    write_index(tmp_path, [entry_of(IMAGE.manifest.descriptor, name) for name in ("a:1", "a:2", "b:1")])
    loaded = load_layout(registry, tmp_path)
    assert [(one.repository, one.tag, one.digest) for one in loaded] == [
        ("a", "1", IMAGE.digest),
        ("a", "2", IMAGE.digest),
        ("b", "1", IMAGE.digest),
    ]
    assert tags_of(registry, RepositoryName("a")) == {"1": IMAGE.digest, "2": IMAGE.digest}


@pytest.mark.parametrize("order", [*permutations(range(3))], ids=str)
def test_nameless_referrers_follow_their_subject_in_any_order(
    registry: MemoryRegistry, tmp_path: Path, order: tuple[int, ...]
) -> None:
    entries = [
        entry_of(IMAGE.manifest.descriptor, "samples/hello:v1"),
        entry_of(SIGNATURE.manifest.descriptor),
        entry_of(COUNTERSIGNATURE.manifest.descriptor),
    ]
    write_built(tmp_path, IMAGE, SIGNATURE, COUNTERSIGNATURE)
    write_index(tmp_path, [entries[number] for number in order])
    loaded = load_layout(registry, tmp_path, repository="samples/other")
    assert [one.repository for one in loaded] == [HELLO, HELLO, HELLO]
    assert [found.digest for found in registry.list_referrers(HELLO, IMAGE.digest).items] == [SIGNATURE.digest]
    assert registry.list_repositories().items == [HELLO]


def test_nameless_referrer_goes_to_every_repository_of_its_subject(registry: MemoryRegistry, tmp_path: Path) -> None:
    write_built(tmp_path, IMAGE, SIGNATURE)
    names = ("samples/hello:v1", "samples/other:v1", None)
    manifests = (IMAGE.manifest, IMAGE.manifest, SIGNATURE.manifest)
    write_index(tmp_path, [entry_of(m.descriptor, name) for m, name in zip(manifests, names, strict=True)])
    assert [one.repository for one in load_layout(registry, tmp_path)] == [HELLO, OTHER, HELLO, OTHER]
    assert has_manifest(registry, OTHER, SIGNATURE.digest)


def test_nameless_child_of_a_named_index_stays_with_it(registry: MemoryRegistry, tmp_path: Path) -> None:
    whole = index(IMAGE.manifest)
    write_built(tmp_path, IMAGE, whole)
    write_index(tmp_path, [entry_of(IMAGE.manifest.descriptor), entry_of(whole.manifest.descriptor, "a:1")])
    child, parent = load_layout(registry, tmp_path, repository="samples/hello")
    assert (child.repository, parent.repository, parent.children) == ("a", "a", (child,))


def test_referrer_of_an_absent_subject_goes_to_the_repository(registry: MemoryRegistry, tmp_path: Path) -> None:
    write_built(tmp_path, SIGNATURE)
    write_index(tmp_path, [entry_of(SIGNATURE.manifest.descriptor)])
    load_layout(registry, tmp_path, repository="samples/hello")
    assert [found.digest for found in registry.list_referrers(HELLO, IMAGE.digest).items] == [SIGNATURE.digest]


def test_nested_indexes_and_docker_images_are_loaded(registry: MemoryRegistry, tmp_path: Path) -> None:
    docker = docker_image(b"docker layer")
    inner = index(docker.manifest, IMAGE.manifest)
    outer = index(inner.manifest, IMAGE.manifest)
    write_built(tmp_path, docker, IMAGE, inner, outer)
    write_index(tmp_path, [entry_of(outer.manifest.descriptor, "v1")])
    (loaded,) = load_layout(registry, tmp_path, repository="samples/hello")
    assert [child.digest for child in loaded.children] == [inner.digest, IMAGE.digest]
    assert [child.manifest for child in loaded.children[0].children] == [docker.manifest, IMAGE.manifest]
    assert registry.get_manifest(HELLO, Tag("v1")) == outer.manifest


def test_foreign_layer_may_be_missing(registry: MemoryRegistry, tmp_path: Path) -> None:
    foreign = image(b"windows", layer_type=FOREIGN)
    write_built(tmp_path, foreign)
    (tmp_path / "blobs" / digest_of(b"windows").replace(":", "/")).unlink()
    write_index(tmp_path, [entry_of(foreign.manifest.descriptor, "a:1")])
    assert load_layout(registry, tmp_path)[0].layers[0].digest == digest_of(b"windows")


def test_foreign_layer_is_pushed_if_the_layout_has_it(registry: MemoryRegistry, tmp_path: Path) -> None:
    foreign = image(b"windows", layer_type=FOREIGN)
    write_built(tmp_path, foreign)
    write_index(tmp_path, [entry_of(foreign.manifest.descriptor, "samples/hello:1")])
    load_layout(registry, tmp_path)
    assert read_blob(registry, HELLO, digest_of(b"windows")) == b"windows"


def test_nameless_entry_of_an_unknown_type_is_ignored(registry: MemoryRegistry, tmp_path: Path) -> None:
    """image-spec v1.1, index.json file: an encountered mediaType that is unknown MUST NOT generate an error."""
    write_blob(tmp_path, b"<component/>")
    entry = {"mediaType": "application/xml", "digest": digest_of(b"<component/>"), "size": 12}
    write_index(tmp_path, [entry])
    assert load_layout(registry, tmp_path) == ()
    assert registry.list_repositories().items == []


def test_children_of_an_index_that_are_blobs_are_pushed_as_blobs(registry: MemoryRegistry, tmp_path: Path) -> None:
    """moby/buildkit#2251. The `ImageRef` has the manifests among them alone."""
    cache = cache_index(b"cached", b"config", children=(IMAGE.manifest,))
    write_built(tmp_path, IMAGE, cache)
    write_index(tmp_path, [entry_of(cache.manifest.descriptor, "samples/hello:1")])

    (loaded,) = load_layout(registry, tmp_path)

    assert [child.digest for child in loaded.children] == [IMAGE.digest]
    assert [read_blob(registry, HELLO, digest_of(blob)) for blob in cache.blobs] == [*cache.blobs]
    assert not has_manifest(registry, HELLO, digest_of(b"cached"))


@pytest.mark.parametrize("child_first", [False, True])
def test_child_of_an_unknown_type_is_a_manifest_if_it_has_an_entry(
    registry: MemoryRegistry, tmp_path: Path, *, child_first: bool
) -> None:
    unknown = Built(manifest=read_manifest(b'{"key":"value"}', "application/vnd.acme.rocket+json"))
    both = index(unknown.manifest)
    write_built(tmp_path, unknown, both)
    entries = [entry_of(both.manifest.descriptor, "a:index"), entry_of(unknown.manifest.descriptor, "a:child")]
    write_index(tmp_path, entries[::-1] if child_first else entries)

    loaded = {str(one.tag): one for one in load_layout(registry, tmp_path)}

    assert [child.digest for child in loaded["index"].children] == [unknown.digest]
    assert tags_of(registry, RepositoryName("a")) == {"index": both.digest, "child": unknown.digest}


def test_unknown_files_are_ignored(registry: MemoryRegistry, tmp_path: Path) -> None:
    """image-spec v1.1, Image Layout, Content: implementations should not error when encountering unknown files."""
    write_built(tmp_path, IMAGE)
    write_blob(tmp_path, b"no manifest refers to this")
    (tmp_path / "manifest.json").write_text("[]")
    write_index(tmp_path, [entry_of(IMAGE.manifest.descriptor, "a:1")])
    assert [one.digest for one in load_layout(registry, tmp_path)] == [IMAGE.digest]


def test_link_inside_the_folder_is_followed(registry: MemoryRegistry, tmp_path: Path) -> None:
    write_built(tmp_path, IMAGE)
    (tmp_path / "blobs" / "sha256").rename(tmp_path / "elsewhere")
    (tmp_path / "blobs" / "sha256").symlink_to(tmp_path / "elsewhere")
    write_index(tmp_path, [entry_of(IMAGE.manifest.descriptor, "a:1")])
    assert [one.digest for one in load_layout(registry, tmp_path)] == [IMAGE.digest]


def test_blob_that_cannot_be_mounted_from_the_first_repository_is_uploaded(
    registry: MemoryRegistry, tmp_path: Path
) -> None:
    push(registry, HELLO, SIGNATURE)
    registry.update_repository_attributes(HELLO, AttributeChanges(read_enabled=False))
    write_built(tmp_path, IMAGE)
    names = ("samples/hello:v1", "samples/other:v1")
    write_index(tmp_path, [entry_of(IMAGE.manifest.descriptor, name) for name in names])
    load_layout(registry, tmp_path)
    assert read_blob(registry, OTHER, digest_of(b"layer")) == b"layer"


def test_content_of_the_registry_stays(registry: MemoryRegistry, tmp_path: Path) -> None:
    push(registry, HELLO, SIGNATURE, tags=[V1])
    write_built(tmp_path, IMAGE)
    write_index(tmp_path, [entry_of(IMAGE.manifest.descriptor, "v2")])
    load_layout(registry, tmp_path, repository="samples/hello")
    assert tags_of(registry, HELLO) == {"v1": SIGNATURE.digest, "v2": IMAGE.digest}
