"""Status and wording of every error: one table for each profile.

Sources: for ACR see `acr_error_table`, for its storage account `storage_error_table`;
distribution-spec v1.1.1, Error Codes.
"""

from collections.abc import Mapping
from typing import Final

from fake_registry.settings import Profile
from fake_registry.spec import errors as e
from fake_registry.spec.endpoints import EndpointName
from fake_registry.wire import error_details as details
from fake_registry.wire.acr_error_table import ACR_ERRORS
from fake_registry.wire.error_rows import ANY, DetailRule, JsonRow, Row, Table
from fake_registry.wire.storage_error_table import STORAGE_ERRORS


def _oci(
    status: int,
    code: str,
    message: str,
    detail: DetailRule = details.reason_and_facts,
) -> tuple[Row, ...]:
    return (JsonRow(status, code, message, detail),)


# "The code field MUST be one of" fourteen. For other errors the nearest code is used, with a
# message of its own. Statuses are from the specification's table of endpoints where it has some.
_OCI: Final[Table] = {
    (e.BlobUnknown, ANY): _oci(404, "BLOB_UNKNOWN", "blob unknown to registry"),
    (e.BlobUploadInvalid, ANY): _oci(404, "BLOB_UPLOAD_INVALID", "blob upload invalid"),
    (e.BlobUploadRangeInvalid, ANY): _oci(416, "BLOB_UPLOAD_INVALID", "blob upload out of order"),
    (e.BlobUploadUnknown, ANY): _oci(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry"),
    (e.DigestInvalid, ANY): _oci(
        400,
        "DIGEST_INVALID",
        "provided digest did not match uploaded content",
    ),
    (e.ManifestBlobUnknown, ANY): _oci(
        404,
        "MANIFEST_BLOB_UNKNOWN",
        "manifest references a manifest or blob unknown to registry",
    ),
    (e.ManifestInvalid, ANY): _oci(400, "MANIFEST_INVALID", "manifest invalid"),
    (e.ManifestTooLarge, ANY): _oci(413, "MANIFEST_INVALID", "manifest too large"),
    (e.ManifestUnknown, ANY): _oci(404, "MANIFEST_UNKNOWN", "manifest unknown to registry"),
    (e.ManifestNotAcceptable, ANY): _oci(
        404,
        "MANIFEST_UNKNOWN",
        "manifest found, but accept header does not support its media type",
    ),
    (e.NameInvalid, ANY): _oci(400, "NAME_INVALID", "invalid repository name"),
    (e.NameUnknown, ANY): _oci(404, "NAME_UNKNOWN", "repository name not known to registry"),
    (e.SizeInvalid, ANY): _oci(400, "SIZE_INVALID", "provided length did not match content length"),
    (e.Unauthorized, ANY): _oci(
        401,
        "UNAUTHORIZED",
        "authentication required",
        details.missing_access_or_absent,
    ),
    (e.Denied, ANY): _oci(403, "DENIED", "requested access to the resource is denied"),
    (e.Unsupported, ANY): _oci(405, "UNSUPPORTED", "the operation is unsupported"),
    (e.Unsupported, EndpointName.OAUTH_TOKEN): _oci(400, "UNSUPPORTED", "unsupported request"),
    (e.TooManyRequests, ANY): _oci(429, "TOOMANYREQUESTS", "too many requests"),
    (e.TagInvalid, ANY): _oci(400, "MANIFEST_INVALID", "tag invalid"),
    (e.TagUnknown, ANY): _oci(404, "MANIFEST_UNKNOWN", "tag unknown to registry"),
    (e.PageInvalid, ANY): _oci(400, "UNSUPPORTED", "invalid page of a list"),
    (e.RangeUnsatisfiable, ANY): _oci(
        416,
        "SIZE_INVALID",
        "no byte of the content is in the range",
    ),
    (e.AttributesInvalid, ANY): _oci(400, "UNSUPPORTED", "invalid changeable attributes"),
    # 405, as where "deletion is disabled" (Deleting tags, manifests, blobs).
    (e.OperationDisallowed, ANY): _oci(405, "DENIED", "a lock forbids the operation"),
    (e.RouteUnknown, ANY): _oci(404, "NAME_UNKNOWN", "no endpoint has this path"),
    (e.MethodUnsupported, ANY): _oci(405, "UNSUPPORTED", "the endpoint does not take this method"),
    (e.FieldTooLarge, ANY): _oci(400, "UNSUPPORTED", "a header field is too large"),
}

TABLES: Final[Mapping[Profile, Table]] = {
    "acr": {**STORAGE_ERRORS, **ACR_ERRORS},
    "oci": {**STORAGE_ERRORS, **_OCI},
}
