"""What ACR tells about repositories, tags and manifests, and the attributes that lock them (ACR 2021-07-01).

Times are nanoseconds since the epoch. `wire.acr_time` writes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Generic, TypeVar

from fake_registry.spec.manifest import Platform
from fake_registry.spec.names import Digest, RepositoryName, Tag

T = TypeVar("T")


class Order(Enum):
    """How a list is sorted; the values are those of `orderby` (ACR 2021-07-01, Tag - Get List)."""

    NAME = "none"
    OLDEST_FIRST = "timeasc"
    NEWEST_FIRST = "timedesc"


@dataclass(frozen=True)
class Page(Generic[T]):
    """Part of a list, in the list's order. `more` says that items follow."""

    items: Sequence[T]
    more: bool = False


@dataclass(frozen=True, kw_only=True)
class ChangeableAttributes:
    """The four switches of a repository, a tag or a manifest (docs: container-registry-image-lock).

    `write_enabled=False` forbids pushing over it and deleting it, `delete_enabled=False` deleting it,
    `read_enabled=False` pulling it; `list_enabled=False` hides it from its parent's list.

    What a scanner says of a manifest stands beside them (Azure/acr, preview/quarantine): a word such as `Passed`, and a
    report as JSON in a string. None is not said yet. It is kept and told, nothing is refused for it.
    """

    delete_enabled: bool = True
    write_enabled: bool = True
    read_enabled: bool = True
    list_enabled: bool = True
    quarantine_state: str | None = None
    quarantine_details: str | None = None


UNLOCKED = ChangeableAttributes()
"""What everything starts with."""


@dataclass(frozen=True, kw_only=True)
class AttributeChanges:
    """A PATCH: None leaves what it stands for as it is."""

    delete_enabled: bool | None = None
    write_enabled: bool | None = None
    read_enabled: bool | None = None
    list_enabled: bool | None = None
    quarantine_state: str | None = None
    quarantine_details: str | None = None

    def applied_to(self, attributes: ChangeableAttributes) -> ChangeableAttributes:
        """Return `attributes` with these changes."""
        return replace(attributes, **{name: value for name, value in vars(self).items() if value is not None})


@dataclass(frozen=True, kw_only=True)
class RepositoryProperties:
    """ACR 2021-07-01, Repository - Get Properties."""

    name: RepositoryName
    created: int
    updated: int
    manifest_count: int
    tag_count: int
    attributes: ChangeableAttributes


@dataclass(frozen=True, kw_only=True)
class TagProperties:
    """ACR 2021-07-01, Tag - Get Properties."""

    repository: RepositoryName
    tag: Tag
    digest: Digest
    created: int
    updated: int
    attributes: ChangeableAttributes


@dataclass(frozen=True, kw_only=True)
class ManifestProperties:
    """ACR 2021-07-01, Manifest - Get Properties. `size` is what ACR calls imageSize: manifest, config and layers in
    bytes, and for an index its children's likewise. `references` are an index's children."""

    repository: RepositoryName
    digest: Digest
    media_type: str
    size: int
    created: int
    updated: int
    platform: Platform | None
    config_media_type: str | None
    tags: tuple[Tag, ...]
    attributes: ChangeableAttributes
    references: tuple["ManifestReference", ...] = ()


@dataclass(frozen=True, kw_only=True)
class ManifestReference:
    """A child of an index, as ACR lists it under `references`."""

    digest: Digest
    platform: Platform | None


@dataclass(frozen=True, kw_only=True)
class DeletedRepository:
    """What went with a repository (ACR 2021-07-01, Repository - Delete): digests and tags, each sorted."""

    manifests: tuple[Digest, ...]
    tags: tuple[Tag, ...]
