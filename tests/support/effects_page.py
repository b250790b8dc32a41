"""docs/reference/effects.md: written by `python -m tests.support.effects_page`, checked by a test."""

from collections.abc import Sequence
from pathlib import Path

from fake_registry.http.faults import EFFECTS, Effect
from fake_registry.http.faults.description import (
    Description,
    Parameter,
    describe,
    effects_by_name,
)

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "effects.md"

HEAD = """\
# Effects

The effects of a `Fault`, in Python and, by the same names, in the JSON of `/_fake/faults`. The moment
is the fault's `when`; the first one named is used if the fault names none. At `door` and `before`
an effect changes the request, at `after` the response. A body that is too short for its effect, or a
request without a body such as a GET, passes unchanged: the fault did nothing there, and a test whose
fault did nothing fails. In a [sweep](../how-to/sweeping.md), `Corrupt` at `manifest.get` is
`AlterManifest`: the manifest remains valid JSON, and only its digest shows the damage. Written by
`python -m tests.support.effects_page` from the docstrings.

| effect | what happens | when |
|---|---|---|
"""


def effects_page(effects: Sequence[type[Effect]] = EFFECTS) -> str:
    """Return the page."""
    return HEAD + "".join(_line_of(describe(effect)) for effect in effects_by_name(effects).values())


def _line_of(effect: Description) -> str:
    parameters = ", ".join(map(_text_of, effect.parameters))
    others = [when for when in effect.moments if when != effect.default_when]
    moments = ", ".join(f"`{when}`" for when in (effect.default_when, *others))
    return f"| `{effect.name}({parameters})` | {effect.summary} | {moments} |\n"


def _text_of(parameter: Parameter) -> str:
    return parameter.name if parameter.required else f"{parameter.name}={parameter.default!r}"


if __name__ == "__main__":
    PAGE.write_text(effects_page(), encoding="utf-8")
