"""What a sweep of a test of twelve calls takes, as pytest runs it."""

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.rounds import differences_of, interleave
from benchmarks.table import Row, Target, against_limit, against_peers

TEST = """\
import pytest

from pytest_acr import OciDescriptor, OciImageManifest

BLOBS = [b"{{}}", b"first layer", b"second layer"]
EFFECTS = "Refuse(503),Disconnect(before),Disconnect(after),Truncate"


@pytest.mark.acr(profile="oci", auth="off", max_recorded_requests=100)
{marker}
def test_push_and_pull(acr_content_client):
    client = acr_content_client("samples/hello")
    digests = [client.upload_blob(content).digest for content in BLOBS]
    descriptors = [OciDescriptor(media_type="a/b", digest=one, size=2) for one in digests]
    pushed = client.set_manifest(OciImageManifest(config=descriptors[0], layers=descriptors[1:]), tag="1")
    assert client.get_manifest("1").digest == pushed.digest
    assert client.get_manifest(pushed.digest).digest == pushed.digest
    for digest, content in zip(digests, BLOBS):
        assert client.download_blob_content(digest).content == content
"""

MARKER = "@pytest.mark.acr_sweep(effects=EFFECTS)"
RUNS = 48
"""Three uploads of two calls each, a push of the manifest, two pulls of it, and three downloads fail in
four ways."""


def rows() -> Iterator[Row]:
    costs = {"sweep": partial(_run, MARKER), "plain": partial(_run, "")}
    samples = interleave(costs)
    seconds = {name: [one[0] for one in found] for name, found in samples.items()}
    mib = {name: [one[1] for one in found] for name, found in samples.items()}

    sweep = differences_of(seconds["sweep"], seconds["plain"])
    yield against_limit(f"sweep: {RUNS} runs of a test of 12 calls", sweep, "s", Target(3))
    without = {"one run": mib["plain"]}
    yield against_peers("sweep: memory of the process", mib["sweep"], "MiB", without, Target(1.15))


def _run(marker: str) -> tuple[float, float]:
    """Return the wall seconds of a run of pytest, and the most memory of its process in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_swept.py").write_text(TEST.format(marker=marker))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, folder]

        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started

    if status != 0 or (marker and f"12 calls, {RUNS} runs:" not in re.sub(r"\s+", " ", output)):
        raise RuntimeError(f"expected a sweep of {RUNS} runs, found:\n{output}")
    return seconds, _mib_of(usage)


def _mib_of(usage: resource.struct_rusage) -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / 1024 / 1024
