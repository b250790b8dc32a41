"""`RegistryDiff`: the changes of a registry since a snapshot."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from fake_registry.arguments import check_arguments
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.repositories import ContentSnapshot
from fake_registry.core.state import RepositoryState
from fake_registry.inspection.snapshot import Snapshot
from fake_registry.spec.attributes import UNLOCKED, ChangeableAttributes
from fake_registry.spec.names import Digest
from fake_registry.spec.words import short_digest, value_text

_MOST_LINES: Final = 40
_MOST_IN_REPR: Final = 3

_WORDS: Final[Mapping[str, str]] = {
    "delete_enabled": "deleteEnabled",
    "write_enabled": "writeEnabled",
    "read_enabled": "readEnabled",
    "list_enabled": "listEnabled",
    "quarantine_state": "quarantineState",
    "quarantine_details": "quarantineDetails",
}
"""The attributes in ACR's words."""


class MovedTag(NamedTuple):
    """A tag that refers to another manifest than before."""

    tag: str
    """`repository:tag`."""
    before: Digest
    after: Digest


class ChangedAttribute(NamedTuple):
    """An attribute of a repository, a tag or a manifest that has another value than before."""

    item: str
    """`repository`, `repository:tag` or `repository@digest`."""
    attribute: str
    """In ACR's words, such as `writeEnabled`; `mediaType` for that of a manifest."""
    before: object
    after: object


@dataclass(frozen=True, kw_only=True, repr=False)
class RegistryDiff:
    """The changes of a registry since a snapshot. False without any.

    Names are `repository`, `repository:tag` and `repository@digest`, in ASCII order. `str()` is a
    line for each change.
    """

    repositories_added: tuple[str, ...] = ()
    repositories_removed: tuple[str, ...] = ()
    tags_added: tuple[str, ...] = ()
    tags_removed: tuple[str, ...] = ()
    tags_moved: tuple[MovedTag, ...] = ()
    attributes_changed: tuple[ChangedAttribute, ...] = ()
    """Also those of new content, which starts without locks."""
    manifests_added: tuple[str, ...] = ()
    manifests_removed: tuple[str, ...] = ()
    blobs_added: tuple[str, ...] = ()
    blobs_removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def __str__(self) -> str:
        return "\n".join(_first_of(list(self._lines()), _MOST_LINES, "... {} more"))

    def __repr__(self) -> str:
        lines = _first_of(list(self._lines()), _MOST_IN_REPR, "{} more")
        return f"<RegistryDiff: {'; '.join(lines)}>"

    def _lines(self) -> Iterator[str]:
        yield from _lines_of("repository", self.repositories_added, self.repositories_removed)
        yield from _lines_of("tag", self.tags_added, self.tags_removed)

        for name, before, after in self.tags_moved:
            yield f"~ tag {name} moved from {short_digest(before)} to {short_digest(after)}"
        for item, attribute, *values in self.attributes_changed:
            before_text, after_text = map(value_text, values)
            yield f"~ {attribute} of {_short(item)} changed from {before_text} to {after_text}"

        yield from _lines_of("manifest", self.manifests_added, self.manifests_removed)
        yield from _lines_of("blob", self.blobs_added, self.blobs_removed)


def _lines_of(kind: str, added: Iterable[str], removed: Iterable[str]) -> Iterator[str]:
    yield from (f"+ {kind} {_short(name)}" for name in added)
    yield from (f"- {kind} {_short(name)}" for name in removed)


def _short(name: str) -> str:
    repository, at, digest = name.partition("@")
    return f"{repository}@{short_digest(Digest(digest))}" if at else name


def _first_of(lines: list[str], most: int, more: str) -> list[str]:
    left = len(lines) - most
    if left > 0:
        return [*lines[:most], more.format(left)]
    return lines or ["no changes"]


@check_arguments
def diff(registry: MemoryRegistry, snapshot: Snapshot) -> RegistryDiff:
    """Return the changes since the snapshot, which may also be of another registry.

    Repositories, tags, manifests, blobs and attributes are compared; times, unfinished uploads,
    roles and tokens are not. Locks and attributes hide nothing.
    """
    return compare(snapshot.content, registry.snapshot())


def compare(before: ContentSnapshot, after: ContentSnapshot) -> RegistryDiff:
    """Return the differences between the content at two times."""
    old, new = _Items(before), _Items(after)
    both_tags = sorted(old.tags.keys() & new.tags.keys())
    moved = [MovedTag(name, old.tags[name], new.tags[name]) for name in both_tags]

    return RegistryDiff(
        repositories_added=_missing(new.repositories, old.repositories),
        repositories_removed=_missing(old.repositories, new.repositories),
        tags_added=_missing(new.tags, old.tags),
        tags_removed=_missing(old.tags, new.tags),
        tags_moved=tuple(tag for tag in moved if tag.before != tag.after),
        attributes_changed=tuple(_changed_attributes(old, new)),
        manifests_added=_missing(new.manifests, old.manifests),
        manifests_removed=_missing(old.manifests, new.manifests),
        blobs_added=_missing(new.blobs, old.blobs),
        blobs_removed=_missing(old.blobs, new.blobs),
    )


class _Items:
    """The content at one time, by full names."""

    def __init__(self, content: ContentSnapshot) -> None:
        self.repositories: set[str] = set()
        self.tags: dict[str, Digest] = {}
        self.manifests: dict[str, str] = {}
        """The media types of all manifests."""
        self.blobs: set[str] = set()
        self.attributes: dict[str, ChangeableAttributes] = {}

        for state in content.repositories:
            self._add(state)

    def _add(self, state: RepositoryState) -> None:
        name = state.name
        self.blobs.update(f"{name}@{digest}" for digest in state.blobs)
        if not state.exists:
            return

        self.repositories.add(name)
        self.attributes[name] = state.attributes
        for tag, record in state.tags.items():
            self.tags[f"{name}:{tag}"] = record.digest
            self.attributes[f"{name}:{tag}"] = record.attributes
        for digest, held in state.manifests.items():
            self.manifests[f"{name}@{digest}"] = held.manifest.media_type
            self.attributes[f"{name}@{digest}"] = held.attributes


def _missing(names: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """Return the names that are not among the others."""
    return tuple(sorted(set(names).difference(others)))


def _changed_attributes(old: _Items, new: _Items) -> Iterator[ChangedAttribute]:
    for item in sorted(new.attributes):
        before, after = old.attributes.get(item, UNLOCKED), new.attributes[item]
        if before != after:
            yield from _changes_of(item, before, after)

        type_before, type_after = old.manifests.get(item), new.manifests.get(item)
        if type_before is not None and type_before != type_after:
            yield ChangedAttribute(item, "mediaType", type_before, type_after)


def _changes_of(
    item: str,
    before: ChangeableAttributes,
    after: ChangeableAttributes,
) -> Iterator[ChangedAttribute]:
    for name, word in _WORDS.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield ChangedAttribute(item, word, old, new)
