"""Clients that a module builds once, and keeps from test to test."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential
from azure.identity.aio import DefaultAzureCredential as AioDefaultAzureCredential

from fake_registry import FakeRegistry, Settings
from fake_registry.entra import FakeEntra
from fake_registry.spec.names import RepositoryName
from pytest_acr import AcrNetwork, ContainerRegistryContentClient, HostRefused, network

REGISTRY = "https://myregistry.azurecr.io"
HELLO = "samples/hello"
SCOPE = "https://containerregistry.azure.net/.default"

Delete = Callable[[str], Awaitable[None]]
"""Deletes a tag by a client that is kept."""

Build = Callable[[AsyncExitStack], Awaitable[Delete]]
"""Builds such a client, which lives as long as the stack."""


async def by_sdk(life: AsyncExitStack) -> Delete:
    client = life.enter_context(ContainerRegistryClient(REGISTRY, DefaultAzureCredential()))

    async def delete(tag: str) -> None:
        client.delete_tag(HELLO, tag)

    return delete


async def by_aio_sdk(life: AsyncExitStack) -> Delete:
    credential = await life.enter_async_context(AioDefaultAzureCredential())
    client = await life.enter_async_context(AioContainerRegistryClient(REGISTRY, credential))

    async def delete(tag: str) -> None:
        await client.delete_tag(HELLO, tag)

    return delete


async def by_content_client(life: AsyncExitStack) -> Delete:
    client = life.enter_context(ContainerRegistryContentClient(REGISTRY, HELLO, DefaultAzureCredential()))

    async def delete(tag: str) -> None:
        client.delete_manifest(client.get_manifest(tag).digest)

    return delete


@pytest.fixture(params=[by_sdk, by_aio_sdk, by_content_client])
def build(request: pytest.FixtureRequest) -> Build:
    found: Build = request.param
    return found


@pytest.fixture(autouse=True)
def no_credentials_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)


def tags(registry: FakeRegistry) -> list[str]:
    return list(registry.content.list_tags(RepositoryName(HELLO)).items)


async def use(delete: Delete) -> None:
    """Use a client in a network of its own, as a test does."""
    with FakeRegistry(Settings(name="myregistry")) as registry, network(registry) as inside:
        registry.push_image(f"{HELLO}:1.0")
        registry.push_image(f"{HELLO}:2.0", layers=[b"two"])
        registry.grant(inside.principal.object_id, "AcrDelete")
        registry.grant(inside.principal.object_id, "AcrPull")
        await delete("1.0")
        assert tags(registry) == ["2.0"]


async def be_refused(delete: Delete) -> None:
    """Use a client in a network where its principal may not delete."""
    with FakeRegistry(Settings(name="myregistry")) as registry, network(registry) as inside:
        registry.push_image(f"{HELLO}:1.0")
        registry.grant(inside.principal.object_id, "AcrPull")
        with pytest.raises(ClientAuthenticationError):
            await delete("1.0")
        assert tags(registry) == ["1.0"]


def test_built_before_every_network(build: Build) -> None:
    """DefaultAzureCredential reads the environment when it is built; it asks the endpoint later."""

    async def main() -> None:
        async with AsyncExitStack() as life:
            delete = await build(life)
            await use(delete)
            await use(delete)
            await be_refused(delete)
            with pytest.raises(HostRefused):
                await delete("1.0")

    asyncio.run(main())


def test_built_in_the_first_network(build: Build) -> None:
    async def main() -> None:
        async with AsyncExitStack() as life:
            with network(FakeRegistry(Settings(name="myregistry"))):
                delete = await build(life)
            await use(delete)
            await be_refused(delete)
            await use(delete)

    asyncio.run(main())


def test_identity_that_the_test_adds_replaces_the_principal() -> None:
    with FakeRegistry() as registry, network(registry) as inside:
        own = inside.entra.add_managed_identity("vm")
        assert claims(inside)["oid"] == own.object_id


def test_identity_that_was_added_earlier_stays() -> None:
    with FakeEntra() as entra, FakeRegistry() as registry:
        own = entra.add_managed_identity("id", user_assigned=True)
        with network(registry, entra=entra) as inside:
            assert claims(inside)["oid"] == own.object_id


def claims(inside: AcrNetwork) -> dict[str, object]:
    """Return the claims of a token for the managed identity of the machine."""
    with ManagedIdentityCredential() as credential:
        token = credential.get_token(SCOPE).token
    return dict(inside.entra.verify(token, now=inside.entra.clock.now()))
