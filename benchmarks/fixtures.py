"""What the pytest plugin costs its users: whole pytest runs in processes of their own, as users start them."""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path

from benchmarks.rounds import differences_of, interleave, progress
from benchmarks.stopwatch import PHASES_FILE
from benchmarks.table import Row, Target, against_limit, for_comparison, missing

REPOSITORY_ROOT = Path(__file__).parent.parent
START_ROUNDS = 15
IMPORT_ROUNDS = 41
CLIENT_TESTS = 200
SERVER_TESTS = 40
CYCLE_TESTS = 500

NOTHING = "def test_nothing():\n    assert True\n"

ONE_CLIENT = "def test_one(acr_client):\n    assert list(acr_client.list_repository_names()) == []\n"

SET_UP = """
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_set_up({fixture}, number):
    assert {fixture} is not None
"""

CYCLES = f"""
import io
import pytest

@pytest.mark.parametrize("number", range({CYCLE_TESTS}))
def test_push_and_pull(acr_client, number):
    content = b"%d" % number
    digest, size = acr_client.upload_blob("benchmark", io.BytesIO(content))
    blob = {{"mediaType": "application/octet-stream", "digest": digest, "size": size}}
    manifest = {{
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob,
        "layers": [blob],
    }}
    acr_client.set_manifest("benchmark", manifest, tag="latest")
    assert acr_client.get_manifest("benchmark", "latest").manifest == manifest
    assert b"".join(acr_client.download_blob("benchmark", digest)) == content
"""


def rows() -> Iterator[Row]:
    if not entry_points(group="pytest11", name="acr"):
        yield missing("fixtures", f"the plugin is not installed in {Path(sys.executable).name}: pip install -e .")
        return
    yield against_limit("fixture: acr_client", _set_up_ms("acr_client", CLIENT_TESTS), "ms", Target(2))
    yield against_limit("fixture: acr_server", _set_up_ms("acr_server", SERVER_TESTS), "ms", Target(25))
    runs = {
        "without": partial(_run, NOTHING, ("-p", "no:acr")),
        "unused": partial(_run, NOTHING),
        "used once": partial(_run, ONE_CLIENT),
    }
    samples = interleave(runs, rounds=START_ROUNDS)
    # CPU time: a neighbour's load adds more to the wall clock than the 15 ms of the goal
    cpu = {name: [run.cpu_s for run in taken] for name, taken in samples.items()}
    wall = {name: [run.wall_s for run in taken] for name, taken in samples.items()}

    unused = differences_of(cpu["unused"], cpu["without"], scale=1e3)
    yield against_limit("plugin: a run that does not use it, CPU", unused, "ms", Target(15))
    cold = differences_of(wall["used once"], wall["without"])
    yield against_limit("plugin: a run of one acr_client test", cold, "s", Target(0.30))
    cold_cpu = differences_of(cpu["used once"], cpu["without"])
    yield for_comparison("  the same, CPU", cold_cpu, "s")
    yield from _import_rows()
    progress(f"{CYCLE_TESTS} push-and-pull tests")
    yield against_limit(f"plugin: {CYCLE_TESTS} push-and-pull tests", _run(CYCLES).wall_s, "s", Target(15))


def _import_rows() -> Iterator[Row]:
    """Yield the CPU time of an interpreter that imports both packages, over one that does not."""
    codes = {"imports": "import fake_registry, pytest_acr", "nothing": "pass"}
    starts = {name: partial(_cpu_of_code, code) for name, code in codes.items()}
    found = interleave(starts, rounds=IMPORT_ROUNDS)
    added = differences_of(found["imports"], found["nothing"], scale=1e3)
    yield against_limit("import of both packages, CPU", added, "ms", Target(10))


def _cpu_of_code(code: str) -> float:
    before = _children_cpu_s()
    subprocess.run([sys.executable, "-c", code], env=_environment(), check=True)
    return _children_cpu_s() - before


def _set_up_ms(fixture: str, count: int) -> float:
    """Median of set-up and tear-down of one test; pytest's own part of them is in it."""
    progress(f"{count} tests with {fixture}")
    with tempfile.TemporaryDirectory() as scratch:
        phases_file = Path(scratch) / "phases"
        environment = {PHASES_FILE: str(phases_file), "PYTHONPATH": str(REPOSITORY_ROOT)}
        _run(SET_UP.format(fixture=fixture, count=count), ("-p", "benchmarks.stopwatch"), environment)
        phases = [json.loads(line) for line in phases_file.read_text().splitlines()]
    set_ups = [seconds for when, seconds in phases if when == "setup"]
    tear_downs = [seconds for when, seconds in phases if when == "teardown"]
    totals: list[float] = [up + down for up, down in zip(set_ups, tear_downs, strict=True)]
    return 1e3 * statistics.median(totals)


@dataclass(frozen=True)
class Run:
    """What one pytest process took, from the start of its interpreter to its end."""

    wall_s: float
    cpu_s: float


def _run(source: str, arguments: Sequence[str] = (), environment: dict[str, str] | None = None) -> Run:
    """Run pytest on `source` in a folder of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "pytest.ini").write_text("[pytest]\n")
        (Path(scratch) / "test_it.py").write_text(source)
        started, cpu_before = time.perf_counter(), _children_cpu_s()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
            cwd=scratch,
            env={**_environment(), **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        run = Run(time.perf_counter() - started, _children_cpu_s() - cpu_before)
    if done.returncode:
        raise RuntimeError(f"pytest failed:\n{done.stdout}{done.stderr}")
    return run


def _children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _environment() -> dict[str, str]:
    """This process's, less what would change how pytest or the plugin run.

    Without byte code, which installing from an index brings and the first of the runs writes here, each run would
    compile the plugin anew.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTEST_") and name != "PYTHONDONTWRITEBYTECODE"
    }
