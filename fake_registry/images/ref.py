"""`ImageRef`, a manifest in a repository, and the names that users give to images."""

from dataclasses import dataclass

from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import (
    Digest,
    Reference,
    RepositoryName,
    Tag,
    parse_repository_name,
    parse_tag,
)


@dataclass(frozen=True, kw_only=True)
class ImageRef:
    """A manifest in a repository, and its tag. `str()` is `repository@digest`.

    `children` are the manifests of an index, in its order, without its blobs.
    """

    repository: RepositoryName
    tag: Tag | None
    manifest: Manifest
    children: tuple["ImageRef", ...] = ()

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
    def config(self) -> Descriptor | None:
        """The config of an image; None for an index."""
        return self.manifest.facts.config

    @property
    def layers(self) -> tuple[Descriptor, ...]:
        """The layers of an image or the blobs of an artifact; none for an index."""
        return self.manifest.facts.layers


def parse_image_name(name: str) -> tuple[RepositoryName, Tag | None]:
    """Return the repository and the tag, if any, of `repository[:tag]`.

    Raises NameInvalid, TagInvalid, and ValueError for a digest: it follows from the content.
    """
    if "@" in name:
        raise ValueError(f"expected repository or repository:tag, found a digest in {name!r}")

    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:  # before a slash there is a port; a name with a host is malformed
        return parse_repository_name(name), None
    return parse_repository_name(repository), parse_tag(tag)
