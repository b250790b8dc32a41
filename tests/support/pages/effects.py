"""docs/reference/effects.md: the effects, from their docstrings."""

from collections.abc import Sequence
from typing import Final

from fake_registry.http.faults import EFFECTS, Effect
from fake_registry.http.faults.description import (
    Description,
    Parameter,
    describe,
    effects_by_name,
)
from tests.support.pages.markdown import code, table

HEAD: Final = """\
# Effects

The effects of a `Fault`, in Python and, by the same names, in the JSON of `/_fake/faults`. The moment
is the fault's `when`; the first one named is used if the fault names none. At `door` and `before`
an effect changes the request, at `after` the response. A body that is too short for its effect, or a
request without a body such as a GET, passes unchanged: the fault did nothing there, and a test whose
fault did nothing fails. In a [sweep](../how-to/sweeping.md), `Corrupt` at `manifest.get` is
`AlterManifest`: the manifest remains valid JSON, and only its digest shows the damage. Written by
`python -m tests.support.pages` from the docstrings.

"""


def effects_page(effects: Sequence[type[Effect]] = EFFECTS) -> str:
    """Return the page."""
    rows = map(_row_of, map(describe, effects_by_name(effects).values()))
    return HEAD + table(("effect", "what happens", "when"), rows)


def _row_of(effect: Description) -> tuple[str, ...]:
    parameters = ", ".join(map(_text_of, effect.parameters))
    others = [when for when in effect.moments if when != effect.default_when]
    moments = ", ".join(map(code, (effect.default_when, *others)))
    return code(f"{effect.name}({parameters})"), effect.summary, moments


def _text_of(parameter: Parameter) -> str:
    return parameter.name if parameter.required else f"{parameter.name}={parameter.default!r}"
