"""The content client and its models."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import assert_type

import pytest

from fake_registry import FakeRegistry, Settings
from pytest_acr import (
    AllowHttp,
    ArtifactArchitecture,
    ArtifactOperatingSystem,
    Connection,
    ContainerRegistryContentClient,
    DigestValidationError,
    DownloadBlobResult,
    GetManifestResult,
    ManifestMediaType,
    OciAnnotations,
    OciDescriptor,
    OciImageManifest,
    SetManifestResult,
    Transport,
    UploadBlobResult,
    connect,
)

HELLO = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.fixture
def connection() -> Iterator[Connection]:
    with assert_type(connect(FakeRegistry()), Connection) as opened:
        yield opened


@pytest.fixture
def client(connection: Connection) -> ContainerRegistryContentClient:
    return assert_type(connection.content_client("samples/hello"), ContainerRegistryContentClient)


def test_blob_goes_there_and_back(client: ContainerRegistryContentClient, tmp_path: Path) -> None:
    uploaded = assert_type(client.upload_blob(b"hello"), UploadBlobResult)
    from_stream = client.upload_blob(io.BytesIO(b"hello"), skip_existing=True, chunk_bytes=2)
    downloaded = assert_type(client.download_blob_content(uploaded.digest), DownloadBlobResult)

    assert uploaded == from_stream
    assert assert_type(uploaded.size_in_bytes, int) == 5
    assert assert_type(downloaded.content, bytes) == b"hello"
    assert assert_type(client.download_blob_to(HELLO, tmp_path / "blob"), int) == 5
    with client.download_blob_streaming(HELLO) as pieces:
        assert b"".join(assert_type(piece, bytes) for piece in pieces) == b"hello"
        assert assert_type(pieces.result, int) == 5


def test_manifest_goes_there_and_back(client: ContainerRegistryContentClient) -> None:
    config = client.upload_blob(b"{}")
    annotations = OciAnnotations(title="hello", others={"mine": "yes"})
    descriptor = OciDescriptor(
        digest=config.digest, size=config.size_in_bytes, media_type="application/vnd.oci.image.config.v1+json"
    )
    manifest = OciImageManifest(config=descriptor, layers=[descriptor], annotations=annotations)

    pushed = assert_type(client.set_manifest(manifest, tag="1.0"), SetManifestResult)
    pulled = assert_type(client.get_manifest("1.0"), GetManifestResult)

    assert assert_type(pulled.manifest, OciImageManifest | None) == manifest
    assert assert_type(pulled.media_type, str) == ManifestMediaType.OCI_IMAGE_MANIFEST
    assert assert_type(pulled.digest, str) == assert_type(pushed.digest, str)
    client.delete_manifest(pushed.digest)


def test_wrong_content_has_an_error_of_its_own() -> None:
    error = DigestValidationError(HELLO, HELLO)
    assert isinstance(error, ValueError)


@pytest.mark.parametrize("transport", ["memory", "http"])
def test_connection_has_clients_of_the_azure_sdk(transport: Transport) -> None:
    registry = FakeRegistry(Settings(name="mine"))
    registry.push_image("dev/web:1.0", platform="linux/amd64")

    with connect(registry, transport=transport) as opened, opened.client() as client:
        manifest = client.get_manifest_properties("dev/web", "1.0")

        assert assert_type(opened.registry, FakeRegistry) is registry
        assert assert_type(opened.endpoint, str).endswith(assert_type(opened.login_server, str))
        assert manifest.architecture == ArtifactArchitecture.AMD64
        assert manifest.operating_system == ArtifactOperatingSystem.LINUX


def test_own_client_over_http_gets_the_policy_for_it() -> None:
    make_policies: Callable[[], list[AllowHttp]] = lambda: [AllowHttp()]  # noqa: E731

    assert len(make_policies()) == 1
