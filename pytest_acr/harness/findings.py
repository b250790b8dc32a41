"""`Findings`: keeps what a run has found, so that each broken property is reported once and shrunk by itself."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.properties import Property

StepArguments = dict[str, int | bool | str]


class TakenStep(NamedTuple):
    """A step of an example, by its name and what was drawn for it. It can be written as JSON."""

    name: str
    arguments: StepArguments


class RawExchange(NamedTuple):
    """A request and its response."""

    request: RawRequest
    response: RawResponse


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A property that does not hold, with the shortest example that was found."""

    property: Property
    expected: str
    found: str
    transcript: Sequence[RawExchange]
    """All exchanges of the example. The last one is the one that breaks the property."""
    steps: Sequence[TakenStep]
    """What leads to it; `replay` runs them once more."""
    repositories: Sequence[str]
    """The names of the repositories in the transcript."""

    def __str__(self) -> str:
        found = self.property
        return (
            f"{found.id} ({found.level}, {found.section})\n"
            f"  {found.sentence}\n  expected: {self.expected}\n  found:    {self.found}"
        )


class PropertyBroken(AssertionError):
    """A property that does not hold. There is a subclass for each property, made by `Findings`.

    Hypothesis takes failures of one class at one line for the same failure.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


class StartOver(Exception):
    """A known wrong effect: registry and model differ now, so the example goes on in new repositories."""


class Findings:
    """What one run has found and counted. `known` are ids of properties that are not reported."""

    def __init__(self, known: Collection[str] = ()) -> None:
        self.known = set(known)
        """Ids of properties that are known to be broken."""
        self.met: Counter[str] = Counter()
        """How often each known property was broken again."""
        self.runs: Counter[str] = Counter()
        """How often each step ran."""
        self.effects: Counter[str] = Counter()
        """How often each step did what it is for."""
        self.checks: Counter[str] = Counter()
        """How often each property was checked."""
        self.best: dict[str, Finding] = {}
        """The shortest example of each property that was reported."""
        self._pursued: str | None = None
        self._classes: dict[str, type[PropertyBroken]] = {}

    def report(self, finding: Finding) -> None:
        """Raise PropertyBroken, unless the property is known or another one is being shrunk.

        StartOver for a wrong effect that is not raised.
        """
        property_id = finding.property.id
        if property_id in self.known or self._pursued not in (None, property_id):
            self.met[property_id] += 1
            if finding.property.kind == "effect":
                raise StartOver
            return

        self._pursued = property_id
        best = self.best.get(property_id)
        if best is None or len(finding.transcript) < len(best.transcript):
            self.best[property_id] = finding
        raise self._class_of(property_id)(finding)

    def close_pursuit(self) -> Finding | None:
        """Return what was reported since the last call, and report the next property from now on."""
        if self._pursued is None:
            return None
        found = self.best[self._pursued]
        self.known.add(self._pursued)
        self._pursued = None
        return found

    def _class_of(self, property_id: str) -> type[PropertyBroken]:
        words = "".join(word.capitalize() for word in property_id.split("-"))
        new = type(words, (PropertyBroken,), {})
        return self._classes.setdefault(property_id, new)
