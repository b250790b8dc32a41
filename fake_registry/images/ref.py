"""`ImageRef`, a manifest in a repository, and the names that users give to images."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fake_registry.spec.graph import children_of
from fake_registry.spec.manifest import Descriptor, Manifest, image_size
from fake_registry.spec.names import Digest, Reference, RepositoryName, Tag, split_image_name


@dataclass(frozen=True, kw_only=True)
class ImageRef:
    """A manifest in a repository, and its tag. `str()` is `repository@digest`.

    `children` are the manifests of an index, in its order, without its blobs. `size` is ACR's
    imageSize in bytes: the manifest and all that it refers to.
    """

    repository: RepositoryName
    tag: Tag | None
    manifest: Manifest
    size: int
    children: tuple["ImageRef", ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.repository}@{self.digest}"

    def __repr__(self) -> str:
        return f"<ImageRef {self}{f' tag {self.tag}' if self.tag else ''}>"

    def __hash__(self) -> int:  # by hand: a manifest holds mappings
        return hash((self.repository, self.tag, self.digest))

    @property
    def digest(self) -> Digest:
        """The digest of the manifest."""
        return self.manifest.digest

    @property
    def reference(self) -> Reference:
        """The reference to pull it with: its tag, or its digest if it has no tag."""
        return self.tag or self.digest

    @property
    def media_type(self) -> str:
        """The media type of the manifest."""
        return self.manifest.media_type

    @property
    def content(self) -> bytes:
        """The bytes of the manifest."""
        return self.manifest.content

    @property
    def descriptor(self) -> Descriptor:
        """A reference to the manifest, with the size of its bytes."""
        return self.manifest.descriptor

    @property
    def annotations(self) -> Mapping[str, str]:
        """A copy of the annotations of the manifest; empty without any."""
        return dict(self.manifest.facts.annotations)

    @property
    def config(self) -> Descriptor | None:
        """The config of an image; None for an index."""
        return self.manifest.facts.config

    @property
    def layers(self) -> tuple[Descriptor, ...]:
        """The layers of an image or the blobs of an artifact; none for an index."""
        return self.manifest.facts.layers


def image_ref(
    repository: RepositoryName,
    manifest: Manifest,
    *,
    tag: Tag | None = None,
    blob_sizes: Mapping[Digest, int],
    children: tuple[ImageRef, ...] = (),
) -> ImageRef:
    """Return the reference to a manifest that was pushed with these blobs and `children`.

    Its size counts 0 for content that is in neither.
    """
    child_sizes = {child.digest: child.size for child in children}
    size = image_size(
        manifest,
        size_of_blob=lambda digest: blob_sizes.get(digest, 0),
        size_of_child=lambda digest: child_sizes.get(digest, blob_sizes.get(digest, 0)),
    )
    return ImageRef(
        repository=repository,
        tag=tag,
        manifest=manifest,
        size=size,
        children=children,
    )


def refs_of_children(
    manifest: Manifest,
    refs: Mapping[Digest, ImageRef],
) -> tuple[ImageRef, ...]:
    """Return the references in `refs` to the children of an index, in its order."""
    digests = (child.digest for child in children_of(manifest))
    return tuple(refs[digest] for digest in digests if digest in refs)


def parse_image_name(name: str) -> tuple[RepositoryName, Tag | None]:
    """Return the repository and the tag, if any, of `repository[:tag]`.

    Raises NameInvalid, TagInvalid, and ValueError for a digest: it follows from the content.
    """
    if "@" in name:
        raise ValueError(f"expected repository or repository:tag, found a digest in {name!r}")

    repository, tag, _ = split_image_name(name)
    return repository, tag
