"""`AcrModel`: what ACR records of a repository besides its content, on plain dicts.

Attributes, the order of changes, and sizes. Like `model`, it shares no code with any registry.
Sources: acr-behaviour 4.3 for times and sizes, 4.4 for attributes, 7.1 for locks.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from fake_registry.spec.json_object import JsonObject

Attribute = Literal["deleteEnabled", "writeEnabled", "readEnabled", "listEnabled"]
Metadata = dict[str, Any]  # Any: members of a JSON document
ItemLevel = Literal["repository", "manifest", "tag"]
OperationName = Literal[
    "pull manifest",
    "pull blob",
    "push manifest",
    "push blob",
    "delete manifest",
    "delete tag",
    "delete blob",
    "delete repository",
]

ATTRIBUTES: Final[tuple[Attribute, ...]] = (
    "deleteEnabled",
    "writeEnabled",
    "readEnabled",
    "listEnabled",
)

IMAGES: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
INDEXES: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_IMAGE_CONFIGS: Final = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
)

_DELETE: Final[tuple[Attribute, ...]] = ("deleteEnabled", "writeEnabled")
_WRITE: Final[tuple[Attribute, ...]] = ("writeEnabled",)
_READ: Final[tuple[Attribute, ...]] = ("readEnabled",)

GOVERNED_BY: Final[Mapping[OperationName, Mapping[ItemLevel, tuple[Attribute, ...]]]] = {
    "pull manifest": {"repository": _READ, "manifest": _READ, "tag": _READ},
    "pull blob": {"repository": _READ},
    "push manifest": {"repository": _WRITE, "tag": _WRITE},
    "push blob": {"repository": _WRITE},
    "delete manifest": {"repository": _WRITE, "manifest": _DELETE, "tag": _DELETE},
    "delete tag": {"repository": _WRITE, "tag": _DELETE},
    "delete blob": {"repository": _WRITE},
    "delete repository": {"repository": _DELETE, "manifest": _DELETE, "tag": _DELETE},
}
"""The attributes that have to be true for an operation: acr-behaviour 7.1.

A repository is deleted with all of its manifests and tags, a manifest with its tags.
"""


class Lock(NamedTuple):
    """An attribute that is false, and the operation that it forbids."""

    operation: OperationName
    level: ItemLevel
    attribute: Attribute


@dataclass
class AcrRecord:
    """What ACR records of a repository, a manifest or a tag.

    A moment is the number of a change of the repository: later changes have greater numbers.
    """

    created: int
    """The moment of its creation."""
    updated: tuple[int, int]
    """The earliest and the latest moment that its lastUpdateTime can be of."""
    attributes: dict[Attribute, bool] = field(default_factory=lambda: dict.fromkeys(ATTRIBUTES, True))
    metadata: Metadata = field(default_factory=dict)
    """Of a manifest: members of its document. None for one that is absent."""
    created_time: int | None = None
    """createdTime, once it was seen: it stays."""
    updated_time: int | None = None
    """lastUpdateTime, if it was seen since the last update."""
    updated_after: int | None = None
    """A lastUpdateTime from before the last certain update."""
    updated_from: int | None = None
    """A lastUpdateTime from before an update that may have changed it."""

    def update(self, moment: int) -> None:
        """Note an update that certainly moves lastUpdateTime."""
        self.updated = (moment, moment)
        times = (self.updated_after, self.updated_from, self.updated_time)
        self.updated_after = max((time for time in times if time is not None), default=None)
        self.updated_from = self.updated_time = None

    def touch(self, moment: int) -> None:
        """Note an update that may move lastUpdateTime: the documents leave it open."""
        self.updated = (self.updated[0], moment)
        if self.updated_time is not None:
            self.updated_from = self.updated_time
        self.updated_time = None


def record_of(moment: int) -> AcrRecord:
    """Return the record of something new, without locks."""
    return AcrRecord(moment, (moment, moment))


@dataclass
class AcrModel:
    """The records of a repository, its manifests by digest, and its tags."""

    repository: AcrRecord = field(default_factory=lambda: record_of(0))
    manifests: dict[str, AcrRecord] = field(default_factory=dict)
    tags: dict[str, AcrRecord] = field(default_factory=dict)
    moment: int = 0

    # changes, after the registry has acknowledged them

    def note_push(
        self,
        digest: str,
        before: Mapping[str, str | None],
        metadata: Metadata,
    ) -> None:
        """Note a pushed manifest. `before` has the former digests of the tags that it got.

        A manifest keeps its times when it gets one more tag; a tag that moves keeps its createdTime
        (4.3). Whether a repeated push is an update of the tag is open (18, question 9).
        """
        self.moment += 1
        if self.manifests:
            self.repository.touch(self.moment)
        else:
            self.repository = record_of(self.moment)

        self.manifests.setdefault(digest, record_of(self.moment)).metadata = metadata
        for tag, former in before.items():
            record = self.tags.setdefault(tag, record_of(self.moment))
            if former == digest:
                record.touch(self.moment)
            elif former is not None:
                record.update(self.moment)

    def note_blob(self) -> None:
        """Note a pushed blob: whether it updates the repository is not documented."""
        self.moment += 1
        self.repository.touch(self.moment)

    def note_delete(self, digest: str) -> None:
        """Note a deleted manifest. A repository goes with its last one, and its locks with it."""
        self.moment += 1
        del self.manifests[digest]
        self.repository.touch(self.moment)
        if not self.manifests:
            self.repository = record_of(self.moment)

    def note_untag(self, tag: str) -> None:
        """Note a tag that is gone."""
        self.moment += 1
        del self.tags[tag]
        self.repository.touch(self.moment)

    # answers

    def records(self) -> Iterator[AcrRecord]:
        """Yield all records."""
        return iter((self.repository, *self.manifests.values(), *self.tags.values()))

    def listed_tags(self) -> list[str]:
        """Return the tags that lists have, by name: 7.1, listEnabled."""
        return _names_in_lists(self.tags)

    def listed_manifests(self) -> list[str]:
        """Return the digests that lists have, in their order."""
        return _names_in_lists(self.manifests)

    def refused_by_lock(
        self,
        operation: OperationName,
        *,
        digest: str | None = None,
        tags: Iterable[str] = (),
    ) -> Lock | None:
        """Return the lock that refuses an operation: acr-behaviour 7.1.

        `digest` and `tags` are the items that it pulls, moves or deletes. An absent one has no lock.
        """
        manifests = self._records_of(self.manifests, [digest] if digest else [], operation)
        items = self._records_of(self.tags, tags, operation)
        records: dict[ItemLevel, list[AcrRecord]] = {
            "repository": [self.repository],
            "manifest": manifests,
            "tag": items,
        }
        locks = (
            Lock(operation, level, attribute)
            for level, attributes in GOVERNED_BY[operation].items()
            for attribute in attributes
            if not all(record.attributes[attribute] for record in records[level])
        )
        return next(locks, None)

    def _records_of(
        self,
        records: Mapping[str, AcrRecord],
        names: Iterable[str],
        operation: OperationName,
    ) -> list[AcrRecord]:
        if operation == "delete repository":
            return list(records.values())
        return [records[name] for name in names if name in records]


def _names_in_lists(records: Mapping[str, AcrRecord]) -> list[str]:
    return sorted(name for name, record in records.items() if record.attributes["listEnabled"])


def metadata_of(
    content: bytes,
    document: JsonObject,
    media_type: str,
    blobs: Mapping[str, bytes],
    records: Mapping[str, AcrRecord],
) -> Metadata:
    """Return the metadata of a manifest that is pushed now, with what the repository holds (4.3).

    None of it is documented for a manifest of an unknown type.
    """
    if media_type not in (*IMAGES, *INDEXES):
        return {}

    config = document.get("config") or {}
    metadata: Metadata = {
        "configMediaType": config.get("mediaType"),
        **_platform_of(config, blobs),
    }
    size = _image_size(content, document, blobs, records)
    if size is not None:
        metadata["imageSize"] = size
    return metadata


def _image_size(
    content: bytes,
    document: JsonObject,
    blobs: Mapping[str, bytes],
    records: Mapping[str, AcrRecord],
) -> int | None:
    """Return the bytes of the manifest, its config and its layers, or of its children.

    None where it is not documented: something is absent, or occurs twice.
    """
    config = document.get("config")
    parts = [part["digest"] for part in (*([config] if config else []), *document.get("layers", ()))]
    children = [child["digest"] for child in document.get("manifests", ())]
    if len({*parts, *children}) < len(parts) + len(children):
        return None

    sizes = [len(blobs[digest]) if digest in blobs else None for digest in parts]
    sizes += [records[digest].metadata.get("imageSize") if digest in records else None for digest in children]
    known = [size for size in sizes if size is not None]
    return len(content) + sum(known) if len(known) == len(sizes) else None


def _platform_of(config: JsonObject, blobs: Mapping[str, bytes]) -> Metadata:
    """Return architecture and os, from the config of an image; None where they are absent."""
    platform = dict.fromkeys(("architecture", "os"))
    if config.get("mediaType") not in _IMAGE_CONFIGS:
        return platform
    try:
        found = json.loads(blobs.get(config["digest"], b""))
    except ValueError:
        return platform
    return {name: found.get(name) for name in platform} if isinstance(found, dict) else platform
