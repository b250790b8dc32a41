"""The conftest of the live tests: leads their hosts to two fakes, and writes files that the distribution lacks."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from fake_registry import FakeRegistry, Settings
from pytest_acr import network

DATA = Path(__file__).parent / "tests/data"
DOCKER = "application/vnd.docker"
OCI = "application/vnd.oci.image"
ARTIFACTS = {
    "oci_artifact": (
        "654b93f61054e4ce90ed203bb8d556a6200d5f906cf3eca0620738d6dc18cbed",
        (f"{OCI}.manifest.v1+json", f"{OCI}.config.v1+json", f"{OCI}.layer.v1.tar"),
    ),
    "docker_artifact": (
        "2db29710123e3e53a794f2694094b9b4338aa9ee5c40b930cb8063a1be392c54",
        (
            f"{DOCKER}.distribution.manifest.v2+json",
            f"{DOCKER}.container.image.v1+json",
            f"{DOCKER}.image.rootfs.diff.tar.gzip",
        ),
    ),
}
"""Folder -> the name of the layer's file, and the media types of manifest, config and layer. The content is ours."""


def pytest_configure(config: pytest.Config) -> None:
    for folder, (layer_name, types) in ARTIFACTS.items():
        write_artifact(DATA / folder, layer_name, types)

    registries = FakeRegistry(Settings(name="live")), FakeRegistry(Settings(name="anonymous", auth="anonymous-pull"))
    running = network(*registries)
    running.__enter__()
    config.add_cleanup(lambda: running.__exit__(None, None, None))

    for each in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET"):
        os.environ[f"CONTAINERREGISTRY_{each}"] = os.environ[f"AZURE_{each}"]
    os.environ["CONTAINERREGISTRY_ENDPOINT"] = "https://live.azurecr.io"
    os.environ["CONTAINERREGISTRY_ANONREGISTRY_ENDPOINT"] = "https://anonymous.azurecr.io"
    os.environ["CONTAINERREGISTRY_RESOURCE_GROUP"] = "none"


def write_artifact(folder: Path, layer_name: str, types: tuple[str, str, str]) -> None:
    """Write a config, a layer, and their manifest as the client encodes it, and without spaces."""
    folder.mkdir(parents=True, exist_ok=True)
    config, layer = b"{}", b"a layer"
    (folder / "config.json").write_bytes(config)
    (folder / layer_name).write_bytes(layer)

    manifest_type, config_type, layer_type = types
    manifest = {
        "schemaVersion": 2,
        "mediaType": manifest_type,
        "config": descriptor_of(config_type, config),
        "layers": [descriptor_of(layer_type, layer)],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "manifest_without_spaces.json").write_text(json.dumps(manifest, separators=(",", ":")))


def descriptor_of(media_type: str, content: bytes) -> dict[str, str | int]:
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return {"mediaType": media_type, "digest": digest, "size": len(content)}
