"""`explain`: the failure of a test, with the exchanges of a finding and the call that repeats it."""

import pprint
import textwrap
from collections.abc import Iterator
from typing import Final

from fake_registry.spec.text import printable
from pytest_acr.harness.findings import Finding, PropertyBroken, RawExchange
from pytest_acr.harness.transcript import transcript_of

_READS: Final = frozenset({"GET", "HEAD"})


def explain(finding: Finding, class_: type[PropertyBroken] = PropertyBroken) -> PropertyBroken:
    """Return the failure of a finding, with its exchanges and the call that repeats it as a note.

    pytest and unittest print notes below the message. Nothing in the note is secret.
    """
    broken = class_(finding)
    transcript = transcript_of(list(_essential_exchanges(finding)))
    broken.add_note(f"HTTP requests; GET and HEAD before the last one are left out:\n\n{_indent(transcript)}")
    broken.add_note(
        "\nrepeat it with `replay` of pytest_acr.harness, with the registry and the dialect "
        f"of this test:\n\n{_indent(_call_of(finding))}\n"
    )
    return broken


def _essential_exchanges(finding: Finding) -> Iterator[RawExchange]:
    *earlier, last = finding.transcript
    yield from (each for each in earlier if each.request.method not in _READS)
    yield last


def _call_of(finding: Finding) -> str:
    steps = [(step.name, step.arguments) for step in finding.steps]
    text = pprint.pformat(steps, width=90, sort_dicts=False)
    shown = "\n".join(map(printable, text.splitlines()))
    arguments = f'registry,\n{shown},\nonly="{finding.property.id}",\ndialect=dialect,'
    return f"replay(\n{_indent(arguments)}\n)"


def _indent(text: str) -> str:
    return textwrap.indent(text, "    ")
