"""Names, digests and manifests with one flaw each."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from fake_registry.spec import media_types
from pytest_acr.strategies.documents import (
    DOCKER_TYPES,
    FOREIGN_LAYER,
    JsonDict,
    draw_document,
    encode_document,
)
from pytest_acr.strategies.graphs import true_descriptor
from pytest_acr.strategies.names import digests, repository_names, tags

# names


def broken_names() -> SearchStrategy[str]:
    """Draw malformed repository names: empty, too long, a bad character, separator or part."""
    heads = ("/", "-", ".", "_", "A", " ")
    tails = (
        *("/", "/-n", "//n", "/../n", "-", ".", "..n", "._n", "___n"),
        *("%2f", "A", " ", "\n", ":", "@", "\u0661"),
    )
    return _with_bad_end(repository_names(), heads, tails) | _too_long("n", 256)


def broken_tags() -> SearchStrategy[str]:
    """Draw malformed tags: empty, longer than 128 characters, or with a bad character."""
    heads = (".", "-", " ", "\u00e9")
    tails = ("/", ":", "@", "+", " ", "\n", "\u0661")
    return _with_bad_end(tags(), heads, tails) | _too_long("t", 129)


def broken_digests() -> SearchStrategy[str]:
    """Draw malformed digests: a wrong length, digit or algorithm, or no colon."""
    others = (
        *("sha256", "sha256:", "sha256:" + "A" * 64, "sha512:" + "a" * 64),
        *("md5:" + "0" * 32, ":" + "0" * 64),
    )
    bad_end = _with_bad_end(digests(), ("0", " ", "sha256:"), ("0", "\n", ":"))
    too_short = digests().map(lambda digest: digest[:-1])
    return bad_end | too_short | st.sampled_from(others)


def _with_bad_end(
    texts: SearchStrategy[str],
    heads: tuple[str, ...],
    tails: tuple[str, ...],
) -> SearchStrategy[str]:
    """Draw `texts` with one of `heads` in front or one of `tails` behind; also the empty text."""
    bad_head = st.tuples(st.sampled_from(heads), texts).map("".join)
    bad_tail = st.tuples(texts, st.sampled_from(tails)).map("".join)
    return st.just("") | bad_head | bad_tail


def _too_long(letter: str, shortest: int) -> SearchStrategy[str]:
    return st.integers(shortest, 2 * shortest).map(letter.__mul__)


# manifests


@dataclass(frozen=True, kw_only=True)
class BrokenManifest:
    """Content that is not a valid manifest of `media_type`. `flaw` may name a member."""

    content: bytes
    media_type: str
    flaw: str


@st.composite
def broken_manifests(draw: DrawFn) -> BrokenManifest:
    """Draw manifests with one flaw: in the bytes, the JSON, a member or any descriptor."""
    break_manifest = draw(_WAYS_TO_BREAK)
    return break_manifest(draw)


def _break_bytes(flaw: str, damage: Callable[[bytes], bytes], draw: DrawFn) -> BrokenManifest:
    document, media_type = draw_document(draw)
    content = damage(encode_document(draw, document))
    return BrokenManifest(content=content, media_type=media_type, flaw=flaw)


def _break_json(flaw: str, fields: tuple[bytes, ...], draw: DrawFn) -> BrokenManifest:
    document, media_type = draw_document(draw)
    content = encode_document(draw, document)
    broken = content.replace(b"{", b"{%b," % draw(st.sampled_from(fields)), 1)
    return BrokenManifest(content=broken, media_type=media_type, flaw=flaw)


def _break_member(row: "_BadMember", draw: DrawFn) -> BrokenManifest:
    document, media_type = draw_document(draw, draw(st.sampled_from(sorted(row.media_types))))
    broken = replace_member(document, row.name, draw(st.sampled_from(row.values)))
    content = encode_document(draw, broken)
    return BrokenManifest(content=content, media_type=media_type, flaw=row.name)


def _break_descriptor(name: str, values: tuple[object, ...], draw: DrawFn) -> BrokenManifest:
    document, media_type = draw_document(draw)
    valid = true_descriptor(b"", FOREIGN_LAYER)
    descriptor = replace_member(valid, name, draw(st.sampled_from(values)))

    places = {"subject"} | document.keys() & {"config", "layers", "manifests", "blobs"}
    place = draw(st.sampled_from(sorted(places)))
    found = document.get(place)
    broken = [*found, descriptor] if isinstance(found, list) else descriptor
    content = encode_document(draw, document | {place: broken})
    return BrokenManifest(content=content, media_type=media_type, flaw=f"{place}: {name}")


def replace_member(members: JsonDict, name: str, value: object) -> JsonDict:
    """Return `members` with another value for one of them, or without it for `ABSENT`."""
    others = {key: kept for key, kept in members.items() if key != name}
    return others if value is ABSENT else others | {name: value}


ABSENT: Final = object()

BAD_BYTES: Final[tuple[tuple[str, Callable[[bytes], bytes]], ...]] = (
    ("nothing", lambda _: b""),
    ("truncated", lambda content: content.rstrip()[:-1]),
    ("two values", lambda content: content * 2),
    ("UTF-16", lambda content: content.decode().encode("utf-16")),
    ("byte order mark", lambda content: b"\xef\xbb\xbf" + content),
    ("not an object", lambda content: b"[%b]" % content),
)
"""Flaws, and functions that break the bytes of any JSON object so."""

_BAD_JSON: Final = {
    "key twice": (
        *(b'"a":0,"a":0', b'"a":{"b":0,"b":1}'),
        *(b'"a":[{"b":0,"b":0}]', b'"a":0,"\\u0061":0'),
    ),
    "lone surrogate": (
        *(b'"a":"\\ud800"', b'"\\udfff":0'),
        *(b'"a":["\\udc00\\ud800"]', b'"a":"\xed\xa0\x80"'),
    ),
    "no JSON number": (
        *(b'"a":NaN', b'"a":[-Infinity]', b'"a":01', b'"a":.5'),
        b'"a":' + b"1" * 5_000,
    ),
    "nested too deeply": (b'"a":' + b"[" * 100_000, b'"a":' + b'{"a":' * 100_000),
}

_NOT_DESCRIPTORS: Final[tuple[object, ...]] = ({}, "", 0, [None], [[]], [{}])
_NOT_ANNOTATIONS: Final[tuple[object, ...]] = ([], "", {"key": 1}, {"key": None})


@dataclass(frozen=True)
class _BadMember:
    """Values that are invalid for a member of documents of these media types."""

    name: str
    values: tuple[object, ...]
    media_types: Collection[str]


_BAD_MEMBERS: Final = (
    _BadMember(
        "schemaVersion",
        (ABSENT, None, 1, "2", True, [2]),
        media_types.IMAGES | media_types.INDEXES,
    ),
    _BadMember("mediaType", ("", "text/plain", 7, {}), media_types.MANIFESTS),
    _BadMember("mediaType", (ABSENT, None), DOCKER_TYPES),
    _BadMember("config", (ABSENT, None, [], "", {}), media_types.IMAGES),
    _BadMember("layers", (ABSENT, *_NOT_DESCRIPTORS), media_types.IMAGES),
    _BadMember("manifests", (ABSENT, *_NOT_DESCRIPTORS), media_types.INDEXES),
    _BadMember("blobs", _NOT_DESCRIPTORS, media_types.ARTIFACTS),
    # image-spec: an image must not look like an index, nor an index like an image
    _BadMember("manifests", ([],), media_types.IMAGES),
    _BadMember("layers", ([],), media_types.INDEXES),
    _BadMember("config", ({},), media_types.INDEXES),
    _BadMember("artifactType", (1, [], {}), media_types.MANIFESTS),
    _BadMember("subject", ([], "", 0, {}), media_types.MANIFESTS),
    _BadMember("annotations", _NOT_ANNOTATIONS, media_types.MANIFESTS),
)

_BAD_IN_DESCRIPTOR: Final[tuple[tuple[str, tuple[object, ...]], ...]] = (
    ("mediaType", (ABSENT, None, 1)),
    (
        "digest",
        (
            *(ABSENT, None, 1, "", "sha256:", "sha256:" + "A" * 64),
            *("sha512:" + "a" * 64, "latest"),
        ),
    ),
    ("size", (-1, 0.5, "2", True, [])),
    ("artifactType", (1, [], {})),
    ("platform", ([], "linux")),
    ("annotations", _NOT_ANNOTATIONS),
)

# one table: each flaw occurs as often as another
_WAYS_TO_BREAK: Final = st.sampled_from(
    (
        *(partial(_break_bytes, flaw, damage) for flaw, damage in BAD_BYTES),
        *(partial(_break_json, flaw, fields) for flaw, fields in _BAD_JSON.items()),
        *(partial(_break_member, row) for row in _BAD_MEMBERS),
        *(partial(_break_descriptor, name, values) for name, values in _BAD_IN_DESCRIPTOR),
    )
)
