"""Hypothesis strategies for OCI data, valid and broken: the seed of the property harness.

Valid data covers what the documents allow, not what clients usually send: names with words of the URL grammar in them,
manifests with fields nobody knows, keys in any order. Broken data has exactly one flaw and names it.

Sources: distribution-spec v1.1.1, Pulling manifests (names, tags); image-spec v1.1 (Descriptors, Image Manifest, Image
Index, Annotations). The grammars are built up here, not taken from `spec.names`: a strategy that drew from the pattern
under test would agree with its bugs.
"""

import json
import string
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from fake_registry.spec import media_types
from fake_registry.spec.manifest import Descriptor, Manifest, Platform, read_manifest
from fake_registry.spec.names import Digest, RepositoryName, Tag, digest_of

JsonObject = dict[str, Any]  # Any: a JSON value
_TAG_FIRST: Final = string.ascii_letters + string.digits + "_"
_ROUTE_WORDS: Final = ("v2", "acr", "v1", "blobs", "uploads", "manifests", "referrers", "tags", "list")


def repository_names() -> SearchStrategy[RepositoryName]:
    """Draw names of one to four parts, of every separator, with words that also stand in routes, up to 255 long."""
    run = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=6)
    separator = st.sampled_from((".", "_", "__", "-", "--", "-----"))
    part = run | st.tuples(run, separator, run).map("".join) | st.sampled_from(_ROUTE_WORDS)
    path = st.lists(part, min_size=1, max_size=4).map("/".join)
    return (path | st.integers(200, 255).map(lambda length: "n" * length)).map(RepositoryName)


def tags() -> SearchStrategy[Tag]:
    """Draw tags of 1 to 128 characters, every legal one of them, upper and lower case told apart."""
    rest = st.text(_TAG_FIRST + ".-", max_size=12)
    return st.tuples(st.sampled_from(_TAG_FIRST), rest, st.sampled_from(("", "t" * 115))).map("".join).map(Tag)


def digests(algorithm: str | None = None) -> SearchStrategy[Digest]:
    """Draw digests of a few bytes, by `algorithm` (`sha256`, `sha512`) or either."""
    algorithms = ("sha256", "sha512") if algorithm is None else (algorithm,)
    return st.builds(digest_of, st.binary(max_size=8), st.sampled_from(algorithms))


def blobs(max_size: int = 65_536) -> SearchStrategy[bytes]:
    """Draw contents of at most `max_size` bytes: empty, arbitrary while short, repetitive when long."""
    units = st.binary(min_size=1, max_size=4)
    long = st.builds(lambda unit, size: (unit * size)[:size], units, st.integers(0, max_size))
    return st.binary(max_size=min(max_size, 64)) | long


def chunkings(content: bytes) -> SearchStrategy[list[bytes]]:
    """Draw ways to cut `content`: lists of pieces that join to it, empty pieces anywhere, no piece for no bytes."""
    cuts = st.lists(st.integers(0, len(content)), max_size=6).map(sorted)
    pieces = cuts.map(lambda found: [content[start:stop] for start, stop in pairwise((0, *found, len(content)))])
    return pieces if content else pieces | st.just([])


def annotations() -> SearchStrategy[dict[str, str]]:
    """Draw annotations: pre-defined, namespaced and arbitrary keys, the empty key and empty values among them."""
    named = st.sampled_from(("org.opencontainers.image.created", "org.opencontainers.image.title", "com.example.key"))
    return st.dictionaries(named | st.text(max_size=5), st.text(max_size=8), max_size=3)


def descriptors() -> SearchStrategy[Descriptor]:
    """Draw descriptors of content that nobody has, with sizes up to the largest int64."""
    return st.builds(
        Descriptor,
        media_type=st.sampled_from(_CONTENT_TYPES),
        digest=digests(),
        size=st.integers(0, (1 << 63) - 1),
        artifact_type=st.none() | st.just(_SBOM),
        annotations=st.just({}) | annotations(),
        platform=st.none() | st.builds(Platform, architecture=st.sampled_from(("amd64", "arm64")), os=st.just("linux")),
    )


_SBOM: Final = "application/vnd.example.sbom"
_FOREIGN_LAYER: Final = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
_CONTENT_TYPES: Final = (media_types.OCI_LAYER, media_types.OCI_CONFIG, _FOREIGN_LAYER, "application/x-unheard.of+cbor")


@st.composite
def manifests(draw: DrawFn, media_type: str | None = None) -> tuple[bytes, str]:
    """Draw a manifest's bytes and its media type, `media_type` or any known one.

    Fields that no document knows stand at every level; key order, whitespace and escapes vary as writers differ.
    What it refers to exists nowhere; `image_graphs` is for pushing.
    """
    document, known = _document(draw, media_type)
    return _encoded(draw, document), known


def _document(draw: DrawFn, media_type: str | None = None) -> tuple[JsonObject, str]:
    known = draw(_KNOWN_TYPES) if media_type is None else media_type
    document: JsonObject = {"schemaVersion": 2}
    if known in _DOCKER or draw(st.booleans()):
        document["mediaType"] = known
    entries = [_object_of(draw, descriptor) for descriptor in draw(st.lists(_DESCRIPTORS, max_size=3))]
    if known in media_types.IMAGES:
        document |= {"config": _object_of(draw, draw(_DESCRIPTORS)), "layers": entries}
    else:
        document["manifests" if known in media_types.INDEXES else "blobs"] = entries
    if draw(st.booleans()):
        document["subject"] = _object_of(draw, draw(_DESCRIPTORS))
    return document | draw(_EXTRAS) | draw(_UNKNOWN_FIELDS), known


def _object_of(draw: DrawFn, descriptor: Descriptor) -> JsonObject:
    found: JsonObject = {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size,
        "artifactType": descriptor.artifact_type,
        "annotations": dict(descriptor.annotations) or None,
        "platform": descriptor.platform and vars(descriptor.platform) | draw(_UNKNOWN_FIELDS),
    }
    return {name: value for name, value in found.items() if value is not None} | draw(_UNKNOWN_FIELDS)


def _encoded(draw: DrawFn, document: JsonObject) -> bytes:
    step, sort_keys, (indent, separators), ascii_only, before, after = draw(_STYLES)
    ordered = json.loads(json.dumps(document), object_pairs_hook=lambda pairs: dict(pairs[::step]))
    text = json.dumps(ordered, sort_keys=sort_keys, indent=indent, separators=separators, ensure_ascii=ascii_only)
    return f"{before}{text}{after}".encode()


_KNOWN_TYPES: Final = st.sampled_from(sorted(media_types.MANIFESTS, key=len))
_DESCRIPTORS: Final = descriptors()
_EXTRAS: Final = st.fixed_dictionaries({}, optional={"annotations": annotations(), "artifactType": st.just(_SBOM)})
_TAGS: Final = tags()
_CONTENTS: Final = st.lists(blobs(max_size=2_048), min_size=1, max_size=4, unique=True)
_MARGINS: Final = st.sampled_from(("", "\n", " \t\r\n"))
_FORMS: Final = st.sampled_from(((None, (",", ":")), (0, (",", ": ")), ("\t", (" , ", " : "))))  # indent, separators
_STYLES: Final = st.tuples(st.sampled_from((1, -1)), st.booleans(), _FORMS, st.booleans(), _MARGINS, _MARGINS)
_DOCKER: Final = {media_types.DOCKER_MANIFEST, media_types.DOCKER_LIST}
# no document defines a key with a blank in it, so that what is unknown today stays so
_UNKNOWN_KEYS: Final = st.text(max_size=3).map("un known".__add__)
_JSON_VALUES: Final[SearchStrategy[object]] = st.text(max_size=5) | st.sampled_from((None, -1, 1.5e300, {"size": [{}]}))
_UNKNOWN_FIELDS: Final[SearchStrategy[JsonObject]] = st.dictionaries(_UNKNOWN_KEYS, _JSON_VALUES, max_size=1)


@dataclass(frozen=True)
class ImageGraph:
    """Blobs and the manifests that refer to them, with true digests and sizes; `tags` point at some of these.

    Pushed in order, `blobs` first, no manifest refers to what is not there yet: children stand before their index,
    subjects before their referrers.
    """

    blobs: tuple[bytes, ...]
    manifests: tuple[Manifest, ...]
    tags: Mapping[Tag, Digest]


@st.composite
def image_graphs(draw: DrawFn) -> ImageGraph:
    """Draw one to three images that may share layers, an index over some, referrers of any of them and of referrers."""
    contents = draw(_CONTENTS)
    images = [_image(draw, contents) for _ in range(draw(st.integers(1, 3)))]
    children = draw(st.none() | st.lists(st.sampled_from(images), unique_by=lambda image: image.digest))
    manifests = [*images] if children is None else [*images, _index(draw, children)]
    for _ in range(draw(st.integers(0, 2))):
        manifests.append(_image(draw, contents, subject=draw(st.sampled_from(tuple(manifests)))))
    targets = st.sampled_from([manifest.digest for manifest in manifests])
    return ImageGraph(tuple(contents), tuple(manifests), draw(st.dictionaries(_TAGS, targets, max_size=3)))


def _image(draw: DrawFn, contents: list[bytes], *, subject: Manifest | None = None) -> Manifest:
    media_type = media_types.DOCKER_MANIFEST if subject is None and draw(st.booleans()) else media_types.OCI_MANIFEST
    config, *layers = draw(st.lists(st.sampled_from(contents), min_size=1, max_size=4))
    document = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": _true_descriptor(config, "application/vnd.example.config+json"),
        "layers": [_true_descriptor(layer, media_types.OCI_LAYER) for layer in layers],
    } | ({} if subject is None else {"subject": _true_descriptor(subject.content, subject.media_type)})
    return read_manifest(_encoded(draw, document | draw(_EXTRAS)), media_type)


def _index(draw: DrawFn, children: list[Manifest]) -> Manifest:
    entries = [_true_descriptor(child.content, child.media_type) for child in children]
    return read_manifest(_encoded(draw, {"schemaVersion": 2, "manifests": entries}), media_types.OCI_INDEX)


def _true_descriptor(content: bytes, media_type: str) -> JsonObject:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def broken_names() -> SearchStrategy[str]:
    """Draw texts that name no repository: none at all, a bad character, separator, edge or part, more than 255."""
    heads, tails = ("/", "-", ".", "_", "A", " "), ("/", "/-n", "//n", "/../n", "-", ".", "..n", "._n", "___n", "%2f")
    return _spoilt(repository_names(), heads, (*tails, "A", " ", "\n", ":", "@", "\u0661")) | _long("n", 256)


def broken_tags() -> SearchStrategy[str]:
    """Draw texts that are no tag: none at all, a bad first or other character, more than 128."""
    return _spoilt(tags(), (".", "-", " ", "\u00e9"), ("/", ":", "@", "+", " ", "\n", "\u0661")) | _long("t", 129)


def broken_digests() -> SearchStrategy[str]:
    """Draw texts that are no digest of a registered algorithm: wrong lengths, digits, algorithms, or no colon."""
    others = ("sha256", "sha256:", "sha256:" + "A" * 64, "sha512:" + "a" * 64, "md5:" + "0" * 32, ":" + "0" * 64)
    spoilt = _spoilt(digests(), ("0", " ", "sha256:"), ("0", "\n", ":"))
    return spoilt | digests().map(lambda digest: digest[:-1]) | st.sampled_from(others)


def _spoilt(texts: SearchStrategy[str], heads: tuple[str, ...], tails: tuple[str, ...]) -> SearchStrategy[str]:
    ends = [(head, "") for head in heads] + [("", tail) for tail in tails]
    return st.just("") | st.builds(lambda end, text: end[0] + text + end[1], st.sampled_from(ends), texts)


def _long(letter: str, shortest: int) -> SearchStrategy[str]:
    return st.integers(shortest, 2 * shortest).map(letter.__mul__)


@dataclass(frozen=True, kw_only=True)
class BrokenManifest:
    """Content that is no manifest of `media_type`, and why: `flaw` says what is wrong, or which member is."""

    content: bytes
    media_type: str
    flaw: str


@st.composite
def broken_manifests(draw: DrawFn) -> BrokenManifest:
    """Draw manifests with one flaw: in the bytes, in the JSON, in a member or in a descriptor at any place."""
    document, media_type = _document(draw)
    match draw(st.sampled_from(("bytes", "JSON", "member", "descriptor"))):
        case "bytes":
            flaw, spoil = draw(st.sampled_from(_BAD_BYTES))
            content = spoil(_encoded(draw, document))
        case "JSON":
            flaw, fields = draw(st.sampled_from(tuple(_BAD_JSON.items())))
            content = _encoded(draw, document).replace(b"{", b"{%b," % draw(st.sampled_from(fields)), 1)
        case "member":
            flaw, values = draw(st.sampled_from([row[:2] for row in _WRONG_MEMBERS if media_type in row[2]]))
            content = _encoded(draw, _with(document, flaw, draw(st.sampled_from(values))))
        case _:
            flaw, values = draw(st.sampled_from(_WRONG_IN_DESCRIPTOR))
            entry = _with(_true_descriptor(b"", _FOREIGN_LAYER), flaw, draw(st.sampled_from(values)))
            places = {"subject"} | document.keys() & {"config", "layers", "manifests", "blobs"}
            place = draw(st.sampled_from(sorted(places)))
            wrong = [*document[place], entry] if isinstance(document.get(place), list) else entry
            flaw, content = f"{place}: {flaw}", _encoded(draw, document | {place: wrong})
    return BrokenManifest(content=content, media_type=media_type, flaw=flaw)


def _with(members: JsonObject, name: str, value: object) -> JsonObject:
    return {key: kept for key, kept in members.items() if key != name} | ({} if value is _ABSENT else {name: value})


_ABSENT: Final = object()
_BAD_BYTES: Final[tuple[tuple[str, Callable[[bytes], bytes]], ...]] = (
    ("nothing", lambda _: b""),
    ("truncated", lambda content: content.rstrip()[:-1]),
    ("two values", lambda content: content * 2),
    ("UTF-16", lambda content: content.decode().encode("utf-16")),
    ("byte order mark", lambda content: b"\xef\xbb\xbf" + content),
    ("not an object", lambda content: b"[%b]" % content),
)
_BAD_JSON: Final = {
    "key twice": (b'"a":0,"a":0', b'"a":{"b":0,"b":1}', b'"a":[{"b":0,"b":0}]', b'"a":0,"\\u0061":0'),
    "lone surrogate": (b'"a":"\\ud800"', b'"\\udfff":0', b'"a":["\\udc00\\ud800"]', b'"a":"\xed\xa0\x80"'),
    "no JSON number": (b'"a":NaN', b'"a":[-Infinity]', b'"a":01', b'"a":.5', b'"a":' + b"1" * 5_000),
    "nested too deeply": (b'"a":' + b"[" * 100_000, b'"a":' + b'{"a":' * 100_000),
}
_NO_LIST: Final[tuple[object, ...]] = ({}, "", 0, [None], [[]], [{}])
_NO_ANNOTATIONS: Final[tuple[object, ...]] = ([], "", {"key": 1}, {"key": None})
_WRONG_MEMBERS: Final[tuple[tuple[str, tuple[object, ...], Collection[str]], ...]] = (
    ("schemaVersion", (_ABSENT, None, 1, "2", True, [2]), media_types.IMAGES | media_types.INDEXES),
    ("mediaType", ("", "text/plain", 7, {}), media_types.MANIFESTS),
    ("mediaType", (_ABSENT, None), _DOCKER),
    ("config", (_ABSENT, None, [], "", {}), media_types.IMAGES),
    ("layers", (_ABSENT, *_NO_LIST), media_types.IMAGES),
    ("manifests", (_ABSENT, *_NO_LIST), media_types.INDEXES),
    ("blobs", _NO_LIST, media_types.ARTIFACTS),
    ("manifests", ([],), media_types.IMAGES),  # image-spec: images and indexes must not be confused
    ("layers", ([],), media_types.INDEXES),
    ("config", ({},), media_types.INDEXES),
    ("artifactType", (1, [], {}), media_types.MANIFESTS),
    ("subject", ([], "", 0, {}), media_types.MANIFESTS),
    ("annotations", _NO_ANNOTATIONS, media_types.MANIFESTS),
)
_WRONG_IN_DESCRIPTOR: Final[tuple[tuple[str, tuple[object, ...]], ...]] = (
    ("mediaType", (_ABSENT, None, 1)),
    ("digest", (_ABSENT, None, 1, "", "sha256:", "sha256:" + "A" * 64, "sha512:" + "a" * 64, "latest")),
    ("size", (-1, 0.5, "2", True, [])),
    ("artifactType", (1, [], {})),
    ("platform", ([], "linux")),
    ("annotations", _NO_ANNOTATIONS),
)
