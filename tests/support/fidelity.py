"""The tables of docs/reference/fidelity.md, and their missing rows."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from fake_registry.spec.endpoints import Endpoint

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "fidelity.md"
_CELL = re.compile(r"(?<!\\)\|")


def rows_of(section: str) -> list[list[str]]:
    """Return the cells of a section's table, without its head."""
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {section}")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in _CELL.split(line)[1:-1]] for line in lines[2:]]


def operations_at_odds(endpoints: Iterable[Endpoint]) -> Iterator[str]:
    """Yield a sentence for each endpoint without a row on the page, and each row without an endpoint."""
    documented = {(row[0].strip("`"), row[1].split()[0]) for row in rows_of("Operations")}
    known = {(str(endpoint.name), str(endpoint.method)) for endpoint in endpoints}

    for name, method in sorted(known - documented):
        yield f"{method} {name} has no row in docs/reference/fidelity.md: add one under Operations"
    for name, method in sorted(documented - known):
        yield f"{method} {name} has a row in docs/reference/fidelity.md and no endpoint: remove it"
