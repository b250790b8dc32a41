"""Copying an image from one registry to another: `import_image`, what `az acr import` does in ACR's management API."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from typing import ParamSpec, TypeVar

from fake_registry.core.registry import Registry
from fake_registry.images.push import ImageRef, parse_image_name
from fake_registry.spec.errors import BlobUnknown, ManifestUnknown, OperationDisallowed, RegistryError
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import Digest, Reference, RepositoryName, Tag, parse_digest, parse_repository_name

Name = TypeVar("Name", bound=str)
P = ParamSpec("P")

CheckPush = Callable[[RepositoryName, Sequence[Manifest], Sequence[Tag]], None]
"""`MemoryRegistry.check_push`."""


def import_image(
    registry: Registry,
    source: Registry,
    name: str,
    *,
    image: str | None = None,
    force: bool = False,
    check_push: CheckPush | None = None,
) -> ImageRef:
    """Copy the image `name` of `source`, `repository:tag` or `repository@digest`, with all that it refers to.

    It gets the same name here unless `image` gives another; without a tag none points at it. An index comes with its
    images; referrers stay where they are. A tag that is here already is moved by `force` alone (docs:
    container-registry-import-images; ACR 2019-05-01, Registries - Import Image, ImportMode). ACR's own goes past the
    tag's lock then; here locks hold.

    Raises ValueError for a tag that is here already; ManifestUnknown and BlobUnknown for what `source` has not;
    OperationDisallowed where either registry's locks are in the way; NameInvalid, TagInvalid, DigestInvalid for names
    that are none. An error leaves nothing behind: locks are looked at by `check_push` before the first write, and what
    was written when something else goes wrong is deleted, but for a manifest that somebody refers to.
    """
    repository, reference = _source_named(name)
    target, tag = parse_image_name(image if image is not None else name.partition("@")[0])
    manifests = _tree_of(source, repository, reference)
    blobs = dict.fromkeys(blob.digest for manifest in manifests for blob in manifest.facts.blobs)
    for digest in blobs:
        source.stat_blob(repository, digest)
    if tag is not None and not force and not _lacks(registry.stat_manifest, target, tag):
        raise ValueError(f"expected no tag {tag} in {target}, found one; force=True moves it")
    tags = () if tag is None else (tag,)
    if check_push is not None:
        check_push(target, manifests, tags)
    *children, root = manifests
    with ExitStack() as undo:
        new = set[Digest]()
        for digest in blobs:
            if _lacks(registry.stat_blob, target, digest):
                undo.callback(_if_possible, registry.delete_blob, target, digest)
                new.add(digest)
                with closing(source.get_blob(repository, digest)) as content:
                    registry.put_blob(target, digest, content.chunks())
        for manifest in children:
            _put_child(registry, target, manifest, new, undo)
        if _lacks(registry.stat_manifest, target, root.digest):
            undo.callback(_if_possible, _delete_manifest, registry, target, root.digest)
        registry.put_manifest(target, root, tags=tags)
        undo.pop_all()
    return ImageRef(repository=target, tag=tag, manifest=root)


def _source_named(name: str) -> tuple[RepositoryName, Reference]:
    repository, at, digest = name.partition("@")
    if at:
        return parse_repository_name(repository), parse_digest(digest)
    parsed, tag = parse_image_name(name)
    if tag is None:
        raise ValueError(f"expected repository:tag or repository@digest, found {name!r}")
    return parsed, tag


def _tree_of(source: Registry, repository: RepositoryName, reference: Reference) -> tuple[Manifest, ...]:
    """Return a manifest behind all that it refers to, each once. Not by recursion: an index can be thousands deep."""
    root = source.get_manifest(repository, reference)
    found: list[Manifest] = []
    seen = {root.digest}
    path = [(root, iter(root.facts.manifests))]
    while path:
        manifest, children = path[-1]
        following = next((child.digest for child in children if child.digest not in seen), None)
        if following is None:
            found.append(manifest)
            path.pop()
        else:
            seen.add(following)
            child = source.get_manifest(repository, following)
            path.append((child, iter(child.facts.manifests)))
    return tuple(found)


def _lacks(stat: Callable[[RepositoryName, Name], object], repository: RepositoryName, name: Name) -> bool:
    """Tell whether what `stat` looks for is not there. What may not be read is: existence comes before locks
    (`core.locks`)."""
    try:
        stat(repository, name)
    except (BlobUnknown, ManifestUnknown):
        return True
    except OperationDisallowed:
        return False
    return False


def _put_child(
    registry: Registry, target: RepositoryName, manifest: Manifest, new: set[Digest], undo: ExitStack
) -> None:
    """Store a manifest, unless it is there with all that it refers to: `new` is what was not. `undo` gets the way back.

    One that lacked something is pushed again, for a sparse registry knows its size only now
    (`Settings.sparse_manifests`); so is one of another type.
    """
    try:
        before = registry.get_manifest(target, manifest.digest)
    except ManifestUnknown:
        new.add(manifest.digest)
        undo.callback(_if_possible, _delete_manifest, registry, target, manifest.digest)
    except OperationDisallowed:
        return  # not to be read, and so there
    else:
        complete = new.isdisjoint(one.digest for one in (*manifest.facts.blobs, *manifest.facts.manifests))
        if complete and before.media_type == manifest.media_type:
            return
        undo.callback(_if_possible, registry.put_manifest, target, before)
    registry.put_manifest(target, manifest)


def _if_possible(step: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
    """Take a step back. What it is about may be gone or locked by now; what went wrong first is what counts."""
    with suppress(RegistryError):
        step(*args, **kwargs)


def _delete_manifest(registry: Registry, repository: RepositoryName, digest: Digest) -> None:
    """Delete a manifest that nobody refers to: referrers would go with it (`Settings.referrers_go_with_subject`)."""
    if not registry.list_referrers(repository, digest, limit=1).items:
        registry.delete_manifest(repository, digest)
