"""Saving a registry and loading it into another gives the same content."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.core.memory import MemoryRegistry
from fake_registry.layout import load_layout, save_layout
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from pytest_acr import strategies as oci
from tests.support.effort import examples
from tests.support.images import HELLO, OTHER, V1, every_kind, image, index, push
from tests.support.layouts import content_of, empty_registry, files_in, tags_of

Content = dict[RepositoryName, oci.ImageGraph]

CONTENT = st.dictionaries(oci.repository_names(), oci.image_graphs(blob_children=True), max_size=3)


def fill(registry: MemoryRegistry, content: Mapping[RepositoryName, oci.ImageGraph]) -> None:
    for name, graph in content.items():
        for blob in graph.blobs:
            registry.put_blob(name, digest_of(blob), [blob])
        for manifest in graph.manifests:
            tags = [tag for tag, digest in graph.tags.items() if digest == manifest.digest]
            registry.put_manifest(name, manifest, tags=tags)


@given(CONTENT)
@examples(10)  # files are written and read
def test_loaded_registry_has_the_digests_tags_and_bytes_of_the_saved_one(content: Content) -> None:
    with TemporaryDirectory() as folder, empty_registry() as saved, empty_registry() as loaded:
        fill(saved, content)
        load_layout(loaded, save_layout(saved, Path(folder, "layout"), catalog=saved))
        assert content_of(loaded) == content_of(saved)


@given(CONTENT)
@examples(10)
def test_equal_content_makes_equal_files(content: Content) -> None:
    with TemporaryDirectory() as folder, empty_registry() as one, empty_registry() as other:
        fill(one, content)
        fill(other, dict(reversed(content.items())))
        first, second = (
            save_layout(one, Path(folder, "1"), catalog=one),
            save_layout(other, Path(folder, "2"), catalog=other),
        )
        assert files_in(first) == files_in(second)


@given(CONTENT)
@examples(10)
def test_without_a_catalog_tags_are_saved_with_all_that_they_refer_to(content: Content) -> None:
    with TemporaryDirectory() as folder, empty_registry() as saved, empty_registry() as loaded:
        fill(saved, content)
        load_layout(loaded, save_layout(saved, Path(folder, "layout")))
        for name in loaded.list_repositories().items:
            assert tags_of(loaded, name) == tags_of(saved, name)
            for tag in loaded.list_tags(name).items:
                digest = loaded.get_manifest(name, tag).digest
                assert loaded.list_referrers(name, digest) == saved.list_referrers(name, digest)
        tagged = {name for name in saved.list_repositories().items if tags_of(saved, name)}
        assert set(loaded.list_repositories().items) == tagged


@pytest.mark.parametrize("kind", every_kind())
def test_manifest_of_every_kind_comes_back(tmp_path: Path, kind: str) -> None:
    with empty_registry() as saved, empty_registry() as loaded:
        push(saved, HELLO, *every_kind()[kind], tags=[V1])
        load_layout(loaded, save_layout(saved, tmp_path / "layout"))
        assert content_of(loaded) == content_of(saved)


def test_manifest_of_an_unknown_type_comes_back(tmp_path: Path) -> None:
    unknown = read_manifest(b'{"key": "value"}', "application/vnd.acme.rocket+json")
    with empty_registry() as saved, empty_registry() as loaded:
        saved.put_manifest(HELLO, unknown, tags=[V1])
        saved.put_manifest(OTHER, unknown)
        load_layout(loaded, save_layout(saved, tmp_path / "layout", catalog=saved))
        assert content_of(loaded) == content_of(saved)


@pytest.mark.parametrize("tagged", ["a", "z"])
def test_child_of_an_unknown_manifest_type_comes_back(tmp_path: Path, tagged: str) -> None:
    """It has an entry of its own, before or after that of its index."""
    unknown = read_manifest(b'{"key": "value"}', "application/vnd.acme.rocket+json")
    with empty_registry() as saved, empty_registry() as loaded:
        saved.put_manifest(HELLO, unknown)
        saved.put_manifest(HELLO, index(unknown).manifest, tags=[Tag(tagged)])
        load_layout(loaded, save_layout(saved, tmp_path / "layout"))
        assert content_of(loaded) == content_of(saved)


def test_manifest_whose_layer_has_no_size_comes_back(tmp_path: Path) -> None:
    """ACR takes such a descriptor (`spec.manifest.Descriptor`); only entries of `index.json` need a size."""
    built = image(b"layer")
    document = json.loads(built.manifest.content)
    del document["layers"][0]["size"]
    without_size = read_manifest(json.dumps(document).encode(), built.manifest.media_type)
    with empty_registry() as saved, empty_registry() as loaded:
        push(saved, HELLO, replace(built, manifest=without_size), tags=[V1])
        load_layout(loaded, save_layout(saved, tmp_path / "layout"))
        assert content_of(loaded) == content_of(saved)


def test_referrers_of_referrers_and_of_children_come_back(tmp_path: Path) -> None:
    child = image(b"layer")
    signature = image(b"signature", subject=child.manifest.descriptor)
    countersignature = image(b"countersignature", subject=signature.manifest.descriptor)
    with empty_registry() as saved, empty_registry() as loaded:
        push(saved, HELLO, countersignature, signature, child, index(child.manifest), tags=[V1])
        load_layout(loaded, save_layout(saved, tmp_path / "layout"))
        assert content_of(loaded) == content_of(saved)
        assert loaded.get_manifest(HELLO, countersignature.digest) == countersignature.manifest


def test_blob_of_two_repositories_is_one_file_and_is_loaded_into_both(tmp_path: Path) -> None:
    with empty_registry() as saved, empty_registry() as loaded:
        push(saved, HELLO, image(b"layer"), tags=[V1])
        push(saved, OTHER, image(b"layer"), tags=[V1])
        path = save_layout(saved, tmp_path / "layout")
        load_layout(loaded, path)
        assert len(files_in(path / "blobs")) == 3
        assert content_of(loaded) == content_of(saved)
