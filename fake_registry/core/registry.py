"""The interface of a registry, for memory, the HTTP server, the HTTP client and the test harness.

Not here: status codes, headers, Location, scopes, URLs of pages, redirects. Arguments and results
are frozen values of `spec`; names have been parsed. A method raises only the `RegistryError`s that
its docstring names. An error changes nothing: everything is checked before anything is changed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from fake_registry.spec.attributes import (
    After,
    AttributeChanges,
    DeletedRepository,
    ManifestProperties,
    Order,
    Page,
    RepositoryProperties,
    TagProperties,
)
from fake_registry.spec.errors import BlobUploadInvalid, BlobUploadRangeInvalid
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import Digest, Reference, RepositoryName, Tag, UploadId


@dataclass(frozen=True, kw_only=True)
class UploadStatus:
    """The progress of an upload: `offset` is the number of bytes that have arrived.

    `started` is nanoseconds since the epoch.
    """

    repository: RepositoryName
    upload: UploadId
    offset: int
    started: int


def check_position(upload: UploadId, found: int, *, offset: int | None, seen: int | None) -> None:
    """Refuse a chunk for an upload of `found` bytes whose `offset` or `seen` is another position.

    See `Registry.append_chunk`. BlobUploadRangeInvalid, BlobUploadInvalid.
    """
    if offset is not None and offset != found:
        reason = f"chunk starts at {offset}, expected {found}"
        raise BlobUploadRangeInvalid(reason, upload=upload, offset=found)
    if seen is not None and seen != found:
        reason = f"the upload was seen at {seen}, expected {found}"
        raise BlobUploadInvalid(reason, upload=upload, seen=seen, offset=found)


class BlobReader(Protocol):
    """The bytes of a blob. The caller that opened it closes it."""

    @property
    def size(self) -> int:
        """The size of the whole blob in bytes."""

    @property
    def stored(self) -> int | None:
        """When the registry stored it, in nanoseconds since the epoch; None if that is unknown."""

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of the half-open range [start, stop) in pieces; none of them is empty.

        Without `stop` the range ends with the blob.
        """

    def close(self) -> None:
        """Release the resources of the reader. It may be called again."""


@runtime_checkable
class Registry(Protocol):
    """An OCI registry: distribution-spec v1.1.1."""

    # reader

    def get_blob(self, repository: RepositoryName, digest: Digest) -> BlobReader:
        """Open a blob. BlobUnknown. Pulling blobs (end-2)."""

    def stat_blob(self, repository: RepositoryName, digest: Digest) -> Descriptor:
        """Describe a blob, with its size. BlobUnknown. Checking if content exists (end-2)."""

    def get_manifest(self, repository: RepositoryName, reference: Reference) -> Manifest:
        """Return a manifest by tag or digest. ManifestUnknown. Pulling manifests (end-3)."""

    def stat_manifest(self, repository: RepositoryName, reference: Reference) -> Descriptor:
        """Describe a manifest by tag or digest, with its size. ManifestUnknown.

        Checking if content exists (end-3).
        """

    # lister

    def list_repositories(
        self, *, after: RepositoryName | None = None, limit: int | None = None
    ) -> Page[RepositoryName]:
        """List repositories by name (CNCF distribution, _catalog).

        All lists start after `after`, and have at most `limit` items.
        """

    def list_tags(
        self,
        repository: RepositoryName,
        *,
        after: Tag | None = None,
        limit: int | None = None,
    ) -> Page[Tag]:
        """List tags in ASCII order. NameUnknown. Listing tags (end-8)."""

    def list_referrers(
        self,
        repository: RepositoryName,
        digest: Digest,
        *,
        artifact_type: str | None = None,
        after: Digest | None = None,
        limit: int | None = None,
    ) -> Page[Descriptor]:
        """List the manifests whose subject is `digest`, by digest. Listing referrers (end-12).

        The list may be empty, also if there is no such subject.
        """

    # writer

    def start_upload(self, repository: RepositoryName) -> UploadStatus:
        """Begin an upload. Pushing blobs (end-4a). OperationDisallowed."""

    def upload_status(self, repository: RepositoryName, upload: UploadId) -> UploadStatus:
        """Return an upload's progress. BlobUploadUnknown. Pushing a blob in chunks (end-13)."""

    def append_chunk(
        self,
        repository: RepositoryName,
        upload: UploadId,
        content: Iterable[bytes],
        *,
        offset: int | None = None,
        seen: int | None = None,
    ) -> UploadStatus:
        """Append to an upload. Pushing a blob in chunks (end-5).

        `offset` is the start of the chunk according to the caller (Content-Range):
        BlobUploadRangeInvalid if the upload has another length. `seen` is the length in the
        caller's last answer (the state in a Location): BlobUploadInvalid if the upload has grown
        since. BlobUploadUnknown.
        """

    def finish_upload(
        self,
        repository: RepositoryName,
        upload: UploadId,
        digest: Digest,
        *,
        tail: Iterable[bytes] = (),
        offset: int | None = None,
        seen: int | None = None,
    ) -> Descriptor:
        """Append `tail`, close the upload and store the blob. Pushing blobs (end-6).

        DigestInvalid if the content has another digest; the upload then stays as it was, or is
        removed (`Settings.upload_survives_wrong_digest`). OperationDisallowed. Other errors as for
        `append_chunk`.
        """

    def cancel_upload(self, repository: RepositoryName, upload: UploadId) -> None:
        """Remove an upload. BlobUploadUnknown. Cancel a blob upload (end-14)."""

    def put_blob(
        self,
        repository: RepositoryName,
        digest: Digest,
        content: Iterable[bytes],
    ) -> Descriptor:
        """Store a blob at once. DigestInvalid, OperationDisallowed. Single POST (end-4b)."""

    def mount_blob(
        self, repository: RepositoryName, digest: Digest, *, source: RepositoryName | None
    ) -> Descriptor | UploadStatus:
        """Mount a blob from `source`, or without `source` from any repository.

        If there is no such blob, an upload is started instead. OperationDisallowed. Mounting a blob
        from another repository (end-11).
        """

    def put_manifest(
        self,
        repository: RepositoryName,
        manifest: Manifest,
        *,
        tags: Iterable[Tag] = (),
    ) -> Descriptor:
        """Store a manifest and point `tags` at it. Pushing Manifests (end-7).

        ManifestBlobUnknown with an entry for each config, layer and child that is missing (the
        subject may be missing), OperationDisallowed. A child of an index is a manifest or a blob of
        the repository.
        """

    # deleter

    def delete_blob(self, repository: RepositoryName, digest: Digest) -> None:
        """Delete a blob, also if a manifest refers to it. BlobUnknown, OperationDisallowed.

        Deleting Blobs (end-10).
        """

    def delete_manifest(self, repository: RepositoryName, digest: Digest) -> None:
        """Delete a manifest and its tags. ManifestUnknown, OperationDisallowed.

        Its referrers are deleted as well with `Settings.referrers_go_with_subject`. Deleting
        manifests (end-9).
        """

    def delete_tag(self, repository: RepositoryName, tag: Tag) -> Digest:
        """Remove a tag; return its manifest's digest. TagUnknown, OperationDisallowed.

        Deleting tags (end-9).
        """


class AcrCatalog(Protocol):
    """ACR's metadata: ACR data plane API 2021-07-01. acr-behaviour 4, 5 and 7."""

    def list_repositories(
        self, *, after: RepositoryName | None = None, limit: int | None = None
    ) -> Page[RepositoryName]:
        """As `Registry.list_repositories`. Repository - Get List."""

    def repository_properties(self, repository: RepositoryName) -> RepositoryProperties:
        """Describe a repository. NameUnknown. Repository - Get Properties."""

    def list_manifests(
        self,
        repository: RepositoryName,
        *,
        after: After[Digest] | None = None,
        limit: int | None = None,
        order: Order = Order.NAME,
    ) -> Page[ManifestProperties]:
        """List manifests by digest or by the time of their last update. NameUnknown.

        A page by time starts after a `TimePosition`; a digest stands for the present position of
        its manifest, and is ignored if there is no such manifest. Manifest - Get List.
        """

    def manifest_properties(self, repository: RepositoryName, digest: Digest) -> ManifestProperties:
        """Describe a manifest, and the children of an index. NameUnknown, ManifestUnknown.

        Manifest - Get Properties.
        """

    def list_tag_properties(
        self,
        repository: RepositoryName,
        *,
        digest: Digest | None = None,
        after: After[Tag] | None = None,
        limit: int | None = None,
        order: Order = Order.NAME,
    ) -> Page[TagProperties]:
        """List all tags, or the tags of one manifest, by name or by the time of their last update.

        NameUnknown. `after` as in `list_manifests`. Tag - Get List.
        """

    def tag_properties(self, repository: RepositoryName, tag: Tag) -> TagProperties:
        """Describe a tag. TagUnknown, also for an unknown repository. Tag - Get Properties."""

    def update_repository_attributes(
        self, repository: RepositoryName, changes: AttributeChanges
    ) -> RepositoryProperties:
        """Lock or unlock a repository. NameUnknown. Repository - Update Attributes."""

    def update_manifest_attributes(
        self, repository: RepositoryName, digest: Digest, changes: AttributeChanges
    ) -> ManifestProperties:
        """Lock or unlock a manifest. NameUnknown, ManifestUnknown. Manifest - Update Attributes."""

    def update_tag_attributes(
        self,
        repository: RepositoryName,
        tag: Tag,
        changes: AttributeChanges,
    ) -> TagProperties:
        """Lock or unlock a tag. TagUnknown. Tag - Update Attributes."""

    def delete_repository(self, repository: RepositoryName) -> DeletedRepository:
        """Delete a repository with its content. NameUnknown, OperationDisallowed.

        Repository - Delete.
        """
