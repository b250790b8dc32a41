"""The `index.json` of a storage folder: the entries that `layout.save_layout` writes.

Items that attributes hide from lists or from readers are in it as well: the folder is a storage.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct, field, json

from fake_registry.layout.folder import REF_NAME
from fake_registry.persistence.documents import KeptManifest, RepositoryChanges
from fake_registry.persistence.kept import KeptContent
from fake_registry.spec import media_types

Entry = tuple[str, str, KeptManifest]
"""Name, digest and manifest."""


class _IndexAnnotations(Struct, frozen=True):
    name: str = field(name=REF_NAME)


class _IndexEntry(Struct, frozen=True, rename="camel"):
    media_type: str
    digest: str
    size: int
    annotations: _IndexAnnotations


class _IndexDocument(Struct, frozen=True, rename="camel"):
    schema_version: int
    media_type: str
    manifests: list[_IndexEntry]


_INDENT: Final = 2


def entries_of(state: KeptContent) -> list[Entry]:
    """Return the entries of all manifests, in the order of their repositories.

    Tags come first, by name, then manifests that have neither a tag nor a parent, or whose type
    does not say that they are manifests.
    """
    found: list[Entry] = []
    for name in sorted(state.repositories):
        found += _entries_in(name, state.repositories[name])
    return found


def encode_index(entries: Sequence[Entry]) -> bytes:
    """Return the content of `index.json`."""
    manifests = [
        _IndexEntry(manifest.media_type, digest, manifest.bytes, _IndexAnnotations(name))
        for name, digest, manifest in entries
    ]
    document = _IndexDocument(2, media_types.OCI_INDEX, manifests)
    return json.format(json.encode(document), indent=_INDENT) + b"\n"


def _entries_in(repository: str, found: RepositoryChanges) -> Iterator[Entry]:
    manifests = {digest: one for digest, one in found.manifests.items() if one is not None}
    covered = {child for one in manifests.values() for child in one.children}
    for tag, stored in sorted(found.tags.items()):
        if stored is not None and stored.digest in manifests:
            yield f"{repository}:{tag}", stored.digest, manifests[stored.digest]
            covered.add(stored.digest)

    for digest in sorted(manifests.keys() - covered):
        yield f"{repository}@{digest}", digest, manifests[digest]
