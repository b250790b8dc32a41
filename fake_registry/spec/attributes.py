"""Properties of repositories, tags and manifests, and the attributes that lock them.

Source: ACR 2021-07-01.

Times are nanoseconds since the epoch, in units of `TICK_NS`. `wire.acr_time` writes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Generic, TypeAlias, TypeVar

from fake_registry.spec.manifest import Platform
from fake_registry.spec.names import Digest, RepositoryName, Tag

T = TypeVar("T")
Name = TypeVar("Name", bound=str)

TICK_NS: Final = 100
"""Nanoseconds in the unit of ACR's times, which is .NET's (acr-behaviour 4.3)."""


class Order(Enum):
    """Orders of a list, by the values of `orderby` (ACR 2021-07-01, Tag - Get List)."""

    NAME = "none"
    OLDEST_FIRST = "timeasc"
    NEWEST_FIRST = "timedesc"


@dataclass(frozen=True)
class Page(Generic[T]):
    """Part of a list, in the list's order."""

    items: Sequence[T]
    more: bool = False
    """Whether items follow."""


@dataclass(frozen=True)
class TimePosition(Generic[Name]):
    """The position of an item in an order by time, also if it has moved or been deleted since."""

    updated: int
    """The lastUpdateTime of the item."""
    name: Name
    """The tag or the digest of the item. It orders items of the same time."""


After: TypeAlias = Name | TimePosition[Name]
"""The end of a page, after which the next page starts.

In an order by time a name stands for the present position of the item.
"""


@dataclass(frozen=True, kw_only=True)
class ChangeableAttributes:
    """Attributes of a repository, a tag or a manifest (docs: container-registry-image-lock).

    A manifest may also have a scanner's result, which locks nothing (Azure/acr, preview/quarantine).
    """

    delete_enabled: bool = True
    """False forbids to delete it."""
    write_enabled: bool = True
    """False forbids to overwrite or delete it."""
    read_enabled: bool = True
    """False forbids to pull it."""
    list_enabled: bool = True
    """False hides it from the list of its parent."""
    quarantine_state: str | None = None
    """A word such as `Passed`; None before a scan."""
    quarantine_details: str | None = None
    """A report, as JSON in a string; None before a scan."""


UNLOCKED = ChangeableAttributes()
"""Attributes of everything new."""


@dataclass(frozen=True, kw_only=True)
class AttributeChanges:
    """Changes of attributes; None leaves an attribute as it is."""

    delete_enabled: bool | None = None
    write_enabled: bool | None = None
    read_enabled: bool | None = None
    list_enabled: bool | None = None
    quarantine_state: str | None = None
    quarantine_details: str | None = None

    def applied_to(self, attributes: ChangeableAttributes) -> ChangeableAttributes:
        """Return `attributes` with these changes."""
        changes = {name: value for name, value in vars(self).items() if value is not None}
        return replace(attributes, **changes)


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
    """ACR 2021-07-01, Manifest - Get Properties."""

    repository: RepositoryName
    digest: Digest
    media_type: str
    size: int
    """ACR's imageSize: bytes of manifest, config and layers, also of an index's children."""
    created: int
    updated: int
    platform: Platform | None
    config_media_type: str | None
    tags: tuple[Tag, ...]
    attributes: ChangeableAttributes
    references: tuple["ManifestReference", ...] = ()
    """Children of an index."""


@dataclass(frozen=True, kw_only=True)
class ManifestReference:
    """A child of an index, as ACR lists it under `references`."""

    digest: Digest
    platform: Platform | None


@dataclass(frozen=True, kw_only=True)
class DeletedRepository:
    """Digests and tags that were removed with a repository, sorted.

    ACR 2021-07-01, Repository - Delete.
    """

    manifests: tuple[Digest, ...]
    tags: tuple[Tag, ...]
