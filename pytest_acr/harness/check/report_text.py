"""Findings and the result of a run as text for a terminal."""

import textwrap
from collections.abc import Iterator

from fake_registry.spec.text import printable
from pytest_acr.harness.check.result import CheckResult, FindingTexts, PropertyOutcome


def finding_text(finding: FindingTexts, number: int) -> str:
    """Return a finding with everything that is needed to repeat it."""
    broken = finding.property
    head = (
        f"{number}. {broken.id} ({broken.kind}, {broken.level}, {broken.section})\n"
        f"   {broken.sentence}\n"
        f"   expected: {finding.expected}\n"
        f"   found:    {finding.found}\n"
    )
    parts = (
        _part("HTTP", finding.transcript),
        _part("the same with curl", finding.script),
        _part("repeat it", finding.command),
        _part("a test with pytest", finding.test),
    )
    return head + "".join(parts)


def summary_text(result: CheckResult) -> str:
    """Return the last lines of a run."""
    return "\n".join(_summary_lines(result)) + "\n"


def _part(title: str, text: str) -> str:
    return f"\n   {title}:\n\n{textwrap.indent(text.rstrip(), '      ')}\n"


def _summary_lines(result: CheckResult) -> Iterator[str]:
    broken, holding = result.with_verdict("broken"), result.with_verdict("holds")
    unchecked = result.with_verdict("not checked")
    yield (
        f"{len(broken)} broken, {len(holding)} hold, {len(unchecked)} not checked; "
        f"{result.requests:,} requests in {result.seconds:.0f} s"
    )

    for each in broken:
        yield f"  {each.id} ({each.kind}, {each.level}): {each.sentence}"

    if unchecked:
        yield f"not checked: {', '.join(_names_of_unchecked(result))}"
    if result.not_offered:
        yield f"not offered: {', '.join(result.not_offered)}"
    if result.end != "complete":
        yield f"ended early: {result.end}"
    if result.failure:
        yield f"because: {result.failure}"
    if result.leftovers:
        yield f"left behind: {printable(result.leftovers)}"

    yield f"repeat it with {_options_of(result)}"


def _names_of_unchecked(result: CheckResult) -> Iterator[str]:
    """Yield the ids of properties; an area in one entry if none of its properties was checked."""
    by_area: dict[str, list[PropertyOutcome]] = {}
    for outcome in result.outcomes:
        if outcome.verdict != "not selected":
            by_area.setdefault(outcome.property.area, []).append(outcome)

    for area, outcomes in by_area.items():
        unchecked = [each.property.id for each in outcomes if each.verdict == "not checked"]
        if len(unchecked) == len(outcomes) > 1:
            yield f"all {len(outcomes)} of {area}"
        else:
            yield from unchecked


def _options_of(result: CheckResult) -> str:
    """Return the options with which a run sends the same requests."""
    chosen = [f"--only {area}" for area in result.areas]
    sent = f"--seed {result.seed} --examples {result.examples} --like {result.dialect}"
    return " ".join([*chosen, sent])
