"""One blob up or down through one client, in a process of its own: `python -m benchmarks.one_transfer ...`.

Prints how many seconds it took and by how many bytes the process' memory grew at its peak, as JSON. What a client does
once, its imports and its first login among them, is done before with a blob of one byte.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from fake_registry import SystemClock
from pytest_acr import AcrAioCredential, AcrCredential, ContainerRegistryContentClient
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient
from pytest_acr.transports.sockets import AllowHttp

REPOSITORY = "benchmark/content"

Upload = Callable[[Path], str]
Download = Callable[[str, Path], object]


@contextmanager
def ours(url: str) -> Iterator[tuple[Upload, Download]]:
    credential = AcrCredential(SystemClock())
    with ContainerRegistryContentClient(url, REPOSITORY, credential, enforce_https=False) as client:
        yield lambda path: client.upload_blob(path).digest, client.download_blob_to


@contextmanager
def ours_async(url: str) -> Iterator[tuple[Upload, Download]]:
    credential = AcrAioCredential(SystemClock())

    async def make() -> AioContainerRegistryContentClient:
        return AioContainerRegistryContentClient(url, REPOSITORY, credential, enforce_https=False)

    async def upload(path: Path) -> str:
        return (await client.upload_blob(path)).digest

    async def download(digest: str, path: Path) -> int:
        return await client.download_blob_to(digest, path)

    with asyncio.Runner() as runner:
        client = runner.run(make())
        yield lambda path: runner.run(upload(path)), lambda digest, path: runner.run(download(digest, path))
        runner.run(client.close())


@contextmanager
def official(url: str) -> Iterator[tuple[Upload, Download]]:
    from azure.containerregistry import ContainerRegistryClient

    def upload(path: Path) -> str:
        with path.open("rb") as file:
            digest, _ = client.upload_blob(REPOSITORY, file)
        return str(digest)

    def download(digest: str, path: Path) -> None:
        with path.open("wb") as file:
            file.writelines(client.download_blob(REPOSITORY, digest))

    with ContainerRegistryClient(url, AcrCredential(SystemClock()), per_call_policies=[AllowHttp()]) as client:
        yield upload, download


CLIENTS: dict[str, Callable[[str], AbstractContextManager[tuple[Upload, Download]]]] = {
    "ours": ours,
    "ours, async": ours_async,
    "azure-containerregistry": official,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.one_transfer", description=__doc__)
    parser.add_argument("client", choices=CLIENTS)
    parser.add_argument("url")
    parser.add_argument("path", type=Path)
    parser.add_argument("digest", nargs="?", help="download this to the path; without it the path is uploaded")
    given = parser.parse_args()
    with CLIENTS[given.client](given.url) as (upload, download):
        _warm_up(upload, download, given.path)
        before, started = _peak_bytes(), time.perf_counter()
        if given.digest is None:
            digest = upload(given.path)
        else:
            download(given.digest, given.path)
            digest = given.digest
        seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "grown": _peak_bytes() - before, "digest": digest}))


def _warm_up(upload: Upload, download: Download, beside: Path) -> None:
    small = beside.with_name("small")
    small.write_bytes(b"x")
    download(upload(small), small)


def _peak_bytes() -> int:
    """VmHWM of proc_pid_status(5), which counts in KiB. getrusage(2) begins with what the parent had before exec."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    main()
