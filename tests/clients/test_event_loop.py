"""The event loop runs other tasks while an async client works: over memory as over a socket.

Timeouts, cancellation, polling and lost updates then look alike, under asyncio, uvloop and trio.
"""

import asyncio
import contextlib
import io
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Protocol

import anyio
import anyio.lowlevel
import pytest
from azure.core.exceptions import ResourceNotFoundError

from fake_registry import FakeRegistry, Fault, Refuse
from pytest_acr import Connection, connect
from tests.support.clients import CHUNK, HELLO, MIB, some_bytes
from tests.support.clocks import UnblockedClock

Annotations = dict[str, str]

CONTENT = some_bytes(MIB) * 40
"""Takes longer to upload than the timeouts below."""

FEW_CHUNKS = CONTENT[: 3 * CHUNK]

BACKENDS: dict[str, dict[str, Any]] = {  # Any: keyword arguments of anyio.run
    "asyncio": {"backend": "asyncio"},
    "uvloop": {"backend": "asyncio", "backend_options": {"use_uvloop": True}},
    "trio": {"backend": "trio"},
}


class AioImages(Protocol):
    """An async client with the methods that these tests need."""

    async def upload(self, content: bytes) -> None:
        """Upload a blob."""

    async def get(self, tag: str) -> tuple[bytes, Annotations]:
        """Return a manifest and its annotations. Raises ResourceNotFoundError."""

    async def put(self, tag: str, manifest: bytes, annotations: Annotations) -> None:
        """Push a manifest with other annotations."""


class SdkImages:
    """The Azure SDK's client."""

    def __init__(self, connection: Connection) -> None:
        self._client = connection.aio_client()

    async def upload(self, content: bytes) -> None:
        await self._client.upload_blob(HELLO, io.BytesIO(content))

    async def get(self, tag: str) -> tuple[bytes, Annotations]:
        manifest: Any = (await self._client.get_manifest(HELLO, tag)).manifest  # Any: JSON
        return json.dumps(manifest).encode(), manifest.get("annotations", {})

    async def put(self, tag: str, manifest: bytes, annotations: Annotations) -> None:
        changed = json.loads(manifest) | {"annotations": annotations}
        await self._client.set_manifest(HELLO, changed, tag=tag)


class OwnImages:
    """The content client."""

    def __init__(self, connection: Connection) -> None:
        self._client = connection.aio_content_client(HELLO)

    async def upload(self, content: bytes) -> None:
        await self._client.upload_blob(content)

    async def get(self, tag: str) -> tuple[bytes, Annotations]:
        manifest = (await self._client.get_manifest(tag)).content
        return manifest, json.loads(manifest).get("annotations", {})

    async def put(self, tag: str, manifest: bytes, annotations: Annotations) -> None:
        await self._client.set_manifest(json.loads(manifest) | {"annotations": annotations}, tag=tag)


Run = Callable[[Callable[[], Awaitable[Any]]], Any]  # Any: as the coroutine returns


@pytest.fixture(params=["asyncio", "trio", pytest.param("uvloop", marks=pytest.mark.exhaustive)])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a coroutine function under one of the event loops."""
    options = BACKENDS[request.param]
    return lambda work: anyio.run(work, **options)


@pytest.fixture(params=["asyncio", pytest.param("uvloop", marks=pytest.mark.exhaustive)])
def run_in_asyncio(request: pytest.FixtureRequest) -> Run:
    """The same for what asyncio alone has."""
    options = BACKENDS[request.param]
    return lambda work: anyio.run(work, **options)


async def until(condition: Callable[[], bool]) -> None:
    """Let other tasks run until `condition` is true."""
    while not condition():
        await anyio.lowlevel.checkpoint()


@pytest.fixture(params=["memory", "http"])
def connection(request: pytest.FixtureRequest, acr: FakeRegistry) -> Iterator[Connection]:
    acr.push_image(f"{HELLO}:latest")
    with connect(acr, transport=request.param) as connection:
        yield connection


@pytest.fixture(params=[SdkImages, OwnImages], ids=["sdk", "own"])
def images(request: pytest.FixtureRequest, connection: Connection) -> AioImages:
    client: AioImages = request.param(connection)
    return client


def test_polling_task_ends_when_another_task_has_pushed(images: AioImages, run: Run) -> None:
    found: list[tuple[bytes, Annotations]] = []

    async def poll() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(push)
            for _ in range(1000):
                with contextlib.suppress(ResourceNotFoundError):
                    found.append(await images.get("ready"))
                    break

    async def push() -> None:
        manifest, annotations = await images.get("latest")
        await images.put("ready", manifest, annotations | {"state": "ready"})

    run(poll)

    assert [annotations["state"] for _, annotations in found] == ["ready"]


def test_timeout_ends_an_upload(acr: FakeRegistry, images: AioImages, run: Run) -> None:
    async def upload() -> None:
        with pytest.raises(TimeoutError), anyio.fail_after(0.01):
            await images.upload(CONTENT)
        await images.get("latest")

    run(upload)

    acr.requests.assert_count(0, endpoint="upload.finish")


def test_timeout_ends_an_upload_in_one_request(acr: FakeRegistry, run: Run) -> None:
    acr.push_image(f"{HELLO}:latest")

    with connect(acr) as connection:
        client = connection.aio_content_client(HELLO)

        async def upload() -> None:
            with pytest.raises(TimeoutError), anyio.fail_after(0.01):
                await client.upload_blob(CONTENT, chunk_bytes=len(CONTENT))

        run(upload)

    acr.requests.assert_count(0, endpoint="upload.finish", status=201)


def test_asyncio_timeout_ends_an_upload(acr: FakeRegistry, images: AioImages, run_in_asyncio: Run) -> None:
    async def upload() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await images.upload(CONTENT)
        await images.get("latest")

    run_in_asyncio(upload)

    acr.requests.assert_count(0, endpoint="upload.finish")


def test_cancelled_upload_is_cancelled(acr: FakeRegistry, images: AioImages, run_in_asyncio: Run) -> None:
    async def upload() -> None:
        task = asyncio.create_task(images.upload(CONTENT))
        await until(lambda: bool(acr.requests.where(endpoint="upload.chunk")))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await images.get("latest")

    run_in_asyncio(upload)

    acr.requests.assert_count(0, endpoint="upload.finish")


def test_other_tasks_run_during_an_upload(images: AioImages, run: Run) -> None:
    turns = 0

    async def upload() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(count_turns)
            await images.upload(FEW_CHUNKS)
            tasks.cancel_scope.cancel()

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await anyio.lowlevel.checkpoint()

    run(upload)

    assert turns > len(FEW_CHUNKS) // CHUNK


def test_concurrent_changes_of_one_manifest_keep_only_one(images: AioImages, run: Run) -> None:
    readers = 0

    async def change_all() -> None:
        all_have_read = anyio.Event()
        async with anyio.create_task_group() as tasks:
            for number in range(4):
                tasks.start_soon(change, number, all_have_read)

    async def change(number: int, all_have_read: anyio.Event) -> None:
        nonlocal readers
        manifest, annotations = await images.get("latest")
        readers += 1
        if readers == 4:
            all_have_read.set()
        await all_have_read.wait()
        await images.put("latest", manifest, annotations | {f"change.{number}": "made"})

    run(change_all)

    _, kept = anyio.run(images.get, "latest")
    assert len([name for name in kept if name.startswith("change.")]) == 1


def test_other_tasks_run_during_the_wait_before_a_retry(acr: FakeRegistry, images: AioImages, run: Run) -> None:
    throttled = acr.faults.add(Fault("manifest.get", Refuse(429, retry_after=30), times=3))
    hits_seen: list[int] = []

    async def get() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(look)
            await images.get("latest")
            tasks.cancel_scope.cancel()

    async def look() -> None:
        while True:
            hits_seen.append(throttled.hits)
            await anyio.lowlevel.checkpoint()

    run(get)

    assert {1, 2, 3} <= set(hits_seen)


@pytest.mark.parametrize("images_of", [SdkImages, OwnImages], ids=["sdk", "own"])
@pytest.mark.parametrize("transport", ["memory", "http"])
def test_wait_for_a_retry_on_the_system_clock_can_be_cancelled(
    transport: Any, images_of: Callable[[Connection], AioImages], run: Run
) -> None:
    registry = FakeRegistry(clock=UnblockedClock())
    registry.push_image(f"{HELLO}:latest")
    throttled = registry.faults.add(Fault("manifest.get", Refuse(429, retry_after=3600)))

    with connect(registry, transport=transport) as connection:
        images = images_of(connection)

        async def get() -> None:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(images.get, "latest")
                await until(lambda: throttled.hits > 0)
                tasks.cancel_scope.cancel()

        run(get)
