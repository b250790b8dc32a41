"""The Azure SDK's clients against a registry that is late, slow or silent.

In memory a client waits on the registry's clock, which is set by hand: nothing here sleeps. Over a
socket the read timeout is real, and short.
"""

import io
import time
from collections.abc import Callable
from typing import Any

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ServiceResponseTimeoutError

from fake_registry import Delay, FakeRegistry, Fault, Slow, Stall
from fake_registry.http.faults import When
from fake_registry.spec.names import RepositoryName, UploadId
from pytest_acr.transports.pauses import EndlessPause
from tests.support.clients import HELLO, some_bytes, upload

SECOND = 10**9
"""In nanoseconds, as clocks count."""


@pytest.fixture
def passed(acr: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> Callable[[], float]:
    """Return the whole seconds since the test began, where a sleep is an error."""

    def refuse(seconds: float) -> None:
        raise AssertionError(f"slept for {seconds} seconds")

    monkeypatch.setattr(time, "sleep", refuse)
    start = acr.clock.now()
    return lambda: (acr.clock.now() - start) // SECOND


def pull(client: ContainerRegistryClient, digest: str, **options: Any) -> bytes:
    """Download a blob. Any: the options of azure-core."""
    return b"".join(client.download_blob(HELLO, digest, retry_total=0, **options))


@pytest.mark.parametrize("when", ["door", "before", "after"])
def test_delay_passes_on_the_clock(
    acr: FakeRegistry,
    client: ContainerRegistryClient,
    passed: Callable[[], float],
    when: When,
) -> None:
    acr.push_image(f"{HELLO}:v1")
    acr.faults.add(Fault("acr.tag.get", Delay(120), when=when, times=1))

    assert client.get_tag_properties(HELLO, "v1").name == "v1"
    assert passed() == 120


@pytest.mark.parametrize("when", ["door", "before", "after"])
@pytest.mark.parametrize("effect", [Delay(600), Stall()], ids=repr)
def test_shorter_read_timeout_ends_the_call_at_once(
    acr: FakeRegistry,
    client: ContainerRegistryClient,
    passed: Callable[[], float],
    when: When,
    effect: Delay | Stall,
) -> None:
    acr.push_image(f"{HELLO}:v1")
    acr.faults.add(Fault("acr.tag.get", effect, when=when))

    with pytest.raises(ServiceResponseTimeoutError, match=r"read timeout=2\): "):
        client.get_tag_properties(HELLO, "v1", retry_total=0, read_timeout=2)
    assert passed() == 2


def test_late_call_is_repeated_until_the_registry_is_back(
    acr: FakeRegistry, client: ContainerRegistryClient, passed: Callable[[], float]
) -> None:
    """azure-core repeats a GET after its read timeout of 300 seconds: 0 s later, then 1.6 s."""
    acr.push_image(f"{HELLO}:v1")
    acr.faults.add(Fault("acr.tag.get", Stall(), times=2))

    assert client.get_tag_properties(HELLO, "v1").name == "v1"
    assert passed() == 601


def test_upload_that_timed_out_is_stored_and_not_repeated(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """The client cannot know: PATCH is not repeated, and the chunk is there."""
    acr.faults.add(Fault("upload.chunk", Stall(), when="after"))

    with pytest.raises(ServiceResponseTimeoutError):
        client.upload_blob(HELLO, io.BytesIO(b"hello"))

    lost = acr.requests.one(endpoint="upload.chunk", status=None)
    acr.requests.assert_none(endpoint="upload.finish")
    stored = acr.content.upload_status(RepositoryName(HELLO), UploadId(lost.reference or ""))
    assert stored.offset == 5


@pytest.mark.parametrize("effect", [Stall(), Stall(3)], ids=repr)
def test_client_without_a_read_timeout_gets_an_error_that_names_the_fault(
    acr: FakeRegistry, client: ContainerRegistryClient, effect: Stall
) -> None:
    digest = upload(client, b"hello")
    acr.faults.add(Fault("storage.blob", effect))

    with pytest.raises(EndlessPause) as caught:
        pull(client, digest, read_timeout=None)
    assert f"{effect!r} at storage.blob" in str(caught.value)


@pytest.mark.parametrize("transport", ["memory", "http", pytest.param("https", marks=pytest.mark.exhaustive)])
def test_layer_that_stops_ends_with_the_clients_time_out(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    content = some_bytes(100_000)
    digest = upload(client, content)
    fault = acr.faults.add(Fault("blob.get", Stall(after=50_000), times=1))

    with pytest.raises(ServiceResponseTimeoutError):
        pull(client, digest, read_timeout=0.5)

    assert fault.problem() is None
    assert pull(client, digest) == content


def test_slow_layer_takes_its_time_on_the_clock(
    acr: FakeRegistry, client: ContainerRegistryClient, passed: Callable[[], float]
) -> None:
    """No read timeout ends it: the bytes keep coming."""
    content = some_bytes(20_000)
    digest = upload(client, content)
    acr.faults.add(Fault("blob.get", Slow(bytes_per_second=100), times=1))

    assert pull(client, digest, read_timeout=2) == content
    assert passed() == 200
