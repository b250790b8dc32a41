"""Manifests have every feature that their docstrings promise.

That our reader agrees is shown beside it, in `tests/spec/test_manifest.py`.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from fake_registry.spec import media_types
from pytest_acr.strategies import BrokenManifest, annotations, broken_manifests, descriptors, manifests
from tests.support.effort import features_not_drawn

Drawn = tuple[bytes, str]


def document_of(drawn: Drawn) -> dict[str, Any]:  # Any: JSON
    document: dict[str, Any] = json.loads(drawn[0])
    return document


def has_type(media_type: str, drawn: Drawn) -> bool:
    return drawn[1] == media_type


def has_member(name: str, drawn: Drawn) -> bool:
    return name in document_of(drawn)


def is_unknown(name: str) -> bool:
    return name.startswith("un known")


def has_unknown_member(drawn: Drawn) -> bool:
    return any(map(is_unknown, document_of(drawn)))


def has_unknown_member_in_descriptor(drawn: Drawn) -> bool:
    subject: Mapping[str, object] = document_of(drawn).get("subject", {})
    return any(map(is_unknown, subject))


def has_reversed_keys(drawn: Drawn) -> bool:
    keys = list(document_of(drawn))
    return keys.index("schemaVersion") > 0 and keys != sorted(keys)


def has_bytes(part: bytes) -> Callable[[Drawn], bool]:
    return lambda drawn: part in drawn[0]


def has_an_entry_twice(drawn: Drawn) -> bool:
    document = document_of(drawn)
    entries = document.get("layers") or document.get("manifests") or document.get("blobs") or []
    return any(entry in entries[:place] for place, entry in enumerate(entries))


FEATURES: Final[Mapping[str, Callable[[Drawn], bool]]] = {
    **{media_type: partial(has_type, media_type) for media_type in media_types.MANIFESTS},
    **{name: partial(has_member, name) for name in ("subject", "annotations", "artifactType")},
    "entry twice": has_an_entry_twice,
    "no mediaType": lambda drawn: "mediaType" not in document_of(drawn),
    "unknown member": has_unknown_member,
    "unknown member of a descriptor": has_unknown_member_in_descriptor,
    "keys in another order": has_reversed_keys,
    "line breaks": has_bytes(b"\n"),
    "no white space": lambda drawn: b" :" not in drawn[0] and b": " not in drawn[0],
    "escapes": has_bytes(b"\\u"),
    "beyond ASCII": lambda drawn: not drawn[0].isascii(),
}

PARTS: Final = ("mediaType", "digest", "size", "artifactType", "platform", "annotations")
FLAWS: Final = (
    *("nothing", "truncated", "two values", "UTF-16", "byte order mark", "not an object"),
    *("key twice", "lone surrogate", "no JSON number", "nested too deeply"),
    *("schemaVersion", "mediaType", "config", "layers", "manifests", "blobs"),
    *("artifactType", "subject", "annotations"),
)


def test_every_feature_of_manifests_is_drawn() -> None:
    assert features_not_drawn(manifests(), FEATURES) == []


def test_every_flaw_of_manifests_and_of_their_descriptors_is_drawn() -> None:
    features = {
        **{flaw: partial(has_flaw, flaw) for flaw in FLAWS},
        **{f"descriptor: {part}": partial(has_flaw_in_descriptor, part) for part in PARTS},
    }
    assert features_not_drawn(broken_manifests(), features) == []


def has_flaw(flaw: str, found: BrokenManifest) -> bool:
    return found.flaw == flaw


def has_flaw_in_descriptor(part: str, found: BrokenManifest) -> bool:
    return found.flaw.endswith(f": {part}")


def test_every_feature_of_descriptors_is_drawn() -> None:
    features = {
        "size of 0": lambda found: found.size == 0,
        "largest int64": lambda found: found.size == 2**63 - 1,
        "platform": lambda found: found.platform is not None,
        "no platform": lambda found: found.platform is None,
        "artifact type": lambda found: found.artifact_type is not None,
        "annotations": lambda found: bool(found.annotations),
    }
    assert features_not_drawn(descriptors(), features) == []


def test_every_feature_of_annotations_is_drawn() -> None:
    features: dict[str, Callable[[dict[str, str]], bool]] = {
        "none": lambda found: not found,
        "pre-defined key": lambda found: any(key.startswith("org.opencontainers") for key in found),
        "own key": lambda found: "com.example.key" in found,
        "empty key": lambda found: "" in found,
        "empty value": lambda found: "" in found.values(),
    }
    assert features_not_drawn(annotations(), features) == []
