from collections.abc import Callable

import pytest

from fake_registry import BlindToAccept, FakeRegistry, Fault
from pytest_acr import ContainerRegistryContentClient, ManifestMediaType


class UnexpectedTypeError(Exception):
    """The registry has sent a manifest of a type that was not asked for."""


def layers(client: ContainerRegistryContentClient, tag: str) -> list[str]:
    """The code under test: Accept is a request and no promise, so it looks at the type it got."""
    found = client.get_manifest(tag, accept=ManifestMediaType.OCI_IMAGE_MANIFEST)
    if found.manifest is None:
        raise UnexpectedTypeError(f"{tag}: expected an image, found {found.media_type}")
    return [layer.digest for layer in found.manifest.layers]


def test_index_in_place_of_an_image_is_named(
    acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient]
) -> None:
    acr.push_index("samples/hello:1.0")
    acr.faults.add(Fault("manifest.get", BlindToAccept()))

    with pytest.raises(UnexpectedTypeError, match=r"1\.0: expected an image, found .*index"):
        layers(acr_content_client("samples/hello"), "1.0")
    acr.requests.assert_pulled("samples/hello:1.0", times=1)
