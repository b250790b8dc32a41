"""Uploads in chunks, their status, their end, and mounts."""

from functools import partial
from typing import Final

from pytest_acr.harness.properties.property import SPEC, new_property

_CHUNKS: Final = f"{SPEC}, Pushing a blob in chunks"
_CANCEL: Final = "distribution-spec after v1.1.1 (main), Cancel a blob upload"
_MOUNT: Final = f"{SPEC}, Mounting a blob from another repository"


_property: Final = partial(new_property, area="uploads")


UPLOAD_START: Final = _property(
    "upload-start",
    "effect",
    "MUST",
    _CHUNKS,
    "A POST begins an upload: 202 with a Location.",
)
UPLOAD_UNIQUE: Final = _property(
    "upload-unique",
    "effect",
    "MUST",
    f"{SPEC}, POST then PUT (a unique session ID)",
    "Two uploads have different Locations.",
)
UPLOAD_CHUNK: Final = _property(
    "upload-chunk",
    "effect",
    "MUST",
    _CHUNKS,
    "A chunk that begins where the last one ended is 202.",
)
UPLOAD_STREAM: Final = _property(
    "upload-stream",
    "effect",
    "SHOULD",
    "distribution-spec v1.1.1, conformance suite, streamed upload",
    "A PATCH without Content-Range, the first one of an upload, is appended: 202.",
)
UPLOAD_LOCATION: Final = _property(
    "upload-location",
    "wording",
    "MUST",
    _CHUNKS,
    "The responses to a chunk and to a status have a Location.",
)
UPLOAD_RANGE: Final = _property(
    "upload-range",
    "wording",
    "MUST",
    _CHUNKS,
    "Range of the response to a chunk is 0-<last byte that has arrived>.",
)
UPLOAD_OUT_OF_ORDER: Final = _property(
    "upload-out-of-order",
    "effect",
    "MUST",
    _CHUNKS,
    "A chunk that leaves a gap, or repeats bytes that have arrived, is 416.",
)
UPLOAD_WRONG_LENGTH: Final = _property(
    "upload-wrong-length",
    "effect",
    "SHOULD",
    f"{_CHUNKS} (Content-Range is the range of the chunk); Error Codes (SIZE_INVALID)",
    "A chunk with fewer bytes than its Content-Range has is refused.",
)
UPLOAD_FINISH: Final = _property(
    "upload-finish",
    "effect",
    "MUST",
    _CHUNKS,
    "A PUT with the digest of all chunks, the last of which it may contain, is 201.",
)
UPLOAD_FINISH_OUT_OF_ORDER: Final = _property(
    "upload-finish-out-of-order",
    "effect",
    "MUST",
    _CHUNKS,
    "A PUT whose chunk is out of order is 416; 400 as in the table of endpoints is accepted.",
)
UPLOAD_STATUS: Final = _property(
    "upload-status",
    "effect",
    "MUST",
    _CHUNKS,
    "GET of an active upload is 204.",
)
UPLOAD_STATUS_RANGE: Final = _property(
    "upload-status-range",
    "effect",
    "MUST",
    _CHUNKS,
    "Range of an upload's status is 0-<last byte that has arrived>.",
)
UPLOAD_CANCEL: Final = _property(
    "upload-cancel",
    "wording",
    "SHOULD",
    _CANCEL,
    "A cancelled upload is answered 204.",
)
UPLOAD_GONE: Final = _property(
    "upload-gone",
    "effect",
    "SHOULD",
    f"{SPEC}, Endpoints (end-5, end-13)",
    "An upload that was finished or cancelled is 404.",
)
UPLOAD_GONE_CODE: Final = _property(
    "upload-gone-code",
    "wording",
    "SHOULD",
    f"{SPEC}, Error Codes",
    "The code of an upload that is gone is BLOB_UPLOAD_UNKNOWN.",
)
UPLOAD_OTHER_REPOSITORY: Final = _property(
    "upload-other-repository",
    "effect",
    "SHOULD",
    f"{SPEC}, Endpoints (end-13)",
    "An upload is not found in the path of another repository.",
)
UPLOAD_AFTER_WRONG_DIGEST: Final = _property(
    "upload-after-wrong-digest",
    "effect",
    "SHOULD",
    f"{_CHUNKS}; the documents leave open whether the upload ends",
    "After a PUT that is refused for a wrong digest, the upload is as it was before, or gone (404).",
)
UPLOAD_OLD_LOCATION: Final = _property(
    "upload-old-location",
    "effect",
    "ACR",
    "acr-behaviour 8.1",
    "A chunk without a range that is sent again to its old Location is 404, and not appended.",
)

MOUNT: Final = _property(
    "mount",
    "wording",
    "SHOULD",
    _MOUNT,
    "A blob that the other repository has is mounted: 201.",
    area="mounts",
)
MOUNT_STATUS: Final = _property(
    "mount-status",
    "wording",
    "SHOULD",
    _MOUNT,
    "A mount is 201, or 202 with the Location of an upload.",
    area="mounts",
)
MOUNT_LOCATION: Final = _property(
    "mount-location",
    "wording",
    "MUST",
    _MOUNT,
    "The Location of a mounted blob is a URL from which it can be pulled.",
    area="mounts",
)
MOUNT_ABSENT: Final = _property(
    "mount-absent",
    "effect",
    "MUST",
    _MOUNT,
    "A blob that no repository has is not mounted: the status is not 201.",
    area="mounts",
)
MOUNT_SOURCE: Final = _property(
    "mount-source",
    "effect",
    "ACR",
    "acr-behaviour 8.2",
    "A blob that the source lacks is not mounted: 202 begins an upload.",
    area="mounts",
)

UPLOADS: Final = (
    *(UPLOAD_START, UPLOAD_UNIQUE, UPLOAD_CHUNK, UPLOAD_STREAM, UPLOAD_LOCATION, UPLOAD_RANGE),
    *(UPLOAD_OUT_OF_ORDER, UPLOAD_WRONG_LENGTH, UPLOAD_FINISH, UPLOAD_FINISH_OUT_OF_ORDER, UPLOAD_STATUS),
    *(UPLOAD_STATUS_RANGE, UPLOAD_CANCEL, UPLOAD_GONE, UPLOAD_GONE_CODE),
    *(UPLOAD_OTHER_REPOSITORY, UPLOAD_OLD_LOCATION, UPLOAD_AFTER_WRONG_DIGEST),
)
MOUNTS: Final = (MOUNT, MOUNT_STATUS, MOUNT_LOCATION, MOUNT_ABSENT, MOUNT_SOURCE)
