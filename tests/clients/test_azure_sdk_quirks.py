"""The Azure SDK's clients with azure-core's own transports, and what they put on the wire.

The transports that `connect` makes repair what is shown here.
"""

import asyncio
import gc
import warnings
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
from azure.core import AsyncPipelineClient
from azure.core.exceptions import (
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    StreamConsumedError,
)
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import AioHttpTransport, RequestsTransport
from azure.core.rest import HttpRequest

from fake_registry import FakeRegistry
from pytest_acr import Connection
from tests.support.clients import (
    HELLO,
    OCI_INDEX,
    digest_of,
    download,
    every_transport,
    image_manifest,
    upload,
)

over_http: Final = pytest.mark.parametrize("transport", ["http"])


class Watch(SansIOHTTPPolicy[Any, Any]):  # Any: whatever requests azure-core has
    """Calls a function with each request."""

    def __init__(self, function: Callable[[PipelineRequest[Any]], None]) -> None:
        self._function = function

    def on_request(self, request: PipelineRequest[Any]) -> None:
        self._function(request)


def permit_http(request: PipelineRequest[Any]) -> None:
    request.context.options["enforce_https"] = False


def permit_http_except_at_login(request: PipelineRequest[Any]) -> None:
    if "/oauth2/" not in request.http_request.url:
        permit_http(request)


@over_http
def test_plain_http_is_refused_before_any_request(acr: FakeRegistry, connection: Connection) -> None:
    """azure-sdk-quirks: ServiceRequestError, unless `enforce_https=False` is in the request's options."""
    client = ContainerRegistryClient(connection.endpoint, connection.credential, retry_total=0)

    with client, pytest.raises(ServiceRequestError, match="not permitted for non-TLS"):
        list(client.list_repository_names())
    assert len(acr.requests) == 0


@over_http
def test_option_of_the_login_reaches_requests(acr: FakeRegistry, connection: Connection) -> None:
    """azure-sdk-quirks: the login client has the caller's policies, and none that removes the option."""
    with _client(connection, permit_http) as client:
        with pytest.raises(TypeError, match="unexpected keyword argument 'enforce_https'"):
            list(client.list_repository_names())
        acr.requests.assert_none(endpoint="oauth.exchange")

    with _client(connection, permit_http_except_at_login) as client:
        assert list(client.list_repository_names()) == []


def _client(connection: Connection, permit: Callable[[PipelineRequest[Any]], None]) -> ContainerRegistryClient:
    """Return a client with azure-core's own transport."""
    return ContainerRegistryClient(
        connection.endpoint,
        connection.credential,
        transport=RequestsTransport(),
        per_call_policies=[Watch(permit)],
    )


@over_http
def test_streamed_error_leaves_a_socket_open(acr: FakeRegistry, connection: Connection) -> None:
    """azure-sdk-quirks: get_manifest answered 404 leaves one unclosed socket, even inside `with`."""

    def get_absent_manifest() -> None:
        client = _client(connection, permit_http_except_at_login)
        with client, pytest.raises(ResourceNotFoundError):
            client.get_manifest(HELLO, "v9")

    assert [text for text in warnings_of(get_absent_manifest) if text.startswith("unclosed <socket")]
    acr.requests.one(endpoint="manifest.get", status=404)


@over_http
def test_session_of_aiohttp_is_open_after_a_run(connection: Connection) -> None:
    """azure-sdk-quirks: after `asyncio.run` the session and its connections would be without a loop."""
    transport = AioHttpTransport()

    async def call() -> list[str]:
        client = AioContainerRegistryClient(connection.endpoint, connection.aio_credential, transport=transport)
        return [name async for name in client.list_repository_names(enforce_https=False)]

    with asyncio.Runner() as runner:
        assert runner.run(call()) == []

        session = transport.session
        assert session is not None
        assert (session.closed, session._loop) == (False, runner.get_loop())
        runner.run(transport.close())


def warnings_of(function: Callable[[], None]) -> list[str]:
    """Return the texts of the warnings of resources that `function` leaves open."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        function()
        for _ in range(3):
            gc.collect()
    return [str(one.message) for one in caught]


@over_http
def test_second_reading_of_an_empty_body_is_an_error(connection: Connection) -> None:
    """azure-sdk-quirks: `send_request(stream=False)` of azure-core has read the body already."""

    async def read_twice(method: str) -> bytes:
        async with AsyncPipelineClient[Any, Any](connection.endpoint, transport=AioHttpTransport()) as client:
            response = await client.send_request(HttpRequest(method, f"{connection.endpoint}/v2/"))
            content: bytes = await response.read()
            return content

    assert asyncio.run(read_twice("GET"))
    with pytest.raises(StreamConsumedError):
        asyncio.run(read_twice("HEAD"))


@every_transport
def test_repository_and_digest_are_percent_encoded(acr: FakeRegistry, connection: Connection) -> None:
    """azure-sdk-quirks: samples%2Fhello and sha256%3A... must route."""
    image = acr.push_image(f"{HELLO}:v1", layers=[b"hello"])
    paths: list[str] = []
    watch = Watch(lambda request: paths.append(request.http_request.url.removeprefix(connection.endpoint)))
    client = connection.client(per_call_policies=[watch])

    assert client.get_manifest(HELLO, image.digest).digest == image.digest
    assert download(client, digest_of(b"hello")) == b"hello"

    manifest, layer = quote(image.digest), quote(digest_of(b"hello"))
    repository = f"/v2/{quote(HELLO, safe='')}"
    assert [path for path in paths if not path.startswith("/oauth2/")] == [
        f"{repository}/manifests/{manifest}",
        f"{repository}/blobs/{layer}",
    ]
    assert acr.requests.one(endpoint="manifest.get", status=200).reference == image.digest


@every_transport
def test_small_blob_is_requested_by_a_range(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: bytes=0-4194303, answered 206 although the blob is shorter."""
    assert download(client, upload(client, b"hello")) == b"hello"

    sent = acr.requests.one(endpoint="storage.blob", status=206)
    assert sent.request_header("Range") == "bytes=0-4194303"
    assert sent.response_header("Content-Range") == "bytes 0-4/5"


def test_contradicting_media_type_is_left_to_the_registry(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: set_manifest with a wrong media type expects an error of the service."""
    manifest: Any = image_manifest(client)

    with pytest.raises(HttpResponseError, match="MANIFEST_INVALID") as caught:
        client.set_manifest(HELLO, manifest, tag="v1", media_type=OCI_INDEX)
    assert caught.value.status_code == 400
    acr.requests.assert_not_pushed(HELLO)
