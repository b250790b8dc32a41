"""`ThroughContentClient`: a Registry whose content passes through the content client.

Calls that the client does not offer go to the registry behind it.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from azure.core.exceptions import HttpResponseError

from fake_registry.core.blobs import Blob
from fake_registry.core.registry import BlobReader, Registry, UploadStatus
from fake_registry.spec.errors import DigestInvalid, RegistryError
from fake_registry.spec.manifest import Descriptor, Manifest, read_manifest
from fake_registry.spec.names import Digest, Reference, RepositoryName, Tag, algorithm_of, is_digest
from pytest_acr import ContainerRegistryContentClient, DigestValidationError

ClientOf = Callable[[str], ContainerRegistryContentClient]


class ThroughContentClient:
    """`client_of` makes the client of a repository of `registry`."""

    def __init__(self, registry: Registry, client_of: ClientOf) -> None:
        self._registry = registry
        self._client_of = client_of

    def __getattr__(self, name: str) -> Any:  # Any: as the registry's method of that name
        return getattr(self._registry, name)

    def get_blob(self, repository: RepositoryName, digest: Digest) -> BlobReader:
        with _refused_as_registries_do(), self._client_of(repository).download_blob_streaming(digest) as pieces:
            return Blob(tuple(pieces))

    def get_manifest(self, repository: RepositoryName, reference: Reference) -> Manifest:
        with _refused_as_registries_do():
            found = self._client_of(repository).get_manifest(reference)
            algorithm = algorithm_of(reference) if is_digest(reference) else "sha256"
            return read_manifest(found.content, found.media_type, algorithm=algorithm)

    def put_blob(self, repository: RepositoryName, digest: Digest, content: Iterable[bytes]) -> Descriptor:
        with _refused_as_registries_do():
            stored = self._client_of(repository).upload_blob(content, skip_existing=digest, chunk_bytes=7)
        return self._registry.stat_blob(repository, Digest(stored.digest))

    def mount_blob(
        self, repository: RepositoryName, digest: Digest, *, source: RepositoryName | None
    ) -> Descriptor | UploadStatus:
        if source is None:
            return self._registry.mount_blob(repository, digest, source=None)
        with _refused_as_registries_do():
            if self._client_of(repository).mount_blob(digest, source=source):
                return self._registry.stat_blob(repository, digest)
        return self._registry.start_upload(repository)

    def put_manifest(self, repository: RepositoryName, manifest: Manifest, *, tags: Iterable[Tag] = ()) -> Descriptor:
        if algorithm_of(manifest.digest) != "sha256":  # the client pushes under sha256 and tags
            return self._registry.put_manifest(repository, manifest, tags=tags)
        client = self._client_of(repository)
        with _refused_as_registries_do():
            for tag in tuple(tags) or (None,):
                client.set_manifest(manifest.content, tag=tag, media_type=manifest.media_type)
        return manifest.descriptor

    def delete_blob(self, repository: RepositoryName, digest: Digest) -> None:
        with _refused_as_registries_do():
            self._client_of(repository).delete_blob(digest)

    def delete_manifest(self, repository: RepositoryName, digest: Digest) -> None:
        with _refused_as_registries_do():
            self._client_of(repository).delete_manifest(digest)


@contextmanager
def _refused_as_registries_do() -> Iterator[None]:
    """The error of azure-core's says in its cause which of the registry's it is."""
    try:
        yield
    except HttpResponseError as error:
        if isinstance(error.__cause__, RegistryError):
            raise error.__cause__ from error
        raise
    except DigestValidationError as error:
        raise DigestInvalid(str(error)) from error
