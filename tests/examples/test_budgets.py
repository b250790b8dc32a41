from collections.abc import Callable

import pytest

from fake_registry import FakeRegistry
from pytest_acr import ContainerRegistryContentClient

Client = ContainerRegistryContentClient


def promote(client: Client, tag: str) -> None:
    """The code under test: it gives an image the tag `stable`."""
    found = client.get_manifest(tag)
    client.set_manifest(found.content, tag="stable", media_type=found.media_type)


@pytest.mark.acr_image("dev/web:1.0")
def test_promotion(acr: FakeRegistry, acr_content_client: Callable[[str], Client]) -> None:
    promote(acr_content_client("dev/web"), "1.0")
    acr.requests.assert_tagged("dev/web:stable")
