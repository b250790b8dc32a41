"""Code in docstrings is in single backticks, as the site shows it."""

import ast
from collections.abc import Iterator

import pytest

from tests.support.sources import ROOT, nodes_of, parse, trees_of_packages


def malformed_code_in(tree: ast.Module) -> Iterator[str]:
    """Yield line and text of each docstring whose code the site would not show as code."""
    for node in nodes_of(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                if not is_well_formed(text):
                    yield f"{node.lineno}: {text.strip().splitlines()[0]}"


def is_well_formed(text: str) -> bool:
    """Return whether backticks come in pairs, with code between them that has no blank at its ends."""
    parts = text.split("`")
    code = parts[1::2]
    return len(parts) % 2 == 1 and all(one and one == one.strip() for one in code)


def test_code_in_docstrings_is_well_formed() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path, tree in trees_of_packages().items()
        for line in malformed_code_in(tree)
    ]
    assert found == [], "expected `code`, without blanks at its ends, and each backtick with its partner"


@pytest.mark.parametrize("text", ["Joined with ` + `.", "One `name.", "``name``", "``"])
def test_malformed_code_is_found(text: str) -> None:
    source = f'def name() -> None:\n    """{text}"""\n'
    assert list(malformed_code_in(parse(source))) == [f"2: {text}"]


def test_well_formed_code_is_fine() -> None:
    assert list(malformed_code_in(parse('"""`a` and `b(c, "d")`: (`e`)."""'))) == []
