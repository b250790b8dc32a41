"""Small GETs: on one kept connection, and the slowest of a hundred with 32 connections."""

import http.client
import selectors
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from hashlib import sha256
from http import HTTPStatus

from benchmarks.raw_http import END_OF_HEAD, READ_BYTES, content_length_of
from benchmarks.rounds import interleave
from benchmarks.subjects import HOST, OURS, Server, installed_peers, serving
from benchmarks.table import Row, Target, against_peers, for_comparison
from benchmarks.transfer import push

GETS = 500
CONNECTIONS = 32
REQUESTS_PER_CONNECTION = 30

BLOB = b"{}"
DIGEST = f"sha256:{sha256(BLOB).hexdigest()}"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
MANIFEST = (
    f'{{"schemaVersion":2,"mediaType":"{MANIFEST_TYPE}","config":{{"mediaType":'
    f'"application/vnd.oci.image.config.v1+json","digest":"{DIGEST}","size":{len(BLOB)}}},"layers":[]}}'
).encode()
REPOSITORY = "/v2/benchmark/transfer"
TARGETS = {
    "manifest": f"{REPOSITORY}/manifests/small",
    "blob": f"{REPOSITORY}/blobs/{DIGEST}",
}
JUDGED_PEER = "distribution"
GOAL = Target(1.5)


def rows() -> Iterator[Row]:
    with ExitStack() as running:
        servers = [running.enter_context(serving(one)) for one in (OURS, *installed_peers())]
        for server in servers:
            _push_image(server)
        for kind, target in TARGETS.items():
            calls: dict[str, Callable[[], float]] = {
                server.name: partial(_get_us, server, target) for server in servers
            }
            yield from _rows_of(f"small GET: {kind}", interleave(calls))

        slowest = {server.name: partial(_p99_ms, server) for server in servers}
        for name, values in interleave(slowest).items():
            title = f"small GET: p99 with {CONNECTIONS} connections, {name}"
            yield for_comparison(title, values, "ms")


def _rows_of(benchmark: str, found: dict[str, list[float]]) -> Iterator[Row]:
    ours = found.pop(OURS.name)
    judged = {name: values for name, values in found.items() if name == JUDGED_PEER}
    yield against_peers(benchmark, ours, "us", judged, GOAL)
    for name, values in found.items():
        yield for_comparison(f"  {name}", values, "us")


def _push_image(server: Server) -> None:
    with closing(http.client.HTTPConnection(HOST, server.port)) as connection:
        push(connection, [BLOB], DIGEST)
        connection.request("PUT", TARGETS["manifest"], MANIFEST, {"Content-Type": MANIFEST_TYPE})
        answer = connection.getresponse()
        if answer.status != HTTPStatus.CREATED:
            raise RuntimeError(f"{server.name} answered {answer.status}: {answer.read()!r}")


def _request_for(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: there\r\nAccept: {MANIFEST_TYPE}\r\n\r\n".encode()


def _dial(server: Server) -> socket.socket:
    connection = socket.create_connection((HOST, server.port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _get_us(server: Server, target: str) -> float:
    """Return the microseconds of the median GET on one connection."""
    request = _request_for(target)
    taken = []
    with _dial(server) as connection:
        for _ in range(GETS):
            started = time.perf_counter()
            connection.sendall(request)
            _receive(connection)
            taken.append(1e6 * (time.perf_counter() - started))
    return statistics.median(taken)


def _receive(connection: socket.socket) -> None:
    answer = b""
    while not _is_complete(answer):
        if not (piece := connection.recv(READ_BYTES)):
            raise RuntimeError(f"the connection ended after {answer[:200]!r}")
        answer += piece


def _is_complete(answer: bytes) -> bool:
    head, found, body = answer.partition(END_OF_HEAD)
    if not found:
        return False
    if not head.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"expected 200, found {head[:200]!r}")
    return len(body) >= content_length_of(head)


def _p99_ms(server: Server) -> float:
    """Return the 99th percentile of GETs of the manifest, each connection with one under way."""
    request = _request_for(TARGETS["manifest"])
    taken: list[float] = []
    with ExitStack() as opened, selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            connection = opened.enter_context(_dial(server))
            connection.sendall(request)
            started = time.perf_counter()
            selector.register(connection, selectors.EVENT_READ, [connection, started])

        while len(taken) < CONNECTIONS * REQUESTS_PER_CONNECTION:
            for key, _ in selector.select():
                connection, started = key.data
                _receive(connection)
                taken.append(1e3 * (time.perf_counter() - started))
                key.data[1] = time.perf_counter()
                connection.sendall(request)
    return statistics.quantiles(taken, n=100)[-1]
