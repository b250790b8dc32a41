"""A finding as a pytest file: it fails while the registry breaks the property."""

import json
import pprint
from string import Template
from typing import Final

from fake_registry.spec.text import printable
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.findings import Finding

_MAX_CHARS: Final = 90
"""The most characters of an expectation or a finding, in a line of a docstring."""

_FILE: Final = Template('''\
"""$id: made by registry-check. Set REGISTRY to the URL of the registry."""

import os

from pytest_acr.harness import Dialect, replay

REGISTRY = os.environ.get("REGISTRY", $registry)

STEPS = $steps


def test_$name() -> None:
    """$sentence

    $section ($level).
    Expected: $expected
    Found: $found
    """
    replay(REGISTRY, STEPS, only="$id", dialect=$dialect)
''')


def pytest_file_of(finding: Finding, *, registry: str, dialect: Dialect) -> str:
    """Return the source of a test, which imports `pytest_acr.harness` alone."""
    broken = finding.property
    steps = [(step.name, step.arguments) for step in finding.steps]

    return _FILE.substitute(
        id=broken.id,
        registry=json.dumps(registry),
        name=broken.id.replace("-", "_"),
        steps=pprint.pformat(steps, width=96, sort_dicts=False),
        sentence=broken.sentence,
        section=broken.section,
        level=broken.level,
        expected=_in_docstring(finding.expected),
        found=_in_docstring(finding.found),
        dialect=f'Dialect.like("{dialect.name}")',
    )


def _in_docstring(text: str) -> str:
    """Return text that cannot end a docstring, in one line."""
    line = printable(text)
    shown = line if len(line) <= _MAX_CHARS else f"{line[:_MAX_CHARS]}..."
    return shown.replace("\\", "\\\\").replace('"', "'")
