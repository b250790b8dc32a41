import asyncio

import pytest
from azure.containerregistry import ArtifactTagProperties
from azure.containerregistry.aio import ContainerRegistryClient
from azure.core.exceptions import ResourceNotFoundError, ServiceResponseTimeoutError

from fake_registry import Delay, FakeRegistry, Fault


async def wait_for_tag(client: ContainerRegistryClient, tag: str) -> ArtifactTagProperties:
    """The code under test: it polls until a tag has been pushed."""
    while True:
        try:
            return await client.get_tag_properties("samples/hello", tag)
        except ResourceNotFoundError:
            await asyncio.sleep(0.01)


def test_poll_ends_after_the_push(acr: FakeRegistry, acr_aio_client: ContainerRegistryClient) -> None:
    async def main() -> ArtifactTagProperties:
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(wait_for_tag(acr_aio_client, "1.0"))
            await acr.requests.wait_for_async(endpoint="acr.tag.get", status=404)
            acr.push_image("samples/hello:1.0")
        return waiting.result()

    assert asyncio.run(main()).name == "1.0"


def test_poll_ends_with_the_timeout_of_asyncio(acr_aio_client: ContainerRegistryClient) -> None:
    async def main() -> None:
        async with asyncio.timeout(0.1):
            await wait_for_tag(acr_aio_client, "1.0")

    with pytest.raises(TimeoutError):
        asyncio.run(main())


@pytest.mark.acr_image("samples/hello:1.0")
def test_late_answer_ends_with_the_read_timeout(acr: FakeRegistry, acr_aio_client: ContainerRegistryClient) -> None:
    acr.faults.add(Fault("acr.tag.get", Delay(60)))

    async def main() -> None:
        await acr_aio_client.get_tag_properties("samples/hello", "1.0", read_timeout=5, retry_total=0)

    with pytest.raises(ServiceResponseTimeoutError):
        asyncio.run(main())
