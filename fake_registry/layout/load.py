"""Loading an OCI image layout into a registry. Layouts of other tools can be loaded as they are."""

import os
from dataclasses import dataclass, field, replace

from fake_registry.arguments import check_arguments
from fake_registry.core.registry import Registry, UploadStatus
from fake_registry.images import ImageRef, image_ref, refs_of_children
from fake_registry.layout.folder import LayoutFolder, path_of
from fake_registry.layout.plan import Plan, PlannedRepository
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import Digest, RepositoryName, parse_repository_name


@check_arguments
def load_layout(
    registry: Registry,
    path: str | os.PathLike[str],
    *,
    repository: str | None = None,
) -> tuple[ImageRef, ...]:
    """Push the layout in the folder `path`; return the image of each entry, in their order.

    An entry named `repository:tag` goes there. An entry named `tag` goes to that tag of
    `repository`, or without `repository` to the name in `io.containerd.image.name`, without its host.
    An entry without a name goes to each repository that gets its subject, or an index with it as a
    child; otherwise to `repository`. If the media type of an entry without a name is not that of a
    manifest, the entry is not pushed. A child of an index whose type is not that of a manifest is
    pushed as a blob, unless an entry has it as a manifest.

    Everything is checked before anything is pushed. Raises LayoutError, ValueError for an empty
    path, NameInvalid for `repository`, and the errors of pushing.
    """
    home = None if repository is None else parse_repository_name(repository)
    folder = LayoutFolder(path_of(path))
    plan = Plan(folder, home)

    loader = _Loader(registry, folder)
    loaded = {planned.name: loader.push(planned) for planned in plan.repositories.values()}
    return tuple(
        replace(loaded[place.repository][digest], tag=place.tag)  # the tag of this entry
        for place, digest in plan.entries
    )


@dataclass(frozen=True)
class _Loader:
    """Pushes the files of one layout to its repositories."""

    registry: Registry
    folder: LayoutFolder
    sources: dict[Digest, RepositoryName] = field(default_factory=dict)
    """The repository that each blob was pushed to first: others mount it from there."""

    def push(self, planned: PlannedRepository) -> dict[Digest, ImageRef]:
        """Push all manifests that are planned for a repository, with their blobs."""
        refs: dict[Digest, ImageRef] = {}
        sizes: dict[Digest, int] = {}
        for manifest in planned.in_order():
            blobs = {blob.digest for blob in planned.blobs_of(manifest)}
            for digest in sorted(blobs - sizes.keys()):
                sizes[digest] = self._push_blob(planned.name, digest)

            self._push_manifest(planned, manifest)
            refs[manifest.digest] = image_ref(
                planned.name,
                manifest,
                blob_sizes=sizes,
                children=refs_of_children(manifest, refs),
            )
        return refs

    def _push_manifest(self, planned: PlannedRepository, manifest: Manifest) -> None:
        tags = [tag for tag, digest in planned.tags.items() if digest == manifest.digest]
        self.registry.put_manifest(planned.name, manifest, tags=tags)

    def _push_blob(self, repository: RepositoryName, digest: Digest) -> int:
        """Push or mount a blob, and return its size; 0 for a layer that the layout leaves out."""
        if not self.folder.holds(digest):
            return 0

        self._put_or_mount(repository, digest)
        return self.folder.size_of(digest)

    def _put_or_mount(self, repository: RepositoryName, digest: Digest) -> None:
        source = self.sources.setdefault(digest, repository)
        if source == repository:
            self.registry.put_blob(repository, digest, self.folder.chunks(digest))
            return

        mounted = self.registry.mount_blob(repository, digest, source=source)
        if isinstance(mounted, UploadStatus):
            chunks = self.folder.chunks(digest)
            self.registry.finish_upload(repository, mounted.upload, digest, tail=chunks)
