"""The async twin of `pytest_acr.content.client`: `ContainerRegistryContentClient` with `await`."""

import os
from collections.abc import Iterable
from contextlib import closing
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self, TypeVar

from azure.core import AsyncPipelineClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline import policies
from azure.core.tracing.decorator_async import distributed_trace_async

from fake_registry.client.deadline import DEADLINE_SECONDS, parse_seconds
from fake_registry.spec.names import parse_repository_name
from pytest_acr.content import operations, uploads
from pytest_acr.content.aio_answer_policy import AioAnswerPolicy
from pytest_acr.content.aio_driver import AioFlowRunner, AioLoginPolicy
from pytest_acr.content.arguments import (
    AnyManifest,
    check_target,
    manifest_data,
    parse_argument,
    parse_endpoint,
)
from pytest_acr.content.commands import Flow
from pytest_acr.content.models import (
    DownloadBlobResult,
    GetManifestResult,
    SetManifestResult,
    UploadBlobResult,
)
from pytest_acr.content.pipeline import (
    DEFAULT_API_VERSION,
    DEFAULT_AUDIENCE,
    Reread,
    keyring_of,
    pipeline_options,
)
from pytest_acr.content.sources import AioData, AioSource
from pytest_acr.content.targets import AioTarget, complete_file, write_all_async
from pytest_acr.content.waiting import MAX_RETRY_AFTER_SECONDS, AioLimitedRetryPolicy

if TYPE_CHECKING:
    from azure.core.rest import AsyncHttpResponse, HttpRequest

T = TypeVar("T")


class ContainerRegistryContentClient:
    """Uploads and downloads one repository's blobs and manifests. Close it, or use `async with`.

    `endpoint` is the registry's URL or host; one of http requires `enforce_https=False`.
    `credential` is a token credential for Entra, or an `AzureNamedKeyCredential` with a user and a
    password: ACR's admin user, a repository-scoped token, the user of another registry. Without it
    the caller is anonymous. `audience` is the audience of Entra tokens, another one in sovereign
    clouds. A user and a password are sent to a token service at another host only if `realm_hosts`
    names it, as `auth.example.com` or `auth.example.com:5001`. `deadline` is the time in seconds
    for the answer to each request, and as long again for each MiB of a body; `max_retry_after` is
    the longest time in seconds that the registry may ask to wait. All other keyword arguments are
    azure-core's, such as `transport`, `retry_total`, `per_call_policies` and `logging_enable`.

    Operations raise ResourceNotFoundError, ClientAuthenticationError or another HttpResponseError
    if the registry refuses; ServiceRequestError or ServiceResponseError if it cannot be reached or
    its answer is unusable; `DigestValidationError`, a ValueError, if content does not match its
    digest. Of the ServiceResponseErrors, those for an answer that is too large or too late have
    classes of their own: `ResponseTooLarge`, `EncodingRefused`, `DeadlineExceeded` and
    `RetryAfterTooLong` of `fake_registry`. An invalid argument is a ValueError or a TypeError,
    before any request.
    """

    def __init__(
        self,
        endpoint: str,
        repository: str,
        credential: AsyncTokenCredential | AzureNamedKeyCredential | None = None,
        *,
        audience: str = DEFAULT_AUDIENCE,
        api_version: str = DEFAULT_API_VERSION,
        enforce_https: bool = True,
        realm_hosts: Iterable[str] = (),
        deadline: float = DEADLINE_SECONDS,
        max_retry_after: float = MAX_RETRY_AFTER_SECONDS,
        **options: Any,  # Any: the options of azure-core's policies and transports
    ) -> None:
        registry = parse_endpoint(endpoint, enforce_https=enforce_https)
        self._endpoint = str(registry)
        self._repository = parse_argument(parse_repository_name, repository, "repository")
        keyring = keyring_of(
            registry,
            credential,
            audience=audience,
            api_version=api_version,
            realm_hosts=realm_hosts,
        )
        self._deadline = parse_seconds("deadline", deadline)
        longest_wait = parse_seconds("max_retry_after", max_retry_after)
        tokens = None if isinstance(credential, AzureNamedKeyCredential) else credential
        # A file is best for aiohttp, bytes are best for requests.
        self._large_body = Reread if _is_aiohttp(options.get("transport")) else None
        options = pipeline_options(
            AioLoginPolicy(keyring, tokens),
            policies.AsyncRedirectPolicy,
            partial(AioLimitedRetryPolicy, longest_wait=longest_wait),
            AioAnswerPolicy(),
            enforce_https=enforce_https,
            options=options,
        )
        self._client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse] = AsyncPipelineClient(
            self._endpoint,
            **options,
        )

    def __repr__(self) -> str:
        return f"<ContainerRegistryContentClient for {self._repository} at {self._endpoint}>"

    @property
    def endpoint(self) -> str:
        """The registry's URL."""
        return self._endpoint

    @property
    def repository(self) -> str:
        """The repository's name."""
        return self._repository

    # blobs

    @distributed_trace_async
    async def upload_blob(
        self,
        data: AioData,
        *,
        skip_existing: bool | str = False,
        chunk_bytes: int = uploads.CHUNK_BYTES,
    ) -> UploadBlobResult:
        """Upload bytes, a file, a binary stream or an iterable of bytes, in chunks, each sent once.

        With `skip_existing` nothing is sent if the registry has the blob. True reads the data twice,
        the first time for its digest; a digest, sha256 or sha512, is that of the data, and other
        data is refused.
        """
        flow = uploads.upload_blob(self._repository, skip_existing=skip_existing, chunk_bytes=chunk_bytes)
        with closing(AioSource(data)) as source:
            return await self._run(flow, source)

    @distributed_trace_async
    async def mount_blob(self, digest: str, *, source: str) -> bool:
        """Mount a blob of another repository; False, without any effect, if it is not there."""
        return await self._run(uploads.mount_blob(self._repository, digest, source=source))

    @distributed_trace_async
    async def download_blob_content(self, digest: str) -> DownloadBlobResult:
        """Download a blob into memory."""
        async with self.download_blob_streaming(digest) as pieces:
            return DownloadBlobResult(content=b"".join([piece async for piece in pieces]), digest=digest)

    @distributed_trace_async
    async def download_blob_to(self, digest: str, target: AioTarget) -> int:
        """Download a blob to a path or a binary stream; return its size in bytes.

        A file appears under its name when its content is verified, and replaces an existing one.
        Bytes that were written to a stream stay there if an error follows.
        """
        check_target(target)
        async with self.download_blob_streaming(digest) as pieces:
            if isinstance(target, os.PathLike):
                with complete_file(target) as file:
                    async for piece in pieces:
                        file.write(piece)
            else:
                async for piece in pieces:
                    await write_all_async(target, piece)
            return pieces.result

    def download_blob_streaming(self, digest: str) -> "AioFlowRunner[int]":
        """Return an async iterator of a blob's pieces, which is an async context manager as well.

        The request is sent for the first piece. After the last one, DigestValidationError is raised
        for other content: the pieces before are not verified. Then `result` is the size in bytes.
        """
        flow = operations.download_blob(self._repository, digest)
        return AioFlowRunner(flow, self._client, self._endpoint, self._deadline, None)

    @distributed_trace_async
    async def delete_blob(self, digest: str) -> None:
        """Delete a blob."""
        await self._run(operations.delete_blob(self._repository, digest))

    # manifests

    @distributed_trace_async
    async def set_manifest(
        self, manifest: AnyManifest, *, tag: str | None = None, media_type: str | None = None
    ) -> SetManifestResult:
        """Push a manifest of at most 4 MiB, under a tag or under its digest alone.

        It is a model, a mapping or bytes, also of a path or a stream. `media_type` is by default
        the one in the manifest, or else that of an OCI image.
        """
        flow = operations.set_manifest(self._repository, tag=tag, media_type=media_type)
        with closing(AioSource(manifest_data(manifest), name="manifest")) as source:
            return await self._run(flow, source)

    @distributed_trace_async
    async def get_manifest(self, tag_or_digest: str, *, accept: str | None = None) -> GetManifestResult:
        """Pull a manifest of at most 4 MiB.

        The result has its exact bytes, its media type and, for an OCI image, the model. `accept` is
        the Accept header, by default all types of manifests.
        """
        return await self._run(operations.get_manifest(self._repository, tag_or_digest, accept=accept))

    @distributed_trace_async
    async def delete_manifest(self, digest: str) -> None:
        """Delete a manifest and all tags that point at it."""
        await self._run(operations.delete_manifest(self._repository, digest))

    async def _run(self, flow: Flow[T], source: AioSource | None = None) -> T:
        async with AioFlowRunner(
            flow,
            self._client,
            self._endpoint,
            self._deadline,
            self._large_body,
            source,
        ) as run:
            async for _ in run:
                pass
            return run.result

    async def close(self) -> None:
        """Close the transport."""
        await self._client.close()

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc_details: object) -> None:
        await self.close()


def _is_aiohttp(transport: object | None) -> bool:
    """Return whether requests go over aiohttp, which is the default. ImportError if it is missing."""
    is_installed = find_spec("aiohttp") is not None
    if transport is None and not is_installed:
        other = "transport=azure.core.pipeline.transport.AsyncioRequestsTransport()"
        remedy = f'pip install "pytest-acr[aio]", or {other}'
        raise ImportError(f"the async client requires aiohttp or a transport: {remedy}")
    if transport is None:
        return True

    # Not by isinstance, because importing aiohttp takes longer than most tests.
    names = {base.__name__ for base in type(transport).__mro__}
    return is_installed and "AioHttpTransport" in names
