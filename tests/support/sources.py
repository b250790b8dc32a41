"""Sources as syntax trees, for the rules about them. Each source is parsed once in a test run."""

import ast
import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("fake_registry", "pytest_acr")

PUBLIC_MODULES: Final = (
    "fake_registry",
    "pytest_acr",
    "pytest_acr.aio",
    "pytest_acr.harness",
    "pytest_acr.strategies",
)
"""The modules that users import from."""


@cache
def parse(source: str) -> ast.Module:
    """Return the tree of a source. Callers do not change it."""
    return ast.parse(source)


def tree_of(path: Path) -> ast.Module:
    """Return the tree of a file, likewise."""
    if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in PACKAGES:
        return trees_of_packages()[path]
    return parse(path.read_text(encoding="utf-8"))


@cache
def trees_of_packages() -> Mapping[Path, ast.Module]:
    """Return the tree of each module of both packages."""
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    with no_collections():
        return {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}


@contextmanager
def no_collections() -> Iterator[None]:
    """Exclude what is made in a block from collections of garbage, which would look at every node.

    While tests are collected, conftest.py does so.
    """
    if not gc.isenabled():
        yield
        return

    gc.collect()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


@cache
def nodes_of(tree: ast.Module) -> tuple[ast.AST, ...]:
    """Return the nodes of a tree, as `ast.walk` yields them: its walk takes longer than a rule."""
    return tuple(ast.walk(tree))


@cache
def classes_of(tree: ast.Module) -> tuple[ast.ClassDef, ...]:
    """Return the classes of a module, and those inside of its functions and classes."""
    return tuple(node for node in nodes_of(tree) if isinstance(node, ast.ClassDef))
