"""`python -m benchmarks.against COMMIT`: CPU time of this tree against an older commit, in interleaved rounds.

Each round starts a fresh process per tree and figure; the table has the medians. Exit status 1 if a figure is worse
than its limit. Imports and public names must be those that `one_figure` uses.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.one_figure import FIGURES
from benchmarks.rounds import interleave
from benchmarks.table import Row, Target, against_peers, render

ROOT = Path(__file__).parent.parent
SCRIPT = Path(__file__).with_name("one_figure.py")
ROUNDS = 11


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.against", description=__doc__)
    parser.add_argument("commit", help="the commit to compare with")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args(arguments)

    with checked_out(options.commit) as base:
        rows = [compare(name, {"base": base, "head": ROOT}, options.rounds) for name in FIGURES]
    print(render(rows))
    return 0 if all(row.verdict == "PASS" for row in rows) else 1


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch, "base")
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(tree), commit], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def compare(name: str, trees: Mapping[str, Path], rounds: int) -> Row:
    samples = interleave({tree: partial(seconds, name, path) for tree, path in trees.items()}, rounds=rounds)
    milliseconds = {tree: [1e3 * one for one in taken] for tree, taken in samples.items()}
    return against_peers(name, milliseconds["head"], "ms", {"base": milliseconds["base"]}, limit_of(name))


def seconds(name: str, tree: Path) -> float:
    environ = {**os.environ, "PYTHONPATH": str(tree)}
    command = [sys.executable, "-P", str(SCRIPT), name]
    ran = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    return float(ran.stdout)


def limit_of(name: str) -> Target:
    if name.startswith("transfer: async"):
        # older trees than dfae7fb never let the event loop run other tasks during a transfer
        return Target(1.20)
    if name.startswith("transfer"):
        return Target(1.10)
    return Target(1.02 if name.startswith("memory cycle") else 1.05)


if __name__ == "__main__":
    raise SystemExit(main())
