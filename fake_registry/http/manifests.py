"""Handlers for manifests: distribution-spec v1.1.1, Pulling manifests and Pushing Manifests."""

from typing import Final

from werkzeug.http import parse_options_header

from fake_registry.http.answers import Answer, empty, head_answer, whole
from fake_registry.http.call import Backend, Call
from fake_registry.settings import Settings
from fake_registry.spec import media_types
from fake_registry.spec.endpoints import EndpointName, endpoint_of
from fake_registry.spec.errors import (
    DigestInvalid,
    ManifestInvalid,
    ManifestNotAcceptable,
    ManifestTooLarge,
    SizeInvalid,
    Unsupported,
)
from fake_registry.spec.manifest import Descriptor, Manifest, read_manifest, size_of
from fake_registry.spec.names import Tag, algorithm_of, is_digest, parse_tag

_MANIFEST_PATH: Final = endpoint_of(EndpointName.MANIFEST_GET).path

_HELD_BACK: Final = frozenset({media_types.OCI_MANIFEST, media_types.OCI_INDEX})
"""Types that ACR sends only to clients whose Accept lists them."""

_HELD_BACK_BY_TAG: Final = frozenset({media_types.DOCKER_MANIFEST, media_types.DOCKER_LIST})
"""Types that ACR converts for other clients in a pull by tag; here they are held back [I]."""


def get_manifest(backend: Backend, call: Call) -> Answer:
    """200 with the bytes as they were pushed, or 304."""
    manifest = backend.registry.get_manifest(call.repository, call.reference)
    _check_accepted(backend, call, manifest.media_type)

    identity = _identity_headers(manifest.descriptor)
    if _is_cached(call, manifest.descriptor):
        return empty(304, identity)
    return whole(manifest.content, manifest.media_type, identity)


def head_manifest(backend: Backend, call: Call) -> Answer:
    """200 or 304 with the headers of a GET."""
    manifest = backend.registry.stat_manifest(call.repository, call.reference)
    _check_accepted(backend, call, manifest.media_type)

    identity = _identity_headers(manifest)
    if _is_cached(call, manifest):
        return empty(304, identity)
    return head_answer(size_of(manifest), manifest.media_type, identity)


def put_manifest(backend: Backend, call: Call) -> Answer:
    """201 with the manifest's location by its digest, also for a push by tag."""
    media_type, _ = parse_options_header(call.request.header("Content-Type"))
    if media_type not in media_types.MANIFESTS and not backend.settings.unknown_manifest_types:
        found = media_type or "nothing"
        raise ManifestInvalid(f"expected the media type of a manifest, found {found}")
    if media_type.count("/") != 1:
        raise ManifestInvalid("expected a Content-Type")

    tags = _tags_of(backend, call)
    manifest = _read(backend, call, media_type)
    backend.registry.put_manifest(call.repository, manifest, tags=tags)
    return _answer_created(call, manifest, tags)


def delete_manifest(backend: Backend, call: Call) -> Answer:
    """202. ACR requires a digest; in the specification a tag is removed, and its manifest stays."""
    if is_digest(call.reference):
        backend.registry.delete_manifest(call.repository, call.reference)
    elif backend.settings.tag_delete_by_manifest_route:
        backend.registry.delete_tag(call.repository, Tag(call.reference))
    else:
        raise Unsupported("A manifest can only be deleted by digest.")
    return empty(202, {})


def _identity_headers(manifest: Descriptor) -> dict[str, str]:
    return {"Docker-Content-Digest": manifest.digest, "ETag": f'"{manifest.digest}"'}


def _check_accepted(backend: Backend, call: Call, media_type: str) -> None:
    if not is_accepted(backend.settings, call, media_type):
        raise ManifestNotAcceptable(repository=call.repository, media_type=media_type)


def is_accepted(settings: Settings, call: Call, media_type: str) -> bool:
    """Return whether a call receives a manifest of this type, which ACR may hold back.

    It does so with some types that Accept does not list, in any case: `*/*` lists no type, and
    parameters such as `q` are ignored (acr-behaviour 9.1).
    """
    if not (settings.accept_enforced and _is_held_back(call, media_type)):
        return True

    accept = call.request.header("Accept") or ""
    accepted = (part.partition(";")[0].strip().lower() for part in accept.split(","))
    return media_type in accepted


def _is_held_back(call: Call, media_type: str) -> bool:
    if media_type in _HELD_BACK_BY_TAG:
        return not is_digest(call.reference)
    return media_type in _HELD_BACK


def _is_cached(call: Call, manifest: Descriptor) -> bool:
    """Return whether If-None-Match has the manifest's ETag (RFC 9110 §13.1.2)."""
    tags = call.request.header("If-None-Match") or ""
    return tags.strip() == "*" or f'"{manifest.digest}"' in tags


def _tags_of(backend: Backend, call: Call) -> tuple[Tag, ...]:
    """Return the tags to set: the one in the path, or the parameters `tag` of a push by digest."""
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
        reason = "provided digest did not match uploaded content"
        raise DigestInvalid(reason, digest=call.reference, found=manifest.digest)
    return manifest


def _answer_created(call: Call, manifest: Manifest, tags: tuple[Tag, ...]) -> Answer:
    location = _MANIFEST_PATH.format(repository=call.repository, reference=manifest.digest)
    headers = {"Docker-Content-Digest": manifest.digest, "Location": location}
    if manifest.facts.subject is not None:
        headers["OCI-Subject"] = manifest.facts.subject.digest

    confirmed = tags if is_digest(call.reference) else ()
    return empty(201, headers).adding(*(("OCI-Tag", tag) for tag in confirmed))
