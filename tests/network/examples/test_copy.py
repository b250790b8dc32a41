"""A client that copies an image from one registry to another, each reached by its name."""

from azure.identity import DefaultAzureCredential

from fake_registry import FakeRegistry, Settings
from pytest_acr import ContainerRegistryContentClient, network


def copy_image(source: str, target: str, repository: str, tag: str) -> str:
    with (
        DefaultAzureCredential() as credential,
        ContainerRegistryContentClient(source, repository, credential) as here,
        ContainerRegistryContentClient(target, repository, credential) as there,
    ):
        found = here.get_manifest(tag)
        if found.manifest is None:
            raise ValueError(f"expected an OCI image, found {found.media_type}")
        for blob in (found.manifest.config, *found.manifest.layers):
            with here.download_blob_streaming(blob.digest) as content:
                there.upload_blob(content, skip_existing=blob.digest)
        return there.set_manifest(found.manifest, tag=tag).digest  # unchanged, so its digest is the same


def test_copy_image() -> None:
    with FakeRegistry(Settings(name="staging")) as staging, FakeRegistry(Settings(name="production")) as production:
        pushed = staging.push_image("samples/hello:1.0", layers=[b"one", b"two"])

        with network(staging, production):
            copied = copy_image("staging.azurecr.io", "production.azurecr.io", "samples/hello", "1.0")

        assert copied == pushed.digest
        staging.import_image(production, "samples/hello:1.0", image="copies/hello:1.0")  # the fake does it as well
        production.requests.assert_count(3, endpoint="upload.finish", status=201)
