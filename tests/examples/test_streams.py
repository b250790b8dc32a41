import io
from collections.abc import Callable

import pytest

from fake_registry import Corrupt, FakeRegistry, Fault
from pytest_acr import ContainerRegistryContentClient, DigestValidationError


def test_streams(acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient]) -> None:
    client = acr_content_client("samples/hello")
    stored = client.upload_blob(io.BytesIO(b"hello"))  # any binary stream, even one that cannot seek

    with client.download_blob_streaming(stored.digest) as pieces:
        assert b"".join(pieces) == b"hello"  # verified when the last piece is read

    client.upload_blob(b"hello", skip_existing=True)  # checks, and sends nothing
    assert acr_content_client("samples/other").mount_blob(stored.digest, source="samples/hello")  # sends nothing either

    acr.faults.add(Fault("storage.blob", Corrupt(offset=3)))
    with pytest.raises(DigestValidationError, match="samples/hello: expected sha256:"):
        client.download_blob_content(stored.digest)
