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


@cache
def nodes_of(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Return the nodes of a tree, as `ast.walk` yields them: its walk takes longer than a rule."""
    return tuple(ast.walk(tree))


@cache
def classes_of(tree: ast.Module) -> tuple[ast.ClassDef, ...]:
    """Return the classes of a module, and those inside of its functions and classes."""
    return tuple(node for node in nodes_of(tree) if isinstance(node, ast.ClassDef))
