"""`ContainerRegistryContentClient`: one repository's blobs and manifests, on azure-core's pipeline.

The client that the Azure SDK's announcement builds on and Python's official package lacks. What its
operations do stands in `flows`, and who performs it in `driver`. `aio` has its async twin.
"""

import os
from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING, Any, Self, TypeVar

from azure.core import PipelineClient
from azure.core.credentials import AzureNamedKeyCredential, TokenCredential
from azure.core.pipeline import policies
from azure.core.tracing.decorator import distributed_trace

from fake_registry.spec.names import parse_repository_name
from pytest_acr.content import operations, uploads
from pytest_acr.content.arguments import Manifest, check_target, checked, manifest_content, parse_endpoint
from pytest_acr.content.commands import Flow
from pytest_acr.content.driver import LoginPolicy, Run
from pytest_acr.content.models import DownloadBlobResult, GetManifestResult, SetManifestResult, UploadBlobResult
from pytest_acr.content.pipeline import (
    DEFAULT_API_VERSION,
    DEFAULT_AUDIENCE,
    keyring_of,
    pipeline_options,
)
from pytest_acr.content.sources import Data, Source
from pytest_acr.content.targets import Target, complete_file, write_all

if TYPE_CHECKING:
    from azure.core.rest import HttpRequest, HttpResponse

T = TypeVar("T")


class ContainerRegistryContentClient:
    """Uploads and downloads one repository's blobs and manifests. Close it, or use it in a `with`.

    `endpoint` is the registry's URL or host. `credential` gives Entra's tokens, or is an
    `AzureNamedKeyCredential` of a user and a password: ACR's admin user, a repository-scoped token,
    another registry's user; without one the caller is anonymous. `audience` is what tokens are
    asked for, another in sovereign clouds. A user and a password are sent to a token service at
    another host only if `realm_hosts` names it, such as `auth.example.com:5001`. Further keyword
    arguments are azure-core's: `transport`, `retry_total`, `per_call_policies`, `logging_enable`
    and so on. An http endpoint wants `enforce_https=False`.

    Operations raise azure-core's errors: ResourceNotFoundError, ClientAuthenticationError,
    HttpResponseError where the registry refuses, ServiceRequestError and ServiceResponseError where
    it cannot be reached or understood; and `DigestValidationError`, a ValueError, where content is
    not what its digest says. Arguments that cannot be right are a ValueError or TypeError before
    any request.
    """

    def __init__(
        self,
        endpoint: str,
        repository: str,
        credential: TokenCredential | AzureNamedKeyCredential | None = None,
        *,
        audience: str = DEFAULT_AUDIENCE,
        api_version: str = DEFAULT_API_VERSION,
        enforce_https: bool = True,
        realm_hosts: Iterable[str] = (),
        **options: Any,  # Any: whatever azure-core's policies and transports take
    ) -> None:
        registry = parse_endpoint(endpoint, enforce_https=enforce_https)
        self._endpoint = str(registry)
        self._repository = checked(parse_repository_name, repository, "repository")
        keyring = keyring_of(registry, credential, audience=audience, api_version=api_version, realm_hosts=realm_hosts)
        tokens = None if isinstance(credential, AzureNamedKeyCredential) else credential
        options = pipeline_options(
            LoginPolicy(keyring, tokens),
            policies.RedirectPolicy,
            policies.RetryPolicy,
            enforce_https=enforce_https,
            options=options,
        )
        self._client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(self._endpoint, **options)

    @property
    def endpoint(self) -> str:
        """The registry's URL."""
        return self._endpoint

    @property
    def repository(self) -> str:
        """The repository's name."""
        return self._repository

    # blobs

    @distributed_trace
    def upload_blob(
        self, data: Data, *, skip_existing: bool | str = False, chunk_bytes: int = uploads.CHUNK_BYTES
    ) -> UploadBlobResult:
        """Upload bytes, a file, a binary stream or an iterable of bytes, in chunks, each sent once.

        With `skip_existing` nothing is sent if the registry has that blob: True reads what can be
        read twice a first time for its digest; a digest is that of the content, sha256 or sha512,
        and a content that has another is refused.
        """
        flow = uploads.upload_blob(self._repository, skip_existing=skip_existing, chunk_bytes=chunk_bytes)
        with closing(Source(data)) as source:
            return self._run(flow, source)

    @distributed_trace
    def mount_blob(self, digest: str, *, source: str) -> bool:
        """Take a blob over from another repository; False if it is not there, and then nothing has
        happened."""
        return self._run(uploads.mount_blob(self._repository, digest, source=source))

    @distributed_trace
    def download_blob_content(self, digest: str) -> DownloadBlobResult:
        """Download a blob into memory."""
        with self.download_blob_streaming(digest) as pieces:
            return DownloadBlobResult(content=b"".join(pieces), digest=digest)

    @distributed_trace
    def download_blob_to(self, digest: str, target: Target) -> int:
        """Download a blob to a path or a binary stream; return its size in bytes.

        A file appears under its name when its content is verified, and replaces one that is there.
        What was written to a stream is not taken back.
        """
        check_target(target)
        with self.download_blob_streaming(digest) as pieces:
            if isinstance(target, os.PathLike):
                with complete_file(target) as file:
                    file.writelines(pieces)
            else:
                for piece in pieces:
                    write_all(target, piece)
            return pieces.result

    def download_blob_streaming(self, digest: str) -> "Run[int]":
        """Return a blob's bytes as an iterator of pieces that is a context manager, too.

        It asks for them with the first piece. After the last one it raises DigestValidationError if
        the content is another: what was read until then is not verified.
        """
        return Run(operations.download_blob(self._repository, digest), self._client, self._endpoint)

    @distributed_trace
    def delete_blob(self, digest: str) -> None:
        """Delete a blob."""
        self._run(operations.delete_blob(self._repository, digest))

    # manifests

    @distributed_trace
    def set_manifest(
        self, manifest: Manifest, *, tag: str | None = None, media_type: str | None = None
    ) -> SetManifestResult:
        """Push a manifest of at most 4 MiB, under a tag or under its digest alone: a model, a
        mapping or its bytes.

        `media_type` is what the manifest says it is, or, where it does not say, by default an OCI
        image.
        """
        flow = operations.set_manifest(self._repository, tag=tag, media_type=media_type)
        with closing(Source(manifest_content(manifest), what="manifest")) as source:
            return self._run(flow, source)

    @distributed_trace
    def get_manifest(self, tag_or_digest: str, *, accept: str | None = None) -> GetManifestResult:
        """Pull a manifest of at most 4 MiB: its exact bytes, its media type and, for an OCI image,
        the model.

        `accept` is the Accept header, instead of all types that there are.
        """
        return self._run(operations.get_manifest(self._repository, tag_or_digest, accept=accept))

    @distributed_trace
    def delete_manifest(self, digest: str) -> None:
        """Delete a manifest and all tags that point at it."""
        self._run(operations.delete_manifest(self._repository, digest))

    # the end

    def _run(self, flow: Flow[T], source: Source | None = None) -> T:
        with Run(flow, self._client, self._endpoint, source) as run:
            for _ in run:
                pass
            return run.result

    def close(self) -> None:
        """Close the transport."""
        self._client.close()

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(self, *exc_details: object) -> None:
        self.close()
