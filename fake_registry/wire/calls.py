"""Every endpoint from the client's side: the request. Its answer is read by `answers`.

Who sends them, follows redirects and logs in is `remote`'s. No I/O here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlencode, urljoin

from fake_registry.spec import media_types
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import (
    Digest,
    Reference,
    RepositoryName,
    Tag,
    UploadId,
    is_digest,
)
from fake_registry.wire.challenge import Challenge
from fake_registry.wire.paging import quote_name
from fake_registry.wire.ranges import (
    encode_content_range,
)

ACCEPT_MANIFESTS: Final = ", ".join((*sorted(media_types.MANIFESTS), "*/*"))
"""Each type by name, because to ACR `*/*` names none (Azure/acr PR 764)."""


@dataclass(frozen=True, kw_only=True)
class CallRequest:
    """A request to the endpoint of this name. `path` is quoted; or it is the URL that a Location or a Link named.

    `scope` is what a token for it will have to hold, in the usual words: the challenge decides. `names` are what is
    asked about, for the facts of an error.
    """

    endpoint: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    scope: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    def url(self, registry: str) -> str:
        """Return the absolute URL at `registry`. A query that is in `path` already stays as it was written."""
        url = urljoin(registry, self.path)
        if not self.query:
            return url
        return f"{url}{'&' if '?' in url else '?'}{urlencode(self.query, safe=':/')}"


# requests: blobs


def get_blob(repository: RepositoryName, digest: Digest, *, start: int = 0, stop: int | None = None) -> CallRequest:
    """Ask for a blob, or for the bytes [start, stop) of it. Pulling blobs (end-2)."""
    call = _call("blob.get", "GET", repository, f"blobs/{digest}", "pull", digest=digest)
    if start == 0 and stop is None:
        return call
    asked = f"{start}-" if stop is None else encode_content_range(start, stop)
    return replace(call, headers={"Range": f"bytes={asked}"})


def head_blob(repository: RepositoryName, digest: Digest) -> CallRequest:
    """Checking if content exists (end-2)."""
    return _call("blob.head", "HEAD", repository, f"blobs/{digest}", "pull", digest=digest)


def delete_blob(repository: RepositoryName, digest: Digest) -> CallRequest:
    """Deleting Blobs (end-10)."""
    return _call("blob.delete", "DELETE", repository, f"blobs/{digest}", "delete", digest=digest)


def start_upload(repository: RepositoryName) -> CallRequest:
    """Pushing blobs (end-4a)."""
    return _call("upload.start", "POST", repository, "blobs/uploads/", "pull,push")


def mount_blob(repository: RepositoryName, digest: Digest, *, source: RepositoryName | None) -> CallRequest:
    """Mounting a blob from another repository (end-11)."""
    call = replace(start_upload(repository), query=(("mount", digest),))
    if source is None:
        return call
    return replace(call, query=(*call.query, ("from", source)), scope=f"{call.scope} repository:{source}:pull")


def append_chunk(
    repository: RepositoryName, upload: UploadId, location: str, *, offset: int | None, length: int | None
) -> CallRequest:
    """Pushing a blob in chunks (end-5). Content-Range needs both offset and length, and has no form for nothing."""
    call = _upload_call("upload.chunk", "PATCH", repository, upload, location)
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
    """Pushing blobs (end-6); offset and length as in `append_chunk`."""
    call = _upload_call("upload.finish", "PUT", repository, upload, location)
    names = {**call.names, "digest": digest}
    return replace(call, query=(("digest", digest),), headers=_chunk_headers(offset, length), names=names)


def upload_status(repository: RepositoryName, upload: UploadId, location: str) -> CallRequest:
    """Pushing a blob in chunks (end-13)."""
    return _upload_call("upload.status", "GET", repository, upload, location)


def cancel_upload(repository: RepositoryName, upload: UploadId, location: str) -> CallRequest:
    """Cancel a blob upload (end-14)."""
    call = _upload_call("upload.cancel", "DELETE", repository, upload, location)
    return replace(call, scope=_scope(repository, "delete"))


# requests: manifests and lists


def get_manifest(repository: RepositoryName, reference: Reference) -> CallRequest:
    """Pulling manifests (end-3)."""
    return _manifest_call("manifest.get", "GET", repository, reference, "pull", {"Accept": ACCEPT_MANIFESTS})


def head_manifest(repository: RepositoryName, reference: Reference) -> CallRequest:
    """Checking if content exists (end-3)."""
    return _manifest_call("manifest.head", "HEAD", repository, reference, "pull", {"Accept": ACCEPT_MANIFESTS})


def put_manifest(
    repository: RepositoryName, manifest: Manifest, *, reference: Reference, tags: Iterable[Tag] = ()
) -> CallRequest:
    """Push `manifest` by its digest or a tag, with `tags` besides (end-7b of the 1.2 draft). Pushing Manifests."""
    headers = {"Content-Type": manifest.media_type}
    call = _manifest_call("manifest.put", "PUT", repository, reference, "pull,push", headers)
    return replace(call, query=tuple(("tag", tag) for tag in tags), body=manifest.content)


def delete_manifest(repository: RepositoryName, reference: Reference) -> CallRequest:
    """Deleting manifests, deleting tags (end-9)."""
    return _manifest_call("manifest.delete", "DELETE", repository, reference, "delete", {})


def delete_acr_tag(repository: RepositoryName, tag: Tag) -> CallRequest:
    """ACR 2021-07-01, Tag - Delete: there the route of manifests takes no tag."""
    call = _call("acr.tag.delete", "DELETE", repository, "", "delete", tag=tag)
    return replace(call, path=f"/acr/v1/{quote_name(repository)}/_tags/{tag}")


def list_tags(repository: RepositoryName, *, after: Tag | None = None, limit: int | None = None) -> CallRequest:
    """Listing Tags (end-8)."""
    return replace(_call("tags.list", "GET", repository, "tags/list", "pull"), query=_page(after, limit))


def list_repositories(*, after: RepositoryName | None = None, limit: int | None = None) -> CallRequest:
    """CNCF distribution, _catalog."""
    return CallRequest(
        endpoint="catalog.list",
        method="GET",
        path="/v2/_catalog",
        query=_page(after, limit),
        scope="registry:catalog:*",
    )


def list_referrers(
    repository: RepositoryName,
    digest: Digest,
    *,
    artifact_type: str | None = None,
    after: Digest | None = None,
    limit: int | None = None,
) -> CallRequest:
    """Listing Referrers (end-12). `n` and `last` are this package's registry's; others leave them aside."""
    filtered = () if artifact_type is None else (("artifactType", artifact_type),)
    call = _call("referrers.list", "GET", repository, f"referrers/{digest}", "pull", digest=digest)
    return replace(call, query=(*filtered, *_page(after, limit)), headers={"Accept": media_types.OCI_INDEX})


def page_at(call: CallRequest, link: str) -> CallRequest:
    """Return the request for another page of the list that `call` asks for."""
    return replace(call, path=link, query=())


# requests: login

_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


def get_token(challenge: Challenge, scope: str) -> CallRequest:
    """CNCF distribution, Token Authentication Specification; ACR, Token-BasicAuth. The caller adds Basic."""
    return _token_call("GET", challenge, query=_token_fields(challenge, scope))


def post_token(challenge: Challenge, scope: str, refresh_token: str, *, api_version: str | None = None) -> CallRequest:
    """Azure/acr AAD-OAuth, POST /oauth2/token; CNCF distribution, OAuth2 Token Authentication."""
    form = (
        *(("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("client_id", "fake-registry")),
        *_token_fields(challenge, scope),
    )
    query = _versioned(api_version)
    return replace(_token_call("POST", challenge, query=query), headers=_FORM, body=urlencode(form).encode())


def exchange(challenge: Challenge, access_token: str, *, api_version: str | None = None) -> CallRequest:
    """ACR 2021-07-01, POST /oauth2/exchange: a refresh token for one of Entra's. It is where the token service is."""
    service = challenge.parameter("service")
    form = (("grant_type", "access_token"), ("service", service or ""), ("access_token", access_token))
    realm = challenge.parameter("realm") or ""
    return CallRequest(
        endpoint="oauth.exchange",
        method="POST",
        path=urljoin(realm, "/oauth2/exchange"),
        query=_versioned(api_version),
        headers=_FORM,
        body=urlencode(form).encode(),
    )


def _versioned(api_version: str | None) -> tuple[tuple[str, str], ...]:
    return () if api_version is None else (("api-version", api_version),)


def _token_call(method: str, challenge: Challenge, *, query: tuple[tuple[str, str], ...] = ()) -> CallRequest:
    realm = challenge.parameter("realm") or ""
    return CallRequest(endpoint="oauth.token", method=method, path=realm, query=query)


def _token_fields(challenge: Challenge, scope: str) -> tuple[tuple[str, str], ...]:
    """The service, and each scope by itself: a challenge joins them with blanks (RFC 6749 §3.3)."""
    service = challenge.parameter("service")
    named = () if service is None else (("service", service),)
    return (*named, *(("scope", one) for one in scope.split()))


# requests: what they have in common


def _call(endpoint: str, method: str, repository: RepositoryName, rest: str, actions: str, **names: str) -> CallRequest:
    return CallRequest(
        endpoint=endpoint,
        method=method,
        path=f"/v2/{repository}/{rest}",
        scope=_scope(repository, actions),
        names={"repository": repository, **names},
    )


def _manifest_call(
    endpoint: str,
    method: str,
    repository: RepositoryName,
    reference: Reference,
    actions: str,
    headers: Mapping[str, str],
) -> CallRequest:
    kind = "digest" if is_digest(reference) else "tag"
    call = _call(endpoint, method, repository, f"manifests/{reference}", actions, **{kind: reference})
    return replace(call, headers=headers)


def _upload_call(
    endpoint: str, method: str, repository: RepositoryName, upload: UploadId, location: str
) -> CallRequest:
    return replace(_call(endpoint, method, repository, "", "pull,push", upload=upload), path=location)


def _scope(repository: RepositoryName, actions: str) -> str:
    return f"repository:{repository}:{actions}"


def _chunk_headers(offset: int | None, length: int | None) -> dict[str, str]:
    placed = {"Content-Range": encode_content_range(offset, offset + length)} if offset is not None and length else {}
    return {"Content-Type": media_types.OCTET_STREAM, **placed}


def _page(after: str | None, limit: int | None) -> tuple[tuple[str, str], ...]:
    # `n=0` is an error to some registries: one is asked for, and not used
    n = () if limit is None else (("n", str(max(limit, 1))),)
    return n if after is None else (*n, ("last", after))
