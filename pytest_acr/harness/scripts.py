"""`ScriptReader`: the steps of an example, as bytes that Hypothesis draws at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from pytest_acr.harness.capabilities import Capabilities
from pytest_acr.harness.findings import TakenStep
from pytest_acr.harness.properties import Area
from pytest_acr.harness.steps.step import Step

if TYPE_CHECKING:
    from hypothesis.vendor.pretty import RepresentationPrinter

_BYTES_OF_A_CHOICE: Final = 2
"""There are more than 256 entries among which a step is chosen."""


@dataclass(frozen=True)
class Script:
    """The bytes of a script. Its representation is short: what it stands for is in the finding."""

    content: bytes

    def __repr__(self) -> str:
        return "<the steps of the finding>"

    def _repr_pretty_(self, printer: "RepresentationPrinter", _is_cycle: bool) -> None:  # noqa: FBT001
        """Print the representation: Hypothesis would print the fields of a dataclass."""
        printer.text(repr(self))


@st.composite
def _scripts(draw: DrawFn, contents: SearchStrategy[bytes]) -> Script:
    """Draw a script. Hypothesis would print the bytes of one that is mapped from its content."""
    return Script(draw(contents))


class ScriptReader:
    """Reads steps and their arguments from bytes. Any bytes are a script.

    The first byte chooses the area of half of the steps; in half of the scripts there is none.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        areas: tuple[Area, ...] = tuple(dict.fromkeys(step.area for step in steps))
        self._steps = steps
        self._focuses: tuple[Area | None, ...] = (None,) * len(areas) + areas
        most = max((len(step.arguments) for step in steps), default=0)
        self._bytes_of_a_step = _BYTES_OF_A_CHOICE + most
        self._weighted: dict[tuple[Capabilities, Area | None], tuple[Step, ...]] = {}

    def strategy(self, count: int) -> SearchStrategy[Script]:
        """Return the strategy of scripts with `count` steps."""
        size = 1 + count * self._bytes_of_a_step
        return _scripts(st.binary(min_size=size, max_size=size))

    def steps_in(self, drawn_script: Script, offered: Capabilities) -> Iterator[TakenStep]:
        """Yield the steps of a script, which a registry with these capabilities can take."""
        script = drawn_script.content
        focus = self._focuses[script[0] % len(self._focuses)]
        choices = self._choices(offered, focus)
        for start in range(1, len(script), self._bytes_of_a_step):
            part = script[start : start + self._bytes_of_a_step]
            number = int.from_bytes(part[:_BYTES_OF_A_CHOICE])
            step = choices[number % len(choices)]
            values = zip(step.arguments.items(), part[_BYTES_OF_A_CHOICE:], strict=False)
            drawn = {name: options[value % len(options)] for (name, options), value in values}
            yield TakenStep(step.name, drawn)

    def _choices(self, offered: Capabilities, focus: Area | None) -> tuple[Step, ...]:
        """Return each step as often as its weight, and those of the focus until they are half."""
        key = (offered, focus)
        if key not in self._weighted:
            possible = [step for step in self._steps if offered.has_all(step.needs)]
            everything = [step for step in possible for _ in range(step.weight)]
            in_focus = [step for step in everything if step.area == focus]
            repeats = len(everything) // len(in_focus) if in_focus else 0
            self._weighted[key] = (*everything, *in_focus * repeats)
        return self._weighted[key]
