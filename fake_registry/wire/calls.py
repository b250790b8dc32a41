"""Requests to a registry, as its clients make them; `answers` reads the responses.

No I/O here: clients send the requests and follow redirects. Requests of a login are in
`login_calls`.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from fake_registry.spec import media_types
from fake_registry.spec.endpoints import ENDPOINTS, TAG_LIST, Endpoint, EndpointName, endpoint_of
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import (
    Digest,
    Reference,
    RepositoryName,
    Tag,
    UploadId,
    is_digest,
)
from fake_registry.wire.messages import CallRequest
from fake_registry.wire.paging import quote_name
from fake_registry.wire.ranges import (
    encode_content_range,
)

ACCEPT_MANIFESTS: Final = ", ".join((*sorted(media_types.MANIFESTS), "*/*"))
"""Each type by name, because to ACR `*/*` names none (Azure/acr PR 764)."""


def get_blob(
    repository: RepositoryName,
    digest: Digest,
    *,
    start: int = 0,
    stop: int | None = None,
) -> CallRequest:
    """Return the request for a blob or its bytes [start, stop): Pulling blobs (end-2)."""
    call = _call(EndpointName.BLOB_GET, repository, digest=digest)
    if start == 0 and stop is None:
        return call

    wanted = f"{start}-" if stop is None else encode_content_range(start, stop)
    return replace(call, headers={"Range": f"bytes={wanted}"})


def head_blob(repository: RepositoryName, digest: Digest) -> CallRequest:
    """Return the request for a blob's size: Checking if content exists (end-2)."""
    return _call(EndpointName.BLOB_HEAD, repository, digest=digest)


def delete_blob(repository: RepositoryName, digest: Digest) -> CallRequest:
    """Return the request that deletes a blob: Deleting Blobs (end-10)."""
    return _call(EndpointName.BLOB_DELETE, repository, digest=digest)


def start_upload(repository: RepositoryName) -> CallRequest:
    """Return the request for a new upload: Pushing blobs (end-4a)."""
    return _call(EndpointName.UPLOAD_START, repository)


def mount_blob(
    repository: RepositoryName,
    digest: Digest,
    *,
    source: RepositoryName | None,
) -> CallRequest:
    """Return the request to mount a blob: Mounting a blob from another repository (end-11)."""
    call = replace(start_upload(repository), query=(("mount", digest),))
    if source is None:
        return call
    scope = f"{call.scope} repository:{source}:pull"
    return replace(call, query=(*call.query, ("from", source)), scope=scope)


def append_chunk(
    repository: RepositoryName,
    upload: UploadId,
    location: str,
    *,
    offset: int | None,
    length: int | None,
) -> CallRequest:
    """Return the request for a chunk: Pushing a blob in chunks (end-5).

    It has a Content-Range if offset and length are known and the chunk is not empty.
    """
    call = _upload_call(EndpointName.UPLOAD_CHUNK, repository, upload, location)
    return replace(call, headers=_chunk_headers(offset, length))


def finish_upload(
    repository: RepositoryName,
    upload: UploadId,
    location: str,
    digest: Digest,
    *,
    offset: int | None = None,
    length: int | None = None,
) -> CallRequest:
    """Return the request that ends an upload, with a last chunk or none: Pushing blobs (end-6).

    Offset and length are as in `append_chunk`.
    """
    call = _upload_call(EndpointName.UPLOAD_FINISH, repository, upload, location)
    return replace(
        call,
        query=(("digest", digest),),
        headers=_chunk_headers(offset, length),
        names={**call.names, "digest": digest},
    )


def upload_status(repository: RepositoryName, upload: UploadId, location: str) -> CallRequest:
    """Return the request for an upload's progress: Pushing a blob in chunks (end-13)."""
    return _upload_call(EndpointName.UPLOAD_STATUS, repository, upload, location)


def cancel_upload(repository: RepositoryName, upload: UploadId, location: str) -> CallRequest:
    """Return the request that cancels an upload: Cancel a blob upload (end-14)."""
    return _upload_call(EndpointName.UPLOAD_CANCEL, repository, upload, location)


def get_manifest(repository: RepositoryName, reference: Reference) -> CallRequest:
    """Return the request for a manifest: Pulling manifests (end-3)."""
    call = _manifest_call(EndpointName.MANIFEST_GET, repository, reference)
    return replace(call, headers={"Accept": ACCEPT_MANIFESTS})


def head_manifest(repository: RepositoryName, reference: Reference) -> CallRequest:
    """Return the request for a manifest's descriptor: Checking if content exists (end-3)."""
    call = _manifest_call(EndpointName.MANIFEST_HEAD, repository, reference)
    return replace(call, headers={"Accept": ACCEPT_MANIFESTS})


def put_manifest(
    repository: RepositoryName,
    manifest: Manifest,
    *,
    reference: Reference,
    tags: Iterable[Tag] = (),
) -> CallRequest:
    """Return the request that pushes a manifest by its digest or a tag: Pushing Manifests (end-7).

    `tags` are set as well, where a registry supports end-7b of the 1.2 draft.
    """
    call = _manifest_call(EndpointName.MANIFEST_PUT, repository, reference)
    return replace(
        call,
        query=tuple(("tag", tag) for tag in tags),
        headers={"Content-Type": manifest.media_type},
        body=manifest.content,
    )


def delete_manifest(repository: RepositoryName, reference: Reference) -> CallRequest:
    """Return the request that deletes a manifest or a tag: Deleting manifests (end-9)."""
    return _manifest_call(EndpointName.MANIFEST_DELETE, repository, reference)


def delete_acr_tag(repository: RepositoryName, tag: Tag) -> CallRequest:
    """Return the request that deletes a tag at ACR, where `delete_manifest` accepts digests alone.

    ACR 2021-07-01, Tag - Delete.
    """
    call = _call(EndpointName.ACR_TAG_DELETE, repository, tag=tag)
    path = call.endpoint.path.format(repository=quote_name(repository), tag=tag)
    return replace(call, path=path)


def list_tags(
    repository: RepositoryName,
    *,
    after: Tag | None = None,
    limit: int | None = None,
) -> CallRequest:
    """Return the request for a page of tags: Listing Tags (end-8)."""
    return replace(_call(EndpointName.TAGS_LIST, repository), query=_page(after, limit))


def list_repositories(
    *,
    after: RepositoryName | None = None,
    limit: int | None = None,
) -> CallRequest:
    """Return the request for a page of repositories: CNCF distribution, _catalog."""
    endpoint = endpoint_of(EndpointName.CATALOG_LIST)
    scope = f"registry:catalog:{_ACTIONS[endpoint.name]}"
    return CallRequest(
        endpoint=endpoint,
        path=endpoint.path,
        query=_page(after, limit),
        scope=scope,
    )


def list_referrers(
    repository: RepositoryName,
    digest: Digest,
    *,
    artifact_type: str | None = None,
    after: Digest | None = None,
    limit: int | None = None,
) -> CallRequest:
    """Return the request for a page of referrers: Listing Referrers (end-12).

    This package's registry pages by `n` and `last`; others ignore them.
    """
    filtered = () if artifact_type is None else (("artifactType", artifact_type),)
    call = _call(EndpointName.REFERRERS_LIST, repository, digest=digest)
    query = (*filtered, *_page(after, limit))
    return replace(call, query=query, headers={"Accept": media_types.OCI_INDEX})


def page_at(call: CallRequest, link: str) -> CallRequest:
    """Return the request for another page of the same list."""
    return replace(call, path=link, query=())


def _actions_of(endpoint: Endpoint) -> str:
    # Registries differ in the action of a tag list; most require pull.
    needs = endpoint.needs or ()
    return ",".join("pull" if action == TAG_LIST else action for action in needs)


_ACTIONS: Final = {endpoint.name: _actions_of(endpoint) for endpoint in ENDPOINTS}


def _call(name: EndpointName, repository: RepositoryName, **in_path: str) -> CallRequest:
    endpoint = endpoint_of(name)
    return CallRequest(
        endpoint=endpoint,
        path=endpoint.path.format(repository=repository, **in_path),
        scope=f"repository:{repository}:{_ACTIONS[name]}",
        names={"repository": repository, **in_path},
    )


def _manifest_call(
    name: EndpointName,
    repository: RepositoryName,
    reference: Reference,
) -> CallRequest:
    call = _call(name, repository, reference=reference)
    kind = "digest" if is_digest(reference) else "tag"
    return replace(call, names={"repository": repository, kind: reference})


def _upload_call(
    name: EndpointName,
    repository: RepositoryName,
    upload: UploadId,
    location: str,
) -> CallRequest:
    return replace(_call(name, repository, upload=upload), path=location)


def _chunk_headers(offset: int | None, length: int | None) -> dict[str, str]:
    headers = {"Content-Type": media_types.OCTET_STREAM}
    if offset is not None and length:
        headers["Content-Range"] = encode_content_range(offset, offset + length)
    return headers


def _page(after: str | None, limit: int | None) -> tuple[tuple[str, str], ...]:
    # Some registries refuse `n=0`: the request is for one item, which is not used.
    n = () if limit is None else (("n", str(max(limit, 1))),)
    return n if after is None else (*n, ("last", after))
