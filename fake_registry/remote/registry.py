"""`RemoteRegistry`: the `Registry` Protocol over HTTP, for any registry of the distribution-spec.

Requests are in `wire.calls` and answers in `wire.answers`; bodies, redirects and the login are in
`driver`. A refusal raises the class that a registry in memory would raise, a failed connection the
exceptions of requests, an unusable answer a ValueError, one that is too large or too late a
`client.bounds.BoundExceeded`.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from operator import attrgetter
from types import TracebackType
from typing import Final, Self

import requests

from fake_registry.arguments import check_arguments
from fake_registry.client.access import AccessPolicy, Credentials, parse_realm_hosts
from fake_registry.client.deadline import DEADLINE_SECONDS, parse_seconds
from fake_registry.client.login import Keyring
from fake_registry.client.registry_url import parse_registry_url
from fake_registry.core.registry import BlobReader, UploadStatus
from fake_registry.remote.blob import RemoteBlob
from fake_registry.remote.driver import RequestsDriver, Timeout, head_of
from fake_registry.remote.listings import fetch_page, page_of
from fake_registry.remote.manifests import delete_tag, push_manifest
from fake_registry.remote.referrers import list_tagged_referrers, select_referrers, tag_referrer
from fake_registry.remote.uploads import RemoteUploads
from fake_registry.spec.attributes import Page
from fake_registry.spec.errors import (
    ManifestUnknown,
    NameUnknown,
    RegistryError,
    RouteUnknown,
    TagUnknown,
)
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import Digest, Reference, RepositoryName, Tag, UploadId
from fake_registry.wire import answers, calls
from fake_registry.wire.messages import CallResponse

TIMEOUT_SECONDS: Final = 60.0


class RemoteRegistry:
    """A registry at a URL. Safe to use from several threads; a context manager that closes it.

    >>> url = "https://NAME.azurecr.io"
    >>> with RemoteRegistry(url, token=refresh_token) as registry:  # doctest: +SKIP
    ...     registry.list_tags(RepositoryName("samples/hello"))

    Without a `username` and a `password`, or a `token`, the login is anonymous. A `token` is a
    refresh token as `az acr login --expose-token` prints it. User and password are sent to a token
    service at another host only if `realm_hosts` names it, as `auth.docker.io` or
    `auth.example.com:5001`; a token is sent to the registry alone.

    `verify` is the path of a CA file; True verifies certificates by the CAs of requests, False
    accepts any certificate. Without a `session`, only the proxies are read from the environment. A
    caller's `session` is not closed. `timeout` is the time in seconds to wait for the next bytes,
    `deadline` that for the whole answer to each request, and as long again for each MiB of its
    body; a caller's `session` may wait longer for a head that comes slowly. An answer that is too
    large or too late raises ResponseTooLarge, EncodingRefused, EndlessList or DeadlineExceeded.

    An upload can be continued only by the object that started it: the place to continue is in the
    registry's answers and does not follow from the id. An upload's `started` is the local time.
    """

    @check_arguments
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
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        policy = AccessPolicy(
            registry=parse_registry_url(url),
            credentials=Credentials(username=username, password=password, refresh_token=token),
            realm_hosts=parse_realm_hosts(realm_hosts),
        )
        keyring = Keyring(policy)
        self._driver = RequestsDriver(
            keyring,
            session=session,
            verify=verify,
            timeout=timeout,
            deadline=parse_seconds("deadline", deadline),
        )
        self._uploads = RemoteUploads(self._driver)

    def close(self) -> None:
        """Close the connections, unless the session is the caller's. It may be called again."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # reader

    def get_blob(self, repository: RepositoryName, digest: Digest) -> BlobReader:
        answer = self._driver.open(calls.get_blob(repository, digest))
        try:
            size = answers.length_of(head_of(answer.response))
            if size is None:
                size = self.stat_blob(repository, digest).size or 0
        except BaseException:
            answer.close()
            raise
        return RemoteBlob(self._driver, repository, digest, answer=answer, size=size)

    def stat_blob(self, repository: RepositoryName, digest: Digest) -> Descriptor:
        answer = self._driver.call(calls.head_blob(repository, digest))
        return answers.decode_blob(answer, digest)

    def get_manifest(self, repository: RepositoryName, reference: Reference) -> Manifest:
        """As in the Protocol; DigestInvalid or ManifestInvalid if the registry sent another."""
        answer = self._driver.call(calls.get_manifest(repository, reference))
        return answers.decode_manifest(answer, reference)

    def stat_manifest(self, repository: RepositoryName, reference: Reference) -> Descriptor:
        """As in the Protocol, without artifact type and annotations, which HEAD does not return."""
        answer = self._driver.call(calls.head_manifest(repository, reference))
        descriptor = answers.decode_manifest_head(answer, reference)

        if descriptor is None:
            return self.get_manifest(repository, reference).descriptor
        return descriptor

    # lister

    def list_repositories(
        self,
        *,
        after: RepositoryName | None = None,
        limit: int | None = None,
    ) -> Page[RepositoryName]:
        call = calls.list_repositories(after=after, limit=limit)
        return fetch_page(self._driver, call, answers.decode_repositories, after=after, limit=limit)

    def list_tags(
        self,
        repository: RepositoryName,
        *,
        after: Tag | None = None,
        limit: int | None = None,
    ) -> Page[Tag]:
        call = calls.list_tags(repository, after=after, limit=limit)
        return fetch_page(self._driver, call, answers.decode_tags, after=after, limit=limit)

    def list_referrers(
        self,
        repository: RepositoryName,
        digest: Digest,
        *,
        artifact_type: str | None = None,
        after: Digest | None = None,
        limit: int | None = None,
    ) -> Page[Descriptor]:
        """As in the Protocol; from the referrers tag if the registry has no such list.

        distribution-spec v1.1.1, Unavailable Referrers API.
        """
        call = calls.list_referrers(
            repository,
            digest,
            artifact_type=artifact_type,
            after=after,
            limit=limit,
        )

        def decode(answer: CallResponse) -> Sequence[Descriptor]:
            return answers.decode_referrers_of(answer, artifact_type)

        fetch = partial(fetch_page, self._driver, call, decode, name_of=attrgetter("digest"))
        try:
            return fetch(after=after, limit=limit)
        except (RouteUnknown, NameUnknown):
            tagged = list_tagged_referrers(self, repository, digest)
        return page_of(select_referrers(tagged, artifact_type, after), limit)

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

    def put_blob(
        self,
        repository: RepositoryName,
        digest: Digest,
        content: Iterable[bytes],
    ) -> Descriptor:
        """As in the Protocol, by an upload: not every registry accepts a single POST."""
        upload = self.start_upload(repository).upload
        try:
            if isinstance(content, list | tuple):
                return self.finish_upload(repository, upload, digest, tail=content)

            # The length is unknown, and not every registry accepts a chunked body in the closing
            # PUT. Each accepts it in a PATCH, with which docker pushes.
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
        if answer.status == 201:
            return self.stat_blob(repository, digest)
        return self._uploads.open(repository, answer)

    def put_manifest(
        self,
        repository: RepositoryName,
        manifest: Manifest,
        *,
        tags: Iterable[Tag] = (),
    ) -> Descriptor:
        """As in the Protocol, in one request if the registry accepts several tags at once."""
        answer = push_manifest(self._driver, repository, manifest, tags)
        subject = manifest.facts.subject
        if subject is not None and not answers.knows_subject(answer):
            self._register_referrer(repository, manifest, subject.digest)
        return manifest.descriptor

    def _register_referrer(
        self,
        repository: RepositoryName,
        manifest: Manifest,
        subject: Digest,
    ) -> None:
        """Register a manifest as a referrer by tag, unless the registry has the referrers API."""
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
        """As in the Protocol; the digest is looked up first, as no answer to a DELETE has it."""
        try:
            digest = self.stat_manifest(repository, tag).digest
            delete_tag(self._driver, repository, tag)
        except ManifestUnknown:
            raise TagUnknown(repository=repository, tag=tag) from None
        return digest
