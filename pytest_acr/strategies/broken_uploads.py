"""Upload scripts with one flaw each.

Source: distribution-spec v1.1.1, Pushing a blob in chunks: a Content-Range is `first-last`, and a
chunk begins where the last one ended.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from fake_registry.spec.names import digest_of
from pytest_acr.strategies.uploads import (
    SessionSteps,
    UploadStep,
    UploadStepKind,
    draw_session,
    interleave,
)


@dataclass(frozen=True, kw_only=True)
class BrokenUploadScript:
    """Steps of which only the last one is invalid. `flaw` says why."""

    steps: tuple[UploadStep, ...]
    flaw: str


@st.composite
def broken_upload_scripts(draw: DrawFn) -> BrokenUploadScript:
    """Draw scripts whose last step is invalid, and no other.

    The last step leaves a gap before its data, or overlaps the data before; has a malformed
    Content-Range, or one of another length than its data; has a digest that is malformed, absent,
    or of other content; or follows the end of its session.
    """
    content = draw(_CONTENTS)
    cut = draw(st.integers(1, len(content) - 2))
    break_session = draw(_WAYS_TO_BREAK)
    session = SessionSteps(0, digest_of(content))
    flaw, [*valid, broken] = break_session(draw, session, content[:cut], content[cut:])

    others = [draw_session(draw, number, [content]) for number in range(1, draw(_NUMBERS))]
    return BrokenUploadScript(steps=(*interleave(draw, [valid, *others]), broken), flaw=flaw)


_BrokenSession = tuple[str, list[UploadStep]]
"""A flaw, and the steps of a session, of which the last one has it."""


def _break_position(draw: DrawFn, session: SessionSteps, head: bytes, tail: bytes) -> _BrokenSession:
    flaw, first_shift, last_shift = draw(_BAD_POSITIONS)
    step = session.step(draw(_KINDS_WITH_RANGE), len(head), tail)

    first = len(head) + first_shift
    last = len(head) + len(tail) - 1 + last_shift
    return flaw, [*_begin(session, head), replace(step, content_range=f"{first}-{last}")]


def _break_range(draw: DrawFn, session: SessionSteps, head: bytes, tail: bytes) -> _BrokenSession:
    form = draw(_BAD_RANGES)
    step = session.step(draw(_KINDS_WITH_RANGE), len(head), tail)

    text = form.format(first=len(head), last=len(head) + len(tail) - 1)
    return "malformed Content-Range", [*_begin(session, head), replace(step, content_range=text)]


def _break_digest(draw: DrawFn, session: SessionSteps, head: bytes, tail: bytes) -> _BrokenSession:
    flaw, digest = draw(_BAD_DIGESTS)
    if digest and draw(st.booleans()):
        return flaw, [replace(session.step("post", 0, head + tail), digest=digest)]

    finish = session.step("finish", len(head), tail)
    return flaw, [*_begin(session, head), replace(finish, digest=digest)]


def _follow_end(draw: DrawFn, session: SessionSteps, head: bytes, tail: bytes) -> _BrokenSession:
    is_finished, kind = draw(st.booleans()), draw(_KINDS_IN_SESSION)
    last = session.step("cancel", len(head))
    if is_finished:
        last = session.step("finish", len(head), tail)

    data = tail if kind in ("chunk", "stream") else b""
    after = session.step(kind, len(head) + len(last.data), data, ranged=kind == "chunk")
    return "step after the end", [*_begin(session, head), last, after]


def _begin(session: SessionSteps, head: bytes) -> list[UploadStep]:
    """Return the steps after which the session has the bytes of `head`."""
    return [session.step("start", 0), session.step("chunk", 0, head, ranged=True)]


_WaysToBreak = SearchStrategy[Callable[[DrawFn, SessionSteps, bytes, bytes], _BrokenSession]]

_WAYS_TO_BREAK: Final[_WaysToBreak] = st.sampled_from((_break_position, _break_range, _break_digest, _follow_end))

_CONTENTS: Final = st.binary(min_size=3, max_size=40)
_NUMBERS: Final = st.integers(1, 3)
_KINDS_WITH_RANGE: Final[SearchStrategy[UploadStepKind]] = st.sampled_from(("chunk", "finish"))
_KINDS_IN_SESSION: Final[SearchStrategy[UploadStepKind]] = st.sampled_from(
    ("chunk", "stream", "status", "finish", "cancel")
)

_BAD_POSITIONS: Final = st.sampled_from(
    (
        ("gap", 1, 1),
        ("gap", 1 << 31, 1 << 31),
        ("overlap", -1, -1),
        ("Content-Range longer than the data", 0, 1),
        ("Content-Range shorter than the data", 0, -1),
    )
)
"""Flaws, and the changes of the first and the last position."""

_BAD_RANGES: Final = st.sampled_from(
    (
        *("{first}", "{first}-", "-{last}", "{last}-{first}", "{first}--{last}"),
        *("{first}-{last}-{last}", "0x{first}-0x{last}", "+{first}-{last}", "-{first}-{last}"),
        *("{first}-{last},", "{first},{last}", "{first}:{last}", "{first} - {last}", "a-b"),
        *("bytes {first}-{last}/*", "bytes={first}-{last}", "{first}-{last}/*"),
    )
)

_OTHER_CONTENT: Final = b"content of no session: it is longer than the longest of them, forty bytes"
_BAD_DIGESTS: Final = st.sampled_from(
    (
        ("digest of other content", digest_of(_OTHER_CONTENT)),
        ("digest of other content", digest_of(_OTHER_CONTENT, "sha512")),
        ("malformed digest", "sha256:abc"),
        ("malformed digest", "sha256:" + "A" * 64),
        ("malformed digest", "sha512:" + "a" * 64),
        ("malformed digest", "sha256"),
        ("malformed digest", "md5:" + "0" * 32),
        ("no digest", ""),
    )
)
