"""`Findings`: keeps what a run has found, so that each broken property is reported once and shrunk by itself."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.properties import Property

StepArguments = dict[str, int | bool | str]


class TakenStep(NamedTuple):
    """A step of an example, by its name and its drawn arguments. It can be written as JSON."""

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
    """What one run has found and counted."""

    def __init__(
        self,
        known: Collection[str] = (),
        *,
        only: str | None = None,
        collect: bool = False,
    ) -> None:
        """Report all properties but those of the ids `known`; with `only`, that one alone.

        A report is raised. With `collect` it is kept instead, and the property is known then.
        """
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
        self._pursued = only
        self._collects = collect
        self._collected: dict[str, Finding] = {}
        self._classes: dict[str, type[PropertyBroken]] = {}

    def report(self, finding: Finding) -> None:
        """Raise PropertyBroken, unless the property is known or another one is pursued.

        StartOver for a wrong effect that is not raised.
        """
        property_id = finding.property.id
        is_new = property_id not in self.known and self._pursued in (None, property_id)
        if is_new and not self._collects:
            self._pursued = property_id
            raise self._class_of(property_id)(finding)

        self.met[property_id] += 1
        if is_new:
            self._collected[property_id] = finding
            self.known.add(property_id)
        if finding.property.kind == "effect":
            raise StartOver

    def all_findings(self) -> list[Finding]:
        """Return the findings so far, in the order in which they were found. Needs `collect`."""
        return list(self._collected.values())

    def _class_of(self, property_id: str) -> type[PropertyBroken]:
        words = "".join(word.capitalize() for word in property_id.split("-"))
        new = type(words, (PropertyBroken,), {})
        return self._classes.setdefault(property_id, new)
