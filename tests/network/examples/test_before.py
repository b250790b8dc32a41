"""With mocks: the test knows every call of the code, and nothing of what a registry does."""

import asyncio
from unittest.mock import AsyncMock, MagicMock, patch

import image_keeper


def test_keep_newest() -> None:
    tags = [MagicMock(), MagicMock(), MagicMock()]
    for tag, name in zip(tags, ["3.0", "2.0", "1.0"], strict=True):
        tag.name = name  # MagicMock(name=...) is something else
    with (
        patch("image_keeper.DefaultAzureCredential"),
        patch("image_keeper.ContainerRegistryClient") as client_class,
    ):
        client = client_class.return_value.__enter__.return_value
        client.list_tag_properties.return_value = tags
        assert image_keeper.keep_newest("samples/hello", 2) == ["1.0"]
        client.delete_tag.assert_called_once_with("samples/hello", "1.0")


def test_lock() -> None:
    with (
        patch("image_keeper.AioDefaultAzureCredential"),
        patch("image_keeper.AioContainerRegistryClient") as client_class,
    ):
        client = AsyncMock()
        client_class.return_value.__aenter__.return_value = client
        asyncio.run(image_keeper.lock("samples/hello", "1.0"))
        client.update_tag_properties.assert_awaited_once_with("samples/hello", "1.0", can_delete=False, can_write=False)


def test_media_type_of() -> None:
    refresh, access, manifest = MagicMock(), MagicMock(), MagicMock()
    refresh.json.return_value = {"refresh_token": "refresh"}
    access.json.return_value = {"access_token": "access"}
    manifest.headers = {"Content-Type": "application/vnd.oci.image.index.v1+json"}
    with (
        patch("image_keeper.DefaultAzureCredential"),
        patch("image_keeper.requests.post", side_effect=[refresh, access]),
        patch("image_keeper.requests.get", return_value=manifest) as get,
    ):
        media_type = image_keeper.media_type_of("samples/hello", "multi")
    assert media_type == "application/vnd.oci.image.index.v1+json"
    assert get.call_args.kwargs["headers"]["Authorization"] == "Bearer access"
