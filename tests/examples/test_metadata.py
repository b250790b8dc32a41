import asyncio

import pytest
from azure.containerregistry import ArtifactArchitecture, ArtifactTagOrder, ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from fake_registry import FakeRegistry


@pytest.mark.acr_image("samples/hello:1.0", "samples/hello:2.0", "samples/other:1.0")
def test_list_repositories_and_images(acr_client: ContainerRegistryClient) -> None:
    assert list(acr_client.list_repository_names()) == ["samples/hello", "samples/other"]
    newest = acr_client.list_tag_properties("samples/hello", order_by=ArtifactTagOrder.LAST_UPDATED_ON_DESCENDING)
    assert [tag.name for tag in newest] == ["2.0", "1.0"]
    (image,) = acr_client.list_manifest_properties("samples/other")
    assert (image.tags, image.architecture) == (["1.0"], ArtifactArchitecture.AMD64)


@pytest.mark.acr_image("samples/hello:1.0")
def test_read_and_change_metadata(acr_client: ContainerRegistryClient) -> None:
    assert acr_client.get_repository_properties("samples/hello").manifest_count == 1
    assert acr_client.get_manifest_properties("samples/hello", "1.0").can_delete

    acr_client.update_tag_properties("samples/hello", "1.0", can_delete=False, can_write=False)

    with pytest.raises(HttpResponseError):  # locked
        acr_client.delete_tag("samples/hello", "1.0")


@pytest.mark.acr_image("samples/hello:1.0", "samples/hello:2.0")
def test_delete(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    acr_client.delete_tag("samples/hello", "1.0")
    acr_client.delete_manifest("samples/hello", "2.0")
    with pytest.raises(ResourceNotFoundError):
        acr_client.get_tag_properties("samples/hello", "2.0")

    acr_client.delete_repository("samples/hello")

    assert list(acr_client.list_repository_names()) == []
    acr.requests.assert_count(1, endpoint="acr.tag.delete", status=202)


@pytest.mark.acr_image("samples/hello:1.0", "samples/hello:2.0")
def test_all_of_it_async(acr_aio_client: AioContainerRegistryClient) -> None:
    async def clean_up() -> list[str]:
        async for repository in acr_aio_client.list_repository_names():
            properties = await acr_aio_client.get_repository_properties(repository)
            assert (properties.tag_count, properties.can_delete) == (2, True)
            await acr_aio_client.update_tag_properties(repository, "2.0", can_delete=False)
            async for tag in acr_aio_client.list_tag_properties(repository):
                if tag.can_delete:
                    await acr_aio_client.delete_tag(repository, tag.name)
            return [tag.name async for tag in acr_aio_client.list_tag_properties(repository)]
        return []

    assert asyncio.run(clean_up()) == ["2.0"]
