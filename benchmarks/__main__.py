"""`python -m benchmarks [NAME ...]`: measure, print one table, exit 1 unless every target was measured and met."""

import argparse
from collections.abc import Sequence
from importlib import import_module

from benchmarks.rounds import progress
from benchmarks.subjects import PEERS
from benchmarks.table import Row, missing, render

BENCHMARKS = (
    "cycle",
    "transfer",
    "memory",
    "fixtures",
    "core",
    "content",
    "network",
    "report",
    "faults",
    "sweep",
    "harness",
    "strain",
)
WITH_PEERS = {"cycle", "transfer", "memory"}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all without a name")
    names = parser.parse_args(arguments).names or BENCHMARKS
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    rows = _missing_peers() if WITH_PEERS & set(names) else []
    for name in names:
        progress(f"== {name}")
        rows += import_module(f"benchmarks.{name}").rows()
    print(render(rows))
    return 0 if all(row.verdict in ("PASS", "") for row in rows) else 1


def _missing_peers() -> list[Row]:
    return [missing(f"peer: {peer.name}", f"not installed: {peer.installed_by}") for peer in PEERS if not peer.path]


if __name__ == "__main__":
    raise SystemExit(main())
