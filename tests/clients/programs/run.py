"""Runs programs of other languages against `fake-registry serve`: python -m tests.clients.programs.run [NAME ...]

Without a name all programs run, two at a time. The output of a failed program and its last requests are shown, and at
the end there is a line for each. The exit status is 1 if one has failed. README.md says what a program is.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.clients.programs.absent import ABSENT
from tests.clients.programs.processes import names_of_programs, run_program
from tests.clients.programs.verdict import ProgramResult, mistakes_of, parse_checks, summary_of

PROGRAMS: Final = Path(__file__).parent


def main(arguments: Sequence[str] | None = None, folder: Path = PROGRAMS) -> int:
    names = names_of_programs(folder)
    parser = argparse.ArgumentParser(prog="tests.clients.programs.run")
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"one of {', '.join(names)} (default: all)")
    parser.add_argument("--output", action="store_true", help="show the output of each program")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.names) - set(names):
        parser.error(f"no program has the name {', '.join(sorted(unknown))}: expected {', '.join(names)}")

    summaries = []
    failed = False
    for result in run_programs([folder / name for name in chosen.names or names]):
        checks = read_checks(folder, result.name)
        mistakes = [] if result.is_skipped else [*mistakes_of(result, checks, ABSENT.get(result.name, {}))]
        if mistakes or chosen.output:
            print(f"-- {result.name}\n{result.output.rstrip()}", flush=True)
        if mistakes:
            print(f"-- {result.name}: the last requests\n{result.requests.rstrip()}", flush=True)
        summaries.append(summary_of(result, mistakes))
        failed = failed or bool(mistakes)

    print("\n".join(summaries))
    return int(failed)


def read_checks(folder: Path, name: str) -> list[str]:
    """Return the names of the checks of a program, which may have a list of its own."""
    own = folder / name / "checks.txt"
    path = own if own.exists() else folder / "checks.txt"
    return parse_checks(path.read_text(encoding="utf-8"))


def run_programs(folders: Sequence[Path]) -> Iterator[ProgramResult]:
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield from pool.map(run_program, folders)


if __name__ == "__main__":
    sys.exit(main())
