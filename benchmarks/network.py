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

from benchmarks.rounds import differences_of, interleave, progress, ratios_of
from benchmarks.table import Row, Target, against_limit, for_comparison
from fake_registry import FakeRegistry, Settings
from pytest_acr import AcrCredential, network

REPEATS = 30
SCOPE = "https://containerregistry.azure.net/.default"

COMING_AND_GOING = Target(20)
CALL = Target(1)
TOKEN = Target(50)
SDK_CALLS = Target(0.4)
SDK_CALL_COUNT = 50


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
        taken = interleave(calls)
        yield against_limit(
            "network: what it adds to a call", differences_of(taken["inside"], taken["plain"]), "ms", CALL
        )
        yield for_comparison("  a call over plain https", taken["plain"], "ms")
        added = differences_of(taken["inside, new"], taken["plain, new"])
        yield against_limit("network: what it adds to a call on a new connection", added, "ms", CALL)
        yield for_comparison("  a call over plain https on a new connection", taken["plain, new"], "ms")
        progress("tokens")
        yield against_limit("network: a token by DefaultAzureCredential", _median_ms(_token), "ms", TOKEN)
    yield from _sdk_rows()


def _visit(registry: FakeRegistry) -> None:
    with network(registry):
        pass


def _dial(url: str, verify: str) -> None:
    with requests.Session() as session:
        session.get(url, verify=verify)


def _token() -> None:
    with DefaultAzureCredential() as credential:
        credential.get_token(SCOPE)


def _sdk_rows() -> Iterator[Row]:
    """Yield calls by new clients inside a network, and over plain TLS with a small CA file."""
    found = interleave({"inside": _cpu_inside, "plain": _cpu_over_plain_tls})
    name = f"network: {SDK_CALL_COUNT} SDK calls, a client each"
    yield against_limit(name, found["inside"], "s CPU", SDK_CALLS)
    yield for_comparison("  limit: plain TLS with a small CA file", found["plain"], "s CPU")
    yield for_comparison("  over its limit", ratios_of(found["inside"], found["plain"]), "x")


def _cpu_inside() -> float:
    """CPU time of this process, client and fake, with one credential."""
    with network(FakeRegistry()), DefaultAzureCredential() as credential:
        return _cpu_of(lambda: _call_by_new_clients("https://fake.azurecr.io", credential))


def _cpu_over_plain_tls() -> float:
    """CPU time of the same calls and token steps, to a server whose CA file has one certificate."""
    registry = FakeRegistry()
    credential = AcrCredential(registry.clock)
    with registry.serve(tls=True) as server:
        options = {"connection_verify": str(server.ca_file)}
        return _cpu_of(lambda: _call_by_new_clients(server.url, credential, **options))


def _call_by_new_clients(url: str, credential: TokenCredential, **options: str) -> None:
    for _ in range(SDK_CALL_COUNT):
        with ContainerRegistryClient(url, credential, **options) as client:
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
