"""docs/reference/strict-rules.md: written by `python -m tests.support.strict_page`, checked by a test."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fake_registry.journal.checks.rule import ClientRule
from fake_registry.journal.checks.table import RULES

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "strict-rules.md"

HEAD: Final = """\
# Rules of strict mode

What `--acr-strict`, the marker `acr_strict` and `acr.requests.assert_no_mistakes()` look for: see
[Strict checks of clients](../how-to/strict-checks.md). The name is what `allow=[...]` and
`--acr-strict-allow` take. The behaviour of ACR that is a source is on [a page](acr-behaviour.md) of its
own. Written by `python -m tests.support.strict_page` from the rules in `fake_registry/journal/checks`.

| rule | the mistake | instead | source |
|---|---|---|---|
"""


def strict_page(rules: Sequence[ClientRule] = RULES) -> str:
    """Return the page."""
    return HEAD + "".join(map(_line_of, rules))


def _line_of(rule: ClientRule) -> str:
    cells = (f"`{rule.name}`", rule.sentence, rule.example, rule.source)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text(strict_page(), encoding="utf-8")
