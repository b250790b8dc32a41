"""`RegistryTree`: all content of a registry as a short text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fake_registry.arguments import check_arguments
from fake_registry.core.index import Index
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.state import ManifestRecord, RepositoryState, tags_of
from fake_registry.inspection.kinds import kind_text, platform_text
from fake_registry.spec.names import Digest, Tag
from fake_registry.spec.words import count_text, short_digest

_MOST_LINES: Final = 60
_MOST_TAGS: Final = 5
"""The most tags of one manifest that are shown."""


@dataclass(frozen=True, repr=False)
class RegistryTree:
    """The content of a registry, a line for each repository and manifest. `str()` joins them."""

    lines: tuple[str, ...]
    left_out: int = 0
    """The number of lines that the limit left out."""

    def __str__(self) -> str:
        lines = list(self.lines)
        if self.left_out:
            lines.append(f"... {self.left_out} more")
        return "\n".join(lines) or "(no content)"

    def __repr__(self) -> str:
        return f"<RegistryTree, {count_text(len(self.lines) + self.left_out, 'line')}>"


@check_arguments
def tree_of(registry: MemoryRegistry, *, limit: int = _MOST_LINES) -> RegistryTree:
    """Return all content as a tree, of at most `limit` lines and one that counts the others.

    A line for each repository; below it its manifests with their tags, those without tags last;
    below a manifest its referrers, and the children of an index that have no tags. Tags whose
    manifest a fault has removed come after them. A blob that was pushed without a manifest is
    counted with its repository. Locks and attributes hide nothing.

    Raises ValueError for a limit below 1.
    """
    if limit < 1:
        raise ValueError(f"limit: expected at least 1, found {limit}")

    states = sorted(registry.snapshot().repositories, key=lambda state: state.name)
    lines: list[str] = []
    for state in states:
        if len(lines) >= limit:
            break
        lines += _lines_of(state)

    left_out = sum(map(_count_of, states)) - limit
    return RegistryTree(tuple(lines[:limit]), max(left_out, 0))


def _count_of(state: RepositoryState) -> int:
    """Return the number of lines that `_lines_of` yields."""
    if state.exists:
        return 1 + len(state.manifests) + len(_lost_in(state))
    return 1 if state.blobs else 0


def _lines_of(state: RepositoryState) -> Iterator[str]:
    if not state.exists:
        if state.blobs:
            yield f"{state.name} ({count_text(len(state.blobs), 'blob')}, no manifest)"
        return

    manifests = _Manifests(state)
    yield state.name
    for depth, record in manifests.walk():
        yield f"{'  ' * (depth + 1)}{manifests.line_of(record)}"
    for digest in _lost_in(state):
        yield f"  {_tags_text(tags_of(state, digest))}  {short_digest(digest)}  no manifest"


def _lost_in(state: RepositoryState) -> list[Digest]:
    """Return the digests that have tags and no manifest, in the order of these tags."""
    lost = [digest for digest in state.tags_of if digest not in state.manifests]
    return sorted(lost, key=lambda digest: tags_of(state, digest))


class _Manifests:
    """The manifests of a repository, each below its subject or its index, or at the top."""

    def __init__(self, state: RepositoryState) -> None:
        self._state = state
        records = state.manifests.values()
        self._children = {child for record in records for child in self._untagged_of(record)}

    def walk(self) -> Iterator[tuple[int, ManifestRecord]]:
        """Yield each manifest once, with its depth, before those below it."""
        manifests, seen = self._state.manifests, set[Digest]()
        waiting = [(0, digest) for digest in reversed(self._top())]

        while waiting:
            depth, digest = waiting.pop()
            if digest in seen:
                continue

            seen.add(digest)
            yield depth, manifests[digest]
            below = self._below(manifests[digest])
            waiting += [(depth + 1, digest) for digest in reversed(below)]

    def line_of(self, record: ManifestRecord) -> str:
        """Return a manifest in one line: its role and tags, its digest and its kind."""
        digest = short_digest(record.manifest.digest)
        line = f"{self._label_of(record)}  {digest}  {kind_text(record)}"
        return ", ".join([line, *self._absences_of(record)])

    def _absences_of(self, record: ManifestRecord) -> Iterator[str]:
        """Yield what the manifest refers to and the repository does not have: it was deleted, or
        was never required."""
        facts, state = record.manifest.facts, self._state
        if facts.subject is not None and not self._is_referrer(record):
            yield "whose subject is absent"

        children = [child.digest in state.manifests or child.digest in state.blobs for child in facts.manifests]
        blobs = [blob.digest in state.blobs for blob in facts.blobs]
        for found, one, many in ((children, "child", "children"), (blobs, "blob", "blobs")):
            if not all(found):
                yield f"{found.count(False)} of {count_text(len(found), one, many)} absent"

    def _label_of(self, record: ManifestRecord) -> str:
        tags = _tags_text(tags_of(self._state, record.manifest.digest))
        if record.manifest.digest in self._children:
            return f"child {platform_text(record.platform)}".rstrip()
        if self._is_referrer(record):
            return f"referrer {tags}".rstrip()
        return tags or "(no tag)"

    def _is_referrer(self, record: ManifestRecord) -> bool:
        subject = record.manifest.facts.subject
        return subject is not None and subject.digest in self._state.manifests

    def _top(self) -> list[Digest]:
        """Return the manifests that are below no other one, those with tags first."""
        digests = [one for one in self._state.manifest_index.walk() if self._is_top(one)]
        return sorted(digests, key=self._place_of)

    def _is_top(self, digest: Digest) -> bool:
        is_referrer = self._is_referrer(self._state.manifests[digest])
        return not is_referrer and digest not in self._children

    def _place_of(self, digest: Digest) -> tuple[bool, tuple[str, ...]]:
        tags = tags_of(self._state, digest)
        return not tags, tags

    def _below(self, record: ManifestRecord) -> list[Digest]:
        none: Index[Digest] = Index()
        referrers = self._state.referrers.get(record.manifest.digest, none)
        return [*self._untagged_of(record), *referrers.walk()]

    def _untagged_of(self, record: ManifestRecord) -> list[Digest]:
        """Return the children of an index that exist and have no tags."""
        children = [child.digest for child in record.manifest.facts.manifests]
        held = filter(self._state.manifests.__contains__, children)
        return [digest for digest in held if digest not in self._state.tags_of]


def _tags_text(tags: Sequence[Tag]) -> str:
    shown = list[str](tags[:_MOST_TAGS])
    if len(tags) > _MOST_TAGS:
        shown.append(f"{len(tags) - _MOST_TAGS} more tags")
    return ", ".join(shown)
