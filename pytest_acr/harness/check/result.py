"""`CheckResult`: the outcome of a run, for its reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pytest_acr.harness.properties import Property

Verdict = Literal["holds", "broken", "not checked", "not selected"]
"""`not checked`: the registry does not offer it, or no example came to it."""

RunEnd = Literal["complete", "time limit", "interrupted", "registry gone", "error"]


@dataclass(frozen=True, kw_only=True)
class PropertyOutcome:
    """A property and its verdict."""

    property: Property
    verdict: Verdict
    checks: int
    """How often it was checked; 0 for those of the area `protocol`, which hold for all responses."""


@dataclass(frozen=True, kw_only=True)
class FindingTexts:
    """A broken property, in all forms that reports show. Nothing in them is secret."""

    property: Property
    expected: str
    found: str
    transcript: str
    script: str
    """Curl commands, as a POSIX shell script."""
    command: str
    """The command that runs its steps once more."""
    test: str
    """The source of a pytest file."""
    steps: str
    """The steps as JSON, for `--replay`."""


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """A run of registry-check."""

    version: str
    registry: str
    """The URL, without a user."""
    dialect: str
    seed: int
    examples: int
    areas: Sequence[str]
    """The areas that were selected; empty for all of them."""
    not_offered: Sequence[str]
    """The optional parts of the API that the registry does not have."""
    outcomes: Sequence[PropertyOutcome]
    findings: Sequence[FindingTexts]
    end: RunEnd
    requests: int
    seconds: float
    leftovers: str
    """The content that could not be removed; empty if all was."""
    failure: str = ""
    """Why the run ended early, where neither its time was over nor Ctrl-C pressed."""

    def with_verdict(self, verdict: Verdict) -> list[Property]:
        """Return the properties with this verdict."""
        return [each.property for each in self.outcomes if each.verdict == verdict]
