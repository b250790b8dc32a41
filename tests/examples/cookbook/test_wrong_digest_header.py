from io import BytesIO

import pytest
from azure.containerregistry import ContainerRegistryClient, DigestValidationError

from fake_registry import FakeRegistry, Fault, WrongDigest


def push(client: ContainerRegistryClient, repository: str, manifest: bytes, tag: str) -> str:
    """The code under test: a push whose answer is wrong is not announced, and not left behind."""
    try:
        return client.set_manifest(repository, BytesIO(manifest), tag=tag)
    except DigestValidationError:
        client.delete_tag(repository, tag)  # the registry has stored it all the same
        raise


def test_push_with_a_wrong_digest_leaves_no_tag(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    image = acr.push_image("samples/hello:1.0")
    acr.faults.add(Fault("manifest.put", WrongDigest()))

    with pytest.raises(DigestValidationError):
        push(acr_client, "samples/hello", image.content, "2.0")

    assert acr.tags("samples/hello") == ("1.0",)
    acr.requests.assert_tagged("samples/hello:2.0")
