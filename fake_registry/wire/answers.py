"""Every endpoint from the client's side: the answer. Its request is built by `calls`.

An answer that refuses is `refusal_of`'s RegistryError; one that makes no sense is a ValueError.
"""

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

TOKEN_SECONDS: Final = 60
"""How long a token lives that does not say (CNCF distribution, Token Authentication Specification, expires_in)."""

_UNTELLING: Final = frozenset({"", "application/json", media_types.OCTET_STREAM, "text/plain"})
"""Content types that say nothing about a manifest."""


def refusal_of(call: CallRequest, answer: CallResponse) -> RegistryError:
    """Return the error that `answer` is to `call`, with the facts that are in its headers and in the request."""
    error = decode_error(answer.status, answer.body, endpoint=call.endpoint)
    match error:
        case ManifestBlobUnknown():
            for entry in error.entries:
                entry.facts.setdefault("digest", _digest_in(entry.detail))
            error.facts.setdefault("digest", error.entries[0].facts["digest"])
        case TooManyRequests():
            seconds = answer.header("Retry-After") or ""
            error.facts["retry_after"] = int(seconds) if seconds.isdecimal() else 0
        case MethodUnsupported():
            error.facts["allowed"] = tuple(word.strip() for word in (answer.header("Allow") or "").split(",") if word)
    for name, value in call.names.items():
        error.facts.setdefault(name, value)
    return error


def _digest_in(detail: object) -> str:
    """The digest in a detail: alone with ACR and CNCF distribution, in an object with others."""
    digest = detail.get("digest") if isinstance(detail, dict) else detail
    return digest if isinstance(digest, str) else ""


def length_of(answer: CallResponse) -> int | None:
    """Return the length of the content that `answer` describes; None if it does not say."""
    text = answer.header("Content-Length") or ""
    return int(text) if text.isdecimal() else None


def decode_blob(answer: CallResponse, digest: Digest) -> Descriptor:
    """Return what HEAD tells of a blob. Raises ValueError without a Content-Length (end-2: MUST)."""
    size = length_of(answer)
    if size is None:
        raise ValueError("expected a Content-Length, found none")
    return Descriptor(media_type=media_types.OCTET_STREAM, digest=digest, size=size)


def start_of(answer: CallResponse) -> int:
    """Return where the bytes of a download begin: 0 in a 200, whatever was asked. Raises ValueError."""
    if answer.status != 206:
        return 0
    start, _, _ = decode_content_range_of(answer.header("Content-Range") or "")
    return start


def upload_of(answer: CallResponse) -> UploadId:
    """Return the id of the upload that has begun: as the registry names it, or the last word of its Location's path."""
    named = answer.header("Docker-Upload-UUID")
    return UploadId(named or urlsplit(answer.location or "").path.rstrip("/").rpartition("/")[2])


_MAX_DIGITS: Final = 19
"""Of an int64."""


def min_chunk_bytes(answer: CallResponse) -> int:
    """Return how small a chunk may be, the last one aside; 0 where the registry does not mind.

    OCI-Chunk-Min-Length (distribution-spec v1.1.1, Pushing a blob in chunks).
    """
    text = answer.header("OCI-Chunk-Min-Length") or ""
    return int(text) if text.isdecimal() and len(text) < _MAX_DIGITS else 0


def offset_of(answer: CallResponse, *, expected: int) -> int:
    """Return how many bytes of an upload have arrived; `expected` where the answer does not say.

    `0-0` stands for 0 and 1 bytes alike: then, too, the caller's own count decides.
    """
    try:
        offset = decode_upload_range(answer.header("Range") or "")
    except ValueError:
        return expected
    return expected if encode_upload_range(expected) == encode_upload_range(offset) else offset


def decode_manifest(answer: CallResponse, reference: Reference) -> Manifest:
    """Return the manifest, held to be what was asked for and what the answer says it is. ManifestInvalid,
    DigestInvalid."""
    expected = _stated_digest(answer, reference)
    algorithm = "sha256" if expected is None else algorithm_of(expected)
    found = digest_of(answer.body, algorithm)
    if expected not in (None, found):
        raise DigestInvalid("the manifest that came is another one", digest=expected, found=found)
    return read_manifest(answer.body, manifest_type(answer) or _type_within(answer.body), algorithm=algorithm)


def decode_manifest_head(answer: CallResponse, reference: Reference) -> Descriptor | None:
    """Return what HEAD tells of a manifest; None if that is not enough, and GET has to tell."""
    media_type, digest, size = manifest_type(answer), _stated_digest(answer, reference), length_of(answer)
    if not media_type or digest is None or size is None:
        return None
    return Descriptor(media_type=media_type, digest=digest, size=size)


def _stated_digest(answer: CallResponse, reference: Reference) -> Digest | None:
    stated = answer.header("Docker-Content-Digest")
    return reference if is_digest(reference) else None if stated is None else parse_digest(stated)


def manifest_type(answer: CallResponse) -> str:
    """Return what Content-Type says that a manifest is; nothing where it says nothing of a manifest."""
    media_type = (answer.header("Content-Type") or "").partition(";")[0].strip()
    return "" if media_type in _UNTELLING else media_type


def _type_within(content: bytes) -> str:
    try:
        stated = optional_member(decode_object(content), "mediaType", str)
    except ValueError as error:
        raise ManifestInvalid(str(error)) from None
    if not stated:
        raise ManifestInvalid("expected a media type, found none in Content-Type or content")
    return stated


def check_digest(answer: CallResponse, digest: Digest) -> None:
    """Raise DigestInvalid if a registry says that it has stored something else than `digest`."""
    stated = answer.header("Docker-Content-Digest")
    # pushed by tag, a registry names the digest by an algorithm of its own choice
    if stated is not None and stated != digest and algorithm_of(parse_digest(stated)) == algorithm_of(digest):
        raise DigestInvalid("the registry stored another content", digest=digest, found=stated)


def confirmed_tags(answer: CallResponse) -> frozenset[str]:
    """Return the tags that a push by digest has set (OCI-Tag)."""
    return frozenset(tag.strip() for tag in (answer.header("OCI-Tag") or "").split(","))


def knows_subject(answer: CallResponse) -> bool:
    """Tell whether the registry has listed a pushed manifest under its subject (OCI-Subject)."""
    return answer.header("OCI-Subject") is not None


def decode_tags(answer: CallResponse) -> tuple[Tag, ...]:
    """Return a page of tags. Raises ValueError."""
    return decode_tag_list(answer.body)[1]


def decode_repositories(answer: CallResponse) -> tuple[RepositoryName, ...]:
    """Return a page of repositories. Raises ValueError."""
    return decode_catalog(answer.body)


def decode_referrers_of(answer: CallResponse, artifact_type: str | None) -> tuple[Descriptor, ...]:
    """Return a page of referrers, filtered where the registry has not done it (OCI-Filters-Applied). ValueError."""
    found = decode_referrers(answer.body)
    applied = "artifacttype" in (answer.header("OCI-Filters-Applied") or "").lower()
    return found if applied or artifact_type is None else tuple(d for d in found if d.artifact_type == artifact_type)


def next_page(answer: CallResponse) -> str | None:
    """Return the URL of the next page, None on the last one. Raises ValueError if it is at another host."""
    target = parse_link(answer.header("Link") or "")
    if target is None:
        return None
    following = urljoin(answer.url, target)
    if not same_origin(answer.url, following):
        raise ValueError(f"expected the next page at the same host, found {following!r}")
    return following


def decode_token(answer: CallResponse) -> tuple[str, int]:
    """Return an access token and for how many seconds it is good. Raises ValueError."""
    document = decode_object(answer.body)
    token = optional_member(document, "access_token", str) or optional_member(document, "token", str)
    if not token:
        raise ValueError("expected an access_token or a token, found none")
    return token, optional_member(document, "expires_in", int) or TOKEN_SECONDS
