"""distribution-spec v1.1.1, Pushing Manifests (end-7)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.core.registry import Registry
from fake_registry.spec import media_types
from fake_registry.spec.errors import ManifestBlobUnknown, ManifestUnknown
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.names import Tag, digest_of
from pytest_acr.strategies import ImageGraph, image_graphs
from tests.support.backends import A_FEW_EXAMPLES, BACKENDS, Backend, Open
from tests.support.images import (
    ABSENT,
    HELLO,
    OTHER,
    V1,
    V2,
    V3,
    Built,
    blob_of,
    cache_index,
    every_kind,
    has_blob,
    has_manifest,
    identity_of,
    image,
    index,
    look,
    push,
    read_blob,
)
from tests.support.memory import TO_THE_LETTER


@pytest.mark.parametrize("built", every_kind().values(), ids=every_kind())
def test_pushed_manifest_has_the_digest_that_the_client_computed(registry: Registry, built: tuple[Built, ...]) -> None:
    """Docker-Content-Digest MUST be equal to the client provided digest."""
    push(registry, HELLO, *built)
    manifest = built[-1].manifest

    assert registry.put_manifest(HELLO, manifest) == manifest.descriptor
    assert registry.put_manifest(HELLO, manifest, tags=[V1]) == manifest.descriptor


def test_manifest_bytes_are_kept_unchanged(registry: Registry) -> None:
    """The registry MUST store the manifest in the exact byte representation provided by the client."""
    document = json.loads(index().manifest.content)
    contents = [
        json.dumps({**document, "un known": [1e2, None, "\u2028é"]}, indent=indent, ensure_ascii=ascii_only).encode()
        for indent in (None, 0, 7)
        for ascii_only in (True, False)
    ]
    contents.append(b" \r\n\t" + contents[0] + b"\n\n")
    for content in contents:
        registry.put_manifest(HELLO, read_manifest(content, media_types.OCI_INDEX))

    assert [registry.get_manifest(HELLO, digest_of(content)).content for content in contents] == contents


@A_FEW_EXAMPLES
@given(graph=image_graphs(blob_children=True))
def test_any_image_graph_can_be_pushed_and_pulled(backend: Backend, graph: ImageGraph) -> None:
    """Push: blobs first, manifests last; all pushed content can be pulled."""
    tags = {
        manifest.digest: [tag for tag in graph.tags if graph.tags[tag] == manifest.digest]
        for manifest in graph.manifests
    }
    with backend(TO_THE_LETTER) as registry:
        for content in graph.blobs:
            registry.put_blob(HELLO, digest_of(content), [content])
        for manifest in graph.manifests:
            registry.put_manifest(HELLO, manifest, tags=tags[manifest.digest])
        pulled = [registry.get_manifest(HELLO, manifest.digest) for manifest in graph.manifests]
        pointed = {tag: registry.stat_manifest(HELLO, tag).digest for tag in graph.tags}
        listed = list(registry.list_tags(HELLO).items)

    assert (pulled, pointed, listed) == (list(graph.manifests), dict(graph.tags), sorted(graph.tags))


def test_every_accepted_tag_can_be_pulled(registry: Registry) -> None:
    """A registry SHOULD support pushing at least 10 tags per request, and MUST report each accepted
    tag (OCI-Tag)."""
    tags = [Tag(f"1.{minor}") for minor in range(12)]
    push(registry, HELLO, image(b"layer"), tags=tags)

    assert {tag: registry.stat_manifest(HELLO, tag).digest for tag in tags} == dict.fromkeys(
        tags, image(b"layer").digest
    )
    assert list(registry.list_tags(HELLO).items) == sorted(tags)


def test_error_names_all_missing_references(registry: Registry) -> None:
    """Push: rejected for what it refers to, it MUST result in one or more MANIFEST_BLOB_UNKNOWN errors."""
    built = image(b"first", b"second", b"first", b"third")
    registry.put_blob(HELLO, digest_of(b"second"), [b"second"])
    missing = [digest_of(built.blobs[0]), digest_of(b"first"), digest_of(b"third")]
    before = look(registry, built.digest, *missing)

    with pytest.raises(ManifestBlobUnknown) as refused:
        registry.put_manifest(HELLO, built.manifest, tags=[V1])
    assert [(type(entry), entry.facts["digest"]) for entry in refused.value.entries] == [
        (ManifestBlobUnknown, digest) for digest in missing
    ]
    assert look(registry, built.digest, *missing) == before


def test_error_names_all_missing_children(registry: Registry) -> None:
    """Push: an index is rejected for its manifests as an image is for its blobs."""
    present, first, second = image(b"present"), image(b"first"), image(b"second")
    push(registry, HELLO, present)
    built = index(first.manifest, present.manifest, second.manifest)

    with pytest.raises(ManifestBlobUnknown) as refused:
        registry.put_manifest(HELLO, built.manifest, tags=[V1])
    assert [entry.facts["digest"] for entry in refused.value.entries] == [first.digest, second.digest]
    assert not has_manifest(registry, HELLO, V1)


def test_references_to_content_of_another_repository_are_missing(registry: Registry) -> None:
    """Push: what a manifest refers to exists in the repository or not."""
    child = image(b"layer")
    push(registry, OTHER, child)

    for built in (child, index(child.manifest)):
        with pytest.raises(ManifestBlobUnknown):
            registry.put_manifest(HELLO, built.manifest)
    assert not has_manifest(registry, HELLO, child.digest)


@pytest.mark.parametrize("media_type", [media_types.OCI_INDEX, media_types.DOCKER_LIST])
def test_children_of_an_index_may_be_blobs(registry: Registry, media_type: str) -> None:
    """moby/buildkit#2251: BuildKit pushes its cache so. A child that is a blob is pulled as a blob alone."""
    cache = cache_index(b"layer", b'{"layers":[]}', media_type=media_type)
    push(registry, HELLO, cache, tags=[V1])

    assert registry.get_manifest(HELLO, V1) == cache.manifest
    assert read_blob(registry, HELLO, digest_of(b"layer")) == b"layer"
    assert not has_manifest(registry, HELLO, digest_of(b"layer"))


def test_children_of_an_index_may_be_blobs_and_manifests(registry: Registry) -> None:
    """moby/buildkit#2251, with an image beside the blobs; a child of neither kind is still missing."""
    child = image(b"child")
    cache = cache_index(b"layer", children=(child.manifest,))
    registry.put_blob(HELLO, digest_of(b"layer"), [b"layer"])

    with pytest.raises(ManifestBlobUnknown) as refused:
        registry.put_manifest(HELLO, cache.manifest)
    push(registry, HELLO, child, cache)

    assert [entry.facts["digest"] for entry in refused.value.entries] == [child.digest]
    assert registry.get_manifest(HELLO, cache.digest) == cache.manifest


def test_child_is_found_by_its_digest_whatever_its_type(registry: Registry) -> None:
    """moby/buildkit#2251 [I]: a manifest's type on a blob, as in CNCF distribution, which looks for either."""
    child = image(b"layer")
    registry.put_blob(HELLO, child.digest, [child.manifest.content])
    registry.put_manifest(HELLO, index(child.manifest).manifest)

    assert has_manifest(registry, HELLO, index(child.manifest).digest)
    assert not has_manifest(registry, HELLO, child.digest)


def test_index_of_blobs_can_be_deleted_with_or_before_its_blobs(registry: Registry) -> None:
    """Deleting Blobs: also one that a manifest refers to (acr-behaviour 15.3)."""
    cache = cache_index(b"layer", b"config")
    push(registry, HELLO, cache, tags=[V1])
    registry.delete_blob(HELLO, digest_of(b"layer"))

    assert registry.get_manifest(HELLO, V1) == cache.manifest

    registry.delete_manifest(HELLO, cache.digest)
    assert not has_manifest(registry, HELLO, V1)
    assert has_blob(registry, HELLO, digest_of(b"config"))


def test_nondistributable_layer_may_be_missing(registry: Registry) -> None:
    """image-spec v1.1, Non-Distributable Layers: a registry need not hold them."""
    built = image(b"elsewhere", layer_type="application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")
    registry.put_blob(HELLO, digest_of(built.blobs[0]), [built.blobs[0]])
    registry.put_manifest(HELLO, built.manifest, tags=[V1])

    assert registry.get_manifest(HELLO, V1) == built.manifest


def test_sparse_manifest_is_accepted_where_the_registry_allows_it(open_registry: Open) -> None:
    """Push: a registry MAY reject a manifest with missing references, so it may accept it."""
    registry = open_registry(TO_THE_LETTER.evolve(sparse_manifests=True))
    one = image(b"layer")
    for built in (one, index(one.manifest, image(b"never pushed").manifest)):
        registry.put_manifest(HELLO, built.manifest)
        assert registry.get_manifest(HELLO, built.digest) == built.manifest

    assert not has_blob(registry, HELLO, digest_of(b"layer"))


def test_subject_may_be_missing(registry: Registry) -> None:
    """Push: a registry MUST initially accept a manifest with a `subject` that does not exist."""
    subject = image(b"pushed later")
    built = image(b"sbom", subject=subject.manifest.descriptor)
    push(registry, HELLO, built, tags=[V1])

    assert registry.get_manifest(HELLO, V1) == built.manifest

    push(registry, HELLO, subject, tags=[V2])
    assert registry.get_manifest(HELLO, V2) == subject.manifest


def test_same_manifest_can_be_pushed_twice(registry: Registry) -> None:
    """Azure SDK live tests, list_tag_properties_order: put under a second tag it is one manifest with two tags."""
    push(registry, HELLO, image(b"layer"), tags=[V1])
    once = look(registry, image(b"layer").digest)
    push(registry, HELLO, image(b"layer"), tags=[V1])

    assert look(registry, image(b"layer").digest) == once

    push(registry, HELLO, image(b"layer"), tags=[V2])
    assert [registry.get_manifest(HELLO, tag) for tag in (V1, V2)] == [image(b"layer").manifest] * 2


def test_moving_a_tag_keeps_the_old_manifest(registry: Registry) -> None:
    """Definitions, Tag: a pointer to a manifest. acr-behaviour 9.2: a push moves it, the old manifest stays."""
    old, new = image(b"old"), image(b"new")
    push(registry, HELLO, old, tags=[V1, V2])
    push(registry, HELLO, new, tags=[V2, V3])

    assert {tag: registry.stat_manifest(HELLO, tag).digest for tag in registry.list_tags(HELLO).items} == {
        V1: old.digest,
        V2: new.digest,
        V3: new.digest,
    }

    push(registry, HELLO, new, tags=[V1])
    assert registry.get_manifest(HELLO, old.digest) == old.manifest


def test_refused_push_does_not_move_the_tag(registry: Registry) -> None:
    """An error leaves no trace."""
    push(registry, HELLO, image(b"old"), tags=[V1])
    before = look(registry, image(b"old").digest, image(b"never pushed").digest)

    with pytest.raises(ManifestBlobUnknown):
        registry.put_manifest(HELLO, image(b"never pushed").manifest, tags=[V1, V2])
    assert look(registry, image(b"old").digest, image(b"never pushed").digest) == before


@pytest.mark.parametrize("backend", sorted(BACKENDS.keys() - {"acr-over-http"}), indirect=True)
def test_manifest_of_an_unknown_type_is_kept_with_its_type(registry: Registry) -> None:
    """Pulling manifests: Content-Type SHOULD match what the client pushed. (ACR: azure-sdk-for-net#17084.)"""
    unheard = read_manifest(b'{"anything": ["goes"]}', "application/vnd.example.unheard-of+json")
    registry.put_manifest(HELLO, unheard, tags=[V1])
    assert registry.get_manifest(HELLO, V1) == unheard


def test_manifest_and_blob_of_the_same_bytes_are_separate(registry: Registry) -> None:
    """Definitions: blobs and manifests have endpoints of their own."""
    built = index()
    registry.put_blob(HELLO, built.digest, [built.manifest.content])

    with pytest.raises(ManifestUnknown):
        registry.stat_manifest(HELLO, built.digest)

    push(registry, HELLO, built)
    registry.delete_blob(HELLO, built.digest)
    assert identity_of(registry.stat_manifest(HELLO, built.digest)) == identity_of(built.manifest.descriptor)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_manifest_is_found_by_a_digest_of_each_algorithm(registry: Registry, algorithm: str) -> None:
    """image-spec v1.1, Digests: sha256 and sha512 are registered algorithms."""
    built = image(b"layer", algorithm=algorithm)
    push(registry, HELLO, built)

    assert registry.get_manifest(HELLO, built.digest) == built.manifest
    assert not has_manifest(registry, HELLO, ABSENT)


@A_FEW_EXAMPLES
@given(content=st.binary(max_size=40))
def test_blob_that_looks_like_a_manifest_is_kept_unchanged(backend: Backend, content: bytes) -> None:
    """Definitions, Blob: the binary form of content; the registry does not look into it."""
    with backend(TO_THE_LETTER) as registry:
        assert registry.put_blob(HELLO, digest_of(content), [content]) == blob_of(content)
