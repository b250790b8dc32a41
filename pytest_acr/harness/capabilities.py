"""`Capabilities`: what a registry offers. What it does not offer is not tested, and not a failure."""

from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """The optional parts of the API that a registry has, found by `probe`."""

    push: bool = True
    """Blobs and manifests can be pushed."""
    single_post: bool = False
    """A blob can be pushed with one POST."""
    sha512: bool = False
    """Blobs can have sha512 digests."""
    sha512_manifests: bool = False
    """Manifests can be pushed under sha512 digests."""
    small_chunks: bool = False
    """Chunks may have any size: no OCI-Chunk-Min-Length."""
    upload_status: bool = False
    """GET of an upload's location reports how much has arrived."""
    upload_cancel: bool = False
    """DELETE of an upload's location ends it."""
    mount: bool = False
    """A blob can be mounted from another repository."""
    mount_from_anywhere: bool = False
    """A blob can be mounted without naming a repository."""
    delete_blobs: bool = False
    """Blobs can be deleted."""
    delete_manifests: bool = False
    """Manifests can be deleted by digest."""
    delete_tags: bool = False
    """Tags can be deleted through the manifests' route."""
    tag_parameters: bool = False
    """A manifest can be pushed with several tags (`?tag=`)."""
    sparse_manifests: bool = False
    """A manifest may refer to blobs that are absent."""
    unknown_types: bool = False
    """A manifest of a media type that no document defines is stored."""
    docker_types: bool = False
    """Images of Docker's media type, which OCI's documents do not require, are stored."""
    referrers: bool = False
    """There is a referrers API."""
    catalog: bool = False
    """GET /v2/_catalog lists repositories."""
    acr: bool = False
    """There is ACR's API below /acr/v1."""
    control: bool = False
    """There is the control API of fake_registry below /_fake/."""
    login: bool = False
    """Requests need a bearer token of the registry's own token service."""
    anonymous_login: bool = False
    """The token service gives a token to callers without credentials."""
    accounts: bool = False
    """A login is required, the control API makes accounts, and others get no token."""
    exchange: bool = False
    """A token from Entra is exchanged for a refresh token, and the control API grants roles."""
    clock: bool = False
    """The control API advances the clock."""
    storage_urls: bool = False
    """GET of a blob redirects to a signed URL."""

    def lacking(self, names: Iterable[str]) -> list[str]:
        """Return those of the names that the registry does not offer."""
        return [name for name in names if not getattr(self, name)]

    def absent(self) -> list[str]:
        """Return the names of what the registry does not offer."""
        return [field.name for field in fields(self) if not getattr(self, field.name)]

    def has_all(self, names: tuple[str, ...]) -> bool:
        """Return whether the registry offers all of these."""
        return not self.lacking(names)
