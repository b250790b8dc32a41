"""A registry's content as an OCI image layout folder, out and in (image-spec v1.1, Image Layout).

Every entry of a saved `index.json` is named, `repository:tag`, or `repository@digest` for a manifest without a tag, so
that one layout holds many repositories. The layouts of other tools are read as they are. The files are
`folder`'s; what of them goes where is `plan`'s.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from fake_registry.core.registry import AcrCatalog, Registry, UploadStatus
from fake_registry.images import ImageRef
from fake_registry.layout.folder import LayoutError, LayoutFolder, blobs_of
from fake_registry.layout.plan import Plan, PlannedRepository
from fake_registry.layout.writer import LayoutWriter, update_layout
from fake_registry.spec.attributes import ManifestProperties, Page
from fake_registry.spec.errors import BlobUnknown, ManifestUnknown
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import Digest, RepositoryName, parse_repository_name

__all__ = ["LayoutError", "load_layout", "save_layout"]

Item = TypeVar("Item")
Mark = TypeVar("Mark")


def save_layout(registry: Registry, path: str | os.PathLike[str], *, catalog: AcrCatalog | None = None) -> Path:
    """Write all that `registry` lists to the folder `path`, and return it.

    That is each tag, what it refers to, and its referrers, recursively; with a `catalog` untagged manifests too. Equal
    content makes equal files. What the registry itself lacks the layout lacks too, as image-spec allows.

    A layout at `path` is updated in place: missing blobs are added, then `index.json` is replaced atomically, then
    blobs are removed that only the old index referred to. No other file is changed or removed. An error before the
    index is replaced leaves the folder as it was; a kill leaves the old layout or the new one, perhaps with blobs
    that neither refers to. Only one process may save to a folder at a time.

    Raises LayoutError, before anything is written, if `path` is a file or a folder with files that is not a layout.
    Raises DigestInvalid for content that does not have its digest, and the errors of reading.
    """
    with update_layout(Path(path)) as folder:
        names: list[tuple[str, Manifest]] = []
        for repository in sorted(_all(lambda after: registry.list_repositories(after=after), _itself)):
            names += _save_repository(registry, catalog, repository, folder)
        folder.publish(names)
    return Path(path)


def load_layout(
    registry: Registry, path: str | os.PathLike[str], *, repository: str | None = None
) -> tuple[ImageRef, ...]:
    """Push the layout in the folder `path`, and return what its entries have become, in their order.

    An entry called `repository:tag` goes there, one called `tag` to that tag of `repository`, else to its
    `io.containerd.image.name` without the host. One without a name goes by digest to where it is somebody's child or
    its subject is, else to `repository`. Nameless entries of a type that is no manifest's are not pushed.

    Everything is checked before anything is pushed. Raises LayoutError, NameInvalid for `repository`, and what
    pushing raises.
    """
    home = None if repository is None else parse_repository_name(repository)
    folder = LayoutFolder(Path(path))
    plan = Plan(folder, home)
    pushed: dict[RepositoryName, dict[Digest, ImageRef]] = {}
    sources: dict[Digest, RepositoryName] = {}
    for planned in plan.repositories.values():
        pushed[planned.name] = _push_repository(registry, planned, folder, sources)
    return tuple(replace(pushed[place.repository][digest], tag=place.tag) for place, digest in plan.entries)


def _save_repository(
    registry: Registry, catalog: AcrCatalog | None, repository: RepositoryName, folder: LayoutWriter
) -> list[tuple[str, Manifest]]:
    """Write a repository's content and return its entries: tags in order, then what has neither tag nor parent."""
    tags = sorted(_all(lambda after: registry.list_tags(repository, after=after), _itself))
    tagged = {tag: registry.get_manifest(repository, tag) for tag in tags}
    found = {manifest.digest: manifest for manifest in tagged.values()}
    waiting = list(found)
    if catalog is not None:
        waiting += map(_digest, _all(lambda after: catalog.list_manifests(repository, after=after), _digest))
    saved: dict[Digest, Manifest] = {}
    while waiting:
        digest = waiting.pop()
        if digest in saved:
            continue
        try:
            manifest = saved[digest] = found.get(digest) or registry.get_manifest(repository, digest)
        except ManifestUnknown:  # a child that was deleted
            continue
        _save_manifest(registry, repository, manifest, folder)
        waiting += (child.digest for child in manifest.facts.manifests)
        waiting += map(_digest, _referrers(registry, repository, digest))
    below = {child.digest for manifest in saved.values() for child in manifest.facts.manifests}
    rest = sorted(saved.keys() - found.keys() - below)
    named = [(f"{repository}:{tag}", manifest) for tag, manifest in tagged.items()]
    return named + [(f"{repository}@{digest}", saved[digest]) for digest in rest]


def _referrers(registry: Registry, repository: RepositoryName, subject: Digest) -> Iterator[Descriptor]:
    return _all(lambda after: registry.list_referrers(repository, subject, after=after), _digest)


def _save_manifest(registry: Registry, repository: RepositoryName, manifest: Manifest, folder: LayoutWriter) -> None:
    if not folder.keep(manifest.digest):
        folder.write(manifest.digest, (manifest.content,))
    for blob in blobs_of(manifest):
        if folder.keep(blob.digest):
            continue
        try:
            reader = registry.get_blob(repository, blob.digest)
        except BlobUnknown:  # deleted, or a foreign layer that lives elsewhere
            continue
        with closing(reader):
            folder.write(blob.digest, reader.chunks())


def _push_repository(
    registry: Registry, planned: PlannedRepository, folder: LayoutFolder, sources: dict[Digest, RepositoryName]
) -> dict[Digest, ImageRef]:
    """Push what is planned for one repository. `sources` remembers where a blob is already, to mount it from there."""
    refs: dict[Digest, ImageRef] = {}
    there: set[Digest] = set()
    for manifest in planned.in_order():
        for blob in blobs_of(manifest):
            if blob.digest not in there and folder.holds(blob.digest):
                _push_blob(registry, planned.name, blob.digest, folder, sources)
                there.add(blob.digest)
        tags = [tag for tag, digest in planned.tags.items() if digest == manifest.digest]
        registry.put_manifest(planned.name, manifest, tags=tags)
        children = tuple(refs[child.digest] for child in manifest.facts.manifests)
        refs[manifest.digest] = ImageRef(repository=planned.name, tag=None, manifest=manifest, children=children)
    return refs


def _push_blob(
    registry: Registry,
    repository: RepositoryName,
    digest: Digest,
    folder: LayoutFolder,
    sources: dict[Digest, RepositoryName],
) -> None:
    source = sources.setdefault(digest, repository)
    if source == repository:
        registry.put_blob(repository, digest, folder.chunks(digest))
        return
    mounted = registry.mount_blob(repository, digest, source=source)
    if isinstance(mounted, UploadStatus):
        registry.finish_upload(repository, mounted.upload, digest, tail=folder.chunks(digest))


def _all(page: Callable[[Mark | None], Page[Item]], mark: Callable[[Item], Mark]) -> Iterator[Item]:
    """Yield a list's items, page by page; `mark` is what the next page goes on after."""
    after = None
    while True:
        found = page(after)
        yield from found.items
        if not (found.more and found.items):
            return
        after = mark(found.items[-1])


def _itself(name: Item) -> Item:
    return name


def _digest(described: Descriptor | ManifestProperties) -> Digest:
    return described.digest
