"""`CheckOptions`: what a run of registry-check tests, and how."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.plan import PREFIX
from pytest_acr.harness.properties import Area
from pytest_acr.harness.properties.table import AREAS

DEFAULT_EXAMPLES: Final = 100
DEFAULT_MAX_SECONDS: Final = 600.0

REPORT_SUFFIXES: Final = (".xml", ".json", ".html")


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """A run, apart from how the registry is reached."""

    registry: str
    """Its URL, as reports show it."""
    repository: str = PREFIX
    """The first part of all repository names."""
    dialect: Dialect = Dialect()  # noqa: RUF009 - a frozen value
    areas: frozenset[Area] = frozenset(AREAS)
    examples: int = DEFAULT_EXAMPLES
    seed: int = 0
    max_seconds: float | None = DEFAULT_MAX_SECONDS
    """For everything but the clean-up."""
    keeps_content: bool = False
    """The content of the run is not removed."""
    secrets: Sequence[str] = field(default=(), repr=False)
    """Texts that no output may contain, such as the password."""
    reports: Sequence[Path] = ()
    """Files, whose suffix is one of REPORT_SUFFIXES."""
