"""Every operation of the content clients, once, as a generator of commands: what to send and what comes next, no I/O.

A driver performs each command and sends the result back in; `content_client` has the one that blocks, `aio` the one
that awaits. Requests are built and answers read by `fake_registry.wire`; a refused one is raised by the driver, in
azure-core's classes, and thrown into the flow, as is whatever else goes wrong with a command. Arguments are the
callers' own: ValueError and TypeError come before the first command.

Uploads are in `uploads`. Left out on purpose, with its place kept: a download that lost its connection would go on from
`calls.get_blob(start=...)` where `download_blob` reads a piece. Several flows at once, a whole image, are several
drivers; progress is what `ReadSource` and `Deliver` have seen.
"""

import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import Final

from fake_registry.spec import media_types
from fake_registry.spec.hashing import AsideHasher
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
from fake_registry.wire.messages import CallRequest, CallResponse
from pytest_acr.content.arguments import checked, header_text
from pytest_acr.content.commands import (
    Deliver,
    DigestValidationError,
    Flow,
    ReadBody,
    ReadSource,
    Send,
    UnusableAnswer,
    check_stored,
    reading,
)
from pytest_acr.content.models import GetManifestResult, OciImageManifest, SetManifestResult, media_type_in

MAX_MANIFEST_BYTES: Final = 4 * 1024 * 1024
"""distribution-spec, Pushing Manifests; ACR takes no more."""


# blobs


def download_blob(repository: RepositoryName, digest: str) -> Flow[int]:
    """Deliver a blob piece by piece; its size in bytes. DigestValidationError if the content is another, after the last
    piece: whoever has written it must not keep it."""
    wanted = checked(parse_digest, digest, "digest")
    yield Send(_as_stored(calls.get_blob(repository, wanted)), stream=True)
    size = 0
    with AsideHasher(hashlib.new(algorithm_of(wanted))) as hasher:
        while piece := (yield ReadBody()):
            hasher.update(piece)
            size += len(piece)
            yield Deliver(piece)
    found = f"{algorithm_of(wanted)}:{hasher.finished.hexdigest()}"
    if found != wanted:
        raise DigestValidationError(f"blob of {repository}: expected {wanted}, found {found} in {size} bytes")
    return size


def delete_blob(repository: RepositoryName, digest: str) -> Flow[None]:
    """Delete a blob."""
    yield Send(calls.delete_blob(repository, checked(parse_digest, digest, "digest")), expect=(202,))


# manifests


def set_manifest(repository: RepositoryName, *, tag: str | None, media_type: str | None) -> Flow[SetManifestResult]:
    """Push the manifest that the source has, under a tag or its digest. Without `media_type` it is what the manifest
    says of itself, or else an OCI image; ValueError if the two differ, or for more than 4 MiB."""
    named = None if tag is None else checked(parse_tag, tag, "tag")
    media_type = None if media_type is None else header_text(media_type, "media_type")
    content: bytes = yield ReadSource(MAX_MANIFEST_BYTES + 1)
    if len(content) > MAX_MANIFEST_BYTES:
        raise ValueError(f"manifest: expected at most {MAX_MANIFEST_BYTES} bytes, found more")
    stated = media_type_in(content)
    if media_type is not None and stated not in (None, media_type):
        raise ValueError(f"media_type: expected {stated}, which the manifest says it is, found {media_type}")
    digest = digest_of(content)
    sent_as = str(media_type or stated or media_types.OCI_MANIFEST)
    manifest = Manifest(content=content, media_type=sent_as, digest=digest, facts=ManifestFacts())
    pushed = calls.put_manifest(repository, manifest, reference=named or digest)
    stored: CallResponse = yield Send(pushed, expect=(201,))
    check_stored(stored, repository, digest)
    return SetManifestResult(digest=digest)


def get_manifest(
    repository: RepositoryName, tag_or_digest: str, *, accept: str | None = None
) -> Flow[GetManifestResult]:
    """Pull a manifest. DigestValidationError if its content is not what was asked for or what the registry calls it."""
    reference = checked(parse_reference, tag_or_digest, "tag_or_digest")
    call = _as_stored(calls.get_manifest(repository, reference))
    if accept is not None:
        call = replace(call, headers={**call.headers, "Accept": header_text(accept, "accept")})
    answer: CallResponse = yield Send(call, stream=True)
    pieces = bytearray()
    while piece := (yield ReadBody()):
        pieces += piece
        if len(pieces) > MAX_MANIFEST_BYTES:
            limit = f"expected a manifest of at most {MAX_MANIFEST_BYTES} bytes, found more"
            raise UnusableAnswer(f"manifest {reference} of {repository}: {limit}")
    content = bytes(pieces)
    digest = _checked_digest(answer, content, repository, reference)
    media_type = answers.manifest_type(answer) or media_type_in(content) or answer.header("Content-Type") or ""
    return GetManifestResult(
        digest=digest, media_type=media_type, content=content, manifest=_image(content, media_type)
    )


def _image(content: bytes, media_type: str) -> OciImageManifest | None:
    with suppress(ValueError):
        return OciImageManifest.from_bytes(content) if media_type == media_types.OCI_MANIFEST else None
    return None


def delete_manifest(repository: RepositoryName, digest: str) -> Flow[None]:
    """Delete a manifest and its tags."""
    yield Send(calls.delete_manifest(repository, checked(parse_digest, digest, "digest")), expect=(202,))


# what they have in common


def _as_stored(call: CallRequest) -> CallRequest:
    """Ask for the very bytes: of compressed ones neither length nor digest mean anything."""
    return replace(call, headers={**call.headers, "Accept-Encoding": "identity"})


def _checked_digest(answer: CallResponse, content: bytes, repository: RepositoryName, reference: Reference) -> Digest:
    stated = answer.header("Docker-Content-Digest")
    with reading(repository, reference):
        expected = reference if is_digest(reference) else None if stated is None else parse_digest(stated)
    found = digest_of(content, "sha256" if expected is None else algorithm_of(expected))
    if expected not in (None, found):
        raise DigestValidationError(f"manifest {reference} of {repository}: expected {expected}, found {found}")
    return found
