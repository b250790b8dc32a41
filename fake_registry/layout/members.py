"""Checks of the members of `oci-layout`, of `index.json` and of every descriptor in a layout.

They are stricter than a registry, which accepts any descriptor that it can use: a layout is made by
a program, so a member of another type, or null, is a fault of that program or of the disk. A
manifest may lack sizes, because ACR accepts such manifests (`spec.manifest.Descriptor`).

Source: image-spec v1.1, Image Layout and Content Descriptors.
"""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from fake_registry.layout.errors import LayoutError
from fake_registry.spec import media_types
from fake_registry.spec.errors import DigestInvalid
from fake_registry.spec.json_object import JsonObject, kind_text
from fake_registry.spec.names import algorithm_of, digest_of, parse_digest

VERSION: Final = "1.0.0"
"""The only version of the layout so far (image-spec v1.1, oci-layout Example)."""

MAX_SIZE: Final = 2**63 - 1
"""A descriptor's size is an int64 (image-spec, Content Descriptors)."""

# wider than RFC 6838 §4.2: a registry may have accepted a type that a save then writes
_MEDIA_TYPE = re.compile(r"[ -.0-~]{1,127}/[ -.0-~]{1,127}")

_MAX_SHOWN: Final = 100
"""How many characters of a wrong value an error repeats."""

MemberCheck = Callable[[Any, str], None]  # Any: a JSON value, which the check examines
"""Checks one value. Raises LayoutError, with the second argument as its file."""


def check_header(document: JsonObject) -> None:
    """Check the content of `oci-layout`."""
    version = document.get("imageLayoutVersion", _ABSENT)
    if version != VERSION:
        where = "oci-layout, imageLayoutVersion"
        raise LayoutError(where, repr(VERSION), _shown(version))


def check_index(document: JsonObject) -> None:
    """Check the members of `index.json`, and each of its entries."""
    file = "index.json"
    _check_members(document, _INDEX_MEMBERS, f"{file}, ")
    for place, entry in enumerate(_list_at(document, "manifests", file)):
        where = f"{file}, manifests[{place}]"
        _check_descriptor(entry, where, _ENTRY_MEMBERS)
        if "size" not in entry:
            raise LayoutError(f"{where}.size", "a size in bytes", "none")


def check_manifest(document: JsonObject, media_type: str, file: str) -> None:
    """Check the descriptors of a manifest: those that a registry reads at this media type."""
    for key in _LISTS.get(media_type, ()):
        for place, entry in enumerate(_list_at(document, key, file)):
            _check_descriptor(entry, f"{file}, {key}[{place}]", _DESCRIPTOR_MEMBERS)

    singles = ("config", "subject") if media_type in media_types.IMAGES else ("subject",)
    for key in singles:
        if document.get(key) is not None:  # `read_manifest` requires the config
            _check_descriptor(document[key], f"{file}, {key}", _DESCRIPTOR_MEMBERS)


def _check_descriptor(entry: object, where: str, members: Mapping[str, MemberCheck]) -> None:
    if not isinstance(entry, dict):
        raise LayoutError(where, "an object", _shown(entry))

    for key in ("mediaType", "digest"):
        if key not in entry:
            raise LayoutError(f"{where}.{key}", _EXPECTED[key], "none")

    _check_members(entry, members, f"{where}.")
    if "data" in entry:
        _check_data(entry, where)


def _check_members(document: JsonObject, members: Mapping[str, MemberCheck], prefix: str) -> None:
    """Check the members that are present. Unknown members are allowed (image-spec, MUST ignore)."""
    for key, check in members.items():
        if key in document:
            check(document[key], f"{prefix}{key}")


def _list_at(document: JsonObject, key: str, file: str) -> list[Any]:  # Any: JSON values
    """Return the list at `key`. Null is an empty list: so Go programs write a nil slice."""
    items = document.get(key)
    if items is None:
        return []
    if not isinstance(items, list):
        raise LayoutError(f"{file}, {key}", "a list", _shown(items))
    return items


def _check_kind(value: object, kind: type, where: str) -> None:
    if type(value) is not kind:  # true is not a number
        raise LayoutError(where, kind_text(kind), _shown(value))


def _check_text(value: object, where: str) -> None:
    _check_kind(value, str, where)


def _check_media_type(value: object, where: str) -> None:
    _check_kind(value, str, where)
    if not _MEDIA_TYPE.fullmatch(str(value)):
        raise LayoutError(where, _EXPECTED["mediaType"], _shown(value))


def _check_digest(value: object, where: str) -> None:
    _check_kind(value, str, where)
    try:
        parse_digest(str(value))
    except DigestInvalid as error:
        raise LayoutError(where, f"a digest ({error.reason})", _shown(value)) from None


def _check_size(value: object, where: str) -> None:
    if type(value) is not int or not 0 <= value <= MAX_SIZE:
        raise LayoutError(where, "a number of bytes, 0 to 2^63 - 1", _shown(value))


def _check_texts(value: object, where: str) -> None:
    """Check a list of strings."""
    if not isinstance(value, list):
        raise LayoutError(where, "a list of strings", _shown(value))
    for place, item in enumerate(value):
        _check_text(item, f"{where}[{place}]")


def _check_annotations(value: object, where: str) -> None:
    """Check an object whose values are strings."""
    if not isinstance(value, dict):
        raise LayoutError(where, "an object of strings", _shown(value))
    for key, item in value.items():
        _check_text(item, f"{where}[{_shown(key)}]")


def _check_platform(value: object, where: str) -> None:
    if not isinstance(value, dict):
        raise LayoutError(where, "an object", _shown(value))
    _check_members(value, _PLATFORM_MEMBERS, f"{where}.")


def _check_whole_platform(value: object, where: str) -> None:
    """Check a platform that must have its required members (image-spec, Image Index)."""
    _check_platform(value, where)
    for key in ("architecture", "os"):
        if isinstance(value, dict) and key not in value:
            raise LayoutError(f"{where}.{key}", "a string", "none")


def _check_subject(value: object, where: str) -> None:
    _check_descriptor(value, where, _ENTRY_MEMBERS)


def _check_data(entry: JsonObject, where: str) -> None:
    """Check content that is embedded in a descriptor (image-spec, Embedded Content)."""
    data = entry["data"]
    _check_kind(data, str, f"{where}.data")
    try:
        content = base64.b64decode(data, validate=True)
    except ValueError:
        raise LayoutError(f"{where}.data", "base64", "other text") from None

    digest = parse_digest(entry["digest"])
    found = digest_of(content, algorithm_of(digest))
    if found != digest:
        raise LayoutError(f"{where}.data", f"content of {digest}", f"content of {found}")


def _shown(value: object) -> str:
    """Return a value for a message: a long one is cut, a list or an object only named."""
    if value is _ABSENT:
        return "none"
    if value is None or isinstance(value, list | dict):
        return kind_text(type(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > _MAX_SHOWN:
        return f"a number of {value.bit_length()} bits"

    text = ascii(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


_ABSENT: Final = object()

_EXPECTED: Final[Mapping[str, str]] = {
    "mediaType": "a media type such as application/vnd.oci.image.manifest.v1+json",
    "digest": "a digest",
}

_PLATFORM_MEMBERS: Final[Mapping[str, MemberCheck]] = {
    "architecture": _check_text,
    "os": _check_text,
    "os.version": _check_text,
    "os.features": _check_texts,
    "variant": _check_text,
    "features": _check_texts,
}

_DESCRIPTOR_MEMBERS: Final[Mapping[str, MemberCheck]] = {
    "mediaType": _check_text,
    "digest": _check_digest,
    "size": _check_size,
    "urls": _check_texts,
    "annotations": _check_annotations,
    "artifactType": _check_text,
    "platform": _check_platform,
}

_ENTRY_MEMBERS: Final[Mapping[str, MemberCheck]] = {
    **_DESCRIPTOR_MEMBERS,
    "mediaType": _check_media_type,
    "platform": _check_whole_platform,
}
"""The members of a descriptor in `index.json`. No registry has accepted it before."""

_INDEX_MEMBERS: Final[Mapping[str, MemberCheck]] = {
    "mediaType": _check_text,
    "artifactType": _check_text,
    "subject": _check_subject,
    "annotations": _check_annotations,
}

_LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(media_types.IMAGES, ("layers",)),
    **dict.fromkeys(media_types.INDEXES, ("manifests",)),
    **dict.fromkeys(media_types.ARTIFACTS, ("blobs",)),
}
"""The lists of descriptors in a manifest, by its media type."""
