"""Upload scripts: the requests of clients that push blobs, as values that any driver can play.

Source: distribution-spec v1.1.1, Pushing blobs (end-4a, end-4b, end-5, end-6, end-13, end-14).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from fake_registry.spec.names import Digest, digest_of

UploadStepKind = Literal["post", "start", "chunk", "stream", "status", "finish", "cancel"]


@dataclass(frozen=True, kw_only=True)
class UploadStep:
    """One request of a session.

    =========  ===================================================================
    post       POST with `digest` and the whole blob; it needs no session (end-4b)
    start      POST of nothing, which returns the session's location (end-4a)
    chunk      PATCH with Content-Range (end-5)
    stream     PATCH in the chunked transfer coding, without Content-Range
    status     GET (end-13)
    finish     PUT with `digest`, and the last bytes, or none (end-6)
    cancel     DELETE (end-14)
    =========  ===================================================================
    """

    session: int
    """The number of the session, from 0."""
    kind: UploadStepKind
    offset: int
    """How many bytes the session has before the step."""
    digest: str
    """The digest of the session's whole content. `post` and `finish` send it; empty: not sent."""
    data: bytes = b""
    """The body."""
    content_range: str | None = None
    """The header's text; None where it is not sent."""


@dataclass(frozen=True)
class UploadScript:
    """Steps of one to three sessions, in the order in which they are sent."""

    steps: tuple[UploadStep, ...]

    @property
    def stored(self) -> Mapping[Digest, bytes]:
        """The blobs that a registry has after the last step."""
        contents: dict[int, bytes] = {}
        found: dict[Digest, bytes] = {}
        for step in self.steps:
            contents[step.session] = contents.get(step.session, b"") + step.data
            if step.kind in ("post", "finish"):
                found[Digest(step.digest)] = contents[step.session]
        return found


@st.composite
def upload_scripts(draw: DrawFn) -> UploadScript:
    """Draw one to three sessions whose steps are interleaved.

    Each session is a single POST; POST and PUT; or POST, up to four PATCHes, and PUT. The PATCHes
    are chunks, streams or both, and the last bytes may come with the PUT, with a Content-Range or
    without. Status queries occur at any place between POST and PUT. Some sessions are cancelled.
    Contents have up to 40 bytes, or none; two sessions may push the same. Digests are of sha256 or
    sha512.
    """
    contents = draw(_CONTENTS)
    sessions = [draw_session(draw, number, contents) for number in range(draw(_NUMBERS))]
    return UploadScript(interleave(draw, sessions))


@dataclass(frozen=True)
class SessionSteps:
    """Makes the steps of one session."""

    number: int
    digest: Digest

    def step(
        self,
        kind: UploadStepKind,
        offset: int,
        data: bytes = b"",
        *,
        ranged: bool = False,
    ) -> UploadStep:
        """Return a step. With `ranged` it has a Content-Range, which no empty data has."""
        content_range = f"{offset}-{offset + len(data) - 1}" if ranged and data else None
        return UploadStep(
            session=self.number,
            kind=kind,
            offset=offset,
            digest=self.digest,
            data=data,
            content_range=content_range,
        )


@dataclass(frozen=True)
class _Style:
    """How a session sends its content."""

    kinds: tuple[UploadStepKind, ...]
    """The kinds of its PATCHes, in turns; none: all bytes come with the PUT."""
    last_with_put: bool
    """Whether the PUT has the last bytes. Without a PUT they are not sent."""
    put_ranged: bool
    """Whether the PUT has a Content-Range."""
    end: UploadStepKind


def draw_session(draw: DrawFn, number: int, contents: Sequence[bytes]) -> list[UploadStep]:
    """Draw a valid session that sends one of up to three contents."""
    content = contents[draw(_PLACES) % len(contents)]
    session = SessionSteps(number, digest_of(content, draw(_ALGORITHMS)))
    style = draw(_STYLES)
    if style.end == "post":
        return [session.step("post", 0, content)]

    cuts = draw(_CUTS) if style.kinds else []
    steps = _send_in_pieces(session, style, _cut(content, cuts))
    return _add_statuses(session, steps, draw(_STATUSES))


def _cut(content: bytes, cuts: Sequence[int]) -> list[bytes]:
    """Return `content` in pieces, none of them empty. `cuts` are in percent of its length."""
    edges = sorted({len(content) * cut // 100 for cut in (0, *cuts, 100)})
    return [content[start:stop] for start, stop in pairwise(edges)]


def _send_in_pieces(session: SessionSteps, style: _Style, pieces: list[bytes]) -> list[UploadStep]:
    has_tail = bool(pieces) and (style.last_with_put or not style.kinds)
    tail = pieces.pop() if has_tail else b""

    steps = [session.step("start", 0)]
    offset = 0
    for place, piece in enumerate(pieces):
        kind = style.kinds[place % len(style.kinds)]
        steps.append(session.step(kind, offset, piece, ranged=kind == "chunk"))
        offset += len(piece)

    if style.end == "cancel":
        return [*steps, session.step("cancel", offset)]
    return [*steps, session.step("finish", offset, tail, ranged=style.put_ranged)]


def _add_statuses(
    session: SessionSteps,
    steps: list[UploadStep],
    places: Collection[int],
) -> list[UploadStep]:
    """Return `steps` with status queries before some steps, never before the first."""
    found: list[UploadStep] = []
    for place, step in enumerate(steps):
        if place and place in places:
            found.append(session.step("status", step.offset))
        found.append(step)
    return found


def interleave(draw: DrawFn, sessions: Sequence[Sequence[UploadStep]]) -> tuple[UploadStep, ...]:
    """Return the steps of all sessions: each session sends at a time and a pace of its own."""
    timed: list[tuple[int, int, UploadStep]] = []
    for number, steps in enumerate(sessions):
        begin, pace = draw(_TIMES) if len(sessions) > 1 else (0, 0)
        timed += [(begin + pace * place, number, step) for place, step in enumerate(steps)]
    return tuple(step for _, _, step in sorted(timed, key=lambda entry: entry[:2]))


_CONTENTS: Final = st.lists(st.binary(min_size=4, max_size=40) | st.binary(max_size=3), min_size=1, max_size=3)
_NUMBERS: Final = st.integers(1, 3)
_PLACES: Final = st.integers(0, 2)
_ALGORITHMS: Final = st.sampled_from(("sha256", "sha512"))
_CUTS: Final = st.sampled_from(((), (50,), (1,), (99,), (33, 66), (10, 20), (25, 50, 75), (25, 50, 90), (10, 50, 99)))
_STATUSES: Final = st.sets(st.integers(1, 5), max_size=2)
_TIMES: Final = st.tuples(st.integers(0, 8), st.integers(0, 3))

_POST: Final = _Style((), last_with_put=False, put_ranged=False, end="post")
_PUT: Final = _Style((), last_with_put=True, put_ranged=False, end="finish")
_CHUNKS: Final = _Style(("chunk",), last_with_put=False, put_ranged=False, end="finish")
_STREAM: Final = replace(_CHUNKS, kinds=("stream",))
_STYLES: Final = st.sampled_from(
    (
        *(_POST, _PUT, replace(_PUT, put_ranged=True)),
        *(_CHUNKS, replace(_CHUNKS, last_with_put=True)),
        replace(_CHUNKS, last_with_put=True, put_ranged=True),
        *(_STREAM, replace(_STREAM, last_with_put=True)),
        replace(_CHUNKS, kinds=("stream", "chunk"), last_with_put=True),
        replace(_CHUNKS, kinds=("chunk", "stream"), end="cancel"),
        replace(_STREAM, last_with_put=True, end="cancel"),
    )
)
