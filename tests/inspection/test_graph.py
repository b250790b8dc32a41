"""The graph of a manifest: what it leads to, what refers to it, and the flaws of both."""

import json

import pytest

from fake_registry import FakeRegistry
from fake_registry.core.losses import lose_manifest
from fake_registry.inspection import ContentGraph, ContentNode, graph_of
from fake_registry.inspection.graph import MAX_EDGES, MAX_NODES, MOST_ANNOTATIONS, MOST_PARENTS, MOST_TAGS
from fake_registry.spec import media_types
from fake_registry.spec.errors import ManifestUnknown, NameUnknown
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.names import Digest, RepositoryName, Tag, digest_of
from tests.support.http import registry_of

REPOSITORY = RepositoryName("dev/web")
ABSENT = digest_of(b"never pushed")


@pytest.fixture
def registry() -> FakeRegistry:
    return registry_of()


def put(registry: FakeRegistry, media_type: str, *tags: str, **document: object) -> Digest:
    """Push a manifest without a check of what it refers to."""
    content = json.dumps({"schemaVersion": 2, "mediaType": media_type} | document).encode()
    manifest = read_manifest(content, media_type)
    registry.content.put_manifest(REPOSITORY, manifest, tags=[Tag(tag) for tag in tags])
    return manifest.digest


def foreign(number: int) -> dict[str, object]:
    """Return the descriptor of a layer that a registry need not have."""
    media_type = "application/vnd.oci.image.layer.nondistributable.v1.tar"
    return {"mediaType": media_type, "digest": digest_of(b"%d" % number), "size": 1}


def graph(registry: FakeRegistry, name: str = "dev/web:1.0") -> ContentGraph:
    return graph_of(registry.content, name)


def node_of(found: ContentGraph, digest: str) -> ContentNode:
    [node] = [node for node in found.nodes if node.digest == digest]
    return node


def roles_in(found: ContentGraph) -> list[tuple[str, str, str]]:
    """Return each edge by the kinds of its nodes, in order."""
    kinds = {node.digest: node.kind for node in found.nodes}
    return [(kinds[edge.source], edge.role, kinds[edge.target]) for edge in found.edges]


def test_index_leads_to_images_their_content_and_its_signature(registry: FakeRegistry) -> None:
    index = registry.push_index("dev/web:1.0", platforms=["linux/amd64", "linux/arm64"])
    signature = registry.push_artifact("dev/web", artifact_type="application/vnd.sig", subject=index)
    found = graph(registry)

    assert (found.repository, found.root, found.left_out) == ("dev/web", index.digest, 0)
    assert [node.flaw for node in found.nodes] == [""] * len(found.nodes)
    root = node_of(found, index.digest)
    assert (root.kind, root.tags, root.size) == ("index", ("1.0",), len(index.content))
    platforms = [node.platform for node in found.nodes if node.kind == "image" and node.platform]
    assert platforms == ["linux/amd64", "linux/arm64"]
    assert node_of(found, signature.digest).artifact_type == "application/vnd.sig"
    edges = roles_in(found)
    assert edges[:2] == [("index", "manifest", "image")] * 2
    assert ("image", "config", "config") in edges
    assert ("image", "layer", "layer") in edges
    assert ("artifact", "subject", "index") in edges


def test_graph_of_a_referrer_has_its_subject(registry: FakeRegistry) -> None:
    image = registry.push_image("dev/web:1.0")
    signature = registry.push_artifact("dev/web", artifact_type="a/b", subject=image)
    found = graph(registry, f"dev/web@{signature.digest}")

    assert found.root == found.nodes[0].digest == signature.digest
    assert node_of(found, image.digest).tags == ("1.0",)
    assert [edge.source for edge in found.edges if edge.role == "subject"] == [signature.digest]


def test_absent_subject_has_a_node_that_says_so(registry: FakeRegistry) -> None:
    subject = {"mediaType": media_types.OCI_MANIFEST, "digest": ABSENT, "size": 3}
    put(registry, media_types.OCI_INDEX, "1.0", manifests=[], subject=subject)
    found = graph(registry)

    assert roles_in(found) == [("index", "subject", "image")]
    assert node_of(found, ABSENT).flaw == "the repository does not have it"


def test_lost_child_is_absent(registry: FakeRegistry) -> None:
    index = registry.push_index("dev/web:1.0", platforms=["linux/amd64"])
    [child] = index.children
    lose_manifest(registry.content, REPOSITORY, child.digest)
    node = node_of(graph(registry), child.digest)

    expected = ("image", len(child.content), "linux/amd64", "the repository does not have it")
    assert (node.kind, node.size, node.platform, node.flaw) == expected


def test_absent_layer_of_another_server_is_no_flaw(registry: FakeRegistry) -> None:
    put(registry, media_types.OCI_ARTIFACT, "1.0", blobs=[foreign(1)])
    [layer] = [node for node in graph(registry).nodes if node.kind == "layer"]
    assert (layer.size, layer.flaw) == (1, "")


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        ({"size": 3}, "the reference says 3 bytes, the repository has "),
        ({"mediaType": media_types.DOCKER_MANIFEST}, "the reference names another media type: "),
    ],
)
def test_wrong_reference_is_a_flaw(registry: FakeRegistry, change: dict[str, object], flaw: str) -> None:
    image = registry.push_image("dev/web")
    child = {"mediaType": image.media_type, "digest": image.digest, "size": len(image.content)} | change
    put(registry, media_types.OCI_INDEX, "1.0", manifests=[child])
    assert node_of(graph(registry), image.digest).flaw.startswith(flaw)


def test_malformed_config_is_a_flaw(registry: FakeRegistry) -> None:
    registry.push_image("dev/web:1.0", config=b"{no json")
    [flaw] = [node.flaw for node in graph(registry).nodes if node.kind == "config"]
    assert flaw.startswith("the config is malformed: ")


def test_unknown_media_type_is_a_flaw(registry: FakeRegistry) -> None:
    digest = put(registry, "application/vnd.example+json", "1.0", manifests=[{"digest": "x"}])
    node = node_of(graph(registry), digest)
    assert (node.kind, node.flaw) == ("manifest", "the media type is unknown: its references are not read")


def test_nodes_are_bounded_and_the_others_counted(registry: FakeRegistry) -> None:
    put(registry, media_types.OCI_ARTIFACT, "1.0", blobs=[*map(foreign, range(MAX_NODES + 5))])
    found = graph(registry)

    assert (len(found.nodes), len(found.edges), found.left_out) == (MAX_NODES, MAX_NODES - 1, 6)


def test_edges_are_bounded_and_the_others_counted(registry: FakeRegistry) -> None:
    put(registry, media_types.OCI_ARTIFACT, "1.0", blobs=[foreign(1)] * (MAX_EDGES + 3))
    found = graph(registry)

    assert (len(found.nodes), len(found.edges), found.left_out) == (2, MAX_EDGES, 3)


def test_tags_and_annotations_are_bounded_and_the_others_counted(registry: FakeRegistry) -> None:
    annotations = {f"a{number}": "v" * 2_000 for number in range(MOST_ANNOTATIONS + 2)}
    tags = [f"t{number}" for number in range(MOST_TAGS + 1)]
    digest = put(registry, media_types.OCI_INDEX, *tags, manifests=[], annotations=annotations)
    node = node_of(graph(registry, "dev/web:t0"), digest)

    assert (len(node.tags), node.more_tags) == (MOST_TAGS, 1)
    assert (len(node.annotations), node.more_annotations) == (MOST_ANNOTATIONS, 2)
    assert {len(value) for value in node.annotations.values()} == {1_000}


@pytest.mark.parametrize(
    ("name", "error"),
    [("dev/web:2.0", ManifestUnknown), ("dev/api:1.0", NameUnknown), ("dev/web", ValueError)],
)
def test_absent_name_is_an_error(registry: FakeRegistry, name: str, error: type[Exception]) -> None:
    registry.push_image("dev/web:1.0")
    with pytest.raises(error):
        graph(registry, name)


def test_indexes_that_have_an_image_as_a_child_are_its_parents(registry: FakeRegistry) -> None:
    image = registry.push_image("dev/web:1.0")
    child = {"mediaType": image.media_type, "digest": image.digest, "size": len(image.manifest.content)}
    parent = put(registry, media_types.OCI_INDEX, "all", manifests=[child, child])
    put(registry, media_types.OCI_INDEX, "other", manifests=[])
    for number in range(MOST_PARENTS):
        put(registry, media_types.OCI_INDEX, manifests=[child], annotations={"number": str(number)})
    found = graph(registry)

    assert (found.parents[0].digest, found.parents[0].kind, found.parents[0].tags) == (parent, "index", ("all",))
    assert (len(found.parents), found.more_parents) == (MOST_PARENTS, 1)
    assert parent not in {node.digest for node in found.nodes}
    assert graph(registry, "dev/web:all").parents == ()
