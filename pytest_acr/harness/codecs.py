"""`assert_manifest_codec`: checks code that reads and writes manifests.

The oracle is `json` and the members that image-spec defines. Sources: image-spec v1.1, Image
Manifest, Image Index, Content Descriptors, Considerations (Extensibility, Canonicalization).
"""

import json
from collections.abc import Callable, Collection
from fnmatch import fnmatchcase
from typing import Any, Final

import hypothesis
from hypothesis import strategies as st

from fake_registry.spec import media_types as known_types
from fake_registry.spec.json_object import JsonObject
from pytest_acr.harness.pure_checks import (
    SAME_EXAMPLES,
    call_user,
    failure_of,
    run_check,
    shorten,
)
from pytest_acr.strategies import BrokenManifest, broken_manifests, manifests

Encode = Callable[[Any], bytes]
Decode = Callable[[bytes, str], Any]
"""Any: the caller's own type of manifest."""

_DESCRIPTOR: Final[tuple[str, ...]] = (
    *("mediaType", "digest", "size"),
    *("annotations", "artifactType", "platform"),
)
_PLATFORM: Final[tuple[str, ...]] = ("architecture", "os")
_LISTS: Final = ("layers", "manifests", "blobs")
_DESCRIPTORS: Final = ("config", "subject")
_PLAIN: Final[tuple[str, ...]] = ("schemaVersion", "mediaType", "artifactType", "annotations")


def assert_manifest_codec(
    encode: Encode,
    decode: Decode,
    *,
    error: type[Exception] | tuple[type[Exception], ...] = ValueError,
    media_types: Collection[str] = known_types.MANIFESTS,
    keeps_bytes: bool = False,
    accepts: Collection[str] = (),
    settings: hypothesis.settings = SAME_EXAMPLES,
) -> None:
    """Check that a codec of manifests loses nothing, and refuses malformed manifests.

    `decode(content, media_type)` returns any value for the bytes of a manifest, and
    `encode(value)` the bytes of a value. For valid manifests of `media_types`:

    - `decode` accepts them, also with members that no document defines (Extensibility);
    - `encode` writes every member that image-spec defines as it was; it may add `mediaType`;
    - what `encode` writes is decoded to an equal value;
    - with `keeps_bytes` it is the same bytes, so that the digest stays (Content Descriptors).

    For manifests with one flaw `decode` raises `error`. `accepts` has the flaws that it lets pass,
    by their names in the message of a failure, or patterns such as `subject*`.

    AssertionError with the manifest, the expected and the found result, and the section.
    """
    types = sorted(media_types)
    valid = st.sampled_from(types).flatmap(manifests)
    broken = broken_manifests().filter(lambda drawn: drawn.media_type in types)

    def check_valid(drawn: tuple[bytes, str]) -> None:
        _check_valid(encode, decode, drawn, keeps_bytes=keeps_bytes)

    def check_broken(drawn: BrokenManifest) -> None:
        if not any(fnmatchcase(drawn.flaw, pattern) for pattern in accepts):
            _check_broken(decode, drawn, error)

    run_check(check_valid, valid, settings)
    run_check(check_broken, broken, settings)


def _check_valid(
    encode: Encode,
    decode: Decode,
    drawn: tuple[bytes, str],
    *,
    keeps_bytes: bool,
) -> None:
    content, media_type = drawn
    example = f"{media_type}\n  {shorten(content.decode())}"

    value = call_user(decode, content, media_type)
    if isinstance(value, Exception):
        source = "image-spec, Considerations, Extensibility"
        raise failure_of(example, expected="a manifest", found=value, source=source)

    written = call_user(encode, value)
    if not isinstance(written, bytes):
        raise failure_of(example, expected="bytes", found=written, source="encode(decode(content))")
    if keeps_bytes and written != content:
        source = "image-spec, Content Descriptors, Digests: a digest is of bytes"
        raise failure_of(example, expected="the same bytes", found=written, source=source)

    _check_members(example, content, written, media_type)
    again = call_user(decode, written, media_type)
    if again != value:
        source = "decode(encode(value)) == value"
        raise failure_of(example, expected=shorten(value), found=again, source=source)


def _check_members(example: str, content: bytes, written: bytes, media_type: str) -> None:
    found = call_user(json.loads, written)
    if not isinstance(found, dict):
        raise failure_of(example, expected="a JSON object", found=written, source="RFC 8259 §4")

    before, after = _defined_in(json.loads(content)), _defined_in(found)
    before.setdefault("mediaType", media_type)
    after.setdefault("mediaType", media_type)
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, "no such member"), after.get(name, "no such member")
        if old != new:
            raise failure_of(
                example,
                expected=f"{name}: {shorten(old)}",
                found=f"{name}: {shorten(new)}",
                source=f"image-spec, Image Manifest, Image Index: {name}",
            )


def _check_broken(
    decode: Decode,
    drawn: BrokenManifest,
    error: type[Exception] | tuple[type[Exception], ...],
) -> None:
    found = call_user(decode, drawn.content, drawn.media_type)
    if isinstance(found, error):
        return

    kinds = error if isinstance(error, tuple) else (error,)
    content = shorten(drawn.content.decode("utf-8", "backslashreplace"))
    raise failure_of(
        f"{drawn.media_type} with the flaw {drawn.flaw!r}\n  {content}",
        expected=" or ".join(kind.__name__ for kind in kinds),
        found=found,
        source="image-spec, Image Manifest, Image Index, Content Descriptors",
    )


def _defined_in(document: JsonObject) -> dict[str, Any]:  # Any: JSON
    """Return the members of a manifest that image-spec defines."""
    found = {name: document[name] for name in _PLAIN if name in document}
    for name in _DESCRIPTORS:
        if name in document:
            found[name] = _defined_in_descriptor(document[name])
    for name in _LISTS:
        if name in document:
            found[name] = [_defined_in_descriptor(entry) for entry in document[name]]
    return found


def _defined_in_descriptor(entry: JsonObject) -> dict[str, Any]:  # Any: JSON
    found = {name: entry[name] for name in _DESCRIPTOR if name in entry}
    if "platform" in found:
        found["platform"] = {name: entry["platform"].get(name) for name in _PLATFORM}
    return found
