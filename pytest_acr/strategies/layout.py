"""OCI image layouts as values: the files of a folder.

Source: image-spec v1.1, Image Layout. The module is not called `layouts`, because the public
strategy has that name in the package.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from fake_registry.spec import media_types
from fake_registry.spec.names import Digest, digest_of
from pytest_acr.strategies.documents import JsonDict, encode_document
from pytest_acr.strategies.graphs import ImageGraph, image_graphs, true_descriptor

REF_NAME: Final = "org.opencontainers.image.ref.name"


@dataclass(frozen=True)
class LayoutFiles:
    """The files of a layout, and the images in it. Paths are relative and have slashes."""

    files: Mapping[str, bytes]
    graph: ImageGraph
    names: Mapping[str, Digest]
    """The names in `index.json`, each with the manifest that it is for."""

    def write_to(self, folder: Path) -> None:
        """Write the files below `folder`, which may be absent."""
        write_files(self.files, folder)


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write `files` below `folder`."""
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


@st.composite
def layouts(draw: DrawFn) -> LayoutFiles:
    """Draw layouts of an image graph: images, nested indexes and referrers, with their blobs.

    Each tag of the graph is an entry of `index.json` that is named by the annotation
    `org.opencontainers.image.ref.name`: by the tag alone, or in other layouts by
    `samples/hello:tag`. Other manifests have entries without a name: either all of them, or those
    alone that no index leads to. Two names may be for one manifest. `index.json` and `oci-layout`
    vary in their style of JSON, and have other members. Some blobs are referred to by no manifest.
    """
    graph, files, index = draw_parts(draw)
    files["index.json"] = encode_document(draw, index)
    return LayoutFiles(files, graph, _names_in(index))


def draw_parts(draw: DrawFn) -> tuple[ImageGraph, dict[str, bytes], JsonDict]:
    """Draw an image graph, the files of its layout without `index.json`, and that document."""
    graph = draw(_GRAPHS)
    contents = [*graph.blobs, *(manifest.content for manifest in graph.manifests)]
    files = {path_of(digest_of(content)): content for content in contents}
    files["oci-layout"] = encode_document(draw, draw(_HEADERS))

    prefix, names_all = draw(_ENTRY_STYLES)
    named = [_entry_of(graph, digest, f"{prefix}{tag}") for tag, digest in graph.tags.items()]
    nameless = [_entry_of(graph, digest) for digest in _nameless_in(graph, every=names_all)]
    index = {"schemaVersion": 2, "manifests": named + nameless}
    return graph, files, index | draw(_INDEX_MEMBERS)


def path_of(digest: Digest) -> str:
    """Return the path of content in a layout."""
    return f"blobs/{digest.replace(':', '/')}"


def _nameless_in(graph: ImageGraph, *, every: bool) -> list[Digest]:
    """Return the manifests without a tag: every one, or those alone that no index leads to."""
    left_out = set(graph.tags.values())
    if not every:
        left_out |= {child.digest for one in graph.manifests for child in one.facts.manifests}
    digests = dict.fromkeys(manifest.digest for manifest in graph.manifests)
    return [digest for digest in digests if digest not in left_out]


def _entry_of(graph: ImageGraph, digest: Digest, name: str | None = None) -> JsonDict:
    manifest = next(one for one in graph.manifests if one.digest == digest)
    entry = true_descriptor(manifest.content, manifest.media_type)
    return entry if name is None else {**entry, "annotations": {REF_NAME: name}}


def _names_in(index: JsonDict) -> dict[str, Digest]:
    return {entry["annotations"][REF_NAME]: entry["digest"] for entry in index["manifests"] if "annotations" in entry}


_GRAPHS: Final = image_graphs()

_HEADERS: Final[SearchStrategy[JsonDict]] = st.sampled_from(
    ({"imageLayoutVersion": "1.0.0"}, {"imageLayoutVersion": "1.0.0", "un known": [None]})
)
_ENTRY_STYLES: Final = st.sampled_from(tuple(product(("", "samples/hello:"), (False, True))))
_INDEX_MEMBERS: Final[SearchStrategy[JsonDict]] = st.sampled_from(
    (
        {},
        {"mediaType": media_types.OCI_INDEX},
        {"annotations": {"com.example.key": "value"}},
        {"un known": {"size": -1}},
    )
)
