"""The operations of the content clients as flows: what to send and what follows, without I/O.

A driver performs each command and sends its result back in: `driver` blocks, `aio_driver` awaits.
Requests and answers are in `fake_registry.wire`. The driver throws each failure of a command into
the flow; a refusal by the registry is an exception of azure-core. ValueError and TypeError for an
argument are raised before the first command.

Uploads are in `uploads`. A download fails when its connection is lost. To continue it instead,
`download_blob` would request the rest by `calls.get_blob(start=...)`.
"""

import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import Final

from fake_registry.client.bounds import MAX_MANIFEST_BYTES, too_large
from fake_registry.spec import media_types
from fake_registry.spec.hashing import AsideHasher
from fake_registry.spec.json_object import decode_object
from fake_registry.spec.manifest import Manifest, ManifestFacts
from fake_registry.spec.names import (
    Digest,
    Reference,
    RepositoryName,
    algorithm_of,
    digest_of,
    is_digest,
    parse_digest,
    parse_reference,
    parse_tag,
)
from fake_registry.wire import answers, calls
from fake_registry.wire.messages import CallResponse
from pytest_acr.content.arguments import parse_argument, parse_header_text
from pytest_acr.content.commands import (
    Deliver,
    DigestValidationError,
    Flow,
    ReadBody,
    ReadSource,
    Send,
    check_stored,
    explain_unusable,
)
from pytest_acr.content.models import (
    GetManifestResult,
    OciImageManifest,
    SetManifestResult,
    media_type_of,
)

_REFERENCES: Final = (
    "a tag has at most 128 of A-Z a-z 0-9 . _ -, not starting with . or -; "
    "a digest is sha256: with 64 or sha512: with 128 of 0-9 a-f"
)

# blobs


def download_blob(repository: RepositoryName, digest: str) -> Flow[int]:
    """Deliver a blob in pieces and return its size in bytes.

    DigestValidationError, after the last piece, for other content: the caller must discard it.
    """
    requested = parse_argument(parse_digest, digest, "digest")
    yield Send(calls.get_blob(repository, requested), stream=True)

    size = 0
    algorithm = algorithm_of(requested)
    with AsideHasher(hashlib.new(algorithm)) as hasher:
        while piece := (yield ReadBody()):
            hasher.update(piece)
            size += len(piece)
            yield Deliver(piece)

    found = f"{algorithm}:{hasher.finished.hexdigest()}"
    if found != requested:
        mismatch = f"expected {requested}, found {found} in {size} bytes"
        raise DigestValidationError(f"blob of {repository}: {mismatch}")
    return size


def delete_blob(repository: RepositoryName, digest: str) -> Flow[None]:
    """Delete a blob."""
    parsed = parse_argument(parse_digest, digest, "digest")
    yield Send(calls.delete_blob(repository, parsed), expect=(202,))


# manifests


def set_manifest(
    repository: RepositoryName,
    *,
    tag: str | None,
    media_type: str | None,
) -> Flow[SetManifestResult]:
    """Push the manifest in the source, under a tag or under its digest.

    Without `media_type` its own counts, or else that of an OCI image. ValueError for two that
    differ, and for more than 4 MiB.
    """
    named = None if tag is None else parse_argument(parse_tag, tag, "tag")
    if media_type is not None:
        media_type = parse_header_text(media_type, "media_type")

    content: bytes = yield ReadSource(MAX_MANIFEST_BYTES + 1)
    if len(content) > MAX_MANIFEST_BYTES:
        raise ValueError(f"manifest: expected at most {MAX_MANIFEST_BYTES} bytes, found more")

    manifest = _manifest_of(content, media_type)
    call = calls.put_manifest(repository, manifest, reference=named or manifest.digest)
    stored: CallResponse = yield Send(call, expect=(201,))
    check_stored(stored, repository, manifest.digest)
    return SetManifestResult(digest=manifest.digest)


def _manifest_of(content: bytes, media_type: str | None) -> Manifest:
    stated = media_type_of(content)
    if media_type is not None and stated not in (None, media_type):
        raise ValueError(f"media_type: expected {stated} as in the manifest, found {media_type}")

    chosen = media_type or stated or media_types.OCI_MANIFEST
    return Manifest(
        content=content,
        media_type=str(chosen),  # a caller's may be a member of ManifestMediaType
        digest=digest_of(content),
        facts=ManifestFacts(),
    )


def get_manifest(
    repository: RepositoryName,
    tag_or_digest: str,
    *,
    accept: str | None = None,
) -> Flow[GetManifestResult]:
    """Pull a manifest. DigestValidationError if it does not match its digest."""
    reference = parse_argument(
        parse_reference,
        tag_or_digest,
        "tag_or_digest",
        expected="a tag or a digest",
        remedy=_REFERENCES,
    )
    call = calls.get_manifest(repository, reference)
    if accept is not None:
        headers = {**call.headers, "Accept": parse_header_text(accept, "accept")}
        call = replace(call, headers=headers)

    answer: CallResponse = yield Send(call, stream=True)
    content = yield from _read_manifest(repository, reference)
    digest = _check_digest(answer, content, repository, reference)
    media_type = answers.manifest_type(answer) or media_type_of(content)
    if not media_type:
        media_type = answer.header("Content-Type") or ""
    return GetManifestResult(
        digest=digest,
        media_type=media_type,
        content=content,
        manifest=_image_of(content, media_type),
    )


def _read_manifest(repository: RepositoryName, reference: Reference) -> Flow[bytes]:
    content = bytearray()
    while piece := (yield ReadBody()):
        content += piece
        if len(content) > MAX_MANIFEST_BYTES:
            raise too_large(f"manifest {reference} of {repository}", MAX_MANIFEST_BYTES)
    return bytes(content)


def _image_of(content: bytes, media_type: str) -> OciImageManifest | None:
    if media_type != media_types.OCI_MANIFEST:
        return None
    with suppress(ValueError):
        return OciImageManifest.from_bytes(content)
    return None


def delete_manifest(repository: RepositoryName, digest: str) -> Flow[None]:
    """Delete a manifest and its tags."""
    expected = None if ":" in str(digest) else "a digest such as sha256:..."
    remedy = "get_manifest returns the digest of a tag"
    parsed = parse_argument(parse_digest, digest, "digest", expected=expected, remedy=remedy)
    yield Send(calls.delete_manifest(repository, parsed), expect=(202,))


# blobs and manifests


def _check_digest(
    answer: CallResponse,
    content: bytes,
    repository: RepositoryName,
    reference: Reference,
) -> Digest:
    """Return the digest of `content`, if it is the requested one or that of the answer's header.

    Without either, `content` must be a JSON object, as every manifest is.
    """
    with explain_unusable(repository, reference):
        expected = _expected_digest(answer, reference)
        if expected is None:
            decode_object(content)  # a proxy may have answered with a web page

    algorithm = "sha256" if expected is None else algorithm_of(expected)
    found = digest_of(content, algorithm)
    if expected not in (None, found):
        mismatch = f"expected {expected}, found {found}"
        raise DigestValidationError(f"manifest {reference} of {repository}: {mismatch}")
    return found


def _expected_digest(answer: CallResponse, reference: Reference) -> Digest | None:
    if is_digest(reference):
        return reference
    stated = answer.header("Docker-Content-Digest")
    return None if stated is None else parse_digest(stated)
