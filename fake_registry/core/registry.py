"""The interface at which everything meets: memory, HTTP server, HTTP client and test harness.

Not here: status codes, headers, Location, scopes, URLs of pages, redirects. Arguments and results are frozen values of
`spec`; names are parsed before they get here. Every method may raise only the `RegistryError`s it names, and an error
leaves no trace: everything is checked before anything is changed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from fake_registry.spec.attributes import (
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
    """How far an upload is: `offset` bytes have arrived. `started` is nanoseconds since the epoch."""

    repository: RepositoryName
    upload: UploadId
    offset: int
    started: int


def check_position(upload: UploadId, found: int, *, offset: int | None, seen: int | None) -> None:
    """Refuse a caller who thinks that an upload which has `found` bytes is elsewhere: what `Registry.append_chunk` says
    of `offset` and `seen`. BlobUploadRangeInvalid, BlobUploadInvalid."""
    if offset is not None and offset != found:
        raise BlobUploadRangeInvalid(f"chunk starts at {offset}, expected {found}", upload=upload, offset=found)
    if seen is not None and seen != found:
        raise BlobUploadInvalid(
            f"the upload was seen at {seen}, expected {found}", upload=upload, seen=seen, offset=found
        )


class BlobReader(Protocol):
    """A blob's bytes, opened. Whoever gets one closes it."""

    @property
    def size(self) -> int:
        """The whole blob's size in bytes."""

    @property
    def stored(self) -> int | None:
        """When the registry stored it, in nanoseconds since the epoch; None where it does not tell."""

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of the half-open range [start, stop) in pieces, none empty; stop None is the end."""

    def close(self) -> None:
        """Give back what the reader holds. Twice does no harm."""


class Registry(Protocol):
    """An OCI registry: distribution-spec v1.1.1."""

    # reader

    def get_blob(self, repository: RepositoryName, digest: Digest) -> BlobReader:
        """Open a blob. BlobUnknown. Pulling blobs (end-2)."""

    def stat_blob(self, repository: RepositoryName, digest: Digest) -> Descriptor:
        """Describe a blob. BlobUnknown. Checking if content exists (end-2)."""

    def get_manifest(self, repository: RepositoryName, reference: Reference) -> Manifest:
        """Return a manifest by tag or digest. ManifestUnknown. Pulling manifests (end-3)."""

    def stat_manifest(self, repository: RepositoryName, reference: Reference) -> Descriptor:
        """Describe a manifest by tag or digest. ManifestUnknown. Checking if content exists (end-3)."""

    # lister

    def list_repositories(
        self, *, after: RepositoryName | None = None, limit: int | None = None
    ) -> Page[RepositoryName]:
        """List repositories by name, those after `after`, at most `limit`. (CNCF distribution, _catalog)."""

    def list_tags(self, repository: RepositoryName, *, after: Tag | None = None, limit: int | None = None) -> Page[Tag]:
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
        """List the manifests whose subject is `digest`, by digest. None is no error. Listing referrers (end-12)."""

    # writer

    def start_upload(self, repository: RepositoryName) -> UploadStatus:
        """Begin an upload. Pushing blobs (end-4a). OperationDisallowed."""

    def upload_status(self, repository: RepositoryName, upload: UploadId) -> UploadStatus:
        """Tell how far an upload is. BlobUploadUnknown. Pushing a blob in chunks (end-13)."""

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

        `offset` is where the caller says the chunk starts (Content-Range): BlobUploadRangeInvalid if the upload is
        elsewhere. `seen` is how far the upload was when the caller last heard of it (the state in a Location):
        BlobUploadInvalid if it has moved since. BlobUploadUnknown.
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

        DigestInvalid if the content is another; the upload is then as it was, or gone
        (`Settings.upload_survives_wrong_digest`). OperationDisallowed. Otherwise as `append_chunk`.
        """

    def cancel_upload(self, repository: RepositoryName, upload: UploadId) -> None:
        """Forget an upload. BlobUploadUnknown. Cancel a blob upload (end-14)."""

    def put_blob(self, repository: RepositoryName, digest: Digest, content: Iterable[bytes]) -> Descriptor:
        """Store a blob at once. DigestInvalid, OperationDisallowed. Single POST (end-4b)."""

    def mount_blob(
        self, repository: RepositoryName, digest: Digest, *, source: RepositoryName | None
    ) -> Descriptor | UploadStatus:
        """Take a blob over from `source`, or from wherever it is if None; begin an upload if it is not there.

        OperationDisallowed. Mounting a blob from another repository (end-11).
        """

    def put_manifest(self, repository: RepositoryName, manifest: Manifest, *, tags: Iterable[Tag] = ()) -> Descriptor:
        """Store a manifest and point `tags` at it. Pushing Manifests (end-7).

        ManifestBlobUnknown with an entry for each config, layer and child that is missing (a missing subject is fine),
        OperationDisallowed.
        """

    # deleter

    def delete_blob(self, repository: RepositoryName, digest: Digest) -> None:
        """Delete a blob, referred to or not. BlobUnknown, OperationDisallowed. Deleting Blobs (end-10)."""

    def delete_manifest(self, repository: RepositoryName, digest: Digest) -> None:
        """Delete a manifest and all tags that point at it, and perhaps those that refer to it
        (`Settings.referrers_go_with_subject`). ManifestUnknown, OperationDisallowed. Deleting manifests (end-9)."""

    def delete_tag(self, repository: RepositoryName, tag: Tag) -> Digest:
        """Untag; return what the tag pointed at. TagUnknown, OperationDisallowed. Deleting tags (end-9)."""


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
        after: Digest | None = None,
        limit: int | None = None,
        order: Order = Order.NAME,
    ) -> Page[ManifestProperties]:
        """List manifests by digest or by the time of their last update. NameUnknown. Manifest - Get List."""

    def manifest_properties(self, repository: RepositoryName, digest: Digest) -> ManifestProperties:
        """Describe a manifest, an index with references. NameUnknown, ManifestUnknown. Manifest - Get Properties."""

    def list_tag_properties(
        self,
        repository: RepositoryName,
        *,
        digest: Digest | None = None,
        after: Tag | None = None,
        limit: int | None = None,
        order: Order = Order.NAME,
    ) -> Page[TagProperties]:
        """List tags, all or those of one manifest. NameUnknown. Tag - Get List."""

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

    def update_tag_attributes(self, repository: RepositoryName, tag: Tag, changes: AttributeChanges) -> TagProperties:
        """Lock or unlock a tag. TagUnknown. Tag - Update Attributes."""

    def delete_repository(self, repository: RepositoryName) -> DeletedRepository:
        """Delete a repository and all in it. NameUnknown, OperationDisallowed. Repository - Delete."""
