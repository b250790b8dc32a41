"""The texts of the rules in docs/reference/strict-rules.md, and the names in docs/how-to/strict-checks.md."""

import re
from pathlib import Path
from typing import Final

import pytest

from fake_registry.journal.checks.table import RULES
from pytest_acr.plugin.options import STRICT, STRICT_ALLOW
from tests.support.pages.strict_rules import strict_rules_page

HOW_TO: Final = (Path(__file__).parents[2] / "docs/how-to/strict-checks.md").read_text(encoding="utf-8")


def test_rule_without_a_line_is_found() -> None:
    assert strict_rules_page(RULES[:-1]) != strict_rules_page()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_texts_of_a_rule(rule: object) -> None:
    """Names are words with hyphens; the other texts are sentences in one line, a source excepted."""
    name, sentence, example, source = (getattr(rule, field) for field in ("name", "sentence", "example", "source"))

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name)
    assert (sentence[-1], example[-1]) == (".", ".")
    assert source
    assert "\n" not in sentence + example + source


def test_names_of_rules_are_unique() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("option", [STRICT, STRICT_ALLOW], ids=lambda option: option.name)
def test_how_to_names_each_source_of_an_option(option: object) -> None:
    names = [getattr(option, kind) for kind in ("flag", "variable", "ini")]
    assert [name for name in names if f"{name}" not in HOW_TO] == []


def test_example_of_a_report_has_texts_of_its_rule() -> None:
    [rule] = [rule for rule in RULES if rule.name == "blob-uploaded-twice"]
    lines = HOW_TO.splitlines()

    assert f"{rule.name}: {rule.sentence}" in lines
    assert [f"  instead: {rule.example}", f"  source: {rule.source}"] == [
        line for line in lines if line.startswith(("  instead: ", "  source: "))
    ]
