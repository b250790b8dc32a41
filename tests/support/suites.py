"""The type of the fixture that adds a suite of `tests/plugin/suites` to a pytester folder."""

from collections.abc import Callable
from pathlib import Path

AddSuite = Callable[[str], Path]
"""Copies a suite, `add_suite("every_fixture")`, and returns where it is."""
