from collections.abc import Callable
from contextlib import suppress

from azure.core.exceptions import ResourceNotFoundError

from fake_registry import Disconnect, FakeRegistry, Fault
from pytest_acr import ContainerRegistryContentClient


def delete_image(client: ContainerRegistryContentClient, digest: str) -> None:
    """The code under test: an image that is not there is what a deletion is for."""
    with suppress(ResourceNotFoundError):
        client.delete_manifest(digest)


def test_deletion_succeeds_although_its_answer_was_lost(
    acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient]
) -> None:
    image = acr.push_image("samples/hello:1.0")
    acr.faults.add(Fault("manifest.delete", Disconnect(), when="after", times=1))

    delete_image(acr_content_client("samples/hello"), image.digest)

    assert str(image) not in acr
    acr.requests.assert_count(1, endpoint="manifest.delete", status=None)
    acr.requests.assert_count(1, endpoint="manifest.delete", status=404)
