"""The `/acr/v1` documents as JSON (ACR 2021-07-01), which `acr_json` writes."""

from typing import NotRequired, TypedDict

from fake_registry.spec.names import Digest, RepositoryName, Tag


class AttributesDocument(TypedDict):
    """`changeableAttributes` of repositories, tags and manifests, and the body of a PATCH.

    Only manifests have the last two.
    """

    deleteEnabled: bool
    writeEnabled: bool
    readEnabled: bool
    listEnabled: bool
    quarantineDetails: NotRequired[str]
    quarantineState: NotRequired[str]


class RepositoryDocument(TypedDict):
    """Repository - Get Properties."""

    registry: str
    imageName: RepositoryName
    createdTime: str
    lastUpdateTime: str
    manifestCount: int
    tagCount: int
    changeableAttributes: AttributesDocument


class TagItem(TypedDict):
    """A tag, alone or in a list."""

    name: Tag
    digest: Digest
    createdTime: str
    lastUpdateTime: str
    signed: bool
    changeableAttributes: AttributesDocument


class TagsDocument(TypedDict):
    """Tag - Get List."""

    registry: str
    imageName: RepositoryName
    tags: list[TagItem] | None


class TagDocument(TypedDict):
    """Tag - Get Properties."""

    registry: str
    imageName: RepositoryName
    tag: TagItem


class ReferenceItem(TypedDict):
    """A child of an index."""

    digest: Digest
    architecture: NotRequired[str]
    os: NotRequired[str]


class ManifestItem(TypedDict):
    """A manifest, alone or in a list, where it has no `references`."""

    digest: Digest
    imageSize: int
    createdTime: str
    lastUpdateTime: str
    architecture: NotRequired[str]
    os: NotRequired[str]
    mediaType: NotRequired[str]  # always present; set after the platform, for the order of keys
    configMediaType: NotRequired[str]
    tags: NotRequired[tuple[Tag, ...]]
    changeableAttributes: NotRequired[AttributesDocument]  # as `mediaType`
    references: NotRequired[list[ReferenceItem]]


class ManifestsDocument(TypedDict):
    """Manifest - Get List."""

    registry: str
    imageName: RepositoryName
    manifests: list[ManifestItem] | None


class ManifestDocument(TypedDict):
    """Manifest - Get Properties."""

    registry: str
    imageName: RepositoryName
    manifest: ManifestItem


class DeletedDocument(TypedDict):
    """Repository - Delete."""

    manifestsDeleted: tuple[Digest, ...] | None
    tagsDeleted: tuple[Tag, ...] | None
