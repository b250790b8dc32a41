"""What can go wrong at a registry, one class per code. Status codes and wording are `wire.errors`'.

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
│   └── ManifestNotAcceptable    MANIFEST_UNKNOWN    it is there, in a type that the Accept header does not name
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
├── AttributesInvalid        UNSUPPORTED             a PATCH body that is no set of attributes
├── OperationDisallowed      REGISTRY_DISALLOWED_OPERATION   ACR: locked
├── RouteUnknown             NAME_UNKNOWN            no endpoint has this path
└── MethodUnsupported        UNSUPPORTED             the endpoint is there, the method is not
"""

from enum import Enum
from typing import Any, ClassVar, Final


class _Absent(Enum):
    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent.ABSENT
"""No `detail` key at all on the wire, which differs from `"detail": null`."""

Detail = object
"""Any JSON value, or `ABSENT`."""


class RegistryError(Exception):
    """The registry refuses. `facts` name what was asked and what was found; never content or a token.

    `detail` is what stands under that key on the wire where the wording itself does not derive it from the facts.
    One raise may carry several `entries`, one per missing blob, each an error of the same class.
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
        self.facts: dict[str, Any] = facts  # Any: what each class says of its own
        self._entries = entries

    @property
    def entries(self) -> "tuple[RegistryError, ...]":
        """What one raise has to say: itself, unless it was given several."""
        return self._entries or (self,)

    def __str__(self) -> str:
        found = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return ": ".join(part for part in (self.code, self.reason, found) if part)


class BlobUnknown(RegistryError):
    """No such blob in this repository. Facts: repository, digest."""

    code = "BLOB_UNKNOWN"


class BlobUploadInvalid(RegistryError):
    """The upload cannot go on from where the caller thinks it is. Facts: upload, seen, offset."""

    code = "BLOB_UPLOAD_INVALID"


class BlobUploadRangeInvalid(BlobUploadInvalid):
    """A chunk does not start where the last one ended, or its Content-Range is ill-formed.

    Facts: content_range, and offset where the form was right.
    """

    code = "BLOB_UPLOAD_RANGE_INVALID"


class BlobUploadUnknown(RegistryError):
    """No such upload in this repository. Facts: repository, upload."""

    code = "BLOB_UPLOAD_UNKNOWN"


class DigestInvalid(RegistryError):
    """A digest is ill-formed, of an unsupported algorithm, or not that of the content.

    Facts: digest or algorithm, found.
    """

    code = "DIGEST_INVALID"


class ManifestBlobUnknown(RegistryError):
    """A manifest refers to a blob or manifest that is not in the repository. Facts: digest."""

    code = "MANIFEST_BLOB_UNKNOWN"


class ManifestInvalid(RegistryError):
    """A manifest is not what its media type says. The reason tells."""

    code = "MANIFEST_INVALID"


class ManifestTooLarge(ManifestInvalid):
    """A manifest has more bytes than the registry takes. Facts: limit."""

    code = "MANIFEST_INVALID"


class ManifestUnknown(RegistryError):
    """No such manifest in this repository. Facts: repository, and digest or tag."""

    code = "MANIFEST_UNKNOWN"


class ManifestNotAcceptable(ManifestUnknown):
    """The manifest is there, in a media type that the caller does not accept. Facts: repository, media_type."""

    code = "MANIFEST_UNKNOWN"


class NameInvalid(RegistryError):
    """A repository's name is ill-formed. Facts: name."""

    code = "NAME_INVALID"


class NameUnknown(RegistryError):
    """No such repository. Facts: repository."""

    code = "NAME_UNKNOWN"


class SizeInvalid(RegistryError):
    """A body is not as long as announced. Facts: expected, found."""

    code = "SIZE_INVALID"


class Unauthorized(RegistryError):
    """Who are you? Facts: scopes (text, as in a challenge), and for the journal only: failure."""

    code = "UNAUTHORIZED"


class Denied(RegistryError):
    """The caller is known and may not."""

    code = "DENIED"


class Unsupported(RegistryError):
    """The registry does not do this. The reason tells."""

    code = "UNSUPPORTED"


class TooManyRequests(RegistryError):
    """Come back later. Facts: retry_after, in seconds."""

    code = "TOOMANYREQUESTS"


class TagInvalid(RegistryError):
    """A tag is ill-formed. Facts: tag."""

    code = "TAG_INVALID"


class TagUnknown(RegistryError):
    """No such tag. Facts: repository, tag."""

    code = "TAG_UNKNOWN"


class PageInvalid(RegistryError):
    """`n` is not a page size, or `orderby` no order. Facts: n or orderby."""

    code = "PAGINATION_NUMBER_INVALID"


class RangeUnsatisfiable(RegistryError):
    """No byte of the content lies in the range that was asked. Facts: range, size."""

    code = "RANGE_INVALID"


class AttributesInvalid(RegistryError):
    """The body of a PATCH is not an object of booleans. The reason tells."""

    code = "UNSUPPORTED"


class OperationDisallowed(RegistryError):
    """A changeable attribute forbids it. Facts: repository, attribute, reference."""

    code = "REGISTRY_DISALLOWED_OPERATION"


class RouteUnknown(RegistryError):
    """No endpoint has this path. Facts: path."""

    code = "NAME_UNKNOWN"


class MethodUnsupported(RegistryError):
    """The endpoint does not take this method. Facts: method, allowed."""

    code = "UNSUPPORTED"
