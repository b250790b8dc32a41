"""Our own content client beside the official one: requests for an image, throughput and memory of a large blob."""

import io
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.one_transfer import CLIENTS
from benchmarks.rounds import interleave
from benchmarks.subjects import OURS_AS_ACR, OURS_WITH_LOGIN, Server, serving
from benchmarks.table import Row, Target, against_limit, against_peers, for_comparison
from fake_registry import FakeRegistry, ManualClock
from pytest_acr import Connection, OciDescriptor, OciImageManifest, connect

MIB = 1024 * 1024
BLOB_BYTES = 256 * MIB
OFFICIAL = "azure-containerregistry"
REPOSITORY = "benchmark/content"
CONFIG, LAYERS = b"{}", (b"layer one", b"layer two")
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"

FEWER = Target(0.40)
FASTER = Target(1.5, at_least=True)
MEMORY = Target(24)


def rows() -> Iterator[Row]:
    ours, theirs = _requests(_image_by_ours), _requests(_image_by_official)
    yield against_peers("content: requests for an image, up and down", ours, "", {OFFICIAL: theirs}, FEWER)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "blob"
        path.write_bytes(random.Random(0).randbytes(MIB) * (BLOB_BYTES // MIB))
        with serving(OURS_WITH_LOGIN) as server:
            yield from _transfers(server, path, "with login", target=FASTER)
        with serving(OURS_AS_ACR) as server:
            yield from _transfers(server, path, "auth off", target=None)


def _requests(image: Callable[[Connection], None]) -> float:
    """How many requests the registry has seen of a push and a pull."""
    registry = FakeRegistry(clock=ManualClock())
    with connect(registry) as connection:
        image(connection)
    return len(registry.requests)


def _image_by_ours(connection: Connection) -> None:
    client = connection.content_client(REPOSITORY)
    config, *layers = [client.upload_blob(content) for content in (CONFIG, *LAYERS)]
    manifest = OciImageManifest(
        config=OciDescriptor(media_type=CONFIG_TYPE, digest=config.digest, size=config.size_in_bytes),
        layers=[
            OciDescriptor(media_type=LAYER_TYPE, digest=layer.digest, size=layer.size_in_bytes) for layer in layers
        ],
    )
    client.set_manifest(manifest, tag="latest")
    pulled = client.get_manifest("latest").manifest
    if pulled is None:
        raise RuntimeError("what came back is no image")
    for descriptor in (pulled.config, *pulled.layers):
        client.download_blob_content(descriptor.digest)


def _image_by_official(connection: Connection) -> None:
    client = connection.client()
    config, *layers = [client.upload_blob(REPOSITORY, io.BytesIO(content)) for content in (CONFIG, *LAYERS)]
    manifest = {
        "schemaVersion": 2,
        "config": {"mediaType": CONFIG_TYPE, "digest": config[0], "size": config[1]},
        "layers": [{"mediaType": LAYER_TYPE, "digest": digest, "size": size} for digest, size in layers],
    }
    client.set_manifest(REPOSITORY, manifest, tag="latest")
    pulled = client.get_manifest(REPOSITORY, "latest").manifest
    if pulled != manifest:
        raise RuntimeError("what came back is another image")
    for digest, _ in (config, *layers):
        b"".join(client.download_blob(REPOSITORY, digest))


@dataclass(frozen=True)
class Transfer:
    """One blob in one direction: MB/s, and MiB by which the client's memory grew."""

    speed: float
    grown: float
    digest: str | None


def _transfers(server: Server, path: Path, login: str, *, target: Target | None) -> Iterator[Row]:
    """Yield a row for each direction and client, the official one's last; with `target` also of memory."""
    digest = _transfer(server, path, OFFICIAL).digest
    for direction, name in (("up", None), ("down", digest)):
        samples = interleave({client: partial(_transfer, server, path, client, name) for client in CLIENTS})
        speeds = {client: [one.speed for one in taken] for client, taken in samples.items()}
        grown = {client: [one.grown for one in taken] for client, taken in samples.items()}
        beside = {OFFICIAL: speeds[OFFICIAL]}
        title = f"content: {BLOB_BYTES // MIB} MiB {direction}, {login}"
        for client in CLIENTS:
            if client == OFFICIAL:
                yield for_comparison(f"  {client}", speeds[client], "MB/s")
            elif target is None:
                yield for_comparison(f"{title}: {client}", speeds[client], "MB/s")
            else:
                yield against_peers(f"{title}: {client}", speeds[client], "MB/s", beside, target)
                yield against_limit(f"{title}: memory of {client}", grown[client], "MiB", MEMORY)


def _transfer(server: Server, path: Path, client: str, digest: str | None = None) -> Transfer:
    """Upload the file at `path`, or download `digest` to a file beside it."""
    target = [str(path)] if digest is None else [str(path.with_name("downloaded")), digest]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.one_transfer", client, server.url, *target],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{client} failed:\n{done.stdout}{done.stderr}")
    found = json.loads(done.stdout)
    return Transfer(BLOB_BYTES / 1e6 / found["seconds"], found["grown"] / MIB, found["digest"])
