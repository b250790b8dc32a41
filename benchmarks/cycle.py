"""The cost of one push and pull through the Azure SDK: six HTTP calls around one small blob and one manifest."""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus

from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import HttpRequest, HttpResponse

from benchmarks.one_figure import cycle
from benchmarks.rounds import interleave, medians, progress
from benchmarks.subjects import OURS, Server, installed_peers, serving
from benchmarks.table import Row, Target, against_peers, for_comparison, remark
from fake_registry import FakeRegistry, ManualClock, Settings
from pytest_acr import connect

CYCLES_PER_ROUND = 100

TARGETS = {
    "SDK cycle: memory, oci, auth off": Target(0.30),
    "SDK cycle: memory, as the fixtures": Target(1.50),
    "SDK cycle: loopback, oci, auth off": Target(1.30),
}
IN_MEMORY, AS_FIXTURES, LOOPBACK = TARGETS


class PlainHttp(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """Allows plain http, which azure-core refuses unless each request has `enforce_https=False`."""

    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        request.context.options["enforce_https"] = False


def rows() -> Iterator[Row]:
    with ExitStack() as running:
        peers: dict[str, Callable[[], float]] = {}
        for peer in installed_peers():
            client = running.enter_context(_loopback_client(running.enter_context(serving(peer))))
            if refusal := _refusal(client):
                yield remark(f"SDK cycle: {peer.name}", f"cannot serve the SDK: {refusal}")
            else:
                peers[peer.name] = partial(_seconds_per_cycle, client, itertools.count(1))
        samples = interleave({**_ours(running), **peers})
    milliseconds = {name: 1e3 * seconds for name, seconds in medians(samples).items()}
    beside = {name: milliseconds[name] for name in peers}
    for name, target in TARGETS.items():
        yield against_peers(name, milliseconds[name], "ms", beside, target)
    for name, value in beside.items():
        yield for_comparison(f"  {name}", value, "ms")


def _ours(running: ExitStack) -> dict[str, Callable[[], float]]:
    """Return the measurements of our transports, each after a first cycle as those of the peers."""
    in_memory = running.enter_context(connect(FakeRegistry(Settings(profile="oci", auth="off"))))
    as_fixtures = running.enter_context(connect(FakeRegistry(clock=ManualClock())))
    clients = {
        IN_MEMORY: in_memory.client(),
        AS_FIXTURES: as_fixtures.client(),
        LOOPBACK: running.enter_context(_loopback_client(running.enter_context(serving(OURS)))),
    }
    for client in clients.values():
        cycle(client, 0)
    return {name: partial(_seconds_per_cycle, client, itertools.count(1)) for name, client in clients.items()}


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


def _seconds_per_cycle(client: ContainerRegistryClient, serial: Iterator[int]) -> float:
    """Return the median cycle of a round: a mean would include other work of the machine."""
    taken = []
    for number in itertools.islice(serial, CYCLES_PER_ROUND):
        started = time.perf_counter()
        cycle(client, number)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
