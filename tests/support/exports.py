"""Whether every effect is exported. `fake_registry/__init__.py` may not import them to find out."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import fake_registry
from fake_registry.http import faults
from fake_registry.http.faults import EFFECTS, Effect

HOME = "http.faults"


def missing_exports(effects: Sequence[type[Effect]] = EFFECTS) -> list[str]:
    """Return what the public names lack, a line each, with the file and what to do."""
    return [line for effect in effects for line in _missing_of(effect.__name__)]


def _missing_of(name: str) -> Iterator[str]:
    package = "fake_registry/__init__.py"
    written = _source()
    if name not in faults.__all__:
        yield f"fake_registry/http/faults/__init__.py: import {name} and add it to __all__"
    if name not in _checked_imports(written):
        yield f"{package}: import {name} from fake_registry.{HOME} under TYPE_CHECKING"
    if _homes(written).get(name) != HOME:
        yield f'{package}: add "{name}": "{HOME}" to _HOMES'
    if name not in fake_registry.__all__:
        yield f'{package}: add "{name}" to __all__'


def _source() -> ast.Module:
    return ast.parse(Path(fake_registry.__file__).read_text(encoding="utf-8"))


def _checked_imports(module: ast.Module) -> set[str]:
    """Return the names that are imported from HOME for type checkers."""
    blocks = [node for node in module.body if isinstance(node, ast.If)]
    imports = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)]
    of_home = [node for node in imports if node.module == f"fake_registry.{HOME}"]
    return {alias.name for node in of_home for alias in node.names}


def _homes(module: ast.Module) -> dict[str, str]:
    """Return `_HOMES`, as it is written."""
    for node in module.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES":
            homes: dict[str, str] = ast.literal_eval(node.value)
            return homes
    return {}
