"""`python -m benchmarks [NAME ...]`: measure and print one table; exit 1 if a goal is missed.

A peer that is not installed is a row, not a failure. A run on a busy machine is not judged.
"""

import argparse
from collections.abc import Sequence
from importlib import import_module

from benchmarks import page
from benchmarks.load import MOST_LOAD_PER_CORE, Load, facts_of_run, load_of_run
from benchmarks.page import with_table, write_table
from benchmarks.rounds import progress
from benchmarks.subjects import PEERS
from benchmarks.table import Row, has_miss, missing, render, without_verdicts

BENCHMARKS = (
    "cycle",
    "small",
    "transfer",
    "memory",
    "persistence",
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
ON_REQUEST = ("clients",)
"""Those that take minutes: they are measured only if they are named."""
WITH_PEERS = {"cycle", "small", "transfer", "memory"}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = ", ".join(BENCHMARKS + ON_REQUEST)
    all_but = f"all but {', '.join(ON_REQUEST)}"
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {known}; default: {all_but}")
    parser.add_argument("--write", action="store_true", help="write docs/reference/performance.md")
    options = parser.parse_args(arguments)
    names = options.names or BENCHMARKS
    if unknown := set(names) - set(BENCHMARKS + ON_REQUEST):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {known}")
    if options.write:
        _check_page(parser)

    with load_of_run() as load:
        rows = _measure(names)

    return report(rows, load, write=options.write)


def _check_page(parser: argparse.ArgumentParser) -> None:
    """Refuse a page that has no place for the table before the measurements, which take long."""
    try:
        with_table(page.PAGE.read_text("utf-8"), (), "")
    except (OSError, ValueError) as error:
        parser.error(f"--write: {error}")


def report(rows: list[Row], load: Load, *, write: bool = False) -> int:
    """Print the table and return the exit status."""
    judged = without_verdicts(rows) if load.is_busy else rows
    note = _note_of(load)
    print(render(judged))
    print(note)

    if write:
        write_table(judged, note)
    return 1 if has_miss(judged) else 0


def _measure(names: Sequence[str]) -> list[Row]:
    rows = _missing_peers() if WITH_PEERS & set(names) else []
    for name in names:
        progress(f"== {name}")
        rows += import_module(f"benchmarks.{name}").rows()
    return rows


def _note_of(load: Load) -> str:
    where = facts_of_run()
    if load.is_busy:
        reason = f"more than {MOST_LOAD_PER_CORE} per core by other work"
        return f"{where} The machine was busy, the run is not judged. Load: {load} ({reason})."
    return f"{where} Load: {load}."


def _missing_peers() -> list[Row]:
    absent = [peer for peer in PEERS if not peer.path]
    return [missing(f"peer: {peer.name}", f"not installed: {peer.installed_by}") for peer in absent]


if __name__ == "__main__":
    raise SystemExit(main())
