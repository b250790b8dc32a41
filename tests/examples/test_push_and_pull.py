from io import BytesIO

from azure.containerregistry import ContainerRegistryClient


def test_push_and_pull(acr_client: ContainerRegistryClient) -> None:
    layer, layer_size = acr_client.upload_blob("samples/hello", BytesIO(b"hello"))
    config, config_size = acr_client.upload_blob("samples/hello", BytesIO(b"{}"))
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": config,
            "size": config_size,
        },
        "layers": [
            {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": layer, "size": layer_size},
        ],
    }
    digest = acr_client.set_manifest("samples/hello", manifest, tag="1.0")

    pulled = acr_client.get_manifest("samples/hello", "1.0")
    assert (pulled.digest, pulled.manifest) == (digest, manifest)
    assert b"".join(acr_client.download_blob("samples/hello", layer)) == b"hello"
