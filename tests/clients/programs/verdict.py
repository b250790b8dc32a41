"""Whether a program has passed: its output compared with the list of checks."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

SKIPPED: Final = 77
"""The exit status of a program that cannot be installed on this machine."""


@dataclass(frozen=True)
class ProgramResult:
    """What a program has printed. `status` is None if it did not end in time."""

    name: str
    status: int | None
    output: str
    seconds: float
    requests: str = ""
    """The last requests, as the registries have logged them."""

    @property
    def last_line(self) -> str:
        lines = self.output.rstrip().splitlines()
        return lines[-1] if lines else "no output"

    @property
    def passed(self) -> list[str]:
        """The names in the lines `ok NAME`."""
        return [line.removeprefix("ok ") for line in self.output.splitlines() if line.startswith("ok ")]

    @property
    def skipped_parts(self) -> dict[str, str]:
        """The lines `skip NAME: reason`: parts that cannot be installed, whose checks are `NAME-...`."""
        lines = (line.removeprefix("skip ") for line in self.output.splitlines() if line.startswith("skip "))
        return {name: reason for name, _, reason in (line.partition(": ") for line in lines)}

    def skips(self, check: str) -> bool:
        """Return whether the check is one of a part that was skipped."""
        return any(check.startswith(f"{part}-") for part in self.skipped_parts)

    @property
    def is_skipped(self) -> bool:
        return self.status == SKIPPED


def parse_checks(text: str) -> list[str]:
    """Return the names of a list with lines `NAME - explanation`, and with comments."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [line.partition(" - ")[0] for line in lines]


def mistakes_of(
    result: ProgramResult,
    checks: Collection[str],
    absent: Mapping[str, str],
) -> Iterator[str]:
    """Yield what is wrong with a run that was not skipped. `absent` are checks that the program does
    not have, each with the reason."""
    if result.status is None:
        yield f"did not end within {result.seconds:.0f} s"
        return
    if result.status != 0:
        yield f"exit status {result.status}: {result.last_line}"
        return

    passed = result.passed
    yield from (f"{name} is not in checks.txt" for name in passed if name not in checks)
    yield from (f"{name} was printed {n} times" for name, n in Counter(passed).items() if n > 1)
    missing = [name for name in checks if name not in passed and name not in absent]
    yield from (f"{name} is missing" for name in missing if not result.skips(name))
    yield from (
        f"{name} passed, and absent.py says that it is absent: {reason}"
        for name, reason in absent.items()
        if name in passed
    )

    expected = f"{len(passed)} checks passed"
    if result.last_line != expected:
        yield f"the last line is {result.last_line!r}, expected {expected!r}"


def summary_of(result: ProgramResult, mistakes: Collection[str]) -> str:
    """Return the lines of a program at the end of the run: one, and one for each part that was skipped."""
    if result.is_skipped:
        return f"SKIPPED {result.name}: {result.last_line}"
    if mistakes:
        return f"FAILED {result.name}: {'; '.join(mistakes)}"

    parts = [f"SKIPPED {result.name}, {part}: {reason}" for part, reason in result.skipped_parts.items()]
    return "\n".join([f"{result.name}: {len(result.passed)} checks passed in {result.seconds:.0f} s", *parts])
