"""Sources as syntax trees, for the rules about them. Each source is parsed once in a test run."""

import ast
from functools import cache
from pathlib import Path


@cache
def parse(source: str) -> ast.Module:
    """Return the tree of a source. Callers do not change it."""
    return ast.parse(source)


def tree_of(path: Path) -> ast.Module:
    """Return the tree of a file, likewise."""
    return parse(path.read_text(encoding="utf-8"))
