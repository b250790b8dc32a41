"""Errors of Azure Storage, in both profiles (acr-behaviour 8.3).

Sources: recorded exchanges of the Azure SDKs with Azure Storage, and azure-sdk-for-net#10827, whose
lengths these bodies have: InvalidRange 249, BlobNotFound 215, AuthorizationPermissionMismatch 279
and UnsupportedHttpVerb 237 bytes. That a registry's account answers the same is [I].
"""

from typing import Final

from fake_registry.spec import errors as e
from fake_registry.spec.endpoints import EndpointName
from fake_registry.wire.error_rows import Facts, Table, XmlRow

_STORAGE: Final = EndpointName.STORAGE_BLOB


def _lacks_permission(facts: Facts) -> bool:
    return "permission" in facts


STORAGE_ERRORS: Final[Table] = {
    (e.BlobUnknown, _STORAGE): (XmlRow(404, "BlobNotFound", "The specified blob does not exist."),),
    (e.RangeUnsatisfiable, _STORAGE): (
        XmlRow(
            416,
            "InvalidRange",
            "The range specified is invalid for the current size of the resource.",
        ),
    ),
    # The answer to an Authorization header. It is never 401, which the Azure SDK would take for a
    # registry's challenge (acr-behaviour 8.3, 15.2).
    (e.Unsupported, _STORAGE): (
        XmlRow(
            400,
            "InvalidAuthenticationInfo",
            "Authentication information is not given in the correct format. Check the value of Authorization header.",
            versioned=False,
        ),
    ),
    (e.Denied, _STORAGE): (
        XmlRow(
            403,
            "AuthorizationPermissionMismatch",
            "This request is not authorized to perform this operation using this permission.",
            when=_lacks_permission,
        ),
        XmlRow(
            403,
            "AuthenticationFailed",
            "Server failed to authenticate the request. Make sure the value of Authorization "
            "header is formed correctly including the signature.",
            versioned=False,
        ),
    ),
    (e.MethodUnsupported, _STORAGE): (
        XmlRow(
            405,
            "UnsupportedHttpVerb",
            "The resource doesn't support specified Http Verb.",
            versioned=False,
        ),
    ),
    (e.TooManyRequests, _STORAGE): (XmlRow(503, "ServerBusy", "The server is busy."),),
}
