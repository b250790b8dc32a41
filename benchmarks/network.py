"""What `pytest_acr.network` costs: to come and go, a call inside it beside one over plain https, a token of Entra's."""

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import certifi
import requests
from azure.containerregistry import ContainerRegistryClient
from azure.core.credentials import TokenCredential
from azure.identity import DefaultAzureCredential

from benchmarks.rounds import interleave, medians, progress
from benchmarks.table import Row, Target, against_limit, for_comparison
from fake_registry import FakeRegistry, Settings
from pytest_acr import network

REPEATS = 30
SCOPE = "https://containerregistry.azure.net/.default"

COMING_AND_GOING = Target(20)
CALL = Target(1)
TOKEN = Target(50)
SDK_CALLS = Target(0.5)


def rows() -> Iterator[Row]:
    registry = FakeRegistry(Settings(auth="off"))
    progress("coming and going")
    yield against_limit("network: to enter and leave", _median_ms(lambda: _visit(registry)), "ms", COMING_AND_GOING)
    with (
        TemporaryDirectory() as scratch,
        registry.serve(tls=True) as server,
        network(registry),
        requests.Session() as session,
    ):
        # to read the authorities that all clients trust takes longer than all the rest: both do it
        trusted = Path(scratch) / "ca.pem"
        trusted.write_bytes(Path(certifi.where()).read_bytes() + (server.ca_file or Path()).read_bytes())
        calls = {
            "plain": lambda: _median_ms(lambda: session.get(f"{server.url}/v2/", verify=str(trusted)), 100),
            "inside": lambda: _median_ms(lambda: session.get("https://fake.azurecr.io/v2/"), 100),
            "plain, new": lambda: _median_ms(lambda: _dial(f"{server.url}/v2/", str(trusted))),
            "inside, new": lambda: _median_ms(lambda: _dial("https://fake.azurecr.io/v2/", certifi.where())),
        }
        taken = medians(interleave(calls))
        yield against_limit("network: what it adds to a call", taken["inside"] - taken["plain"], "ms", CALL)
        yield for_comparison("  a call over plain https", taken["plain"], "ms")
        added = taken["inside, new"] - taken["plain, new"]
        yield against_limit("network: what it adds to a call on a new connection", added, "ms", CALL)
        yield for_comparison("  a call over plain https on a new connection", taken["plain, new"], "ms")
        progress("tokens")
        yield against_limit("network: a token by DefaultAzureCredential", _median_ms(_token), "ms", TOKEN)
    progress("SDK calls")
    yield against_limit("network: 50 SDK calls, a client each", _cpu_of_sdk_calls(50), "s CPU", SDK_CALLS)


def _visit(registry: FakeRegistry) -> None:
    with network(registry):
        pass


def _dial(url: str, verify: str) -> None:
    with requests.Session() as session:
        session.get(url, verify=verify)


def _token() -> None:
    with DefaultAzureCredential() as credential:
        credential.get_token(SCOPE)


def _cpu_of_sdk_calls(count: int) -> float:
    """CPU time of this process, client and fake, for calls by new clients with one credential; least of three."""
    with network(FakeRegistry()), DefaultAzureCredential() as credential:
        return min(_cpu_of(lambda: _call_by_new_clients(credential, count)) for _ in range(3))


def _call_by_new_clients(credential: TokenCredential, count: int) -> None:
    for _ in range(count):
        with ContainerRegistryClient("https://fake.azurecr.io", credential) as client:
            list(client.list_repository_names())


def _cpu_of(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return time.process_time() - started


def _median_ms(action: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median of one, after a first that is not counted."""
    action()
    times: list[float] = []
    for _ in range(repeats):
        started = time.perf_counter()
        action()
        times.append(1e3 * (time.perf_counter() - started))
    return statistics.median(times)
