"""`RemoteRegistry`: the `Registry` Protocol over HTTP, against any registry that speaks the
distribution-spec.

What is sent and what comes back is `wire.calls`'; bodies, redirects and login are `connection`'s. A
refusal is raised as the class that memory would raise; a connection that fails as requests' own
exception; an answer that makes no sense as a ValueError.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, Self, TypeVar

import requests

from fake_registry.client.access import AccessPolicy, Credentials, parse_realm_hosts
from fake_registry.client.login import Keyring
from fake_registry.client.registry_url import parse_registry_url
from fake_registry.core.registry import BlobReader, UploadStatus
from fake_registry.remote.blob import RemoteBlob
from fake_registry.remote.driver import RequestsDriver, Timeout, head_of
from fake_registry.remote.referrers import list_tagged_referrers, tag_referrer
from fake_registry.remote.uploads import RemoteUploads
from fake_registry.spec.attributes import Page
from fake_registry.spec.errors import (
    DigestInvalid,
    ManifestUnknown,
    MethodUnsupported,
    NameUnknown,
    RegistryError,
    RouteUnknown,
    TagUnknown,
    Unsupported,
)
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import Digest, Reference, RepositoryName, Tag, UploadId, algorithm_of
from fake_registry.wire import answers, calls
from fake_registry.wire.messages import CallRequest, CallResponse

T = TypeVar("T")

TIMEOUT_SECONDS: Final = 60.0


class RemoteRegistry:
    """A registry somewhere else. Safe to use from several threads; a context manager that closes
    its connections.

    >>> with RemoteRegistry("https://NAME.azurecr.io", token=refresh_token) as registry:  # doctest: +SKIP
    ...     registry.list_tags(RepositoryName("samples/hello"))

    Without `username` and `password`, or a `token` (a refresh token, such as `az acr login
    --expose-token` prints), the login is anonymous. User and password are sent to a token service
    at another host only if `realm_hosts` names it, such as `auth.docker.io` or
    `auth.example.com:5001`. `verify` is a CA file, or whether to verify at all; of the environment
    only the proxies count, unless a `session` is given, which then stays open. `timeout` is
    requests', in seconds, between two bytes.

    Uploads go on only at the object that began them: where is told in the answers, and an id alone
    does not tell. An upload's `started` is when this side heard of it.
    """

    def __init__(
        self,
        url: str,
        *,
        session: requests.Session | None = None,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
        realm_hosts: Iterable[str] = (),
        verify: bool | str = True,
        timeout: Timeout = TIMEOUT_SECONDS,
    ) -> None:
        policy = AccessPolicy(
            registry=parse_registry_url(url),
            credentials=Credentials(username=username, password=password, refresh_token=token),
            realm_hosts=parse_realm_hosts(realm_hosts),
        )
        self._driver = RequestsDriver(Keyring(policy), session=session, verify=verify, timeout=timeout)
        self._uploads = RemoteUploads(self._driver)

    def close(self) -> None:
        """Close the connections, unless the session was the caller's. Twice does no harm."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # reader

    def get_blob(self, repository: RepositoryName, digest: Digest) -> BlobReader:
        response = self._driver.open(calls.get_blob(repository, digest))
        try:
            size = answers.length_of(head_of(response))
            if size is None:
                size = answers.decode_blob(self._driver.call(calls.head_blob(repository, digest)), digest).size or 0
        except BaseException:
            response.close()
            raise
        return RemoteBlob(self._driver, repository, digest, response=response, size=size)

    def stat_blob(self, repository: RepositoryName, digest: Digest) -> Descriptor:
        return answers.decode_blob(self._driver.call(calls.head_blob(repository, digest)), digest)

    def get_manifest(self, repository: RepositoryName, reference: Reference) -> Manifest:
        """As the Protocol says, and DigestInvalid or ManifestInvalid if what came is not what was
        asked for."""
        return answers.decode_manifest(self._driver.call(calls.get_manifest(repository, reference)), reference)

    def stat_manifest(self, repository: RepositoryName, reference: Reference) -> Descriptor:
        """As the Protocol says; what HEAD does not tell, artifact type and annotations, is left
        out."""
        answer = self._driver.call(calls.head_manifest(repository, reference))
        told = answers.decode_manifest_head(answer, reference)
        return self.get_manifest(repository, reference).descriptor if told is None else told

    # lister

    def list_repositories(
        self, *, after: RepositoryName | None = None, limit: int | None = None
    ) -> Page[RepositoryName]:
        call = calls.list_repositories(after=after, limit=limit)
        return self._list(call, answers.decode_repositories, after=after, limit=limit)

    def list_tags(self, repository: RepositoryName, *, after: Tag | None = None, limit: int | None = None) -> Page[Tag]:
        call = calls.list_tags(repository, after=after, limit=limit)
        return self._list(call, answers.decode_tags, after=after, limit=limit)

    def list_referrers(
        self,
        repository: RepositoryName,
        digest: Digest,
        *,
        artifact_type: str | None = None,
        after: Digest | None = None,
        limit: int | None = None,
    ) -> Page[Descriptor]:
        """As the Protocol says; where the registry has no such list, from the referrers tag
        (Unavailable Referrers API)."""
        call = calls.list_referrers(repository, digest, artifact_type=artifact_type, after=after, limit=limit)

        def decode(answer: CallResponse) -> Sequence[Descriptor]:
            return answers.decode_referrers_of(answer, artifact_type)

        try:
            return self._list(call, decode, after=after, limit=limit, name_of=lambda found: found.digest)
        except (RouteUnknown, NameUnknown):
            tagged = list_tagged_referrers(self, repository, digest)
        matching = (one for one in tagged if artifact_type in (None, one.artifact_type))
        return _first([one for one in matching if after is None or one.digest > after], limit)

    def _list(
        self,
        call: CallRequest,
        decode: Callable[[CallResponse], Sequence[T]],
        *,
        after: str | None,
        limit: int | None,
        name_of: Callable[[T], str] = str,
    ) -> Page[T]:
        """Follow the Links until there is enough. ValueError where they lead round in a circle."""
        answer = self._driver.call(call)
        found = _behind(after, decode(answer), name_of)
        visited = {answer.url}
        while (following := answers.next_page(answer)) is not None and (limit is None or len(found) < limit):
            if following in visited:
                raise ValueError(f"expected the next page, found one that was there before: {following!r}")
            visited.add(following)
            answer = self._driver.call(calls.page_at(call, following))
            found += decode(answer)
        return _first(found, limit, more=following is not None)

    # writer

    def start_upload(self, repository: RepositoryName) -> UploadStatus:
        return self._uploads.start(repository)

    def upload_status(self, repository: RepositoryName, upload: UploadId) -> UploadStatus:
        return self._uploads.status(repository, upload)

    def append_chunk(
        self,
        repository: RepositoryName,
        upload: UploadId,
        content: Iterable[bytes],
        *,
        offset: int | None = None,
        seen: int | None = None,
    ) -> UploadStatus:
        return self._uploads.append(repository, upload, content, offset=offset, seen=seen)

    def finish_upload(
        self,
        repository: RepositoryName,
        upload: UploadId,
        digest: Digest,
        *,
        tail: Iterable[bytes] = (),
        offset: int | None = None,
        seen: int | None = None,
    ) -> Descriptor:
        return self._uploads.finish(repository, upload, digest, tail=tail, offset=offset, seen=seen)

    def cancel_upload(self, repository: RepositoryName, upload: UploadId) -> None:
        self._uploads.cancel(repository, upload)

    def put_blob(self, repository: RepositoryName, digest: Digest, content: Iterable[bytes]) -> Descriptor:
        """As the Protocol says, by an upload: a single POST is not everywhere taken, and a body not
        always to be sent again."""
        upload = self.start_upload(repository).upload
        try:
            if isinstance(content, (list, tuple)):
                return self.finish_upload(repository, upload, digest, tail=content)
            # Of unknown length: not every registry takes a closing PUT in chunks, but PATCH is how docker pushes.
            self.append_chunk(repository, upload, content)
            return self.finish_upload(repository, upload, digest)
        except BaseException:
            with suppress(RegistryError, requests.RequestException):
                self.cancel_upload(repository, upload)
            raise

    def mount_blob(
        self, repository: RepositoryName, digest: Digest, *, source: RepositoryName | None
    ) -> Descriptor | UploadStatus:
        answer = self._driver.call(calls.mount_blob(repository, digest, source=source))
        return self.stat_blob(repository, digest) if answer.status == 201 else self._uploads.begin(repository, answer)

    def put_manifest(self, repository: RepositoryName, manifest: Manifest, *, tags: Iterable[Tag] = ()) -> Descriptor:
        """As the Protocol says, in one request where the registry takes several tags, else in one
        per tag."""
        wanted = tuple(dict.fromkeys(tags))
        # a tag alone makes the registry choose the algorithm
        by_tag = len(wanted) == 1 and algorithm_of(manifest.digest) == "sha256"
        reference: Reference = wanted[0] if by_tag else manifest.digest
        answer = self._put(repository, manifest, reference, () if by_tag else wanted)
        for tag in () if by_tag else sorted(set(wanted) - answers.confirmed_tags(answer)):
            self._put(repository, manifest, tag)
        subject = manifest.facts.subject
        if subject is not None and not answers.knows_subject(answer):
            self._list_under(repository, manifest, subject.digest)
        return manifest.descriptor

    def _put(
        self, repository: RepositoryName, manifest: Manifest, reference: Reference, tags: Iterable[Tag] = ()
    ) -> CallResponse:
        answer = self._driver.call(calls.put_manifest(repository, manifest, reference=reference, tags=tags))
        answers.check_digest(answer, manifest.digest)
        return answer

    def _list_under(self, repository: RepositoryName, manifest: Manifest, subject: Digest) -> None:
        """See to it that a manifest is among the referrers of its subject, of which its push told
        nothing."""
        try:
            self._driver.call(calls.list_referrers(repository, subject, limit=1))
        except (RouteUnknown, NameUnknown):
            tag_referrer(self, repository, manifest, subject)

    # deleter

    def delete_blob(self, repository: RepositoryName, digest: Digest) -> None:
        self._driver.call(calls.delete_blob(repository, digest))

    def delete_manifest(self, repository: RepositoryName, digest: Digest) -> None:
        self._driver.call(calls.delete_manifest(repository, digest))

    def delete_tag(self, repository: RepositoryName, tag: Tag) -> Digest:
        """As the Protocol says; what the tag pointed at is asked first, since no DELETE tells."""
        try:
            digest = self.stat_manifest(repository, tag).digest
            self._untag(repository, tag)
        except ManifestUnknown:
            raise TagUnknown(repository=repository, tag=tag) from None
        return digest

    def _untag(self, repository: RepositoryName, tag: Tag) -> None:
        try:
            self._driver.call(calls.delete_manifest(repository, tag))
        except (Unsupported, MethodUnsupported, DigestInvalid):  # Deleting tags: 405, or 400 as CNCF distribution 2
            try:
                self._driver.call(calls.delete_acr_tag(repository, tag))
            except (RouteUnknown, NameUnknown, MethodUnsupported):
                raise Unsupported("the registry deletes no tags", repository=repository, tag=tag) from None


def _behind(after: str | None, items: Sequence[T], name_of: Callable[[T], str]) -> list[T]:
    """Leave out what a registry that knows no `last` (CNCF distribution 2, tags) sends up to and
    with `after`."""
    names = [name_of(item) for item in items]
    return list(items[names.index(after) + 1 :] if after in names else items)


def _first(items: list[T], limit: int | None, *, more: bool = False) -> Page[T]:
    """Return the page of `limit` items that `items`, and `more`, begin with. One of none is the
    end."""
    if limit is None:
        return Page(items)
    return Page(items[:limit], more=limit > 0 and (more or len(items) > limit))
