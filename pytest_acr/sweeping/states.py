"""`ContentState`: the content of a registry at one time, to be compared with that of other runs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from fake_registry.core.repositories import ContentSnapshot
from fake_registry.core.state import RepositoryState
from fake_registry.spec.attributes import UNLOCKED, ChangeableAttributes
from fake_registry.spec.words import short_digest

_MOST_LINES: Final = 6


class ContentItem(NamedTuple):
    """A repository, tag, manifest or blob, and the values of it that clients can read."""

    kind: str
    name: str
    """`repository`, `repository:tag` or `repository@digest`."""
    value: str = ""
    """The digest of a tag, the media type of a manifest."""
    attributes: ChangeableAttributes = UNLOCKED

    def __str__(self) -> str:
        repository, at, digest = self.name.partition("@")
        shown = f"{repository}@{short_digest(digest)}" if at else self.name
        target = f" -> {short_digest(self.value)}" if self.kind == "tag" else ""
        locks = "" if self.attributes == UNLOCKED else f", {self.attributes}"
        return f"{self.kind} {shown}{target}{locks}"


@dataclass(frozen=True)
class ContentState:
    """All content, without times and without unfinished uploads, which expire by themselves."""

    items: frozenset[ContentItem]
    """All but the loose blobs."""
    loose_blobs: frozenset[ContentItem]
    """The blobs to which no manifest of their repository refers."""

    @property
    def everything(self) -> frozenset[ContentItem]:
        """All items."""
        return self.items | self.loose_blobs

    def without_loose_blobs(self) -> "ContentState":
        """Return the state without them."""
        return ContentState(self.items, frozenset())

    def sharing(self, known: dict[ContentItem, ContentItem]) -> "ContentState":
        """Return the state with items of `known`, to which those that are new are added."""
        items = frozenset([known.setdefault(item, item) for item in self.items])
        return ContentState(items, frozenset([known.setdefault(item, item) for item in self.loose_blobs]))

    def differences(self, other: "ContentState") -> str:
        """Return a line for each item that `other` has more (+) or less (-) than this state."""
        before, after = self.everything, other.everything
        lines = [f"+ {item}" for item in sorted(after - before, key=str)]
        lines += [f"- {item}" for item in sorted(before - after, key=str)]

        left = len(lines) - _MOST_LINES
        return "\n".join([*lines[:_MOST_LINES], *([f"... {left} more"] if left > 0 else [])])

    def distance(self, other: "ContentState") -> int:
        """Return the number of items in which they differ."""
        return len(self.everything ^ other.everything)


NOTHING: Final = ContentState(frozenset(), frozenset())


def state_of(content: ContentSnapshot) -> ContentState:
    """Return the state of a snapshot."""
    items: set[ContentItem] = set()
    loose: set[ContentItem] = set()
    for repository in content.repositories:
        referred = _blobs_referred_to(repository)
        blobs = {digest: ContentItem("blob", f"{repository.name}@{digest}") for digest in repository.blobs}
        items.update(item for digest, item in blobs.items() if digest in referred)
        loose.update(item for digest, item in blobs.items() if digest not in referred)
        items.update(_listed_items(repository))
    return ContentState(frozenset(items), frozenset(loose))


def _blobs_referred_to(repository: RepositoryState) -> frozenset[str]:
    facts = [record.manifest.facts for record in repository.manifests.values()]
    children = [one.digest for each in facts for one in each.manifests]
    return frozenset([*[one.digest for each in facts for one in each.blobs], *children])


def _listed_items(repository: RepositoryState) -> Iterator[ContentItem]:
    """Yield the repository, its tags and its manifests; nothing for one that no list has."""
    name = repository.name
    if not repository.exists:
        return

    yield ContentItem("repository", name, attributes=repository.attributes)
    for tag, record in repository.tags.items():
        yield ContentItem("tag", f"{name}:{tag}", record.digest, record.attributes)
    for digest, held in repository.manifests.items():
        media_type = held.manifest.media_type
        yield ContentItem("manifest", f"{name}@{digest}", media_type, held.attributes)


def have_same_content(one: Mapping[str, ContentState], other: Mapping[str, ContentState]) -> bool:
    """Return whether registries have the same content. One that is in one mapping alone is empty."""
    keys = one.keys() | other.keys()
    return all(one.get(key, NOTHING) == other.get(key, NOTHING) for key in keys)


def differences_of(one: Mapping[str, ContentState], other: Mapping[str, ContentState]) -> list[str]:
    """Return the lines of `ContentState.differences` for all registries, in the order of the keys."""
    keys = sorted(one.keys() | other.keys())
    texts = [one.get(key, NOTHING).differences(other.get(key, NOTHING)) for key in keys]
    return [line for text in texts for line in text.splitlines()]


def union_of(states: Iterable[ContentState]) -> frozenset[ContentItem]:
    """Return the items of all states."""
    return frozenset(item for state in states for item in state.everything)
