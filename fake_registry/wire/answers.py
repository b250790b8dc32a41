"""Responses of a registry, as its clients read them; `calls` builds the requests.

`refusal_of` returns the error in a response. A malformed response raises ValueError.
"""

import math
from typing import Final
from urllib.parse import urljoin, urlsplit

from fake_registry.spec import media_types
from fake_registry.spec.errors import (
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    MethodUnsupported,
    RegistryError,
    TooManyRequests,
)
from fake_registry.spec.json_object import decode_object, optional_member
from fake_registry.spec.manifest import Descriptor, Manifest, read_manifest
from fake_registry.spec.names import (
    Digest,
    Reference,
    RepositoryName,
    Tag,
    UploadId,
    algorithm_of,
    digest_of,
    is_digest,
    parse_digest,
)
from fake_registry.spec.redaction import redact_text
from fake_registry.wire.errors import decode_error
from fake_registry.wire.messages import CallRequest, CallResponse
from fake_registry.wire.oci_json import decode_catalog, decode_referrers, decode_tag_list
from fake_registry.wire.origins import same_origin
from fake_registry.wire.paging import parse_link
from fake_registry.wire.ranges import (
    decode_content_range_of,
    decode_upload_range,
    encode_upload_range,
)
from fake_registry.wire.retry_after import decode_retry_after

TOKEN_SECONDS: Final = 60
"""Lifetime of a token without `expires_in` (CNCF distribution, Token Authentication)."""

_GENERIC_TYPES: Final = frozenset({"", "application/json", media_types.OCTET_STREAM, "text/plain"})
"""Content types that do not identify the kind of a manifest."""

MAX_RETRY_AFTER_SECONDS: Final = 86_400
"""The longest wait that an error reports: a day. A registry can ask for any."""

_MAX_DIGITS: Final = 18
"""Longer numbers may not fit an int64: such a header is ignored."""


def refusal_of(call: CallRequest, response: CallResponse) -> RegistryError:
    """Return the error in a response, with facts from its headers and from the request."""
    error = decode_error(response.status, response.body, endpoint=call.endpoint)
    match error:
        case ManifestBlobUnknown():
            for entry in error.entries:
                entry.facts.setdefault("digest", _digest_in(entry.detail))
            error.facts.setdefault("digest", error.entries[0].facts["digest"])
        case TooManyRequests():
            error.facts["retry_after"] = _seconds_to_wait(response)
        case MethodUnsupported():
            words = (response.header("Allow") or "").split(",")
            error.facts["allowed"] = tuple(word.strip() for word in words if word)

    for name, value in call.names.items():
        error.facts.setdefault(name, value)
    return error


def _seconds_to_wait(response: CallResponse) -> int:
    """Return the Retry-After in whole seconds, at most `MAX_RETRY_AFTER_SECONDS`; 0 without one."""
    seconds = decode_retry_after(response.headers, now=None) or 0
    return math.ceil(min(seconds, MAX_RETRY_AFTER_SECONDS))


def _digest_in(detail: object) -> str:
    """Return the digest in a detail: a string with ACR and CNCF distribution, or in an object."""
    digest = detail.get("digest") if isinstance(detail, dict) else detail
    return digest if isinstance(digest, str) else ""


def length_of(response: CallResponse) -> int | None:
    """Return the Content-Length, None if it is absent or malformed."""
    return _number_in(response, "Content-Length")


def _number_in(response: CallResponse, header: str) -> int | None:
    text = response.header(header) or ""
    return int(text) if text.isdecimal() and len(text) <= _MAX_DIGITS else None


def decode_blob(response: CallResponse, digest: Digest) -> Descriptor:
    """Return a blob's descriptor by a HEAD.

    Raises ValueError without a Content-Length (end-2: MUST).
    """
    size = length_of(response)
    if size is None:
        raise ValueError("expected a Content-Length, found none")
    return Descriptor(media_type=media_types.OCTET_STREAM, digest=digest, size=size)


def start_of(response: CallResponse) -> int:
    """Return the offset at which a download begins, 0 in a 200. Raises ValueError."""
    if response.status != 206:
        return 0
    start, _, _ = decode_content_range_of(response.header("Content-Range") or "")
    return start


def upload_of(response: CallResponse) -> UploadId:
    """Return the id of an upload: Docker-Upload-UUID, or the last segment of the Location."""
    named = response.header("Docker-Upload-UUID")
    if named:
        return UploadId(named)
    path = urlsplit(response.location or "").path
    return UploadId(path.rstrip("/").rpartition("/")[2])


def min_chunk_bytes(response: CallResponse) -> int:
    """Return the least size of a chunk other than the last; 0 without one.

    OCI-Chunk-Min-Length (distribution-spec v1.1.1, Pushing a blob in chunks).
    """
    return _number_in(response, "OCI-Chunk-Min-Length") or 0


def offset_of(response: CallResponse, *, expected: int) -> int:
    """Return the number of bytes that an upload has; `expected` without a Range.

    `0-0` stands for 0 and for 1 bytes: `expected` decides here as well.
    """
    try:
        offset = decode_upload_range(response.header("Range") or "")
    except ValueError:
        return expected
    if encode_upload_range(offset) == encode_upload_range(expected):
        return expected
    return offset


def decode_manifest(response: CallResponse, reference: Reference) -> Manifest:
    """Return the manifest in a response.

    Raises DigestInvalid if its digest is neither that of the request nor that of the response,
    ManifestInvalid for malformed content.
    """
    expected = _stated_digest(response, reference)
    algorithm = "sha256" if expected is None else algorithm_of(expected)
    found = digest_of(response.body, algorithm)
    if expected not in (None, found):
        raise DigestInvalid("the response has another manifest", digest=expected, found=found)

    media_type = manifest_type(response) or _type_within(response.body)
    return read_manifest(response.body, media_type, algorithm=algorithm)


def decode_manifest_head(response: CallResponse, reference: Reference) -> Descriptor | None:
    """Return a manifest's descriptor by a HEAD, None if a GET is needed for it."""
    media_type, size = manifest_type(response), length_of(response)
    digest = _stated_digest(response, reference)
    if not media_type or digest is None or size is None:
        return None
    return Descriptor(media_type=media_type, digest=digest, size=size)


def _stated_digest(response: CallResponse, reference: Reference) -> Digest | None:
    stated = response.header("Docker-Content-Digest")
    if is_digest(reference):
        return reference
    if stated is None:
        return None
    return parse_digest(stated)


def manifest_type(response: CallResponse) -> str:
    """Return the Content-Type of a manifest, empty if it is absent or generic."""
    media_type = (response.header("Content-Type") or "").partition(";")[0].strip()
    return "" if media_type in _GENERIC_TYPES else media_type


def _type_within(content: bytes) -> str:
    try:
        stated = optional_member(decode_object(content), "mediaType", str)
    except ValueError as error:
        raise ManifestInvalid(str(error)) from None
    if not stated:
        raise ManifestInvalid("expected a media type, found none in Content-Type or content")
    return stated


def check_digest(response: CallResponse, digest: Digest) -> None:
    """Raise DigestInvalid if the registry reports that it stored another digest than `digest`."""
    stated = response.header("Docker-Content-Digest")
    if stated is None or stated == digest:
        return
    # After a push by tag the registry chooses the algorithm of the digest that it reports.
    if algorithm_of(parse_digest(stated)) == algorithm_of(digest):
        raise DigestInvalid("the registry reports another digest", digest=digest, found=stated)


def confirmed_tags(response: CallResponse) -> frozenset[str]:
    """Return the tags that a push by digest has set (OCI-Tag)."""
    return frozenset(tag.strip() for tag in (response.header("OCI-Tag") or "").split(","))


def knows_subject(response: CallResponse) -> bool:
    """Return whether the registry knows the pushed manifest's subject (OCI-Subject)."""
    return response.header("OCI-Subject") is not None


def decode_tags(response: CallResponse) -> tuple[Tag, ...]:
    """Return a page of tags. Raises ValueError."""
    return decode_tag_list(response.body)[1]


def decode_repositories(response: CallResponse) -> tuple[RepositoryName, ...]:
    """Return a page of repositories. Raises ValueError."""
    return decode_catalog(response.body)


def decode_referrers_of(
    response: CallResponse,
    artifact_type: str | None,
) -> tuple[Descriptor, ...]:
    """Return a page of referrers of this artifact type, None for any. Raises ValueError.

    Filters them unless the registry did (OCI-Filters-Applied).
    """
    found = decode_referrers(response.body)
    filters = (response.header("OCI-Filters-Applied") or "").lower()
    if artifact_type is None or "artifacttype" in filters:
        return found
    return tuple(one for one in found if one.artifact_type == artifact_type)


def next_page(response: CallResponse) -> str | None:
    """Return the URL of the next page, None on the last one.

    Raises ValueError for a page at another host.
    """
    target = parse_link(response.header("Link") or "")
    if target is None:
        return None

    following = urljoin(response.url, target)
    if not same_origin(response.url, following):
        found = redact_text(following)
        raise ValueError(f"expected the next page at the same host, found {found!r}")
    return following


def decode_token(response: CallResponse) -> tuple[str, int]:
    """Return an access token and its lifetime in seconds. Raises ValueError."""
    document = decode_object(response.body)
    token = optional_member(document, "access_token", str) or optional_member(
        document,
        "token",
        str,
    )
    if not token:
        raise ValueError("expected an access_token or a token, found none")
    return token, optional_member(document, "expires_in", int) or TOKEN_SECONDS
