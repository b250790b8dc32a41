"""Figures, their goals and the one table they are printed in. Other modules measure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from benchmarks.rounds import Spread, ratios_of, spread_of

Verdict = Literal["PASS", "MISS", "not installed", "not judged", ""]

Samples = float | Sequence[float]
"""The values of the rounds, or one value that was measured once."""

HEADINGS = ("benchmark", "figure", "compared with", "ratio", "quartiles", "goal", "verdict")


@dataclass(frozen=True)
class Row:
    """One line of the table, ready to print."""

    benchmark: str
    figure: str
    peer: str = ""
    ratio: str = ""
    spread: str = ""
    target: str = ""
    verdict: Verdict = ""

    @property
    def cells(self) -> tuple[str, ...]:
        facts = (self.figure, self.peer, self.ratio, self.spread, self.target)
        return (self.benchmark, *facts, self.verdict)


@dataclass(frozen=True)
class Target:
    """A bound: at most for times and bytes, at least for throughput (`at_least`)."""

    limit: float
    at_least: bool = False

    @property
    def sign(self) -> str:
        return ">=" if self.at_least else "<="

    def verdict_of(self, value: float) -> Verdict:
        holds = value >= self.limit if self.at_least else value <= self.limit
        return "PASS" if holds else "MISS"

    def best(self, values: Mapping[str, float]) -> str:
        """Return the name of the best of `values`."""
        ranked = sorted(values, key=lambda name: values[name])
        return ranked[-1 if self.at_least else 0]


def against_peers(
    benchmark: str,
    values: Samples,
    unit: str,
    peers: Mapping[str, Samples],
    target: Target,
) -> Row:
    """Compare with the peer of the best median; the target bounds the median ratio of the rounds."""
    own = _list_of(values)
    figure, goal = _amount(median(own), unit), f"{target.sign} {target.limit:.2f} x"
    if not peers:
        return Row(benchmark, figure, peer="none", target=goal, verdict="not installed")

    found = {name: _list_of(samples) for name, samples in peers.items()}
    best = target.best({name: median(samples) for name, samples in found.items()})
    ratios = spread_of(ratios_of(own, found[best]))

    return Row(
        benchmark,
        figure,
        peer=f"{best} {_amount(median(found[best]), unit)}",
        ratio=f"{ratios.median:.2f} x",
        spread=f"{ratios.low:.2f}-{ratios.high:.2f} x" if len(own) > 1 else "",
        target=goal,
        verdict=target.verdict_of(ratios.median),
    )


def against_limit(benchmark: str, values: Samples, unit: str, target: Target) -> Row:
    """Compare with a fixed figure of the same unit; the ratio is the share of it that is used.

    A limit of 0 has no ratio.
    """
    own = _list_of(values)
    middle = median(own)

    return Row(
        benchmark,
        _amount(middle, unit),
        ratio=f"{middle / target.limit:.2f} x" if target.limit else "",
        spread=_spread_text(own, unit),
        target=f"{target.sign} {_amount(target.limit, unit)}",
        verdict=target.verdict_of(middle),
    )


def for_comparison(benchmark: str, values: Samples, unit: str) -> Row:
    """Return a figure without a target."""
    own = _list_of(values)
    return Row(benchmark, _amount(median(own), unit), spread=_spread_text(own, unit))


def remark(benchmark: str, text: str) -> Row:
    """Return a text in place of a figure, such as the reason why a peer was left out."""
    return Row(benchmark, text)


def missing(benchmark: str, reason: str) -> Row:
    """Return a line that could not be measured here, with what it requires."""
    return Row(benchmark, reason, verdict="not installed")


def without_verdicts(rows: Iterable[Row]) -> list[Row]:
    """Return the rows of a busy machine: their figures stay, and no goal is met or missed."""
    return [replace(row, verdict="not judged") if _is_judged(row) else row for row in rows]


def has_miss(rows: Iterable[Row]) -> bool:
    return any(row.verdict == "MISS" for row in rows)


def render(rows: Iterable[Row]) -> str:
    """Return the table as aligned text."""
    lines = [HEADINGS, *(row.cells for row in rows)]
    measured = [line for line in lines if _has_figures(line)]
    widths = [max(map(len, column)) for column in zip(*measured, strict=True)]
    widths[0] = max(len(line[0]) for line in lines)

    return "\n".join(_align(line, widths) for line in lines)


def render_markdown(rows: Iterable[Row]) -> str:
    """Return the table as Markdown."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(row.cells for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _is_judged(row: Row) -> bool:
    return row.verdict in ("PASS", "MISS")


def _list_of(values: Samples) -> list[float]:
    return [values] if isinstance(values, int | float) else list(values)


def _spread_text(values: Sequence[float], unit: str) -> str:
    if len(values) == 1:
        return ""
    found: Spread = spread_of(values)
    return f"{_number(found.low)} to {_amount(found.high, unit)}"


def _align(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
    return "  ".join(cells).rstrip()


def _has_figures(line: tuple[str, ...]) -> bool:
    """Return False for a remark, a text that may run over the columns to its right."""
    return any(line[2:6])


def _amount(value: float, unit: str) -> str:
    return f"{_number(value)} {unit}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
