"""How fast a large blob goes in, in chunks, and comes out: one raw connection, no client library in the way."""

import hashlib
import http.client
import random
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from http import HTTPStatus
from itertools import accumulate, pairwise
from urllib.parse import urlsplit

from benchmarks.rounds import interleave, progress
from benchmarks.subjects import HOST, OURS, SINK, Server, Subject, installed_peers, serving
from benchmarks.table import Row, Target, against_peers, for_comparison, remark

MIB = 1024 * 1024
CHUNK_BYTES = 4 * MIB
CHUNKS_PER_BLOB = 64
PUSH_LIMIT_S = 20
"""distribution 2.8.2 copies all it has for every chunk that its in-memory driver appends: 256 MiB take it minutes."""

UPLOADS = "/v2/benchmark/transfer/blobs/uploads/"


UPLOAD_LIMIT = Target(0.90, at_least=True)

REPEATS = 4
"""A test registry lives for one run, so the targets bind the first transfer of a fresh server. Go's heap needs some
transfers to grow and is then faster: the last one is shown beside, without a target."""

SIZE = f"{CHUNKS_PER_BLOB * CHUNK_BYTES // MIB} MiB"
TARGETS = {
    f"push: {SIZE} in {CHUNK_BYTES // MIB} MiB chunks": Target(2.0, at_least=True),
    f"pull: {SIZE}": Target(1.0, at_least=True),
    f"push: {SIZE} for the {REPEATS}th time": None,
    f"pull: {SIZE} for the {REPEATS}th time": None,
}


class TooSlow(Exception):
    """A push that took longer than `PUSH_LIMIT_S`; the text says how far it came."""


def rows() -> Iterator[Row]:
    chunks = blob_chunks(seed=0)
    speeds = partial(_speeds, chunks=chunks, digest=digest_of(chunks))
    subjects = [OURS, SINK]
    for peer in installed_peers():
        progress(f"trial: {peer.name}")
        try:
            speeds(peer)
            subjects.append(peer)
        except TooSlow as reason:
            yield remark(f"push: {peer.name}", f"left out: {reason}")
    samples = interleave({subject.name: partial(speeds, subject) for subject in subjects})
    for benchmark, target in TARGETS.items():
        found = {name: [one[benchmark] for one in rounds] for name, rounds in samples.items()}
        yield from _rows_of(benchmark, found, target)


def _rows_of(
    benchmark: str,
    found: dict[str, list[float]],
    target: Target | None,
) -> Iterator[Row]:
    """Yield ours beside the fastest peer and, of the first push, beside the limit; then those of the others."""
    ours = found.pop(OURS.name)
    peers = {name: speeds for name, speeds in found.items() if name != SINK.name}
    if target is None:
        yield for_comparison(benchmark, ours, "MB/s")
    else:
        yield against_peers(benchmark, ours, "MB/s", peers, target)

    if benchmark == next(iter(TARGETS)):
        limit = {SINK.name: found[SINK.name]}
        yield against_peers(f"{benchmark}, limit", ours, "MB/s", limit, UPLOAD_LIMIT)
    for name, speeds in found.items():
        yield for_comparison(f"  {name}", speeds, "MB/s")


def _speeds(subject: Subject, *, chunks: list[bytes], digest: str) -> dict[str, float]:
    """MB/s in and out of a fresh server, the first time and the last, under the names in `TARGETS`."""
    with serving(subject) as server:
        transfers = [_transfer(server, chunks, digest) for _ in range(REPEATS)]
    return dict(zip(TARGETS, (*transfers[0], *transfers[-1]), strict=True))


def _transfer(server: Server, chunks: list[bytes], digest: str) -> tuple[float, float]:
    """MB/s in and out."""
    megabytes = sum(map(len, chunks)) / 1e6
    with closing(_connect(server)) as connection:
        started = time.perf_counter()
        push(connection, chunks, digest)
        pushed = time.perf_counter()
        pull(connection, digest)
        pulled = time.perf_counter()
    return megabytes / (pushed - started), megabytes / (pulled - pushed)


def blob_chunks(*, seed: int) -> list[bytes]:
    """One blob that nothing can compress; each seed gives another."""
    return [random.Random(seed).randbytes(CHUNK_BYTES)] * CHUNKS_PER_BLOB


def digest_of(chunks: list[bytes]) -> str:
    running = hashlib.sha256()
    for chunk in chunks:
        running.update(chunk)
    return f"sha256:{running.hexdigest()}"


def store(server: Server, *, seed: int) -> None:
    """Push one blob over a connection of its own."""
    chunks = blob_chunks(seed=seed)
    with closing(_connect(server)) as connection:
        push(connection, chunks, digest_of(chunks))


def push(connection: http.client.HTTPConnection, chunks: list[bytes], digest: str) -> None:
    """Push a blob in chunks (distribution-spec v1.1.1, Pushing a blob in chunks)."""
    deadline = time.monotonic() + PUSH_LIMIT_S
    location = _call(connection, "POST", UPLOADS, expect={HTTPStatus.ACCEPTED})
    edges = pairwise(accumulate(map(len, chunks), initial=0))
    for chunk, (start, stop) in zip(chunks, edges, strict=True):
        if time.monotonic() > deadline:
            raise TooSlow(f"after {PUSH_LIMIT_S} s it had {start // MIB} MiB")
        headers = {"Content-Range": f"{start}-{stop - 1}", "Content-Type": "application/octet-stream"}
        location = _call(connection, "PATCH", location, chunk, headers, expect=CHUNK_TAKEN)
    separator = "&" if "?" in location else "?"
    _call(connection, "PUT", f"{location}{separator}digest={digest}", expect={HTTPStatus.CREATED})


CHUNK_TAKEN = {HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT}
"""The specification requires 202; crane answers 204."""


def pull(connection: http.client.HTTPConnection, digest: str) -> None:
    """Read a whole blob and keep nothing: the server is measured, not the client."""
    connection.request("GET", f"/v2/benchmark/transfer/blobs/{digest}")
    response = connection.getresponse()
    buffer = bytearray(MIB)
    received = 0
    while count := response.readinto(buffer):
        received += count
    if (response.status, received) != (HTTPStatus.OK, CHUNKS_PER_BLOB * CHUNK_BYTES):
        raise RuntimeError(f"GET of the blob answered {response.status} and {received} bytes")


def _connect(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(HOST, server.port, timeout=120)


def _call(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    *,
    expect: set[HTTPStatus],
) -> str:
    """Send one request and return where its answer's Location points, less scheme and host."""
    connection.request(method, target, body, headers or {})
    response = connection.getresponse()
    answer = response.read()
    if response.status not in expect:
        raise RuntimeError(f"{method} {target} answered {response.status}, expected {sorted(expect)}: {answer[:500]!r}")
    parts = urlsplit(response.headers["Location"])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
