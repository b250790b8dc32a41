"""The cost of one push and pull through the Azure SDK: six HTTP calls around one small blob and one manifest."""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import HttpRequest, HttpResponse

from benchmarks.one_figure import cycle
from benchmarks.recorded import DictionaryTransport, Recorded, RecordingTransport, save
from benchmarks.rounds import differences_of, interleave, progress, ratios_of
from benchmarks.subjects import OURS, Server, installed_peers, recorded_answers, serving
from benchmarks.table import Row, Target, against_limit, against_peers, for_comparison, remark
from fake_registry import FakeRegistry, ManualClock, Settings
from pytest_acr import connect

CYCLES_PER_ROUND = 100
ENDPOINT = "https://limit.azurecr.io"
CALLS_PER_CYCLE = 6

OCI, AS_FIXTURES, LOOPBACK = "memory, oci", "memory, as the fixtures", "loopback, oci"
MEMORY_LIMIT, LOOPBACK_LIMIT = "limit: a dictionary", "limit: recorded answers"
LOGIN_FREE_PEER = "olareg"

SHARE = Target(0.14)
MEMORY_CYCLE = Target(1.30)
LOOPBACK_CYCLE = Target(1.10)


class PlainHttp(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """Allows plain http, which azure-core refuses unless each request has `enforce_https=False`."""

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        request.context.options["enforce_https"] = False


def rows() -> Iterator[Row]:
    recorded = _recorded_cycles()
    yield from _memory_rows(recorded)

    with ExitStack() as running:
        peers: dict[str, Callable[[], float]] = {}
        for peer in installed_peers():
            client = running.enter_context(_loopback_client(running.enter_context(serving(peer))))
            if refusal := _refusal(client):
                yield remark(f"SDK cycle: {peer.name}", f"cannot serve the SDK: {refusal}")
            else:
                peers[peer.name] = partial(_wall_of_cycle, client, itertools.count(1))
        found = interleave({**_ours(running, recorded), **peers})

    yield from _wall_rows({name: [1e3 * one for one in taken] for name, taken in found.items()})


def _memory_rows(recorded: Sequence[Recorded]) -> Iterator[Row]:
    """Yield our share of a call: the CPU time beyond that of the SDK alone."""
    registry = FakeRegistry(Settings(profile="oci", auth="off"))
    transport = DictionaryTransport(recorded, ENDPOINT)
    with connect(registry) as connection:
        limit = ContainerRegistryClient(ENDPOINT, None, transport=transport)
        clients = {OCI: connection.client(), MEMORY_LIMIT: limit}
        found = interleave({name: partial(_cpu_of_cycle, client) for name, client in clients.items()})

    share = differences_of(found[OCI], found[MEMORY_LIMIT], scale=1e3 / CALLS_PER_CYCLE)
    yield against_limit("our share of a memory call, CPU", share, "ms", SHARE)
    per_call = [1e3 * one / CALLS_PER_CYCLE for one in found[MEMORY_LIMIT]]
    yield for_comparison("  limit: the SDK over a dictionary, a call", per_call, "ms")


def _wall_rows(found: dict[str, list[float]]) -> Iterator[Row]:
    peers = {name: found[name] for name in (LOGIN_FREE_PEER,) if name in found}
    limit = {LOOPBACK_LIMIT: found[LOOPBACK_LIMIT]}

    yield against_peers(f"SDK cycle: {AS_FIXTURES}", found[AS_FIXTURES], "ms", peers, MEMORY_CYCLE)
    yield against_peers(f"SDK cycle: {LOOPBACK}", found[LOOPBACK], "ms", peers, LOOPBACK_CYCLE)
    for name in [name for name in found if name not in (AS_FIXTURES, LOOPBACK)]:
        yield for_comparison(f"  {name}", found[name], "ms")

    ratios = ratios_of(found[LOOPBACK], limit[LOOPBACK_LIMIT])
    yield for_comparison("  loopback, oci, over its limit", ratios, "x")


def _recorded_cycles() -> list[Recorded]:
    """Return the exchanges of the cycles that each round runs."""
    registry = FakeRegistry(Settings(profile="oci", auth="off"))
    transport = RecordingTransport(registry.wsgi_app, ENDPOINT)

    with ContainerRegistryClient(ENDPOINT, None, transport=transport) as client:
        for number in range(CYCLES_PER_ROUND):
            cycle(client, number)
    return transport.recorded


def _ours(running: ExitStack, recorded: Sequence[Recorded]) -> dict[str, Callable[[], float]]:
    """Return the measurements over a wall clock, each after a first cycle as those of the peers."""
    as_fixtures = running.enter_context(connect(FakeRegistry(clock=ManualClock())))
    clients = {
        AS_FIXTURES: as_fixtures.client(),
        LOOPBACK: running.enter_context(_loopback_client(running.enter_context(serving(OURS)))),
    }
    for client in clients.values():
        cycle(client, 0)
    calls = {name: partial(_wall_of_cycle, client, itertools.count(1)) for name, client in clients.items()}

    file = Path(running.enter_context(TemporaryDirectory()), "recorded.json")
    save(recorded, file)
    server = running.enter_context(serving(recorded_answers(file)))
    replayed = itertools.cycle(range(CYCLES_PER_ROUND))
    limit = running.enter_context(_loopback_client(server))
    return {**calls, LOOPBACK_LIMIT: partial(_wall_of_cycle, limit, replayed)}


def _loopback_client(server: Server) -> ContainerRegistryClient:
    return ContainerRegistryClient(server.url, None, per_call_policies=[PlainHttp()])


def _refusal(client: ContainerRegistryClient) -> str:
    """Return why this registry cannot serve the SDK, or nothing. The first cycle also warms it up."""
    progress("first cycle")
    try:
        cycle(client, 0)
    except HttpResponseError as error:
        status = HTTPStatus(error.status_code or 0)
        return f"{status} {status.phrase} where it expects success"
    return ""


def _wall_of_cycle(client: ContainerRegistryClient, serial: Iterator[int]) -> float:
    return _median_of_cycles(client, serial, time.perf_counter)


def _cpu_of_cycle(client: ContainerRegistryClient) -> float:
    """Return the CPU seconds of one cycle, of numbers that each round repeats."""
    return _median_of_cycles(client, iter(range(CYCLES_PER_ROUND)), time.process_time)


def _median_of_cycles(
    client: ContainerRegistryClient,
    serial: Iterator[int],
    clock: Callable[[], float],
) -> float:
    """Return the median cycle of a round: a mean would include other work of the machine."""
    taken = []
    for number in itertools.islice(serial, CYCLES_PER_ROUND):
        started = clock()
        cycle(client, number)
        taken.append(clock() - started)
    return statistics.median(taken)
