from pathlib import Path

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import IncompleteReadError

from fake_registry import FakeRegistry, Fault, Truncate


def save_layer(client: ContainerRegistryClient, repository: str, digest: str, target: Path) -> None:
    """The code under test: the file gets its name when all of it has arrived and was verified."""
    partial = target.with_suffix(".partial")
    try:
        with partial.open("wb") as file:
            for piece in client.download_blob(repository, digest):
                file.write(piece)
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)


def test_truncated_layer_leaves_no_file(acr: FakeRegistry, acr_client: ContainerRegistryClient, tmp_path: Path) -> None:
    image = acr.push_image("samples/hello:1.0", layers=[b"a layer"])
    acr.faults.add(Fault("blob.get", Truncate(3)))

    with pytest.raises(IncompleteReadError):
        save_layer(acr_client, "samples/hello", image.layers[0].digest, tmp_path / "layer.tar")

    assert list(tmp_path.iterdir()) == []
    acr.requests.assert_count(1, endpoint="storage.blob")  # the client does not try again
