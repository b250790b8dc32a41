"""Facts from recordings of Azure Container Registry: status, header names and values by kind of
answer.

Read in the assets of the Azure SDKs: those for Go (December 2022, January and August 2024), Python
(February and May 2023) and .NET (April 2023). The tool that recorded sorts the header names, so
their order is not known from here; it keeps the case of all names but the two in `CASE_UNKNOWN`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

HSTS = "max-age=31536000; includeSubDomains"
JSON = "application/json; charset=utf-8"

CASE_UNKNOWN = {"Www-Authenticate": "WWW-Authenticate", "Etag": "ETag"}
"""Names that the recording tool knows and writes in its own way."""

HOP_BY_HOP = frozenset({"Connection", "Transfer-Encoding"})
"""Recorded, and the server's to send: no WSGI application may (PEP 3333)."""

Names = tuple[str, ...]

_ROUTED: Names = (
    "Date",
    "Docker-Distribution-Api-Version",
    "Server",
    "Strict-Transport-Security",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Ms-Correlation-Request-Id",
)
_TYPED: Names = ("Content-Length", "Content-Type")
_REGISTRY: Names = (*_ROUTED, *("Access-Control-Expose-Headers",) * 4)
_IDS: Names = ("X-Ms-Client-Request-Id", "X-Ms-Request-Id")
_LEFT: Names = ("X-Ms-Ratelimit-Remaining-Calls-Per-Second",)
_LOGIN: Names = ("Date", "Server", "Strict-Transport-Security", "X-Ms-Correlation-Request-Id")
_STORAGE: Names = (
    *_TYPED,
    "Accept-Ranges",
    "Date",
    "ETag",
    "Last-Modified",
    "Server",
    "x-ms-blob-committed-block-count",
    "x-ms-blob-type",
    "x-ms-copy-completion-time",
    "x-ms-copy-id",
    "x-ms-copy-progress",
    "x-ms-copy-source",
    "x-ms-copy-status",
    "x-ms-creation-time",
    "x-ms-lease-state",
    "x-ms-lease-status",
    "x-ms-request-id",
    "x-ms-server-encrypted",
    "x-ms-version",
)
"""Blobs that the recorded client has pushed have the five of a copy as well (.NET, March 2023 and
April 2024)."""

CHALLENGED: Names = (*_REGISTRY, *_TYPED, "WWW-Authenticate")
DOCUMENT: Names = (*_REGISTRY, *_TYPED)
PAGE: Names = (*DOCUMENT, "Link")
LONG: Names = (*_REGISTRY, "Content-Type")
V2_DOCUMENT: Names = (*DOCUMENT, *_IDS)
EMPTY: Names = (*_REGISTRY, *_IDS, "Content-Length")
CREATED: Names = (*EMPTY, "Docker-Content-Digest", "Location")
UPLOAD: Names = (*EMPTY, "Docker-Upload-Uuid", "Location", "Range")
STATUS: Names = (*_REGISTRY, *_IDS, "Docker-Upload-Uuid", "Location", "Range")
CANCELLED: Names = (*_REGISTRY, *_IDS, "Docker-Upload-Uuid")
BLOB: Names = (*V2_DOCUMENT, "Docker-Content-Digest")
MANIFEST: Names = (*BLOB, "ETag")
REDIRECT: Names = (*DOCUMENT, "Docker-Content-Digest", "Location")
DELETED: Names = (*EMPTY, *_LEFT)
UNTAGGED: Names = (*DELETED, "X-Ms-Int-Docker-Content-Digest")
REPOSITORY_DELETED: Names = (*V2_DOCUMENT, *_LEFT)
UNROUTED: Names = (*_ROUTED, *_TYPED)
FRONT_END: Names = (*_TYPED, "Date", "Server", "Strict-Transport-Security")
TOKEN: Names = (*_LOGIN, "Content-Type", "x-ms-ratelimit-remaining-calls-per-second")
LOGIN_REFUSED: Names = (*_LOGIN, "Content-Length")
STORED: Names = _STORAGE
STORED_RANGE: Names = (*_STORAGE, "Content-Range")

REGISTRY_DEPENDENT = frozenset({*_LEFT, "x-ms-ratelimit-remaining-calls-per-second"})
"""One registry (Go until January 2024) never sent them, others on every login and delete, refused
ones included."""


@dataclass(frozen=True)
class RecordedAnswer:
    """One kind of answer.

    `values` are the constant ones; `keys` is the order of a document's members, inner ones after a
    dot; `content` is a body that is not a document; `undecided` are names that the source leaves
    open.
    """

    source: str
    status: int
    names: Names
    values: Mapping[str, str] = field(default_factory=dict)
    keys: Names = ()
    content: bytes | None = None
    undecided: frozenset[str] = frozenset()


def _attributes(parent: str = "") -> Names:
    flags = ("deleteEnabled", "writeEnabled", "readEnabled", "listEnabled")
    return (f"{parent}changeableAttributes", *(f"{parent}changeableAttributes.{flag}" for flag in flags))


def _members(parent: str, *names: str) -> Names:
    return (parent, *(f"{parent}.{name}" for name in names), *_attributes(f"{parent}."))


_OF = ("registry", "imageName")
_TIMES = ("createdTime", "lastUpdateTime")
_TAG = ("name", "digest", *_TIMES, "signed")
_MANIFEST = ("digest", "imageSize", *_TIMES, "architecture", "os", "mediaType", "configMediaType", "tags")
_UNTAGGED_MANIFEST = _MANIFEST[:-1]
_REPOSITORY_KEYS = (*_OF, *_TIMES, "manifestCount", "tagCount", *_attributes())
_ERROR = ("errors", "errors.code", "errors.message")
_UNAUTHORIZED = (*_ERROR, "errors.detail", "errors.detail.Type", "errors.detail.Name", "errors.detail.Action")


def _json(length: int | None = None, **others: str) -> dict[str, str]:
    told = {} if length is None else {"Content-Length": str(length)}
    return {"Content-Type": JSON, **told, **others}


_NOTHING = {"Content-Length": "0"}
_TEXT = {"Content-Length": "19", "Content-Type": "text/plain; charset=utf-8"}
_MISS = b"404 page not found\n"
_NOT_FOUND = {"Content-Length": "9", "Content-Type": "application/octet-stream"}
_OCTETS = {"Content-Type": "application/octet-stream"}
_AUGUST, _JANUARY = "Go, August 2024: ", "Go, January 2024: "
_PYTHON, _NET = "Python, February 2023: ", ".NET, April 2023: "

RECORDED = {
    "challenge": RecordedAnswer(_JANUARY + "GetManifest", 401, CHALLENGED, _json(200), _UNAUTHORIZED),
    "challenge of HEAD": RecordedAnswer(_AUGUST + "CheckChunkExists", 401, CHALLENGED, _json(208)),
    "challenge of a push": RecordedAnswer(_JANUARY + "CancelUpload", 401, CHALLENGED, _json(264), _UNAUTHORIZED),
    "challenge of a mount": RecordedAnswer(_AUGUST + "MountBlob", 401, CHALLENGED, _json(352), _UNAUTHORIZED),
    "challenge of a change": RecordedAnswer(
        _AUGUST + "UpdateTagProperties", 401, CHALLENGED, _json(221), _UNAUTHORIZED
    ),
    "challenge of a delete": RecordedAnswer(_JANUARY + "DeleteTag", 401, CHALLENGED, _json(202), _UNAUTHORIZED),
    "challenge of the root": RecordedAnswer(
        "Go, December 2022: CheckDockerV2Support", 401, CHALLENGED, _json(149), (*_ERROR, "errors.detail")
    ),
    "challenge of the catalog": RecordedAnswer(
        _JANUARY + "authenticationPolicy_anonymousAccess", 401, CHALLENGED, _json(196), _UNAUTHORIZED
    ),
    "scope too small": RecordedAnswer(_JANUARY + "DeleteManifest", 401, CHALLENGED, _json(202), _UNAUTHORIZED),
    "exchange": RecordedAnswer(_AUGUST + "GetChunk", 200, TOKEN, _json(), ("refresh_token",)),
    # Go's recording of January 2024 has no body, ACR of 2026 has one.
    "exchange refused": RecordedAnswer(
        "Java, January 2026: audienceTest",
        401,
        (*TOKEN, "Content-Length"),
        {"Content-Type": "application/json", "Content-Length": "72"},
        _ERROR,
        content=b'{"errors":[{"code":"UNAUTHORIZED","message":"token validation failed"}]}',
    ),
    "token": RecordedAnswer(_AUGUST + "GetChunk", 200, TOKEN, _json(), ("access_token",)),
    "token refused": RecordedAnswer(
        _JANUARY + "ExchangeACRRefreshTokenForACRAccessToken_fail",
        401,
        LOGIN_REFUSED,
        _NOTHING,
        undecided=REGISTRY_DEPENDENT,
    ),
    "root": RecordedAnswer("Go, December 2022: CheckDockerV2Support", 200, DOCUMENT, _json(2), content=b"{}"),
    "catalog page": RecordedAnswer(
        _JANUARY + "NewListRepositoriesPager",
        200,
        PAGE,
        _json(28, Link='</acr/v1/_catalog?last=alpine&n=1&orderby=>; rel="next"'),
        ("repositories",),
    ),
    "catalog's last page": RecordedAnswer(
        _JANUARY + "NewListRepositoriesPager", 200, DOCUMENT, _json(28), ("repositories",)
    ),
    "repository": RecordedAnswer(_AUGUST + "GetRepositoryProperties", 200, DOCUMENT, _json(), _REPOSITORY_KEYS),
    "repository unknown": RecordedAnswer(_AUGUST + "GetRepositoryProperties", 404, DOCUMENT, _json(88), _ERROR),
    "repository changed": RecordedAnswer(
        _AUGUST + "UpdateRepositoryProperties", 200, DOCUMENT, _json(), _REPOSITORY_KEYS
    ),
    "repository to change unknown": RecordedAnswer(
        _AUGUST + "UpdateRepositoryProperties", 404, DOCUMENT, _json(94), _ERROR
    ),
    "repository deleted": RecordedAnswer(
        _JANUARY + "DeleteRepository",
        202,
        REPOSITORY_DELETED,
        _json(),
        ("manifestsDeleted", "tagsDeleted"),
        undecided=REGISTRY_DEPENDENT,
    ),
    "repository to delete unknown": RecordedAnswer(
        _PYTHON + "test_delete_repository_does_not_exist",
        404,
        REPOSITORY_DELETED,
        _json(122),
        (*_ERROR, "errors.detail", "errors.detail.name"),
        undecided=frozenset(_IDS),
    ),
    "tags": RecordedAnswer(_AUGUST + "NewListTagsPager", 200, DOCUMENT, _json(), (*_OF, *_members("tags", *_TAG))),
    "tags of an unknown repository": RecordedAnswer(
        _JANUARY + "NewListTagsPager_wrongRepositoryName", 404, DOCUMENT, _json(88), _ERROR
    ),
    "tag": RecordedAnswer(_JANUARY + "DeleteManifest", 200, DOCUMENT, _json(379), (*_OF, *_members("tag", *_TAG))),
    "tag changed": RecordedAnswer(
        _AUGUST + "UpdateTagProperties", 200, DOCUMENT, _json(), (*_OF, *_members("tag", *_TAG))
    ),
    "tag to change unknown": RecordedAnswer(_AUGUST + "UpdateTagProperties", 404, DOCUMENT, _json(81), _ERROR),
    "tag unknown": RecordedAnswer(_PYTHON + "test_delete_tag", 404, DOCUMENT, _json(81), _ERROR),
    "tag deleted": RecordedAnswer(_JANUARY + "DeleteTag", 202, UNTAGGED, _NOTHING, undecided=REGISTRY_DEPENDENT),
    "manifests": RecordedAnswer(
        _AUGUST + "NewListManifestsPager", 200, DOCUMENT, _json(), (*_OF, *_members("manifests", *_MANIFEST))
    ),
    "manifests, many": RecordedAnswer(
        _JANUARY + "NewListManifestsPager", 200, LONG, _json(), (*_OF, *_members("manifests", *_UNTAGGED_MANIFEST))
    ),
    "manifests of an unknown repository": RecordedAnswer(
        _JANUARY + "NewListManifestsPager_wrongRepositoryName", 404, DOCUMENT, _json(88), _ERROR
    ),
    "manifest's properties changed": RecordedAnswer(
        _AUGUST + "UpdateManifestProperties", 200, DOCUMENT, _json(), (*_OF, *_members("manifest", *_MANIFEST))
    ),
    "manifest's properties": RecordedAnswer(
        _AUGUST + "GetManifestProperties", 200, DOCUMENT, _json(), (*_OF, *_members("manifest", *_MANIFEST))
    ),
    "manifest's properties, malformed digest": RecordedAnswer(
        _AUGUST + "GetManifestProperties", 404, UNROUTED, _TEXT, content=_MISS
    ),
    "manifest": RecordedAnswer(_JANUARY + "GetManifest", 200, MANIFEST),
    "manifest under an unknown tag": RecordedAnswer(
        _JANUARY + "GetManifest_wrongTag",
        404,
        V2_DOCUMENT,
        _json(128),
        (*_ERROR, "errors.detail", "errors.detail.Tag"),
    ),
    "manifest pushed": RecordedAnswer(_JANUARY + "UploadManifest", 201, CREATED, _NOTHING),
    "manifest deleted": RecordedAnswer(
        _JANUARY + "DeleteManifest", 202, DELETED, _NOTHING, undecided=REGISTRY_DEPENDENT
    ),
    "manifest deleted by tag": RecordedAnswer(
        _JANUARY + "DeleteManifest_wrongDigest",
        405,
        V2_DOCUMENT,
        _json(90),
        _ERROR,
        undecided=REGISTRY_DEPENDENT,
    ),
    "manifest to delete unknown": RecordedAnswer(
        _PYTHON + "test_delete_manifest_does_not_exist",
        404,
        REPOSITORY_DELETED,
        _json(147),
        _ERROR,
        undecided=frozenset(_IDS),
    ),
    "manifest to delete, malformed digest": RecordedAnswer(
        _JANUARY + "DeleteManifest", 404, UNROUTED, _TEXT, content=_MISS
    ),
    "blob's size": RecordedAnswer(_AUGUST + "CheckChunkExists", 200, BLOB, {**_OCTETS, "Content-Length": "417"}),
    "blob's size, malformed digest": RecordedAnswer(_AUGUST + "CheckBlobExists_fail", 404, UNROUTED, _TEXT),
    "blob": RecordedAnswer(_NET + "CanGetBlobLocation", 307, REDIRECT, {"Content-Type": "text/html; charset=utf-8"}),
    "blob stored": RecordedAnswer(
        _AUGUST + "CompleteUpload_wrongDigest", 200, STORED, {**_OCTETS, "Content-Length": "417"}
    ),
    "blob stored, a range past the end": RecordedAnswer(
        _AUGUST + "GetChunk",
        206,
        STORED_RANGE,
        {**_OCTETS, "Content-Length": "417", "Content-Range": "bytes 0-416/417"},
    ),
    "blob deleted": RecordedAnswer(_NET + "CanGetBlobLocation", 202, DELETED, _NOTHING),
    "blob to delete unknown": RecordedAnswer(
        "Python, May 2023: test_delete_blob_does_not_exist",
        404,
        REPOSITORY_DELETED,
        _json(74),
        _ERROR,
        undecided=frozenset(_IDS),
    ),
    "blob to delete, malformed digest": RecordedAnswer(
        _AUGUST + "DeleteBlob_fail", 404, UNROUTED, _TEXT, content=_MISS
    ),
    "upload started": RecordedAnswer(_JANUARY + "CancelUpload", 202, UPLOAD, {**_NOTHING, "Range": "0-0"}),
    "chunk appended": RecordedAnswer(
        _AUGUST + "CompleteUpload_wrongDigest", 202, UPLOAD, {**_NOTHING, "Range": "0-416"}
    ),
    "chunk refused": RecordedAnswer(
        _AUGUST + "CompleteUpload_uploadByChunkFailOver",
        416,
        V2_DOCUMENT,
        _json(169),
        (*_ERROR, "errors.detail", "errors.detail.Range", "errors.detail.Reason"),
    ),
    "upload finished": RecordedAnswer(_NET + "CanGetBlobLocation", 201, CREATED, _NOTHING),
    "upload finished, malformed digest": RecordedAnswer(
        _AUGUST + "CompleteUpload_wrongDigest", 400, V2_DOCUMENT, _json(131), (*_ERROR, "errors.detail")
    ),
    "upload's status": RecordedAnswer(_JANUARY + "GetUploadStatus", 204, STATUS, {"Range": "0-0"}),
    "upload cancelled": RecordedAnswer(_JANUARY + "CancelUpload", 204, CANCELLED),
    "blob mounted": RecordedAnswer(_AUGUST + "MountBlob", 201, CREATED, _NOTHING),
    "mount begins an upload": RecordedAnswer(_JANUARY + "MountBlob", 202, UPLOAD, {**_NOTHING, "Range": "0-0"}),
    "front end": RecordedAnswer(_JANUARY + "GetUploadStatus_fail", 404, FRONT_END, _NOT_FOUND, content=b"Not found"),
}
"""By kind of request. `values` has a Content-Length only if our names are as long as the recorded
ones."""

CONSTANT = {
    "Docker-Distribution-Api-Version": "registry/2.0",
    "Strict-Transport-Security": HSTS,
    "X-Content-Type-Options": "nosniff",
    "X-Ms-Client-Request-Id": "",
    "X-Ms-Ratelimit-Remaining-Calls-Per-Second": "8.000000",
    "x-ms-blob-committed-block-count": "1",
    "x-ms-blob-type": "AppendBlob",
    "x-ms-copy-status": "success",
    "x-ms-lease-state": "available",
    "x-ms-lease-status": "unlocked",
    "x-ms-server-encrypted": "true",
    "x-ms-version": "2018-03-28",
}
"""Values wherever the name stands, in each of its lines; the client sent no id, and it was its
first delete."""

EXPOSED = ["Docker-Content-Digest", "Link", "WWW-Authenticate", "X-Ms-Correlation-Request-Id"]
"""Values of the four Access-Control-Expose-Headers, sorted."""

SERVER = ["AzureContainerRegistry"]
"""Of the registry since 2024; until January of it, openresty."""

STORAGE_SERVER = ["Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0"]
"""Of storage: the recording has the two products of one line as two values."""
