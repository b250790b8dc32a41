"""A fresh repository for a concurrent check, and which operations its registry offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final, NamedTuple

from pytest_acr.harness.concurrency.content import outcome_of, path_of_location
from pytest_acr.harness.concurrency.history import ObjectKey, ObjectKind, Observed
from pytest_acr.harness.concurrency.models import (
    DONE,
    GONE,
    NO_TAG,
    SequentialModel,
    content_answers,
    list_answers,
    tag_answers,
    upload_answers,
)
from pytest_acr.harness.messages import RawResponse


@dataclass(frozen=True, kw_only=True)
class OfferedUploads:
    """What a registry offers for uploads in chunks, as a probe has shown."""

    chunks: bool
    status: bool
    """Whether the Range of a response says how many bytes have arrived."""
    cancel: bool
    fixed_locations: bool
    """Whether an upload keeps its Location."""


@dataclass(frozen=True, kw_only=True)
class OfferedOperations:
    """What a registry offers beyond what each registry must, as probes have shown."""

    tag_delete_path: str | None
    """The path that deletes a tag, with `{tag}`. None: tags cannot be deleted."""
    manifest_delete: bool
    blob_delete: bool
    locks: bool
    pages: bool
    """Whether a tag list has pages, in the order of names."""
    uploads: OfferedUploads
    reports_absent: frozenset[str]
    """The deletes, such as `delete manifest`, that are answered 404 the second time."""

    def outcome_of_delete(self, name: str, response: RawResponse) -> Observed | None:
        """Return the outcome of a delete; `name` is that of the operation."""
        outcome = outcome_of(response)
        return GONE if outcome == DONE and name not in self.reports_absent else outcome


class UploadPosition(NamedTuple):
    """The newest Location of an upload, and the bytes that had arrived by then."""

    location: str
    offset: int


class SharedUpload:
    """An upload that several threads continue. Each uses the newest Location that any has seen."""

    def __init__(self, repository: str, location: str, content: bytes) -> None:
        """Begin at a Location, without bytes; chunks are parts of `content`."""
        self._repository = repository
        self.content = content
        self._mutex = Lock()
        self._position = UploadPosition(location, 0)

    @property
    def position(self) -> UploadPosition:
        """The newest position."""
        with self._mutex:
            return self._position

    def learn(self, response: RawResponse, offset: int) -> None:
        """Keep the Location of a response after `offset` bytes, unless a newer one is known."""
        location = path_of_location(response, self._repository)
        with self._mutex:
            if location is not None and offset >= self._position.offset:
                self._position = UploadPosition(location, offset)


@dataclass(frozen=True, kw_only=True)
class PreparedRepository:
    """A repository as it is before the threads start."""

    name: str
    offered: OfferedOperations
    uploads: Mapping[str, SharedUpload]
    tags: frozenset[str]
    """The tags that a list has. Threads push none of them."""
    blobs: frozenset[str]
    """Digests that are already there."""

    def model_of(self, key: ObjectKey) -> SequentialModel:
        """Return the model of an object; its state is the one before the threads start."""
        match key.kind:
            case "tag":
                return SequentialModel(NO_TAG, tag_answers, _SECTIONS["tag"])
            case "upload":
                # a refusal may end an upload
                return SequentialModel(0, upload_answers, _SECTIONS["upload"], frozenset())
            case "tag list":
                return SequentialModel(self.tags, list_answers, _SECTIONS["tag list"])
        present = key.name in self.blobs
        return SequentialModel(present, content_answers, _SECTIONS[key.kind])


_SECTIONS: Final[Mapping[ObjectKind, str]] = {
    "tag": "distribution-spec v1.1.1, Pulling manifests, Pushing Manifests, Deleting tags; "
    "for locks, docs container-registry-image-lock",
    "manifest": "distribution-spec v1.1.1, Pulling manifests, Deleting Manifests",
    "blob": "distribution-spec v1.1.1, Pulling blobs, Pushing blobs, Deleting Blobs",
    "upload": "distribution-spec v1.1.1, Pushing a blob in chunks",
    "tag list": "distribution-spec v1.1.1, Listing Tags",
}
