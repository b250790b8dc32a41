from collections.abc import Callable

from hypothesis import given

from fake_registry import FakeRegistry
from pytest_acr import ContainerRegistryContentClient, connect
from pytest_acr.strategies import ImageGraph, image_graphs


def retag(client: ContainerRegistryContentClient, old: str, new: str) -> None:
    """The code under test: it has to work for images and indexes of every form."""
    found = client.get_manifest(old)
    client.set_manifest(found.content, tag=new, media_type=found.media_type)


@given(graph=image_graphs())
def test_retag_keeps_the_digest(make_acr: Callable[[], FakeRegistry], graph: ImageGraph) -> None:
    with make_acr() as registry, connect(registry) as connection:
        client = connection.content_client("samples/hello")
        for blob in graph.blobs:
            client.upload_blob(blob)
        for manifest in graph.manifests:
            client.set_manifest(manifest.content, media_type=manifest.media_type)

        for manifest in graph.manifests:
            retag(client, manifest.digest, "new")
            assert client.get_manifest("new").digest == manifest.digest
