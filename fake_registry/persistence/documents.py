"""The lines of a state file, as types of msgspec: what a layout cannot say about its content.

The first line is a `StateHeader`, each other one a `StateLine`: the changes of one or more calls.
Applied in their order, they make the content. Times are nanoseconds since the epoch.
"""

from typing import Final, Literal

from msgspec import UNSET, Struct, UnsetType, json

from fake_registry.auth.accounts import Accounts
from fake_registry.spec.attributes import UNLOCKED, ChangeableAttributes
from fake_registry.spec.manifest import Platform


class StateHeader(Struct, forbid_unknown_fields=True):
    """The first line of a state file."""

    format: Literal["fake-registry-state"]
    version: Literal[1]


class KeptBlob(Struct, frozen=True, forbid_unknown_fields=True):
    """A blob of a repository. Its content is a file of the layout."""

    stored: int


class KeptManifest(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A manifest of a repository. Its content is a file of the layout."""

    media_type: str
    bytes: int
    size: int
    """ACR's imageSize."""
    created: int
    updated: int
    platform: Platform | None = None
    attributes: ChangeableAttributes = UNLOCKED
    children: tuple[str, ...] = ()
    """The digests of the children that are manifests by their type."""


class KeptTag(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A tag of a repository."""

    digest: str
    created: int
    updated: int
    attributes: ChangeableAttributes = UNLOCKED


class KeptFacts(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The times and the locks of a repository."""

    created: int
    updated: int
    attributes: ChangeableAttributes = UNLOCKED


class RepositoryChanges(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """The items of a repository that have changed. None stands for one that was removed."""

    facts: KeptFacts | UnsetType | None = UNSET
    blobs: dict[str, KeptBlob | None] = {}
    manifests: dict[str, KeptManifest | None] = {}
    tags: dict[str, KeptTag | None] = {}


class StateLine(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """Changes that take effect together."""

    clear: bool = False
    """Whether all content is removed before the other changes."""
    repositories: dict[str, RepositoryChanges] = {}
    accounts: Accounts | UnsetType = UNSET
    """All roles and tokens, if they have changed."""
    contents: dict[str, bytes] = {}
    """Short content that had no file when the line was written, by its digest."""


HEADER: Final = json.encode(StateHeader("fake-registry-state", 1)) + b"\n"


def encode_line(line: StateLine) -> bytes:
    """Return the line with its end. A line without its end was cut by a kill."""
    return json.encode(line) + b"\n"


def decode_header(content: bytes) -> StateHeader:
    """Return the first line. ValueError for other content."""
    return json.decode(content, type=StateHeader)


def line_decoder() -> "json.Decoder[StateLine]":
    """Return a decoder of lines. Its method raises ValueError for other content."""
    return json.Decoder(StateLine)
