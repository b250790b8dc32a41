"""What one client at a time observes: small models of a tag, a blob, an upload and a tag list.

A model is a state and a function that returns every answer that the documents allow in that state,
each with the state after it. Models are written from the documents alone: distribution-spec v1.1.1;
for locks, docs container-registry-image-lock.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from pytest_acr.harness.concurrency.history import ConcurrentOperation, Observed

Answers = Iterable[tuple[Observed, Hashable]]
"""The outcomes that are possible, each with the state after it."""

DONE: Final = Observed("done")
ABSENT: Final = Observed("absent")
"""404."""
FORBIDDEN: Final = Observed("forbidden")
"""405."""
MISPLACED: Final = Observed("misplaced")
"""416."""
REFUSED: Final = Observed("refused")
"""Another 3xx or 4xx."""
CORRUPT: Final = Observed("corrupt")
"""Content of another digest, which no model allows."""
_PARTLY: Final = Observed("partly")
"""Never observed: one of the effects that an operation without an answer may have."""
GONE: Final = Observed("gone")
"""A delete that a registry reports as done whether or not the object was there."""
THROTTLED: Final = Observed("throttled")
"""429: the registry did nothing."""


class TagChange(NamedTuple):
    """A push or a delete: the tag, and the manifest unless the tag alone is deleted."""

    tag: str
    digest: str | None = None

    def __str__(self) -> str:
        return self.digest or ""


_READS: Final = frozenset({"get", "attributes", "get manifest", "get blob", "head blob", "status", "list", "page"})


@dataclass(frozen=True)
class SequentialModel:
    """An object by itself: the state at the start, the answers in each state, and their source."""

    start: Hashable
    answers: Callable[..., Answers]
    """Called with the state, and the name and the argument of an operation."""
    section: str
    unchanged_by: frozenset[str] = frozenset({"absent", "forbidden"})
    """The words of outcomes after which an operation has changed nothing."""

    def states_after(self, state: Hashable, operation: ConcurrentOperation) -> list[Hashable]:
        """Return the states in which an operation may leave `state`; none if it is impossible.

        If the outcome of the operation is unknown, every outcome counts.
        """
        observed = operation.observed
        if observed == THROTTLED:
            return [state]

        answers = self.answers(state, operation.name, operation.argument)
        return [after for answer, after in answers if observed is None or answer == observed]

    def only_reads(self, operation: ConcurrentOperation) -> bool:
        """Return whether an operation with this outcome leaves every state as it is."""
        observed = operation.observed
        if observed is None:
            return operation.name in _READS and bool(self.unchanged_by)
        if observed.word == "done":
            return operation.name in _READS
        return observed.word in self.unchanged_by


# a tag


class TagState(NamedTuple):
    """The manifest of a tag, None if there is no such tag, and ACR's attributes of the tag."""

    digest: str | None = None
    write_enabled: bool = True
    delete_enabled: bool = True

    @property
    def locked(self) -> bool:
        """Whether the tag must not be deleted: either attribute prevents it."""
        return not (self.write_enabled and self.delete_enabled)

    def with_attributes(self, write: bool | None, delete: bool | None) -> "TagState":  # noqa: FBT001
        """Return the state after a change of attributes. None leaves one as it is."""
        return self._replace(
            write_enabled=self.write_enabled if write is None else write,
            delete_enabled=self.delete_enabled if delete is None else delete,
        )


NO_TAG: Final = TagState()


def tag_answers(state: TagState, name: str, argument: Hashable) -> Answers:
    """Yield the outcomes of an operation on a tag."""
    match name, argument:
        case "put", TagChange() as change:
            return [_answer_put(state, change)]
        case "delete", _:
            return _answers_of_tag_delete(state)
        case "delete manifest", TagChange() as change:
            return _answers_of_manifest_delete(state, change)

    if state.digest is None:
        return [(ABSENT, state)]

    match name, argument:
        case "lock", (bool() | None as write, bool() | None as delete):
            return [(DONE, state.with_attributes(write, delete))]
        case "attributes", _:
            return [(Observed("done", (state.write_enabled, state.delete_enabled)), state)]
    return [(Observed("done", state.digest), state)]


def _answer_put(state: TagState, change: TagChange) -> tuple[Observed, TagState]:
    if not state.write_enabled:
        return FORBIDDEN, state
    return DONE, state._replace(digest=change.digest)


def _answers_of_tag_delete(state: TagState) -> Answers:
    if state.locked:
        return [(FORBIDDEN, state)]
    return [(DONE if state.digest else ABSENT, NO_TAG), (GONE, NO_TAG)]


def _answers_of_manifest_delete(state: TagState, change: TagChange) -> Answers:
    """Yield outcomes; a manifest to which the tag does not point may be there or not."""
    if state.digest != change.digest:
        return [(DONE, state), (ABSENT, state), (GONE, state)]
    if state.locked:
        return [(FORBIDDEN, state)]
    return [(DONE, NO_TAG), (GONE, NO_TAG)]


# a blob, or a manifest by its digest


def content_answers(
    present: bool,  # noqa: FBT001 - a state
    name: str,
    _argument: Hashable,
) -> Answers:
    """Yield the outcomes of an operation on content that is present or absent."""
    match name:
        case "push blob" | "put":
            # a lock of the tag refuses a manifest
            return [(DONE, True), (FORBIDDEN, present)]
        case "close":
            return [(DONE, True), *((word, present) for word in (ABSENT, MISPLACED, REFUSED))]
        case "delete blob" | "delete manifest":
            return [(DONE if present else ABSENT, False), (GONE, False)]

    return [(DONE if present else ABSENT, present)]


# an upload


CLOSED: Final = "closed"


class UploadRequest(NamedTuple):
    """A request to a Location of an upload, with the bytes from `start` to before `end`.

    Its outcome is certain if the Location does not depend on the offset. A Location that other
    requests have made outdated may be refused.
    """

    start: int
    end: int
    certain: bool

    def __str__(self) -> str:
        return f"{self.start}:{self.end}" if self.end else ""


def upload_answers(state: int | str, name: str, request: UploadRequest) -> Answers:
    """Yield the outcomes of an operation on an upload whose state is its offset, or `closed`."""
    if isinstance(state, int):
        yield from _answers_while_open(state, name, request)
    else:
        yield ABSENT, CLOSED

    if not request.certain:
        yield from _refusals(state)


def _answers_while_open(offset: int, name: str, request: UploadRequest) -> Answers:
    match name:
        case "chunk" if offset == request.start:
            yield Observed("done", request.end), request.end
            # a registry may keep the beginning of a chunk whose connection was lost
            yield from ((_PARTLY, kept) for kept in range(offset + 1, request.end))
        case "chunk":
            yield MISPLACED, offset
        case "close" if offset == request.end:
            yield DONE, CLOSED
        case "close":
            # of another digest than the content's
            yield from _refusals(offset)
        case "cancel":
            yield DONE, CLOSED
        case _:
            yield Observed("done", offset), offset


def _refusals(state: int | str) -> Answers:
    """Yield refusals, after which an upload may be over: the documents leave that open."""
    for word in (REFUSED, MISPLACED, ABSENT):
        yield word, state
        yield word, CLOSED


# the tags of a repository


class TagPage(NamedTuple):
    """A request for names after `after`; at most `limit` of them, None for the whole list."""

    after: str
    limit: int | None

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"n={self.limit}"
        return f"{limit} last={self.after}" if self.after else limit


class ListedTags(NamedTuple):
    """The names on a page, and whether it has a Link to the next one."""

    names: tuple[str, ...]
    more: bool

    def __str__(self) -> str:
        return " ".join(self.names) + (" and more" if self.more else "")


def list_answers(tags: frozenset[str], name: str, argument: Hashable) -> Answers:
    """Yield the outcomes of an operation on the set of the repository's tags."""
    match name, argument:
        case "put", TagChange() as change:
            return [(DONE, tags | {change.tag}), (FORBIDDEN, tags)]
        case "delete", TagChange() as change:
            return _answers_of_delete(tags, change.tag)
        case "delete manifest", TagChange() as change:
            # the tag goes as well if it points to the manifest, which the list does not show
            left = tags - {change.tag}
            return [(DONE, tags), (DONE, left), (GONE, tags), (GONE, left), (ABSENT, tags)]
        case _, TagPage() as page:
            return _pages(tags, page)
    return []


def _answers_of_delete(tags: frozenset[str], tag: str) -> Answers:
    left = tags - {tag}
    return [(DONE if tag in tags else ABSENT, left), (GONE, left), (FORBIDDEN, tags)]


def _pages(tags: frozenset[str], page: TagPage) -> Iterator[tuple[Observed, frozenset[str]]]:
    """Yield each page, with or without a Link.

    A page with a Link may be shorter than its limit, and the next one may be empty.
    """
    names = tuple(sorted(tag for tag in tags if tag > page.after))
    longest = len(names) if page.limit is None else min(page.limit, len(names))
    for length in range(longest + 1):
        yield Observed("done", ListedTags(names[:length], more=True)), tags

    if longest == len(names):
        yield Observed("done", ListedTags(names, more=False)), tags
