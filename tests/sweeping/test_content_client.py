"""The content client survives every failure of each of its calls, or raises an error of azure-core."""

from collections.abc import Callable

import pytest

from fake_registry import FakeRegistry
from pytest_acr import OciDescriptor, OciImageManifest, SweepReport, connect, sweep

REPOSITORY = "samples/hello"
OTHER = "samples/other"
LAYER = b"layer" * 1000
CHUNK_BYTES = 2000
"""So that the layer has three chunks."""


def image_of(config: str, layer: str) -> OciImageManifest:
    return OciImageManifest(
        config=OciDescriptor(media_type="application/vnd.oci.image.config.v1+json", digest=config, size=2),
        layers=[OciDescriptor(media_type="application/octet-stream", digest=layer, size=len(LAYER))],
    )


def use(registry: FakeRegistry) -> None:
    with connect(registry) as connection:
        client = connection.content_client(REPOSITORY)
        config = client.upload_blob(b"{}").digest
        layer = client.upload_blob(LAYER, chunk_bytes=CHUNK_BYTES).digest
        client.upload_blob(LAYER, skip_existing=layer)

        pushed = client.set_manifest(image_of(config, layer), tag="1").digest
        assert client.get_manifest(pushed).digest == pushed
        client.get_manifest("1")
        assert client.download_blob_content(layer).content == LAYER

        other = connection.content_client(OTHER)
        if not other.mount_blob(layer, source=REPOSITORY):
            other.upload_blob(LAYER)
        other.delete_blob(layer)
        client.delete_manifest(pushed)


async def use_async(registry: FakeRegistry) -> None:
    with connect(registry) as connection:
        client = connection.aio_content_client(REPOSITORY)
        config = (await client.upload_blob(b"{}")).digest
        layer = (await client.upload_blob(LAYER, chunk_bytes=CHUNK_BYTES)).digest

        pushed = (await client.set_manifest(image_of(config, layer), tag="1")).digest
        assert (await client.get_manifest(pushed)).digest == pushed
        assert (await client.download_blob_content(layer)).content == LAYER
        await client.delete_manifest(pushed)


def outcomes_in(report: SweepReport) -> set[str]:
    report.raise_if_broken()
    return {run.outcome.text for run in report.runs}


def test_usual_failures_of_transfers_break_nothing() -> None:
    report = sweep(use, effects="Disconnect(after),Corrupt", endpoints=("upload.*", "manifest.*", "blob.*"))
    assert outcomes_in(report) == {"survived", "failed cleanly", "without effect"}


@pytest.mark.exhaustive
@pytest.mark.parametrize("run", [use, use_async])
def test_no_failure_breaks_anything(run: Callable[[FakeRegistry], object]) -> None:
    report = sweep(run, effects="all", limit=10_000)
    assert outcomes_in(report) >= {"survived", "failed cleanly", "without effect"}


@pytest.mark.exhaustive
def test_no_pair_of_failures_breaks_anything() -> None:
    report = sweep(use, limit=300, depth=2, seed=15)
    assert outcomes_in(report) >= {"survived", "failed cleanly"}
