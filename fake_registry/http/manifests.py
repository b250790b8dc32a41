"""Handlers for manifests and referrers: distribution-spec v1.1.1, Pulling manifests, Pushing Manifests."""

from werkzeug.http import parse_options_header

from fake_registry.http.answers import Answer, described, empty, whole
from fake_registry.http.call import Backend, Call
from fake_registry.spec import media_types
from fake_registry.spec.errors import (
    DigestInvalid,
    ManifestInvalid,
    ManifestNotAcceptable,
    ManifestTooLarge,
    SizeInvalid,
    Unsupported,
)
from fake_registry.spec.manifest import Descriptor, Manifest, read_manifest
from fake_registry.spec.names import Tag, algorithm_of, is_digest, parse_tag


def get_manifest(backend: Backend, call: Call) -> Answer:
    """200 with the bytes as they were pushed."""
    manifest = backend.registry.get_manifest(call.repository, call.reference)
    _check_accepted(backend, call, manifest.media_type)
    if _is_known(call, manifest.descriptor):
        return empty(304, _identity(manifest.descriptor))
    return whole(manifest.content, manifest.media_type, _identity(manifest.descriptor))


def head_manifest(backend: Backend, call: Call) -> Answer:
    """200 with what GET would say of itself."""
    manifest = backend.registry.stat_manifest(call.repository, call.reference)
    _check_accepted(backend, call, manifest.media_type)
    if _is_known(call, manifest):
        return empty(304, _identity(manifest))
    return described(manifest.size, manifest.media_type, _identity(manifest))


def put_manifest(backend: Backend, call: Call) -> Answer:
    """201 with the manifest's location, in digest form whatever it was pushed by."""
    media_type, _ = parse_options_header(call.request.header("Content-Type"))
    if media_type not in media_types.MANIFESTS and not backend.settings.unknown_manifest_types:
        raise ManifestInvalid(f"expected the media type of a manifest, found {media_type or 'none'}")
    if media_type.count("/") != 1:
        raise ManifestInvalid("expected a Content-Type")
    tags = _tags(backend, call)
    manifest = _read(backend, call, media_type)
    backend.registry.put_manifest(call.repository, manifest, tags=tags)
    return _created(call, manifest, tags)


def delete_manifest(backend: Backend, call: Call) -> Answer:
    """202. ACR wants a digest; the specification takes a tag as well, and then only untags."""
    if is_digest(call.reference):
        backend.registry.delete_manifest(call.repository, call.reference)
    elif backend.settings.tag_delete_by_manifest_route:
        backend.registry.delete_tag(call.repository, Tag(call.reference))
    else:
        raise Unsupported("A manifest can only be deleted by digest.")
    return empty(202, {})


def _identity(manifest: Descriptor) -> dict[str, str]:
    return {"Docker-Content-Digest": manifest.digest, "ETag": f'"{manifest.digest}"'}


def _check_accepted(backend: Backend, call: Call, media_type: str) -> None:
    """ACR's way: the type itself must stand in Accept; `*/*` does not count, parameters such as q do not either."""
    if not backend.settings.accept_enforced:
        return
    accepted = (part.partition(";")[0].strip() for part in (call.request.header("Accept") or "").split(","))
    if media_type not in accepted:
        raise ManifestNotAcceptable(repository=call.repository, media_type=media_type)


def _is_known(call: Call, manifest: Descriptor) -> bool:
    """RFC 9110 §13.1.2."""
    known = call.request.header("If-None-Match") or ""
    return known.strip() == "*" or f'"{manifest.digest}"' in known


def _tags(backend: Backend, call: Call) -> tuple[Tag, ...]:
    if not is_digest(call.reference):
        return (Tag(call.reference),)
    if not backend.settings.tag_parameters:
        return ()
    return tuple(dict.fromkeys(parse_tag(text) for text in call.query.getlist("tag")))


def _read(backend: Backend, call: Call, media_type: str) -> Manifest:
    if call.body.length == 0 and not call.request.header("Content-Length"):
        raise SizeInvalid("expected a Content-Length or a chunked body")
    content = call.body.read(backend.settings.max_manifest_bytes, too_long=ManifestTooLarge)
    if not is_digest(call.reference):
        return read_manifest(content, media_type)
    manifest = read_manifest(content, media_type, algorithm=algorithm_of(call.reference))
    if manifest.digest != call.reference:
        raise DigestInvalid(
            "provided digest did not match uploaded content", digest=call.reference, found=manifest.digest
        )
    return manifest


def _created(call: Call, manifest: Manifest, tags: tuple[Tag, ...]) -> Answer:
    headers = {
        "Docker-Content-Digest": manifest.digest,
        "Location": f"/v2/{call.repository}/manifests/{manifest.digest}",
    }
    if manifest.facts.subject is not None:
        headers["OCI-Subject"] = manifest.facts.subject.digest
    accepted = tags if is_digest(call.reference) else ()
    return empty(201, headers).adding(*(("OCI-Tag", tag) for tag in accepted))
