"""`serve --persist` beside the same server in memory, and its start with many tags."""

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.rounds import interleave, progress
from benchmarks.subjects import HOST, OURS, OURS_PERSISTING, Server, Subject, serving
from benchmarks.table import Row, Target, against_limit, against_peers
from benchmarks.transfer import SIZE, blob_chunks, digest_of, push
from fake_registry import FakeRegistry, Settings
from fake_registry.persistence import OpenFolder

IMAGES = 200
LAYER_BYTES = 10 * 1024
REPOSITORY = "/v2/benchmark/images"
OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCTETS = "application/octet-stream"
TAGS = 10_000
STARTS = 5

THROUGHPUT = Target(0.50, at_least=True)
START = Target(2.0)


def rows() -> Iterator[Row]:
    chunks = blob_chunks(seed=0)
    push_blob = partial(_push_blob, chunks=chunks, digest=digest_of(chunks))
    yield _beside_memory(f"persist: push of {SIZE}", push_blob, "MB/s")
    yield _beside_memory(f"persist: push of {IMAGES} images of {2 * LAYER_BYTES // 1024} KiB", _push_images, "a second")
    yield against_limit(f"persist: start with {TAGS:,} images", list(_starts()), "s", START)


def _beside_memory(benchmark: str, measure: Callable[[Server], float], unit: str) -> Row:
    def measure_fresh(subject: Subject) -> float:
        with serving(subject) as server:
            return measure(server)

    subjects = (OURS, OURS_PERSISTING)
    found = interleave({each.name: partial(measure_fresh, each) for each in subjects})
    memory = {"in memory": found[OURS.name]}
    return against_peers(benchmark, found[OURS_PERSISTING.name], unit, memory, THROUGHPUT)


def _push_blob(server: Server, *, chunks: list[bytes], digest: str) -> float:
    with closing(HTTPConnection(HOST, server.port)) as connection:
        started = time.perf_counter()
        push(connection, chunks, digest)
        return sum(map(len, chunks)) / 1e6 / (time.perf_counter() - started)


def _push_images(server: Server) -> float:
    """Return the number of images a second. Each has a config and a layer of 10 KiB, in two requests
    each, and a manifest with a tag."""
    with closing(HTTPConnection(HOST, server.port)) as connection:
        started = time.perf_counter()
        for number in range(IMAGES):
            config, layer = (_push_small(connection, name % number) for name in (b"config %d", b"layer %d"))
            manifest = {"schemaVersion": 2, "mediaType": OCI_IMAGE, "config": config, "layers": [layer]}
            _send(connection, "PUT", f"{REPOSITORY}/manifests/{number}", json.dumps(manifest).encode(), OCI_IMAGE)
        return IMAGES / (time.perf_counter() - started)


def _push_small(connection: HTTPConnection, start: bytes) -> dict[str, object]:
    """Push a blob that starts so, and return its descriptor."""
    content = start.ljust(LAYER_BYTES, b"x")
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    location = _send(connection, "POST", f"{REPOSITORY}/blobs/uploads/", b"", OCTETS)
    _send(connection, "PUT", f"{location}&digest={digest}", content, OCTETS)
    return {"mediaType": OCTETS, "digest": digest, "size": len(content)}


def _send(connection: HTTPConnection, method: str, target: str, body: bytes, media_type: str) -> str:
    """Send a request that has to succeed, and return its Location."""
    connection.request(method, target, body, {"Content-Type": media_type})
    response = connection.getresponse()
    answer = response.read()
    if response.status >= HTTPStatus.BAD_REQUEST:
        raise RuntimeError(f"{method} {target}: expected success, found {response.status} {answer[:300]!r}")
    return response.getheader("Location", "")


def _starts() -> Iterator[float]:
    """Yield the seconds until the server is ready, with a folder of many images of their own."""
    with tempfile.TemporaryDirectory() as name:
        progress("a folder of images")
        _fill(Path(name))
        for turn in range(STARTS):
            progress(f"start {turn + 1} of {STARTS}")
            yield _seconds_to_ready(name)


def _fill(path: Path) -> None:
    registry = FakeRegistry(Settings(auth="off"))
    for number in range(TAGS):
        registry.push_image(f"benchmark/images:{number}", layers=[b"layer %d" % number])
    with OpenFolder(path) as folder:
        folder.store(registry, on_failure=print).close()


def _seconds_to_ready(folder: str) -> float:
    command = [sys.executable, "-m", "fake_registry", "serve", "--port", "0", "--dir", folder, "--persist"]
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()
        seconds = time.perf_counter() - started
        process.terminate()
    return seconds
