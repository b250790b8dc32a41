"""Blobs: pulling, parts, existence, deletion, and pushing in one piece."""

from typing import Final

from pytest_acr.harness.properties.property import SPEC, Property

_PULL: Final = f"{SPEC}, Pulling blobs"
_HEAD: Final = f"{SPEC}, Checking if content exists in the registry"
_PUSH: Final = f"{SPEC}, Pushing a blob monolithically"
_DELETE: Final = f"{SPEC}, Deleting Blobs"

BLOB_GET: Final = Property(
    id="blob-get",
    area="blobs",
    kind="effect",
    level="MUST",
    section=_PULL,
    sentence="GET of a blob that was pushed is 200 with exactly its bytes.",
)
BLOB_DIGEST_HEADER: Final = Property(
    id="blob-digest-header",
    area="blobs",
    kind="wording",
    level="SHOULD",
    section=f"{_PULL}; Checking if content exists in the registry",
    sentence="GET and HEAD of a blob have a Docker-Content-Digest.",
)
BLOB_GET_DIGEST: Final = Property(
    id="blob-get-digest",
    area="blobs",
    kind="wording",
    level="MUST",
    section=_PULL,
    sentence="Docker-Content-Digest of GET of a blob, if present, is a digest of its bytes.",
)
BLOB_HEAD: Final = Property(
    id="blob-head",
    area="blobs",
    kind="effect",
    level="MUST",
    section=_HEAD,
    sentence="HEAD of a blob that was pushed is 200.",
)
BLOB_HEAD_LENGTH: Final = Property(
    id="blob-head-length",
    area="blobs",
    kind="wording",
    level="SHOULD",
    section=_HEAD,
    sentence="HEAD of a blob has its size in Content-Length.",
)
BLOB_HEAD_DIGEST: Final = Property(
    id="blob-head-digest",
    area="blobs",
    kind="wording",
    level="SHOULD",
    section=_HEAD,
    sentence="Docker-Content-Digest of HEAD of a blob, if present, is a digest of its bytes.",
)
BLOB_ABSENT: Final = Property(
    id="blob-absent",
    area="blobs",
    kind="effect",
    level="MUST",
    section=_PULL,
    sentence="A blob that was not pushed to the repository, or was deleted from it, is 404.",
)
BLOB_ABSENT_CODE: Final = Property(
    id="blob-absent-code",
    area="blobs",
    kind="wording",
    level="SHOULD",
    section=f"{SPEC}, Error Codes",
    sentence="The code of an absent blob is BLOB_UNKNOWN, or NAME_UNKNOWN for the repository.",
)
RANGE_PART: Final = Property(
    id="range-part",
    area="blobs",
    kind="effect",
    level="SHOULD",
    section="RFC 9110 §14.2 and §15.3.7",
    sentence="A satisfiable range is 206 with exactly the bytes of the part, or 200 with the whole blob.",
)
RANGE_SUPPORT: Final = Property(
    id="range-support",
    area="blobs",
    kind="wording",
    level="SHOULD",
    section=f"{_PULL}; RFC 9110 §14.2",
    sentence="A satisfiable range that leaves out a byte is 206, not the whole blob.",
)
RANGE_CONTENT_RANGE: Final = Property(
    id="range-content-range",
    area="blobs",
    kind="wording",
    level="SHOULD",
    section="RFC 9110 §14.4 and §15.3.7",
    sentence="A 206 response has the positions and the size of the whole blob in Content-Range.",
)
RANGE_PAST_THE_END: Final = Property(
    id="range-past-the-end",
    area="blobs",
    kind="effect",
    level="SHOULD",
    section="RFC 9110 §15.5.17",
    sentence="A range without any byte of the blob is 416, or the whole blob with 200.",
)
RANGE_REFUSAL: Final = Property(
    id="range-refusal",
    area="blobs",
    kind="wording",
    level="SHOULD",
    section="RFC 9110 §15.5.17",
    sentence="Content-Range of a 416 response, if present, has the size of the blob.",
)
RANGE_IGNORED: Final = Property(
    id="range-ignored",
    area="blobs",
    kind="effect",
    level="SHOULD",
    section="RFC 9110 §14.2",
    sentence="A Range of an unknown unit is ignored: 200 with the whole blob. A malformed one may be refused.",
)
BLOB_PUSH: Final = Property(
    id="blob-push",
    area="blobs",
    kind="effect",
    level="MUST",
    section=_PUSH,
    sentence="A POST, and a PUT of the content with its digest, is 202 and 201.",
)
BLOB_PUSH_LOCATION: Final = Property(
    id="blob-push-location",
    area="blobs",
    kind="wording",
    level="MUST",
    section=_PUSH,
    sentence="The Location of a pushed blob is a URL from which it can be pulled.",
)
SINGLE_POST: Final = Property(
    id="single-post",
    area="blobs",
    kind="effect",
    level="MUST",
    section=f"{SPEC}, Single POST",
    sentence="One POST with the content and its digest is 201, or 202 to begin an upload.",
)
WRONG_DIGEST: Final = Property(
    id="wrong-digest",
    area="blobs",
    kind="effect",
    level="MUST",
    section=f"{SPEC}, Single POST (the digest MUST match); Pulling blobs",
    sentence="Content whose digest is another one is refused.",
)
WRONG_DIGEST_STATUS: Final = Property(
    id="wrong-digest-status",
    area="blobs",
    kind="wording",
    level="SHOULD",
    section=f"{SPEC}, Endpoints (end-4b, end-6)",
    sentence="Content whose digest is another one is answered 400.",
)
WRONG_DIGEST_CODE: Final = Property(
    id="wrong-digest-code",
    area="blobs",
    kind="wording",
    level="SHOULD",
    section=f"{SPEC}, Error Codes",
    sentence="The code of a wrong digest is DIGEST_INVALID.",
)
BLOB_DELETE: Final = Property(
    id="blob-delete",
    area="blobs",
    kind="effect",
    level="MUST",
    section=_DELETE,
    sentence="DELETE of a blob is 202.",
)
BLOB_DELETE_ABSENT: Final = Property(
    id="blob-delete-absent",
    area="blobs",
    kind="effect",
    level="MUST",
    section=_DELETE,
    sentence="DELETE of a blob that is absent is 404.",
)

BLOBS: Final = (
    *(BLOB_GET, BLOB_DIGEST_HEADER, BLOB_GET_DIGEST, BLOB_HEAD, BLOB_HEAD_LENGTH),
    *(BLOB_HEAD_DIGEST, BLOB_ABSENT, BLOB_ABSENT_CODE, RANGE_PART, RANGE_SUPPORT),
    *(RANGE_CONTENT_RANGE, RANGE_PAST_THE_END, RANGE_REFUSAL, RANGE_IGNORED),
    *(BLOB_PUSH, BLOB_PUSH_LOCATION, SINGLE_POST, WRONG_DIGEST),
    *(WRONG_DIGEST_STATUS, WRONG_DIGEST_CODE, BLOB_DELETE, BLOB_DELETE_ABSENT),
)
