from collections.abc import Callable

import pytest
from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry, Fault, ManualClock, Slow


def fetch_layer(
    client: ContainerRegistryClient, repository: str, digest: str, *, limit: float, now: Callable[[], float]
) -> bytes:
    """The code under test: a read timeout limits each pause alone, so it limits the whole itself.

    In production `now` is time.monotonic.
    """
    deadline = now() + limit
    pieces: list[bytes] = []
    for piece in client.download_blob(repository, digest, read_timeout=5):
        pieces.append(piece)
        if now() > deadline:
            raise TimeoutError(f"{digest}: expected it within {limit} s")
    return b"".join(pieces)


def test_download_ends_at_its_limit(
    acr: FakeRegistry, acr_client: ContainerRegistryClient, acr_clock: ManualClock
) -> None:
    image = acr.push_image("samples/hello:1.0", layers=[b"layer" * 1000])
    acr.faults.add(Fault("blob.get", Slow(bytes_per_second=50)))

    with pytest.raises(TimeoutError, match="within 60 s"):
        fetch_layer(
            acr_client,
            "samples/hello",
            image.layers[0].digest,
            limit=60,
            now=lambda: acr_clock.now() / 1e9,
        )
