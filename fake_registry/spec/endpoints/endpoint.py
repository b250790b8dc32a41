"""The row of an endpoint: every fact that some part of the registry needs of it.

No field has a default, so that a row that leaves a fact out is a type error.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final, Literal

from fake_registry.spec import errors as e
from fake_registry.spec.errors import RegistryError


class EndpointName(StrEnum):
    """Names of endpoints, as faults, exchanges and the fidelity page use them."""

    BASE = "base"
    BLOB_GET = "blob.get"
    BLOB_HEAD = "blob.head"
    BLOB_DELETE = "blob.delete"
    UPLOAD_START = "upload.start"
    UPLOAD_CHUNK = "upload.chunk"
    UPLOAD_FINISH = "upload.finish"
    UPLOAD_STATUS = "upload.status"
    UPLOAD_CANCEL = "upload.cancel"
    MANIFEST_GET = "manifest.get"
    MANIFEST_HEAD = "manifest.head"
    MANIFEST_PUT = "manifest.put"
    MANIFEST_DELETE = "manifest.delete"
    TAGS_LIST = "tags.list"
    REFERRERS_LIST = "referrers.list"
    CATALOG_LIST = "catalog.list"
    ACR_CATALOG = "acr.catalog"
    ACR_REPOSITORY_GET = "acr.repository.get"
    ACR_REPOSITORY_UPDATE = "acr.repository.update"
    ACR_REPOSITORY_DELETE = "acr.repository.delete"
    ACR_TAGS_LIST = "acr.tags.list"
    ACR_TAG_GET = "acr.tag.get"
    ACR_TAG_UPDATE = "acr.tag.update"
    ACR_TAG_DELETE = "acr.tag.delete"
    ACR_MANIFESTS_LIST = "acr.manifests.list"
    ACR_MANIFEST_GET = "acr.manifest.get"
    ACR_MANIFEST_UPDATE = "acr.manifest.update"
    OAUTH_EXCHANGE = "oauth.exchange"
    OAUTH_TOKEN = "oauth.token"  # noqa: S105 - an endpoint's name
    STORAGE_BLOB = "storage.blob"


class Family(Enum):
    """The part of the service that answers, with its own headers (acr-behaviour 2 and 8.3)."""

    REGISTRY = "/v2"
    ACR = "/acr/v1"
    OAUTH = "/oauth2"
    STORAGE = "the storage account"


class Quota(Enum):
    """A limit on calls whose remainder the answers report (acr-behaviour 2.2)."""

    LOGINS = "logins"
    DELETES = "deletes"


HttpMethod = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

Action = Literal["pull", "push", "delete", "metadata_read", "metadata_write", "*", "tag list"]

Resource = Literal["repository", "catalog"]
"""What a token's scope is for: the repository in the path, or the registry's catalog."""

TAG_LIST: Final = "tag list"
"""Stands for the action in `Settings.tag_list_scope`."""


@dataclass(frozen=True, kw_only=True)
class StatusErrors:
    """The errors that statuses stand for when an answer names no code that we know."""

    malformed: type[RegistryError]
    """400: the request, or a name in its path."""
    missing: type[RegistryError]
    """404. RouteUnknown if the endpoint itself is what a registry may lack."""
    too_large: type[RegistryError]
    """413."""
    bad_range: type[RegistryError]
    """416."""


UNSPECIFIC: Final = StatusErrors(
    malformed=e.Unsupported,
    missing=e.RouteUnknown,
    too_large=e.SizeInvalid,
    bad_range=e.RangeUnsatisfiable,
)
"""For an unknown endpoint, and where an endpoint has nothing more specific."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One method at one path of a registry. Rows with the same name differ in method alone."""

    name: EndpointName
    source: str
    """Its `end-N` in distribution-spec v1.1.1, its operation in ACR 2021-07-01, or another document."""
    method: HttpMethod
    path: str
    """A format string; its fields are names of `Call`'s attributes, except in storage's path."""
    needs: tuple[Action, ...] | None
    """Actions that the caller's token must allow. Empty: any login. None: no authorization."""
    resource: Resource | None
    """The resource to which it must allow them; None where there are no such actions."""
    family: Family
    listing: bool
    """Whether the answer is a list, which ACR sends without a Content-Length if it is long.

    So it sends all documents of `Family.ACR`."""
    quota: Quota | None
    request_ids: bool
    """Whether an authorized caller receives `X-Ms-Request-Id` and its own client request id."""
    status_errors: StatusErrors
