"""Image graphs have every feature that the docstring of `image_graphs` promises."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from hypothesis import given

from fake_registry.spec import media_types
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import Digest, digest_of
from pytest_acr.strategies import ImageGraph, image_graphs
from tests.support.effort import examples, features_not_drawn
from tests.support.http import put_blob, put_manifest, registry_of, send

REPOSITORY: Final = "samples/hello"

Feature = Callable[[ImageGraph], bool]


def manifests_of(graph: ImageGraph, *types: str) -> Iterator[Manifest]:
    return (manifest for manifest in graph.manifests if manifest.media_type in types)


def indexes_of(graph: ImageGraph) -> Iterator[Manifest]:
    return manifests_of(graph, *media_types.INDEXES)


def subjects_of(graph: ImageGraph) -> dict[Digest, Manifest]:
    """Return the subject of each referrer."""
    by_digest = {manifest.digest: manifest for manifest in graph.manifests}
    return {
        manifest.digest: by_digest[manifest.facts.subject.digest]
        for manifest in graph.manifests
        if manifest.facts.subject is not None
    }


def children_of(graph: ImageGraph) -> Iterator[list[Digest]]:
    """Yield the digests of the children of each index."""
    return ([child.digest for child in index.facts.manifests] for index in indexes_of(graph))


def has_type(media_type: str, graph: ImageGraph) -> bool:
    return any(manifests_of(graph, media_type))


def has_referrer_of_an_image(graph: ImageGraph) -> bool:
    subjects = subjects_of(graph)
    return any(
        subject.media_type in media_types.IMAGES and subject.digest not in subjects for subject in subjects.values()
    )


def has_referrer_of_an_index(graph: ImageGraph) -> bool:
    return any(one.media_type in media_types.INDEXES for one in subjects_of(graph).values())


def has_referrer_of_a_referrer(graph: ImageGraph) -> bool:
    subjects = subjects_of(graph)
    return any(subject.digest in subjects for subject in subjects.values())


def has_two_referrers_of_one_subject(graph: ImageGraph) -> bool:
    counts = Counter(subject.digest for subject in subjects_of(graph).values())
    return any(count > 1 for count in counts.values())


def has_index_without_children(graph: ImageGraph) -> bool:
    return [] in children_of(graph)


def has_index_with_two_children(graph: ImageGraph) -> bool:
    return any(len(set(children)) >= 2 for children in children_of(graph))


def has_nested_index(graph: ImageGraph) -> bool:
    indexes = {index.digest for index in indexes_of(graph)}
    return any(not indexes.isdisjoint(children) for children in children_of(graph))


def has_referrer_as_child(graph: ImageGraph) -> bool:
    referrers = subjects_of(graph).keys()
    return any(not referrers.isdisjoint(children) for children in children_of(graph))


def has_tagged_index(graph: ImageGraph) -> bool:
    return any(index.digest in graph.tags.values() for index in indexes_of(graph))


def has_tagged_referrer(graph: ImageGraph) -> bool:
    return any(referrer in graph.tags.values() for referrer in subjects_of(graph))


def has_two_tags_on_one_manifest(graph: ImageGraph) -> bool:
    return any(count > 1 for count in Counter(graph.tags.values()).values())


def has_untagged_manifest(graph: ImageGraph) -> bool:
    return any(manifest.digest not in graph.tags.values() for manifest in graph.manifests)


def has_shared_layer(graph: ImageGraph) -> bool:
    images = {one.digest: one for one in manifests_of(graph, *media_types.IMAGES)}
    layers = [{layer.digest for layer in image.facts.layers} for image in images.values()]
    return any(one & other for place, one in enumerate(layers) for other in layers[:place])


def has_image_without_layers(graph: ImageGraph) -> bool:
    return any(not one.facts.layers for one in manifests_of(graph, *media_types.IMAGES))


def has_blob_twice(graph: ImageGraph) -> bool:
    return len(set(graph.blobs)) < len(graph.blobs)


def has_manifest_twice(graph: ImageGraph) -> bool:
    return len({one.digest for one in graph.manifests}) < len(graph.manifests)


def has_annotations(graph: ImageGraph) -> bool:
    return any(manifest.facts.annotations for manifest in graph.manifests)


def has_three_images(graph: ImageGraph) -> bool:
    images = {one.digest for one in manifests_of(graph, *media_types.IMAGES)}
    return len(images - subjects_of(graph).keys()) == 3


def has_blob_child(graph: ImageGraph) -> bool:
    blobs = {digest_of(blob) for blob in graph.blobs}
    return any(not blobs.isdisjoint(children) for children in children_of(graph))


FEATURES: Final[Mapping[str, Feature]] = {
    "OCI image": partial(has_type, media_types.OCI_MANIFEST),
    "Docker image": partial(has_type, media_types.DOCKER_MANIFEST),
    "OCI index": partial(has_type, media_types.OCI_INDEX),
    "Docker list": partial(has_type, media_types.DOCKER_LIST),
    "referrer of an image": has_referrer_of_an_image,
    "referrer of an index": has_referrer_of_an_index,
    "referrer of a referrer": has_referrer_of_a_referrer,
    "two referrers of one subject": has_two_referrers_of_one_subject,
    "index without children": has_index_without_children,
    "index with two children": has_index_with_two_children,
    "nested index": has_nested_index,
    "referrer as child": has_referrer_as_child,
    "tagged index": has_tagged_index,
    "tagged referrer": has_tagged_referrer,
    "two tags on one manifest": has_two_tags_on_one_manifest,
    "untagged manifest": has_untagged_manifest,
    "no tag": lambda graph: not graph.tags,
    "shared layer": has_shared_layer,
    "image without layers": has_image_without_layers,
    "blob twice": has_blob_twice,
    "manifest twice": has_manifest_twice,
    "annotations": has_annotations,
    "three images": has_three_images,
    "one manifest": lambda graph: len(graph.manifests) == 1,
}


def test_every_feature_is_drawn() -> None:
    assert features_not_drawn(image_graphs(), FEATURES) == []


def test_blob_is_a_child_of_an_index_on_request() -> None:
    features = {"blob as child": has_blob_child}
    assert features_not_drawn(image_graphs(blob_children=True), features) == []


@given(graph=image_graphs())
def test_children_are_manifests_by_default(graph: ImageGraph) -> None:
    assert not has_blob_child(graph)


@given(graph=image_graphs(blob_children=True))
@examples(10)  # a registry each
def test_registry_accepts_every_graph_in_its_order(graph: ImageGraph) -> None:
    with registry_of("oci") as registry:
        put_blob(registry, REPOSITORY, *graph.blobs)
        pushed = [
            put_manifest(registry, REPOSITORY, one.digest, one.content, one.media_type).status
            for one in graph.manifests
        ]

    assert set(pushed) == {201}


@given(graph=image_graphs())
@examples(10)  # a registry each
def test_registry_refuses_a_graph_whose_blobs_are_absent(graph: ImageGraph) -> None:
    image = graph.manifests[0]
    with registry_of("oci") as registry:
        refused = put_manifest(registry, REPOSITORY, image.digest, image.content, image.media_type)
        found = send(registry, "GET", f"/v2/{REPOSITORY}/manifests/{image.digest}")

    assert (refused.status, found.status) == (404, 404)
