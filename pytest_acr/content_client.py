"""`ContainerRegistryContentClient`: one repository's blobs and manifests, on azure-core's pipeline.

The client that the Azure SDK's announcement builds on and Python's official package lacks. What its operations do
stands in `flows`; this is the driver that blocks.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, Self

from azure.core import PipelineClient
from azure.core.configuration import Configuration
from azure.core.credentials import TokenCredential
from azure.core.pipeline import PipelineRequest, PipelineResponse, policies
from azure.core.pipeline.policies import HTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

from fake_registry.spec import media_types
from fake_registry.spec.names import parse_digest, parse_reference, parse_repository_name, parse_tag
from fake_registry.wire.answers import Answer
from fake_registry.wire.calls import same_origin
from pytest_acr import flows
from pytest_acr.content_requests import (
    DEFAULT_AUDIENCE,
    SCOPE_OPTION,
    Data,
    Source,
    answer_of,
    check_data,
    checked,
    endpoint_of,
    error_of,
    http_request,
    manifest_bytes,
    pieces_of,
)
from pytest_acr.flows import Flow, ReadBody, ReadSource, Send, Write
from pytest_acr.login import Ask, GetToken, Keyring, LoginFlow
from pytest_acr.models import (
    DownloadBlobResult,
    GetManifestResult,
    OciImageManifest,
    SetManifestResult,
    UploadBlobResult,
)

Target = os.PathLike[str] | IO[bytes]


class ContainerRegistryContentClient:
    """Uploads and downloads one repository's blobs and manifests. Close it, or use it in a `with`.

    `endpoint` is the registry's URL or host; without `credential` the caller is anonymous. `audience` is what tokens
    are asked for, another in sovereign clouds. Further keyword arguments are azure-core's: `transport`, `retry_total`,
    `per_call_policies`, `logging_enable` and so on. An http endpoint wants `enforce_https=False`.

    Operations raise azure-core's errors: `ResourceNotFoundError`, `ClientAuthenticationError`, `HttpResponseError` and
    those of the transport; `DigestValidationError`, a ValueError, where content is not what its digest says. Arguments
    that cannot be right are a ValueError or TypeError before any request.
    """

    def __init__(
        self,
        endpoint: str,
        repository: str,
        credential: TokenCredential | None = None,
        *,
        audience: str = DEFAULT_AUDIENCE,
        enforce_https: bool = True,
        **options: Any,  # Any: whatever azure-core's policies and transports take
    ) -> None:
        self._endpoint = endpoint_of(endpoint, enforce_https=enforce_https)
        self._repository = checked(parse_repository_name, repository, "repository")
        keyring = Keyring(self._endpoint, audience=audience, anonymous=credential is None)
        # Any: azure-core's own policies are typed for its older requests
        configuration: Configuration[Any, Any] = Configuration()
        configuration.headers_policy = policies.HeadersPolicy(**options)
        configuration.user_agent_policy = policies.UserAgentPolicy(sdk_moniker="pytest-acr", **options)
        configuration.proxy_policy = policies.ProxyPolicy(**options)
        configuration.redirect_policy = policies.RedirectPolicy(**options)
        configuration.retry_policy = policies.RetryPolicy(**options)
        configuration.authentication_policy = LoginPolicy(keyring, credential)
        configuration.logging_policy = policies.NetworkTraceLoggingPolicy(**options)
        self._client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
            self._endpoint, config=configuration, **options
        )

    # blobs

    def upload_blob(self, data: Data, *, skip_existing: str | None = None) -> UploadBlobResult:
        """Upload bytes, a file, a stream or an iterable of bytes, in chunks of 4 MiB, each sent once.

        With `skip_existing`, the digest that the content has, nothing is sent if the registry has that blob.
        """
        check_data(data)
        known = None if skip_existing is None else checked(parse_digest, skip_existing, "skip_existing")
        with ExitStack() as opened:
            source = Source(pieces_of(data, opened))
            result: UploadBlobResult = self._run(flows.upload_blob(self._repository, skip_existing=known), source)
        return result

    def mount_blob(self, digest: str, *, source: str) -> bool:
        """Take a blob over from another repository; False if it is not there, and then nothing has happened."""
        named = checked(parse_repository_name, source, "source")
        mounted: bool = self._run(flows.mount_blob(self._repository, checked(parse_digest, digest, "digest"), named))
        return mounted

    def download_blob_content(self, digest: str) -> DownloadBlobResult:
        """Download a blob into memory."""
        pieces: list[bytes] = []
        self._download(digest, pieces.append)
        return DownloadBlobResult(content=b"".join(pieces), digest=digest)

    def download_blob_to(self, digest: str, target: Target) -> int:
        """Download a blob to a path or a binary stream; return its size in bytes.

        A file appears under its name when its content is verified, and replaces one that is there. What was written to
        a stream is not taken back.
        """
        if not isinstance(target, os.PathLike):
            return self._download(digest, target.write)
        with _complete_file(Path(target)) as file:
            return self._download(digest, file.write)

    def delete_blob(self, digest: str) -> None:
        """Delete a blob."""
        self._run(flows.delete_blob(self._repository, checked(parse_digest, digest, "digest")))

    def _download(self, digest: str, write: Callable[[bytes], object]) -> int:
        flow = flows.download_blob(self._repository, checked(parse_digest, digest, "digest"))
        size: int = self._run(flow, write=write)
        return size

    # manifests

    def set_manifest(
        self,
        manifest: OciImageManifest | Any,  # Any: a mapping of JSON, bytes or a binary stream
        *,
        tag: str | None = None,
        media_type: str = media_types.OCI_MANIFEST,
    ) -> SetManifestResult:
        """Push a manifest of at most 4 MiB, under a tag or under its digest alone."""
        content = manifest_bytes(manifest)
        named = None if tag is None else checked(parse_tag, tag, "tag")
        result: SetManifestResult = self._run(flows.set_manifest(self._repository, content, str(media_type), tag=named))
        return result

    def get_manifest(self, tag_or_digest: str, *, accept: str | None = None) -> GetManifestResult:
        """Pull a manifest: its exact bytes, its media type and, for an OCI image, the model."""
        reference = checked(parse_reference, tag_or_digest, "tag_or_digest")
        result: GetManifestResult = self._run(flows.get_manifest(self._repository, reference, accept=accept))
        return result

    def delete_manifest(self, digest: str) -> None:
        """Delete a manifest and all tags that point at it."""
        self._run(flows.delete_manifest(self._repository, checked(parse_digest, digest, "digest")))

    # the driver

    def _run(
        self, flow: Flow, source: Source | None = None, write: Callable[[bytes], object] | None = None
    ) -> Any:  # Any: what the flow returns
        """Perform a flow's commands, and close what is left of an answer."""
        with ExitStack() as streams:
            body: Iterator[bytes] = iter(())
            given: object = None
            try:
                command = next(flow)
                while True:
                    try:
                        match command:
                            case Send(stream=stream):
                                response = self._send(command)
                                if stream:
                                    streams.callback(response.close)
                                    body = response.iter_raw()
                                given = answer_of(response, body=b"" if stream else response.content)
                            case ReadBody():
                                given = next(filter(None, body), b"")
                            case ReadSource(size) if source is not None:
                                given = source.read(size)
                            case Write(piece) if write is not None:
                                given = write(piece)
                    except Exception as error:  # noqa: BLE001  the flow decides what to undo, and raises it again
                        command = flow.throw(error)
                    else:
                        command = flow.send(given)
            except StopIteration as end:
                return end.value

    def _send(self, command: Send) -> HttpResponse:
        request = http_request(command.call, self._endpoint)
        options = {SCOPE_OPTION: command.call.scope}
        response = self._client.send_request(request, stream=command.stream, **options)
        if response.status_code in command.expect:
            return response
        try:
            content = response.read()
        finally:
            response.close()
        raise error_of(command.call, answer_of(response, body=content), response)

    # the end

    def close(self) -> None:
        """Close the transport."""
        self._client.close()

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(self, *exc_details: object) -> None:
        self._client.__exit__(*exc_details)


class LoginPolicy(HTTPPolicy[HttpRequest, HttpResponse]):
    """Logs in to the registry, keeps tokens, and logs in once more where one is refused. No other host gets a token."""

    def __init__(self, keyring: Keyring, credential: TokenCredential | None) -> None:
        super().__init__()
        self._keyring = keyring
        self._credential = credential

    def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, HttpResponse]:
        # options are gone after the first try, the context stays for the next
        scope: str = request.context.setdefault(SCOPE_OPTION, request.context.options.pop(SCOPE_OPTION, ""))
        if not same_origin(self._keyring.registry, request.http_request.url):
            return self.next.send(request)  # what was sent to the registry azure-core takes off at the redirect
        held = self._log_in(request, self._keyring.authorize(scope, now=time.time()))
        if isinstance(held, PipelineResponse):
            return held
        _authorize(request, held)
        response = self.next.send(request)
        if response.http_response.status_code != 401:
            return response
        challenges = response.http_response.headers.get("WWW-Authenticate", "")
        fresh = self._log_in(request, self._keyring.answer(challenges, scope, now=time.time()))
        if fresh is None:
            return response
        if isinstance(fresh, PipelineResponse):
            return fresh
        _authorize(request, fresh)
        return self.next.send(request)

    def _log_in(
        self, request: PipelineRequest[HttpRequest], flow: LoginFlow
    ) -> "str | PipelineResponse[HttpRequest, HttpResponse] | None":
        """Perform a login; a response is that of a login which was refused."""
        given: object = None
        response: PipelineResponse[HttpRequest, HttpResponse] | None = None
        try:
            while True:
                match flow.send(given):
                    case GetToken(audience) if self._credential is not None:
                        given = self._credential.get_token(f"{audience}/.default").token
                    case Ask(call):
                        asked = PipelineRequest(http_request(call, self._keyring.registry), request.context)
                        response = self.next.send(asked)
                        given = answer_of(response.http_response, body=response.http_response.read())
        except StopIteration as end:
            return response if isinstance(end.value, Answer) else end.value


def _authorize(request: PipelineRequest[HttpRequest], authorization: str | None) -> None:
    if authorization is not None:
        request.http_request.headers["Authorization"] = authorization


@contextmanager
def _complete_file(path: Path) -> Iterator[IO[bytes]]:
    """Give a file that gets its name when the block has ended well, and is gone when it has not."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
