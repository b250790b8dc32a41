"""`ContainerRegistryContentClient`: one repository's blobs and manifests, on azure-core's pipeline.

The client that the Azure SDK announced for every language and that Python's official package lacks.
The operations are in `operations` and `uploads`, their execution in `driver`. Its async twin is in
`aio_client`.
"""

import os
from collections.abc import Iterable
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

from azure.core import PipelineClient
from azure.core.credentials import AzureNamedKeyCredential, TokenCredential
from azure.core.pipeline import policies
from azure.core.tracing.decorator import distributed_trace

from fake_registry.client.deadline import DEADLINE_SECONDS, parse_seconds
from fake_registry.spec.names import parse_repository_name
from pytest_acr.content import operations, uploads
from pytest_acr.content.answer_policy import AnswerPolicy
from pytest_acr.content.arguments import (
    AnyManifest,
    check_target,
    manifest_data,
    parse_argument,
    parse_endpoint,
)
from pytest_acr.content.commands import Flow
from pytest_acr.content.driver import FlowRunner, LoginPolicy
from pytest_acr.content.models import (
    DownloadBlobResult,
    GetManifestResult,
    SetManifestResult,
    UploadBlobResult,
)
from pytest_acr.content.pipeline import (
    DEFAULT_API_VERSION,
    DEFAULT_AUDIENCE,
    TRANSPORT_DEFAULTS,
    keyring_of,
    pipeline_options,
)
from pytest_acr.content.sources import Data, Source
from pytest_acr.content.targets import Target, complete_file, write_all
from pytest_acr.content.waiting import MAX_RETRY_AFTER_SECONDS, LimitedRetryPolicy

if TYPE_CHECKING:
    from azure.core.pipeline.transport import HttpTransport
    from azure.core.rest import HttpRequest, HttpResponse

T = TypeVar("T")


class ContainerRegistryContentClient:
    """Uploads and downloads one repository's blobs and manifests. Close it, or use it in a `with`.

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
        credential: TokenCredential | AzureNamedKeyCredential | None = None,
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
        if options.get("transport") is None:
            options["transport"] = _new_transport(options)
        options = pipeline_options(
            LoginPolicy(keyring, tokens),
            policies.RedirectPolicy,
            partial(LimitedRetryPolicy, longest_wait=longest_wait),
            AnswerPolicy(),
            enforce_https=enforce_https,
            options=options,
        )
        self._client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
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

    @distributed_trace
    def upload_blob(
        self,
        data: Data,
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
        with closing(Source(data)) as source:
            return self._run(flow, source)

    @distributed_trace
    def mount_blob(self, digest: str, *, source: str) -> bool:
        """Mount a blob of another repository; False, without any effect, if it is not there."""
        return self._run(uploads.mount_blob(self._repository, digest, source=source))

    @distributed_trace
    def download_blob_content(self, digest: str) -> DownloadBlobResult:
        """Download a blob into memory."""
        with self.download_blob_streaming(digest) as pieces:
            return DownloadBlobResult(content=b"".join(pieces), digest=digest)

    @distributed_trace
    def download_blob_to(self, digest: str, target: Target) -> int:
        """Download a blob to a path or a binary stream; return its size in bytes.

        A file appears under its name when its content is verified, and replaces an existing one.
        Bytes that were written to a stream stay there if an error follows.
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

    def download_blob_streaming(self, digest: str) -> "FlowRunner[int]":
        """Return an iterator of a blob's pieces, which is a context manager as well.

        The request is sent for the first piece. After the last one, DigestValidationError is raised
        for other content: the pieces before are not verified. Then `result` is the size in bytes.
        """
        flow = operations.download_blob(self._repository, digest)
        return FlowRunner(flow, self._client, self._endpoint, self._deadline)

    @distributed_trace
    def delete_blob(self, digest: str) -> None:
        """Delete a blob."""
        self._run(operations.delete_blob(self._repository, digest))

    # manifests

    @distributed_trace
    def set_manifest(
        self, manifest: AnyManifest, *, tag: str | None = None, media_type: str | None = None
    ) -> SetManifestResult:
        """Push a manifest of at most 4 MiB, under a tag or under its digest alone.

        It is a model, a mapping or bytes, also of a path or a stream. `media_type` is by default
        the one in the manifest, or else that of an OCI image.
        """
        flow = operations.set_manifest(self._repository, tag=tag, media_type=media_type)
        with closing(Source(manifest_data(manifest), name="manifest")) as source:
            return self._run(flow, source)

    @distributed_trace
    def get_manifest(self, tag_or_digest: str, *, accept: str | None = None) -> GetManifestResult:
        """Pull a manifest of at most 4 MiB.

        The result has its exact bytes, its media type and, for an OCI image, the model. `accept` is
        the Accept header, by default all types of manifests.
        """
        return self._run(operations.get_manifest(self._repository, tag_or_digest, accept=accept))

    @distributed_trace
    def delete_manifest(self, digest: str) -> None:
        """Delete a manifest and all tags that point at it."""
        self._run(operations.delete_manifest(self._repository, digest))

    def _run(self, flow: Flow[T], source: Source | None = None) -> T:
        with FlowRunner(flow, self._client, self._endpoint, self._deadline, source) as run:
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


def _new_transport(options: dict[str, Any]) -> "HttpTransport[HttpRequest, HttpResponse]":
    from pytest_acr.content.requests_transport import DeadlineTransport  # it imports requests

    return DeadlineTransport(**{**TRANSPORT_DEFAULTS, **options})
