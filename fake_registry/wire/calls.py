"""Every endpoint from the client's side: build a request, read its answer. Text and bytes <-> spec values, no I/O.

Who sends them, follows redirects and logs in is `remote`'s. An answer that refuses is `refusal_of`'s RegistryError; one
that makes no sense is a ValueError.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

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
from fake_registry.wire.challenge import Challenge
from fake_registry.wire.errors import decode_error
from fake_registry.wire.oci_json import decode_catalog, decode_referrers, decode_tag_list
from fake_registry.wire.paging import parse_link, quote_name
from fake_registry.wire.ranges import (
    decode_content_range_of,
    decode_upload_range,
    encode_content_range,
    encode_upload_range,
)

ACCEPT_MANIFESTS: Final = ", ".join((*sorted(media_types.MANIFESTS), "*/*"))
"""Each type by name, because to ACR `*/*` names none (Azure/acr PR 764)."""

TOKEN_SECONDS: Final = 60
"""How long a token lives that does not say (CNCF distribution, Token Authentication Specification, expires_in)."""

_UNTELLING: Final = frozenset({"", "application/json", media_types.OCTET_STREAM, "text/plain"})
"""Content types that say nothing about a manifest."""


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


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, and from which URL: relative locations start there."""

    status: int
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return a header's value, by name in any case; None if it is not there."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)

    @property
    def location(self) -> str | None:
        """The absolute URL in Location (RFC 9110 §10.2.2); None if there is none."""
        target = self.header("Location")
        return None if target is None else urljoin(self.url, target.strip())


def same_origin(one: str, other: str) -> bool:
    """Tell whether two URLs have one scheme, host and port: only then may one get what is meant for the other."""
    return _origin(one) == _origin(other)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


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


def get_token(challenge: Challenge, scope: str) -> CallRequest:
    """CNCF distribution, Token Authentication Specification; ACR, Token-BasicAuth. The caller adds Basic."""
    return _token_call("GET", challenge, query=_token_fields(challenge, scope))


def post_token(challenge: Challenge, scope: str, refresh_token: str) -> CallRequest:
    """Azure/acr AAD-OAuth, POST /oauth2/token; CNCF distribution, OAuth2 Token Authentication."""
    form = (
        *(("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("client_id", "fake-registry")),
        *_token_fields(challenge, scope),
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return replace(_token_call("POST", challenge), headers=headers, body=urlencode(form).encode())


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


# answers


def refusal_of(call: CallRequest, answer: Answer) -> RegistryError:
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


def length_of(answer: Answer) -> int | None:
    """Return the length of the content that `answer` describes; None if it does not say."""
    text = answer.header("Content-Length") or ""
    return int(text) if text.isdecimal() else None


def decode_blob(answer: Answer, digest: Digest) -> Descriptor:
    """Return what HEAD tells of a blob. Raises ValueError without a Content-Length (end-2: MUST)."""
    size = length_of(answer)
    if size is None:
        raise ValueError("expected a Content-Length, found none")
    return Descriptor(media_type=media_types.OCTET_STREAM, digest=digest, size=size)


def start_of(answer: Answer) -> int:
    """Return where the bytes of a download begin: 0 in a 200, whatever was asked. Raises ValueError."""
    if answer.status != 206:
        return 0
    start, _, _ = decode_content_range_of(answer.header("Content-Range") or "")
    return start


def upload_of(answer: Answer) -> UploadId:
    """Return the id of the upload that has begun: as the registry names it, or the last word of its Location's path."""
    named = answer.header("Docker-Upload-UUID")
    return UploadId(named or urlsplit(answer.location or "").path.rstrip("/").rpartition("/")[2])


def offset_of(answer: Answer, *, expected: int) -> int:
    """Return how many bytes of an upload have arrived; `expected` where the answer does not say.

    `0-0` stands for 0 and 1 bytes alike: then, too, the caller's own count decides.
    """
    try:
        offset = decode_upload_range(answer.header("Range") or "")
    except ValueError:
        return expected
    return expected if encode_upload_range(expected) == encode_upload_range(offset) else offset


def decode_manifest(answer: Answer, reference: Reference) -> Manifest:
    """Return the manifest, held to be what was asked for and what the answer says it is. ManifestInvalid,
    DigestInvalid."""
    expected = _stated_digest(answer, reference)
    algorithm = "sha256" if expected is None else algorithm_of(expected)
    found = digest_of(answer.body, algorithm)
    if expected not in (None, found):
        raise DigestInvalid("the manifest that came is another one", digest=expected, found=found)
    return read_manifest(answer.body, _manifest_type(answer) or _type_within(answer.body), algorithm=algorithm)


def decode_manifest_head(answer: Answer, reference: Reference) -> Descriptor | None:
    """Return what HEAD tells of a manifest; None if that is not enough, and GET has to tell."""
    media_type, digest, size = _manifest_type(answer), _stated_digest(answer, reference), length_of(answer)
    if not media_type or digest is None or size is None:
        return None
    return Descriptor(media_type=media_type, digest=digest, size=size)


def _stated_digest(answer: Answer, reference: Reference) -> Digest | None:
    stated = answer.header("Docker-Content-Digest")
    return reference if is_digest(reference) else None if stated is None else parse_digest(stated)


def _manifest_type(answer: Answer) -> str:
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


def check_digest(answer: Answer, digest: Digest) -> None:
    """Raise DigestInvalid if a registry says that it has stored something else than `digest`."""
    stated = answer.header("Docker-Content-Digest")
    # pushed by tag, a registry names the digest by an algorithm of its own choice
    if stated is not None and stated != digest and algorithm_of(parse_digest(stated)) == algorithm_of(digest):
        raise DigestInvalid("the registry stored another content", digest=digest, found=stated)


def confirmed_tags(answer: Answer) -> frozenset[str]:
    """Return the tags that a push by digest has set (OCI-Tag)."""
    return frozenset(tag.strip() for tag in (answer.header("OCI-Tag") or "").split(","))


def knows_subject(answer: Answer) -> bool:
    """Tell whether the registry has listed a pushed manifest under its subject (OCI-Subject)."""
    return answer.header("OCI-Subject") is not None


def decode_tags(answer: Answer) -> tuple[Tag, ...]:
    """Return a page of tags. Raises ValueError."""
    return decode_tag_list(answer.body)[1]


def decode_repositories(answer: Answer) -> tuple[RepositoryName, ...]:
    """Return a page of repositories. Raises ValueError."""
    return decode_catalog(answer.body)


def decode_referrers_of(answer: Answer, artifact_type: str | None) -> tuple[Descriptor, ...]:
    """Return a page of referrers, filtered where the registry has not done it (OCI-Filters-Applied). ValueError."""
    found = decode_referrers(answer.body)
    applied = "artifacttype" in (answer.header("OCI-Filters-Applied") or "").lower()
    return found if applied or artifact_type is None else tuple(d for d in found if d.artifact_type == artifact_type)


def next_page(answer: Answer) -> str | None:
    """Return the URL of the next page, None on the last one. Raises ValueError if it is at another host."""
    target = parse_link(answer.header("Link") or "")
    if target is None:
        return None
    following = urljoin(answer.url, target)
    if not same_origin(answer.url, following):
        raise ValueError(f"expected the next page at the same host, found {following!r}")
    return following


def decode_token(answer: Answer) -> tuple[str, int]:
    """Return an access token and for how many seconds it is good. Raises ValueError."""
    document = decode_object(answer.body)
    token = optional_member(document, "access_token", str) or optional_member(document, "token", str)
    if not token:
        raise ValueError("expected an access_token or a token, found none")
    return token, optional_member(document, "expires_in", int) or TOKEN_SECONDS
