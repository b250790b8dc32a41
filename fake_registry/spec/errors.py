"""Errors of a registry, a class for each code. Status codes and wording are in `wire`.

RegistryError
├── BlobUnknown              BLOB_UNKNOWN            distribution-spec code-1
├── BlobUploadInvalid        BLOB_UPLOAD_INVALID     code-2
│   └── BlobUploadRangeInvalid   BLOB_UPLOAD_RANGE_INVALID   ACR's word for a chunk out of order
├── BlobUploadUnknown        BLOB_UPLOAD_UNKNOWN     code-3
├── DigestInvalid            DIGEST_INVALID          code-4
├── ManifestBlobUnknown      MANIFEST_BLOB_UNKNOWN   code-5
├── ManifestInvalid          MANIFEST_INVALID        code-6
│   └── ManifestTooLarge     MANIFEST_INVALID        with a status of its own in the specification (413)
├── ManifestUnknown          MANIFEST_UNKNOWN        code-7
│   └── ManifestNotAcceptable    MANIFEST_UNKNOWN    its type is not in the Accept header
├── NameInvalid              NAME_INVALID            code-8
├── NameUnknown              NAME_UNKNOWN            code-9
├── SizeInvalid              SIZE_INVALID            code-10
├── Unauthorized             UNAUTHORIZED            code-11
├── Denied                   DENIED                  code-12
├── Unsupported              UNSUPPORTED             code-13
├── TooManyRequests          TOOMANYREQUESTS         code-14
├── TagInvalid               TAG_INVALID             ACR and CNCF distribution
├── TagUnknown               TAG_UNKNOWN             ACR
├── PageInvalid              PAGINATION_NUMBER_INVALID   CNCF distribution
├── RangeUnsatisfiable       RANGE_INVALID           a download's Range, RFC 9110 §15.5.17
├── AttributesInvalid        UNSUPPORTED             malformed body of a PATCH
├── OperationDisallowed      REGISTRY_DISALLOWED_OPERATION   ACR: locked
├── RouteUnknown             NAME_UNKNOWN            no endpoint has this path
├── MethodUnsupported        UNSUPPORTED             the path has no endpoint for this method
└── FieldTooLarge            UNSUPPORTED             a header field, RFC 6585 §5
"""

from enum import Enum
from typing import Any, ClassVar, Final

from fake_registry.spec.redaction import redact_text
from fake_registry.spec.text import printable


class _Absent(Enum):
    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent.ABSENT
"""No `detail` key on the wire, which differs from `"detail": null`."""

NO_CREDENTIALS: Final = "no credentials"
"""The fact `failure` of an `Unauthorized` for a call without a token."""

Detail = object
"""Any JSON value, or `ABSENT`."""


class RegistryError(Exception):
    """The registry refuses a request.

    `facts` have names and values from the request and the registry, never content or a token.
    `detail` replaces the detail that the wording derives from the facts. One error may have several
    `entries` of its class, such as one for each missing blob.
    """

    code: ClassVar[str]

    def __init__(
        self,
        reason: str = "",
        *,
        detail: Detail = ABSENT,
        entries: "tuple[RegistryError, ...]" = (),
        **facts: object,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.facts: dict[str, Any] = facts  # Any: see the docstring of each class
        self._entries = entries

    @property
    def entries(self) -> "tuple[RegistryError, ...]":
        """The entries on the wire: the error itself, unless it was made with several."""
        return self._entries or (self,)

    def __str__(self) -> str:
        found = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        text = ": ".join(part for part in (self.code, self.reason, found) if part)
        return printable(redact_text(text))  # reason and facts may be another registry's words


class BlobUnknown(RegistryError):
    """No such blob in this repository. Facts: repository, digest."""

    code = "BLOB_UNKNOWN"


class BlobUploadInvalid(RegistryError):
    """The upload's state is not the one in the request. Facts: upload, seen, offset."""

    code = "BLOB_UPLOAD_INVALID"


class BlobUploadRangeInvalid(BlobUploadInvalid):
    """A chunk does not start at the upload's end, or its Content-Range is malformed.

    Facts: content_range, and offset unless it is malformed.
    """

    code = "BLOB_UPLOAD_RANGE_INVALID"


class BlobUploadUnknown(RegistryError):
    """No such upload in this repository. Facts: repository, upload."""

    code = "BLOB_UPLOAD_UNKNOWN"


class DigestInvalid(RegistryError):
    """A digest is malformed, of an unsupported algorithm, or not that of the content.

    Facts: digest or algorithm, found.
    """

    code = "DIGEST_INVALID"


class ManifestBlobUnknown(RegistryError):
    """A manifest refers to an unknown blob or manifest. Facts: digest."""

    code = "MANIFEST_BLOB_UNKNOWN"


class ManifestInvalid(RegistryError):
    """A manifest is malformed, or not of its media type. See the reason."""

    code = "MANIFEST_INVALID"


class ManifestTooLarge(ManifestInvalid):
    """A manifest has more bytes than the registry accepts. Facts: limit."""

    code = "MANIFEST_INVALID"


class ManifestUnknown(RegistryError):
    """No such manifest in this repository. Facts: repository, and digest or tag."""

    code = "MANIFEST_UNKNOWN"


class ManifestNotAcceptable(ManifestUnknown):
    """The manifest's media type is not in the Accept header. Facts: repository, media_type."""

    code = "MANIFEST_UNKNOWN"


class NameInvalid(RegistryError):
    """A repository's name is malformed. Facts: name."""

    code = "NAME_INVALID"


class NameUnknown(RegistryError):
    """No such repository. Facts: repository."""

    code = "NAME_UNKNOWN"


class SizeInvalid(RegistryError):
    """A body is not as long as announced. Facts: expected, found."""

    code = "SIZE_INVALID"


class Unauthorized(RegistryError):
    """The caller is unknown, or its token lacks a scope. Facts: access, scopes, challenge, error, failure."""

    code = "UNAUTHORIZED"


class Denied(RegistryError):
    """The caller is known and has no permission."""

    code = "DENIED"


class Unsupported(RegistryError):
    """The registry does not support this. See the reason."""

    code = "UNSUPPORTED"


class TooManyRequests(RegistryError):
    """The caller should wait. Facts: retry_after, in seconds."""

    code = "TOOMANYREQUESTS"


class TagInvalid(RegistryError):
    """A tag is malformed. Facts: tag."""

    code = "TAG_INVALID"


class TagUnknown(RegistryError):
    """No such tag. Facts: repository, tag."""

    code = "TAG_UNKNOWN"


class PageInvalid(RegistryError):
    """`n`, `last` or `orderby` is invalid. Facts: the invalid one."""

    code = "PAGINATION_NUMBER_INVALID"


class RangeUnsatisfiable(RegistryError):
    """No byte of the content is in the requested range. Facts: range, size."""

    code = "RANGE_INVALID"


class AttributesInvalid(RegistryError):
    """The body of a PATCH is malformed. See the reason."""

    code = "UNSUPPORTED"


class OperationDisallowed(RegistryError):
    """An attribute forbids the operation. Facts: repository, attribute, reference."""

    code = "REGISTRY_DISALLOWED_OPERATION"


class RouteUnknown(RegistryError):
    """No endpoint has this path. Facts: path."""

    code = "NAME_UNKNOWN"


class MethodUnsupported(RegistryError):
    """The path has no endpoint for this method. Facts: method, allowed."""

    code = "UNSUPPORTED"


class FieldTooLarge(RegistryError):
    """A header field is longer than the registry accepts. Facts: limit, in bytes."""

    code = "UNSUPPORTED"
