"""Copying an image between registries: `import_image`.

It does what `az acr import` does with ACR's management API.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field, replace
from typing import ParamSpec, TypeVar

from fake_registry.arguments import check_arguments
from fake_registry.core.registry import Registry
from fake_registry.images.children import read_child
from fake_registry.images.ref import (
    ImageRef,
    image_ref,
    parse_image_name,
    refs_of_children,
)
from fake_registry.spec.errors import (
    BlobUnknown,
    ManifestUnknown,
    OperationDisallowed,
    RegistryError,
)
from fake_registry.spec.graph import children_of, walk
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import (
    Digest,
    Reference,
    RepositoryName,
    Tag,
    split_image_name,
)

Name = TypeVar("Name", bound=str)
P = ParamSpec("P")

CheckPush = Callable[[RepositoryName, Sequence[Manifest], Sequence[Tag]], None]
"""`MemoryRegistry.check_push`."""


@check_arguments
def import_image(
    registry: Registry,
    source: Registry,
    name: str,
    *,
    image: str | None = None,
    force: bool = False,
    check_push: CheckPush | None = None,
) -> ImageRef:
    """Copy the image `name` from `source`, with everything that it refers to.

    `name` is `repository:tag` or `repository@digest`. The copy has the same name unless `image` is
    given; a name without a tag makes a copy without a tag. An index is copied with its images and
    blobs; referrers are not copied. A tag that exists in `registry` is moved only with `force` (docs:
    container-registry-import-images; ACR 2019-05-01, Registries - Import Image, ImportMode). ACR
    then ignores a lock of the tag; `import_image` does not.

    Raises ValueError if the tag exists; ManifestUnknown or BlobUnknown if `source` lacks content;
    OperationDisallowed if a lock of either registry forbids the copy; NameInvalid, TagInvalid or
    DigestInvalid for a malformed name. An error leaves nothing behind. `check_push` checks locks
    before the first write. After other errors everything that was written is deleted, except a
    manifest that has referrers.
    """
    repository, reference = _parse_source(name)
    target, tag = parse_image_name(image if image is not None else name.partition("@")[0])
    tags = () if tag is None else (tag,)

    manifests = _read_manifests(source, repository, reference)
    blobs = _find_blobs(source, repository, manifests)
    if tag is not None and not force:
        _check_tag(registry, target, tag)
    if check_push is not None:
        check_push(target, manifests, tags)

    with ExitStack() as undo:
        copy = _Copy(registry, target, undo)
        copy.put_blobs(source, repository, blobs)
        copy.put_manifests(manifests, tags)
        undo.pop_all()
    return _describe(target, tag, manifests, blobs)


def _parse_source(name: str) -> tuple[RepositoryName, Reference]:
    repository, tag, digest = split_image_name(name)
    if tag is not None and digest is not None:
        raise ValueError(f"expected a tag or a digest, found both in {name!r}")

    reference = tag or digest
    if reference is None:
        raise ValueError(f"expected repository:tag or repository@digest, found {name!r}")
    return repository, reference


def _read_manifests(
    source: Registry,
    repository: RepositoryName,
    reference: Reference,
) -> tuple[Manifest, ...]:
    """Return a manifest and all manifests below it, children first: the manifest itself is last."""
    root = source.get_manifest(repository, reference)

    def read(descriptor: Descriptor) -> Manifest | None:
        if descriptor.digest == root.digest:
            return root
        return read_child(source, repository, descriptor)

    return tuple(walk([root.descriptor], read))


def _find_blobs(
    source: Registry,
    repository: RepositoryName,
    manifests: Sequence[Manifest],
) -> dict[Digest, int]:
    """Return all blobs that the manifests refer to, with their sizes. Raises BlobUnknown.

    `manifests` has all children that are manifests: the others are blobs.
    """
    links = [link for one in manifests for link in (*one.facts.blobs, *children_of(one))]
    own = {manifest.digest for manifest in manifests}
    digests = tuple(dict.fromkeys(link.digest for link in links if link.digest not in own))

    return {digest: source.stat_blob(repository, digest).size or 0 for digest in digests}


def _describe(
    repository: RepositoryName,
    tag: Tag | None,
    manifests: Sequence[Manifest],
    blob_sizes: Mapping[Digest, int],
) -> ImageRef:
    """Return the reference to the last of `manifests`, which come after their children."""
    refs: dict[Digest, ImageRef] = {}
    for manifest in manifests:
        children = refs_of_children(manifest, refs)
        refs[manifest.digest] = image_ref(
            repository,
            manifest,
            blob_sizes=blob_sizes,
            children=children,
        )
    return replace(refs[manifests[-1].digest], tag=tag)


def _check_tag(registry: Registry, repository: RepositoryName, tag: Tag) -> None:
    if _exists(registry.stat_manifest, repository, tag):
        raise ValueError(f"expected no tag {tag} in {repository}, found one; force=True moves it")


@dataclass(frozen=True)
class _Copy:
    """Writes an image to `repository`. For each change, `undo` gets the step that reverses it."""

    registry: Registry
    repository: RepositoryName
    undo: ExitStack
    new: set[Digest] = field(default_factory=set)
    """The blobs and children that the registry lacked."""

    def put_blobs(
        self,
        source: Registry,
        repository: RepositoryName,
        digests: Iterable[Digest],
    ) -> None:
        """Copy the blobs that the registry lacks from `repository` of `source`."""
        for digest in digests:
            if _exists(self.registry.stat_blob, self.repository, digest):
                continue

            self.undo.callback(_try, self.registry.delete_blob, self.repository, digest)
            self.new.add(digest)
            with closing(source.get_blob(repository, digest)) as content:
                self.registry.put_blob(self.repository, digest, content.chunks())

    def put_manifests(self, manifests: Sequence[Manifest], tags: Sequence[Tag]) -> None:
        """Push manifests, children first; the last one gets the tags."""
        *children, root = manifests
        for child in children:
            self._put_child(child)

        if not _exists(self.registry.stat_manifest, self.repository, root.digest):
            self._delete_on_error(root)
        self.registry.put_manifest(self.repository, root, tags=tags)

    def _put_child(self, manifest: Manifest) -> None:
        """Push a child, unless the registry has it with everything that it refers to.

        A child that lacked something is pushed again, because a sparse registry only now knows its
        size (`Settings.sparse_manifests`). A child of another media type is also pushed again.
        """
        try:
            before = self.registry.get_manifest(self.repository, manifest.digest)
        except ManifestUnknown:
            self.new.add(manifest.digest)
            self._delete_on_error(manifest)
        except OperationDisallowed:
            return  # it exists: existence is checked before locks (`core.locks`)
        else:
            if self._is_complete(manifest) and before.media_type == manifest.media_type:
                return
            self.undo.callback(_try, self.registry.put_manifest, self.repository, before)

        self.registry.put_manifest(self.repository, manifest)

    def _delete_on_error(self, new: Manifest) -> None:
        self.undo.callback(_try, _delete_manifest, self.registry, self.repository, new.digest)

    def _is_complete(self, manifest: Manifest) -> bool:
        """Return whether the registry had everything that the manifest refers to."""
        references = (*manifest.facts.blobs, *children_of(manifest))
        return self.new.isdisjoint(reference.digest for reference in references)


def _exists(
    stat: Callable[[RepositoryName, Name], object],
    repository: RepositoryName,
    name: Name,
) -> bool:
    """Return whether `stat` finds the content, or a lock that forbids to read it.

    A lock proves that it exists: existence is checked before locks (`core.locks`).
    """
    try:
        stat(repository, name)
    except (BlobUnknown, ManifestUnknown):
        return False
    except OperationDisallowed:
        return True
    return True


def _try(step: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Undo a change, unless that fails: its content may be gone or locked by now.

    The caller is to see the first error.
    """
    with suppress(RegistryError):
        step(*args, **kwargs)


def _delete_manifest(registry: Registry, repository: RepositoryName, digest: Digest) -> None:
    """Delete a manifest that has no referrers: they could go with it.

    See `Settings.referrers_go_with_subject`.
    """
    if not registry.list_referrers(repository, digest, limit=1).items:
        registry.delete_manifest(repository, digest)
