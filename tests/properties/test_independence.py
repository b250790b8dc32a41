"""The oracles of this folder share no code with the registry that they check."""

import ast
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
SUBJECTS: Final = ("fake_registry.core", "fake_registry.wire")


def test_no_module_imports_the_core_or_the_wire_format() -> None:
    files = sorted(FOLDER.glob("*.py"))
    imported = [(file.name, module) for file in files for module in modules_in(file)]

    assert [(name, module) for name, module in imported if module.startswith(SUBJECTS)] == []
    assert len(imported) > 10


def modules_in(file: Path) -> list[str]:
    """Return the modules that a file imports."""
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return [str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)]
