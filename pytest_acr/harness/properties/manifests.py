"""Manifests: pushing, pulling, existence, deletion, and the tags that point to them."""

from functools import partial
from typing import Final

from pytest_acr.harness.properties.property import SPEC, new_property

_PULL: Final = f"{SPEC}, Pulling manifests"
_HEAD: Final = f"{SPEC}, Checking if content exists in the registry"
_PUSH: Final = f"{SPEC}, Pushing Manifests"
_SUBJECT: Final = f"{SPEC}, Pushing Manifests with Subject"
_DELETE: Final = f"{SPEC}, Deleting Manifests"
_UNTAG: Final = f"{SPEC}, Deleting tags"


_property: Final = partial(new_property, area="manifests")


# pushing

MANIFEST_PUSH: Final = _property(
    "manifest-push",
    "effect",
    "MUST",
    _PUSH,
    "PUT of a manifest whose blobs are in the repository is 201.",
)
MANIFEST_PUSH_LOCATION: Final = _property(
    "manifest-push-location",
    "wording",
    "MUST",
    _PUSH,
    "The response to a pushed manifest has a Location from which it can be pulled.",
)
MANIFEST_PUSH_DIGEST: Final = _property(
    "manifest-push-digest",
    "wording",
    "MUST",
    _PUSH,
    "Docker-Content-Digest of a pushed manifest, if present, is that in the path, or one of its bytes.",
)
MANIFEST_WRONG_DIGEST: Final = _property(
    "manifest-wrong-digest",
    "effect",
    "MUST",
    f"{_PUSH}; Error Codes (DIGEST_INVALID)",
    "A manifest that is pushed under the digest of other bytes is refused.",
)
MANIFEST_WRONG_DIGEST_CODE: Final = _property(
    "manifest-wrong-digest-code",
    "wording",
    "SHOULD",
    f"{SPEC}, Error Codes",
    "The code of a manifest under a wrong digest is DIGEST_INVALID.",
)
MANIFEST_BLOB_UNKNOWN: Final = _property(
    "manifest-blob-unknown",
    "wording",
    "MUST",
    f"{SPEC}, Push",
    "A manifest that is refused because a blob or child is absent has the code MANIFEST_BLOB_UNKNOWN.",
)
MANIFEST_CHECKED: Final = _property(
    "manifest-checked",
    "effect",
    "ACR",
    "acr-behaviour 9.2",
    "A manifest is refused if its config, a layer or a child is absent from the repository.",
)
MANIFEST_TYPE_CHECKED: Final = _property(
    "manifest-type-checked",
    "effect",
    "ACR",
    "acr-behaviour 9.2",
    "A manifest is refused if its mediaType and the Content-Type are two different types.",
)
OCI_SUBJECT: Final = _property(
    "oci-subject",
    "wording",
    "MUST",
    _SUBJECT,
    "The response to an image manifest with a subject has its digest in OCI-Subject.",
)
OCI_SUBJECT_OF_INDEX: Final = _property(
    "oci-subject-of-index",
    "wording",
    "SHOULD",
    f"{_SUBJECT} (of image manifests); Listing Referrers (of indexes too)",
    "The response to an index with a subject has its digest in OCI-Subject.",
)
OCI_TAG: Final = _property(
    "oci-tag",
    "wording",
    "MUST",
    "distribution-spec after v1.1.1 (main), Pushing Manifests with tag parameters",
    "OCI-Tag has each tag that was accepted from a `tag` parameter.",
)

# pulling

MANIFEST_GET: Final = _property(
    "manifest-get",
    "effect",
    "MUST",
    f"{_PULL}; Pushing Manifests (the exact byte representation)",
    "GET of a manifest by tag or digest is 200 with exactly the bytes that were pushed.",
)
MANIFEST_GET_TYPE: Final = _property(
    "manifest-get-type",
    "wording",
    "SHOULD",
    _PULL,
    "GET of a manifest has the Content-Type with which it was pushed, without parameters.",
)
MANIFEST_DIGEST_HEADER: Final = _property(
    "manifest-digest-header",
    "wording",
    "SHOULD",
    f"{_PULL}; Checking if content exists in the registry",
    "GET and HEAD of a manifest have a Docker-Content-Digest.",
)
MANIFEST_GET_DIGEST: Final = _property(
    "manifest-get-digest",
    "wording",
    "MUST",
    _PULL,
    "Docker-Content-Digest of GET of a manifest, if present, is a digest of its bytes.",
)
MANIFEST_HEAD: Final = _property(
    "manifest-head",
    "effect",
    "MUST",
    _HEAD,
    "HEAD of a manifest that was pushed is 200.",
)
MANIFEST_HEAD_LENGTH: Final = _property(
    "manifest-head-length",
    "wording",
    "SHOULD",
    _HEAD,
    "HEAD of a manifest has its size in Content-Length.",
)
MANIFEST_HEAD_DIGEST: Final = _property(
    "manifest-head-digest",
    "wording",
    "SHOULD",
    _HEAD,
    "Docker-Content-Digest of HEAD of a manifest, if present, is a digest of its bytes.",
)
MANIFEST_ABSENT: Final = _property(
    "manifest-absent",
    "effect",
    "MUST",
    _PULL,
    "A manifest or tag that was not pushed to the repository, or was deleted from it, is 404.",
)
MANIFEST_ABSENT_CODE: Final = _property(
    "manifest-absent-code",
    "wording",
    "SHOULD",
    f"{SPEC}, Error Codes",
    "The code of an absent manifest is MANIFEST_UNKNOWN, or NAME_UNKNOWN for the repository.",
)
ACCEPT_NAMED: Final = _property(
    "accept-named",
    "effect",
    "SHOULD",
    "RFC 9110 §8.3.1 and §12.5.1",
    "A manifest is sent to a client whose Accept has its type: with a weight, in a list, in capitals.",
)
ACCEPT: Final = _property(
    "accept",
    "effect",
    "ACR",
    "acr-behaviour 9.1",
    "An OCI image or index is 404 for a client whose Accept lacks its type.",
)

# deleting

MANIFEST_DELETE: Final = _property(
    "manifest-delete",
    "effect",
    "MUST",
    _DELETE,
    "DELETE of a manifest by digest is 202.",
)
MANIFEST_DELETE_ABSENT: Final = _property(
    "manifest-delete-absent",
    "effect",
    "SHOULD",
    f"{SPEC}, Endpoints (end-9)",
    "DELETE of a manifest that is absent is 404.",
)
MANIFEST_DELETE_NO_REPOSITORY: Final = _property(
    "manifest-delete-no-repository",
    "effect",
    "MUST",
    _DELETE,
    "DELETE of a manifest in a repository that does not exist is 404.",
)
TAG_DELETE: Final = _property(
    "tag-delete",
    "effect",
    "MUST",
    _UNTAG,
    "DELETE of a tag is 202.",
)
TAG_DELETE_ABSENT: Final = _property(
    "tag-delete-absent",
    "effect",
    "SHOULD",
    f"{SPEC}, Endpoints (end-9)",
    "DELETE of a tag that is absent is 404.",
)

MANIFESTS: Final = (
    *(MANIFEST_PUSH, MANIFEST_PUSH_LOCATION, MANIFEST_PUSH_DIGEST, MANIFEST_WRONG_DIGEST),
    *(MANIFEST_WRONG_DIGEST_CODE, MANIFEST_BLOB_UNKNOWN, MANIFEST_CHECKED),
    *(MANIFEST_TYPE_CHECKED, OCI_SUBJECT, OCI_SUBJECT_OF_INDEX, OCI_TAG, MANIFEST_GET, MANIFEST_GET_TYPE),
    *(MANIFEST_DIGEST_HEADER, MANIFEST_GET_DIGEST, MANIFEST_HEAD, MANIFEST_HEAD_LENGTH),
    MANIFEST_HEAD_DIGEST,
    *(MANIFEST_ABSENT, MANIFEST_ABSENT_CODE, ACCEPT_NAMED, ACCEPT, MANIFEST_DELETE, MANIFEST_DELETE_ABSENT),
    *(MANIFEST_DELETE_NO_REPOSITORY, TAG_DELETE, TAG_DELETE_ABSENT),
)
