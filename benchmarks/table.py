"""Figures, their targets and the one table they are printed in. What is measured lives in the other modules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["PASS", "MISS", "MISSING", ""]

HEADINGS = ("benchmark", "figure", "best peer", "ratio", "target", "")


@dataclass(frozen=True)
class Row:
    """One line of the table, ready to print."""

    benchmark: str
    figure: str
    peer: str = ""
    ratio: str = ""
    target: str = ""
    verdict: Verdict = ""

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.benchmark, self.figure, self.peer, self.ratio, self.target, self.verdict)


@dataclass(frozen=True)
class Target:
    """A bound: at most for times and bytes, where smaller is better, at least for throughput."""

    limit: float
    at_least: bool = False

    @property
    def sign(self) -> str:
        return ">=" if self.at_least else "<="

    def holds(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def best(self, values: Mapping[str, float]) -> str:
        """The name of the best of `values`."""
        ranked = sorted(values, key=lambda name: values[name])
        return ranked[-1 if self.at_least else 0]


def against_peers(benchmark: str, value: float, unit: str, peers: Mapping[str, float], target: Target) -> Row:
    """Compare with the best of `peers`, which have the same unit; the target bounds the ratio."""
    figure, bound = _amount(value, unit), f"{target.sign} {target.limit:.2f} x"
    if not peers:
        return Row(benchmark, figure, peer="none", target=bound, verdict="MISSING")
    best = target.best(peers)
    ratio = value / peers[best]
    verdict: Verdict = "PASS" if target.holds(ratio) else "MISS"
    return Row(benchmark, figure, f"{best} {_amount(peers[best], unit)}", f"{ratio:.2f} x", bound, verdict)


def against_limit(benchmark: str, value: float, unit: str, target: Target) -> Row:
    """Compare with a fixed figure of the same unit; the ratio is the share of it that is used."""
    return Row(
        benchmark,
        _amount(value, unit),
        ratio=f"{value / target.limit:.2f} x",
        target=f"{target.sign} {_amount(target.limit, unit)}",
        verdict="PASS" if target.holds(value) else "MISS",
    )


def for_comparison(benchmark: str, value: float, unit: str) -> Row:
    """A figure without a target."""
    return Row(benchmark, _amount(value, unit))


def remark(benchmark: str, text: str) -> Row:
    """What there is to know instead of a figure: a peer that cannot do it."""
    return Row(benchmark, text)


def missing(benchmark: str, reason: str) -> Row:
    """A line that could not be measured here, and what would make it possible."""
    return Row(benchmark, reason, verdict="MISSING")


def render(rows: Iterable[Row]) -> str:
    lines = [HEADINGS, *(row.cells for row in rows)]
    widths = [max(map(len, column)) for column in zip(*(line for line in lines if _has_figures(line)), strict=True)]
    widths[0] = max(len(line[0]) for line in lines)
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _has_figures(line: tuple[str, ...]) -> bool:
    """A remark is a text that may run over the columns to its right: it shall not widen its own."""
    return any(line[2:5])


def _amount(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
