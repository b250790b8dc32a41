import asyncio
import threading
from collections.abc import Callable

import pytest

from fake_registry import FakeRegistry
from pytest_acr import ContainerRegistryContentClient

Client = ContainerRegistryContentClient


def promote(client: Client) -> None:
    """The code under test: it gives version 1.0 the tag `stable`."""
    found = client.get_manifest("1.0")
    client.set_manifest(found.content, tag="stable", media_type=found.media_type)


@pytest.fixture
def client(acr: FakeRegistry, acr_content_client: Callable[[str], Client]) -> Client:
    acr.push_image("dev/web:1.0")
    acr.push_image("dev/web:2.0")
    return acr_content_client("dev/web")


def test_promotion_is_one_pull_and_one_push(acr: FakeRegistry, client: Client) -> None:
    promote(client)

    acr.requests.assert_pulled("dev/web:1.0", times=1)
    acr.requests.assert_not_pulled("dev/web:2.0")
    acr.requests.assert_pushed("dev/web", times=1)
    acr.requests.assert_tagged("dev/web:stable")
    acr.requests.assert_order("manifest.get", "manifest.put")


def test_promotion_needs_few_requests(acr: FakeRegistry, client: Client) -> None:
    with acr.requests.budget(requests=6, logins=2, uploads=0, bytes_sent=10_000):
        promote(client)


def test_worker_promotes(acr: FakeRegistry, client: Client) -> None:
    worker = threading.Thread(target=promote, args=(client,))
    worker.start()

    pushed = acr.requests.wait_for(endpoint="manifest.put", status=201)
    worker.join()
    assert pushed.reference == "stable"


def test_task_promotes(acr: FakeRegistry, client: Client) -> None:
    async def main() -> None:
        task = asyncio.create_task(asyncio.to_thread(promote, client))
        await acr.requests.wait_for_async(timeout=10, endpoint="manifest.put", status=201)
        await task

    asyncio.run(main())
    acr.requests.assert_pushed("dev/web:stable", times=1)
