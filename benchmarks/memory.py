"""What a server's memory grows by while it takes in 1 GiB of blobs."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.rounds import progress
from benchmarks.subjects import OURS, Subject, installed_peers, serving
from benchmarks.table import Row, Target, against_limit, for_comparison, missing, remark
from benchmarks.transfer import CHUNK_BYTES, CHUNKS_PER_BLOB, TooSlow, store

GIB = 1024**3
BLOBS = GIB // (CHUNKS_PER_BLOB * CHUNK_BYTES)
BENCHMARK = "memory: growth of a server that stores 1 GiB"


def rows() -> Iterator[Row]:
    if not Path("/proc/self/status").exists():
        yield missing(BENCHMARK, "this machine has no /proc to read resident memory from")
        return
    yield against_limit(BENCHMARK, _growth_gib(OURS), "GiB", Target(1.15))
    for peer in installed_peers():
        try:
            yield for_comparison(f"  {peer.name}", _growth_gib(peer), "GiB")
        except TooSlow as reason:
            yield remark(f"  {peer.name}", f"left out: {reason}")


def _growth_gib(subject: Subject) -> float:
    progress(f"1 GiB into {subject.name}")
    with serving(subject) as server:
        before = resident_bytes(server.pid)
        for seed in range(BLOBS):
            store(server, seed=seed)
        return (resident_bytes(server.pid) - before) / GIB


def resident_bytes(pid: int) -> int:
    """VmRSS of proc_pid_status(5), which counts in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return int(fields["VmRSS"].split()[0]) * 1024
