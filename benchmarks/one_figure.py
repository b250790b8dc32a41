"""`python benchmarks/one_figure.py NAME`: print the CPU seconds that one figure takes in this process.

For `against`, which runs it on two trees. It uses public names, so that it measures older
trees too; the steps of the harness use modules that are as old as commit 038ce29.
"""

import asyncio
import gc
import io
import itertools
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path

from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry, ManualClock, Settings
from pytest_acr import connect

REPOSITORY = "benchmark/figure"
OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"

CYCLES = 200
LISTINGS = 20
SWEEPS = 2
EXAMPLES = 60
FAILING_TEST = """\
def test_fails(acr_client):
    for _ in range(500):
        list(acr_client.list_repository_names())
    assert False
"""
TRANSFERRED_BYTES = 192 * 1024 * 1024


def cycle(client: ContainerRegistryClient, number: int) -> None:
    """Push and pull one small blob and one manifest: six requests through the Azure SDK.

    Each number makes new content, so that no registry has it already.
    """
    content = b"%08d" % number * 128
    digest, size = client.upload_blob(REPOSITORY, io.BytesIO(content))
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_IMAGE,
        "config": {"mediaType": OCI_CONFIG, "digest": digest, "size": size},
        "layers": [{"mediaType": OCI_LAYER, "digest": digest, "size": size}],
    }
    client.set_manifest(REPOSITORY, manifest, tag="latest")

    pulled = client.get_manifest(REPOSITORY, "latest").manifest
    blob = b"".join(client.download_blob(REPOSITORY, digest))
    if (pulled, blob) != (manifest, content):
        raise RuntimeError(f"cycle {number}: expected the content that was pushed, found other content")


def cpu_seconds(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def cycles(registry: FakeRegistry, *, transport: str = "memory") -> float:
    serial = itertools.count()
    with connect(registry, transport=transport) as connection:  # type: ignore[arg-type]  # a Transport
        client = connection.client()
        cycle(client, next(serial))
        return cpu_seconds(lambda: run_cycles(client, serial))


def run_cycles(client: ContainerRegistryClient, serial: Iterator[int]) -> None:
    for number in itertools.islice(serial, CYCLES):
        cycle(client, number)


def memory_cycle() -> float:
    return cycles(FakeRegistry(Settings(profile="oci", auth="off")))


def memory_cycle_as_fixtures() -> float:
    return cycles(FakeRegistry(clock=ManualClock()))


def loopback_cycle() -> float:
    return cycles(FakeRegistry(Settings(profile="oci", auth="off")), transport="http")


def tag_pages() -> float:
    """Listings of 301 tags in pages of 100, through the Azure SDK."""
    registry = FakeRegistry(clock=ManualClock())
    registry.push_image(f"{REPOSITORY}:first")
    with connect(registry) as connection:
        client = connection.client()
        for number in range(300):
            registry.push_image(f"{REPOSITORY}:v{number:04}")
        return cpu_seconds(lambda: [list(client.list_tag_properties(REPOSITORY)) for _ in range(LISTINGS)])


def transfer(*, transport: str, upload: bool) -> float:
    content = bytes(range(256)) * (TRANSFERRED_BYTES // 256)
    registry = FakeRegistry(Settings(profile="oci", auth="off"))
    with connect(registry, transport=transport) as connection:  # type: ignore[arg-type]  # a Transport
        client = connection.content_client(REPOSITORY)
        if upload:
            return cpu_seconds(lambda: client.upload_blob(content))
        digest = client.upload_blob(content).digest
        return cpu_seconds(lambda: client.download_blob_content(digest))


async def aio_transfer(*, transport: str, upload: bool) -> float:
    content = bytes(range(256)) * (TRANSFERRED_BYTES // 256)
    registry = FakeRegistry(Settings(profile="oci", auth="off"))
    with connect(registry, transport=transport) as connection:  # type: ignore[arg-type]  # a Transport
        async with connection.aio_content_client(REPOSITORY) as client:
            if upload:
                return await aio_cpu_seconds(lambda: client.upload_blob(content))
            digest = (await client.upload_blob(content)).digest
            return await aio_cpu_seconds(lambda: client.download_blob_content(digest))


async def aio_cpu_seconds(work: Callable[[], Awaitable[object]]) -> float:
    gc.collect()
    started = time.process_time()
    await work()
    return time.process_time() - started


def run_aio_transfer(*, transport: str, upload: bool) -> float:
    return asyncio.run(aio_transfer(transport=transport, upload=upload))


def failed_test_report() -> float:
    """A failing test that made 500 calls, as pytest runs and reports it."""
    import pytest

    with tempfile.TemporaryDirectory() as scratch, redirect_stdout(io.StringIO()) as printed:
        Path(scratch, "pytest.ini").write_text("[pytest]\n")
        Path(scratch, "test_it.py").write_text(FAILING_TEST)
        arguments = ["-q", "-p", "no:cacheprovider", "--rootdir", scratch, scratch]
        seconds = cpu_seconds(lambda: pytest.main(arguments))

    if "1 failed" not in printed.getvalue():
        raise RuntimeError(f"expected one failed test, found {printed.getvalue()}")
    return seconds


def swept_cycle() -> float:
    """A cycle swept: each of its requests fails in each way."""
    from pytest_acr import sweep

    def run(registry: FakeRegistry) -> None:
        with connect(registry) as connection:
            cycle(connection.client(), 0)

    return cpu_seconds(lambda: [sweep(run) for _ in range(SWEEPS)])


def machine_steps() -> float:
    """Sequences of requests that the test harness draws and checks."""
    from pytest_acr.harness import Dialect
    from pytest_acr.harness.findings import Findings
    from pytest_acr.harness.plan import MachinePlan
    from pytest_acr.harness.search import search

    settings = Settings(profile="oci", auth="off")
    findings = Findings(collect=True)
    plan = MachinePlan(lambda: FakeRegistry(settings).wsgi_app, Dialect(), findings=findings)
    return cpu_seconds(lambda: list(search(plan, seed_number=7, examples=EXAMPLES)))


FIGURES: dict[str, Callable[[], float]] = {
    "memory cycle": memory_cycle,
    "memory cycle, as the fixtures": memory_cycle_as_fixtures,
    "loopback cycle": loopback_cycle,
    "pages of tags": tag_pages,
    "transfer: upload in memory": lambda: transfer(transport="memory", upload=True),
    "transfer: download in memory": lambda: transfer(transport="memory", upload=False),
    "transfer: upload over loopback": lambda: transfer(transport="http", upload=True),
    "transfer: download over loopback": lambda: transfer(transport="http", upload=False),
    "transfer: async upload in memory": lambda: run_aio_transfer(transport="memory", upload=True),
    "transfer: async download in memory": lambda: run_aio_transfer(transport="memory", upload=False),
    "transfer: async upload over loopback": lambda: run_aio_transfer(transport="http", upload=True),
    "transfer: async download over loopback": lambda: run_aio_transfer(transport="http", upload=False),
    "report of a failed test": failed_test_report,
    "sweep of a cycle": swept_cycle,
    "steps of the harness": machine_steps,
}


if __name__ == "__main__":
    sys.stdout.write(f"{FIGURES[sys.argv[1]]()}\n")
