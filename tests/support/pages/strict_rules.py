"""docs/reference/strict-rules.md: the rules of strict mode, in `fake_registry/journal/checks`."""

from collections.abc import Sequence
from typing import Final

from fake_registry.journal.checks.rule import ClientRule
from fake_registry.journal.checks.table import RULES
from tests.support.pages.markdown import code, table

HEAD: Final = """\
# Rules of strict mode

What `--acr-strict`, the marker `acr_strict` and `acr.requests.assert_no_mistakes()` look for: see
[Strict checks of clients](../how-to/strict-checks.md). The name is what `allow=[...]` and
`--acr-strict-allow` take. The behaviour of ACR that is a source is on [a page](acr-behaviour.md) of its
own. Written by `python -m tests.support.pages` from the rules in `fake_registry/journal/checks`.

"""


def strict_rules_page(rules: Sequence[ClientRule] = RULES) -> str:
    """Return the page."""
    return HEAD + table(("rule", "the mistake", "instead", "source"), map(_row_of, rules))


def _row_of(rule: ClientRule) -> tuple[str, ...]:
    return code(rule.name), rule.sentence, rule.example, rule.source
