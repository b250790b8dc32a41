"""The content client, sync and async: its pipeline of azure-core policies."""

import asyncio
import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import HeadersPolicy, SansIOHTTPPolicy
from azure.core.rest import HttpRequest
from azure.core.settings import settings as azure_settings

import pytest_acr
from fake_registry import FakeRegistry, Fault, ManualClock, Refuse
from fake_registry.version import package_version
from pytest_acr import Connection, ContainerRegistryContentClient
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient
from tests.clients.content import exchanges_at
from tests.support.clients import HELLO, MIB, NewContentClient, digest_of, some_bytes, with_tls


class Counter(SansIOHTTPPolicy[HttpRequest, object]):
    """Counts the requests that pass it."""

    def __init__(self) -> None:
        self.count = 0

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        self.count += 1


def test_custom_policies_run_before_and_after_the_retry_policy(
    acr: FakeRegistry, new_content_client: NewContentClient
) -> None:
    per_call, per_retry = Counter(), Counter()
    client = new_content_client(HELLO, per_call_policies=[per_call], per_retry_policies=[per_retry])
    acr.faults.add(Fault("upload.start", Refuse(503), times=2))
    client.upload_blob(b"x")
    assert (per_call.count, per_retry.count) == (2, 4)


def test_policies_of_azure_core_can_be_replaced(acr: FakeRegistry, new_content_client: NewContentClient) -> None:
    client = new_content_client(HELLO, headers_policy=HeadersPolicy({"X-Mine": "yes"}))
    client.upload_blob(b"x")
    assert {one.request_header("X-Mine") for one in acr.requests.where(endpoint="upload.*")} == {"yes"}


def test_retries_can_be_configured(acr: FakeRegistry, new_content_client: NewContentClient) -> None:
    refused = acr.faults.add(Fault("upload.start", Refuse(503)))
    with pytest.raises(HttpResponseError, match="status 503"):
        new_content_client(HELLO, retry_total=0).upload_blob(b"x")
    assert refused.hits == 1


@pytest.mark.parametrize(
    ("refuse", "found"),
    [
        (Refuse(503, code="MYCODE", message="my message"), "status 503, MYCODE: my message"),
        (Refuse(503), "status 503, UNAVAILABLE: service unavailable"),
    ],
)
def test_error_has_the_code_that_the_registry_sent(
    acr: FakeRegistry, new_content_client: NewContentClient, refuse: Refuse, found: str
) -> None:
    acr.faults.add(Fault("upload.start", refuse))
    with pytest.raises(HttpResponseError, match=found):
        new_content_client(HELLO, retry_total=0).upload_blob(b"x")


def test_waits_advance_the_clock(
    acr: FakeRegistry, acr_clock: ManualClock, content_client: ContainerRegistryContentClient
) -> None:
    before = acr_clock.now()
    acr.faults.add(Fault("upload.start", Refuse(429, retry_after=600), times=1))
    content_client.upload_blob(b"x")
    assert acr_clock.now() - before > 600 * 10**9


def test_user_agent_names_the_client(acr: FakeRegistry, new_content_client: NewContentClient) -> None:
    new_content_client(HELLO, user_agent="mine/1").upload_blob(b"x")
    agents = {one.request_header("User-Agent") for one in acr.requests}
    expected = f"mine/1 azsdk-python-pytest-acr/{package_version()} Python/"
    assert all(agent is not None and agent.startswith(expected) for agent in agents), agents


def test_client_request_ids_are_sent(acr: FakeRegistry, content_client: ContainerRegistryContentClient) -> None:
    content_client.upload_blob(b"x")
    assert all(one.request_header("x-ms-client-request-id") for one in exchanges_at(acr, "upload.finish"))


@with_tls
def test_client_is_a_context_manager(connection: Connection, transport: str) -> None:
    http: dict[str, Any] = {"enforce_https": False} if transport == "http" else {}  # Any: keyword arguments

    async def upload() -> str:
        credential, over = connection.aio_credential, connection.aio_transport
        async with AioContainerRegistryContentClient(
            connection.endpoint, HELLO, credential, transport=over, **http
        ) as aio:
            return (await aio.upload_blob(b"aio")).digest

    credential, over = connection.credential, connection.transport
    with ContainerRegistryContentClient(connection.endpoint, HELLO, credential, transport=over, **http) as client:
        assert client.upload_blob(b"sync").digest == digest_of(b"sync")
    assert asyncio.run(upload()) == digest_of(b"aio")


CONTENT = some_bytes(1_000_000)


@pytest.mark.acr(auth="off")
def test_default_transport_is_requests(acr: FakeRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And its usual keyword arguments: `connection_verify`."""
    _without_proxies(monkeypatch)
    with acr.serve(tls=True) as server:
        with ContainerRegistryContentClient(server.url, HELLO, connection_verify=str(server.ca_file)) as client:
            digest = client.upload_blob(CONTENT, chunk_bytes=300_000).digest
            client.download_blob_to(digest, tmp_path / "blob")
        assert (tmp_path / "blob").read_bytes() == CONTENT


@pytest.mark.acr(auth="off")
def test_chunks_of_the_usual_size_over_aiohttp(acr: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    """aiohttp warns of large bytes; and what it has read it closes, which a retry needs once more."""
    pytest.importorskip("aiohttp", reason="the extra aio is not installed")
    _without_proxies(monkeypatch)
    content = some_bytes(9 * MIB)

    async def there_and_back(url: str) -> bytes:
        async with AioContainerRegistryContentClient(url, HELLO, enforce_https=False, retry_backoff_factor=0) as client:
            digest = (await client.upload_blob(content)).digest
            return (await client.download_blob_content(digest)).content

    with acr.serve() as server:
        throttled = acr.faults.add(Fault("upload.*", Refuse(503), skip=1, times=2))
        assert asyncio.run(there_and_back(server.url)) == content
    assert throttled.hits == 2
    assert [one.request_bytes for one in acr.requests.where(endpoint="upload.chunk", status=202)] == [4 * MIB, 4 * MIB]


@pytest.mark.acr(auth="off")
def test_default_async_transport_is_aiohttp(acr: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("aiohttp", reason="the extra aio is not installed")
    _without_proxies(monkeypatch)

    async def there_and_back(url: str) -> bytes:
        async with AioContainerRegistryContentClient(url, HELLO, enforce_https=False) as client:
            digest = (await client.upload_blob(CONTENT, chunk_bytes=300_000)).digest
            empty = (await client.upload_blob(b"")).digest
            assert (await client.download_blob_content(empty)).content == b""
            with pytest.raises(HttpResponseError, match="status 404, MANIFEST_UNKNOWN"):
                await client.get_manifest("v1")
            async with client.download_blob_streaming(digest) as pieces:
                return b"".join([piece async for piece in pieces])

    with acr.serve() as server:
        assert asyncio.run(there_and_back(server.url)) == CONTENT


def _without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def test_proxy_can_be_configured(acr: FakeRegistry) -> None:
    """To http a proxy is asked for the whole URL (RFC 9112 §3.2.2): here the registry's own server plays it."""
    with acr.serve() as server:
        proxies = {"http": server.url}
        with (
            ContainerRegistryContentClient(
                "http://registry.example", HELLO, enforce_https=False, proxies=proxies, retry_total=0
            ) as client,
            pytest.raises(HttpResponseError),
        ):
            client.get_manifest("v1")
    assert "registry.example" in {one.host for one in acr.requests}


class Span:
    """The spans that azure-core requires of a tracing library; it only keeps their names."""

    names: ClassVar[list[str]] = []

    def __init__(self, span: object = None, name: str = "span", **_options: object) -> None:
        self.names.append(name)

    def __getattr__(self, _name: str) -> Any:  # Any: whatever azure-core does to a span
        return lambda *_args, **_options: {}

    def __enter__(self) -> "Span":
        return self

    def __exit__(self, *_exc_details: object) -> None:
        """Nothing is measured."""

    @staticmethod
    def get_current_span() -> None:
        """Return None: no span is current."""

    @staticmethod
    def change_context(_span: object) -> AbstractContextManager[None]:
        """Nothing to change."""
        return nullcontext()


def test_operations_are_traced(content_client: ContainerRegistryContentClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A span for each operation, and one for each request in it."""
    monkeypatch.setattr(Span, "names", [])
    azure_settings.tracing_implementation.set_value(cast(Any, Span))  # Any: it is one by what it can do
    try:
        content_client.upload_blob(b"x")
    finally:
        azure_settings.tracing_implementation.unset_value()
    assert Span.names == ["ContainerRegistryContentClient.upload_blob", *["POST"] * 4, "PUT"]


def test_error_of_a_missing_aiohttp_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytest_acr.content.aio_client, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r'pip install "pytest-acr\[aio\]", or transport='):
        AioContainerRegistryContentClient("https://fake.azurecr.io", HELLO)
