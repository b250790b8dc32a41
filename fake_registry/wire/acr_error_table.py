"""ACR's status and wording of every error (acr-behaviour 2.3, 3.1 and 6).

[I] marks rows for which there is no recording; most are CNCF distribution's.
"""

from collections.abc import Callable
from typing import Final

from fake_registry.spec import errors as e
from fake_registry.spec import media_types
from fake_registry.spec.endpoints import EndpointName
from fake_registry.spec.errors import ABSENT, Detail
from fake_registry.wire import error_details as details
from fake_registry.wire.error_rows import (
    ANY,
    DetailRule,
    Facts,
    JsonRow,
    Row,
    Table,
    TextRow,
    always,
)

_PLAIN_TEXT: Final = "text/plain; charset=utf-8"
_VISIT: Final = "authentication required, visit https://aka.ms/acr/authorization for more information."
_VISIT_SINCE_2025: Final = f"{_VISIT} CorrelationId: {{correlation_id}}"
"""The message of a refused login: support finds the request by this id."""
_FIREWALL: Final = (
    "client with IP '{address}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."
)
_NGINX_PAGE: Final = b"\r\n".join(
    [
        b"<html>",
        b"<head><title>400 Request Header Or Cookie Too Large</title></head>",
        b"<body>",
        b"<center><h1>400 Bad Request</h1></center>",
        b"<center>Request Header Or Cookie Too Large</center>",
        b"<hr><center>nginx</center>",
        b"</body>",
        b"</html>",
        b"",
    ]
)
"""The front end's page (Azure/acr#797). Its title was seen, the rest is nginx's own [I]."""

_DISALLOWED: Final = (
    "The operation is disallowed on this registry, repository or image. "
    "View troubleshooting steps at "
    "https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation-"
)
"""The address ends in a hyphen since 2026. Seen for a push to a locked tag, elsewhere [I]."""


def _json(
    status: int,
    code: str,
    message: str,
    detail: DetailRule | Detail = ABSENT,
) -> tuple[Row, ...]:
    return (JsonRow(status, code, message, detail),)


def _not_acceptable(message: str, when: Callable[[Facts], bool]) -> Row:
    return JsonRow(404, "MANIFEST_UNKNOWN", message, when=when)


def _unauthorized_row(
    message: str,
    content_type: str,
    when: Callable[[Facts], bool] = always,
) -> Row:
    return JsonRow(401, "UNAUTHORIZED", message, when=when, content_type=content_type)


_NO_ROLE: Final = details.facts_equal(kind="no role")

_REFUSED_EXCHANGE: Final = (
    _unauthorized_row(_VISIT_SINCE_2025, "application/json", _NO_ROLE),
    _unauthorized_row(_VISIT, "application/json", _NO_ROLE),
    _unauthorized_row("token validation failed", "application/json"),
)
"""acr-behaviour 3.3, as recorded in 2026. For a malformed form it is [I]."""

_REFUSED_TOKEN: Final = (
    TextRow(401, "", b"", details.facts_equal(kind="refresh token")),
    _unauthorized_row(_VISIT_SINCE_2025, _PLAIN_TEXT),
    _unauthorized_row(_VISIT, _PLAIN_TEXT),
)
"""acr-behaviour 3.4. For anonymous callers the body is [I], for a malformed form all of it."""

_REPOSITORY_NAMED: Final = (
    JsonRow(404, "NAME_UNKNOWN", 'repository "{repository}" is not found'),
    JsonRow(404, "NAME_UNKNOWN", "repository name not known to registry"),
)

_BLOBS: Final[Table] = {
    (e.BlobUnknown, ANY): _json(404, "BLOB_UNKNOWN", "blob unknown to registry"),
    (e.BlobUploadInvalid, ANY): _json(404, "BLOB_UPLOAD_INVALID", "blob upload invalid"),
    (e.BlobUploadRangeInvalid, ANY): _json(
        416,
        "BLOB_UPLOAD_RANGE_INVALID",
        "blob upload range invalid",
        details.chunk_failure,
    ),
    # The recording has an object here, but its content was not kept. In CNCF distribution it is
    # empty [I].
    (e.BlobUploadUnknown, ANY): _json(
        404,
        "BLOB_UPLOAD_UNKNOWN",
        "blob upload unknown to registry",
        {},
    ),
    (e.DigestInvalid, ANY): _json(
        400,
        "DIGEST_INVALID",
        "provided digest did not match uploaded content",
        details.digest_failure,
    ),
}

_TAG_UNKNOWN: Final = JsonRow(
    404,
    "MANIFEST_UNKNOWN",
    'manifest tagged by "{tag}" is not found',
    details.object_with(Tag="tag"),
)
_MANIFEST_UNKNOWN: Final = JsonRow(404, "MANIFEST_UNKNOWN", "manifest unknown")

_MANIFEST_PULLED: Final = (
    _TAG_UNKNOWN,
    JsonRow(
        404,
        "MANIFEST_UNKNOWN",
        "manifest {digest} is not found",
        details.object_with(Name="repository", Revision="digest"),
    ),
    _MANIFEST_UNKNOWN,
)
"""Azure/acr-cli#459: a pull by digest has a detail, unlike a delete."""

_MANIFESTS: Final[Table] = {
    (e.ManifestBlobUnknown, ANY): _json(
        400,
        "MANIFEST_BLOB_UNKNOWN",
        "blob unknown to registry",
        details.fact("digest"),
    ),
    (e.ManifestInvalid, ANY): _json(400, "MANIFEST_INVALID", "manifest invalid", details.reason),
    (e.ManifestTooLarge, ANY): _json(
        400,
        "MANIFEST_INVALID",
        "manifest invalid",
        "http: request body too large",
    ),
    # Recorded for DELETE.
    (e.ManifestUnknown, ANY): (
        _TAG_UNKNOWN,
        JsonRow(404, "MANIFEST_UNKNOWN", "manifest {digest} is not found"),
        _MANIFEST_UNKNOWN,
    ),
    (e.ManifestUnknown, EndpointName.MANIFEST_GET): _MANIFEST_PULLED,
    (e.ManifestUnknown, EndpointName.MANIFEST_HEAD): _MANIFEST_PULLED,
    # Recorded for GET in 2026; for PATCH by analogy [I].
    (e.ManifestUnknown, EndpointName.ACR_MANIFEST_GET): (_MANIFEST_UNKNOWN,),
    (e.ManifestUnknown, EndpointName.ACR_MANIFEST_UPDATE): (_MANIFEST_UNKNOWN,),
    (e.ManifestNotAcceptable, ANY): (
        _not_acceptable(
            "OCI manifest found, but accept header does not support OCI manifests",
            details.facts_equal(media_type=media_types.OCI_MANIFEST),
        ),
        # CNCF distribution's text [I].
        _not_acceptable(
            "OCI index found, but accept header does not support OCI indexes",
            details.facts_equal(media_type=media_types.OCI_INDEX),
        ),
        JsonRow(
            404,
            "MANIFEST_UNKNOWN",
            "manifest found, but accept header does not support its media type",
        ),  # [I]
    ),
}

_NAMES: Final[Table] = {
    (e.NameInvalid, ANY): _json(400, "NAME_INVALID", "invalid repository name"),  # [I]
    (e.NameUnknown, ANY): _json(
        404,
        "NAME_UNKNOWN",
        "repository name not known to registry",
        details.object_with(name="repository"),
    ),
    (e.NameUnknown, EndpointName.ACR_REPOSITORY_GET): _REPOSITORY_NAMED,
    (e.NameUnknown, EndpointName.ACR_REPOSITORY_UPDATE): _REPOSITORY_NAMED,
    (e.NameUnknown, EndpointName.ACR_TAGS_LIST): _REPOSITORY_NAMED,
    (e.NameUnknown, EndpointName.ACR_MANIFESTS_LIST): _REPOSITORY_NAMED,
    (e.NameUnknown, EndpointName.ACR_MANIFEST_GET): _REPOSITORY_NAMED,
    (e.NameUnknown, EndpointName.ACR_MANIFEST_UPDATE): _REPOSITORY_NAMED,
}

_ACCESS: Final[Table] = {
    (e.SizeInvalid, ANY): _json(
        400,
        "SIZE_INVALID",
        "provided length did not match content length",
    ),  # [I]
    (e.Unauthorized, ANY): _json(401, "UNAUTHORIZED", _VISIT, details.missing_access_or_null),
    (e.Unauthorized, EndpointName.OAUTH_EXCHANGE): _REFUSED_EXCHANGE,
    (e.Unauthorized, EndpointName.OAUTH_TOKEN): _REFUSED_TOKEN,
    (e.Denied, ANY): (
        JsonRow(403, "DENIED", _FIREWALL),
        JsonRow(403, "DENIED", "requested access to the resource is denied"),  # [I]
    ),
    (e.Unsupported, ANY): _json(405, "UNSUPPORTED", "The operation is unsupported."),  # [I]
    (e.Unsupported, EndpointName.MANIFEST_DELETE): _json(
        405,
        "UNSUPPORTED",
        "A manifest can only be deleted by digest.",
    ),
    (e.Unsupported, EndpointName.OAUTH_TOKEN): (TextRow(400, "", b""),),  # an empty scope
    (e.TooManyRequests, ANY): _json(429, "TOOMANYREQUESTS", "too many requests"),
}

_REST: Final[Table] = {
    (e.TagInvalid, ANY): _json(400, "TAG_INVALID", "manifest tag did not match URI"),  # [I]
    (e.TagUnknown, ANY): _json(404, "TAG_UNKNOWN", "the specified tag does not exist"),
    # [I]: CNCF distribution's words, nothing recorded (acr-behaviour 18).
    (e.PageInvalid, ANY): _json(
        400,
        "PAGINATION_NUMBER_INVALID",
        "invalid number of results requested",
        details.page_parameters,
    ),
    # [I]: likewise.
    (e.RangeUnsatisfiable, ANY): _json(
        416,
        "RANGE_INVALID",
        "invalid content range",
        details.object_with(Range="range"),
    ),
    # [I]: nothing recorded (acr-behaviour 18).
    (e.AttributesInvalid, ANY): _json(
        400,
        "UNSUPPORTED",
        "invalid changeable attributes",
        details.reason,
    ),
    (e.OperationDisallowed, ANY): _json(405, "REGISTRY_DISALLOWED_OPERATION", _DISALLOWED, {}),
    (e.RouteUnknown, ANY): (
        TextRow(404, "", b"", details.is_at_login),  # Azure/acr#166; the body is [I]
        TextRow(404, _PLAIN_TEXT, b"404 page not found\n", details.is_forwarded),
        TextRow(404, "application/octet-stream", b"Not found"),
    ),
    # gorilla/handlers, which CNCF distribution uses [I].
    (e.MethodUnsupported, ANY): (TextRow(405, _PLAIN_TEXT, b"Method not allowed\n"),),
    (e.FieldTooLarge, ANY): (TextRow(400, "text/html", _NGINX_PAGE),),
}

ACR_ERRORS: Final[Table] = {**_BLOBS, **_MANIFESTS, **_NAMES, **_ACCESS, **_REST}
"""In the order of `spec.errors`."""
