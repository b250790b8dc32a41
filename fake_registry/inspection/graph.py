"""`ContentGraph`: a manifest with all that it leads to, and what refers to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from fake_registry.arguments import check_arguments
from fake_registry.core.index import Index
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.state import ManifestRecord, RepositoryState, tags_of
from fake_registry.inspection.flaws import flaw_of_blob, flaw_of_manifest, flaw_of_record
from fake_registry.inspection.kinds import is_artifact, platform_text
from fake_registry.inspection.lookup import find_image
from fake_registry.spec import media_types
from fake_registry.spec.manifest import Descriptor, Manifest, Platform

if TYPE_CHECKING:
    from fake_registry.spec.names import Digest

MAX_NODES: Final = 2_000
"""The most nodes of a graph."""
MAX_EDGES: Final = 4_000
"""The most edges: an image may have one layer many times."""
MOST_TAGS: Final = 100
"""The most tags of a node."""
MOST_ANNOTATIONS: Final = 100
"""The most annotations of a node."""
MOST_PARENTS: Final = 100
"""The most manifests that have the root as a child."""
_MOST_TEXT: Final = 1_000
"""The most characters of a text that a client made up."""

NodeKind = Literal["index", "image", "artifact", "manifest", "config", "layer", "blob"]
EdgeRole = Literal["manifest", "config", "layer", "subject"]

_BLOBS: Final = frozenset({"config", "layer"})
"""The roles of content that is never a manifest."""


@dataclass(frozen=True, kw_only=True)
class ContentNode:
    """A manifest or a blob."""

    digest: str
    kind: NodeKind
    """`manifest` is one of an unknown media type, `blob` another child of an index."""
    media_type: str
    artifact_type: str | None
    size: int | None
    """The bytes that the registry has; those of the descriptor where it has none."""
    platform: str
    """`os/architecture`; empty if unknown."""
    tags: tuple[str, ...]
    more_tags: int
    """The number of tags that are left out."""
    annotations: Mapping[str, str]
    more_annotations: int
    """The number of annotations that are left out."""
    flaw: str
    """The fault of the content in words, such as that it is absent; empty without one."""


@dataclass(frozen=True, kw_only=True)
class ContentEdge:
    """A reference from a manifest to the digest of a node."""

    source: str
    target: str
    role: EdgeRole
    """The member of the source that has the reference. A referrer has its `subject`."""


@dataclass(frozen=True, kw_only=True)
class ContentGraph:
    """A manifest, the root, with its children, configs, layers, subject and referrers."""

    repository: str
    root: str
    """The digest of the root."""
    nodes: tuple[ContentNode, ...]
    """Each digest once, the root first, then by their distance from it."""
    edges: tuple[ContentEdge, ...]
    left_out: int
    """The number of references that the bounds left out."""
    parents: tuple[ContentNode, ...]
    """The indexes of the repository that have the root as a child, in the order of their pushes."""
    more_parents: int
    """The number of parents that are left out."""


@check_arguments
def graph_of(registry: MemoryRegistry, name: str) -> ContentGraph:
    """Return the graph of `repository:tag` or `repository@digest`, with at most `MAX_NODES` nodes.

    Absent and malformed content has a node that says so. Errors as for `find_image`.
    """
    image = find_image(registry, name)
    with registry.repositories.hold(image.repository) as state:
        builder = _GraphBuilder(state)
        builder.visit(image.manifest.descriptor, "manifest")
        builder.follow_links()
        parents = [one for one in state.manifests.values() if _is_parent(one, image.digest)]
        shown = [builder.node_of(one.manifest.descriptor, one) for one in parents[:MOST_PARENTS]]

    return ContentGraph(
        repository=image.repository,
        root=image.digest,
        nodes=tuple(builder.nodes.values()),
        edges=tuple(builder.edges),
        left_out=builder.left_out,
        parents=tuple(shown),
        more_parents=len(parents) - len(shown),
    )


def _is_parent(record: ManifestRecord, digest: str) -> bool:
    return any(child.digest == digest for child in record.manifest.facts.manifests)


class _GraphBuilder:
    """Visits each digest once, the nearest first."""

    def __init__(self, state: RepositoryState) -> None:
        self.nodes: dict[Digest, ContentNode] = {}
        self.edges: list[ContentEdge] = []
        self.left_out = 0
        self._state = state
        self._waiting: list[ManifestRecord] = []

    def visit(self, descriptor: Descriptor, role: EdgeRole) -> bool:
        """Return whether the content of a descriptor has a node, which it gets if there is room."""
        digest = descriptor.digest
        if digest in self.nodes:
            return True
        if len(self.nodes) >= MAX_NODES:
            return False

        record = None if role in _BLOBS else self._state.manifests.get(digest)
        if record is None:
            self.nodes[digest] = self._node_without_manifest(descriptor, role)
        else:
            self.nodes[digest] = self.node_of(descriptor, record)
            self._waiting.append(record)
        return True

    def follow_links(self) -> None:
        """Visit all that the visited manifests lead to."""
        for record in self._waiting:  # which grows meanwhile
            for role, descriptor in _links_of(record):
                self._add_edge(record, descriptor, role)

            for referrer in self._referrers_of(record):
                # its edge is added with those of the referrer
                if not self.visit(referrer.manifest.descriptor, "manifest"):
                    self.left_out += 1

    def _add_edge(self, record: ManifestRecord, descriptor: Descriptor, role: EdgeRole) -> None:
        if len(self.edges) >= MAX_EDGES or not self.visit(descriptor, role):
            self.left_out += 1
            return

        edge = ContentEdge(source=record.manifest.digest, target=descriptor.digest, role=role)
        self.edges.append(edge)

    def _referrers_of(self, record: ManifestRecord) -> Iterator[ManifestRecord]:
        none: Index[Digest] = Index()
        for digest in self._state.referrers.get(record.manifest.digest, none).walk():
            if digest in self._state.manifests:
                yield self._state.manifests[digest]

    def node_of(self, descriptor: Descriptor, record: ManifestRecord) -> ContentNode:
        """Return the node of a manifest by the descriptor that refers to it."""
        manifest = record.manifest
        annotations = {**descriptor.annotations, **manifest.facts.annotations}
        return self._node(
            descriptor,
            kind=_kind_of_manifest(manifest),
            media_type=manifest.media_type,
            artifact_type=manifest.facts.artifact_type,
            size=len(manifest.content),
            platform=descriptor.platform or record.platform,
            annotations=annotations,
            flaw=flaw_of_record(descriptor, record),
        )

    def _node_without_manifest(self, descriptor: Descriptor, role: EdgeRole) -> ContentNode:
        blob = self._state.blobs.get(descriptor.digest)
        manifest_kind = _kind_of(descriptor.media_type)
        is_blob = role in _BLOBS or (blob is not None and manifest_kind is None)
        kind: NodeKind = role if role == "config" or role == "layer" else manifest_kind or "blob"
        return self._node(
            descriptor,
            kind=kind,
            media_type=descriptor.media_type,
            artifact_type=descriptor.artifact_type,
            size=descriptor.size if blob is None else blob.size,
            platform=descriptor.platform,
            annotations=descriptor.annotations,
            flaw=flaw_of_blob(descriptor, blob) if is_blob else flaw_of_manifest(blob),
        )

    def _node(
        self,
        descriptor: Descriptor,
        *,
        kind: NodeKind,
        media_type: str,
        artifact_type: str | None,
        size: int | None,
        platform: Platform | None,
        annotations: Mapping[str, str],
        flaw: str,
    ) -> ContentNode:
        tags = tags_of(self._state, descriptor.digest)
        shown = list(annotations.items())[:MOST_ANNOTATIONS]
        return ContentNode(
            digest=descriptor.digest,
            kind=kind,
            media_type=media_type[:_MOST_TEXT],
            artifact_type=artifact_type and artifact_type[:_MOST_TEXT],
            size=size,
            platform=platform_text(platform),
            tags=tags[:MOST_TAGS],
            more_tags=max(len(tags) - MOST_TAGS, 0),
            annotations={name[:_MOST_TEXT]: value[:_MOST_TEXT] for name, value in shown},
            more_annotations=len(annotations) - len(shown),
            flaw=flaw,
        )


def _links_of(record: ManifestRecord) -> Iterator[tuple[EdgeRole, Descriptor]]:
    facts = record.manifest.facts
    for child in facts.manifests:
        yield "manifest", child
    if facts.config is not None:
        yield "config", facts.config
    for layer in facts.layers:
        yield "layer", layer
    if facts.subject is not None:
        yield "subject", facts.subject


def _kind_of_manifest(manifest: Manifest) -> NodeKind:
    kind = _kind_of(manifest.media_type) or "manifest"
    return "artifact" if kind == "image" and is_artifact(manifest) else kind


def _kind_of(media_type: str) -> NodeKind | None:
    """Return the kind of a manifest of this type; None for an unknown one."""
    if media_type in media_types.INDEXES:
        return "index"
    if media_type in media_types.IMAGES:
        return "image"
    return "artifact" if media_type in media_types.ARTIFACTS else None
