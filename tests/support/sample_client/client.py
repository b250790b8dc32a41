"""`SampleClient`: pushes, pulls, lists and deletes images."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import quote

import requests

from fake_registry.spec.media_types import DOCKER_MANIFEST, OCI_MANIFEST
from fake_registry.spec.names import digest_of
from tests.support.sample_client.attempts import PAUSES, SampleAttempts
from tests.support.sample_client.calls import SampleCalls
from tests.support.sample_client.errors import SampleError, SampleInterruption
from tests.support.sample_client.image import SampleImage, blobs_of, type_of
from tests.support.sample_client.reply import Reply, origin_of
from tests.support.sample_client.upload import SampleUpload

MANIFEST_TYPES: Final = (OCI_MANIFEST, DOCKER_MANIFEST)
MAX_PAGES: Final = 1_000
MAX_LOOKS: Final = 60
"""How often `wait_for` looks for a tag."""


class SampleClient:
    """A client of one registry for one caller. Its errors are `SampleError`.

    `credentials` are a user and a password. `sleep` lets a number of seconds pass, `now` returns
    seconds since the epoch.
    """

    attempts_type: type[SampleAttempts] = SampleAttempts
    calls_type: type[SampleCalls] = SampleCalls
    upload_type: type[SampleUpload] = SampleUpload
    accept: str = ", ".join(MANIFEST_TYPES)

    def __init__(
        self,
        session: requests.Session,
        endpoint: str,
        *,
        credentials: tuple[str, str],
        sleep: Callable[[float], None],
        now: Callable[[], float],
    ) -> None:
        self.attempts = self.attempts_type(sleep)
        self.calls = self.calls_type(
            session,
            endpoint,
            credentials=credentials,
            attempts=self.attempts,
            now=now,
        )

    # push

    def push(self, repository: str, image: SampleImage, *tags: str) -> None:
        """Push an image under each of the tags: its blobs, then its manifest."""
        self.push_blobs(repository, image)
        for tag in tags:
            self.push_manifest(repository, tag, image)

    def push_blobs(self, repository: str, image: SampleImage) -> None:
        """Push the config and the layers."""
        for content in image.blobs:
            self.push_blob(repository, content)

    def push_manifest(self, repository: str, tag: str, image: SampleImage) -> None:
        """Push the manifest under the tag."""
        self.attempts.repeat(
            lambda: self.put_manifest(repository, tag, image),
            lambda: self.find_pushed(repository, tag, image),
        )

    def push_blob(self, repository: str, content: bytes) -> None:
        """Upload a blob unless it is there."""
        upload = self.upload_type(self.calls, self.attempts, repository, content)
        if not self.attempts.repeat(upload.has_blob):
            upload.run()

    def put_manifest(self, repository: str, tag: str, image: SampleImage) -> bool:
        """Send the manifest once."""
        self.calls.call(
            "PUT",
            self.manifest_url(repository, tag),
            scope=f"repository:{repository}:pull,push",
            expected=(201,),
            data=image.manifest,
            headers={"Content-Type": image.media_type},
        )
        return True

    def find_pushed(self, repository: str, tag: str, image: SampleImage) -> bool | None:
        """Return true if the tag is at the image."""
        return True if self.digest_at(repository, tag) == image.digest else None

    # pull

    def pull(self, repository: str, tag: str) -> SampleImage:
        """Pull an image. Each digest is checked."""
        return self.pull_blobs(repository, self.manifest(repository, tag))

    def pull_blobs(self, repository: str, found: Reply) -> SampleImage:
        """Return the image of a manifest."""
        config, *layers = [self.pull_blob(repository, blob) for blob in blobs_of(found.body)]
        return SampleImage(config, tuple(layers), type_of(found.body))

    def manifest(self, repository: str, tag: str) -> Reply:
        """Return the manifest of a tag, by its digest."""
        digest = self.digest_at(repository, tag)
        if digest is None:
            raise SampleError(f"expected the tag {tag}, found none")
        return self.attempts.repeat(lambda: self.get_manifest(repository, digest))

    def digest_at(self, repository: str, reference: str) -> str | None:
        """Return the digest of a tag's manifest; None for an absent tag."""
        reply = self.attempts.repeat(lambda: self.head_manifest(repository, reference))
        return reply.header("Docker-Content-Digest") if reply.status == 200 else None

    def head_manifest(self, repository: str, reference: str) -> Reply:
        """Return the answer about a manifest: 200 or 404."""
        return self.calls.call(
            "HEAD",
            self.manifest_url(repository, reference),
            scope=f"repository:{repository}:pull",
            expected=(200, 404),
            headers={"Accept": self.accept},
        )

    def get_manifest(self, repository: str, digest: str) -> Reply:
        """Return a manifest."""
        reply = self.calls.call(
            "GET",
            self.manifest_url(repository, digest),
            scope=f"repository:{repository}:pull",
            headers={"Accept": self.accept},
        )
        self.check_manifest(reply.body, digest)
        return reply

    def pull_blob(self, repository: str, digest: str) -> bytes:
        """Return a blob, after as many attempts as it takes."""
        return self.attempts.repeat(lambda: self.get_blob(repository, digest))

    def get_blob(self, repository: str, digest: str) -> bytes:
        """Return a blob, asked for once."""
        url = self.calls.url_of(f"/v2/{repository}/blobs/{digest}")
        reply = self.calls.call("GET", url, scope=f"repository:{repository}:pull")
        self.check_blob(reply.body, digest)
        return reply.body

    def check_manifest(self, content: bytes, digest: str) -> None:
        """SampleInterruption for a manifest that has another digest."""
        check_digest(content, digest)

    def check_blob(self, content: bytes, digest: str) -> None:
        """SampleInterruption for a blob that has another digest."""
        check_digest(content, digest)

    # changes

    def add_layer(self, repository: str, tag: str, layer: bytes) -> None:
        """Add a layer to the image of a tag. SampleError for a tag that others keep moving."""
        for _ in PAUSES:
            found = self.manifest(repository, tag)
            image = self.pull_blobs(repository, found)
            longer = replace(image, layers=(*image.layers, layer))

            self.push_blobs(repository, longer)
            if self.is_still_at(repository, tag, found):
                self.push_manifest(repository, tag, longer)
                return
        raise SampleError(f"expected {tag} to stay where it is, found it moved each time")

    def is_still_at(self, repository: str, tag: str, found: Reply) -> bool:
        """Return whether the tag is at the manifest that was found before."""
        return self.digest_at(repository, tag) == digest_of(found.body)

    # lists

    def tags(self, repository: str) -> list[str]:
        """Return all tags, sorted; none for an absent repository."""
        url: str | None = self.calls.url_of(f"/v2/{repository}/tags/list")
        tags: set[str] = set()
        pages: set[str] = set()
        while url is not None:
            if url in pages or len(pages) == MAX_PAGES:
                raise SampleError(f"expected another page of tags, found {url}")

            pages.add(url)
            found, url = self.attempts.repeat(partial(self.page_of_tags, repository, url))
            tags.update(found)
        return sorted(tags)

    def page_of_tags(self, repository: str, url: str) -> tuple[list[str], str | None]:
        """Return the tags of a page, and the URL of the next one."""
        scope = f"repository:{repository}:pull,metadata_read"
        reply = self.calls.call("GET", url, scope=scope, expected=(200, 404))
        if reply.status == 404:
            return [], None

        if reply.next_page and origin_of(reply.next_page) != origin_of(url):
            raise SampleError("expected the next page at the registry")
        return reply.json().get("tags") or [], reply.next_page

    def has_repository(self, repository: str) -> bool:
        """Return whether the repository has tags."""
        return bool(self.tags(repository))

    def wait_for(self, repository: str, tag: str) -> str:
        """Wait for a tag; return its digest."""
        for _ in range(MAX_LOOKS):
            digest = self.digest_at(repository, tag)
            if digest is not None:
                return digest
            self.attempts.pause(10)
        raise SampleError(f"expected the tag {tag}, found none")

    # deletes

    def delete(self, repository: str, tag: str) -> None:
        """Delete the image of a tag, with its other tags. It may be absent."""
        digest = self.digest_at(repository, tag)
        if digest is not None:
            self.attempts.repeat(
                lambda: self.delete_manifest(repository, digest),
                lambda: self.find_deleted(repository, digest),
            )

    def delete_manifest(self, repository: str, digest: str) -> bool:
        """Delete a manifest."""
        url = self.manifest_url(repository, digest)
        self.calls.call("DELETE", url, scope=f"repository:{repository}:delete", expected=(202,))
        return True

    def find_deleted(self, repository: str, digest: str) -> bool | None:
        """Return true if the manifest is absent."""
        return True if self.digest_at(repository, digest) is None else None

    def manifest_url(self, repository: str, reference: str) -> str:
        """Return the URL of a manifest."""
        return self.calls.url_of(f"/v2/{repository}/manifests/{quote(reference, safe=':')}")


def check_digest(content: bytes, digest: str) -> None:
    """SampleInterruption for content that has another digest."""
    if digest_of(content) != digest:
        raise SampleInterruption(f"expected {digest}, found other content")
