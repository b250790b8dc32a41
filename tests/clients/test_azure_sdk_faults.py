"""Faults seen by the Azure SDK's clients: retries without a wait, broken connections, damage."""

import asyncio
import io
import time
from collections.abc import Callable
from itertools import product
from typing import NoReturn

import pytest
from azure.containerregistry import ContainerRegistryClient, DigestValidationError
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError, ServiceRequestError, ServiceResponseError

from fake_registry import Corrupt, Disconnect, FakeRegistry, Fault, Refuse, Throttle, Truncate
from fake_registry.http.faults import When
from fake_registry.spec.names import RepositoryName, UploadId
from tests.support.clients import (
    CHUNK,
    HELLO,
    download,
    endpoints,
    every_transport,
    some_bytes,
    stored_bytes,
    upload,
    with_tls,
)
from tests.support.products import cross

Waited = Callable[[], float]


@pytest.fixture
def waited(acr: FakeRegistry) -> Waited:
    """Return the seconds since the test began, on the registry's clock."""
    start = acr.clock.now()
    return lambda: (acr.clock.now() - start) / 1e9


@pytest.fixture
def _no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test whose client sleeps, sync or async. A sleep of 0 s lets other tasks run."""
    async_sleep = asyncio.sleep

    def refuse(seconds: float) -> NoReturn:
        pytest.fail(f"slept for {seconds} s")

    async def refuse_to_wait(seconds: float) -> None:
        if seconds > 0:
            refuse(seconds)
        await async_sleep(0)

    monkeypatch.setattr(time, "sleep", refuse)
    monkeypatch.setattr(asyncio, "sleep", refuse_to_wait)


@every_transport
def test_call_succeeds_after_two_failures(acr: FakeRegistry, client: ContainerRegistryClient, waited: Waited) -> None:
    """azure-core waits 0 s before the first retry and 0.8 s times a power of two before others."""
    acr.push_image(f"{HELLO}:v1")
    outage = acr.faults.add(Fault("acr.tag.get", Refuse(), times=2))

    assert client.get_tag_properties(HELLO, "v1").name == "v1"
    assert [exchange.status for exchange in acr.requests.where(endpoint="acr.tag.get")] == [401, 503, 503, 200]
    assert outage.hits == 2
    assert waited() == pytest.approx(1.6, abs=0.1)


@every_transport
@pytest.mark.usefixtures("_no_sleep")
def test_throttled_client_waits_for_retry_after(
    acr: FakeRegistry, client: ContainerRegistryClient, waited: Waited
) -> None:
    acr.push_image(f"{HELLO}:v1")
    acr.faults.add(Fault("acr.tag.get", Refuse(status=429, code="TOOMANYREQUESTS", retry_after=60), times=2))

    assert client.get_tag_properties(HELLO, "v1").name == "v1"
    assert waited() == pytest.approx(120, abs=0.1)


@every_transport
@pytest.mark.usefixtures("_no_sleep")
def test_client_keeps_to_a_rate(acr: FakeRegistry, client: ContainerRegistryClient, waited: Waited) -> None:
    acr.push_image(f"{HELLO}:v1")
    throttle = acr.faults.add(Fault("acr.tag.get", Throttle(2, per=60)))

    for _ in range(5):
        client.get_tag_properties(HELLO, "v1")

    assert (throttle.hits, throttle.idle_hits) == (7, 5)
    assert waited() == pytest.approx(120, abs=0.1)


def test_login_beyond_a_rate_multiplies_retries(
    acr: FakeRegistry, client: ContainerRegistryClient, waited: Waited
) -> None:
    """azure-cli#24886: the login is throttled as well, and each call logs in anew."""
    acr.faults.add(Fault("oauth.exchange", Throttle(1, per=30)))

    for _ in range(3):
        list(client.list_repository_names())

    statuses = [exchange.status for exchange in acr.requests.where(endpoint="oauth.exchange")]
    assert statuses == [200, 429, 200, 429, 200]
    assert waited() == pytest.approx(60, abs=0.1)


@pytest.mark.parametrize(("status", "code"), [(500, "UNAVAILABLE"), (503, "UNAVAILABLE"), (429, "TOOMANYREQUESTS")])
def test_lasting_outage_is_raised_after_four_tries(
    acr: FakeRegistry, client: ContainerRegistryClient, waited: Waited, status: int, code: str
) -> None:
    """azure-sdk-quirks: 500 is retried as well: 4 requests, 4.8 s of waits."""
    acr.push_image(f"{HELLO}:v1")
    outage = acr.faults.add(Fault("acr.tag.get", Refuse(status=status)))

    with pytest.raises(HttpResponseError, match=code) as caught:
        client.get_tag_properties(HELLO, "v1")
    assert (caught.value.status_code, outage.hits) == (status, 4)
    assert waited() == pytest.approx(4.8, abs=0.1)


def test_throttled_login_multiplies_retries(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: each retry of the call retries the login: 16 exchanges for one call."""
    acr.faults.add(Fault("oauth.exchange", Refuse(status=429, retry_after=1)))

    with pytest.raises(HttpResponseError) as caught:
        list(client.list_repository_names())
    assert caught.value.status_code == 429
    acr.requests.assert_count(16, endpoint="oauth.exchange")
    assert endpoints(acr) == ["acr.catalog"] * 4


@every_transport
def test_refused_chunk_is_sent_again_from_its_start(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: 503 is retried, with the body rewound."""
    content = some_bytes(CHUNK + 1)
    acr.faults.add(Fault("upload.chunk", Refuse(), skip=1, times=2))
    digest = upload(client, content)

    assert stored_bytes(acr, HELLO, digest) == content

    chunks = acr.requests.where(endpoint="upload.chunk")
    assert [chunk.status for chunk in chunks] == [401, 202, 401, 503, 503, 202]


@every_transport
@pytest.mark.parametrize(("moment", "arrived"), [("before", 0), ("after", 5)])
def test_chunk_is_not_retried_after_a_broken_connection(
    acr: FakeRegistry, client: ContainerRegistryClient, moment: When, arrived: int
) -> None:
    """azure-sdk-quirks: PATCH is never retried. `before` loses the chunk, `after` stores it."""
    acr.faults.add(Fault("upload.chunk", Disconnect(), when=moment, times=1))

    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        client.upload_blob(HELLO, io.BytesIO(b"hello"))

    lost = acr.requests.one(endpoint="upload.chunk", status=None)
    acr.requests.assert_none(endpoint="upload.finish")

    upload_id = UploadId(lost.reference or "")
    assert acr.content.upload_status(RepositoryName(HELLO), upload_id).offset == arrived


@cross(
    {
        "flavour, transport": product(["sync", "aio"], ["memory", "http", "https"]),
        "effect": {"reset": Disconnect("reset"), "close": Disconnect("close")},
        "moment": ["before", "after"],
    }
)
def test_broken_connection_raises_the_error_of_each_transport(
    acr: FakeRegistry,
    client: ContainerRegistryClient,
    flavour: str,
    effect: Disconnect,
    moment: When,
) -> None:
    """azure-core's transport over requests has one error for a lost answer and another for a request
    that was not sent. Its transport over aiohttp, like our async ones, has one for both."""
    acr.faults.add(Fault("upload.chunk", effect, when=moment, times=1))

    with pytest.raises(ServiceRequestError if flavour == "aio" else ServiceResponseError):
        client.upload_blob(HELLO, io.BytesIO(b"hello"))
    acr.requests.one(endpoint="upload.chunk", status=None)


@with_tls
def test_read_is_retried_after_a_broken_connection(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    acr.push_image(f"{HELLO}:v1")
    acr.faults.add(Fault("acr.tag.get", Disconnect(), times=2))

    assert client.get_tag_properties(HELLO, "v1").name == "v1"
    assert [exchange.status for exchange in acr.requests.where(endpoint="acr.tag.get")] == [401, None, None, 200]


def test_lost_upload_is_not_resumed(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.3, upload_large_blob_in_chunk: PATCH answered 404 BLOB_UPLOAD_INVALID.

    azure-sdk-quirks: a ResourceNotFoundError, and the upload is not resumed.
    """
    effect = Refuse(status=404, code="BLOB_UPLOAD_INVALID", message="blob upload invalid")
    acr.faults.add(Fault("upload.chunk", effect, skip=1, times=1))

    with pytest.raises(ResourceNotFoundError, match="BLOB_UPLOAD_INVALID"):
        upload(client, some_bytes(CHUNK + 1))
    acr.requests.assert_none(endpoint="upload.status")


@with_tls
@pytest.mark.parametrize("kept", [0, 4])
def test_truncated_blob_is_an_error(acr: FakeRegistry, client: ContainerRegistryClient, kept: int) -> None:
    digest = upload(client, b"hello")
    acr.faults.add(Fault("storage.blob", Truncate(kept)))

    with pytest.raises((HttpResponseError, ServiceResponseError)):
        download(client, digest)


@pytest.mark.parametrize("at", [0, CHUNK - 1, CHUNK], ids=["first byte", "end of a chunk", "second chunk"])
def test_damaged_blob_fails_the_clients_digest_check(
    acr: FakeRegistry, client: ContainerRegistryClient, at: int
) -> None:
    digest = upload(client, some_bytes(CHUNK + 1))
    skip, offset = divmod(at, CHUNK)
    acr.faults.add(Fault("storage.blob", Corrupt(offset), skip=skip, times=1))

    with pytest.raises(DigestValidationError, match="The content of retrieved blob digest does not match"):
        download(client, digest)


def test_damaged_upload_is_refused(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("upload.chunk", Corrupt(), when="before", times=1))

    with pytest.raises(HttpResponseError, match="DIGEST_INVALID") as caught:
        upload(client, b"hello")
    assert caught.value.status_code == 400


class FailingStream(io.BytesIO):
    """A stream whose second read fails."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError("the disk is gone")
        return super().read(size)


def test_failing_stream_leaves_no_blob(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    with pytest.raises(OSError, match="the disk is gone"):
        client.upload_blob(HELLO, FailingStream(b"hello"))
    assert endpoints(acr, status=202) == ["upload.start", "upload.chunk"]
    acr.requests.assert_none(endpoint="upload.finish")
