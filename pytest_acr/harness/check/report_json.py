"""The result of a run as JSON, in a versioned shape.

`version` changes when a member is removed or gets another meaning; new members may be added. The
members are described in docs/how-to/checking-a-registry.md.
"""

import json
from typing import Final

from pytest_acr.harness.check.result import CheckResult, FindingTexts, PropertyOutcome

SHAPE_VERSION: Final = 1


def json_report(result: CheckResult) -> str:
    """Return the document, indented, in ASCII."""
    document = {
        "format": "registry-check",
        "version": SHAPE_VERSION,
        "program": result.version,
        "registry": result.registry,
        "dialect": result.dialect,
        "seed": result.seed,
        "examples": result.examples,
        "end": result.end,
        "failure": result.failure,
        "requests": result.requests,
        "seconds": round(result.seconds, 3),
        "areas": list(result.areas),
        "notOffered": list(result.not_offered),
        "leftovers": result.leftovers,
        "properties": [_property_json(outcome) for outcome in result.outcomes],
        "findings": [_finding_json(finding) for finding in result.findings],
    }
    return json.dumps(document, indent=2) + "\n"


def _property_json(outcome: PropertyOutcome) -> dict[str, object]:
    wanted = outcome.property
    return {
        "id": wanted.id,
        "area": wanted.area,
        "kind": wanted.kind,
        "level": wanted.level,
        "section": wanted.section,
        "sentence": wanted.sentence,
        "verdict": outcome.verdict,
        "checks": outcome.checks,
    }


def _finding_json(finding: FindingTexts) -> dict[str, object]:
    return {
        "property": finding.property.id,
        "expected": finding.expected,
        "found": finding.found,
        "transcript": finding.transcript,
        "curl": finding.script,
        "command": finding.command,
        "pytest": finding.test,
        "replay": json.loads(finding.steps),
    }
