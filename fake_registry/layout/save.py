"""Saving the content of a registry as an OCI image layout (image-spec v1.1, Image Layout).

Every entry of a saved `index.json` has a name: `repository:tag`, or `repository@digest` for a
manifest without a tag. So one layout can hold many repositories.
"""

import os
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from fake_registry.arguments import check_arguments
from fake_registry.core.registry import AcrCatalog, Registry
from fake_registry.images import read_child
from fake_registry.layout.folder import blobs_of, path_of
from fake_registry.layout.writer import LayoutWriter, update_layout
from fake_registry.spec import media_types
from fake_registry.spec.attributes import ManifestProperties, Page
from fake_registry.spec.errors import BlobUnknown, ManifestUnknown
from fake_registry.spec.graph import children_of, walk
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import Digest, RepositoryName, Tag

Item = TypeVar("Item")
Mark = TypeVar("Mark")


@check_arguments
def save_layout(
    registry: Registry,
    path: str | os.PathLike[str],
    *,
    catalog: AcrCatalog | None = None,
) -> Path:
    """Write everything that `registry` lists to the folder `path`, and return the folder.

    Each tag is saved with its manifest, the manifests and blobs that it refers to and its
    referrers, recursively; untagged manifests too if there is a `catalog`. Manifests and blobs that
    the registry itself lacks are left out, as image-spec allows. Equal content makes equal files.
    A manifest of an unknown type has an entry of its own, also as a child of an index: by its type
    alone it would be loaded as a blob.

    A layout at `path` is updated in place: missing blobs are added, files in the place of a blob
    that have other content are replaced, then `index.json` is replaced atomically, then blobs are
    removed that only the old index referred to. Temporary files that a killed save left are removed
    as well; their names are `.fake-registry-`, 32 hexadecimal digits, `.part`. No other file is
    changed or removed.

    An error before the index is replaced leaves every other file as it was. A kill leaves the old
    layout or the new one, perhaps with blobs that neither refers to. Only one process may save to a
    folder at a time.

    Raises LayoutError, before anything is written, if `path` is a file or a folder with files that
    is not a layout; ValueError for an empty path. Raises DigestInvalid for content that does not
    have its digest, and the errors of reading.
    """
    with update_layout(path_of(path)) as writer:
        repositories = _list_all(lambda after: registry.list_repositories(after=after), _itself)
        names: list[tuple[str, Manifest]] = []
        for repository in sorted(repositories):
            names += _Saver(registry, catalog, repository, writer).save()
        writer.publish(names)
    return Path(path)


@dataclass(frozen=True)
class _Saver:
    """Writes the content of one repository."""

    registry: Registry
    catalog: AcrCatalog | None
    repository: RepositoryName
    writer: LayoutWriter

    def save(self) -> list[tuple[str, Manifest]]:
        """Write the content and return its entries, each with its name.

        Tags come first, by name, then manifests that have neither a tag nor a parent, or whose type
        does not say that they are manifests.
        """
        tags = self._list_tags()
        tagged = {tag: self.registry.get_manifest(self.repository, tag) for tag in tags}
        saved = self._save_manifests(tagged)

        with_tag = {manifest.digest for manifest in tagged.values()}
        children = [child for one in saved.values() for child in children_of(one)]
        with_parent = {one.digest for one in children if one.media_type in media_types.MANIFESTS}
        rest = sorted(saved.keys() - with_tag - with_parent)

        named = [(f"{self.repository}:{tag}", manifest) for tag, manifest in tagged.items()]
        return named + [(f"{self.repository}@{digest}", saved[digest]) for digest in rest]

    def _save_manifests(self, tagged: Mapping[Tag, Manifest]) -> dict[Digest, Manifest]:
        at_hand = {manifest.digest: manifest for manifest in tagged.values()}

        def read(descriptor: Descriptor) -> Manifest | None:
            return at_hand.get(descriptor.digest) or self._find_manifest(descriptor)

        roots = [*(manifest.descriptor for manifest in tagged.values()), *self._list_manifests()]
        saved: dict[Digest, Manifest] = {}
        for manifest in walk(roots, read, links=self._list_links):
            saved[manifest.digest] = manifest
            self._save_manifest(manifest, saved)
        return saved

    def _find_manifest(self, descriptor: Descriptor) -> Manifest | None:
        try:
            return read_child(self.registry, self.repository, descriptor)
        except ManifestUnknown:  # a child that was deleted
            return None

    def _save_manifest(self, manifest: Manifest, saved: Container[Digest]) -> None:
        if not self.writer.keep(manifest.digest):
            self.writer.write(manifest.digest, (manifest.content,))

        # the children that are manifests have been saved, the others are blobs
        children = [child for child in children_of(manifest) if child.digest not in saved]
        for blob in (*blobs_of(manifest), *children):
            if not self.writer.keep(blob.digest):
                self._save_blob(blob.digest)

    def _save_blob(self, digest: Digest) -> None:
        try:
            reader = self.registry.get_blob(self.repository, digest)
        except BlobUnknown:  # deleted, or a layer that is kept elsewhere
            return
        with closing(reader):
            self.writer.write(digest, reader.chunks())

    def _list_tags(self) -> list[Tag]:
        registry, repository = self.registry, self.repository
        return sorted(_list_all(lambda after: registry.list_tags(repository, after=after), _itself))

    def _list_manifests(self) -> Iterator[Descriptor]:
        catalog = self.catalog
        if catalog is None:
            return

        def list_page(after: Digest | None) -> Page[ManifestProperties]:
            return catalog.list_manifests(self.repository, after=after)

        for found in _list_all(list_page, _digest_of):
            yield Descriptor(media_type=found.media_type, digest=found.digest, size=None)

    def _list_links(self, manifest: Manifest) -> Iterator[Descriptor]:
        """Yield the children of an index, then the referrers."""

        def list_page(after: Digest | None) -> Page[Descriptor]:
            return self.registry.list_referrers(self.repository, manifest.digest, after=after)

        yield from children_of(manifest)
        yield from _list_all(list_page, _digest_of)


def _list_all(
    list_page: Callable[[Mark | None], Page[Item]],
    mark_of: Callable[[Item], Mark],
) -> Iterator[Item]:
    """Yield the items of all pages. The next page starts after the mark of the last item."""
    after = None
    while True:
        page = list_page(after)
        yield from page.items
        if not (page.more and page.items):
            return
        after = mark_of(page.items[-1])


def _itself(name: Item) -> Item:
    return name


def _digest_of(item: Descriptor | ManifestProperties) -> Digest:
    return item.digest
