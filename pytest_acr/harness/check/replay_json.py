"""The steps of a finding as JSON: `{"property": ID, "steps": [[NAME, {...}], ...]}`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pytest_acr.harness.findings import Finding
from pytest_acr.harness.properties.table import check_ids
from pytest_acr.harness.replay import WrittenStep

MAX_CHARS: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class ReplayedSteps:
    """The steps to run once more. Without `only`, each property is judged."""

    steps: Sequence[WrittenStep]
    only: str | None = None


def encode_steps(finding: Finding) -> str:
    """Return the property and the steps of a finding in one line."""
    steps = [[step.name, step.arguments] for step in finding.steps]
    return json.dumps({"property": finding.property.id, "steps": steps}, separators=(",", ":"))


def parse_steps(text: str) -> ReplayedSteps:
    """Return the steps of `encode_steps`, or of a list of steps alone. ValueError."""
    if len(text) > MAX_CHARS:
        raise ValueError(f"expected at most {MAX_CHARS} characters of JSON, found {len(text)}")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"expected the steps of a finding as JSON: {error}") from None

    only = document.get("property") if isinstance(document, dict) else None
    steps = document.get("steps") if isinstance(document, dict) else document
    if not isinstance(steps, list) or not isinstance(only, str | None):
        raise ValueError('expected {"property": ID, "steps": [[NAME, {...}], ...]}, found another shape')
    if not steps:
        raise ValueError("expected at least one step, found none")

    check_ids("property", [] if only is None else [only])
    return ReplayedSteps(steps=tuple(map(_parse_step, steps)), only=only)


def _parse_step(step: object) -> WrittenStep:
    match step:
        case [str(name), dict(arguments)] if all(map(_is_argument, arguments.values())):
            return name, arguments
    raise ValueError(f"expected a step as [NAME, {{...}}], found {json.dumps(step)[:80]}")


def _is_argument(value: object) -> bool:
    return isinstance(value, int | bool | str)
